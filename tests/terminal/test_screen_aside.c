/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What would hold up the keys is done aside. The work here is a commit that waits for the run's
 * lock, which the test holds, so that there is time to press keys in the middle of it.
 */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "terminal/screen_room.h"

#define EVENT(name) "\"event\":\"" name "\""

static int take_lock(const struct room *room)
{
	char *path = room_path(room, "run/.stepgate/LOCK");
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	cr_assert(fd >= 0 && fcntl(fd, F_OFD_SETLK, &lock) == 0, "expected the lock %s", path);
	free(path);
	return fd;
}

/* A brief stands, and the lock is ours. */
static int begin_locked(struct room *room)
{
	room_begin(room, "");
	room_ready(room);
	return take_lock(room);
}

Test(screen_aside, the_line_is_edited_while_a_commit_is_under_way)
{
	struct room room;
	int lock = begin_locked(&room);
	room_type(&room, "го\rstatusж");
	room_expect(&room, ROOM_PROMPT " statusж");
	room_type(&room, "\x7f\x7f");
	room_expect(&room, ROOM_PROMPT " statu");
	room_type(&room, "\x01x\x05y");
	room_expect(&room, ROOM_PROMPT " xstatuy");
	cr_assert_not(room_file_has(&room, ROOM_TRACE, EVENT("begin")), "expected that nothing began yet");
	close(lock);
	SG_T_SEES(room.term, "«го» starts SPC");
	room_expect(&room, ROOM_PROMPT " xstatuy");
	cr_assert(room_file_has(&room, ROOM_TRACE, EVENT("begin")), "expected that ROUTE began");
	room_type(&room, "\x15");
	room_leave(&room);
	room_end(&room);
}

Test(screen_aside, a_line_that_is_ended_meanwhile_is_run_behind_the_commit)
{
	struct room room;
	int lock = begin_locked(&room);
	char *path = room_path(&room, "fix.txt");
	room_type(&room, "no \"a reason\"\r");
	room_expect(&room, ROOM_PROMPT);
	room_type(&room, "dump fix ../fix.txt\rquit");
	room_expect(&room, ROOM_PROMPT " dump fix ../fix.txt");
	sg_t_term_settle(room.term, 200);
	cr_assert_not(sg_t_exists(path), "expected that the command waits");
	close(lock);
	for (int i = 0; i < 2000 && !sg_t_exists(path); i++)
		room_rest(5);
	cr_assert(sg_t_exists(path), "expected that the command was run");
	room_expect(&room, ROOM_PROMPT " quit");
	room_type(&room, "\r");
	cr_assert_eq(sg_t_term_exit(room.term), 0);
	free(path);
	room_end(&room);
}

Test(screen_aside, a_signal_typed_ahead_of_the_next_brief_does_not_count)
{
	struct room room;
	int lock = begin_locked(&room);
	room_type(&room, "го\rго\r");
	room_expect(&room, ROOM_PROMPT " го");
	close(lock);
	SG_T_SEES(room.term, "«го» starts SPC");
	room_ready(&room);
	/* nor does an Enter behind it, which would end a line that began before it */
	room_type(&room, "\r");
	room_ready(&room);
	SG_T_SEES(room.term, "«го» starts SPC");
	cr_assert_not(room_file_has(&room, ROOM_TRACE, "SPC.1"), "expected that SPC did not run");
	room_leave(&room);
	room_end(&room);
}

Test(screen_aside, a_signal_that_ends_the_program_is_heard_behind_the_commit)
{
	struct room room;
	int lock = begin_locked(&room);
	room_type(&room, "no \"a reason\"\rx");
	room_expect(&room, ROOM_PROMPT " x");
	cr_assert_eq(kill(sg_t_term_pid(room.term), SIGTERM), 0);
	room_rest(100);
	close(lock);
	cr_assert_eq(sg_t_term_exit(room.term), 128 + SIGTERM);
	cr_assert(room_file_has(&room, ROOM_TRACE, EVENT("no")), "expected the commit whole");
	room_expect_terminal_back(&room);
	room_end(&room);
}
