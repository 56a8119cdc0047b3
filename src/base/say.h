/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Our own words in the operator's language, without knowing how they come there.
 *
 * Whoever shows text is given a function that translates; NULL leaves everything in English.
 * Only what goes to the screen is said through it. What is stored (manifest, trace, reports,
 * VAL_REPORT), JSON, field names, codes, commands and paths stay as they are.
 *
 *	sg_strbuf_addf(&sb, sg_say(rows->say, "from %s"), from);
 *	sg_strbuf_addf(&sb, sg_say_n(say, "%zu file", "%zu files", n), n);
 *
 * The literals are the keys of share/po (ru.po): `make po` gathers them by the names of the
 * functions they are given to. A literal that is said elsewhere than where it stands is marked
 * with SG_SAY. A translation has the conversions of its key, in the same order (a test looks).
 */
#ifndef STEPGATE_BASE_SAY_H
#define STEPGATE_BASE_SAY_H

#include <stddef.h>

#include "base/attr.h"

/*
 * many is NULL where nothing is counted; n is then 0. Returns the translation, which lives as
 * long as the process, or the key itself: one where n is 1 or nothing is counted, else many.
 */
typedef const char *sg_say_fn(const char *one, const char *many, unsigned long n);

#define SG_SAY(literal) literal

static inline const char *sg_say(sg_say_fn *say, const char *text) SG_FORMAT_ARG(2);
static inline const char *sg_say_n(sg_say_fn *say, const char *one, const char *many, size_t n)
	SG_FORMAT_ARG(2) SG_FORMAT_ARG(3);

static inline const char *sg_say(sg_say_fn *say, const char *text)
{
	return say ? say(text, NULL, 0) : text;
}

static inline const char *sg_say_n(sg_say_fn *say, const char *one, const char *many, size_t n)
{
	if (!say)
		return n == 1 ? one : many;
	return say(one, many, (unsigned long)n);
}

#endif
