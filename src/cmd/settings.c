/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of settings, and the reader of the file that sets them; see settings.h. */
#include "cmd/settings.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"

#define MARK "\xef\xbb\xbf"

const struct sg_setting_spec sg_setting_specs[SG_SETTING_COUNT] = {
#define X(id, name, values, fallback, help) \
	[SG_SETTING_##id] = {(name), (values), (fallback), (help)},
	SG_SETTING_LIST(X)
#undef X
};

/* --- values --- */

static bool is_number(const struct sg_setting_spec *spec)
{
	return spec->values[0] >= '0' && spec->values[0] <= '9';
}

/* The place of a word in "a|b|c"; SIZE_MAX where it is none of them. */
static size_t place_of(const char *words, const char *word, size_t n_word)
{
	for (size_t place = 0;; place++) {
		const size_t n = strcspn(words, "|");
		if (n == n_word && strncmp(words, word, n) == 0)
			return place;
		if (!words[n])
			return SIZE_MAX;
		words += n + 1;
	}
}

static size_t number_of(const char *range, const char *text, size_t n_text)
{
	char digits[16];
	const size_t least = strtoul(range, NULL, 10);
	const size_t most = strtoul(strchr(range, '-') + 1, NULL, 10);
	if (n_text >= sizeof(digits))
		return SIZE_MAX;
	memcpy(digits, text, n_text);
	digits[n_text] = '\0';
	if (!n_text || strspn(digits, "0123456789") != n_text)
		return SIZE_MAX;
	const size_t number = strtoul(digits, NULL, 10);
	return number < least || number > most ? SIZE_MAX : number;
}

static size_t value_of(const struct sg_setting_spec *spec, const char *text, size_t n_text)
{
	return is_number(spec) ? number_of(spec->values, text, n_text)
			       : place_of(spec->values, text, n_text);
}

void sg_settings_default(struct sg_settings *ret)
{
	for (size_t i = 0; i < SG_SETTING_COUNT; i++) {
		const struct sg_setting_spec *spec = &sg_setting_specs[i];
		ret->value[i] = value_of(spec, spec->fallback, strlen(spec->fallback));
		ret->line[i] = 0;
	}
}

bool sg_setting_is(const struct sg_settings *settings, enum sg_setting which, const char *word)
{
	return settings->value[which] ==
	       place_of(sg_setting_specs[which].values, word, strlen(word));
}

/* --- lines --- */

/* One line, its comment and the blanks round it left out. */
struct line {
	const char *begin; /* of the line in the file */
	const char *text;
	size_t n_text;
	const char *file;
	size_t number;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static void trim(const char **text, size_t *n_text)
{
	while (*n_text && is_blank(**text)) {
		(*text)++;
		(*n_text)--;
	}
	while (*n_text && is_blank((*text)[*n_text - 1]))
		(*n_text)--;
}

/* In characters, as editors count. */
static size_t column_of(const struct line *line, const char *at)
{
	size_t column = 1;
	for (const char *p = line->begin; p < at; p++)
		column += ((unsigned char)*p & 0xC0) != 0x80;
	return column;
}

static enum sg_rc fail_at(const struct line *line, const char *at, struct sg_err *err)
{
	sg_err_at(err, line->file, line->number, column_of(line, at));
	return SG_INPUT;
}

static enum sg_rc no_such_name(
	const struct line *line, const char *name, size_t n_name, struct sg_err *err)
{
	struct sg_strbuf found = SG_STRBUF_INIT;
	struct sg_strbuf names = SG_STRBUF_INIT;
	sg_utf8_sanitise(&found, name, n_name, SG_SANITISE_LINE);
	for (size_t i = 0; i < SG_SETTING_COUNT; i++)
		sg_strbuf_addf(&names, "%s%s", i ? ", " : "", sg_setting_specs[i].name);
	(void)sg_err_set(err, SG_INPUT,
		"cannot read the settings: there is no setting \"%s\": expected one of %s",
		found.bytes, names.bytes);
	sg_strbuf_release(&found);
	sg_strbuf_release(&names);
	return fail_at(line, name, err);
}

static enum sg_rc no_such_value(const struct line *line, const struct sg_setting_spec *spec,
	const char *value, size_t n_value, struct sg_err *err)
{
	struct sg_strbuf found = SG_STRBUF_INIT;
	sg_utf8_sanitise(&found, value, n_value, SG_SANITISE_LINE);
	(void)sg_err_set(err, SG_INPUT,
		"cannot read the settings: %s: expected %s, found \"%s\"", spec->name,
		spec->values, found.bytes);
	sg_strbuf_release(&found);
	return fail_at(line, value, err);
}

static enum sg_rc set_one(struct sg_settings *settings, const struct line *line,
	const char *equals, struct sg_err *err)
{
	const char *name = line->text;
	const char *value = equals + 1;
	size_t n_name = (size_t)(equals - name);
	size_t n_value = line->n_text - n_name - 1;
	trim(&name, &n_name);
	trim(&value, &n_value);
	for (size_t i = 0; i < SG_SETTING_COUNT; i++) {
		const struct sg_setting_spec *spec = &sg_setting_specs[i];
		if (strlen(spec->name) != n_name || strncmp(spec->name, name, n_name) != 0)
			continue;
		const size_t found = value_of(spec, value, n_value);
		if (settings->line[i]) {
			(void)sg_err_set(err, SG_INPUT,
				"cannot read the settings: %s is set in line %zu already",
				spec->name, settings->line[i]);
			return fail_at(line, name, err);
		}
		if (found == SIZE_MAX)
			return no_such_value(line, spec, value, n_value, err);
		settings->value[i] = found;
		settings->line[i] = line->number;
		return SG_OK;
	}
	return no_such_name(line, name, n_name, err);
}

/* A '#' begins a comment where nothing or a blank stands before it. */
static void cut_comment(struct line *line)
{
	for (size_t i = 0; i < line->n_text; i++) {
		if (line->text[i] == '#' && (i == 0 || is_blank(line->text[i - 1]))) {
			line->n_text = i;
			return;
		}
	}
}

static enum sg_rc read_line(struct sg_settings *settings, struct line *line, struct sg_err *err)
{
	cut_comment(line);
	trim(&line->text, &line->n_text);
	if (!line->n_text)
		return SG_OK;
	const char *equals = memchr(line->text, '=', line->n_text);
	if (equals)
		return set_one(settings, line, equals, err);
	(void)sg_err_set(err, SG_INPUT, "cannot read the settings: expected name = value");
	return fail_at(line, line->text, err);
}

enum sg_rc sg_settings_read(struct sg_settings *settings, const char *bytes, size_t n_bytes,
	const char *name, struct sg_err *err)
{
	struct sg_settings read = *settings;
	struct line line = {.file = name};
	const char *const end = bytes + n_bytes;
	size_t bad;
	memset(read.line, 0, sizeof(read.line));
	if (n_bytes >= strlen(MARK) && memcmp(bytes, MARK, strlen(MARK)) == 0)
		bytes += strlen(MARK);
	if (!sg_utf8_valid(bytes, (size_t)(end - bytes), &bad))
		return sg_err_set(err, SG_INPUT,
			"cannot read the settings: %s: byte %zu is no UTF-8", name, bad + 1);
	while (bytes < end) {
		const char *newline = memchr(bytes, '\n', (size_t)(end - bytes));
		const char *stop = newline ? newline : end;
		line.begin = line.text = bytes;
		line.n_text = (size_t)(stop - bytes);
		line.number++;
		enum sg_rc rc = read_line(&read, &line, err);
		if (rc != SG_OK)
			return rc;
		bytes = newline ? newline + 1 : end;
	}
	*settings = read;
	return SG_OK;
}
