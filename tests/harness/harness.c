/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Folders, files and the leak check for tests; see harness.h. */
#include "harness/harness.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define UNDER_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define UNDER_ASAN 1
#endif
#endif

#ifdef UNDER_ASAN
#include <sanitizer/lsan_interface.h>
#endif

static _Noreturn void give_up(const char *what, const char *path)
{
	fprintf(stderr, "harness: cannot %s %s: %s\n", what, path, strerror(errno));
	abort();
}

static void on_alarm(int signo)
{
	static const char text[] = "harness: the test took too long\n";
	if (write(STDERR_FILENO, text, sizeof text - 1) < 0)
		_exit(1);
	/* SA_RESETHAND has put the default back, so this ends the process by the signal. */
	raise(signo);
}

/*
 * Criterion runs each test in a process of its own, which it starts anew from the test binary and
 * marks by an environment variable that ends in its pid. Only there the clock is set, not in the
 * process that waits for all of them.
 */
__attribute__((constructor)) static void limit_time(void)
{
	const char *mark = getenv("BXFI_MAP");
	const char *digits = mark ? strrchr(mark, '_') : NULL;
	if (!digits || strtol(digits + 1, NULL, 10) != getpid())
		return;
	const char *wanted = getenv("SG_T_TIMEOUT_S");
	long limit_s = wanted ? strtol(wanted, NULL, 10) : SG_T_TIMEOUT_S;
	if (limit_s <= 0 || limit_s > 100000)
		limit_s = SG_T_TIMEOUT_S;
	struct sigaction action = {
		.sa_handler = on_alarm, .sa_flags = (int)SA_RESETHAND | SA_NODEFER};
	if (sigaction(SIGALRM, &action, NULL) < 0)
		give_up("catch", "SIGALRM");
	alarm((unsigned)limit_s);
}

bool sg_t_is_asan(void)
{
#ifdef UNDER_ASAN
	return true;
#else
	return false;
#endif
}

bool sg_t_leaked(void)
{
#ifdef UNDER_ASAN
	return __lsan_do_recoverable_leak_check() != 0;
#else
	return false;
#endif
}

char *sg_t_format(const char *format, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, format);
	int length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		give_up("format", format);
	return text;
}

char *sg_t_tmpdir(void)
{
	const char *base = getenv("TMPDIR");
	char *path = sg_t_format("%s/stepgate-test-XXXXXX", base && *base ? base : "/tmp");
	if (!mkdtemp(path))
		give_up("make the folder", path);
	char *real = realpath(path, NULL);
	if (!real)
		give_up("resolve", path);
	free(path);
	return real;
}

/* A read-only folder keeps its entries from being removed, so it is opened up on the way down. */
static int open_up(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)ftw;
	if (type == FTW_D || type == FTW_DNR)
		(void)chmod(path, 0700);
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	if (remove(path) < 0 && errno != ENOENT)
		give_up("remove", path);
	return 0;
}

void sg_t_rmtree(const char *path)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		return;
	if (S_ISDIR(st.st_mode) && geteuid() != 0)
		nftw(path, open_up, 16, FTW_PHYS);
	nftw(path, remove_one, 16, FTW_PHYS | FTW_DEPTH);
}

static void make_parents(const char *path)
{
	char *copy = sg_t_format("%s", path);
	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(copy, 0777) < 0 && errno != EEXIST)
			give_up("make the folder", copy);
		*slash = '/';
	}
	free(copy);
}

void sg_t_write(const char *path, const void *data, size_t size_bytes)
{
	make_parents(path);
	FILE *file = fopen(path, "we");
	if (!file)
		give_up("open for writing", path);
	if (size_bytes && fwrite(data, 1, size_bytes, file) != size_bytes)
		give_up("write", path);
	if (fclose(file) != 0)
		give_up("close", path);
}

void sg_t_write_text(const char *path, const char *text)
{
	sg_t_write(path, text, strlen(text));
}

char *sg_t_read(const char *path, size_t *ret_size)
{
	FILE *file = fopen(path, "re");
	if (!file && errno == ENOENT)
		return NULL;
	if (!file)
		give_up("open", path);
	char *data = NULL;
	size_t size = 0, room = 0;
	for (;;) {
		if (room - size < 4096) {
			room = room ? 2 * room : 8192;
			data = realloc(data, room);
			if (!data)
				give_up("hold", path);
		}
		size_t count = fread(data + size, 1, room - size - 1, file);
		if (count == 0)
			break;
		size += count;
	}
	if (ferror(file))
		give_up("read", path);
	fclose(file);
	data[size] = '\0';
	if (ret_size)
		*ret_size = size;
	return data;
}

bool sg_t_exists(const char *path)
{
	struct stat st;
	return lstat(path, &st) == 0;
}

#ifdef SG_T_COVER
void __gcov_dump(void);
#endif

void sg_t_exit(int status)
{
#ifdef SG_T_COVER
	__gcov_dump();
#endif
	_exit(status);
}
