/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * play: an operator's session in a pseudo-terminal, for the demo and for shell tests.
 *
 *	play [-q] [-t SECONDS] SCRIPT -- PROGRAM [ARGUMENT]...
 *
 * SCRIPT has a command a line; # begins a comment line.
 *	wait TEXT   until TEXT stands in what was printed since the last `send`, `keys` or `mark`
 *	gone TEXT   fails if TEXT stands there
 *	send TEXT   types TEXT and Enter
 *	keys TEXT   types TEXT; \e \r \n \t \xHH \\ are escapes
 *	paste TEXT  TEXT between the marks of a bracketed paste
 *	mark        forgets what was printed so far
 *	run LINE    runs LINE with sh -c meanwhile; fails unless it exits 0
 *	exit N      waits for the end, which must be exit status N (signal S: 128 + S)
 *	kill        SIGKILL
 * Output goes to stdout as it comes (-q: not at all); for matching, escape sequences are left out.
 * Exit status: 0 the script was played, 1 it was not (the sentence says where), 2 usage.
 */
#include <errno.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SEEN_MAX ((size_t)1 << 20)

struct play {
	int fd;
	pid_t pid;
	bool quiet;
	long timeout_ms;
	char seen[SEEN_MAX]; /* printed since the last mark, without escape sequences */
	size_t n_seen;
	int escape; /* 0 text, 1 behind ESC, 2 inside CSI, 3 inside OSC */
	bool ended;
	int status;
	const char *script;
	size_t line;
};

static struct play play;

static long now_ms(void)
{
	struct timespec t;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void take_byte(unsigned char c)
{
	switch (play.escape) {
	case 1:
		play.escape = c == '[' ? 2 : c == ']' ? 3 : 0;
		return;
	case 2:
		if (c >= 0x40 && c <= 0x7e)
			play.escape = 0;
		return;
	case 3:
		if (c == 7 || c == 0x1b)
			play.escape = c == 7 ? 0 : 1;
		return;
	default:
		break;
	}
	if (c == 0x1b) {
		play.escape = 1;
		return;
	}
	if (c == '\r')
		return;
	if (play.n_seen + 1 == SEEN_MAX) {
		memmove(play.seen, play.seen + SEEN_MAX / 2, play.n_seen - SEEN_MAX / 2);
		play.n_seen -= SEEN_MAX / 2;
	}
	play.seen[play.n_seen++] = (char)c;
	play.seen[play.n_seen] = '\0';
}

/* Reads what is there within timeout_ms; false when the program has ended. */
static bool pump(int timeout_ms)
{
	char bytes[8192];
	struct pollfd fd = { play.fd, POLLIN, 0 };
	if (poll(&fd, 1, timeout_ms) <= 0)
		return true;
	ssize_t n = read(play.fd, bytes, sizeof(bytes));
	if (n <= 0)
		return n < 0 && errno == EINTR;
	if (!play.quiet)
		(void)!write(STDOUT_FILENO, bytes, (size_t)n);
	for (ssize_t i = 0; i < n; i++)
		take_byte((unsigned char)bytes[i]);
	return true;
}

static int fail(const char *what, const char *text)
{
	size_t from = play.n_seen > 2000 ? play.n_seen - 2000 : 0;
	(void)fflush(stdout);
	(void)fprintf(stderr, "\nplay: %s:%zu: %s \"%s\"; seen last:\n%s\n", play.script, play.line,
		      what, text, play.seen + from);
	(void)kill(play.pid, SIGKILL);
	return 1;
}

static void forget(void)
{
	play.n_seen = 0;
	play.seen[0] = '\0';
}

static int wait_for(const char *text)
{
	long end = now_ms() + play.timeout_ms;
	while (!strstr(play.seen, text)) {
		if (now_ms() > end)
			return fail("waited in vain for", text);
		if (!pump(50))
			return strstr(play.seen, text) ? 0 : fail("the program ended before", text);
	}
	return 0;
}

static void type_bytes(const char *bytes, size_t n)
{
	for (size_t done = 0; done < n;) {
		ssize_t k = write(play.fd, bytes + done, n - done);
		if (k > 0)
			done += (size_t)k;
		else if (errno != EINTR)
			return;
	}
}

static int hex(char c)
{
	const char *digits = "0123456789abcdef";
	const char *at = strchr(digits, c | 0x20);
	return c && at ? (int)(at - digits) : 0;
}

static void type_keys(const char *text)
{
	for (const char *p = text; *p; p++) {
		char c = *p;
		if (c == '\\' && p[1]) {
			p++;
			c = *p == 'e' ? 0x1b : *p == 'r' ? '\r' : *p == 'n' ? '\n' : *p == 't' ? '\t' : *p;
			if (*p == 'x' && p[1] && p[2]) {
				c = (char)(hex(p[1]) * 16 + hex(p[2]));
				p += 2;
			}
		}
		type_bytes(&c, 1);
	}
}

static int wait_exit(int wanted)
{
	long end = now_ms() + play.timeout_ms;
	while (waitpid(play.pid, &play.status, WNOHANG) == 0) {
		if (now_ms() > end)
			return fail("waited in vain for", "the end");
		(void)pump(20);
	}
	while (pump(0) && poll(&(struct pollfd){ play.fd, POLLIN, 0 }, 1, 0) > 0)
		;
	play.ended = true;
	int code = WIFEXITED(play.status) ? WEXITSTATUS(play.status) : 128 + WTERMSIG(play.status);
	char found[32];
	(void)snprintf(found, sizeof(found), "%d, not %d", code, wanted);
	return code == wanted ? 0 : fail("ended with exit status", found);
}

static int one_line(char *line)
{
	char *rest = strchr(line, ' ');
	const char *text = rest ? rest + 1 : "";
	size_t n = rest ? (size_t)(rest - line) : strlen(line);
	if (!n || *line == '#')
		return 0;
	if (strncmp(line, "wait", n) == 0)
		return wait_for(text);
	if (strncmp(line, "gone", n) == 0) {
		(void)pump(0);
		return strstr(play.seen, text) ? fail("did not expect", text) : 0;
	}
	if (strncmp(line, "exit", n) == 0)
		return wait_exit(atoi(text));
	if (strncmp(line, "run", n) == 0)
		return system(text) == 0 ? 0 : fail("this did not succeed:", text);
	forget();
	if (strncmp(line, "send", n) == 0) {
		type_bytes(text, strlen(text));
		type_bytes("\r", 1);
	} else if (strncmp(line, "keys", n) == 0) {
		type_keys(text);
	} else if (strncmp(line, "paste", n) == 0) {
		type_bytes("\x1b[200~", 6);
		type_bytes(text, strlen(text));
		type_bytes("\x1b[201~", 6);
	} else if (strncmp(line, "kill", n) == 0) {
		(void)kill(play.pid, SIGKILL);
	} else if (strncmp(line, "mark", n) != 0) {
		return fail("there is no command", line);
	}
	return 0;
}

static int play_script(FILE *script)
{
	char *line = NULL;
	size_t room = 0;
	int bad = 0;
	for (ssize_t n; !bad && (n = getline(&line, &room, script)) >= 0;) {
		play.line++;
		if (n && line[n - 1] == '\n')
			line[n - 1] = '\0';
		bad = one_line(line);
	}
	free(line);
	if (!play.ended)
		(void)kill(play.pid, SIGKILL);
	return bad;
}

int main(int argc, char **argv)
{
	int i = 1;
	play.timeout_ms = 30000;
	for (; i < argc && argv[i][0] == '-' && strcmp(argv[i], "--") != 0; i++) {
		if (strcmp(argv[i], "-q") == 0)
			play.quiet = true;
		else if (strcmp(argv[i], "-t") == 0 && i + 1 < argc)
			play.timeout_ms = atol(argv[++i]) * 1000;
	}
	if (i + 2 >= argc || strcmp(argv[i + 1], "--") != 0) {
		(void)fprintf(stderr, "usage: play [-q] [-t SECONDS] SCRIPT -- PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	play.script = argv[i];
	FILE *script = fopen(play.script, "re");
	if (!script) {
		(void)fprintf(stderr, "play: cannot read %s\n", play.script);
		return 2;
	}
	struct winsize size = { .ws_row = 30, .ws_col = 100 };
	play.pid = forkpty(&play.fd, NULL, NULL, &size);
	if (play.pid == 0) {
		(void)execvp(argv[i + 2], argv + i + 2);
		_exit(127);
	}
	int bad = play.pid < 0 ? 2 : play_script(script);
	(void)fclose(script);
	return bad;
}
