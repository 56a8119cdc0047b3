/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * bombs [-t MS] [-v] STEPGATE
 *
 * Hostile YAML of up to 1 MiB, each of its own kind, given to each reader: manifest, plan and
 * profile through the program; a route, which the program only reads behind the operator's
 * signal, through its reader, in a process that does nothing else.
 *
 * Each has to be answered in words: a refusal that names the file, or, for a manifest that may
 * be read, the verdict FAIL; in under MS milliseconds (20) of a processor, the least of some
 * runs, and in under 32 MiB more than a short file takes. Exit status: 0 all were, 1 one was
 * not, 2 it could not be tried.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "format/inputs.h"

#define BOMB_BYTES  ((size_t)1 << 20)
#define EXTRA_BYTES ((int64_t)32 << 20)
#define MIB         ((double)(1 << 20))
#define RUNS        5
#define RUNS_MAX    40 /* where another process was in the way */
#define SAID_SIZE   2048

/* --- the bombs --- */

/*
 * head, then unit as often as it fits, then tail. In each, @ is the reader's root key, $ the
 * number of the unit, ~ a NUL byte.
 */
struct bomb {
	const char *name;
	const char *head;
	const char *unit;
	const char *tail;
	enum { PLAIN, DEEPER, UTF_16_LE, UTF_16_BE } how;
};

static const struct bomb bombs[] = {
	{"nested flow sequences", "@: ", "[", "", PLAIN},
	{"nested flow maps", "@: ", "{a: ", "", PLAIN},
	{"both in turn", "@: ", "[{a: ", "", PLAIN},
	{"nested sequences on one line", "@:\n  ", "- ", "x\n", PLAIN},
	{"nested maps, each a column deeper", "@:\n", "a:\n", "", DEEPER},
	{"nested explicit keys", "@:\n  ", "? ", "x\n", PLAIN},
	{"closing brackets", "@: [", "]", "", PLAIN},
	{"aliases", "a: &a [x]\n@: [", "*a, ", "]\n", PLAIN},
	{"a laugh a line", "a0: &a0 [x]\n", "a$: &a$ [*a0, *a0, *a0, *a0]\n", "", PLAIN},
	{"anchors", "@:\n", "- &a$ x\n", "", PLAIN},
	{"merge keys", "a: &a {b: c}\n@:\n", "  <<: *a\n", "", PLAIN},
	{"a plain scalar", "@: ", "a", "\n", PLAIN},
	{"a plain scalar of many lines", "@: a\n", "  b\n", "", PLAIN},
	{"a quoted scalar", "@: \"", "a", "\"\n", PLAIN},
	{"a quoted scalar that does not end", "@: \"", "a\n  ", "", PLAIN},
	{"single quotes", "@: '", "''", "'\n", PLAIN},
	{"escapes", "@: \"", "\\x41", "\"\n", PLAIN},
	{"wide escapes", "@: \"", "\\U0001F600", "\"\n", PLAIN},
	{"a folded scalar", "@: >\n", "  words\n", "", PLAIN},
	{"a literal scalar", "@: |\n", "  words\n", "", PLAIN},
	{"a plain key", "", "k", ": v\n", PLAIN},
	{"a quoted key", "\"", "k", "\": v\n", PLAIN},
	{"many keys", "", "k$: v\n", "", PLAIN},
	{"one key many times", "", "@: 1\n", "", PLAIN},
	{"a wide flow map", "@: {", "k$: v, ", "}\n", PLAIN},
	{"a wide flow sequence", "@: [", "x, ", "]\n", PLAIN},
	{"a wide sequence", "@:\n", "- x\n", "", PLAIN},
	{"documents", "", "---\n@: 1\n", "", PLAIN},
	{"ends of documents", "@: 1\n", "...\n", "", PLAIN},
	{"tags", "@:\n", "- !!str x\n", "", PLAIN},
	{"a tag", "@: !", "t", " x\n", PLAIN},
	{"directives", "", "%TAG !a$! tag:x:\n", "--- x\n", PLAIN},
	{"empty lines", "", "\n", "", PLAIN},
	{"comments", "", "# nothing\n", "", PLAIN},
	{"tabs", "@:\n", "\t", "x\n", PLAIN},
	{"carriage returns", "@:\r", "\r", "x\r", PLAIN},
	{"byte order marks", "\xef\xbb\xbf@: 1\n", "\xef\xbb\xbf", "\n", PLAIN},
	{"UTF-16", "@:\n", "- x\n", "", UTF_16_LE},
	{"UTF-16, the other way round", "@:\n", "- x\n", "", UTF_16_BE},
	{"NUL bytes", "@: ", "~", "\n", PLAIN},
};
#define N_BOMBS (sizeof(bombs) / sizeof(bombs[0]))

struct text {
	char *bytes; /* [BOMB_BYTES + some] */
	size_t n;
};

static void add_byte(struct text *t, char c)
{
	if (t->n < BOMB_BYTES)
		t->bytes[t->n++] = c;
}

static void add(struct text *t, const char *part, const char *root, size_t number)
{
	char digits[24];

	for (; *part; part++) {
		const char *word = *part == '@' ? root : *part == '$' ? digits : NULL;
		(void)snprintf(digits, sizeof(digits), "%zu", number);
		for (; word && *word; word++)
			add_byte(t, *word);
		if (!word)
			add_byte(t, (char)(*part == '~' ? '\0' : *part));
	}
}

static void widen(struct text *t, bool big_endian)
{
	const size_t n = t->n < BOMB_BYTES / 2 - 1 ? t->n : BOMB_BYTES / 2 - 1;
	char *narrow = malloc(n + 1);

	if (!narrow)
		abort();
	memcpy(narrow, t->bytes, n);
	t->n = 0;
	add_byte(t, (char)(big_endian ? '\xfe' : '\xff'));
	add_byte(t, (char)(big_endian ? '\xff' : '\xfe'));
	for (size_t i = 0; i < n; i++) {
		add_byte(t, (char)(big_endian ? '\0' : narrow[i]));
		add_byte(t, (char)(big_endian ? narrow[i] : '\0'));
	}
	free(narrow);
}

static void make(const struct bomb *bomb, const char *root, struct text *t)
{
	const size_t room = BOMB_BYTES - strlen(bomb->tail);

	t->n = 0;
	add(t, bomb->head, root, 0);
	for (size_t i = 1;; i++) {
		const size_t before = t->n;
		for (size_t k = 0; bomb->how == DEEPER && k < i; k++)
			add_byte(t, ' ');
		add(t, bomb->unit, root, i);
		if (t->n > room || t->n == BOMB_BYTES) {
			t->n = before;
			break;
		}
	}
	add(t, bomb->tail, root, 0);
	if (bomb->how == UTF_16_LE || bomb->how == UTF_16_BE)
		widen(t, bomb->how == UTF_16_BE);
}

/* --- the readers --- */

#define BOMB "bomb.yaml"

struct reader {
	const char *name;
	const char *root;
	const char *argv[8]; /* behind the program's name; none: by itself */
};

static const struct reader readers[] = {
	{"manifest", "SESSION", {"check", BOMB}},
	{"route", "ROUTE_TOKEN", {NULL}},
	{"plan", "ENGINE_PLAN_TOKEN", {"check", "RUNTIME_MANIFEST.yaml", "--plan", BOMB}},
	{"profile", "PROFILE", {"check", "RUNTIME_MANIFEST.yaml", "--profile", BOMB}},
};
#define N_READERS (sizeof(readers) / sizeof(readers[0]))

static const char *program;
static const char *ourselves;
static double limit_ms = 20;
static bool verbose;

static _Noreturn void die(const char *what)
{
	(void)fprintf(stderr, "bombs: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void put(const char *path, const char *bytes, size_t n)
{
	const int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);

	if (fd < 0 || write(fd, bytes, n) != (ssize_t)n || close(fd) < 0)
		die(path);
}

struct answer {
	double ms;
	int64_t bytes; /* resident at most */
	int status;    /* as of wait4 */
	char said[SAID_SIZE];
};

static char *unconst(const char *text)
{
	union {
		const char *in;
		char *out;
	} u = {.in = text};
	return u.out;
}

/* What a process does that only reads a route. */
static int read_route(void)
{
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE];
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_route route;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc = sg_fs_read(AT_FDCWD, BOMB, BOMB_BYTES, &bytes, &err);

	if (rc == SG_OK)
		rc = sg_route_read(&arena, BOMB, bytes.bytes, bytes.n_bytes, &route, &err);
	if (rc != SG_OK)
		(void)printf("%s\n", sg_err_text(&err, text, sizeof(text)));
	sg_arena_release(&arena);
	sg_strbuf_release(&bytes);
	return rc == SG_OK ? 0 : 2;
}

static double ms_of(const struct timeval *t)
{
	return (double)t->tv_sec * 1e3 + (double)t->tv_usec / 1e3;
}

static void ask(const char *const *words, struct answer *ret)
{
	extern char **environ;
	const char *file = words[0] ? program : ourselves;
	char *argv[12] = {unconst(file), unconst(words[0] ? "--color=never" : "-r")};
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	pid_t pid = 0;

	for (size_t i = 0; words[i]; i++)
		argv[i + 2] = unconst(words[i]);
	if (posix_spawn_file_actions_init(&actions) != 0 ||
		posix_spawn_file_actions_addopen(
			&actions, 1, "said", O_WRONLY | O_CREAT | O_TRUNC, 0600) != 0 ||
		posix_spawn_file_actions_adddup2(&actions, 1, 2) != 0)
		die("no memory");
	if ((errno = posix_spawn(&pid, file, &actions, NULL, argv, environ)) != 0)
		die(file);
	while (wait4(pid, &ret->status, 0, &usage) < 0)
		if (errno != EINTR)
			die("wait");
	ret->ms = ms_of(&usage.ru_utime) + ms_of(&usage.ru_stime);
	ret->bytes = (int64_t)usage.ru_maxrss * 1024;
	(void)posix_spawn_file_actions_destroy(&actions);
	const int fd = open("said", O_RDONLY | O_CLOEXEC);
	const ssize_t n = fd < 0 ? -1 : read(fd, ret->said, sizeof(ret->said) - 1);
	ret->said[n > 0 ? n : 0] = '\0';
	(void)close(fd);
}

/* NULL: an answer in words; else what is wrong with it. */
static const char *judge(const struct answer *a)
{
	static const char verdict[] = "\u2717 VAL_REPORT: FAIL";
	const char *end = strchr(a->said, '\n');

	if (!WIFEXITED(a->status))
		return "it was ended by a signal";
	if (WEXITSTATUS(a->status) == 1 && strncmp(a->said, verdict, sizeof(verdict) - 1) == 0)
		return NULL;
	if (WEXITSTATUS(a->status) < 2)
		return "it was not refused";
	if (!strstr(a->said, BOMB))
		return "the file is not named";
	if (!end || end - a->said > 512)
		return "it is not said in a line";
	for (const char *at = a->said; *at; at++)
		if ((unsigned char)*at < ' ' && *at != '\n')
			return "a control byte is printed";
	return NULL;
}

struct most {
	double ms;
	int64_t bytes; /* more than for a short file */
};

static bool try_one(const struct bomb *bomb, const struct reader *reader, int64_t short_bytes,
	struct most *most)
{
	struct answer answer = {.ms = 0};
	double least_ms = 0;

	for (unsigned i = 0; i < RUNS || (i < RUNS_MAX && least_ms >= limit_ms); i++) {
		ask(reader->argv, &answer);
		if (i == 0 || answer.ms < least_ms)
			least_ms = answer.ms;
	}
	const int64_t more = answer.bytes - short_bytes;
	const char *bad = judge(&answer);
	if (!bad && least_ms >= limit_ms)
		bad = "it takes too long";
	if (!bad && more >= EXTRA_BYTES)
		bad = "it takes too much memory";
	most->ms = least_ms > most->ms ? least_ms : most->ms;
	most->bytes = more > most->bytes ? more : most->bytes;
	if (bad || verbose)
		(void)printf("%s: %s, read as a %s: %.1f ms, %.1f MiB more: %s\n",
			bad ? bad : "answered", bomb->name, reader->name, least_ms,
			(double)more / MIB, answer.said);
	return !bad;
}

static unsigned try_all(struct most *most)
{
	struct text text = {malloc(BOMB_BYTES), 0};
	struct answer answer = {.ms = 0};
	int64_t short_bytes[N_READERS];
	unsigned good = 0;

	if (!text.bytes)
		die("no memory");
	put(BOMB, "x: [\n", 5);
	for (size_t k = 0; k < N_READERS; k++) {
		ask(readers[k].argv, &answer);
		short_bytes[k] = answer.bytes;
	}
	for (size_t i = 0; i < N_BOMBS; i++) {
		bool answered = true;
		for (size_t k = 0; k < N_READERS; k++) {
			make(&bombs[i], readers[k].root, &text);
			put(BOMB, text.bytes, text.n);
			answered = try_one(&bombs[i], &readers[k], short_bytes[k], most) &&
				   answered;
		}
		good += answered;
	}
	free(text.bytes);
	return good;
}

static void tidy(const char *folder)
{
	char line[128];

	(void)snprintf(line, sizeof(line), "rm -rf '%s'", folder);
	if (chdir("/") < 0 || system(line) != 0)
		die(folder);
}

int main(int argc, char **argv)
{
	static const char *const init[] = {"init", NULL};
	const char *tmp = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
	char folder[64];
	struct answer answer;
	struct most most = {0, 0};

	for (int c; (c = getopt(argc, argv, "t:vr")) != -1;) {
		if (c == 'r')
			return read_route();
		if (c == 't')
			limit_ms = atof(optarg);
		else
			verbose = true;
	}
	ourselves = realpath("/proc/self/exe", NULL);
	program = optind < argc ? realpath(argv[optind], NULL) : NULL;
	(void)snprintf(folder, sizeof(folder), "%s/stepgate-bombs.XXXXXX", tmp);
	if (!program || !ourselves || !mkdtemp(folder) || chdir(folder) < 0)
		die("usage: bombs [-t MS] [-v] STEPGATE");
	(void)setenv("HOME", folder, 1);
	(void)setenv("LC_ALL", "C.UTF-8", 1);
	(void)unsetenv("STEPGATE_MANIFEST");
	put("a.md", "a\n", 2);
	ask(init, &answer);
	if (answer.status != 0)
		die("init");
	const unsigned good = try_all(&most);
	(void)printf("bombs: %u of %zu hostile YAML files of up to 1 MiB answered in words by each "
		     "of %zu readers, each in under %.0f ms of a processor (at most %.1f) and "
		     "32 MiB more than a short one (at most %.1f)\n",
		good, N_BOMBS, N_READERS, limit_ms, most.ms, (double)most.bytes / MIB);
	tidy(folder);
	return good == N_BOMBS ? 0 : 1;
}
