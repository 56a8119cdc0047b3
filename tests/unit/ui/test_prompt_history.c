/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The history file: what it keeps, its mode, several writers, and a disk that refuses. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "harness/harness.h"
#include "ui/prompt_history.h"

struct room {
	char *folder;
	char *path;
	struct sg_arena arena;
	struct sg_strs lines;
};

static void open_room(struct room *room)
{
	room->folder = sg_t_tmpdir();
	room->path = sg_t_format("%s/a/b/history", room->folder);
	sg_arena_init(&room->arena);
}

static void close_room(struct room *room)
{
	sg_arena_release(&room->arena);
	sg_t_rmtree(room->folder);
	free(room->folder);
	free(room->path);
}

Test(prompt_history, what_is_appended_is_loaded_in_its_order)
{
	struct room room;
	open_room(&room);
	sg_history_load(room.path, &room.arena, &room.lines);
	cr_assert_eq(room.lines.n, 0);
	sg_history_append(room.path, "status");
	sg_history_append(room.path, "шаг «Собрать»");
	sg_history_load(room.path, &room.arena, &room.lines);
	cr_assert_eq(room.lines.n, 2);
	cr_expect_str_eq(room.lines.v[0], "status");
	cr_expect_str_eq(room.lines.v[1], "шаг «Собрать»");
	close_room(&room);
	SG_LEAKCHECK();
}

Test(prompt_history, the_file_is_for_its_owner_alone)
{
	struct room room;
	struct stat st;
	open_room(&room);
	sg_history_load(room.path, &room.arena, &room.lines);
	sg_history_append(room.path, "status");
	cr_assert_eq(stat(room.path, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0600);
	char *folder = sg_t_format("%s/a", room.folder);
	cr_assert_eq(stat(folder, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0700);
	free(folder);
	close_room(&room);
	SG_LEAKCHECK();
}

Test(prompt_history, a_line_put_there_from_outside_is_held_to_the_same_rule)
{
	struct room room;
	open_room(&room);
	sg_t_write_text(room.path, "status\nго\nA\033[2J\n\xff\n\nledger");
	sg_history_load(room.path, &room.arena, &room.lines);
	cr_assert_eq(room.lines.n, 2);
	cr_expect_str_eq(room.lines.v[0], "status");
	cr_expect_str_eq(room.lines.v[1], "ledger");
	close_room(&room);
	SG_LEAKCHECK();
}

Test(prompt_history, a_file_that_has_grown_long_is_cut_to_its_last_lines)
{
	enum { WRITTEN = 2 * SG_HISTORY_LINES + 1 };
	struct room room;
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	open_room(&room);
	for (int i = 1; i <= WRITTEN; i++)
		sg_strbuf_addf(&bytes, "show %d\n", i);
	sg_t_write_text(room.path, bytes.bytes);
	sg_history_load(room.path, &room.arena, &room.lines);
	cr_assert_eq(room.lines.n, SG_HISTORY_LINES);
	char *text = sg_t_read(room.path, NULL);
	char *first = sg_t_format("show %d\n", WRITTEN - SG_HISTORY_LINES + 1);
	cr_expect_eq(strncmp(text, first, strlen(first)), 0, "found %.20s", text);
	cr_expect(strstr(text, "show 2001\n"));
	free(first);
	free(text);
	sg_strbuf_release(&bytes);
	close_room(&room);
	SG_LEAKCHECK();
}

Test(prompt_history, lines_of_several_prompts_are_all_there_and_none_is_torn)
{
	enum { WRITERS = 4, LINES = 40 };
	struct room room;
	open_room(&room);
	sg_history_load(room.path, &room.arena, &room.lines);
	for (int w = 0; w < WRITERS; w++) {
		if (fork() == 0) {
			for (int i = 0; i < LINES; i++) {
				char line[32];
				(void)snprintf(line, sizeof(line), "show %d%03d", w + 1, i);
				sg_history_append(room.path, line);
			}
			_exit(0);
		}
	}
	while (wait(NULL) > 0) {
	}
	sg_history_load(room.path, &room.arena, &room.lines);
	cr_assert_eq(room.lines.n, WRITERS * LINES);
	for (size_t i = 0; i < room.lines.n; i++)
		cr_expect_eq(strlen(room.lines.v[i]), strlen("show 1000"));
	close_room(&room);
	SG_LEAKCHECK();
}

Test(prompt_history, a_place_that_cannot_be_used_is_no_error)
{
	struct room room;
	open_room(&room);
	char *file = sg_t_format("%s/a", room.folder);
	sg_t_write_text(file, "a file where a folder should be");
	sg_history_load(room.path, &room.arena, &room.lines);
	cr_expect_eq(room.lines.n, 0);
	sg_history_append(room.path, "status");
	cr_expect_not(sg_t_exists(room.path));
	cr_expect_not(sg_fs_poisoned(), "a history must not stop a run");
	free(file);
	close_room(&room);
	SG_LEAKCHECK();
}
