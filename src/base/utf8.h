/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UTF-8: validity, width, the one sanitiser, the signal's normal form.
 *
 * The sanitiser is the only way by which text from files or commands reaches a terminal: what
 * could move a cursor, change a colour, hide or reorder text comes out as "<U+001B>". Unicode
 * facts come from utf8proc (categories, NFC, character width).
 */
#ifndef STEPGATE_BASE_UTF8_H
#define STEPGATE_BASE_UTF8_H

#include "base/strbuf.h"

/*
 * Decodes one character. Returns its length 1..4, or 0 if invalid, overlong, surrogate or cut.
 */
size_t sg_utf8_decode(const char *bytes, size_t n_bytes, uint32_t *ret_code_point);

/* Writes up to 4 bytes, no NUL; returns how many. The code point must be valid. */
size_t sg_utf8_encode(uint32_t code_point, char out[4]);

/*
 * True if all is valid UTF-8; else false and the offset of the first bad byte. ret may be NULL.
 */
bool sg_utf8_valid(const char *bytes, size_t n_bytes, size_t *ret_bad_offset);

/* Columns of one valid character on a terminal: 0, 1 or 2. */
int sg_utf8_width(uint32_t code_point);

/* Columns of one line that was sanitised; a tab goes on to the next multiple of 8. */
size_t sg_utf8_columns(const char *text);

/*
 * Appends text made visible: C0 but \n and \t, DEL, C1, \r, U+202A-E, U+2066-9, U+200B-F,
 * U+061C, U+2028-9, U+FEFF, tag characters, and what else shows nothing (soft hyphen, invisible
 * operators, annotation marks, the supplement of variation selectors: the table in utf8.c) as
 * <U+XXXX>, each byte of invalid UTF-8 as <XX> (hex). With SG_SANITISE_LINE also \n and \t are
 * made visible, for one-line fields.
 */
enum sg_sanitise { SG_SANITISE_TEXT, SG_SANITISE_LINE };
void sg_utf8_sanitise(
	struct sg_strbuf *out, const char *bytes, size_t n_bytes, enum sg_sanitise how);

/* White space trimmed at both ends (Unicode), then NFC, appended. False: not valid UTF-8. */
bool sg_utf8_trim_nfc(struct sg_strbuf *out, const char *bytes, size_t n_bytes);

#endif
