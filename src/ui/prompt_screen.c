/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The full screen's prompt: readline, fed whole tokens, drawing nothing. */
#include "ui/prompt_screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* readline's headers want FILE to be known */
#include <readline/readline.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "ui/prompt_keys.h"
#include "ui/prompt_layout.h"
#include "ui/prompt_macro.h"
#include "ui/prompt_readline.h"
#include "ui/prompt_typed.h"

#define ACTIONS_MAX 16
#define CTRL_D      0x04
/* One macro may begin others without end. */
#define MACRO_KEYS_MAX 20000

/* Readline's state is the process's, so ours is too. */
static struct {
	struct sg_prompt_options options;
	bool started;
	FILE *null_out;
	char *text; /* the prompt; readline keeps a copy of its own */
	bool text_is_new;
	struct sg_typed typed;
	/* what came of it */
	struct sg_line line;
	bool end;
	bool dirty;
	bool candidates_shown;
	enum sg_pane_action actions[ACTIONS_MAX];
	size_t n_actions;
	struct sg_layout layout;
} edit = {.layout = SG_LAYOUT_INIT};

/* --- what readline calls --- */

static void mark_dirty(void)
{
	edit.dirty = true;
}

static void nothing_prep(int meta)
{
	(void)meta;
}

static void nothing_deprep(void)
{
}

static void on_line(char *line)
{
	sg_readline_restore_lines();
	if (!line)
		return;
	sg_line_release(&edit.line);
	edit.line.text = line;
	edit.line.typed = sg_typed_whole(&edit.typed, line);
	edit.dirty = true;
	sg_readline_remember(edit.options.history_path, line);
}

static void show_matches(char **matches, int n_matches, int longest)
{
	(void)matches;
	(void)n_matches;
	(void)longest;
	edit.candidates_shown = true;
	edit.dirty = true;
}

/* --- pane keys --- */

static int push(enum sg_pane_action action)
{
	if (edit.n_actions < ACTIONS_MAX)
		edit.actions[edit.n_actions++] = action;
	edit.dirty = true;
	return 0;
}

#define PANE_KEY(name, action)                        \
	static int name(int count, int key)           \
	{                                             \
		(void)count;                          \
		(void)key;                            \
		return push(SG_PANE_ACTION_##action); \
	}

PANE_KEY(page_up, PAGE_UP)
PANE_KEY(page_down, PAGE_DOWN)
PANE_KEY(line_up, LINE_UP)
PANE_KEY(line_down, LINE_DOWN)
PANE_KEY(top, TOP)
PANE_KEY(follow, FOLLOW)
PANE_KEY(next_pane, NEXT_PANE)
PANE_KEY(previous_pane, PREVIOUS_PANE)
PANE_KEY(zoom, ZOOM)
PANE_KEY(help, HELP)
PANE_KEY(search_next, SEARCH_NEXT)
PANE_KEY(search_previous, SEARCH_PREVIOUS)
PANE_KEY(clear_pane, CLEAR)

static int redraw(int count, int key)
{
	(void)count;
	(void)key;
	sg_screen_redraw();
	edit.dirty = true;
	return 0;
}

static const struct {
	const char *name;
	rl_command_func_t *function;
	const char *sequences[4];
} pane_keys[] = {
	{"stepgate-page-up", page_up, {"\033[5~"}},
	{"stepgate-page-down", page_down, {"\033[6~"}},
	{"stepgate-line-up", line_up, {"\033[1;5A"}},
	{"stepgate-line-down", line_down, {"\033[1;5B"}},
	{"stepgate-top", top, {"\033[1;5H"}},
	{"stepgate-follow", follow, {"\033[1;5F"}},
	{"stepgate-next-pane", next_pane, {"\033[17~"}},
	{"stepgate-previous-pane", previous_pane, {"\033[17;2~", "\033[29~", "\033[30~"}},
	{"stepgate-zoom", zoom, {"\033OQ", "\033[12~", "\033[[B"}},
	{"stepgate-help", help, {"\033OP", "\033[11~", "\033[[A"}},
	{"stepgate-search-next", search_next, {"\033OR", "\033[13~", "\033[[C"}},
	{"stepgate-search-previous", search_previous, {"\033[1;2R", "\033[25~"}},
	{"stepgate-clear", clear_pane, {"\033OS", "\033[14~", "\033[[D"}},
	{"stepgate-redraw", redraw, {"\014"}},
};

#define N_PANE_KEYS (sizeof(pane_keys) / sizeof(pane_keys[0]))

/* Unbound, or bound to what readline itself binds there: then nobody chose. */
static bool is_free(const char *sequence, Keymap map)
{
	int type = 0;
	rl_command_func_t *bound =
		rl_function_of_keyseq_len(sequence, strlen(sequence), map, &type);
	return !bound ||
	       (type == ISFUNC &&
		       (bound == rl_get_previous_history || bound == rl_get_next_history ||
			       bound == rl_history_search_backward ||
			       bound == rl_history_search_forward || bound == rl_clear_screen ||
			       bound == rl_overwrite_mode || bound == rl_do_lowercase_version));
}

static void bind_in(Keymap map)
{
	for (size_t i = 0; i < N_PANE_KEYS; i++)
		for (size_t k = 0; k < 4 && pane_keys[i].sequences[k]; k++)
			if (is_free(pane_keys[i].sequences[k], map))
				(void)rl_bind_keyseq_in_map(
					pane_keys[i].sequences[k], pane_keys[i].function, map);
}

/* Keys of terminals that say another name than theirs. */
static void bind_editing_keys(Keymap map)
{
	static const struct {
		const char *sequence;
		rl_command_func_t *function;
	} keys[] = {{"\033[3~", rl_delete}, {"\033[1~", rl_beg_of_line},
		{"\033[4~", rl_end_of_line}, {"\033[7~", rl_beg_of_line},
		{"\033[8~", rl_end_of_line}};
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		(void)rl_bind_keyseq_if_unbound_in_map(keys[i].sequence, keys[i].function, map);
}

/* --- start and stop --- */

static void set_up_readline(void)
{
	static bool named;
	rl_readline_name = "stepgate";
	rl_instream = stdin;
	rl_outstream = edit.null_out;
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_prep_term_function = nothing_prep;
	rl_deprep_term_function = nothing_deprep;
	sg_keys_start(&edit.typed);
	rl_attempted_completion_function = sg_readline_complete;
	rl_completion_display_matches_hook = show_matches;
	rl_completer_word_break_characters = " \t";
	rl_sort_completion_matches = 0;
	/* known before inputrc is read, so that it may bind them */
	for (size_t i = 0; i < N_PANE_KEYS && !named; i++)
		(void)rl_add_defun(pane_keys[i].name, pane_keys[i].function, -1);
	named = true;
	(void)rl_variable_bind("show-all-if-ambiguous", "on");
	(void)rl_initialize();
	/* only now: who draws for it before gets the keys and modes of a dumb terminal */
	rl_redisplay_function = mark_dirty;
	Keymap const maps[] = {emacs_standard_keymap, vi_insertion_keymap, vi_movement_keymap};
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		bind_in(maps[i]);
		bind_editing_keys(maps[i]);
	}
	sg_keys_bind();
}

void sg_prompt_screen_start(const struct sg_prompt_options *options)
{
	edit.options = *options;
	edit.started = true;
	edit.null_out = fopen("/dev/null", "we");
	sg_readline_begin(options->run, options->ctx);
	sg_readline_load_history(options->history_path);
	set_up_readline();
	rl_callback_handler_install(edit.text ? edit.text : "", on_line);
	sg_typed_begin(&edit.typed);
	edit.dirty = true;
}

void sg_prompt_screen_stop(void)
{
	if (!edit.started)
		return;
	edit.started = false;
	sg_keys_end_line();
	rl_callback_handler_remove();
	sg_keys_stop();
	sg_readline_end();
	sg_line_release(&edit.line);
	sg_layout_release(&edit.layout);
	free(edit.text);
	edit.text = NULL;
	/* as readline has it by itself, for the line prompt */
	rl_instream = stdin;
	rl_outstream = stdout;
	rl_catch_signals = 1;
	rl_catch_sigwinch = 1;
	rl_prep_term_function = rl_prep_terminal;
	rl_deprep_term_function = rl_deprep_terminal;
	rl_redisplay_function = rl_redisplay;
	rl_completion_display_matches_hook = NULL;
	if (edit.null_out)
		(void)fclose(edit.null_out);
	edit.null_out = NULL;
}

/* A search and an argument put their own prompt there, and ours back: not while one goes on. */
static void set_text(void)
{
	if (!edit.text_is_new || !edit.text || !sg_keys_is_plain())
		return;
	(void)rl_set_prompt(edit.text);
	edit.text_is_new = false;
}

void sg_prompt_screen_text(const char *text)
{
	if (edit.text && strcmp(edit.text, text) == 0)
		return;
	free(edit.text);
	edit.text = strdup(text);
	if (!edit.started || !edit.text)
		return;
	edit.text_is_new = true;
	set_text();
	edit.dirty = true;
}

/* --- tokens --- */

char sg_prompt_screen_latin(uint32_t code_point)
{
	static const struct {
		uint32_t letter;
		char key;
	} keys[] = {{0x439, 'q'}, {0x446, 'w'}, {0x443, 'e'}, {0x43A, 'r'}, {0x435, 't'},
		{0x43D, 'y'}, {0x433, 'u'}, {0x448, 'i'}, {0x449, 'o'}, {0x437, 'p'},
		{0x445, '['}, {0x44A, ']'}, {0x444, 'a'}, {0x44B, 's'}, {0x432, 'd'},
		{0x430, 'f'}, {0x43F, 'g'}, {0x440, 'h'}, {0x43E, 'j'}, {0x43B, 'k'},
		{0x434, 'l'}, {0x436, ';'}, {0x44D, '\''}, {0x44F, 'z'}, {0x447, 'x'},
		{0x441, 'c'}, {0x43C, 'v'}, {0x438, 'b'}, {0x442, 'n'}, {0x44C, 'm'},
		{0x431, ','}, {0x44E, '.'}, {0x451, '`'}};
	const bool upper = code_point >= 0x410 && code_point <= 0x42F;
	const uint32_t letter = upper ? code_point + 0x20 : code_point;
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].letter == letter)
			return upper && keys[i].key >= 'a' && keys[i].key <= 'z'
				       ? (char)(keys[i].key - 'a' + 'A')
				       : keys[i].key;
	return '\0';
}

/* What comes into the line behind this was not typed: as if by a paste's mark, a key. */
static void taint(void)
{
	sg_typed_key(&edit.typed, ESC, rl_end == 0);
}

/* Text, whatever it holds; where a command waits for more keys it is nothing. */
static void insert_paste(const struct sg_token *token)
{
	struct sg_strbuf text = SG_STRBUF_INIT;
	if (!sg_keys_is_plain())
		return;
	for (size_t i = 0; i < token->n_bytes; i++) {
		uint32_t code_point;
		size_t n = sg_utf8_decode(token->bytes + i, token->n_bytes - i, &code_point);
		bool break_of_two = token->bytes[i] == '\r' && i + 1 < token->n_bytes &&
				    token->bytes[i + 1] == '\n';
		if (!n || !code_point || break_of_two)
			continue;
		sg_strbuf_add(&text, token->bytes[i] == '\r' ? "\n" : token->bytes + i, n);
		i += n - 1;
	}
	taint();
	if (!sg_strbuf_failed(&text))
		(void)rl_insert_text(text.bytes);
	sg_strbuf_release(&text);
}

static void feed_one(const struct sg_token *token, bool was_typed)
{
	if (token->kind == SG_TOKEN_PASTE)
		insert_paste(token);
	else if (token->kind == SG_TOKEN_KEY && token->n_bytes == 1 &&
		 token->bytes[0] == CTRL_D && sg_prompt_screen_empty())
		edit.end = true;
	else if (token->kind == SG_TOKEN_KEY)
		sg_keys_feed(token, was_typed);
}

void sg_prompt_screen_feed(const struct sg_token *token)
{
	struct sg_token key;
	edit.candidates_shown = false;
	edit.dirty = true;
	feed_one(token, true);
	for (int n = 0; n < MACRO_KEYS_MAX && sg_macro_next(&key); n++) {
		taint();
		feed_one(&key, false);
	}
	sg_macro_drop();
	set_text();
}

bool sg_prompt_screen_edits(const struct sg_token *token)
{
	static rl_command_func_t *const editing[] = {rl_insert, rl_rubout, rl_backward_char,
		rl_forward_char, rl_beg_of_line, rl_end_of_line, rl_kill_line,
		rl_unix_line_discard, rl_unix_word_rubout};
	enum { N_EDITING = sizeof(editing) / sizeof(editing[0]) };
	Keymap map = rl_get_keymap();
	const size_t n = token->kind == SG_TOKEN_KEY ? token->n_bytes : 0;
	if (!n || !sg_keys_is_plain() || sg_keys_in_vi_commands() || edit.candidates_shown)
		return false;
	/* of a character all bytes are inserted, or none means itself */
	for (size_t i = 0; i < n; i++) {
		const KEYMAP_ENTRY *entry = &map[(unsigned char)token->bytes[i]];
		bool edits = false;
		for (size_t k = 0; entry->type == ISFUNC && k < N_EDITING; k++)
			edits = edits || entry->function == editing[k];
		if (!edits)
			return false;
	}
	return true;
}

/* --- what came of them --- */

bool sg_prompt_screen_line(struct sg_line *ret)
{
	if (!edit.line.text)
		return false;
	*ret = edit.line;
	edit.line = (struct sg_line){NULL, false, false};
	return true;
}

bool sg_prompt_screen_end(void)
{
	bool end = edit.end;
	edit.end = false;
	return end;
}

bool sg_prompt_screen_waits(void)
{
	return edit.line.text || edit.end || edit.n_actions;
}

bool sg_prompt_screen_action(enum sg_pane_action *ret)
{
	if (!edit.n_actions)
		return false;
	*ret = edit.actions[0];
	memmove(edit.actions, edit.actions + 1, --edit.n_actions * sizeof(edit.actions[0]));
	return true;
}

void sg_prompt_screen_interrupt(void)
{
	sg_keys_end_line();
	edit.text_is_new = true;
	set_text();
	sg_typed_begin(&edit.typed);
	edit.candidates_shown = false;
	edit.dirty = true;
}

void sg_prompt_screen_begin_typed(void)
{
	sg_typed_begin(&edit.typed);
	(void)rl_clear_pending_input();
}

bool sg_prompt_screen_empty(void)
{
	return rl_end == 0 && sg_keys_is_plain();
}

bool sg_prompt_screen_dirty(void)
{
	bool dirty = edit.dirty;
	edit.dirty = false;
	return dirty;
}

void sg_prompt_screen_layout(size_t columns, size_t rows_max, struct sg_prompt_rows *ret)
{
	struct sg_strbuf prompt = SG_STRBUF_INIT;
	if (rl_editing_mode == 0)
		sg_strbuf_adds(&prompt, sg_keys_in_vi_commands() ? "(cmd) " : "(ins) ");
	sg_strbuf_adds(&prompt, rl_display_prompt ? rl_display_prompt : "");
	edit.layout.columns = columns ? columns : 1;
	sg_layout_make(&edit.layout, prompt.bytes, rl_line_buffer ? rl_line_buffer : "",
		rl_line_buffer ? (size_t)rl_end : 0, (size_t)rl_point);
	sg_layout_show(&edit.layout, rows_max, ret);
	sg_strbuf_release(&prompt);
}

const struct sg_candidates *sg_prompt_screen_candidates(void)
{
	const struct sg_candidates *candidates = sg_readline_candidates();
	return edit.candidates_shown && candidates->n ? candidates : NULL;
}
