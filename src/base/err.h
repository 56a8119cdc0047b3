/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One error is one sentence: verb, object, reason, and where it is about a file, its place.
 *
 *	struct sg_err err = SG_ERR_INIT;
 *	if (sg_manifest_load(..., &err) < 0)
 *		report(sg_err_text(&err));
 *
 * A function that fails sets the error once, at the place that knows the reason; callers may
 * put words in front (sg_err_wrap) but never replace it. The first error stands: sg_err_set on
 * an error that is already set does nothing, so cleaning up cannot hide the cause. `err` may be
 * NULL everywhere: then only the code is returned. All texts are copied; nothing is owned.
 *
 * An error that only goes to the operator may have a function that says it in his language;
 * sg_err_clear keeps it. One whose text is stored must have none.
 */
#ifndef STEPGATE_BASE_ERR_H
#define STEPGATE_BASE_ERR_H

#include "base/attr.h"
#include "base/say.h"
#include "stepgate/types.h"

#define SG_ERR_TEXT_SIZE 1024
#define SG_ERR_FILE_SIZE 512

struct sg_err {
	enum sg_rc rc;               /* SG_OK: no error */
	char text[SG_ERR_TEXT_SIZE]; /* cut at a character when longer */
	char file[SG_ERR_FILE_SIZE]; /* "" when the error is about no file */
	size_t line;                 /* 1-based; 0: not known */
	size_t column;               /* 1-based, in characters; 0: not known */
	sg_say_fn *say;              /* for what is only shown; NULL: English */
};

#define SG_ERR_INIT { .rc = SG_OK }

void sg_err_clear(struct sg_err *err);

/* Sets the sentence and returns rc, so that `return sg_err_set(...)` is the usual form. */
enum sg_rc sg_err_set(struct sg_err *err, enum sg_rc rc, const char *format, ...)
	SG_PRINTF(3, 4);

/*
 * The same with the reason of an errno value behind it: "<sentence>: No such file or
 * directory".
 */
enum sg_rc sg_err_errno(struct sg_err *err, enum sg_rc rc, int errno_value, const char *format,
	...) SG_PRINTF(4, 5);

/*
 * Puts "<words>: " in front of an error that is set; keeps code and place. Returns err's rc.
 * With a NULL err the code is lost: it returns SG_STORAGE, so keep the rc yourself where err
 * may be NULL.
 */
enum sg_rc sg_err_wrap(struct sg_err *err, const char *format, ...) SG_PRINTF(2, 3);

/* What another part said, where err has nothing yet; either may be OK or err NULL. */
void sg_err_pass(struct sg_err *err, const struct sg_err *said);

/* A word that goes into the sentence, said as the sentence will be; err may be NULL. */
const char *sg_err_say(const struct sg_err *err, const char *word);

/* Sets the place if none is set yet; file may be NULL. */
void sg_err_at(struct sg_err *err, const char *file, size_t line, size_t column);

/* Writes "file:line:column: sentence" (or what of it is known) into out; returns out. */
const char *sg_err_text(const struct sg_err *err, char *out, size_t out_size);

#endif
