/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A scan over lines that knows fences, headings and nothing else of Markdown. */
#include "format/markdown.h"

#include <string.h>
#include <strings.h>

#include "stepgate/manifest.h"

#define N_SECTIONS   7
#define ALL_SECTIONS ((1u << N_SECTIONS) - 1)

/* One line, its break cut off. */
struct line {
	const char *text;
	size_t n;      /* bytes */
	size_t indent; /* spaces in front */
	size_t start;  /* offset of the line in the text */
	size_t next;   /* offset of the next */
	size_t number; /* 1-based */
};

/* What is looked for. */
struct wish {
	const char *token; /* a token's name; NULL: an instance */
	unsigned least;    /* of the sections' bits, all that must be there; 0: any one */
	bool unlabelled;   /* a fence without an info string will do */
};

/* The block under way. */
struct block {
	bool open;
	bool fenced;
	char fence;
	size_t fence_n;
	bool labelled; /* its info string is yaml or yml */
	bool bare_label;
	bool begun; /* a line that is not empty was seen */
	bool keyed; /* ... and one that is no comment */
	unsigned sections;
	bool token_first;
	struct sg_span span;
};

static bool next_line(const char *bytes, size_t n_bytes, struct line *line)
{
	if (line->next >= n_bytes)
		return false;
	line->start = line->next;
	line->text = bytes + line->start;
	const char *newline = memchr(line->text, '\n', n_bytes - line->start);
	line->next = newline ? (size_t)(newline - bytes) + 1 : n_bytes;
	line->n = (newline ? line->next - 1 : line->next) - line->start;
	while (line->n > 0 && strchr(" \t\r", line->text[line->n - 1]) &&
		line->text[line->n - 1])
		line->n--;
	line->indent = 0;
	while (line->indent < line->n && line->text[line->indent] == ' ')
		line->indent++;
	line->number++;
	return true;
}

/* How many fence characters the line opens or closes with; 0 if it does not. */
static size_t fence_length(const struct line *line, char *ret_fence)
{
	const char *text = line->text + line->indent;
	const size_t n_left = line->n - line->indent;
	size_t n = 0;

	if (n_left == 0 || (text[0] != '`' && text[0] != '~'))
		return 0;
	while (n < n_left && text[n] == text[0])
		n++;
	/* A backtick behind them makes it code inside a line. */
	if (n < 3 || (text[0] == '`' && memchr(text + n, '`', n_left - n)))
		return 0;
	*ret_fence = text[0];
	return n;
}

static bool is_heading(const struct line *line)
{
	size_t n = 0;

	while (n < line->n && line->text[n] == '#')
		n++;
	return n >= 1 && n <= 6 && (n == line->n || line->text[n] == ' ');
}

static bool is_end(const struct line *line)
{
	return line->n == 4 && memcmp(line->text, "END.", 4) == 0;
}

/* Whether the line is `key:` at this column, the key plain or quoted. */
static bool has_key(const struct line *line, size_t column, const char *key)
{
	if (line->indent != column)
		return false;
	const char *at = line->text + column;
	const char *end = line->text + line->n;
	const size_t n_key = strlen(key);
	const char quote = at < end && (*at == '"' || *at == '\'') ? *at : '\0';
	if (quote)
		at++;
	if ((size_t)(end - at) < n_key || memcmp(at, key, n_key) != 0)
		return false;
	at += n_key;
	if (quote && (at == end || *at++ != quote))
		return false;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	return at < end && *at == ':' && (at + 1 == end || at[1] == ' ' || at[1] == '\t');
}

/* The bit of the section whose key the line has, else 0. */
static unsigned section_bit(const struct line *line, size_t column)
{
	for (unsigned i = 0; i < N_SECTIONS; i++) {
		if (has_key(line, column, sg_mapping_name((enum sg_mapping)i)))
			return 1u << i;
	}
	return 0;
}

static bool is_yaml_label(const char *text, size_t n)
{
	size_t n_word = 0;

	while (n > 0 && *text == ' ') {
		text++;
		n--;
	}
	while (n_word < n && text[n_word] != ' ' && text[n_word] != '\t')
		n_word++;
	return (n_word == 4 && strncasecmp(text, "yaml", 4) == 0) ||
	       (n_word == 3 && strncasecmp(text, "yml", 3) == 0);
}

static void open_fence(struct block *b, const struct line *line, char fence, size_t fence_n)
{
	const size_t before = line->indent + fence_n;

	*b = (struct block){.open = true, .fenced = true, .fence = fence, .fence_n = fence_n};
	b->labelled = is_yaml_label(line->text + before, line->n - before);
	b->bare_label = line->n == before;
	b->span.markdown = true;
}

/* A line of the block's content. */
static void take_line(struct block *b, const struct line *line, const struct wish *wish)
{
	if (line->n == 0)
		return;
	if (!b->begun) {
		b->begun = true;
		b->span.start = line->start;
		b->span.line = line->number;
		b->span.indent = line->indent;
	}
	b->span.end = line->next;
	if (!b->keyed && line->text[line->indent] != '#') {
		b->keyed = true;
		b->span.indent = line->indent;
		b->token_first = wish->token && has_key(line, line->indent, wish->token);
	}
	if (b->keyed && !wish->token)
		b->sections |= section_bit(line, b->span.indent);
}

static bool is_wished(const struct block *b, const struct wish *wish)
{
	if (wish->token)
		return b->fenced && b->token_first;
	if (b->fenced && !b->labelled && !(wish->unlabelled && b->bare_label))
		return false;
	return wish->least ? (b->sections & wish->least) == wish->least : b->sections != 0;
}

/* Whether a bare block begins here. */
static bool begins_bare(const struct line *line, const struct wish *wish)
{
	if (wish->token)
		return false;
	return wish->least ? has_key(line, 0, "SESSION") : section_bit(line, 0) != 0;
}

/* Takes the line into what is under way. True: a block ended before or with it. */
static bool advance(struct block *b, const struct line *line, const struct wish *wish)
{
	char fence = '\0';
	const size_t fence_n = fence_length(line, &fence);

	if (!b->open || !b->fenced)
		return b->open && (fence_n > 0 || is_heading(line) || is_end(line));
	const bool closes =
		fence == b->fence && fence_n >= b->fence_n && line->n == line->indent + fence_n;
	if (!closes)
		take_line(b, line, wish);
	return closes;
}

static bool find(
	const char *bytes, size_t n_bytes, const struct wish *wish, struct sg_span *ret)
{
	struct line line = {0};
	struct block b = {0};

	while (next_line(bytes, n_bytes, &line)) {
		const bool was_fenced = b.open && b.fenced;
		if (advance(&b, &line, wish)) {
			if (is_wished(&b, wish))
				break;
			b.open = false;
		}
		if (was_fenced)
			continue;
		char fence = '\0';
		const size_t fence_n = fence_length(&line, &fence);
		if (fence_n > 0)
			open_fence(&b, &line, fence, fence_n);
		else if (!b.open && begins_bare(&line, wish))
			b = (struct block){.open = true, .span = {.markdown = true}};
		if (b.open && !b.fenced)
			take_line(&b, &line, wish);
	}
	if (!b.open || !is_wished(&b, wish))
		return false;
	*ret = b.span;
	return true;
}

static bool ends_with(const char *name, const char *suffix)
{
	const size_t n = strlen(name);
	const size_t n_suffix = strlen(suffix);

	return n >= n_suffix && strcasecmp(name + n - n_suffix, suffix) == 0;
}

bool sg_markdown_is(const char *name, const char *bytes, size_t n_bytes)
{
	struct line line = {0};
	char fence = '\0';

	if (ends_with(name, ".md") || ends_with(name, ".markdown"))
		return true;
	if (ends_with(name, ".yaml") || ends_with(name, ".yml") || ends_with(name, ".json"))
		return false;
	while (next_line(bytes, n_bytes, &line)) {
		if (is_end(&line) || fence_length(&line, &fence) > 0)
			return true;
	}
	return false;
}

static enum sg_rc not_found(const char *name, struct sg_err *err, const char *what)
{
	sg_err_set(err, SG_INPUT, "cannot read the document: expected %s, found none", what);
	sg_err_at(err, name, 1, 1);
	return SG_INPUT;
}

static struct sg_span whole(size_t n_bytes)
{
	return (struct sg_span){.start = 0, .end = n_bytes, .line = 1};
}

enum sg_rc sg_markdown_find_instance(const char *name, const char *bytes, size_t n_bytes,
	struct sg_span *ret, struct sg_err *err)
{
	const struct wish wish = {.least = ALL_SECTIONS};

	if (!sg_markdown_is(name, bytes, n_bytes))
		*ret = whole(n_bytes);
	else if (!find(bytes, n_bytes, &wish, ret))
		return not_found(name, err,
			"a block with all seven sections, from SESSION to RESUME, in a yaml "
			"fence or "
			"bare up to END. or the next heading");
	return SG_OK;
}

enum sg_rc sg_markdown_find_partial(const char *name, const char *bytes, size_t n_bytes,
	struct sg_span *ret, struct sg_err *err)
{
	const struct wish wish = {.unlabelled = true};

	if (sg_markdown_find_instance(name, bytes, n_bytes, ret, NULL) == SG_OK)
		return SG_OK;
	if (!find(bytes, n_bytes, &wish, ret))
		return not_found(name, err, "a block with at least one section of a manifest");
	return SG_OK;
}

enum sg_rc sg_markdown_find_token(const char *name, const char *bytes, size_t n_bytes,
	const char *token, struct sg_span *ret, struct sg_err *err)
{
	const struct wish wish = {.token = token};

	if (!sg_markdown_is(name, bytes, n_bytes)) {
		*ret = whole(n_bytes);
		return SG_OK;
	}
	if (find(bytes, n_bytes, &wish, ret))
		return SG_OK;
	sg_err_set(err, SG_INPUT,
		"cannot read the document: expected a fenced block that begins with %s:, found "
		"none",
		token);
	sg_err_at(err, name, 1, 1);
	return SG_INPUT;
}
