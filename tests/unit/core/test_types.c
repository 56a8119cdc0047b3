/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every list of stepgate/types.h, walked both ways. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/attr.h"
#include "stepgate/types.h"

/*
 * The expected spellings come from the list a second time, each with its enumerator: a hole, a
 * swapped name or a name that two values share is found at its row.
 */
#define ROW(PREFIX, id, text) {SG_##PREFIX##_##id, (text)},

#define WALK(type, TYPE, LIST)                                                             \
 Test(types, every_##type##_is_named_and_parsed_back)                                      \
 {                                                                                         \
  static const struct {                                                                    \
   enum sg_##type value;                                                                   \
   const char *text;                                                                       \
  } rows[] = {LIST(ROW_##TYPE)};                                                           \
  cr_assert_eq(SG_ARRAY_SIZE(rows), SG_##TYPE##_COUNT);                                    \
  for (size_t i = 0; i < SG_ARRAY_SIZE(rows); i++) {                                       \
   cr_expect_eq((size_t)rows[i].value, i, "row %zu is out of order", i);                   \
   cr_expect_str_eq(sg_##type##_name(rows[i].value), rows[i].text);                        \
   enum sg_##type parsed = SG_##TYPE##_COUNT;                                              \
   cr_expect(sg_##type##_parse(rows[i].text, &parsed));                                    \
   cr_expect_eq(parsed, rows[i].value, "'%s' is parsed as %d", rows[i].text, (int)parsed); \
  }                                                                                        \
  cr_expect_str_eq(sg_##type##_name(SG_##TYPE##_COUNT), "?");                              \
  enum sg_##type untouched = SG_##TYPE##_COUNT;                                            \
  cr_expect_not(sg_##type##_parse("no such word", &untouched));                            \
  cr_expect_not(sg_##type##_parse(" ", &untouched));                                       \
  cr_expect_not(sg_##type##_parse("?", &untouched));                                       \
  cr_expect_eq(untouched, SG_##TYPE##_COUNT);                                              \
 }

#define ROW_STEP_STATUS(id, text)   ROW(STEP_STATUS, id, text)
#define ROW_ROW_STATUS(id, text)    ROW(ROW_STATUS, id, text)
#define ROW_RESULT(id, text)        ROW(RESULT, id, text)
#define ROW_CODE(id, text)          ROW(CODE, id, text)
#define ROW_PHASE(id, text)         ROW(PHASE, id, text)
#define ROW_PROVENANCE(id, text)    ROW(PROVENANCE, id, text)
#define ROW_TIER(id, text)          ROW(TIER, id, text)
#define ROW_FRESH(id, text)         ROW(FRESH, id, text)
#define ROW_CADENCE(id, text)       ROW(CADENCE, id, text)
#define ROW_EVIDENCE_MODE(id, text) ROW(EVIDENCE_MODE, id, text)
#define ROW_BY(id, text)            ROW(BY, id, text)
#define ROW_CAUSE(id, text)         ROW(CAUSE, id, text)

WALK(step_status, STEP_STATUS, SG_STEP_STATUS_LIST)
WALK(row_status, ROW_STATUS, SG_ROW_STATUS_LIST)
WALK(result, RESULT, SG_RESULT_LIST)
WALK(code, CODE, SG_CODE_LIST)
WALK(phase, PHASE, SG_PHASE_LIST)
WALK(provenance, PROVENANCE, SG_PROVENANCE_LIST)
WALK(tier, TIER, SG_TIER_LIST)
WALK(fresh, FRESH, SG_FRESH_LIST)
WALK(cadence, CADENCE, SG_CADENCE_LIST)
WALK(evidence_mode, EVIDENCE_MODE, SG_EVIDENCE_MODE_LIST)
WALK(by, BY, SG_BY_LIST)
WALK(cause, CAUSE, SG_CAUSE_LIST)

Test(types, every_return_code_is_zero_or_negative_and_has_its_own_words)
{
	static const struct {
		enum sg_rc rc;
		const char *text;
	} rows[] = {
#define X(id, value, text) {SG_##id, (text)},
		SG_RC_LIST(X)
#undef X
	};
	for (size_t i = 0; i < SG_ARRAY_SIZE(rows); i++) {
		cr_expect_eq((int)rows[i].rc, -(int)i);
		cr_expect_str_eq(sg_rc_name(rows[i].rc), rows[i].text);
		for (size_t k = 0; k < i; k++)
			cr_expect_str_neq(rows[i].text, rows[k].text);
	}
	cr_expect_str_eq(sg_rc_name((enum sg_rc)1), "?");
}

Test(types, spelling_is_exact)
{
	enum sg_step_status status = SG_STEP_STATUS_FAIL;
	enum sg_row_status row = SG_ROW_STATUS_FAILED;

	cr_expect_not(sg_step_status_parse("pass", &status));
	cr_expect_not(sg_step_status_parse("PASS ", &status));
	cr_expect_not(sg_step_status_parse("PAS", &status));
	cr_expect_not(sg_step_status_parse("", &status));
	cr_expect_eq(status, SG_STEP_STATUS_FAIL);
	cr_expect_not(sg_row_status_parse("Ran", &row));
	cr_expect_eq(row, SG_ROW_STATUS_FAILED);
}

Test(types, the_empty_text_is_the_fail_code_none)
{
	enum sg_code code = SG_CODE_USER_STOP;

	cr_expect(sg_code_parse("", &code));
	cr_expect_eq(code, SG_CODE_NONE);
}

Test(types, a_list_has_exactly_its_texts)
{
	const char *const v[] = {"BRIEF_TOKEN", "", "го"};
	const struct sg_strs list = {v, SG_ARRAY_SIZE(v)};
	const struct sg_strs empty = {NULL, 0};

	cr_expect(sg_strs_has(&list, "BRIEF_TOKEN"));
	cr_expect(sg_strs_has(&list, ""));
	cr_expect(sg_strs_has(&list, "го"));
	cr_expect_not(sg_strs_has(&list, "BRIEF"));
	cr_expect_not(sg_strs_has(&list, "brief_token"));
	cr_expect_not(sg_strs_has(&empty, ""));
}

Test(types, lists_are_equal_by_texts_and_order)
{
	char copy[] = "b";
	const char *const v[] = {"a", "b"};
	const char *const w[] = {"a", copy};
	const char *const turned[] = {"b", "a"};
	const struct sg_strs list = {v, 2};
	const struct sg_strs same = {w, 2};
	const struct sg_strs other = {turned, 2};
	const struct sg_strs shorter = {v, 1};
	const struct sg_strs empty = {NULL, 0};

	cr_expect(sg_strs_equal(&list, &list));
	cr_expect(sg_strs_equal(&list, &same));
	cr_expect(sg_strs_equal(&empty, &empty));
	cr_expect_not(sg_strs_equal(&list, &other));
	cr_expect_not(sg_strs_equal(&list, &shorter));
	cr_expect_not(sg_strs_equal(&empty, &shorter));
}
