/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the reducer says of a command that changed what it was not given. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness/harness.h"
#include "run_builder.h"

#define HEX_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const struct sg_file strayed[] = {
	{"changed", "docs/a.md", 0, HEX_B}, {"gone", "docs/b.md", 0, ""}};
static const struct sg_file forbidden[] = {{"new", "secret/key", 0, HEX_B}};

static void spc_ends(
	struct run_builder *b, int exit_status, bool has_strayed, bool has_forbidden)
{
	rb_to(b, "SPC");
	rb_begin(b);
	struct sg_event event = rb_ev_role(b, "SPC", exit_status);
	if (has_strayed)
		event.u.role.exec.strayed = (struct sg_files){strayed, 2};
	if (has_forbidden)
		event.u.role.exec.forbidden = (struct sg_files){forbidden, 1};
	rb_do(b, event);
}

Test(reduce_scope, a_role_that_changed_a_path_without_leave_stops_with_each_of_them)
{
	struct run_builder b;
	rb_start(&b);
	spc_ends(&b, 0, true, false);
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_str_eq(m->fail_code, "SCOPE_VIOLATION");
	cr_assert_str_eq(rb_joined(&b, &m->fail_reasons),
		"SCOPE_VIOLATION: SPC: docs/a.md: expected it as it was before SPC ran, found "
		"it changed|SCOPE_VIOLATION: SPC: docs/b.md: expected it as it was before SPC "
		"ran, found it gone");
	cr_assert_str_eq(rb_joined(&b, &m->fix_list),
		"Restore docs/a.md, or add it to write of SPC in the profile|"
		"Restore docs/b.md, or add it to write of SPC in the profile");
	cr_assert_str_eq(b.run.stop_phase, "SPC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_scope, its_row_failed_and_its_outputs_do_not_count)
{
	struct run_builder b;
	rb_start(&b);
	spc_ends(&b, 0, true, false);
	const struct sg_role_row *row = sg_manifest_role(&b.run.manifest, "SPC");
	cr_assert_eq(row->status, SG_ROW_STATUS_FAILED);
	cr_assert_eq(row->outputs_produced.n, 0);
	cr_assert_not_null(
		strstr(row->notes, "changed 2 paths out of its scope"), "%s", row->notes);
	cr_assert_null(sg_run_proof(&b.run, SG_FACT_OUTPUT, "BRIEF_TOKEN"));
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_scope, a_resume_asks_for_each_path_not_to_be_as_it_was_left)
{
	struct run_builder b;
	rb_start(&b);
	spc_ends(&b, 0, true, false);
	const struct sg_requires *list = &b.run.requires_list;
	cr_assert_eq(list->n, 3);
	cr_assert_eq(list->v[0].kind, SG_REQUIRE_PATH_RESTORED);
	cr_assert_str_eq(list->v[0].subject, "docs/a.md#sha256=" HEX_B);
	cr_assert_eq(list->v[1].kind, SG_REQUIRE_PATH_RESTORED);
	cr_assert_str_eq(list->v[1].subject, "docs/b.md#sha256=");
	cr_assert_eq(list->v[2].kind, SG_REQUIRE_RUN);
	cr_assert_str_eq(list->v[2].subject, "SPC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_scope, what_the_no_go_list_keeps_is_named_and_no_write_opens_it)
{
	struct run_builder b;
	rb_start(&b);
	b.route.no_go_list = STRS("PATH:secret/**");
	spc_ends(&b, 0, false, true);
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_str_eq(m->fail_code, "SCOPE_VIOLATION");
	cr_assert_str_eq(m->fail_reasons.v[0],
		"SCOPE_VIOLATION: SPC: secret/key: expected it as it was before SPC ran, for "
		"NO_GO_LIST says PATH:secret/**, found it new");
	cr_assert_str_eq(m->fix_list.v[0], "Restore secret/key");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_scope, a_role_that_also_failed_has_both_causes_the_scope_first)
{
	struct run_builder b;
	rb_start(&b);
	spc_ends(&b, 3, true, false);
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_str_eq(m->fail_code, "SCOPE_VIOLATION");
	cr_assert_eq(m->fail_reasons.n, 3);
	cr_assert_str_eq(m->fail_reasons.v[2],
		"MARKER_NOT_CONFIRMED: SPC: SPC: expected ran, found exit 3");
	rb_release(&b);
	SG_LEAKCHECK();
}

static void engine_ends(struct run_builder *b, int exit_status, enum sg_row_status status)
{
	rb_to(b, "ORC");
	rb_begin(b);
	struct sg_event event = rb_ev_engine(b, 0, exit_status);
	event.u.engine.status = status;
	event.u.engine.exec.strayed = (struct sg_files){strayed, 1};
	rb_do(b, event);
	for (size_t i = 1; i < b->run.required_engines.n; i++)
		rb_do(b, rb_ev_engine(b, i, 0));
	rb_do(b, rb_ev_role(b, "ORC", 0));
}

Test(reduce_scope, an_engine_that_changed_a_path_without_leave_stops_the_step)
{
	struct run_builder b;
	rb_start(&b);
	engine_ends(&b, 0, SG_ROW_STATUS_RAN);
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_str_eq(m->fail_code, "SCOPE_VIOLATION");
	cr_assert_eq(m->fail_reasons.n, 1, "%s", rb_joined(&b, &m->fail_reasons));
	cr_assert_eq(m->engines.entries.v[0].status, SG_ROW_STATUS_FAILED);
	cr_assert_str_eq(b.run.stop_phase, "ORC");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_scope, an_engine_that_asks_to_be_skipped_is_not_after_it_changed_a_path)
{
	struct run_builder b;
	rb_start(&b);
	b.profile.allow_skip = STRS("*");
	engine_ends(&b, 77, SG_ROW_STATUS_SKIPPED);
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_str_eq(b.run.manifest.fail_code, "SCOPE_VIOLATION");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_scope, a_patch_that_holds_what_the_no_go_list_keeps_is_not_packed)
{
	struct run_builder b;
	rb_start(&b);
	b.route.no_go_list = STRS("no prose", "PATH:**/*.md");
	rb_to(&b, "PACK");
	rb_begin(&b);
	struct sg_event event = rb_ev_pack(&b, true);
	event.u.pack.patch.files = STRS("a.txt", "docs/x.md");
	rb_do(&b, event);
	const struct sg_manifest *m = &b.run.manifest;
	cr_assert_eq(b.run.state, SG_STATE_STOPPED);
	cr_assert_str_eq(rb_joined(&b, &m->fail_reasons),
		"SCOPE_VIOLATION: PACK: docs/x.md: expected it unchanged since OPEN, for "
		"NO_GO_LIST says PATH:**/*.md, found it in the patch");
	cr_assert_str_eq(rb_joined(&b, &m->fix_list), "Restore docs/x.md");
	cr_assert_str_eq(b.run.stop_phase, "PACK");
	rb_release(&b);
	SG_LEAKCHECK();
}

Test(reduce_scope, the_notes_name_the_tier_and_the_walls_that_were_missing)
{
	struct run_builder b;
	rb_start(&b);
	rb_to(&b, "SPC");
	rb_begin(&b);
	struct sg_event event = rb_ev_role(&b, "SPC", 0);
	event.u.role.exec.tier = SG_TIER_PARTIAL;
	event.u.role.exec.walls = "namespaces, landlock";
	rb_do(&b, event);
	const char *notes = sg_manifest_role(&b.run.manifest, "SPC")->notes;
	cr_assert_not_null(
		strstr(notes, "tier partial without namespaces, landlock"), "%s", notes);
	cr_assert_str_eq(
		sg_run_proof(&b.run, SG_FACT_ROLE, "SPC")->exec.walls, "namespaces, landlock");
	rb_release(&b);
	SG_LEAKCHECK();
}
