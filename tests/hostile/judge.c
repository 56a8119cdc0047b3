/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * hostile [-v] [-c COLUMN]... STEPGATE DENY
 *
 * Runs the real program around the hostile child, a column of the table each: as an ordinary user
 * and, where this is root, as root; without a sandbox, in tier full, and on kernels that lack a wall.
 * Then the table. Exit status: 0 nothing succeeded in tier full and fifty or more did without a
 * sandbox; 1 not so; 2 it could not be tried; 77 tier full cannot be had here, and the rest held.
 */
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile/judge.h"
#include "hostile/judge_column.h"

#define CONTROL_LEAST 50
#define COLUMNS_MAX   8

static const struct column kinds[COLUMNS_MAX] = {
	{.name = "none", .sandbox = "none"},
	{.name = "no namespaces", .sandbox = "partial", .deny = "namespaces"},
	{.name = "no landlock", .sandbox = "partial", .deny = "landlock"},
	{.name = "no seccomp", .sandbox = "partial", .deny = "seccomp"},
	{.name = "full", .sandbox = "full"},
	{.name = "by bubblewrap", .sandbox = "full", .deny = "mounts"},
	{.name = "root none", .sandbox = "none", .as_root = true},
	{.name = "root full", .sandbox = "full", .as_root = true},
};

static struct column *columns;
static size_t n_columns;

void found(struct column *c, int id, const char *format, ...)
{
	va_list list;
	if (id < 0 || id >= TRIES_MAX || *c->reason[id])
		return;
	va_start(list, format);
	(void)vsnprintf(c->reason[id], REASON_MAX, format, list);
	va_end(list);
}

bool trouble(struct column *c, const char *format, ...)
{
	va_list list;
	if (!*c->trouble) {
		va_start(list, format);
		(void)vsnprintf(c->trouble, sizeof(c->trouble), format, list);
		va_end(list);
	}
	return false;
}

/* --- the table --- */

static int id_of_end(size_t i)
{
	return try_count() + 1 + (int)i;
}

static int ids(void)
{
	return try_count() + (int)end_tries.n;
}

static const struct try *any_try(int id)
{
	return id <= try_count() ? try_by_id(id) : &end_tries.v[id - try_count() - 1];
}

static int succeeded(const struct column *c)
{
	int n = 0;
	for (int id = 1; id <= ids(); id++)
		n += *c->reason[id] != '\0';
	return n;
}

static int tried(const struct column *c)
{
	int n = 0;
	for (int id = 1; id <= ids(); id++)
		n += c->tried[id];
	return n;
}

static void print_row(int id)
{
	const struct try *try = any_try(id);
	(void)printf("%3d  %-8s  %-50s", id, try->group, try->what);
	for (size_t i = 0; i < n_columns; i++)
		(void)printf("  %s",
			*columns[i].reason[id]	? "DONE"
			: columns[i].tried[id] ? "  - "
					       : "  ? ");
	for (size_t i = 0; n_columns == 1 && i < 1; i++)
		(void)printf("  %5ld ms  %s", columns[i].took_ms[id], columns[i].said[id]);
	(void)printf("\n");
}

static void print_table(bool all)
{
	(void)printf("columns: ");
	for (size_t i = 0; i < n_columns; i++)
		(void)printf("%s%s", i ? " | " : "", columns[i].name);
	(void)printf("\n");
	for (int id = 1; id <= ids(); id++)
		if (all)
			print_row(id);
	for (size_t i = 0; i < n_columns; i++) {
		const struct column *c = &columns[i];
		(void)printf("%-14s  SANDBOX: %-8s %3d tried, %3d succeeded   %s\n", c->name,
			c->sandbox, tried(c), succeeded(c), c->tier);
		const bool open = strcmp(c->sandbox, "none") == 0;
		for (int id = 1; id <= ids() && (!open || all); id++)
			if (*c->reason[id])
				(void)printf("    %3d %s: %s: %s\n", id, any_try(id)->group,
					any_try(id)->what, c->reason[id]);
		if (*c->trouble)
			(void)printf("    could not be tried to its end: %s\n", c->trouble);
	}
}

/* --- columns --- */

static pid_t run_in_process(struct column *c, const char *stepgate, const char *deny)
{
	(void)fflush(stdout);
	const pid_t pid = fork();
	if (pid == 0) {
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		(void)signal(SIGPIPE, SIG_IGN);
		(void)signal(SIGHUP, SIG_IGN);
		column_run(c, stepgate, deny);
		_exit(0);
	}
	return pid;
}

static void wait_for(struct column *c, pid_t pid)
{
	int status = 0;
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	/* as an ordinary user the column could not remove what root has put there */
	if (*c->box && !getenv("HOSTILE_KEEP"))
		tree_remove(c->box);
	if (pid < 0 || status != 0)
		(void)trouble(c, "the judge ended with %d", status);
}

/* They wait more than they work, and know nothing of each other: all at once. */
static void run_all(const char *stepgate, const char *deny)
{
	pid_t pids[COLUMNS_MAX];
	for (size_t i = 0; i < n_columns; i++)
		pids[i] = run_in_process(&columns[i], stepgate, deny);
	for (size_t i = 0; i < n_columns; i++)
		wait_for(&columns[i], pids[i]);
}

static int verdict(void)
{
	bool skip = false;
	bool bad = false;
	for (size_t i = 0; i < n_columns; i++) {
		const struct column *c = &columns[i];
		const bool full = strcmp(c->sandbox, "full") == 0;
		const bool none = strcmp(c->sandbox, "none") == 0;
		if (full && strncmp(c->tier, "partial", 7) == 0) {
			(void)printf("%s: tier full cannot be had here: %s\n", c->name, c->tier);
			skip = true;
		} else if (*c->trouble || tried(c) != ids()) {
			(void)printf("%s: not all was tried\n", c->name);
			bad = true;
		} else if (full && succeeded(c)) {
			(void)printf("%s: %d succeeded\n", c->name, succeeded(c));
			bad = true;
		} else if (none && succeeded(c) < CONTROL_LEAST) {
			(void)printf("%s: expected %d or more, found %d: the judge is blind\n",
				c->name, CONTROL_LEAST, succeeded(c));
			bad = true;
		}
	}
	return bad ? 1 : skip ? 77 : 0;
}

static bool is_among(const char *name, const char *const *names)
{
	for (size_t i = 0; names[i]; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int judge_main(int argc, char **argv)
{
	const char *only[COLUMNS_MAX + 1] = {NULL};
	size_t n_only = 0;
	bool all = false;
	int i = 1;
	for (; i < argc && argv[i][0] == '-'; i++) {
		if (strcmp(argv[i], "-v") == 0)
			all = true;
		else if (strcmp(argv[i], "-c") == 0 && i + 1 < argc && n_only < COLUMNS_MAX)
			only[n_only++] = argv[++i];
	}
	if (i + 2 != argc || ids() >= TRIES_MAX) {
		(void)fprintf(stderr, "usage: hostile [-v] [-c COLUMN]... STEPGATE DENY\n");
		return 2;
	}
	columns = mmap(NULL, sizeof(kinds), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		-1, 0);
	if (columns == MAP_FAILED)
		return 2;
	for (size_t k = 0; k < COLUMNS_MAX && kinds[k].sandbox; k++) {
		if ((kinds[k].as_root && geteuid() != 0) ||
			(n_only && !is_among(kinds[k].name, only)))
			continue;
		columns[n_columns++] = kinds[k];
	}
	run_all(argv[i], argv[i + 1]);
	print_table(all);
	const int code = verdict();
	(void)printf("hostile: %d tries, %s\n", ids(), code ? "NOT as it should be" : "ok");
	return code;
}

int column_id_of_end(size_t i)
{
	return id_of_end(i);
}
