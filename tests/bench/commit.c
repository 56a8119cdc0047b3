/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Goal 3: one durable change against the bare system calls of its protocol at the same sizes, in
 * this process and as a process from the shell; its syncs; engines recorded one by one against
 * bare trace lines.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/common/bench.h"
#include "bench/common/protocol.h"
#include "bench/common/run.h"

#define TRACE_PATH    "%s/.stepgate/trace.jsonl"
#define MANIFEST_PATH "%s/RUNTIME_MANIFEST.yaml"
/* As many as the goal says, or where the disk is slow what it can do in that time. */
#define ONE_BY_ONE_MAX  100000
#define ONE_BY_ONE_MIN  100
#define ONE_BY_ONE_NS   60e9
#define ONE_BY_ONE_RUNS 1

/* --- ours and the bare one, side by side --- */

struct pair {
	char *ours_folder;
	char *bare_folder;
	struct sg_session *session;
	struct protocol_change change;
	struct protocol_syncs syncs;
	char *line;
	char *manifest;
	size_t n;
};

/* The last line of the trace: what our changes append is as long. */
static char *last_line(const char *folder, size_t *ret_n_bytes)
{
	size_t n_bytes = 0;
	char *path = bench_format(TRACE_PATH, folder);
	char *trace = bench_read(path, &n_bytes);
	char *start = n_bytes > 1 ? memrchr(trace, '\n', n_bytes - 1) : NULL;
	char *line = bench_format("%s", start ? start + 1 : trace);

	*ret_n_bytes = strlen(line);
	free(trace);
	free(path);
	return line;
}

static int open_folder(const char *path)
{
	const int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		bench_die("cannot open '%s': %s", path, strerror(errno));
	return fd;
}

static struct pair make_pair(size_t engines, size_t outputs)
{
	struct pair p = {.ours_folder = bench_scratch(), .bare_folder = bench_scratch()};
	const struct bench_run what = {p.ours_folder, engines, outputs};
	char *path = bench_format(MANIFEST_PATH, p.ours_folder);

	bench_run_passed(&what, 1);
	p.session = bench_run_open(p.ours_folder);
	p.manifest = bench_read(path, &p.change.n_manifest);
	p.line = last_line(p.ours_folder, &p.change.n_line);
	p.change.manifest = p.manifest;
	p.change.line = p.line;
	p.change.folder = open_folder(p.bare_folder);
	free(path);
	return p;
}

static void drop_pair(struct pair *p)
{
	sg_session_close(p->session);
	close(p->change.folder);
	bench_scratch_remove(p->ours_folder);
	bench_scratch_remove(p->bare_folder);
	free(p->ours_folder);
	free(p->bare_folder);
	free(p->manifest);
	free(p->line);
}

static void commit_ours(void *ctx, struct bench_cost *ret)
{
	struct pair *p = ctx;
	const struct bench_clock clock = bench_begin();

	bench_commit_next(p->session, ++p->n);
	bench_end(&clock, ret);
}

static void commit_bare(void *ctx, struct bench_cost *ret)
{
	struct pair *p = ctx;
	const struct bench_clock clock = bench_begin();

	if (!protocol_commit(&p->change, &p->syncs))
		bench_die("the bare protocol failed: %s", strerror(errno));
	bench_end(&clock, ret);
}

static void one_change(size_t engines, size_t outputs, int pairs)
{
	struct pair p = make_pair(engines, outputs);
	char *what = bench_format(
		"a change, manifest of %s KiB", bench_number((int64_t)p.change.n_manifest >> 10));

	bench_count_syncs();
	const struct bench_ratio ratio = bench_pairs(pairs,
		&(struct bench_side){commit_bare, &p}, &(struct bench_side){commit_ours, &p});
	const double syncs = (double)bench_count_syncs();
	bench_line("goal 3", what, &ratio, "the bare system calls", 1.1);
	char *text = bench_format("its syncs: %.3g a change", syncs / (double)(pairs + 1));
	bench_value("goal 3", text, syncs / (double)p.syncs.n, "those of the bare protocol", 1,
		true);
	free(text);
	free(what);
	drop_pair(&p);
}

/* --- engines, one by one --- */

struct one_by_one {
	size_t engines;
	struct protocol_change change;
};

static void record_ours(void *ctx, struct bench_cost *ret)
{
	const struct one_by_one *what = ctx;
	struct sg_arena arena = SG_ARENA_INIT;
	char *folder = bench_scratch();
	const struct bench_run run = {folder, what->engines, 1};
	struct sg_session *s = bench_run_to_orc(&run, &arena);
	struct sg_err err = SG_ERR_INIT;
	const struct bench_clock clock = bench_begin();

	for (size_t i = 0; i < what->engines; i++)
		bench_commit_engine(s, &arena, i, 1);
	if (sg_session_flush(s, &err) != SG_OK)
		bench_die("%s", err.text);
	bench_end(&clock, ret);
	sg_session_close(s);
	sg_arena_release(&arena);
	bench_scratch_remove(folder);
	free(folder);
}

static void record_bare(void *ctx, struct bench_cost *ret)
{
	const struct one_by_one *what = ctx;
	struct protocol_syncs syncs = {0};
	const struct bench_clock clock = bench_begin();

	for (size_t i = 0; i < what->engines; i++)
		if (!protocol_append(&what->change, &syncs))
			bench_die("the bare append failed: %s", strerror(errno));
	bench_end(&clock, ret);
}

/* As many as fit into the time with the disk as fast as it is now. */
static void choose_count(struct one_by_one *what)
{
	struct bench_cost cost = {0};

	what->engines = ONE_BY_ONE_MIN;
	record_bare(what, &cost);
	record_bare(what, &cost);
	/* three times a bare line, as the goal has it */
	const double change_ns = 3 * cost.ns / ONE_BY_ONE_MIN;
	const double n = ONE_BY_ONE_NS / ONE_BY_ONE_RUNS / change_ns;
	what->engines = n > ONE_BY_ONE_MAX   ? ONE_BY_ONE_MAX
			: n < ONE_BY_ONE_MIN ? ONE_BY_ONE_MIN
					     : (size_t)n;
}

static void one_by_one(void)
{
	struct sg_arena arena = SG_ARENA_INIT;
	char *model = bench_scratch();
	char *folder = bench_scratch();
	const struct bench_run one = {model, 1, 1};
	struct sg_session *s = bench_run_to_orc(&one, &arena);
	struct one_by_one what = {.change = {.folder = open_folder(folder)}};

	bench_commit_engine(s, &arena, 0, 1);
	char *line = last_line(model, &what.change.n_line);
	what.change.line = line;
	choose_count(&what);
	char *text = bench_format("%s engines one by one", bench_number((int64_t)what.engines));
	const struct bench_ratio ratio = bench_pairs(ONE_BY_ONE_RUNS,
		&(struct bench_side){record_bare, &what},
		&(struct bench_side){record_ours, &what});
	bench_line("goal 3", text, &ratio, "the bare trace lines", 3);
	if (what.engines < ONE_BY_ONE_MAX)
		bench_say("", "", "(of 100,000 as many as this disk syncs in the time)");
	free(text);
	free(line);
	close(what.change.folder);
	sg_session_close(s);
	sg_arena_release(&arena);
	bench_scratch_remove(model);
	bench_scratch_remove(folder);
	free(model);
	free(folder);
}

/* --- as a process --- */

struct shell {
	struct pair pair;
	char *path;
	char *next_files[2];
	size_t n;
};

static struct shell make_shell(void)
{
	struct shell s = {.pair = make_pair(10, 1)};
	char *trace = bench_format("%s/trace.jsonl", s.pair.bare_folder);
	char *manifest = bench_format("%s/manifest.yaml", s.pair.bare_folder);
	char *ours = bench_format(TRACE_PATH, s.pair.ours_folder);
	size_t n_bytes = 0;
	char *bytes = bench_read(ours, &n_bytes);

	/* both begin with the same files */
	bench_write(trace, bytes, n_bytes);
	bench_write(manifest, s.pair.manifest, s.pair.change.n_manifest);
	s.path = bench_format(MANIFEST_PATH, s.pair.ours_folder);
	for (size_t i = 0; i < 2; i++) {
		s.next_files[i] = bench_format("%s/%zu.md", s.pair.ours_folder, i);
		bench_write(s.next_files[i], "# next\n", 7);
	}
	free(bytes);
	free(ours);
	free(trace);
	free(manifest);
	return s;
}

static void run_next(void *ctx, struct bench_cost *ret)
{
	struct shell *s = ctx;
	const char *const argv[] = {bench_stepgate(), "-m", s->path, "next",
		s->next_files[++s->n % 2], "the next one", NULL};
	struct bench_process process = {argv, 0};

	bench_process_run(&process, ret);
}

/* sqlite3 doing the same: a row for the event, the state in place, one durable transaction. */
static struct bench_ratio against_sqlite(struct shell *s, int pairs)
{
	char *db = bench_format("%s/run.db", s->pair.bare_folder);
	char *text = bench_format("PRAGMA synchronous=FULL; BEGIN; INSERT INTO trace VALUES('%.*s');"
				  " UPDATE manifest SET body = '%.*s'; COMMIT;",
		(int)s->pair.change.n_line, s->pair.line, (int)s->pair.change.n_manifest,
		s->pair.manifest);
	const char *const make[] = {"sqlite3", db,
		"PRAGMA journal_mode=WAL; CREATE TABLE trace(line); CREATE TABLE manifest(body);"
		" INSERT INTO manifest VALUES('');",
		NULL};
	const char *const change[] = {"sqlite3", db, text, NULL};
	struct bench_process made = {make, 0};
	struct bench_process base = {change, 0};
	struct bench_cost cost;

	bench_process_run(&made, &cost);
	const struct bench_ratio ratio =
		bench_pairs(pairs, &(struct bench_side){bench_process_run, &base},
			&(struct bench_side){run_next, s});
	free(db);
	free(text);
	return ratio;
}

static void as_a_process(void)
{
	static const char what[] = "a change as a process, 10 engines";
	struct shell s = make_shell();
	char *program = bench_baseline("commit");
	const char *const argv[] = {program, s.pair.bare_folder, NULL};
	struct bench_process base = {argv, 0};

	struct bench_ratio ratio = bench_pairs(40,
		&(struct bench_side){bench_process_run, &base},
		&(struct bench_side){run_next, &s});
	bench_line("goal 3", what, &ratio, "a bare C program", 1.5);
	if (bench_has("sqlite3")) {
		ratio = against_sqlite(&s, 40);
		bench_line("goal 3", what, &ratio, "sqlite3", 0.7);
	} else {
		bench_say("goal 3", what, "sqlite3 is not installed");
	}
	free(program);
	free(s.path);
	free(s.next_files[0]);
	free(s.next_files[1]);
	drop_pair(&s.pair);
}

int main(void)
{
	one_change(10, 1, 200);
	one_change(1000, 1, 50);
	/* as long as that of 100,000 engines, and made in 100 events */
	one_change(100, 1000, 5);
	one_by_one();
	as_a_process();
	return 0;
}
