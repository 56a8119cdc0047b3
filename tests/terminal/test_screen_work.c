/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The full screen when others are careless: files that are edited, gone and back while it is up, a
 * second screen on the same run, goals and logs of any length and any bytes.
 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "terminal/screen_room.h"

#define MANIFEST "run/RUNTIME_MANIFEST.yaml"

/* In the room's folder. */
static void move(const struct room *room, const char *from, const char *to)
{
	char *source = room_path(room, from);
	char *target = room_path(room, to);
	cr_assert_eq(rename(source, target), 0, "expected to move %s", from);
	free(source);
	free(target);
}

/* As an editor does it: a new file in the old one's place. */
static void edit_manifest(const struct room *room, const char *from, const char *to)
{
	char *path = room_path(room, MANIFEST);
	char *text = sg_t_read(path, NULL);
	char *at = text ? strstr(text, from) : NULL;
	cr_assert(at, "expected %s in the manifest", from);
	char *edited = sg_t_format("%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	char *other = room_path(room, "edited.yaml");
	sg_t_write_text(other, edited);
	cr_assert_eq(rename(other, path), 0);
	free(other);
	free(edited);
	free(text);
	free(path);
}

static void go(struct room *room)
{
	room_expect(room, ROOM_PROMPT);
	room_ready(room);
	room_type(room, "го\r");
}

/* --- what is edited --- */

Test(screen_work, an_edited_manifest_takes_the_brief_away_and_restore_brings_it_back)
{
	struct room room;
	room_begin(&room, "");
	edit_manifest(&room, "STEP_STATUS: \"RUNNING\"", "STEP_STATUS: \"PASS\"");
	SG_T_SEES(room.term, "MANIFEST_TAMPERED");
	SG_T_SEES(room.term, "restore writes the trace's state back");
	room_gone(&room, "«го» starts ROUTE");
	go(&room);
	SG_T_SEES(room.term, "type restore, or adopt");
	cr_assert_not(room_file_has(&room, ROOM_TRACE, "\"event\":\"begin\""));
	room_type(&room, "restore\r");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_gone(&room, "MANIFEST_TAMPERED");
	go(&room);
	SG_T_SEES(room.term, "«го» starts SPC");
	room_leave(&room);
	room_end(&room);
}

Test(screen_work, a_manifest_that_is_gone_is_said_and_written_again_by_restore)
{
	struct room room;
	room_begin(&room, "");
	move(&room, MANIFEST, "away.yaml");
	SG_T_SEES(room.term, "the manifest is gone");
	room_type(&room, "restore\r");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	cr_assert(room_file_has(&room, "RUNTIME_MANIFEST.yaml", "STEP_STATUS: \"RUNNING\""));
	room_leave(&room);
	room_end(&room);
}

Test(screen_work, a_trace_that_is_gone_is_said_and_seen_when_it_is_put_back)
{
	struct room room;
	room_begin(&room, "");
	move(&room, "run/.stepgate", "away");
	SG_T_SEES(room.term, "the trace is gone");
	go(&room);
	SG_T_SEES(room.term, "cannot write");
	move(&room, "away", "run/.stepgate");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	go(&room);
	SG_T_SEES(room.term, "«го» starts SPC");
	room_leave(&room);
	room_end(&room);
}

Test(screen_work, what_another_screen_does_is_seen_and_only_one_signal_counts)
{
	struct room room;
	room_begin(&room, "echo begun; while [ ! -f ../on ]; do sleep 0.05; done");
	struct room other = room;
	room_open(&other, &(struct room_spec){0});
	SG_T_SEES(other.term, "«го» starts ROUTE");
	room_go(&other, "ROUTE", "SPC");
	SG_T_SEES(room.term, "«го» starts SPC");
	go(&other);
	SG_T_SEES(other.term, "SPC | begun");
	SG_T_SEES(room.term, "SPC.1 | begun");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "го\r");
	SG_T_SEES(room.term, "cannot go on: SPC is running");
	char *on = room_path(&room, "on");
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "«го» starts ORC");
	SG_T_SEES(other.term, "«го» starts ORC");
	room_leave(&other);
	sg_t_term_close(other.term);
	room_leave(&room);
	room_end(&room);
}

/* --- what is long, and what is no text --- */

Test(screen_work, a_goal_of_any_length_and_kind_stays_a_row_and_three_lines_are_left)
{
	struct room room;
	room_make(&room, "");
	char *goal = sg_t_format(
		"step 'Goal \xe2\x80\xae%0500d' --file docs/one.md --route route.yaml", 7);
	room_command(&room, "stop x");
	room_command(&room, goal);
	free(goal);
	room_open(&room, &(struct room_spec){0});
	SG_T_SEES(room.term, "«Goal <U+202E>0000");
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_leave(&room);
	char *text = sg_t_term_screen(room.term);
	const char *step = strstr(text, "STEP 0002  Goal <U+202E>000");
	cr_assert(step, "found:\n%s", text);
	const char *next = strchr(step, '\n');
	cr_assert(next && strncmp(next, "\nRUNNING\n«го» starts ROUTE", 26) == 0, "found:\n%s",
		text);
	free(text);
	room_end(&room);
}

Test(screen_work, an_output_of_commands_for_the_terminal_and_of_bytes_is_only_shown)
{
	struct room room;
	room_begin(&room,
		"printf '\\033[2J\\033]0;owned\\007\\033[?1049lred \\033[31mX\\033[0m\\n'\n"
		"head -c 10000 /dev/zero | tr '\\0' w; echo THE-END\n"
		"head -c 3000 /dev/urandom; echo; echo last");
	room_go(&room, "ROUTE", "SPC");
	go(&room);
	SG_T_SEES(room.term, "«го» starts ORC");
	room_expect(&room, ROOM_PROMPT);
	room_ready(&room);
	room_type(&room, "log SPC\r");
	SG_T_SEES(room.term, "<U+001B>[2J<U+001B>]0;owned");
	cr_assert(sg_t_term_altscreen(room.term), "expected the screen to stay");
	cr_assert_null(strstr(sg_t_term_title(room.term), "owned"));
	room_type(&room, "\r");
	SG_T_SEES(room.term, "«го» starts ORC");
	room_leave(&room);
	room_end(&room);
}

Test(screen_work, an_answer_stays_in_sight_while_the_log_goes_on)
{
	struct room room;
	room_begin(&room, "echo begun; i=0; while [ ! -f ../on ]; do i=$((i+1)); echo row $i; "
			  "sleep 0.01; done");
	room_start_spc(&room, "begun");
	SG_T_SEES(room.term, "row ");
	room_type(&room, "history\r");
	SG_T_SEES(room.term, "OWNER USER");
	SG_T_SEES(room.term, "new");
	/* a hundred rows later, which is what can be waited for */
	bool later = sg_t_term_wait_text(room.term, "+1", SG_T_DEADLINE_MS);
	cr_assert(later, "expected what is new to be counted");
	SG_T_SEES(room.term, "OWNER USER");
	room_type(&room, "\r");
	SG_T_SEES(room.term, "following");
	room_gone(&room, "OWNER USER");
	char *on = room_path(&room, "on");
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room.term, "«го» starts ORC");
	room_leave(&room);
	room_end(&room);
}

Test(screen_work, a_phase_whose_process_was_killed_is_said_with_what_goes_on)
{
	struct room room;
	room_begin(&room, "echo begun; sleep 50");
	room_start_spc(&room, "begun");
	cr_assert_eq(kill(sg_t_term_pid(room.term), 9), 0);
	cr_assert_eq(sg_t_term_exit(room.term), 128 + 9);
	sg_t_term_close(room.term);
	room_open(&room, &(struct room_spec){0});
	SG_T_SEES(room.term, "INTERRUPTED");
	SG_T_SEES(room.term, "SPC was interrupted: resume goes on");
	room_type(&room, "resume\r");
	SG_T_SEES(room.term, "«го» starts SPC");
	room_leave(&room);
	room_end(&room);
}
