/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ROUTE through a real session: what it reads, pins and finds changed later. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "runner_room.h"

static const struct sg_run *route_run(struct sg_room *room)
{
	sg_room_step(room, "doc.md", "");
	return sg_room_go(room);
}

Test(runner, a_route_or_profile_that_is_not_there_is_file_not_found)
{
	struct sg_room room;
	sg_room_enter(&room);
	route_run(&room);
	sg_room_stopped(&room, "FILE_NOT_FOUND", "route.yaml");
	sg_room_route(&room, "[]", SG_ROOM_CONTRACT, "");
	sg_room_resume(&room, "ROUTE", NULL);
	sg_room_go(&room);
	sg_room_stopped(&room, "FILE_NOT_FOUND", "profiles/P.yaml");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_route_that_cannot_be_read_is_said_with_its_place)
{
	struct sg_room room;
	sg_room_enter(&room);
	sg_room_file(&room, "route.yaml", "ROUTE_TOKEN:\n  META: [\n");
	route_run(&room);
	sg_room_stopped(&room, "MARKER_NOT_CONFIRMED", "route.yaml:");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_profile_by_key_has_to_be_the_one_and_cannot_lead_outside)
{
	struct sg_room room;
	sg_room_enter(&room);
	sg_room_route(&room, "[]", SG_ROOM_CONTRACT, "");
	sg_room_file(&room, "profiles/P.yaml", "PROFILE: {PROFILE_KEY: OTHER}\n");
	route_run(&room);
	sg_room_stopped(&room, "MARKER_NOT_CONFIRMED", "expected \"P\", found \"OTHER\"");
	char *outside = sg_t_format("%s/P.yaml", room.scratch);
	char *link = sg_t_format("%s/profiles/P.yaml", room.folder);
	sg_t_write_text(outside, "PROFILE: {PROFILE_KEY: P}\n");
	cr_assert_eq(unlink(link), 0);
	cr_assert_eq(symlink(outside, link), 0);
	sg_room_resume(&room, "ROUTE", NULL);
	sg_room_go(&room);
	sg_room_stopped(&room, "MARKER_NOT_CONFIRMED", "profiles/P.yaml");
	free(outside);
	free(link);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, the_bytes_that_were_read_are_pinned_and_kept)
{
	struct sg_room room;
	sg_room_plain(&room);
	const struct sg_run *run = route_run(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	cr_assert_str_eq(run->route_pin.path, "route.yaml");
	cr_assert_str_eq(run->profile_pin.path, "profiles/P.yaml");
	char *kept = sg_room_read(&room, ".stepgate/steps/0001/ROUTE.1/ROUTE_TOKEN.copy");
	char *route = sg_room_read(&room, "route.yaml");
	cr_assert_str_eq(kept, route);
	free(kept);
	free(route);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_route_that_changes_during_the_step_is_a_drift)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "SPC");
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_ev_stop_gap drift;
	struct sg_strbuf diff = SG_STRBUF_INIT;
	cr_assert_not(sg_runner_drift(room.session, &arena, &drift, &diff));
	sg_room_route(&room, "['KEY:ENG.B']", SG_ROOM_CONTRACT, "");
	cr_assert(sg_runner_drift(room.session, &arena, &drift, &diff));
	cr_assert_str_eq(drift.phase, "ROUTE");
	cr_assert_str_eq(drift.fix, "resume --from ROUTE");
	cr_assert_not_null(
		strstr(diff.bytes, "+    REQUIRED_ENG_KEYS: ['KEY:ENG.B']"), "%s", diff.bytes);
	const struct sg_run *run = sg_room_go(&room);
	sg_room_stopped(
		&room, "SCOPE_VIOLATION", "route.yaml: expected the file that ROUTE pinned");
	cr_assert_not_null(
		strstr(sg_room_reason(&room), "-    REQUIRED_ENG_KEYS: ['KEY:ENG.A']"), "%s",
		sg_room_reason(&room));
	cr_assert_str_eq(run->stop_phase, "ROUTE");
	cr_assert_eq(room.said.n_bytes, 0, "SPC was run all the same");
	/* ROUTE reads it anew: no drift then */
	sg_room_resume(&room, "ROUTE", NULL);
	run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	sg_strbuf_release(&diff);
	sg_arena_release(&arena);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_profile_or_plan_that_goes_away_is_a_drift_of_who_pinned_it)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "ORC");
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_ev_stop_gap drift;
	const int dir = sg_session_dir(room.session);
	cr_assert_eq(
		sg_fs_unlink(dir, ".stepgate/steps/0001/SPC.1/ENGINE_PLAN_TOKEN.yaml", NULL),
		SG_OK);
	cr_assert(sg_runner_drift(room.session, &arena, &drift, NULL));
	cr_assert_str_eq(drift.phase, "SPC");
	cr_assert_eq(sg_fs_unlink(dir, "profiles/P.yaml", NULL), SG_OK);
	cr_assert(sg_runner_drift(room.session, &arena, &drift, NULL));
	cr_assert_str_eq(drift.phase, "ROUTE");
	cr_assert_not_null(strstr(drift.reason, "found it gone"), "%s", drift.reason);
	sg_arena_release(&arena);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, the_next_entry_is_the_first_that_is_not_done_and_not_open)
{
	struct sg_room room;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_ev_next next;
	sg_room_plain(&room);
	cr_assert_not(sg_runner_next_entry(room.session, &arena, &next));
	sg_room_file(&room, "steps.yaml",
		"- {FILE: doc.md, GOAL: first}\n- {FILE: two.md, GOAL: second, ROUTE: "
		"r2.yaml}\n");
	cr_assert(sg_runner_next_entry(room.session, &arena, &next));
	cr_assert_str_eq(next.file, "doc.md");
	sg_room_step(&room, "doc.md", "");
	cr_assert(sg_runner_next_entry(room.session, &arena, &next));
	cr_assert_str_eq(next.file, "two.md");
	cr_assert_str_eq(next.route, "r2.yaml");
	sg_room_go_to(&room, "VAL");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_PASSED, "%s", sg_room_reason(&room));
	cr_assert_str_eq(run->manifest.resume_target.file, "two.md");
	cr_assert_str_eq(run->manifest.resume_target.goal, "second");
	sg_arena_release(&arena);
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_steps_file_that_cannot_be_read_stops_route)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_file(&room, "steps.yaml", "- {FILE: doc.md}\n");
	route_run(&room);
	sg_room_stopped(&room, "MARKER_NOT_CONFIRMED", "steps.yaml");
	sg_room_leave(&room);
	SG_LEAKCHECK();
}
