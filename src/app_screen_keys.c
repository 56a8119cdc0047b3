/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keys: the help overlay's, the pane's, and lines for the prompt's commands. */
#include <string.h>

#include "app_screen.h"
#include "base/clock.h"
#include "base/utf8.h"

#define NS_PER_MS 1000000

/* Whoever goes on has seen the answer: the brief may take its place again. */
static void leave_answer(struct sg_app_screen *s)
{
	if (s->zoomed_by_command)
		s->pane.zoomed = false;
	s->focused_by_command = s->zoomed_by_command = false;
}

struct acting {
	struct sg_app_screen *s;
	enum sg_pane_action action;
	const struct sg_pane_input *input;
};

static void act_aside(void *arg)
{
	const struct acting *a = arg;
	sg_pane_act(&a->s->pane, a->action, a->input, a->s->pane_rows, a->s->pane_columns);
}

static void act(struct sg_app_screen *s, enum sg_pane_action action)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_pane_input input;
	struct acting acting = {s, action, &input};
	if (action == SG_PANE_ACTION_NEXT_PANE || action == SG_PANE_ACTION_PREVIOUS_PANE)
		leave_answer(s);
	if (action == SG_PANE_ACTION_HELP)
		s->pane.help_filter[0] = '\0';
	sg_as_pane_input(s, &arena, &input);
	if (sg_as_is_long(s))
		sg_as_aside(s, act_aside, &acting);
	else
		act_aside(&acting);
	sg_arena_release(&arena);
	s->pane_dirty = true;
	s->painted_ns = 0; /* a key is answered at once */
}

/* --- the help overlay: what is typed filters it --- */

static void remove_last(char *text)
{
	size_t n = strlen(text);
	while (n && ((unsigned char)text[--n] & 0xC0) == 0x80)
		;
	text[n] = '\0';
}

static bool is_sequence(
	const struct sg_token *token, const char *a, const char *b, const char *c)
{
	const char *const all[] = {a, b, c};
	for (size_t i = 0; i < SG_ARRAY_SIZE(all); i++)
		if (strlen(all[i]) == token->n_bytes &&
			memcmp(all[i], token->bytes, token->n_bytes) == 0)
			return true;
	return false;
}

static void help_key(struct sg_app_screen *s, const struct sg_token *token)
{
	char *filter = s->pane.help_filter;
	const size_t room = sizeof(s->pane.help_filter) - 1 - strlen(filter);
	const unsigned char first = (unsigned char)token->bytes[0];
	if (is_sequence(token, "\033OP", "\033[11~", "\033[[A") ||
		is_sequence(token, "\r", "\033", "\004"))
		act(s, SG_PANE_ACTION_HELP);
	else if (is_sequence(token, "\033[5~", "", ""))
		act(s, SG_PANE_ACTION_PAGE_UP);
	else if (is_sequence(token, "\033[6~", "", ""))
		act(s, SG_PANE_ACTION_PAGE_DOWN);
	else if (is_sequence(token, "\033[A", "\033OA", ""))
		act(s, SG_PANE_ACTION_LINE_UP);
	else if (is_sequence(token, "\033[B", "\033OB", ""))
		act(s, SG_PANE_ACTION_LINE_DOWN);
	else if (is_sequence(token, "\x7f", "\b", ""))
		remove_last(filter);
	else if (first >= 0x20 && token->n_bytes <= room)
		strncat(filter, token->bytes, token->n_bytes);
	s->pane_dirty = true;
	s->painted_ns = 0;
}

/* --- watch: no prompt, so single keys command, on either layout --- */

static void watch_key(struct sg_app_screen *s, const struct sg_token *token)
{
	static const struct {
		const char *key;
		enum sg_pane_action action;
	} keys[] = {{"k", SG_PANE_ACTION_LINE_UP}, {"j", SG_PANE_ACTION_LINE_DOWN},
		{"\033[A", SG_PANE_ACTION_LINE_UP}, {"\033[B", SG_PANE_ACTION_LINE_DOWN},
		{"\033[5~", SG_PANE_ACTION_PAGE_UP}, {"\033[6~", SG_PANE_ACTION_PAGE_DOWN},
		{"g", SG_PANE_ACTION_TOP}, {"G", SG_PANE_ACTION_FOLLOW},
		{"\033[17~", SG_PANE_ACTION_NEXT_PANE},
		{"\033[17;2~", SG_PANE_ACTION_PREVIOUS_PANE}, {"\t", SG_PANE_ACTION_NEXT_PANE},
		{"z", SG_PANE_ACTION_ZOOM}, {"\033OQ", SG_PANE_ACTION_ZOOM},
		{"\033OP", SG_PANE_ACTION_HELP}, {"?", SG_PANE_ACTION_HELP}};
	char key[16] = "";
	uint32_t code_point;
	if (token->n_bytes < sizeof(key))
		memcpy(key, token->bytes, token->n_bytes);
	if (sg_utf8_decode(token->bytes, token->n_bytes, &code_point) == token->n_bytes &&
		sg_prompt_screen_latin(code_point)) {
		key[0] = sg_prompt_screen_latin(code_point);
		key[1] = '\0';
	}
	if (strcmp(key, "q") == 0 || strcmp(key, "\004") == 0)
		s->leave = true;
	if (strcmp(key, "\014") == 0)
		sg_screen_redraw();
	for (size_t i = 0; i < SG_ARRAY_SIZE(keys); i++)
		if (strcmp(keys[i].key, key) == 0)
			act(s, keys[i].action);
	s->prompt_dirty = true;
}

/* --- lines --- */

/*
 * "/text" searches in the focused block, "/" alone goes on; "&text" filters, "&" alone shows
 * all.
 */
static bool pane_line(struct sg_app_screen *s, const char *line)
{
	const bool search = line[0] == '/';
	if (!search && line[0] != '&')
		return false;
	char *to = search ? s->pane.search : s->pane.filter;
	enum { TEXT_SIZE = sizeof(s->pane.search) };
	_Static_assert(sizeof(s->pane.filter) >= TEXT_SIZE, "a text may go to either");
	if (line[1] || !search) {
		size_t n = strlen(line + 1);
		while (n >= TEXT_SIZE || (n && ((unsigned char)line[1 + n] & 0xC0) == 0x80))
			n--;
		memcpy(to, line + 1, n);
		to[n] = '\0';
	}
	s->message[0] = '\0';
	if (search)
		act(s, SG_PANE_ACTION_SEARCH_NEXT);
	if (search && *s->pane.search && !s->pane.has_found)
		sg_as_say(s, SG_STYLE_WARN,
			"nothing in this block holds \"%s\"; F6 goes to the next",
			s->pane.search);
	s->pane_dirty = true;
	return true;
}

/* Asked once: what runs would be ended by it. */
static void want_to_leave(struct sg_app_screen *s)
{
	if (s->app->busy && !s->asked_to_leave) {
		s->asked_to_leave = true;
		s->app->quit = false;
		sg_as_say(s, SG_STYLE_WARN, "a phase runs: once more ends it and leaves");
		return;
	}
	if (s->app->busy && s->interrupts < 2)
		s->interrupts = 2;
	s->leave = true;
}

/* The rows that it takes, wrapped; rather more than fewer, since words are not cut. */
static size_t answer_rows(const struct sg_app_screen *s, size_t before)
{
	const size_t width = s->pane_columns * 3 / 4 + 1;
	size_t n = 0;
	for (size_t i = before > s->log.dropped ? before - s->log.dropped : 0; i < s->log.n;
		i++)
		n += 1 + sg_utf8_columns(s->log.lines[i]) / width;
	return n;
}

/*
 * Its answer is looked at, zoomed where the block would show a part of it, and a long one from
 * its first row; so is one that what runs would push out of sight, until Enter or Ctrl-End.
 */
static void focus_answer(struct sg_app_screen *s, size_t before)
{
	enum { BLOCK_ROWS = 5, FRAME_ROWS = 4 };
	const size_t n = answer_rows(s, before);
	s->pane.focus = SG_PANE_LOG;
	s->pane.scrolled = false;
	s->zoomed_by_command = s->zoomed_by_command || (!s->pane.zoomed && n > BLOCK_ROWS);
	s->pane.zoomed = s->pane.zoomed || n > BLOCK_ROWS;
	if (n + FRAME_ROWS > s->pane_rows || s->app->busy) {
		s->pane.scrolled = true;
		s->pane.first[SG_PANE_LOG] = before;
		s->pane.seen_rows = s->log.n + s->log.dropped;
	}
	s->focused_by_command = true;
}

static void run_line(struct sg_app_screen *s, const struct sg_line *line)
{
	struct sg_err err = SG_APP_ERR_INIT(s->app);
	const size_t before = s->log.n + s->log.dropped;
	const bool was_busy = s->app->busy;
	const bool wrote_before = s->app->wrote;
	/* a brief that no frame has shown whole is not one that was read */
	memcpy(s->app->shown_digest, s->drawn_digest, sizeof(s->drawn_digest));
	const char *outer = s->echo;
	s->message[0] = '\0';
	s->echo = line->text;
	(void)sg_app_line(s->app, line->text, line->typed, false, &err);
	sg_app_complain(&err);
	sg_as_stderr_take(s);
	s->echo = outer;
	/*
	 * what a refusal says stands in the message; what a phase has printed is behind us
	 * already
	 */
	if (s->app->wrote && !was_busy)
		leave_answer(s);
	else if (s->log.n + s->log.dropped > before &&
		 (err.rc == SG_OK || err.rc == SG_VERDICT))
		focus_answer(s, before);
	/* the signal that started the phase asks for it when that has ended */
	s->app->wrote = was_busy && wrote_before;
	s->pane_dirty = true;
	s->painted_ns = 0;
	if (!was_busy) {
		s->model_dirty = true;
		s->model_due_ns = 0;
		sg_as_watch_update(s);
	}
	if (s->app->to_plain)
		sg_as_off(s);
	else if (s->app->quit)
		want_to_leave(s);
}

static void take_lines(struct sg_app_screen *s)
{
	struct sg_line line;
	while (s->on && sg_prompt_screen_line(&line)) {
		const bool blank = strspn(line.text, " \t") == strlen(line.text);
		if (blank)
			act(s, SG_PANE_ACTION_CLEAR);
		if (blank && s->pane.focus == SG_PANE_LOG)
			s->pane.focus = s->has_brief ? SG_PANE_BRIEF : SG_PANE_FIX;
		if (blank)
			leave_answer(s);
		if (!blank && !pane_line(s, line.text))
			run_line(s, &line);
		sg_line_release(&line);
	}
}

/* What keys have brought about; those that were taken aside may have, too. */
static void take_what_came(struct sg_app_screen *s)
{
	enum sg_pane_action action;
	while (sg_prompt_screen_action(&action))
		act(s, action);
	if (sg_prompt_screen_end())
		want_to_leave(s);
	take_lines(s);
}

static void prompt_key(struct sg_app_screen *s, const struct sg_token *token)
{
	const bool shown = sg_prompt_screen_candidates() != NULL;
	sg_prompt_screen_feed(token);
	if (shown || sg_prompt_screen_candidates()) {
		s->pane_dirty = true;
		s->painted_ns = 0;
	}
	take_what_came(s);
}

/* --- while something is done aside --- */

bool sg_as_keys_wait(const struct sg_app_screen *s)
{
	return s->held != SG_TOKEN_NONE || (!s->read_only && sg_prompt_screen_waits());
}

static void hold(struct sg_app_screen *s, const struct sg_token *token)
{
	sg_strbuf_clear(&s->held_bytes);
	sg_strbuf_add(&s->held_bytes, token->bytes, token->n_bytes);
	if (!sg_strbuf_failed(&s->held_bytes))
		s->held = token->kind;
}

bool sg_as_keys_aside(struct sg_app_screen *s)
{
	struct sg_token token;
	int wait_ms;
	if (!s->on || s->read_only || s->leave || s->pane.help || sg_as_keys_wait(s))
		return false;
	sg_screen_token(&token, &wait_ms);
	if (token.kind == SG_TOKEN_NONE)
		return false;
	if (sg_prompt_screen_edits(&token))
		sg_prompt_screen_feed(&token);
	else
		hold(s, &token);
	return true;
}

void sg_as_keys_drop(struct sg_app_screen *s)
{
	if (s->held != SG_TOKEN_HANGUP)
		s->held = SG_TOKEN_NONE;
}

/* The one that was held, or the next; taken is what its bytes live in. */
static void next_token(struct sg_app_screen *s, struct sg_strbuf *taken, struct sg_token *ret,
	int *ret_wait_ms)
{
	if (s->held == SG_TOKEN_NONE) {
		sg_screen_token(ret, ret_wait_ms);
		return;
	}
	sg_strbuf_clear(taken);
	sg_strbuf_add(taken, s->held_bytes.bytes, s->held_bytes.n_bytes);
	*ret = (struct sg_token){s->held, taken->bytes, taken->n_bytes};
	*ret_wait_ms = -1;
	s->held = SG_TOKEN_NONE;
}

void sg_as_keys(struct sg_app_screen *s)
{
	struct sg_strbuf taken = SG_STRBUF_INIT;
	struct sg_token token;
	int wait_ms = -1;
	if (!s->read_only)
		take_what_came(s);
	while (s->on && !s->leave && !s->app->to_plain) {
		next_token(s, &taken, &token, &wait_ms);
		if (token.kind == SG_TOKEN_NONE)
			break;
		if (token.kind == SG_TOKEN_HANGUP) {
			s->end_signal = s->end_signal ? s->end_signal : 1;
			s->leave = true;
			break;
		}
		if (s->pane.help && token.kind == SG_TOKEN_KEY)
			help_key(s, &token);
		else if (s->read_only)
			watch_key(s, &token);
		else
			prompt_key(s, &token);
	}
	s->escape_due_ns = wait_ms < 0 ? 0 : sg_clock_mono_ns() + (int64_t)wait_ms * NS_PER_MS;
	sg_strbuf_release(&taken);
}
