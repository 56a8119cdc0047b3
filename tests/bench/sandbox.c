/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the walls cost: one command behind them, against the same command without. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "bench/common/bench.h"
#include "exec/sandbox.h"
#include "exec/spawn.h"

#define PAIRS    300
#define LIMIT_NS 5e6

struct room {
	char *folder, *hidden, *docs, *scratch, *in, *out, *tmp, *home;
	struct sg_walls walls;
	struct sg_sandbox_path write;
	const char *hide;
	struct sg_sandbox sandbox;
};

static char *make_folder(const char *above, const char *name)
{
	char *path = bench_format("%s/%s", above, name);
	if (mkdir(path, 0755) != 0)
		bench_die("cannot make %s", path);
	return path;
}

static void enter(struct room *room)
{
	struct stat st;
	room->folder = bench_scratch();
	room->hidden = make_folder(room->folder, ".stepgate");
	room->docs = make_folder(room->folder, "docs");
	room->scratch = make_folder(room->folder, "scratch");
	room->in = make_folder(room->scratch, "in");
	room->out = make_folder(room->scratch, "out");
	room->tmp = make_folder(room->scratch, "tmp");
	room->home = make_folder(room->scratch, "home");
	room->hide = room->hidden;
	if (stat(room->docs, &st) != 0 || sg_sandbox_probe(&room->walls, NULL) < 0)
		bench_die("cannot look at %s", room->docs);
	room->write = (struct sg_sandbox_path){room->docs, st.st_dev, st.st_ino};
	room->sandbox = (struct sg_sandbox){.walls = &room->walls,
		.folder = room->folder,
		.repository = room->folder,
		.write = &room->write,
		.n_write = 1,
		.hidden = {&room->hide, 1},
		.scratch = room->scratch,
		.in = room->in,
		.out = room->out,
		.tmp = room->tmp,
		.home = room->home,
		.manifest = ""};
}

static void leave(struct room *room)
{
	bench_scratch_remove(room->folder);
	char *const all[] = {room->folder, room->hidden, room->docs, room->scratch, room->in,
		room->out, room->tmp, room->home};
	for (size_t i = 0; i < SG_ARRAY_SIZE(all); i++)
		free(all[i]);
}

static void run(
	const struct room *room, const struct sg_sandbox *sandbox, struct bench_cost *ret)
{
	static const char *const argv[] = {"/bin/true", NULL};
	static const char *const env[] = {"PATH=/usr/bin:/bin", NULL};
	const struct sg_spawn_request request = {.argv = argv,
		.folder = room->folder,
		.env = env,
		.out_fd = -1,
		.sandbox = sandbox};
	struct sg_err err = SG_ERR_INIT;
	int status = 0;
	pid_t pid;
	const struct bench_clock clock = bench_begin();
	if (sg_spawn(&request, &pid, &err) < 0)
		bench_die("%s", err.text);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	bench_end(&clock, ret);
	if (status != 0)
		bench_die("/bin/true ended with %#x", (unsigned)status);
}

static void plain(void *ctx, struct bench_cost *ret)
{
	run(ctx, NULL, ret);
}

static void boxed(void *ctx, struct bench_cost *ret)
{
	const struct room *room = ctx;
	run(room, &room->sandbox, ret);
}

int main(void)
{
	struct room room;
	char missing[SG_WALLS_TEXT_SIZE];
	enter(&room);
	const struct bench_side base = {plain, &room}, ours = {boxed, &room};
	const struct bench_ratio ratio = bench_pairs(PAIRS, &base, &ours);
	const char *without = sg_sandbox_missing(&room.walls, missing);
	char *text = bench_format("/bin/true behind the walls%s%s, %.2f against %.2f ms",
		*without ? " without " : "", without, ratio.ours_ns / 1e6, ratio.base_ns / 1e6);
	bench_value("sandbox", text, (ratio.ours_ns - ratio.base_ns) / LIMIT_NS,
		"5 ms more for a command", 1, false);
	free(text);
	leave(&room);
	return 0;
}
