/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Work by hand: what was recorded stands in for a command. */
#include <stdio.h>
#include <unistd.h>

#include "base/fs.h"
#include "runner_room.h"

static void record(struct sg_room *room, const char *name, const char *output, const char *text)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_file file;
	const char *path = "by-hand.md";
	const char *step = sg_session_run(room->session)->manifest.step_id;
	struct sg_event start = {
		.type = SG_EVENT_RECORD_START, .step = step, .by = SG_BY_OPERATOR};
	start.u.record.name = name;
	start.u.record.note = "";
	sg_room_commit(room, &start);
	sg_room_file(room, path, text);
	const int dir = sg_session_dir(room->session);
	cr_assert_eq(sg_fs_mkdirs(dir, ".stepgate/steps/0001/hand", 0755, NULL), SG_OK);
	cr_assert_eq(sg_evidence_take(dir, ".stepgate/steps/0001/hand", path, output, &arena,
			     &file, NULL),
		SG_OK);
	struct sg_event stop = {
		.type = SG_EVENT_RECORD_STOP, .step = step, .by = SG_BY_OPERATOR};
	stop.u.record.name = name;
	stop.u.record.note = "typed";
	stop.u.record.outputs.v = &file;
	stop.u.record.outputs.n = 1;
	stop.u.record.paths.v = &path;
	stop.u.record.paths.n = 1;
	sg_room_commit(room, &stop);
	sg_arena_release(&arena);
}

Test(runner, a_role_by_hand_takes_what_was_recorded)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_profile(&room, "  EVIDENCE: manual\n",
		SG_ROOM_SPC SG_ROOM_ENGINE_A SG_ROOM_QA "    CTL: {manual: true}\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	record(&room, "CTL", "POLICY_REPORT", "looked at\n");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_AWAIT, "%s", sg_room_reason(&room));
	const struct sg_proof *proof = sg_run_proof(run, SG_FACT_ROLE, "CTL");
	cr_assert_eq(proof->provenance, SG_PROVENANCE_MANUAL);
	cr_assert_eq(proof->exec.argv.n, 0);
	cr_assert_not_null(strstr(sg_manifest_role(&run->manifest, "CTL")->notes, "typed"));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}

Test(runner, a_role_by_hand_without_a_record_or_with_the_wrong_output_stops_the_step)
{
	struct sg_room room;
	sg_room_plain(&room);
	sg_room_profile(&room, "  EVIDENCE: manual\n",
		SG_ROOM_SPC SG_ROOM_ENGINE_A SG_ROOM_QA "    CTL: {manual: true}\n");
	sg_room_step(&room, "doc.md", "");
	sg_room_go_to(&room, "CTL");
	const struct sg_run *run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_not_null(strstr(sg_room_reason(&room), "nothing is recorded"), "%s",
		sg_room_reason(&room));
	sg_room_resume(&room, "CTL", NULL);
	record(&room, "CTL", "SOMETHING", "else\n");
	run = sg_room_go(&room);
	cr_assert_eq(run->state, SG_STATE_STOPPED);
	cr_assert_not_null(strstr(sg_room_reason(&room), "POLICY_REPORT is absent"), "%s",
		sg_room_reason(&room));
	sg_room_leave(&room);
	SG_LEAKCHECK();
}
