/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the full screen does with time and bytes: nothing when nothing happens, one frame a key, at
 * most thirty a second under a flood, and any size at any moment. STEPGATE_LONG=1 makes the idle
 * time 60 seconds.
 */
#include <criterion/criterion.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "terminal/screen_room.h"

#define FRAME_BEGIN "\033[?2026h"
#define FRAME_END   "\033[?2026l"

static int idle_ms(void)
{
	return getenv("STEPGATE_LONG") ? 60000 : 5000;
}

/* Frames among the raw bytes from `from`; the bytes in the longest one. */
static int frames(struct room *room, size_t from, size_t *ret_longest)
{
	size_t n, longest = 0;
	int count = 0;
	const char *raw = sg_t_term_raw(room->term, &n);
	for (const char *p = raw + from; (p = strstr(p, FRAME_BEGIN)); p++) {
		const char *end = strstr(p, FRAME_END);
		cr_assert(end, "expected an end of every frame");
		size_t length = (size_t)(end - p) + strlen(FRAME_END);
		longest = length > longest ? length : longest;
		count++;
	}
	if (ret_longest)
		*ret_longest = longest;
	return count;
}

/* How often the kernel gave one of its threads a processor or took it away; -1: not counted. */
static long switches(pid_t pid)
{
	char *tasks = sg_t_format("/proc/%ld/task", (long)pid);
	DIR *folder = opendir(tasks);
	long sum = folder ? 0 : -1;
	for (struct dirent *entry; folder && (entry = readdir(folder));) {
		pid_t thread = (pid_t)strtol(entry->d_name, NULL, 10);
		if (thread > 0)
			sum += room_proc(thread, "voluntary_ctxt_switches") +
			       room_proc(thread, "nonvoluntary_ctxt_switches");
	}
	if (folder)
		closedir(folder);
	free(tasks);
	return sum;
}

/* Programs in five states, and one time for all. */
Test(screen_load, nothing_wakes_it_up_at_a_brief_at_stop_gap_in_help_without_a_step_and_in_watch)
{
	enum { N = 5 };
	struct room rooms[N];
	long before[N], switched[N];
	room_begin(&rooms[0], "");
	room_begin(&rooms[1], "");
	room_type(&rooms[1], "no \"a reason\"\r");
	SG_T_SEES(rooms[1].term, "STOP_GAP");
	room_begin(&rooms[2], "");
	room_type(&rooms[2], "\033OP");
	SG_T_SEES(rooms[2].term, "HELP");
	room_make(&rooms[3], "");
	room_open(&rooms[3], &(struct room_spec){.options = (const char *const[]){"watch", NULL}});
	SG_T_SEES(rooms[3].term, "watch: q leaves");
	room_make(&rooms[4], "");
	char *empty = sg_t_format("mkdir ../empty && cd ../empty && exec '%s'", room_program());
	room_open(&rooms[4],
		&(struct room_spec){.argv = (const char *const[]){"/bin/sh", "-c", empty, NULL}});
	SG_T_SEES(rooms[4].term, "stepgate>");
	free(empty);
	for (int i = 0; i < N; i++)
		sg_t_term_settle(rooms[i].term, 500);
	for (int i = 0; i < N; i++)
		before[i] = switches(sg_t_term_pid(rooms[i].term));
	room_rest(idle_ms());
	for (int i = 0; i < N; i++)
		switched[i] = switches(sg_t_term_pid(rooms[i].term)) - before[i];
	for (int i = 0; i < N; i++) {
		cr_assert_geq(before[i], 0, "expected /proc to count switches");
		cr_assert_eq(switched[i], 0, "state %d: expected no wake-up in %d ms, found %ld", i,
			idle_ms(), switched[i]);
	}
	for (int i = 0; i < N; i++) {
		sg_t_term_close(rooms[i].term);
		rooms[i].term = NULL;
		sg_t_rmtree(rooms[i].folder);
		free(rooms[i].folder);
	}
	SG_LEAKCHECK();
}

Test(screen_load, a_silent_phase_is_drawn_once_a_second)
{
	struct room room;
	size_t from;
	room_make(&room, "echo begun; exec sleep 50");
	room_open(&room, &(struct room_spec){0});
	room_start_spc(&room, "begun");
	room_rest(300);
	sg_t_term_settle(room.term, 20);
	(void)sg_t_term_raw(room.term, &from);
	room_rest(3000);
	sg_t_term_settle(room.term, 20);
	int drawn = frames(&room, from, NULL);
	cr_assert(drawn >= 2 && drawn <= 4, "expected three frames in 3 s, found %d", drawn);
	room_end(&room);
}

Test(screen_load, a_key_is_one_frame_of_at_most_forty_bytes)
{
	static const char *const keys[] = {"a", "Ж", "漢", "😀", "\x7f", "\033[D", "b", "\033[C", "ё",
		"\x01", "\x05"};
	struct room room;
	room_begin(&room, "");
	room_ready(&room);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		size_t from, to, longest;
		(void)sg_t_term_raw(room.term, &from);
		room_type(&room, keys[i]);
		sg_t_term_settle(room.term, 60);
		(void)sg_t_term_raw(room.term, &to);
		int drawn = frames(&room, from, &longest);
		cr_assert_eq(drawn, 1, "key %zu: expected one frame, found %d", i, drawn);
		cr_assert(to - from <= 40, "key %zu: expected 40 bytes at most, found %zu", i, to - from);
	}
	room_leave(&room);
	room_end(&room);
}

/* strace sees the writes; a frame is one of them from its first byte to its last. */
Test(screen_load, every_frame_is_one_write)
{
	struct room room;
	if (system("command -v strace >/dev/null 2>&1") != 0)
		cr_skip_test("strace is not there");
	room_make(&room, "seq 1 2000");
	char *log = room_path(&room, "strace");
	/* the leak checker does not work under a tracer */
	room_open(&room,
		&(struct room_spec){.env = "ASAN_OPTIONS=detect_leaks=0",
			.argv = (const char *const[]){"strace", "-o", log, "-s", "1000000", "-y", "-e",
				"trace=write", room_program(), NULL}});
	SG_T_SEES(room.term, "«го» starts ROUTE");
	room_go(&room, "ROUTE", "SPC");
	room_go(&room, "SPC", "ORC");
	room_type(&room, "ledger\r");
	room_ready(&room);
	room_leave(&room);
	char *trace = sg_t_read(log, NULL);
	int whole = 0;
	for (char *line = strtok(trace, "\n"); line; line = strtok(NULL, "\n")) {
		if (!strstr(line, "</dev/pts/") || !strstr(line, "\\33[?2026h"))
			continue;
		cr_assert(strstr(line, "\\33[?2026l\""), "expected a frame whole in its write:\n%s", line);
		whole++;
	}
	cr_assert_geq(whole, 4, "expected a frame for each brief, found %d", whole);
	free(trace);
	free(log);
	room_end(&room);
}

/* Counted by strace: all that a key sends to the terminal goes in one system call. */
Test(screen_load, a_key_is_one_write)
{
	static const char keys[] = "abcdefghij";
	struct room room;
	if (system("command -v strace >/dev/null 2>&1") != 0)
		cr_skip_test("strace is not there");
	room_make(&room, "");
	char *log = room_path(&room, "strace");
	room_open(&room, &(struct room_spec){.env = "ASAN_OPTIONS=detect_leaks=0",
				 .argv = (const char *const[]){"strace", "-f", "-o", log, "-y", "-e",
					 "trace=write,writev,pwrite64,sendto,sendmsg",
					 room_program(), NULL}});
	SG_T_SEES(room.term, "«го» starts ROUTE");
	SG_T_SEES(room.term, ROOM_PROMPT);
	room_ready(&room);
	char *before = sg_t_read(log, NULL);
	for (size_t i = 0; keys[i]; i++) {
		const char key[2] = {keys[i], '\0'};
		char *row = sg_t_format(ROOM_PROMPT " %.*s", (int)i + 1, keys);
		room_type(&room, key);
		room_expect(&room, row);
		free(row);
	}
	room_ready(&room);
	char *after = sg_t_read(log, NULL);
	int writes = 0;
	for (const char *p = after + strlen(before); (p = strstr(p, "</dev/pts/")); p++)
		writes++;
	cr_assert_eq(writes, (int)strlen(keys), "expected a write a key, found %d for %zu keys", writes,
		strlen(keys));
	free(before);
	free(after);
	free(log);
	room_type(&room, "\x15");
	room_leave(&room);
	room_end(&room);
}

#define FLOODS \
	"echo begun; (while [ ! -f ../on ]; do yes 'a row of a flood' | head -c 100000;" \
	"sleep 0.01; done)"

static void end_flood(struct room *room)
{
	char *on = room_path(room, "on");
	sg_t_write_text(on, "");
	free(on);
	SG_T_SEES(room->term, "«го» starts ORC");
}

Test(screen_load, a_flood_is_drawn_thirty_times_a_second_and_keys_at_once)
{
	struct room room;
	size_t from;
	room_make(&room, FLOODS);
	room_open(&room, &(struct room_spec){0});
	room_start_spc(&room, "a row of a flood");
	(void)sg_t_term_raw(room.term, &from);
	long begun = room_now_ms();
	for (int i = 0; i < 20; i++) {
		char *row = sg_t_format(ROOM_PROMPT " %.*s", i + 1, "abcdefghijklmnopqrstuvwxyz");
		const char key[2] = {(char)('a' + i), '\0'};
		room_type(&room, key);
		room_expect(&room, row);
		free(row);
	}
	while (room_now_ms() - begun < 2000)
		sg_t_term_wait_text(room.term, "no such text", 50);
	long took = room_now_ms() - begun;
	int drawn = frames(&room, from, NULL);
	cr_assert(drawn <= took * 33 / 1000 + 30, "expected 30 frames a second, found %d in %ld ms",
		drawn, took);
	room_type(&room, "\x15");
	end_flood(&room);
	room_leave(&room);
	room_end(&room);
}

Test(screen_load, any_size_at_any_moment_of_a_flood_is_survived)
{
	struct room room;
	unsigned seed = 2463534242U;
	room_make(&room, FLOODS);
	room_open(&room, &(struct room_spec){0});
	room_start_spc(&room, "a row of a flood");
	for (int i = 0; i < 120; i++) {
		seed ^= seed << 13;
		seed ^= seed >> 17;
		seed ^= seed << 5;
		int rows = i % 10 ? 1 + (int)(seed % 60) : 1;
		int cols = i % 7 ? 1 + (int)(seed / 64 % 200) : 1;
		sg_t_term_resize(room.term, rows, cols);
		room_type(&room, i % 3 ? "ж" : "\x7f\033OQ");
		/* a turn of the program now and then, and none in between */
		if (i % 4 == 0)
			sg_t_term_wait_text(room.term, "no such text", 20);
	}
	sg_t_term_resize(room.term, 30, 100);
	room_type(&room, "\x15Щ");
	room_expect(&room, ROOM_PROMPT " Щ");
	room_cursor(&room, 29, 16, "after all sizes");
	room_type(&room, "\x15");
	end_flood(&room);
	room_leave(&room);
	room_end(&room);
}

/* What stands after a resize is what a program that starts at that size shows. */
Test(screen_load, a_resized_screen_is_the_one_of_that_size)
{
	static const int sizes[][2] = {{24, 80}, {10, 40}, {60, 200}, {5, 20}, {3, 9}, {30, 100}};
	struct room room;
	room_begin(&room, "");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct room other = {room.folder, NULL};
		sg_t_term_resize(room.term, sizes[i][0], sizes[i][1]);
		room_open(&other, &(struct room_spec){.rows = sizes[i][0], .cols = sizes[i][1]});
		sg_t_term_wait_text(other.term, "stepgate", SG_T_DEADLINE_MS);
		sg_t_term_settle(other.term, 200);
		sg_t_term_settle(room.term, 200);
		char *resized = sg_t_term_screen(room.term), *fresh = sg_t_term_screen(other.term);
		cr_assert_str_eq(resized, fresh, "%d x %d: expected\n%s\nfound\n%s", sizes[i][0],
			sizes[i][1], fresh, resized);
		free(resized);
		free(fresh);
		room_leave(&other);
		sg_t_term_close(other.term);
	}
	room_leave(&room);
	room_end(&room);
}
