/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Tries that begin when the command has ended: outputs that are not what they seem, processes left
 * behind, floods. Each is the command of an engine; all promise an output OUT_<number>.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "hostile/hostile.h"

#define DAEMON_LIFE_MS 20000

/* What this engine promised: OUT_<number>, as a file, and as a folder. */
static char output[32];
static char folder[32];
static char inside[64];

static const char *out_file(const char *name)
{
	const char *out = getenv("STEPGATE_OUT");
	return path_of("%s/%s", out ? out : ".", name);
}

static void nap_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	(void)nanosleep(&t, NULL);
}

static bool give_out(void)
{
	return scribble(out_file(output), O_CREAT) == 0;
}

/* --- what is left behind --- */

/* True in a process that no parent waits for, in a session of its own, deaf to what asks it to end. */
static bool left_behind(void)
{
	if (fork() != 0)
		return false;
	(void)setsid();
	if (fork() != 0)
		_exit(0);
	for (int sig = 1; sig < 32; sig++)
		(void)signal(sig, SIG_IGN);
	return true;
}

static bool ended(const struct room *r)
{
	return access(path_of("%s/acks/ended", r->repo), F_OK) == 0;
}

static int stay(const struct room *r, int id)
{
	(void)r;
	(void)id;
	if (left_behind()) {
		nap_ms(DAEMON_LIFE_MS);
		_exit(0);
	}
	return give_out() ? 0 : errno;
}

static int stay_and_write_trace(const struct room *r, int id)
{
	(void)id;
	if (left_behind()) {
		for (int ms = 0; ms < DAEMON_LIFE_MS && !ended(r); ms += 5)
			nap_ms(5);
		(void)scribble(path_of("%s/.stepgate/trace.jsonl", r->repo), O_APPEND);
		nap_ms(DAEMON_LIFE_MS);
		_exit(0);
	}
	return give_out() ? 0 : errno;
}

static int stay_and_rewrite(const struct room *r, int id)
{
	const char *path = strdup(out_file(output));
	(void)r;
	(void)id;
	if (!give_out() || !path)
		return errno;
	if (left_behind()) {
		int fd = open(path, O_WRONLY);
		for (int i = 0; i < DAEMON_LIFE_MS; i++) {
			if (pwrite(fd, "HOSTILE\n", 8, 0) == 8)
				nap_ms(1);
		}
		_exit(0);
	}
	nap_ms(5);
	return 0;
}

static int stay_and_log(const struct room *r, int id)
{
	(void)id;
	if (left_behind()) {
		for (int ms = 0; ms < DAEMON_LIFE_MS && !ended(r); ms += 5)
			nap_ms(5);
		const int rc = result(write(STDOUT_FILENO, "after the end\n", 14));
		nap_ms(DAEMON_LIFE_MS);
		_exit(rc);
	}
	return give_out() ? 0 : errno;
}

static int stay_stopped(const struct room *r, int id)
{
	(void)r;
	(void)id;
	if (left_behind()) {
		(void)raise(SIGSTOP);
		nap_ms(DAEMON_LIFE_MS);
		_exit(0);
	}
	nap_ms(5);
	return give_out() ? 0 : errno;
}

/* Always a process that was not there when the list was made. */
static int stay_by_forking(const struct room *r, int id)
{
	(void)r;
	(void)id;
	if (left_behind()) {
		for (int i = 0; i < 3000; i++) {
			const pid_t pid = fork();
			if (pid > 0)
				_exit(0);
			if (pid < 0)
				nap_ms(1);
		}
		nap_ms(DAEMON_LIFE_MS);
		_exit(0);
	}
	return give_out() ? 0 : errno;
}

/* --- outputs that are not what they seem --- */

static int out_is_link(const struct room *r, int id)
{
	return result(symlink(path_of("%s/secret.%d", r->home, id), out_file(output)));
}

static int out_is_hard_link(const struct room *r, int id)
{
	return result(link(path_of("%s/secret.%d", r->home, id), out_file(output)));
}

static int out_is_link_to_ledger(const struct room *r, int id)
{
	return result(
		symlink(path_of("%s/.stepgate/secret.%d", r->repo, id), out_file(output)));
}

static int out_is_environ(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(symlink("/proc/self/environ", out_file(output)));
}

static int out_is_zero(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(symlink("/dev/zero", out_file(output)));
}

static int out_is_fifo(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(mkfifo(out_file(output), 0644));
}

static int out_is_folder(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(mkdir(out_file(folder), 0755)) | scribble(out_file(inside), O_CREAT);
}

static int out_folder_is_link(const struct room *r, int id)
{
	const char *out = getenv("STEPGATE_OUT");
	(void)id;
	if (!out || rename(out, path_of("%s.gone", out)) < 0)
		return errno;
	return result(symlink(path_of("%s/loot", r->home), out));
}

static int out_is_swapped(const struct room *r, int id)
{
	const char *path = strdup(out_file(output));
	const char *link_path = strdup(out_file("a.link"));
	const char *file_path = strdup(out_file("a.file"));
	const char *target = strdup(path_of("%s/secret.%d", r->home, id));
	if (!path || !link_path || !file_path || !target || !give_out())
		return errno;
	if (left_behind()) {
		for (int i = 0; i < 200000; i++) {
			if (symlink(target, link_path) == 0)
				(void)rename(link_path, path);
			(void)scribble(file_path, O_CREAT);
			(void)rename(file_path, path);
		}
		_exit(0);
	}
	nap_ms(5);
	return 0;
}

static int out_is_huge(const struct room *r, int id)
{
	(void)r;
	(void)id;
	int fd = open(out_file(output), O_CREAT | O_WRONLY, 0644);
	(void)signal(SIGXFSZ, SIG_IGN);
	if (fd < 0 || write(fd, "x", 1) < 0)
		return errno;
	return result(ftruncate(fd, (off_t)3 << 30));
}

static int out_lies_about_its_name(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return (give_out() ? 0 : errno) |
	       scribble(out_file("\033]2;hostile\007.txt"), O_CREAT);
}

/* --- floods --- */

static int flood_log(const struct room *r, int id)
{
	static char bytes[65536];
	(void)r;
	(void)id;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t i = 63; i < sizeof(bytes); i += 64)
		bytes[i] = '\n';
	if (!give_out())
		return errno;
	for (int i = 0; i < 16 * 12; i++)
		if (write(STDOUT_FILENO, bytes, sizeof(bytes)) < 0)
			return errno;
	return 0;
}

static int escape_in_log(const struct room *r, int id)
{
	static const char text[] = "\033]2;hostile\007\033[21t\033P$qm\033\\\302\233" "6n\r\n";
	(void)r;
	(void)id;
	const int rc = result(write(STDOUT_FILENO, text, sizeof(text) - 1));
	return give_out() ? rc : errno;
}

static const struct try table[] = {
	{"left", "a daemon that stays", stay},
	{"left", "a daemon that writes the trace after the end", stay_and_write_trace},
	{"left", "a daemon that rewrites the output", stay_and_rewrite},
	{"left", "a daemon that writes into the log after the end", stay_and_log},
	{"left", "a daemon that has stopped itself", stay_stopped},
	{"left", "a daemon that is always another process", stay_by_forking},
	{"output", "a link to a secret", out_is_link},
	{"output", "a hard link to a secret", out_is_hard_link},
	{"output", "a link into .stepgate", out_is_link_to_ledger},
	{"output", "a link to /proc/self/environ", out_is_environ},
	{"output", "a link to /dev/zero", out_is_zero},
	{"output", "a fifo", out_is_fifo},
	{"output", "a folder", out_is_folder},
	{"output", "its folder is a link", out_folder_is_link},
	{"output", "swapped while it is copied", out_is_swapped},
	{"output", "three GiB", out_is_huge},
	{"output", "a name with an escape sequence", out_lies_about_its_name},
	{"flood", "the log over its cap", flood_log},
	{"flood", "escape sequences in the log", escape_in_log},
};

const struct tries end_tries = {table, sizeof(table) / sizeof(table[0])};

int end_main(const char *room_path, int number)
{
	struct room room;
	char name[16];
	if (!room_read(&room, room_path) || number < 1 || (size_t)number > end_tries.n)
		return 2;
	name_of(&room, "end", number, name);
	(void)snprintf(folder, sizeof(folder), "OUT_%d", number);
	(void)snprintf(output, sizeof(output), "OUT_%d.txt", number);
	(void)snprintf(inside, sizeof(inside), "%s/%s", folder, output);
	(void)prctl(PR_SET_NAME, name);
	/* numbered behind the others: each has a secret of its own */
	const int id = try_count() + number;
	const int rc = table[number - 1].run(&room, id);
	(void)printf("end %d %s\n", number, rc ? strerrorname_np(rc) : "it seemed to work");
	return 0;
}
