/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kill [-j WORKERS] [-s STRIDE] [-o SCENE] [-v] STEPGATE SOURCES
 *
 * Every STRIDE-th point of every scene (1: all), or of one. The points are shared out among
 * the workers by their number. One line sums up; each point that does not hold has a line
 * before it. Exit status: 0 all held, 1 one did not, 2 it could not be tried.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "kill.h"

#define WORKERS_MAX  16
#define SEEN_MAX     5 /* calls of a scene that are tried by SIGKILL, too */
#define SCENES_MAX   64

static struct {
	unsigned workers;
	unsigned stride;
	const char *only;
	bool verbose;
} options = {2, 1, NULL, false};

/* Of one worker; in memory that it shares with the first process. */
struct count {
	unsigned points;
	unsigned halves;
	unsigned killed; /* by SIGKILL, and the program started again */
	unsigned finished;
	unsigned problems[PROBLEM_COUNT];
	unsigned at_scene[SCENES_MAX];
};

/*
 * The calls of a scene at which it was killed by SIGKILL, and the program itself started again:
 * the first of some names, in a sample only one; the first leads the STEP to PASS. The workers
 * share it without a lock: at worst one more is killed.
 */
struct seen {
	char calls[SEEN_MAX][28];
	size_t n;
	bool finished; /* led on to PASS */
};

static struct {
	struct count counts[WORKERS_MAX];
	struct seen seen[SCENES_MAX];
} * shared;

static bool first_of_its_name(struct seen *seen, const struct traced *at)
{
	char name[28];
	(void)snprintf(name, sizeof(name), "%s%s", at->call, at->halved ? "/2" : "");
	for (size_t i = 0; i < seen->n; i++)
		if (strcmp(seen->calls[i], name) == 0)
			return false;
	const size_t n = seen->n;
	if (n >= SEEN_MAX || (n && options.stride > 1))
		return false;
	seen->n = n + 1;
	memcpy(seen->calls[n], name, sizeof(name));
	return true;
}

static void complain(struct count *count, const struct scene *sc, const struct traced *at,
	const struct note *note)
{
	static const char *const names[] = {"fine", "LOST", "FALSE PASS", "RERAN", "WRONG"};

	count->problems[note->problem]++;
	(void)printf("%s: %s, call %u (%s%s %s)%s: %s\n", names[note->problem], sc->name,
		at->calls, at->call, at->halved ? ", half" : "", at->path,
		at->killed ? ", killed" : "", note->text);
	(void)fflush(stdout);
}

/* --- the points of a scene --- */

struct visit {
	const struct scene *sc;
	struct expected e;
	struct count *count;
	struct seen *seen;
	const char *folder; /* where it is played */
	const char *before;
	unsigned worker;
	struct point kills[SEEN_MAX]; /* to be tried by SIGKILL, too */
	size_t n_kills;
};

static void judge_copy(struct visit *v, const struct term *t, const struct traced *at)
{
	char copy[64];
	struct note note = {FINE, ""};

	(void)snprintf(copy, sizeof(copy), "copy.%d", (int)getpid());
	folder_copy(v->folder, copy);
	v->count->points++;
	v->count->halves += at->halved;
	if (!judge_left(v->sc, &v->e, t, copy, &note) ||
		!judge_recovered(v->sc, &v->e, copy, &note) || !judge_settled(copy, &note))
		complain(v->count, v->sc, at, &note);
	folder_remove(copy);
	if (v->n_kills < SEEN_MAX && first_of_its_name(v->seen, at))
		v->kills[v->n_kills++] = (struct point){at->calls, at->halved};
}

static void visit(struct term *t, const struct traced *at)
{
	struct visit *v = t->ctx;
	const unsigned stride = options.stride * (v->sc->every ? v->sc->every : 1);
	/* a sample that does not always begin with the same call */
	const unsigned from = (unsigned)(v->sc - scenes) * 7 % stride;
	const unsigned n = at->calls - 1;

	if (n % stride == from && n / stride % options.workers == v->worker) {
		judge_copy(v, t, at);
		if (at->to_file) {
			struct traced half;
			term_hold(t, TRACER_HALF, &half);
			if (half.halved)
				judge_copy(v, t, &half);
		}
	}
	term_hold(t, TRACER_GO, NULL);
}

/* The same by SIGKILL; what it left is shown by the program, which then goes on. */
static void try_kill(const struct visit *v, const struct point *point)
{
	struct term t = {.visit = NULL};
	struct note note = {FINE, ""};
	const bool all = v->sc->finish && !v->seen->finished;

	v->seen->finished = v->seen->finished || all;
	folder_copy(v->before, v->folder);
	scene_play(v->sc, v->folder, point, &t);
	if (t.end.killed && (!point->half || t.end.halved)) {
		v->count->killed++;
		v->count->finished += all;
		if (!judge_left(v->sc, &v->e, &t, v->folder, &note) ||
			!judge_again(v->sc, &v->e, v->folder, &note) ||
			!judge_on(v->sc, v->folder, all, &note))
			complain(v->count, v->sc, &t.end, &note);
	}
	term_release(&t);
	folder_remove(v->folder);
}

static void try_scene(
	const struct scene *sc, unsigned worker, struct count *count, unsigned *ret_points)
{
	char before[80];
	char after[80];
	char folder[64];
	struct visit v = {.sc = sc,
		.count = count,
		.seen = &shared->seen[sc - scenes],
		.folder = folder,
		.before = before,
		.worker = worker};
	struct term t = {.visit = visit, .ctx = &v};
	const struct point all = {.at = 0};
	const unsigned points = count->points;

	(void)snprintf(before, sizeof(before), "before.%zu", (size_t)(sc - scenes));
	(void)snprintf(after, sizeof(after), "after.%zu", (size_t)(sc - scenes));
	(void)snprintf(folder, sizeof(folder), "work.%d", (int)getpid());
	expected_read(&v.e, sc, before, after);
	folder_copy(before, folder);
	scene_play(sc, folder, &all, &t);
	term_release(&t);
	folder_remove(folder);
	for (size_t i = 0; i < v.n_kills; i++)
		try_kill(&v, &v.kills[i]);
	trace_release(&v.e.before);
	trace_release(&v.e.after);
	sg_strbuf_release(&v.e.manifest);
	*ret_points = count->points - points;
}

/* Plays a scene to its end and keeps what it began in and what it left. */
static void play_whole(const struct scene *sc)
{
	char before[80];
	char after[80];
	struct term t = {.visit = NULL};
	struct expected e;
	struct note note = {FINE, ""};

	(void)snprintf(before, sizeof(before), "before.%zu", (size_t)(sc - scenes));
	(void)snprintf(after, sizeof(after), "after.%zu", (size_t)(sc - scenes));
	folder_copy(sc->from, before);
	if (sc->prepare)
		folder_run(before, sc->prepare);
	folder_copy(before, after);
	scene_play(sc, after, NULL, &t);
	const bool said = sc->ack ? strstr(t.screen.bytes, sc->ack) != NULL : true;
	for (size_t i = t.turns; i < TURNS_MAX; i++)
		if (sc->turns[i].wait || t.hung || !said)
			die("%s was not played: %s", sc->name, t.screen.bytes);
	expected_read(&e, sc, before, after);
	if (!sc->setup &&
		(!judge_left(sc, &e, &t, after, &note) || !judge_again(sc, &e, after, &note)))
		die("%s without a kill: %s", sc->name, note.text);
	if (sc->to)
		folder_copy(after, sc->to);
	trace_release(&e.before);
	trace_release(&e.after);
	sg_strbuf_release(&e.manifest);
	term_release(&t);
}

static bool is_tried(const struct scene *sc)
{
	return !sc->setup && (!options.only || strcmp(options.only, sc->name) == 0);
}

static void work(unsigned worker, struct count *count)
{
	for (size_t i = 0; i < n_scenes; i++)
		if (is_tried(&scenes[i]))
			try_scene(&scenes[i], worker, count, &count->at_scene[i]);
}

/* --- the whole --- */

/*
 * A kill takes nothing from the kernel's cache, so that a disk would only cost time: memory is
 * taken where there is enough of it and programs may be run from it.
 */
static const char *place(void)
{
	static const char memory[] = "/dev/shm";
	const char *tmp = getenv("TMPDIR");
	struct statvfs fs;
	if (statvfs(memory, &fs) == 0 && access(memory, W_OK) == 0 &&
		!(fs.f_flag & (ST_NOEXEC | ST_RDONLY)) &&
		(uint64_t)fs.f_bavail * fs.f_frsize > (uint64_t)256 << 20)
		return memory;
	return tmp && *tmp ? tmp : "/tmp";
}

static pid_t first_process;

static void clean(void)
{
	if (getpid() != first_process)
		return;
	folder_remove(".");
	(void)rmdir(kill_root);
}

/* Workers end with the first process, by SIGTERM: it alone tidies up. */
static void ended(int sig)
{
	if (getpid() != first_process)
		_exit(128 + sig);
	exit(128 + sig);
}

static void set_up(const char *program, const char *sources)
{
	char path[PATH_SIZE];

	(void)snprintf(kill_root, sizeof(kill_root), "%s/stepgate-kill.XXXXXX", place());
	kill_program = realpath(program, NULL);
	kill_source = realpath(sources, NULL);
	if (!kill_program || !kill_source || !mkdtemp(kill_root))
		die("cannot begin with %s and %s", program, sources);
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	if (atexit(clean) != 0)
		die("out of memory");
	(void)signal(SIGTERM, ended);
	(void)signal(SIGINT, ended);
	scene_roots();
	folder_path(path, "home", NULL);
	(void)setenv("HOME", path, 1);
	folder_path(path, "state", NULL);
	(void)setenv("XDG_STATE_HOME", path, 1);
	folder_path(path, "tmp", NULL);
	(void)setenv("TMPDIR", path, 1);
	(void)setenv("TERM", "xterm-256color", 1);
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)setenv("STEPGATE_UI", "plain", 1);
	(void)unsetenv("STEPGATE_MANIFEST");
	(void)unsetenv("NO_COLOR");
	(void)unsetenv("INPUTRC");
}

static unsigned sum_up(double seconds)
{
	const struct count *counts = shared->counts;
	struct count all = {.points = 0};
	unsigned tried = 0;
	for (unsigned w = 0; w < options.workers; w++) {
		all.points += counts[w].points;
		all.halves += counts[w].halves;
		all.killed += counts[w].killed;
		all.finished += counts[w].finished;
		for (size_t i = 0; i < PROBLEM_COUNT; i++)
			all.problems[i] += counts[w].problems[i];
		for (size_t i = 0; i < n_scenes; i++)
			all.at_scene[i] += counts[w].at_scene[i];
	}
	for (size_t i = 0; i < n_scenes; i++) {
		tried += is_tried(&scenes[i]);
		if (options.verbose && is_tried(&scenes[i]))
			(void)printf("%6u %s\n", all.at_scene[i], scenes[i].name);
	}
	(void)printf(
		"kill: %u points (%u in the middle of a write) of %u commands, %u of them by "
		"SIGKILL and the program started again, %u led on to PASS, %.1f s: "
		"%u lost, %u false PASS, %u rerun, %u otherwise wrong\n",
		all.points, all.halves, tried, all.killed, all.finished, seconds, all.problems[LOST],
		all.problems[FALSE_PASS], all.problems[RERAN], all.problems[OTHER]);
	if (all.points == 0 || all.halves == 0)
		(void)printf("kill: nothing was tried\n");
	return all.problems[LOST] + all.problems[FALSE_PASS] + all.problems[RERAN] +
	       all.problems[OTHER] + (all.points == 0 || all.halves == 0);
}

static void read_options(int argc, char **argv)
{
	for (int c; (c = getopt(argc, argv, "j:s:o:v")) != -1;) {
		if (c == 'j')
			options.workers = (unsigned)atoi(optarg);
		else if (c == 's')
			options.stride = (unsigned)atoi(optarg);
		else if (c == 'o')
			options.only = optarg;
		else
			options.verbose = true;
	}
	if (argc - optind != 2 || !options.workers || options.workers > WORKERS_MAX ||
		!options.stride)
		die("usage: kill [-j WORKERS] [-s STRIDE] [-o SCENE] [-v] STEPGATE SOURCES");
}

static bool run_workers(void)
{
	bool good = true;
	pid_t workers[WORKERS_MAX];

	for (unsigned w = 0; w < options.workers; w++) {
		(void)fflush(NULL);
		workers[w] = fork();
		if (workers[w] == 0) {
			/* its own orphans come to it; with us it ends */
			(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
			(void)prctl(PR_SET_PDEATHSIG, SIGTERM);
			work(w, &shared->counts[w]);
			exit(0);
		}
	}
	for (unsigned w = 0; w < options.workers; w++) {
		int status = -1;
		while (waitpid(workers[w], &status, 0) < 0 && errno == EINTR)
			;
		good = good && status == 0;
	}
	return good;
}

int main(int argc, char **argv)
{
	struct timespec start;
	struct timespec end;

	read_options(argc, argv);
	(void)clock_gettime(CLOCK_MONOTONIC, &start);
	first_process = getpid();
	set_up(argv[optind], argv[optind + 1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);
	if (shared == MAP_FAILED || n_scenes > SCENES_MAX)
		die("out of memory");
	for (size_t i = 0; i < n_scenes; i++)
		play_whole(&scenes[i]);
	const bool good = run_workers();
	(void)clock_gettime(CLOCK_MONOTONIC, &end);
	const double seconds = (double)(end.tv_sec - start.tv_sec) +
			       (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	const unsigned bad = sum_up(seconds);
	return !good ? 2 : bad ? 1 : 0;
}
