/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two runs of a column, in step with the child. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile/judge_column.h"

#define SILENCE_MS 30000
#define MIB        ((long long)1 << 20)

static long now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void nap_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	(void)nanosleep(&t, NULL);
}

static void ack(const struct room *room, const char *name)
{
	(void)file_write(path_of("%s/acks/%s", room->repo, name), "", 0, 0644);
}

/* --- a server of terminals, of the operator --- */

static void tmux_command(const struct room *room, const char *what)
{
	const pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			(void)dup2(null, fd);
		(void)setenv("HOME", room->home, 1);
		(void)unsetenv("TMUX");
		(void)execlp("sh", "sh", "-c",
			path_of("exec tmux -S %s -f /dev/null %s", room->tmux, what), (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void tmux_start(struct room *room)
{
	(void)snprintf(room->tmux, sizeof(room->tmux), "%.400s/tmux.sock", room->home);
	tmux_command(room,
		path_of("new-session -d 'cat >%s/tmux.got'", room->home));
	for (int ms = 0; ms < 2000 && access(room->tmux, F_OK) != 0; ms += 10)
		nap_ms(10);
	nap_ms(100);
	if (access(room->tmux, F_OK) != 0)
		room->tmux[0] = '\0';
}

/* --- the tries, one after the other --- */

struct tail {
	int fd;
	char line[1024];
	size_t n;
};

/* The next whole line of the log; false while there is none. */
static bool next_line(struct tail *t, const char *path, char ret[1024])
{
	char byte;
	if (t->fd < 0)
		t->fd = open(path, O_RDONLY | O_CLOEXEC);
	while (t->fd >= 0 && read(t->fd, &byte, 1) == 1) {
		if (byte != '\n') {
			if (t->n + 1 < sizeof(t->line))
				t->line[t->n++] = byte;
			continue;
		}
		memcpy(ret, t->line, t->n);
		ret[t->n] = '\0';
		t->n = 0;
		return true;
	}
	return false;
}

/* The child says what it read: true only if it stands in a file of this try, or in this run. */
static void judge_leak(const struct scene *s, int id, const char *text)
{
	char secret[32];
	static const char kind[] = "HOL";
	if (strcmp(text, s->secret) == 0)
		found(s->c, id, "it knows a secret of the run");
	for (size_t i = 0; kind[i]; i++) {
		scene_secret(s, kind[i], id, secret);
		if (strcmp(text, secret) == 0)
			found(s->c, id, "it knows a secret of %s",
				kind[i] == 'H' ? "HOME" : kind[i] == 'O' ? "outside" : ".stepgate");
	}
}

static void judge_try(struct scene *s, struct run *run, int id)
{
	char name[16];
	if (id > 0) {
		s->c->tried[id] = true;
		kernel_judge(&s->room, s->c, id);
		listeners_judge(&s->room, s->c, id);
		victim_judge(&s->room, s->c, id);
		run_judge(run, s->c, id);
		/* a server of terminals takes a moment to type */
		if (*s->room.tmux && strstr(try_by_id(id)->what, "tmux"))
			nap_ms(200);
		world_judge(&s->room, s->c, id);
	} else {
		/* the log's brief, the evidence folder: all that begins with the phase is there */
		run_remember(run);
		world_remember(&s->room);
	}
	(void)snprintf(name, sizeof(name), "%d", id);
	ack(&s->room, name);
}

/* True when that was the last. */
static bool take_line(struct scene *s, struct run *run, const char *line, int *now)
{
	int id = 0;
	int at = 0;
	if (sscanf(line, "try %d done%n", &id, &at) == 1 && at > 0 && id == *now + 1) {
		static long before;
		(void)snprintf(s->c->said[id], sizeof(s->c->said[id]), "%.31s", line + at + 1);
		*now = id;
		judge_try(s, run, id);
		s->c->took_ms[id] = now_ms() - before;
		before = now_ms();
	} else if (sscanf(line, "leak %d %n", &id, &at) == 1 && at > 0) {
		/* only about itself: a try cannot succeed in another's name */
		if (id == *now + 1)
			judge_leak(s, id, line + at);
	} else if (sscanf(line, "type %d", &id) == 1 && id == *now + 1) {
		char keys[64];
		(void)snprintf(keys, sizeof(keys), "%s\r", s->secret);
		run_type(run, keys);
	} else if (strcmp(line, "all tried") == 0) {
		return true;
	}
	return false;
}

static bool follow_tries(struct scene *s, struct run *run)
{
	struct tail tail = {.fd = -1};
	char line[1024];
	char log_path[PATH_SIZE + 64];
	int now = -1;
	long heard = now_ms();
	(void)snprintf(log_path, sizeof(log_path), "%.480s/.stepgate/steps/0001/SPC.1/log.txt",
		s->room.repo);
	for (;;) {
		const bool alive = run_pump(run, 1);
		bool last = false;
		while (!last && next_line(&tail, log_path, line)) {
			heard = now_ms();
			last = take_line(s, run, line, &now);
		}
		if (last)
			break;
		if (process_state(run->pid) == 'T') {
			found(s->c, now + 1, "stepgate was stopped");
			(void)kill(run->pid, SIGCONT);
		}
		if (!alive || now_ms() - heard > SILENCE_MS) {
			(void)close(tail.fd);
			return trouble(s->c, "after try %d: %s (%c)", now,
				alive ? "silence" : "stepgate ended",
				process_state(run->pid));
		}
	}
	(void)close(tail.fd);
	return true;
}

/* What the record says of how well it was guarded. */
static void take_tier(struct scene *s)
{
	char *trace = file_read(path_of("%s/.stepgate/trace.jsonl", s->room.repo), NULL);
	const char *at = trace ? strstr(trace, "\"tier\":") : NULL;
	const char *walls = at ? strstr(at, "\"walls\":") : NULL;
	const char *tier = at ? strchr(at + 7, '"') : NULL;
	const char *missing = walls ? strchr(walls + 8, '"') : NULL;
	if (tier)
		(void)snprintf(s->c->tier, sizeof(s->c->tier), "%.*s%s%.*s",
			(int)strcspn(tier + 1, "\""), tier + 1,
			missing && missing[1] != '"' ? ", without " : "",
			missing ? (int)strcspn(missing + 1, "\"") : 0,
			missing ? missing + 1 : "");
	free(trace);
}

static bool run_tries(struct scene *s, struct run *run)
{
	char *argv[8];
	(void)scene_argv(s, argv);
	if (!run_start(run, &s->room, argv, s->secret))
		return trouble(s->c, "cannot start the program");
	s->room.stepgate = run->pid;
	(void)snprintf(s->room.pts, sizeof(s->room.pts), "%s", ptsname(run->master));
	(void)room_write(&s->room, path_of("%s/room", s->room.repo));
	if (!run_signal(run, "ROUTE") || !run_signal(run, "SPC")) {
		take_tier(s);
		return trouble(s->c, "no brief for SPC: %.300s",
			run->n_seen > 300 ? run->seen + run->n_seen - 300 : run->seen);
	}
	const bool ok = follow_tries(s, run);
	take_tier(s);
	return ok;
}

/* --- what shows behind the end --- */

static void judge_evidence(const struct scene *s, size_t i, const struct run *run)
{
	const int id = column_id_of_end(i);
	char large[PATH_SIZE];
	char secret[32];
	char folder[PATH_SIZE + 64];
	(void)snprintf(folder, sizeof(folder), "%.400s/.stepgate/steps/0001/ORC.1/ENG.E%02zu",
		s->room.repo, i + 1);
	s->c->tried[id] = access(path_of("%s/log.txt", folder), F_OK) == 0;
	for (const char *kind = "HL"; *kind; kind++) {
		scene_secret(s, *kind, id, secret);
		if (tree_holds(folder, secret))
			found(s->c, id, "a secret is in the evidence");
	}
	if (tree_holds(folder, s->secret))
		found(s->c, id, "a secret of the run is in the evidence");
	if (tree_holds(folder, "after the end"))
		found(s->c, id, "its log went on after the end");
	if (tree_has_larger(folder, strstr(end_tries.v[i].group, "flood") ? 5 * MIB : 33 * MIB,
		    large))
		found(s->c, id, "the evidence is over its cap");
	if (tree_has_larger(path_of("%s/OUT_%zu", folder, i + 1), -1, large))
		found(s->c, id, "a folder is an output");
	if (memmem(run->seen, run->n_seen, "\033]2;", 4) && strstr(end_tries.v[i].what, "escape"))
		found(s->c, id, "an escape sequence on the terminal");
}

static void judge_left(const struct scene *s)
{
	char name[16];
	for (size_t i = 0; i < end_tries.n; i++) {
		pid_t pid = 0;
		name_of(&s->room, "end", (int)i + 1, name);
		while (processes_named(name, &pid) > 0) {
			found(s->c, column_id_of_end(i), "a process is left");
			if (kill(pid, SIGKILL) < 0)
				break;
			nap_ms(2);
		}
	}
}

/* The number of the engine that writes the ledger when all is over. */
static int id_of(const char *what)
{
	for (size_t i = 0; i < end_tries.n; i++)
		if (strstr(end_tries.v[i].what, what))
			return column_id_of_end(i);
	return 0;
}

static void judge_ends(struct scene *s, struct run *run)
{
	char trace_path[PATH_SIZE + 32];
	(void)snprintf(trace_path, sizeof(trace_path), "%s/.stepgate/trace.jsonl", s->room.repo);
	char *trace = file_read(trace_path, NULL);
	ack(&s->room, "ended");
	for (int i = 0; i < 30; i++)
		(void)run_pump(run, 10);
	char *after = file_read(trace_path, NULL);
	if (!trace || !after || strcmp(trace, after) != 0)
		found(s->c, id_of("writes the trace"), "the trace was changed");
	free(trace);
	free(after);
	for (size_t i = 0; i < end_tries.n; i++)
		judge_evidence(s, i, run);
	judge_left(s);
	if (scene_command(s, "verify", NULL, NULL) > 1)
		found(s->c, id_of("rewrites the output"), "the run does not verify");
}

static bool run_ends(struct scene *s, struct run *run)
{
	char *argv[8];
	(void)scene_argv(s, argv);
	if (!run_start(run, &s->room, argv, s->secret))
		return trouble(s->c, "cannot start the program");
	if (!run_signal(run, "ROUTE") || !run_signal(run, "SPC") || !run_signal(run, "ORC"))
		return trouble(s->c, "no brief for ORC (%c): %.300s", process_state(run->pid),
			run->n_seen > 300 ? run->seen + run->n_seen - 300 : run->seen);
	const bool over = run_wait(run, "stepgate 0001> ", 100000);
	judge_ends(s, run);
	return over || trouble(s->c, "ORC came to no end");
}

/* --- all of it --- */

static void tries_and_ends(struct scene *s)
{
	static struct run run;
	char child[64];
	(void)snprintf(child, sizeof(child), "\"1\", \"%d\"", try_count());
	if (!scene_open_step(s, "repo", child))
		return;
	if (!victim_start(&s->room, path_of("%s/bin/hostile", s->box), s->secret) ||
		!listeners_start(&s->room)) {
		(void)trouble(s->c, "cannot start the victim and the listeners");
		return;
	}
	tmux_start(&s->room);
	bool ok = run_tries(s, &run);
	run_stop(&run);
	if (ok && scene_open_step(s, "repo2", "\"1\", \"0\"")) {
		(void)run_ends(s, &run);
		run_stop(&run);
	}
	listeners_stop(&s->room);
	victim_stop();
	if (*s->room.tmux)
		tmux_command(&s->room, "kill-server");
}

void column_run(struct column *c, const char *stepgate, const char *deny)
{
	static struct scene scene;
	scene.c = c;
	(void)umask(022);
	if (scene_make(&scene, stepgate, deny))
		tries_and_ends(&scene);
}
