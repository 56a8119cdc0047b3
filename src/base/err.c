/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Errors as sentences. */
#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Drops the rest of a character that a fixed buffer cut through. */
static void trim_cut_character(char *text, size_t length)
{
	size_t lead = length;

	while (lead > 0 && length - lead < 4 &&
		((unsigned char)text[lead - 1] & 0xC0u) == 0x80u)
		lead--;
	if (lead == 0)
		return;
	const unsigned char c = (unsigned char)text[lead - 1];
	const size_t wanted = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
	if (length - (lead - 1) < wanted)
		text[lead - 1] = '\0';
}

/* Every text of an error goes through here, so that none can end within a character. */
static void SG_PRINTF(3, 0)
	format_cut(char *out, size_t out_size, const char *format, va_list args)
{
	const int n = vsnprintf(out, out_size, format, args);

	if (n < 0)
		out[0] = '\0';
	else if ((size_t)n >= out_size)
		trim_cut_character(out, out_size - 1);
}

static void SG_PRINTF(3, 4) printf_cut(char *out, size_t out_size, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	format_cut(out, out_size, format, args);
	va_end(args);
}

void sg_err_clear(struct sg_err *err)
{
	if (!err)
		return;
	err->rc = SG_OK;
	err->text[0] = '\0';
	err->file[0] = '\0';
	err->line = 0;
	err->column = 0;
}

enum sg_rc sg_err_set(struct sg_err *err, enum sg_rc rc, const char *format, ...)
{
	if (!err || err->rc != SG_OK)
		return rc;
	va_list args;
	va_start(args, format);
	format_cut(err->text, sizeof(err->text), sg_say(err->say, format), args);
	va_end(args);
	err->rc = rc;
	return rc;
}

enum sg_rc sg_err_errno(
	struct sg_err *err, enum sg_rc rc, int errno_value, const char *format, ...)
{
	if (!err || err->rc != SG_OK)
		return rc;
	char sentence[SG_ERR_TEXT_SIZE];
	va_list args;
	va_start(args, format);
	format_cut(sentence, sizeof(sentence), sg_say(err->say, format), args);
	va_end(args);

	/* Not strerror: a report must not change its bytes with the locale. */
	const char *reason = strerrordesc_np(errno_value);
	if (reason)
		printf_cut(err->text, sizeof(err->text), "%s: %s", sentence, reason);
	else
		printf_cut(err->text, sizeof(err->text), "%s: error %d", sentence, errno_value);
	err->rc = rc;
	return rc;
}

enum sg_rc sg_err_wrap(struct sg_err *err, const char *format, ...)
{
	/* The code is lost with the error; whatever it was, it was no success. */
	if (!err)
		return SG_STORAGE;
	if (err->rc == SG_OK)
		return SG_OK;
	char words[SG_ERR_TEXT_SIZE];
	va_list args;
	va_start(args, format);
	format_cut(words, sizeof(words), sg_say(err->say, format), args);
	va_end(args);

	/* A copy, because a buffer may not be printed into itself. */
	char old[SG_ERR_TEXT_SIZE];
	memcpy(old, err->text, sizeof(old));
	printf_cut(err->text, sizeof(err->text), "%s: %s", words, old);
	return err->rc;
}

const char *sg_err_say(const struct sg_err *err, const char *word)
{
	return err ? sg_say(err->say, word) : word;
}

void sg_err_pass(struct sg_err *err, const struct sg_err *said)
{
	if (err && err->rc == SG_OK)
		*err = *said;
}

void sg_err_at(struct sg_err *err, const char *file, size_t line, size_t column)
{
	/* The innermost caller knew best: a place once set is not made vaguer from outside. */
	if (!err || err->file[0] != '\0' || err->line != 0)
		return;
	if (file)
		printf_cut(err->file, sizeof(err->file), "%s", file);
	err->line = line;
	err->column = column;
}

const char *sg_err_text(const struct sg_err *err, char *out, size_t out_size)
{
	char place[64] = "";

	if (out_size == 0)
		return out;
	if (err->line != 0 && err->column != 0)
		printf_cut(place, sizeof(place), "%zu:%zu: ", err->line, err->column);
	else if (err->line != 0)
		printf_cut(place, sizeof(place), "%zu: ", err->line);
	else if (err->file[0] != '\0')
		printf_cut(place, sizeof(place), " ");
	printf_cut(out, out_size, "%s%s%s%s", err->file, err->file[0] != '\0' ? ":" : "", place,
		err->text);
	return out;
}
