/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Candidates for a word of a line, from the command table and the run. */
#include "ui/complete.h"

#include <string.h>

#include "base/utf8.h"
#include "cmd/parse.h"
#include "cmd/signal.h"

#define OPEN_GUILLEMET  "\xc2\xab"
#define CLOSE_GUILLEMET "\xc2\xbb"

struct completer {
	struct sg_arena *arena;
	const struct sg_run *run; /* may be NULL */
	const char *word;         /* as it would be read, without its escapes */
	const char *raw;          /* as it stands in the line, up to the cursor */
	size_t n_raw;
	size_t capacity;
	struct sg_candidates list;
};

void sg_complete_escape(struct sg_strbuf *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		bool special = strchr(" \t\"'\\", *p) != NULL ||
			       strncmp(p, OPEN_GUILLEMET, strlen(OPEN_GUILLEMET)) == 0;
		if (special)
			sg_strbuf_addc(out, '\\');
		sg_strbuf_addc(out, *p);
	}
}

void sg_complete_unescape(struct sg_strbuf *out, const char *word, size_t n_bytes)
{
	for (size_t i = 0; i < n_bytes; i++) {
		if (word[i] == '\\' && i + 1 < n_bytes)
			i++;
		sg_strbuf_addc(out, word[i]);
	}
}

bool sg_complete_remembers(const char *line)
{
	size_t n = strlen(line);
	if (strspn(line, " \t") == n || !sg_utf8_valid(line, n, NULL))
		return false;
	for (const char *p = line; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return false;
	return sg_signal_word(line, n) == SG_WORD_OTHER;
}

/* Sets *ret to clean text; false where cleaning had to change it, or memory ran out. */
static bool escaped(struct completer *c, const char *text, const char **ret)
{
	struct sg_strbuf clean = SG_STRBUF_INIT;
	struct sg_strbuf out = SG_STRBUF_INIT;
	sg_utf8_sanitise(&clean, text, strlen(text), SG_SANITISE_LINE);
	bool same = strcmp(clean.bytes, text) == 0;
	sg_complete_escape(&out, text);
	*ret = same && !sg_strbuf_failed(&out) ? sg_arena_str(c->arena, out.bytes) : NULL;
	sg_strbuf_release(&clean);
	sg_strbuf_release(&out);
	return *ret != NULL;
}

static void offer(struct completer *c, const char *text, const char *description)
{
	struct sg_candidate candidate = {NULL, description};
	if (!*text || strncmp(text, c->word, strlen(c->word)) != 0 ||
		!escaped(c, text, &candidate.text))
		return;
	if (c->list.n == c->capacity) {
		size_t capacity = c->capacity ? c->capacity * 2 : 32;
		struct sg_candidate *v = sg_arena_array(c->arena, capacity, sizeof(*v));
		if (!v)
			return;
		if (c->list.n)
			memcpy(v, c->list.v, c->list.n * sizeof(*v));
		c->list.v = v;
		c->capacity = capacity;
	}
	c->list.v[c->list.n++] = candidate;
}

/* --- words of each kind --- */

/*
 * Names first; a Russian alias only where its letters were begun, or the list would be twice as
 * long.
 */
static void offer_commands(struct completer *c)
{
	for (size_t i = 0; i < sg_command_count; i++) {
		const struct sg_command *command = &sg_commands[i];
		if (!(command->flags & SG_CMD_CLI))
			offer(c, command->name, command->help);
	}
	for (size_t i = 0; i < sg_command_count && *c->word; i++) {
		for (const char *p = sg_commands[i].aliases; *p;) {
			size_t n = strcspn(p, " ");
			const char *alias = sg_arena_strn(c->arena, p, n);
			if (alias)
				offer(c, alias, sg_commands[i].help);
			p += n + (p[n] == ' ');
		}
	}
}

static void offer_list(struct completer *c, const char *words)
{
	for (const char *p = words; *p;) {
		size_t n = strcspn(p, "|");
		const char *word = sg_arena_strn(c->arena, p, n);
		if (word)
			offer(c, word, "");
		p += n + (p[n] == '|');
	}
}

static void offer_names(struct completer *c)
{
	if (!c->run)
		return;
	const struct sg_manifest *m = &c->run->manifest;
	const struct sg_strs *engines =
		c->run->required_engines.n ? &c->run->required_engines : &m->required_eng_keys;
	for (size_t i = 0; i < m->required_roles.n; i++) {
		const struct sg_role_row *row = sg_manifest_role(m, m->required_roles.v[i]);
		offer(c, m->required_roles.v[i],
			row && row->status != SG_ROW_STATUS_COUNT
				? sg_arena_printf(
					  c->arena, "role, %s", sg_row_status_name(row->status))
				: SG_SAY("role"));
	}
	/* the key with and without KEY: names the same engine: what was begun decides */
	bool full = strncmp(c->word, "KEY:", strlen("KEY:")) == 0;
	for (size_t i = 0; i < engines->n; i++)
		offer(c, full ? engines->v[i] : sg_key_bare(engines->v[i]), SG_SAY("engine"));
}

/* OUTPUT=PATH of record: the name before the sign, a file behind it. */
static void offer_outputs(struct completer *c)
{
	if (!c->run)
		return;
	const struct sg_strs *contract = &c->run->manifest.output_contract;
	for (size_t i = 0; i < contract->n; i++) {
		const char *text = sg_arena_printf(c->arena, "%s=", contract->v[i]);
		if (text)
			offer(c, text, SG_SAY("output of the contract"));
	}
}

/* Where a resume may begin: every phase that runs something. */
static void offer_phases(struct completer *c)
{
	for (size_t i = 0; c->run && i < c->run->phases.n; i++) {
		enum sg_phase kind = sg_phase_kind(c->run->phases.v[i]);
		if (kind != SG_PHASE_OPEN && kind != SG_PHASE_CLOSE)
			offer(c, c->run->phases.v[i], SG_SAY("phase"));
	}
}

static void offer_kind(
	struct completer *c, enum sg_arg_kind kind, const char *name, const char *words)
{
	switch (kind) {
	case SG_ARG_FILE:
		if (strchr(name, '=') && !strchr(c->word, '='))
			offer_outputs(c);
		else
			c->list.files = true;
		return;
	case SG_ARG_NAME: offer_names(c); return;
	case SG_ARG_PHASE: offer_phases(c); return;
	case SG_ARG_COMMAND: offer_commands(c); return;
	case SG_ARG_WORD: offer_list(c, words); return;
	case SG_ARG_TEXT:
	case SG_ARG_SEQ: return;
	}
}

/* --- where in the line --- */

/*
 * The spec of the option that this word is, "--x" or "--x=V"; NULL when it is none of the
 * command's.
 */
static const struct sg_option_spec *option_of(
	const struct sg_command *command, const char *word)
{
	size_t n = strcspn(word, "=");
	for (const struct sg_option_spec *o = command->options; o->name; o++)
		if (strlen(o->name) == n && strncmp(o->name, word, n) == 0)
			return o;
	return NULL;
}

static bool given(const struct sg_words *words, const char *name)
{
	size_t n = strlen(name);
	for (size_t i = 1; i < words->n; i++)
		if (strncmp(words->v[i], name, n) == 0 &&
			(words->v[i][n] == '\0' || words->v[i][n] == '='))
			return true;
	return false;
}

static void offer_options(
	struct completer *c, const struct sg_command *command, const struct sg_words *words)
{
	for (const struct sg_option_spec *o = command->options; o->name; o++)
		if (!given(words, o->name))
			offer(c, o->name, o->help);
	if ((command->flags & SG_CMD_JSON) && !given(words, "--json"))
		offer(c, "--json", SG_SAY("the same values as JSON"));
}

/*
 * How many positionals stand before the word; *ret_option: the option whose value the word is.
 */
static size_t count_positionals(const struct sg_command *command, const struct sg_words *words,
	const struct sg_option_spec **ret_option, bool *ret_options_end)
{
	size_t n = 0;
	*ret_option = NULL;
	*ret_options_end = false;
	for (size_t i = 1; i < words->n; i++) {
		const char *word = words->v[i];
		if (*ret_option) {
			*ret_option = NULL;
		} else if (!*ret_options_end && strcmp(word, "--") == 0) {
			*ret_options_end = true;
		} else if (!*ret_options_end && strncmp(word, "--", 2) == 0) {
			const struct sg_option_spec *o = option_of(command, word);
			*ret_option = o && o->value && !strchr(word, '=') ? o : NULL;
		} else {
			n++;
		}
	}
	return n;
}

static const struct sg_arg_spec *positional_spec(const struct sg_command *command, size_t n)
{
	const struct sg_arg_spec *last = NULL;
	for (const struct sg_arg_spec *a = command->args; a->name; a++) {
		if (n-- == 0)
			return a;
		last = a;
	}
	return last && last->repeats ? last : NULL;
}

/* Behind the first sign of the word as it was typed, where escapes take bytes of their own. */
static void begin_behind_equal(struct completer *c)
{
	const char *equal = memchr(c->raw, '=', c->n_raw);
	if (equal)
		c->list.word_start += (size_t)(equal + 1 - c->raw);
}

/* "--file=doc": the value is what is completed, so the word begins behind the sign. */
static bool offer_attached(struct completer *c, const struct sg_command *command)
{
	const char *equal = strchr(c->word, '=');
	const struct sg_option_spec *o = equal ? option_of(command, c->word) : NULL;
	if (!o || !o->value)
		return false;
	begin_behind_equal(c);
	c->word = equal + 1;
	offer_kind(c, o->kind, o->value, "");
	return true;
}

static void complete_argument(struct completer *c, const struct sg_words *words)
{
	const struct sg_command *command = NULL;
	const struct sg_option_spec *option;
	bool options_end;
	if (sg_command_find(words->v[0], &command, NULL) != SG_OK)
		return;
	size_t n = count_positionals(command, words, &option, &options_end);
	if (option) {
		offer_kind(c, option->kind, option->value, "");
		return;
	}
	if (!options_end && strncmp(c->word, "--", 2) == 0) {
		if (!offer_attached(c, command))
			offer_options(c, command, words);
		return;
	}
	const struct sg_arg_spec *spec = positional_spec(command, n);
	if (spec) {
		offer_kind(c, spec->kind, spec->name, spec->words ? spec->words : "");
		if (c->list.files && strchr(spec->name, '='))
			begin_behind_equal(c);
	} else if (!*c->word && !options_end) {
		offer_options(c, command, words);
	}
}

/* Where the word at the cursor begins; false inside quotes, where text is free. */
static bool find_word(const char *line, size_t cursor, size_t *ret_start)
{
	const char *close = NULL;
	bool quoted_word = false;
	*ret_start = 0;
	for (size_t i = 0; i < cursor; i++) {
		size_t n_close = close ? strlen(close) : 0;
		if (line[i] == '\\' && (!close || *close == '"') && i + 1 < cursor) {
			i++;
		} else if (close) {
			if (i + n_close <= cursor && strncmp(line + i, close, n_close) == 0) {
				i += n_close - 1;
				close = NULL;
			}
		} else if (line[i] == ' ' || line[i] == '\t') {
			*ret_start = i + 1;
			quoted_word = false;
		} else if (line[i] == '"' || line[i] == '\'') {
			close = line[i] == '"' ? "\"" : "'";
			quoted_word = true;
		} else if (strncmp(line + i, OPEN_GUILLEMET, strlen(OPEN_GUILLEMET)) == 0) {
			close = CLOSE_GUILLEMET;
			quoted_word = true;
			i++;
		}
	}
	return !close && !quoted_word;
}

enum sg_rc sg_complete(struct sg_arena *arena, const char *line, size_t cursor,
	const struct sg_run *run, struct sg_candidates *ret)
{
	struct completer c = {.arena = arena, .run = run};
	struct sg_strbuf word = SG_STRBUF_INIT;
	struct sg_words words = {NULL, NULL, 0};
	size_t start;
	bool open = find_word(line, cursor, &start);
	const char *before = sg_arena_strn(arena, line, start);
	sg_complete_unescape(&word, line + start, cursor - start);
	c.word = sg_arena_str(arena, word.bytes);
	c.list.word_start = start;
	c.raw = line + start;
	c.n_raw = cursor - start;
	/* what cannot be read has no candidates; the prompt says why when the line is given */
	if (open && before && c.word && !sg_strbuf_failed(&word) &&
		sg_lex(arena, before, false, &words, NULL) == SG_OK) {
		if (words.n)
			complete_argument(&c, &words);
		else
			offer_commands(&c);
	}
	sg_strbuf_release(&word);
	if (sg_arena_failed(arena))
		return SG_NOMEM;
	*ret = c.list;
	return SG_OK;
}
