/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The spellings of stepgate/types.h: names and parsers, generated from the lists. */
#include "stepgate/types.h"

#include <string.h>

/*
 * The array is sized by the list's own count and filled by designators, so a name cannot slip
 * to its neighbour when a row is moved. Rows are few; a linear search needs no second table.
 */
#define DEFINE_ENUM(type, TYPE, LIST)                                            \
 static const char *const type##_names[SG_##TYPE##_COUNT] = {LIST(NAME_##TYPE)}; \
 const char *sg_##type##_name(enum sg_##type value)                              \
 {                                                                               \
  return name_at(type##_names, SG_##TYPE##_COUNT, (unsigned int)value);          \
 }                                                                               \
 bool sg_##type##_parse(const char *text, enum sg_##type *ret)                   \
 {                                                                               \
  const size_t i = index_of(type##_names, SG_##TYPE##_COUNT, text);              \
  if (i == SG_##TYPE##_COUNT)                                                    \
   return false;                                                                 \
  *ret = (enum sg_##type)i;                                                      \
  return true;                                                                   \
 }

#define NAME_STEP_STATUS(id, text)   [SG_STEP_STATUS_##id] = (text),
#define NAME_ROW_STATUS(id, text)    [SG_ROW_STATUS_##id] = (text),
#define NAME_RESULT(id, text)        [SG_RESULT_##id] = (text),
#define NAME_CODE(id, text)          [SG_CODE_##id] = (text),
#define NAME_PHASE(id, text)         [SG_PHASE_##id] = (text),
#define NAME_PROVENANCE(id, text)    [SG_PROVENANCE_##id] = (text),
#define NAME_TIER(id, text)          [SG_TIER_##id] = (text),
#define NAME_FRESH(id, text)         [SG_FRESH_##id] = (text),
#define NAME_CADENCE(id, text)       [SG_CADENCE_##id] = (text),
#define NAME_EVIDENCE_MODE(id, text) [SG_EVIDENCE_MODE_##id] = (text),
#define NAME_BY(id, text)            [SG_BY_##id] = (text),
#define NAME_CAUSE(id, text)         [SG_CAUSE_##id] = (text),

static const char *name_at(const char *const *names, size_t n, size_t i)
{
	return i < n ? names[i] : "?";
}

static size_t index_of(const char *const *names, size_t n, const char *text)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(names[i], text) == 0)
			return i;
	}
	return n;
}

DEFINE_ENUM(step_status, STEP_STATUS, SG_STEP_STATUS_LIST)
DEFINE_ENUM(row_status, ROW_STATUS, SG_ROW_STATUS_LIST)
DEFINE_ENUM(result, RESULT, SG_RESULT_LIST)
DEFINE_ENUM(code, CODE, SG_CODE_LIST)
DEFINE_ENUM(phase, PHASE, SG_PHASE_LIST)
DEFINE_ENUM(provenance, PROVENANCE, SG_PROVENANCE_LIST)
DEFINE_ENUM(tier, TIER, SG_TIER_LIST)
DEFINE_ENUM(fresh, FRESH, SG_FRESH_LIST)
DEFINE_ENUM(cadence, CADENCE, SG_CADENCE_LIST)
DEFINE_ENUM(evidence_mode, EVIDENCE_MODE, SG_EVIDENCE_MODE_LIST)
DEFINE_ENUM(by, BY, SG_BY_LIST)
DEFINE_ENUM(cause, CAUSE, SG_CAUSE_LIST)

const char *sg_rc_name(enum sg_rc rc)
{
	switch (rc) {
#define X(id, value, text) \
 case SG_##id: return (text);
		SG_RC_LIST(X)
#undef X
	}
	return "?";
}

bool sg_strs_has(const struct sg_strs *list, const char *text)
{
	for (size_t i = 0; i < list->n; i++) {
		if (strcmp(list->v[i], text) == 0)
			return true;
	}
	return false;
}

bool sg_strs_equal(const struct sg_strs *a, const struct sg_strs *b)
{
	if (a->n != b->n)
		return false;
	if (a->v == b->v)
		return true;
	for (size_t i = 0; i < a->n; i++) {
		if (a->v[i] != b->v[i] && strcmp(a->v[i], b->v[i]) != 0)
			return false;
	}
	return true;
}
