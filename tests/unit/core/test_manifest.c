/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <criterion/criterion.h>
#include <string.h>

#include "stepgate/manifest.h"

Test(manifest, the_table_has_every_field_in_its_place_with_a_member_of_its_own)
{
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *f = &sg_manifest_fields[i];
		cr_assert_not_null(f->key);
		cr_assert_str_eq(f->section_name, sg_mapping_name(f->section));
		cr_assert_lt(f->kind, SG_FIELD_KIND_COUNT);
		cr_assert_lt(f->offset, sizeof(struct sg_manifest));
		if (i == 0)
			continue;
		/* members stand in the order of the fields, and sections never come back */
		cr_assert_gt(f->offset, f[-1].offset, "%s", f->key);
		cr_assert_geq(f->section, f[-1].section, "%s", f->key);
		for (size_t j = 0; j < i; j++)
			cr_assert(sg_manifest_fields[j].section != f->section ||
				  strcmp(sg_manifest_fields[j].key, f->key) != 0);
	}
	cr_assert_str_eq(
		sg_manifest_fields[SG_FIELD_ID_RESUME_RESUME_TARGET].key, "RESUME_TARGET");
	cr_assert_eq(sg_manifest_fields[SG_FIELD_ID_LAST_RESULT_STATUS].offset,
		offsetof(struct sg_manifest, result_status));
	cr_assert_str_eq(sg_mapping_name(SG_MAPPING_COUNT), "?");
}

/* The member of a text field, by the table alone. */
static const char *text_of(const struct sg_manifest *m, const struct sg_field *f)
{
	const char *text = NULL;

	memcpy(&text, (const char *)m + f->offset, sizeof(text));
	return text;
}

Test(manifest, the_default_is_the_template)
{
	struct sg_manifest m;
	memset(&m, 0xAA, sizeof(m));
	sg_manifest_default(&m);
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *f = &sg_manifest_fields[i];
		if (f->kind == SG_FIELD_TEXT && i != SG_FIELD_ID_SESSION_OWNER &&
			i != SG_FIELD_ID_SESSION_MODE)
			cr_assert_str_eq(text_of(&m, f), "", "%s", f->key);
		cr_assert_eq(m.shape[i], SG_SHAPE_PRESENT);
	}
	cr_assert_str_eq(m.owner, "USER");
	cr_assert_str_eq(m.mode, "REPO");
	cr_assert_str_eq(m.user_signal, "го");
	cr_assert(m.next_signal_required);
	cr_assert_not(m.resume_allowed);
	cr_assert_eq(m.step_status, SG_STEP_STATUS_RUNNING);
	cr_assert_eq(m.result_status, SG_RESULT_NONE);
	cr_assert_str_eq(m.engines.run_id, "");
	cr_assert_str_eq(m.resume_target.goal, "");
	cr_assert_eq(m.roles.n + m.engines.entries.n + m.outputs.n + m.required_roles.n, 0);
	for (size_t i = 0; i < SG_MAPPING_COUNT; i++)
		cr_assert_str_eq(m.extra[i], "");
}

Test(manifest, of_two_rows_for_one_name_the_last_is_found)
{
	const struct sg_role_row roles[] = {{.role = "SPC"}, {.role = "ORC"}, {.role = "SPC"}};
	const struct sg_engine_row engines[] = {{.eng_key = "KEY:ENG.A"}, {.eng_key = "ENG.A"}};
	const struct sg_output_row outputs[] = {{.output = "TOC"}, {.output = "TOC"}};
	struct sg_manifest m;
	sg_manifest_default(&m);
	cr_assert_null(sg_manifest_role(&m, "SPC"));
	m.roles = (struct sg_role_rows){roles, 3};
	m.engines.entries = (struct sg_engine_rows){.v = engines, .n = 2};
	m.outputs = (struct sg_output_rows){.v = outputs, .n = 2};
	cr_assert_eq(sg_manifest_role(&m, "SPC"), &roles[2]);
	cr_assert_null(sg_manifest_role(&m, "spc"));
	cr_assert_eq(sg_manifest_engine(&m, "KEY:ENG.A"), &engines[1]);
	cr_assert_null(sg_manifest_engine(&m, "ENG.B"));
	cr_assert_eq(sg_manifest_output(&m, "TOC"), &outputs[1]);
	cr_assert_null(sg_manifest_output(&m, ""));
}

Test(manifest, roles_rank_as_in_the_seed_and_others_behind)
{
	cr_assert_eq(sg_role_rank("SPC"), 0);
	cr_assert_eq(sg_role_rank("ORC"), 1);
	cr_assert_eq(sg_role_rank("CTL"), 2);
	cr_assert_eq(sg_role_rank("VAL"), 3);
	cr_assert_eq(sg_role_rank("QA"), 4);
	cr_assert_eq(sg_role_rank("EDIT"), 5);
	cr_assert_eq(sg_role_rank(""), 5);
}

/* Two manifests with the same content and no pointer in common. */
struct twin {
	struct sg_manifest m;
	struct sg_role_row role;
	struct sg_engine_row engine;
	struct sg_output_row output;
	char text[2];
	const char *item[1];
};

static void twin_init(struct twin *t)
{
	memset(t, 0, sizeof(*t));
	strcpy(t->text, "x");
	t->item[0] = t->text;
	sg_manifest_default(&t->m);
	t->role = (struct sg_role_row){
		t->text, t->text, {t->item, 1}, t->text, t->text, SG_ROW_STATUS_RAN};
	t->engine = (struct sg_engine_row){
		t->text, t->text, {t->item, 1}, t->text, t->text, SG_ROW_STATUS_RAN};
	t->output = (struct sg_output_row){t->text, t->text, t->text, t->text, SG_TRUTH_TRUE};
	t->m.roles = (struct sg_role_rows){&t->role, 1};
	t->m.engines.entries = (struct sg_engine_rows){.v = &t->engine, .n = 1};
	t->m.outputs = (struct sg_output_rows){.v = &t->output, .n = 1};
}

/* Changes one field by the table; false for a kind that has its own test. */
static bool spoil(struct sg_manifest *m, const struct sg_field *f)
{
	static const char *const item[] = {"changed"};
	const char *text = "changed";
	const struct sg_strs list = {item, 1};
	char *member = (char *)m + f->offset;
	const int other = 3;

	switch (f->kind) {
	case SG_FIELD_TEXT:
	case SG_FIELD_SIGNAL: memcpy(member, &text, sizeof(text)); return true;
	case SG_FIELD_BOOL:
	case SG_FIELD_TRUE_ONLY: *member = !*member; return true;
	case SG_FIELD_LIST: memcpy(member, &list, sizeof(list)); return true;
	case SG_FIELD_STEP_STATUS:
	case SG_FIELD_RESULT: memcpy(member, &other, sizeof(other)); return true;
	case SG_FIELD_ROLES: m->roles.n = 0; return true;
	case SG_FIELD_ENGINES: m->engines.run_id = "changed"; return true;
	case SG_FIELD_OUTPUTS: m->outputs.n = 0; return true;
	case SG_FIELD_TARGET: m->resume_target.goal = "changed"; return true;
	case SG_FIELD_KIND_COUNT: break;
	}
	return false;
}

Test(manifest, two_of_the_same_content_are_equal_and_any_other_field_makes_them_differ)
{
	struct twin a, b;
	twin_init(&a);
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		twin_init(&b);
		cr_assert(sg_manifest_equal(&a.m, &b.m));
		cr_assert(spoil(&b.m, &sg_manifest_fields[i]));
		cr_assert_not(sg_manifest_equal(&a.m, &b.m), "%s", sg_manifest_fields[i].key);
		twin_init(&b);
		b.m.shape[i] = SG_SHAPE_WRONG;
		cr_assert_not(sg_manifest_equal(&a.m, &b.m));
	}
	for (size_t i = 0; i < SG_MAPPING_COUNT; i++) {
		twin_init(&b);
		b.m.extra[i] = "  mine: 1\n";
		cr_assert_not(sg_manifest_equal(&a.m, &b.m));
	}
	twin_init(&b);
	b.m.entries_shape = SG_SHAPE_ABSENT;
	cr_assert_not(sg_manifest_equal(&a.m, &b.m));
}

#define DIFFERS(change)                                                      \
	do {                                                                 \
		twin_init(&b);                                               \
		change;                                                      \
		cr_assert_not(sg_manifest_equal(&a.m, &b.m), "%s", #change); \
	} while (0)

Test(manifest, any_other_member_of_a_row_makes_them_differ)
{
	struct twin a, b;
	twin_init(&a);
	DIFFERS(b.role.role = "y");
	DIFFERS(b.role.status = SG_ROW_STATUS_FAILED);
	DIFFERS(b.role.status_text = "y");
	DIFFERS(b.role.outputs_produced.n = 0);
	DIFFERS(b.role.notes = "y");
	DIFFERS(b.role.extra = "y");
	DIFFERS(b.engine.eng_key = "y");
	DIFFERS(b.engine.status = SG_ROW_STATUS_FAILED);
	DIFFERS(b.engine.status_text = "y");
	DIFFERS(b.engine.outputs_produced.n = 0);
	DIFFERS(b.engine.notes = "y");
	DIFFERS(b.engine.extra = "y");
	DIFFERS(b.m.engines.entries.n = 0);
	DIFFERS(b.output.output = "y");
	DIFFERS(b.output.present = SG_TRUTH_FALSE);
	DIFFERS(b.output.source = "y");
	DIFFERS(b.output.ref = "y");
	DIFFERS(b.output.extra = "y");
	DIFFERS(b.item[0] = "y");
}
