/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A typed line into words. */
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "cmd/parse.h"

#define OPEN_GUILLEMET  "\xc2\xab"
#define CLOSE_GUILLEMET "\xc2\xbb"

struct lexer {
	struct sg_arena *arena;
	const char *line;
	const char *p;
	struct sg_strbuf word;
	struct sg_strs_builder words;
	size_t *columns;
	size_t capacity;
};

static size_t column_of(const struct lexer *lx, const char *at)
{
	size_t column = 1;
	for (const char *p = lx->line; p < at; p++)
		column += ((unsigned char)*p & 0xC0) != 0x80;
	return column;
}

static enum sg_rc fail(
	const struct lexer *lx, const char *at, struct sg_err *err, const char *what)
{
	return sg_err_set(err, SG_USAGE, "cannot read the line: column %zu: %s",
		column_of(lx, at), sg_err_say(err, what));
}

/* Copies up to the closing mark; p stands behind the opening one. */
static enum sg_rc quoted(struct lexer *lx, const char *close, bool escapes, struct sg_err *err)
{
	/* the mark itself: « takes two bytes, and a column is counted from a first one */
	const char *open = lx->p - 1;
	while (open > lx->line && ((unsigned char)*open & 0xC0) == 0x80)
		open--;
	size_t n_close = strlen(close);
	while (strncmp(lx->p, close, n_close) != 0) {
		if (!*lx->p)
			return fail(lx, open, err, SG_SAY("the quote is not closed"));
		if (escapes && *lx->p == '\\' && lx->p[1])
			lx->p++;
		sg_strbuf_addc(&lx->word, *lx->p++);
	}
	lx->p += n_close;
	return SG_OK;
}

static bool blank(char c)
{
	return c == ' ' || c == '\t';
}

static enum sg_rc one_word(struct lexer *lx, struct sg_err *err)
{
	sg_strbuf_clear(&lx->word);
	while (*lx->p && !blank(*lx->p)) {
		enum sg_rc rc = SG_OK;
		if (*lx->p == '"') {
			lx->p++;
			rc = quoted(lx, "\"", true, err);
		} else if (*lx->p == '\'') {
			lx->p++;
			rc = quoted(lx, "'", false, err);
		} else if (strncmp(lx->p, OPEN_GUILLEMET, 2) == 0) {
			lx->p += 2;
			rc = quoted(lx, CLOSE_GUILLEMET, false, err);
		} else {
			if (*lx->p == '\\' && lx->p[1])
				lx->p++;
			sg_strbuf_addc(&lx->word, *lx->p++);
		}
		if (rc != SG_OK)
			return rc;
	}
	return SG_OK;
}

static void keep_word(struct lexer *lx, size_t column)
{
	if (lx->words.n == lx->capacity) {
		size_t capacity = lx->capacity ? lx->capacity * 2 : 8;
		size_t *columns = sg_arena_array(lx->arena, capacity, sizeof(*columns));
		if (!columns)
			return;
		if (lx->words.n)
			memcpy(columns, lx->columns, lx->words.n * sizeof(*columns));
		lx->columns = columns;
		lx->capacity = capacity;
	}
	char *copy = sg_arena_str(lx->arena, lx->word.bytes);
	if (!copy)
		return;
	lx->columns[lx->words.n] = column;
	sg_strs_builder_add(&lx->words, copy);
}

static enum sg_rc check_bytes(struct lexer *lx, struct sg_err *err)
{
	size_t bad;
	if (!sg_utf8_valid(lx->line, strlen(lx->line), &bad))
		return fail(lx, lx->line + bad, err, SG_SAY("it is not UTF-8"));
	for (const char *p = lx->line; *p; p++)
		if (((unsigned char)*p < 0x20 && *p != '\t') || *p == 0x7f)
			return fail(lx, p, err, SG_SAY("a control character"));
	return SG_OK;
}

static enum sg_rc all_words(struct lexer *lx, bool comments, struct sg_err *err)
{
	for (;;) {
		while (blank(*lx->p))
			lx->p++;
		if (!*lx->p || (comments && *lx->p == '#'))
			return SG_OK;
		size_t column = column_of(lx, lx->p);
		enum sg_rc rc = one_word(lx, err);
		if (rc != SG_OK)
			return rc;
		keep_word(lx, column);
	}
}

enum sg_rc sg_lex(struct sg_arena *arena, const char *line, bool comments, struct sg_words *ret,
	struct sg_err *err)
{
	struct lexer lx = {.arena = arena, .line = line, .p = line, .word = SG_STRBUF_INIT};
	sg_strs_builder_init(&lx.words, arena);
	enum sg_rc rc = check_bytes(&lx, err);
	if (rc == SG_OK)
		rc = all_words(&lx, comments, err);
	bool failed = sg_strbuf_failed(&lx.word) || sg_arena_failed(arena);
	sg_strbuf_release(&lx.word);
	if (rc != SG_OK)
		return rc;
	if (failed)
		return sg_err_set(err, SG_NOMEM, "cannot read the line: out of memory");
	ret->v = lx.words.v;
	ret->columns = lx.columns;
	ret->n = lx.words.n;
	return SG_OK;
}
