/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of route, profile, plan and steps share: reading a text, and its refusals. */
#ifndef TESTS_UNIT_FORMAT_TEST_TOKEN_H
#define TESTS_UNIT_FORMAT_TEST_TOKEN_H

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "format/inputs.h"
#include "format/yaml_tree.h"
#include "harness/harness.h"

/* One refused text, and the whole error with its place. */
struct refusal {
	const char *text;
	const char *says;
};

/* Defines `static enum sg_rc read_x(arena, text, ret, err)` and `static void refuse_x(refusals, n)`. */
#define READER_TESTS(name, type, reader)                                                       \
	static enum sg_rc read_##name(struct sg_arena *arena, const char *text, type *ret,     \
		struct sg_err *err)                                                            \
	{                                                                                      \
		return reader(arena, "f.yaml", text, strlen(text), ret, err);                  \
	}                                                                                      \
	static void refuse_##name(const struct refusal *refusals, size_t n)                    \
	{                                                                                      \
		for (size_t i = 0; i < n; i++) {                                               \
			struct sg_arena arena = SG_ARENA_INIT;                                 \
			struct sg_err err = SG_ERR_INIT;                                       \
			char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE];                        \
			type value, before;                                                    \
			memset(&value, 0x5a, sizeof(value));                                   \
			memcpy(&before, &value, sizeof(value));                                \
			const enum sg_rc rc = read_##name(&arena, refusals[i].text, &value, &err); \
			cr_expect(rc == SG_INPUT || rc == SG_LIMIT, "accepted: %s", refusals[i].text); \
			sg_err_text(&err, text, sizeof(text));                                 \
			cr_expect(strstr(text, refusals[i].says), "%s\nexpected %s\nfound    %s", \
				refusals[i].text, refusals[i].says, text);                     \
			cr_expect_eq(memcmp(&value, &before, sizeof(value)), 0, "touched");    \
			sg_arena_release(&arena);                                              \
		}                                                                              \
	}

#endif
