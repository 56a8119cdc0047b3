/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RUNTIME_MANIFEST as a value: the table of its fields, the blank instance, lookups,
 * equality.
 */
#include "stepgate/manifest.h"

#include <string.h>

#include "stepgate/route.h"

const struct sg_field sg_manifest_fields[SG_FIELD_ID_COUNT] = {
#define X(section, key, kind, member)                                            \
	[SG_FIELD_ID_##section##_##key] = {SG_MAPPING_##section, #section, #key, \
		SG_FIELD_##kind, offsetof(struct sg_manifest, member)},
	SG_MANIFEST_FIELDS(X)
#undef X
};

static const char *const mapping_names[SG_MAPPING_COUNT] = {
#define X(id) [SG_MAPPING_##id] = #id,
	SG_MAPPING_LIST(X)
#undef X
};

const char *sg_mapping_name(enum sg_mapping mapping)
{
	const unsigned int i = (unsigned int)mapping;

	return i < SG_MAPPING_COUNT ? mapping_names[i] : "?";
}

/* What the template has for a field that is not simply empty. */
#define BLANK_TEXT(member)      ret->member = "";
#define BLANK_SIGNAL(member)    ret->member = SG_USER_SIGNAL;
#define BLANK_BOOL(member)      ret->member = false;
#define BLANK_TRUE_ONLY(member) ret->member = true;
#define BLANK_LIST(member)
#define BLANK_STEP_STATUS(member) ret->member = SG_STEP_STATUS_RUNNING;
#define BLANK_RESULT(member)      ret->member = SG_RESULT_NONE;
#define BLANK_ROLES(member)
#define BLANK_ENGINES(member) ret->member.run_id = "";
#define BLANK_OUTPUTS(member)
#define BLANK_TARGET(member) ret->member = (struct sg_resume_target){"", ""};

void sg_manifest_default(struct sg_manifest *ret)
{
	memset(ret, 0, sizeof(*ret));
#define X(section, key, kind, member) BLANK_##kind(member)
	SG_MANIFEST_FIELDS(X)
#undef X
	ret->owner = "USER";
	ret->mode = "REPO";
	for (size_t i = 0; i < SG_MAPPING_COUNT; i++)
		ret->extra[i] = "";
}

const struct sg_role_row *sg_manifest_role(const struct sg_manifest *m, const char *role)
{
	for (size_t i = m->roles.n; i > 0; i--) {
		if (strcmp(m->roles.v[i - 1].role, role) == 0)
			return &m->roles.v[i - 1];
	}
	return NULL;
}

const struct sg_engine_row *sg_manifest_engine(const struct sg_manifest *m, const char *eng_key)
{
	const struct sg_engine_rows *entries = &m->engines.entries;

	for (size_t i = entries->n; i > 0; i--) {
		if (sg_key_equal(entries->v[i - 1].eng_key, eng_key))
			return &entries->v[i - 1];
	}
	return NULL;
}

const struct sg_output_row *sg_manifest_output(const struct sg_manifest *m, const char *output)
{
	for (size_t i = m->outputs.n; i > 0; i--) {
		if (strcmp(m->outputs.v[i - 1].output, output) == 0)
			return &m->outputs.v[i - 1];
	}
	return NULL;
}

int sg_role_rank(const char *role)
{
	static const char *const order[] = {"SPC", "ORC", "CTL", "VAL", "QA"};
	const int count = (int)(sizeof(order) / sizeof(order[0]));

	for (int i = 0; i < count; i++) {
		if (strcmp(order[i], role) == 0)
			return i;
	}
	return count;
}

static bool texts_equal(const char *a, const char *b)
{
	return a == b || strcmp(a, b) == 0;
}

static bool role_rows_equal(const struct sg_role_rows *a, const struct sg_role_rows *b)
{
	if (a->n != b->n)
		return false;
	if (a->v == b->v)
		return true;
	for (size_t i = 0; i < a->n; i++) {
		const struct sg_role_row *x = &a->v[i];
		const struct sg_role_row *y = &b->v[i];
		if (x->status != y->status || !texts_equal(x->role, y->role) ||
			!texts_equal(x->status_text, y->status_text) ||
			!sg_strs_equal(&x->outputs_produced, &y->outputs_produced) ||
			!texts_equal(x->notes, y->notes) || !texts_equal(x->extra, y->extra))
			return false;
	}
	return true;
}

static bool engine_ledgers_equal(
	const struct sg_engine_ledger *a, const struct sg_engine_ledger *b)
{
	if (a->entries.n != b->entries.n || !texts_equal(a->run_id, b->run_id))
		return false;
	/* revisions share their rows: most comparisons of a big ledger end here */
	if (a->entries.v == b->entries.v)
		return true;
	for (size_t i = 0; i < a->entries.n; i++) {
		const struct sg_engine_row *x = &a->entries.v[i];
		const struct sg_engine_row *y = &b->entries.v[i];
		if (x->status != y->status || !texts_equal(x->eng_key, y->eng_key) ||
			!texts_equal(x->status_text, y->status_text) ||
			!sg_strs_equal(&x->outputs_produced, &y->outputs_produced) ||
			!texts_equal(x->notes, y->notes) || !texts_equal(x->extra, y->extra))
			return false;
	}
	return true;
}

static bool output_rows_equal(const struct sg_output_rows *a, const struct sg_output_rows *b)
{
	if (a->n != b->n)
		return false;
	if (a->v == b->v)
		return true;
	for (size_t i = 0; i < a->n; i++) {
		const struct sg_output_row *x = &a->v[i];
		const struct sg_output_row *y = &b->v[i];
		if (x->present != y->present || !texts_equal(x->output, y->output) ||
			!texts_equal(x->source, y->source) || !texts_equal(x->ref, y->ref) ||
			!texts_equal(x->extra, y->extra))
			return false;
	}
	return true;
}

#define EQUAL_TEXT(member)        texts_equal(a->member, b->member)
#define EQUAL_SIGNAL(member)      texts_equal(a->member, b->member)
#define EQUAL_BOOL(member)        (a->member == b->member)
#define EQUAL_TRUE_ONLY(member)   (a->member == b->member)
#define EQUAL_LIST(member)        sg_strs_equal(&a->member, &b->member)
#define EQUAL_STEP_STATUS(member) (a->member == b->member)
#define EQUAL_RESULT(member)      (a->member == b->member)
#define EQUAL_ROLES(member)       role_rows_equal(&a->member, &b->member)
#define EQUAL_ENGINES(member)     engine_ledgers_equal(&a->member, &b->member)
#define EQUAL_OUTPUTS(member)     output_rows_equal(&a->member, &b->member)
#define EQUAL_TARGET(member)                            \
	(texts_equal(a->member.file, b->member.file) && \
		texts_equal(a->member.goal, b->member.goal))

#define X(section, key, kind, member)                                     \
	static bool equal_##section##_##key(                              \
		const struct sg_manifest *a, const struct sg_manifest *b) \
	{                                                                 \
		return EQUAL_##kind(member);                              \
	}
SG_MANIFEST_FIELDS(X)
#undef X

#define X(section, key, kind, member) [SG_FIELD_ID_##section##_##key] = equal_##section##_##key,
static bool (*const equal_of[SG_FIELD_ID_COUNT])(
	const struct sg_manifest *a, const struct sg_manifest *b) = {SG_MANIFEST_FIELDS(X)};
#undef X

bool sg_manifest_field_equal(
	const struct sg_manifest *a, const struct sg_manifest *b, enum sg_field_id field)
{
	return equal_of[field](a, b);
}

bool sg_manifest_extras_equal(const struct sg_manifest *a, const struct sg_manifest *b)
{
	for (size_t i = 0; i < SG_MAPPING_COUNT; i++) {
		if (!texts_equal(a->extra[i], b->extra[i]))
			return false;
	}
	return true;
}

bool sg_manifest_equal(const struct sg_manifest *a, const struct sg_manifest *b)
{
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		if (!equal_of[i](a, b))
			return false;
	}
	return sg_manifest_extras_equal(a, b) &&
	       memcmp(a->shape, b->shape, sizeof(a->shape)) == 0 &&
	       a->entries_shape == b->entries_shape;
}
