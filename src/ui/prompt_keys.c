/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Feeding readline, within what it bears. */
#include "ui/prompt_keys.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

/* readline's headers want FILE to be known */
#include <readline/readline.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "ui/prompt_keymap.h"
#include "ui/prompt_macro.h"
#include "ui/prompt_search.h"
#include "ui/prompt_screen.h"

#define CTRL_G     "\x07"
#define ESCAPE     "\033"
#define BEGUN_MAX  16
#define QUOTED_MAX 1000
#define SETTING_MAX 8

/* What a command that asked for one more key makes of it; readline says it of a search only. */
enum next_key {
	NEXT_IS_COMMAND,
	NEXT_IS_TEXT,   /* put in, or searched for: on any layout as it is */
	NEXT_IS_QUOTED, /* put in by us */
	NEXT_REPLACES,  /* by us, too: vi's r */
};

/* Readline's state is the process's, so ours is too. */
static struct {
	struct sg_typed *typed;
	struct sg_answer answer;
	bool was_typed, is_read;
	/* the bytes that readline reads now */
	const char *bytes;
	size_t n_bytes, at;
	struct sg_strbuf key; /* the token, in Latin where it commands */
	enum next_key next;
	int times;       /* how often what is quoted is put in, or how much is replaced */
	bool is_redoing; /* vi's "." */
	bool has_motion; /* in it, vi's d, c or y */
	struct sg_strbuf replacement; /* of vi's last r */
	char pastes[SETTING_MAX]; /* the operator's enable-bracketed-paste */
} keys = {.key = SG_STRBUF_INIT, .replacement = SG_STRBUF_INIT};

static void answer_byte(unsigned char byte)
{
	sg_answer_key(&keys.answer, byte, sg_clock_mono_ns(), keys.typed);
}

static int next_byte(FILE *stream)
{
	(void)stream;
	if (keys.at >= keys.n_bytes)
		return READERR;
	unsigned char byte = (unsigned char)keys.bytes[keys.at++];
	if (keys.was_typed) {
		sg_typed_key(keys.typed, byte, RL_ISSTATE(RL_STATE_READCMD) && rl_end == 0);
		answer_byte(byte);
	}
	return byte;
}

static int input_left(void)
{
	return keys.at < keys.n_bytes;
}

static void put(const char *bytes, size_t n_bytes)
{
	keys.bytes = bytes;
	keys.n_bytes = n_bytes;
	keys.at = 0;
	keys.is_read = true;
	while (keys.at < keys.n_bytes)
		rl_callback_read_char();
}

bool sg_keys_in_vi_commands(void)
{
	return rl_editing_mode == 0 && rl_get_keymap() == vi_movement_keymap;
}

bool sg_keys_is_plain(void)
{
	return keys.next == NEXT_IS_COMMAND &&
	       !RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_NUMERICARG |
			   RL_STATE_MULTIKEY | RL_STATE_CHARSEARCH | RL_STATE_VIMOTION);
}

/* --- commands of readline that are kept in bounds --- */

/* Readline would take one byte; here it is the whole key, letter or sequence. */
static int quoted_insert(int count, int key)
{
	(void)key;
	keys.next = NEXT_IS_QUOTED;
	keys.times = count < 1 ? 1 : count < QUOTED_MAX ? count : QUOTED_MAX;
	return 0;
}

static void insert_quoted(void)
{
	rl_begin_undo_group();
	for (int i = 0; i < keys.times; i++)
		(void)rl_insert_text(keys.key.bytes);
	rl_end_undo_group();
}

/* The letter at the cursor, in bytes; 0 behind the last one, and where there is none. */
static size_t letter_at_cursor(wchar_t *ret)
{
	mbstate_t state = {0};
	const size_t left = rl_point < rl_end ? (size_t)(rl_end - rl_point) : 0;
	const size_t n = left ? mbrtowc(ret, rl_line_buffer + rl_point, left, &state) : 0;
	return n <= left ? n : 0;
}

/* Readline would kill letter by letter, and lose all but the last; so, too, in change_case. */
static void replace(void)
{
	wchar_t letter;
	rl_begin_undo_group();
	for (int i = 0; i < keys.times && keys.replacement.n_bytes; i++) {
		const size_t n = letter_at_cursor(&letter);
		if (!n)
			break;
		(void)rl_delete_text(rl_point, rl_point + (int)n);
		(void)rl_insert_text(keys.replacement.bytes);
	}
	rl_end_undo_group();
	/* it stays on the last one */
	(void)rl_backward_char(1, 'h');
}

static int change_char(int count, int key)
{
	(void)key;
	keys.times = count;
	if (keys.is_redoing)
		replace();
	else
		keys.next = NEXT_REPLACES;
	return 0;
}

/*
 * Behind "yy" the last motion is a y, and "." would do a d up to it: readline then yanks inside
 * the deletion, and both keep what they took in one place.
 */
static int with_motion(rl_command_func_t *command, int count, int key)
{
	if (keys.is_redoing && keys.has_motion)
		return rl_ding();
	keys.has_motion = true;
	int rc = command(count, key);
	keys.has_motion = false;
	return rc;
}

static int delete_to(int count, int key)
{
	return with_motion(rl_vi_delete_to, count, key);
}

static int change_to(int count, int key)
{
	return with_motion(rl_vi_change_to, count, key);
}

static int yank_to(int count, int key)
{
	return with_motion(rl_vi_yank_to, count, key);
}

static int redo(int count, int key)
{
	keys.is_redoing = true;
	int rc = rl_vi_redo(count, key);
	keys.is_redoing = false;
	return rc;
}

static int read_inputrc_again(int count, int key)
{
	int rc = rl_re_read_init_file(count, key);
	sg_keys_bind();
	return rc;
}

static int change_case(int count, int key)
{
	wchar_t letter;
	(void)key;
	rl_begin_undo_group();
	for (size_t n; count-- > 0 && (n = letter_at_cursor(&letter)) > 0;) {
		mbstate_t state = {0};
		char changed[MB_LEN_MAX + 1] = "";
		const wint_t other = iswupper((wint_t)letter) ? towlower((wint_t)letter)
							      : towupper((wint_t)letter);
		if (wcrtomb(changed, (wchar_t)other, &state) > MB_LEN_MAX)
			break;
		(void)rl_delete_text(rl_point, rl_point + (int)n);
		(void)rl_insert_text(changed);
	}
	rl_end_undo_group();
	return 0;
}

/* A key that no terminal sends: no letter begins with it. */
#define NOTHING "\xFF"

static int do_nothing(int count, int key)
{
	(void)count;
	(void)key;
	return 0;
}

/*
 * In vi's modes readline loses what the last command killed when the next one kills, too. So
 * one that does not comes between them, and it is as if it never was.
 */
static void part_from_last(void)
{
	rl_command_func_t *const last = rl_last_func;
	if (rl_editing_mode != 0 || !sg_keys_is_plain())
		return;
	keys.was_typed = false;
	put(NOTHING, 1);
	rl_last_func = last;
}

static const struct sg_replaced commands[] = {{rl_quoted_insert, quoted_insert},
	{rl_re_read_init_file, read_inputrc_again}, {rl_vi_change_case, change_case},
	{rl_vi_change_char, change_char}, {rl_vi_redo, redo}, {rl_vi_delete_to, delete_to},
	{rl_vi_change_to, change_to}, {rl_vi_yank_to, yank_to}};

#define N_COMMANDS (sizeof(commands) / sizeof(commands[0]))

static enum next_key asks_for(rl_command_func_t *command)
{
	if (command == rl_char_search || command == rl_backward_char_search ||
		command == rl_vi_set_mark || command == rl_vi_goto_mark)
		return NEXT_IS_TEXT;
	return NEXT_IS_COMMAND;
}

void sg_keys_start(struct sg_typed *typed)
{
	keys.typed = typed;
	keys.next = NEXT_IS_COMMAND;
	keys.pastes[0] = '\0';
	rl_getc_function = next_byte;
	rl_input_available_hook = input_left;
}

void sg_keys_bind(void)
{
	(void)rl_variable_bind("convert-meta", "off");
	(void)rl_variable_bind("input-meta", "on");
	(void)rl_variable_bind("output-meta", "on");
	/* one row, ours to draw: with it readline would scroll in its own way */
	(void)rl_variable_bind("horizontal-scroll-mode", "off");
	/* no paste comes as keys; to look for one readline would ask the terminal for bytes */
	const char *pastes = rl_variable_value("enable-bracketed-paste");
	if (!keys.pastes[0])
		(void)snprintf(keys.pastes, sizeof(keys.pastes), "%s", pastes ? pastes : "on");
	(void)rl_variable_bind("enable-bracketed-paste", "off");
	sg_keymap_replace(commands, N_COMMANDS, true);
	(void)rl_bind_key_in_map((unsigned char)*NOTHING, do_nothing, vi_insertion_keymap);
	(void)rl_bind_key_in_map((unsigned char)*NOTHING, do_nothing, vi_movement_keymap);
	/* what vi's "." goes by before any motion: of an abort there it never comes back */
	(void)rl_bind_key_if_unbound_in_map(0, do_nothing, vi_movement_keymap);
	sg_macro_hook();
}

void sg_keys_stop(void)
{
	sg_macro_unhook();
	sg_keymap_replace(commands, N_COMMANDS, false);
	(void)rl_variable_bind("enable-bracketed-paste", keys.pastes);
	rl_getc_function = rl_getc;
	rl_input_available_hook = NULL;
	sg_strbuf_release(&keys.key);
	sg_strbuf_release(&keys.replacement);
}

/* --- a key --- */

/* The key, in Latin where it commands; false: it means nothing, and would break the line. */
static bool take_key(const struct sg_token *token)
{
	uint32_t code_point;
	const size_t lead = token->n_bytes > 1 && token->bytes[0] == ESC ? 1 : 0;
	const bool commands_here =
		sg_keys_in_vi_commands() && keys.next == NEXT_IS_COMMAND &&
		!RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_CHARSEARCH);
	sg_strbuf_clear(&keys.key);
	sg_strbuf_add(&keys.key, token->bytes, token->n_bytes);
	if (sg_strbuf_failed(&keys.key))
		return false;
	if (token->n_bytes == lead || !((unsigned char)token->bytes[lead] & 0x80) ||
		(!lead && !commands_here))
		return true;
	if (!sg_utf8_decode(token->bytes + lead, token->n_bytes - lead, &code_point))
		return false;
	char latin = sg_prompt_screen_latin(code_point);
	/* ESC with one of these would be the beginning of a sequence */
	if (lead)
		latin = latin == '[' ? '\0' : latin == 'O' ? 'o' : latin;
	sg_strbuf_truncate(&keys.key, lead);
	sg_strbuf_addc(&keys.key, latin);
	return latin && !sg_strbuf_failed(&keys.key);
}

/* Ends a sequence that has begun: what its prefix alone is bound to runs, else nothing does. */
static void end_sequence(void)
{
	const bool vi_inserts = rl_editing_mode == 0 && !sg_keys_in_vi_commands();
	put(vi_inserts ? "\0" : CTRL_G, 1);
}

/* Of the sequence that is begun with this behind it. */
static rl_command_func_t *function_of(const char *bytes, size_t n_bytes, bool *ret_prefix)
{
	struct sg_strbuf whole = SG_STRBUF_INIT;
	if (RL_ISSTATE(RL_STATE_MULTIKEY))
		sg_strbuf_add(&whole, rl_executing_keyseq, (size_t)rl_key_sequence_length);
	sg_strbuf_add(&whole, bytes, n_bytes);
	rl_command_func_t *command = sg_keymap_function(whole.bytes, whole.n_bytes, ret_prefix);
	/* Alt with a capital is Alt with its small letter */
	if (command == rl_do_lowercase_version && whole.n_bytes) {
		char *last = &whole.bytes[whole.n_bytes - 1];
		*last = *last >= 'A' && *last <= 'Z' ? (char)(*last - 'A' + 'a') : *last;
		command = sg_keymap_function(whole.bytes, whole.n_bytes, ret_prefix);
	}
	sg_strbuf_release(&whole);
	return command;
}

static bool ends_line(rl_command_func_t *command)
{
	return command == rl_newline || command == rl_operate_and_get_next ||
	       command == rl_insert_comment || command == rl_vi_eof_maybe;
}

/* A command, or a letter; those that mean nothing where they come are not given. */
static void put_command(const char *bytes, size_t n_bytes)
{
	bool prefix;
	const bool sequence = n_bytes > 1 && *bytes == ESC;
	if (RL_ISSTATE(RL_STATE_MULTIKEY) && !function_of(bytes, n_bytes, &prefix)) {
		const bool shadows = sg_keymap_shadows(
			rl_executing_keyseq, (size_t)rl_key_sequence_length);
		end_sequence();
		if (!shadows || RL_ISSTATE(RL_STATE_MULTIKEY))
			return;
	}
	rl_command_func_t *command = function_of(bytes, n_bytes, &prefix);
	if (sequence && !command && rl_editing_mode == 0 && n_bytes == 2) {
		/* an ESC, and a key that came quickly behind it */
		put(ESCAPE, 1);
		put_command(bytes + 1, n_bytes - 1);
		return;
	}
	if (sequence && !command)
		return;
	keys.next = prefix ? NEXT_IS_COMMAND : asks_for(command);
	sg_search_prepare(command);
	/* behind an argument readline would end the line only with the next key */
	if (RL_ISSTATE(RL_STATE_NUMERICARG) && ends_line(command))
		put(CTRL_G, 1);
	const bool is_text = !sg_keys_in_vi_commands();
	put(bytes, n_bytes);
	if (!is_text && keys.was_typed)
		sg_typed_key(keys.typed, ESC, rl_end == 0);
	/* it tells itself the motion, and behind a count does not look */
	if (command == rl_vi_subst && RL_ISSTATE(RL_STATE_VIMOTION))
		rl_callback_read_char();
}

/* ESC alone is a key of vi's insert mode; elsewhere it would take the next key with it. */
static bool is_idle_escape(void)
{
	return rl_editing_mode != 0 ||
	       (sg_keys_in_vi_commands() && !RL_ISSTATE(RL_STATE_VIMOTION));
}

/* True where a search, or a command that asked for one key, has taken it. */
static bool is_taken(const char *bytes, size_t n_bytes)
{
	const bool escapes = *bytes == ESC;
	bool used = true;
	if (!*bytes && (RL_ISSTATE(RL_STATE_NSEARCH | RL_STATE_ISEARCH))) {
		/* behind a NUL, which is no character, readline asks for more */
		(void)rl_ding();
	} else if (RL_ISSTATE(RL_STATE_NSEARCH)) {
		if (sg_search_takes(bytes, n_bytes, &used))
			put(bytes, n_bytes);
	} else if (RL_ISSTATE(RL_STATE_ISEARCH)) {
		bool prefix;
		(void)sg_keymap_function(bytes, 1, &prefix);
		used = !escapes || n_bytes == 1;
		if (escapes || prefix)
			rl_callback_sigcleanup(); /* the line that was found stays */
		else
			put(bytes, n_bytes);
		used = used && (escapes || !prefix);
	} else if (keys.next == NEXT_IS_QUOTED) {
		keys.next = NEXT_IS_COMMAND;
		insert_quoted();
	} else if (keys.next == NEXT_REPLACES) {
		keys.next = NEXT_IS_COMMAND;
		sg_strbuf_clear(&keys.replacement);
		if (!escapes)
			sg_strbuf_add(&keys.replacement, bytes, n_bytes);
		if (!escapes && !sg_strbuf_failed(&keys.replacement))
			replace();
	} else if (keys.next == NEXT_IS_TEXT || RL_ISSTATE(RL_STATE_CHARSEARCH)) {
		keys.next = NEXT_IS_COMMAND;
		put(*bytes ? bytes : ESCAPE, escapes ? 1 : n_bytes);
	} else {
		used = false;
	}
	return used;
}

static void feed(const char *bytes, size_t n_bytes)
{
	const bool alone = n_bytes == 1 && *bytes == ESC;
	if (is_taken(bytes, n_bytes))
		return;
	if (*bytes == ESC && RL_ISSTATE(RL_STATE_VIMOTION))
		put(ESCAPE, 1);
	else if (alone && RL_ISSTATE(RL_STATE_NUMERICARG))
		put(CTRL_G, 1);
	else if (alone && !is_idle_escape())
		put_command(bytes, n_bytes);
	if (!alone)
		put_command(bytes, n_bytes);
}

/* Some commands leave a NUL in the line that counts as text; others search there for ever. */
static void heal_line(void)
{
	const size_t n = rl_line_buffer ? strlen(rl_line_buffer) : 0;
	if (n >= (size_t)rl_end)
		return;
	rl_end = (int)n;
	rl_point = rl_point < rl_end ? rl_point : rl_end;
	rl_mark = rl_mark < rl_end ? rl_mark : rl_end;
}

void sg_keys_feed(const struct sg_token *key, bool was_typed)
{
	keys.was_typed = was_typed;
	keys.is_read = keys.is_redoing = keys.has_motion = false;
	if (was_typed)
		sg_macro_record(key);
	/* what is sought is no text of the line, and what is found was not typed */
	if (was_typed && RL_ISSTATE(RL_STATE_NSEARCH | RL_STATE_ISEARCH))
		sg_typed_key(keys.typed, ESC, false);
	if (key->n_bytes && take_key(key))
		feed(keys.key.bytes, keys.key.n_bytes);
	/* kept from readline it was pressed all the same, and was no character */
	if (was_typed && !keys.is_read)
		sg_typed_key(keys.typed, ESC, rl_end == 0);
	for (size_t i = 0; was_typed && !keys.is_read && i < key->n_bytes; i++)
		answer_byte((unsigned char)key->bytes[i]);
	part_from_last();
	heal_line();
	/* two arguments in a row leave theirs there, and the next one would lose ours */
	if (sg_keys_is_plain() && rl_display_prompt != rl_prompt)
		(void)rl_clear_message();
}

/* --- Ctrl-C --- */

static bool end_one(void)
{
	if (RL_ISSTATE(RL_STATE_NSEARCH))
		sg_search_give_up();
	else if (RL_ISSTATE(RL_STATE_ISEARCH))
		rl_callback_sigcleanup();
	else if (RL_ISSTATE(RL_STATE_CHARSEARCH) || keys.next == NEXT_IS_TEXT)
		put(CTRL_G, 1);
	else if (RL_ISSTATE(RL_STATE_VIMOTION))
		put(ESCAPE, 1);
	else if (RL_ISSTATE(RL_STATE_NUMERICARG))
		put(CTRL_G, 1);
	else if (RL_ISSTATE(RL_STATE_MULTIKEY))
		end_sequence();
	else
		return false;
	keys.next = NEXT_IS_COMMAND;
	return true;
}

/*
 * Told of an interrupt, readline would lose what it keeps of all that has begun. So that is
 * ended by the keys that end it, and the line by an end of its input.
 */
void sg_keys_end_line(void)
{
	keys.was_typed = false;
	sg_macro_drop();
	sg_macro_end_recording();
	if (keys.next != NEXT_IS_TEXT)
		keys.next = NEXT_IS_COMMAND;
	for (int i = 0; i < BEGUN_MAX && end_one(); i++)
		;
	rl_callback_sigcleanup();
	(void)rl_clear_pending_input();
	/* what vi's insert mode groups to be undone together ends with it */
	if (rl_editing_mode == 0 && !sg_keys_in_vi_commands())
		(void)rl_vi_movement_mode(1, ESC);
	keys.n_bytes = keys.at = 0;
	rl_callback_read_char();
	/* Ctrl-O had asked for the next line of the history there */
	if (rl_end)
		rl_callback_read_char();
}
