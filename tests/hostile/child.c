/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The hostile child: every try in a process of its own, in step with the judge. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile/hostile.h"

#define ACK_WAIT_MS 20000
#define TRY_WAIT_MS 4000

/* --- what both sides use --- */

static const struct tries *const all[] = {&file_tries, &proc_tries, &net_tries, &kernel_tries};

int try_count(void)
{
	size_t n = 0;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		n += all[i]->n;
	return (int)n;
}

const struct try *try_by_id(int id)
{
	size_t left = (size_t)(id - 1);
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (left < all[i]->n)
			return &all[i]->v[left];
		left -= all[i]->n;
	}
	return NULL;
}

void name_of(const struct room *room, const char *kind, int number, char ret[16])
{
	/* the last letters tell this run's processes from those of another at the same time */
	const char *mark = strrchr(room->tag, '-');
	if (kind)
		(void)snprintf(ret, 16, "%s-%03d-%.6s", kind, number % 1000, mark ? mark + 1 : "");
	else
		(void)snprintf(ret, 16, "hostile-%.6s", mark ? mark + 1 : "");
}

bool room_write(const struct room *room, const char *path)
{
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
#define X(name) (void)fprintf(file, #name " %s\n", room->name);
	ROOM_TEXTS(X)
#undef X
#define X(name) (void)fprintf(file, #name " %ld\n", room->name);
	ROOM_NUMBERS(X)
#undef X
	return fclose(file) == 0;
}

bool room_read(struct room *room, const char *path)
{
	char line[PATH_SIZE + 32];
	FILE *file = fopen(path, "re");
	if (!file)
		return false;
	memset(room, 0, sizeof(*room));
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		char *value = strchr(line, ' ');
		if (!value)
			continue;
		*value++ = '\0';
#define X(name)                            \
	if (strcmp(line, #name) == 0)      \
		(void)snprintf(room->name, sizeof(room->name), "%s", value);
		ROOM_TEXTS(X)
#undef X
#define X(name)                            \
	if (strcmp(line, #name) == 0)      \
		room->name = strtol(value, NULL, 10);
		ROOM_NUMBERS(X)
#undef X
	}
	(void)fclose(file);
	return true;
}

const char *path_of(const char *format, ...)
{
	static char buffers[8][PATH_SIZE * 2];
	static unsigned next;
	char *at = buffers[next++ % 8];
	va_list list;
	va_start(list, format);
	(void)vsnprintf(at, sizeof(buffers[0]), format, list);
	va_end(list);
	return at;
}

int result(long value)
{
	return value < 0 ? errno : 0;
}

int scribble(const char *path, int flags)
{
	static const char text[] = "hostile\n";
	int fd = open(path, O_WRONLY | O_CLOEXEC | flags, 0644);
	if (fd < 0)
		return errno;
	const int rc = result(write(fd, text, sizeof(text) - 1));
	(void)close(fd);
	return rc;
}

int leak_fd(int fd, int id)
{
	char text[256];
	ssize_t n = read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return n < 0 ? errno : ENODATA;
	text[n] = '\0';
	(void)printf("leak %d %.*s\n", id, (int)strcspn(text, "\n"), text);
	return 0;
}

int leak(const char *path, int id)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return errno;
	const int rc = leak_fd(fd, id);
	(void)close(fd);
	return rc;
}

/* --- one after the other --- */

static void nap_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	(void)nanosleep(&t, NULL);
}

/* By a descriptor: a try may have changed what its paths mean. */
static int acks_fd = -1;

static void wait_for_ack(int id)
{
	char name[16];
	(void)snprintf(name, sizeof(name), "%d", id);
	for (int ms = 0; ms < ACK_WAIT_MS && faccessat(acks_fd, name, F_OK, 0) != 0; ms++)
		nap_ms(1);
}

static _Noreturn void in_own_process(const char *room_path, const struct try *try, int id)
{
	char name[16];
	struct room now;
	const struct room *room = &now;
	/* read each time: what a try has broken outside is replaced by another */
	if (!room_read(&now, room_path))
		_exit(3);
	name_of(room, "try", id, name);
	(void)prctl(PR_SET_NAME, name);
	(void)signal(SIGALRM, SIG_DFL);
	(void)signal(SIGTTOU, SIG_IGN);
	(void)signal(SIGXFSZ, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)alarm(TRY_WAIT_MS / 1000);
	const int rc = try->run(room, id);
	(void)printf("try %d done %s\n", id, rc ? strerrorname_np(rc) : "it seemed to work");
	(void)fflush(stdout);
	(void)alarm(0);
	wait_for_ack(id);
	_exit(0);
}

static void one_try(const char *room_path, int id)
{
	int status = 0;
	(void)fflush(stdout);
	const pid_t pid = fork();
	const struct try *try = try_by_id(id);
	if (pid == 0 && try)
		in_own_process(room_path, try, id);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return;
	(void)printf("try %d done ended by %d\n", id,
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	(void)fflush(stdout);
	wait_for_ack(id);
}

static void give(const char *name, const char *text)
{
	const char *out = getenv("STEPGATE_OUT");
	FILE *file = fopen(path_of("%s/%s", out ? out : ".", name), "we");
	if (!file)
		return;
	(void)fputs(text, file);
	(void)fclose(file);
}

/* The engines that the plan asks for: one for each end_tries. */
static void give_outputs(void)
{
	char plan[4096] = "ENGINE_PLAN_TOKEN:\n  required_eng_keys:\n";
	size_t n = strlen(plan);
	for (size_t i = 1; i <= end_tries.n; i++)
		n += (size_t)snprintf(plan + n, sizeof(plan) - n, "    - \"KEY:ENG.E%02zu\"\n", i);
	give("BRIEF_TOKEN.txt", "brief\n");
	give("ENGINE_PLAN_TOKEN.yaml", plan);
}

int child_main(const char *room_path, int from, int to)
{
	struct room room;
	if (!room_read(&room, room_path)) {
		(void)printf("cannot read the room %s: %s\n", room_path, strerror(errno));
		return 1;
	}
	char name[16];
	name_of(&room, NULL, 0, name);
	(void)prctl(PR_SET_NAME, name);
	/* before all of them: outputs that stand even if the rest goes wrong */
	give_outputs();
	acks_fd = open(path_of("%s/acks", room.repo), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (from <= to) {
		/* the judge looks at the world as it is before the first */
		(void)printf("try 0 done ready\n");
		(void)fflush(stdout);
		wait_for_ack(0);
	}
	for (int id = from; id <= to && try_by_id(id); id++)
		one_try(room_path, id);
	(void)printf("all tried\n");
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 5 && strcmp(argv[1], "--child") == 0)
		return child_main(argv[2], atoi(argv[3]), atoi(argv[4]));
	if (argc == 3 && strcmp(argv[1], "--victim") == 0)
		return victim_main(argv[2]);
	if (argc == 4 && strcmp(argv[1], "--end") == 0)
		return end_main(argv[2], atoi(argv[3]));
	return judge_main(argc, argv);
}
