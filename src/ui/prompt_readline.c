/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What both prompts have of readline: completion, and the history. */
#include "ui/prompt_readline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* readline's headers want FILE to be known */
#include <readline/readline.h>
#include <readline/history.h>

#include "base/utf8.h"
#include "ui/prompt_history.h"

/* A changed line of the history, as it was. */
struct original {
	int offset;
	char *line;
};

/* Readline's state is the process's, so ours is too. */
static struct {
	const struct sg_run *(*run)(void *ctx);
	void *ctx;
	struct sg_arena arena; /* of the last completion */
	struct sg_candidates candidates;
	const char **aligned; /* as readline replaces them, from where it begins its word */
	size_t n_aligned;
	size_t next_aligned;
	struct original *originals; /* owned */
	size_t n_originals;
} shared;

void sg_readline_begin(const struct sg_run *(*run)(void *ctx), void *ctx)
{
	shared.run = run;
	shared.ctx = ctx;
	sg_arena_init(&shared.arena);
	memset(&shared.candidates, 0, sizeof(shared.candidates));
	shared.n_aligned = 0;
}

void sg_readline_end(void)
{
	/* with what could be undone in lines that were edited */
	rl_clear_history();
	sg_arena_release(&shared.arena);
	memset(&shared.candidates, 0, sizeof(shared.candidates));
}

const struct sg_candidates *sg_readline_candidates(void)
{
	return &shared.candidates;
}

/* --- completion --- */

/*
 * Readline begins its word behind the last blank; ours may begin earlier ("a\ b") or later ("--
 * x=b"). A candidate is cut or led in so that it fits where readline replaces. NULL: it cannot.
 */
static const char *align(const char *text, size_t start)
{
	size_t ours = shared.candidates.word_start;
	if (ours >= start)
		return sg_arena_printf(&shared.arena, "%.*s%s", (int)(ours - start),
			rl_line_buffer + start, text);
	size_t n = start - ours;
	return strncmp(text, rl_line_buffer + ours, n) == 0 ? text + n : NULL;
}

static void file_candidate(struct sg_strs_builder *b, const char *name)
{
	struct stat st;
	struct sg_strbuf text = SG_STRBUF_INIT;
	struct sg_strbuf clean = SG_STRBUF_INIT;
	sg_utf8_sanitise(&clean, name, strlen(name), SG_SANITISE_LINE);
	sg_complete_escape(&text, name);
	if (stat(name, &st) == 0 && S_ISDIR(st.st_mode))
		sg_strbuf_addc(&text, '/');
	/* a name that could write on the terminal is not offered: it can still be typed */
	if (strcmp(clean.bytes, name) == 0 && !sg_strbuf_failed(&text)) {
		const char *copy = sg_arena_str(&shared.arena, text.bytes);
		if (copy)
			sg_strs_builder_add(b, copy);
	}
	sg_strbuf_release(&clean);
	sg_strbuf_release(&text);
}

static void file_candidates(void)
{
	struct sg_strs_builder b;
	struct sg_strbuf begun = SG_STRBUF_INIT;
	size_t from = shared.candidates.word_start;
	sg_strs_builder_init(&b, &shared.arena);
	sg_complete_unescape(&begun, rl_line_buffer + from, (size_t)rl_point - from);
	for (int state = 0;; state = 1) {
		char *name = rl_filename_completion_function(begun.bytes, state);
		if (!name)
			break;
		file_candidate(&b, name);
		free(name);
	}
	sg_strbuf_release(&begun);
	struct sg_candidate *v = sg_arena_array(&shared.arena, b.n, sizeof(*v));
	for (size_t i = 0; v && i < b.n; i++)
		v[i] = (struct sg_candidate){b.v[i], ""};
	shared.candidates.v = v;
	shared.candidates.n = v ? b.n : 0;
}

static char *next_match(const char *text, int state)
{
	if (!state)
		shared.next_aligned = 0;
	while (shared.next_aligned < shared.n_aligned) {
		const char *match = shared.aligned[shared.next_aligned++];
		if (match && strncmp(match, text, strlen(text)) == 0)
			return strdup(match);
	}
	return NULL;
}

char **sg_readline_complete(const char *text, int start, int end)
{
	(void)end;
	const struct sg_run *run = shared.run ? shared.run(shared.ctx) : NULL;
	rl_attempted_completion_over = 1;
	sg_arena_release(&shared.arena);
	sg_arena_init(&shared.arena);
	shared.n_aligned = 0;
	if (sg_complete(&shared.arena, rl_line_buffer, (size_t)rl_point, run,
		    &shared.candidates) != SG_OK)
		return NULL;
	if (shared.candidates.files)
		file_candidates();
	size_t n = shared.candidates.n;
	shared.aligned = sg_arena_array(&shared.arena, n, sizeof(*shared.aligned));
	if (!n || !shared.aligned)
		return NULL;
	for (size_t i = 0; i < n; i++)
		shared.aligned[i] = align(shared.candidates.v[i].text, (size_t)start);
	shared.n_aligned = n;
	if (n == 1) {
		const char *only = shared.candidates.v[0].text;
		char last = *only ? only[strlen(only) - 1] : '\0';
		rl_completion_suppress_append = last == '/' || last == '=';
	}
	return rl_completion_matches(text, next_match);
}

/* --- history --- */

void sg_readline_load_history(const char *path)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strs lines = {NULL, 0};
	using_history();
	stifle_history(SG_HISTORY_LINES);
	if (path)
		sg_history_load(path, &arena, &lines);
	for (size_t i = 0; i < lines.n; i++)
		add_history(lines.v[i]);
	sg_arena_release(&arena);
}

static bool has_original(int offset)
{
	for (size_t i = 0; i < shared.n_originals; i++)
		if (shared.originals[i].offset == offset)
			return true;
	return false;
}

void sg_readline_leave_line(void)
{
	const HIST_ENTRY *entry = current_history();
	const int offset = where_history();
	if (!entry || has_original(offset) || strcmp(entry->line, rl_line_buffer) == 0)
		return;
	struct original *all =
		realloc(shared.originals, (shared.n_originals + 1) * sizeof(*all));
	char *line = strdup(entry->line);
	shared.originals = all ? all : shared.originals;
	if (all && line)
		all[shared.n_originals++] = (struct original){offset, line};
	else
		free(line);
}

void sg_readline_restore_lines(void)
{
	for (size_t i = 0; i < shared.n_originals; i++) {
		const struct original *original = &shared.originals[i];
		HIST_ENTRY *changed =
			replace_history_entry(original->offset, original->line, NULL);
		if (changed)
			(void)free_history_entry(changed);
		free(original->line);
	}
	free(shared.originals);
	shared.originals = NULL;
	shared.n_originals = 0;
}

void sg_readline_remember(const char *path, const char *line)
{
	const HIST_ENTRY *last =
		history_length > 0 ? history_get(history_base + history_length - 1) : NULL;
	if (!sg_complete_remembers(line) || (last && strcmp(last->line, line) == 0))
		return;
	add_history(line);
	if (path)
		sg_history_append(path, line);
}
