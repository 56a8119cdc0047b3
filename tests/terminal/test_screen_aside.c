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
#include <time.h>
#include <unistd.h>

#include "base/strbuf.h"
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

/* A manifest that takes a while to read, beside the run's. */
static void put_long_manifest(const struct room *room)
{
	char *folder = room_path(room, "run");
	struct sg_strbuf line = SG_STRBUF_INIT;
	sg_strbuf_addf(&line,
		"cd '%s' && { yes '# a comment that is read and left out' | head -c 64000000; echo; "
		"cat RUNTIME_MANIFEST.yaml; } >long.yaml",
		folder);
	cr_assert_eq(system(line.bytes), 0, "expected to write a long manifest");
	sg_strbuf_release(&line);
	free(folder);
}

static double now_s(void)
{
	struct timespec now;
	cr_assert_eq(clock_gettime(CLOCK_MONOTONIC, &now), 0);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

Test(screen_aside, the_line_is_edited_while_a_manifest_is_checked)
{
	enum { TRIES = 5 };
	struct room room;
	double least = 1;
	room_begin(&room, "");
	room_ready(&room);
	put_long_manifest(&room);
	/* how much of the wait for the answer the keys have to wait, at best */
	for (int i = 0; i < TRIES && least > 0.5; i++) {
		char line[64], answer[64];
		snprintf(line, sizeof(line), "check long.yaml --plan none%d.yaml\r", i);
		snprintf(answer, sizeof(answer), "cannot open 'none%d.yaml'", i);
		const double begun = now_s();
		room_type(&room, line);
		room_type(&room, "abc");
		room_expect(&room, ROOM_PROMPT " abc");
		const double keys = now_s() - begun;
		SG_T_SEES(room.term, answer);
		const double share = keys / (now_s() - begun);
		least = share < least ? share : least;
		room_type(&room, "\x15");
		room_expect(&room, ROOM_PROMPT);
	}
	cr_assert(least <= 0.5, "expected the keys long before the answer, found %.2f of its time",
		least);
	room_leave(&room);
	room_end(&room);
}
