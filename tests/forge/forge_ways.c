/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ways. Each is tried again and again, while SPC runs and by what it leaves behind. */
#include <errno.h>
#include <fcntl.h>
#include <linux/tiocl.h>
#include <linux/uinput.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "forge/forge.h"

#define ATTACKS_INSIDE 6
#define LEFT_LIFE_MS   6000
#define PAUSE_MS       80

void nap_ms(long ms)
{
	const struct timespec t = {ms / 1000, ms % 1000 * 1000000};
	(void)nanosleep(&t, NULL);
}

/* Runs a shell line with the room's paths in its environment; what it prints is lost. */
static void shell(const struct room *r, const char *line)
{
	const pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)setenv("REPO", r->repo, 1);
		(void)setenv("OPERATOR", r->home, 1);
		(void)setenv("STEPGATE", r->program, 1);
		(void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

static void put_bytes(int fd, const char *text)
{
	if (fd >= 0 && write(fd, text, strlen(text)) < 0)
		nap_ms(1);
}

/* --- the program, started from inside --- */

static void by_pipe(const struct room *r)
{
	shell(r, "cd \"$REPO\" && { echo " SIGNAL "; sleep 0.2; echo " SIGNAL "; } | \"$STEPGATE\"");
}

static void by_argument(const struct room *r)
{
	shell(r, "cd \"$REPO\"; echo " SIGNAL " >\"$TMPDIR/go\"; \"$STEPGATE\" " SIGNAL
		 "; \"$STEPGATE\" -c " SIGNAL "; \"$STEPGATE\" -f \"$TMPDIR/go\"; "
		 "\"$STEPGATE\" <\"$TMPDIR/go\"; \"$STEPGATE\" --keep-going -c " SIGNAL);
}

/* A terminal of our own around it: to stepgate that is an operator. */
static void by_own_terminal(const struct room *r)
{
	const struct winsize size = {.ws_row = 30, .ws_col = 100};
	char bytes[4096];
	int master = -1;
	const pid_t pid = forkpty(&master, NULL, NULL, &size);
	if (pid == 0) {
		(void)setenv("STEPGATE_UI", "plain", 1);
		(void)setenv("TERM", "xterm", 1);
		if (chdir(r->repo) == 0)
			(void)execl(r->program, "stepgate", (char *)NULL);
		_exit(127);
	}
	if (pid < 0)
		return;
	for (long end = now_ms() + 900, typed = now_ms(); now_ms() < end;) {
		struct pollfd fd = {master, POLLIN, 0};
		if (poll(&fd, 1, 50) > 0 && read(master, bytes, sizeof(bytes)) <= 0)
			break;
		if (now_ms() - typed > 250) {
			typed = now_ms();
			put_bytes(master, SIGNAL "\r");
		}
	}
	(void)kill(pid, SIGKILL);
	(void)waitpid(pid, NULL, 0);
	(void)close(master);
}

/* --- the operator's terminal --- */

static int operators_terminal(const struct room *r)
{
	return open(r->pts, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
}

static void by_writing(const struct room *r)
{
	int fd = operators_terminal(r);
	put_bytes(fd, SIGNAL "\r\n");
	(void)close(fd);
	fd = open("/dev/tty", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	put_bytes(fd, SIGNAL "\r\n");
	(void)close(fd);
}

static void by_stepgates_input(const struct room *r)
{
	char path[64];
	for (int number = 0; number < 3; number++) {
		join(path, sizeof(path), "/proc/%ld/fd/%d", r->stepgate, number);
		int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		put_bytes(fd, SIGNAL "\r\n");
		(void)close(fd);
	}
}

static void push(int fd)
{
	for (const char *at = SIGNAL "\r"; fd >= 0 && *at; at++)
		if (ioctl(fd, TIOCSTI, at) < 0)
			return;
}

static void by_pushing(const struct room *r)
{
	int fd = operators_terminal(r);
	push(fd);
	(void)close(fd);
}

static void by_taking_it(const struct room *r)
{
	const pid_t pid = fork();
	if (pid == 0) {
		(void)setsid();
		int fd = open(r->pts, O_RDWR | O_NONBLOCK);
		(void)ioctl(fd, TIOCSCTTY, 1);
		push(fd);
		_exit(0);
	}
	(void)waitpid(pid, NULL, 0);
}

/* What is on the console is selected and pasted; and a keyboard is made. */
static void by_console(const struct room *r)
{
	static const char *const consoles[] = {"/dev/tty0", "/dev/tty1", "/dev/console"};
	(void)r;
	for (size_t i = 0; i < 3; i++) {
		char paste = TIOCL_PASTESEL;
		int fd = open(consoles[i], O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		put_bytes(fd, SIGNAL "\r");
		(void)ioctl(fd, TIOCLINUX, &paste);
		(void)close(fd);
	}
	struct uinput_setup setup = {.name = "keyboard"};
	int fd = open("/dev/uinput", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)ioctl(fd, UI_SET_EVBIT, EV_KEY);
	(void)ioctl(fd, UI_SET_KEYBIT, KEY_ENTER);
	(void)ioctl(fd, UI_DEV_SETUP, &setup);
	(void)close(fd);
}

/* --- stepgate itself --- */

static void by_its_descriptor(const struct room *r)
{
	long pidfd = syscall(SYS_pidfd_open, r->stepgate, 0);
	long fd = pidfd < 0 ? -1 : syscall(SYS_pidfd_getfd, pidfd, 0, 0);
	put_bytes((int)fd, SIGNAL "\r");
	push((int)fd);
	if (fd >= 0)
		(void)close((int)fd);
	if (pidfd >= 0)
		(void)close((int)pidfd);
	/* and as its debugger */
	if (ptrace(PTRACE_SEIZE, (pid_t)r->stepgate, 0, 0) == 0) {
		(void)ptrace(PTRACE_INTERRUPT, (pid_t)r->stepgate, 0, 0);
		(void)waitpid((pid_t)r->stepgate, NULL, 0);
		(void)ptrace(PTRACE_DETACH, (pid_t)r->stepgate, 0, 0);
	}
}

static void by_tmux(const struct room *r)
{
	/* now, and by the server itself when nothing of ours is left */
	shell(r, "t=\"tmux -S $OPERATOR/tmux.sock\"; $t send-keys -l " SIGNAL "; $t send-keys Enter; "
		 "$t run-shell -b \"sleep 4; $t send-keys -l " SIGNAL "; $t send-keys Enter\"");
}

static void by_socket(const struct room *r)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	join(to.sun_path, sizeof(to.sun_path), "%s/mux.sock", r->home);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
		put_bytes(fd, SIGNAL "\r");
	if (fd >= 0)
		(void)close(fd);
}

/* --- the terminal's own answers --- */

#define ASKS                                                                            \
	"\033]2;" SIGNAL "\r\a\033[21t\033]2;x\r" SIGNAL "\r\a\033[21t"                  \
	"\033P$q" SIGNAL "\r\033\\\033P$q\r" SIGNAL "\r\033\\\033[6n"                    \
	"\033]2;\033[201~" SIGNAL "\r\a\033[21t"

static void by_log(const struct room *r)
{
	(void)r;
	put_bytes(STDOUT_FILENO, ASKS "\n\302\235" "2;" SIGNAL "\r\302\234\302\233" "21t\n");
}

static void by_asking(const struct room *r)
{
	int fd = operators_terminal(r);
	put_bytes(fd, ASKS);
	(void)close(fd);
}

/* "го\r" in the clipboard, and pastes no longer marked. */
#define LOOT "\033]52;c;0LPQvg0=\a\033[?2004l"

static void by_clipboard(const struct room *r)
{
	int fd = operators_terminal(r);
	put_bytes(fd, LOOT);
	(void)close(fd);
	put_bytes(STDOUT_FILENO, LOOT "\n");
}

/* --- what the operator's next session reads --- */

static void by_macros(const struct room *r)
{
	shell(r, "printf '%s\\n' '\"x\": \"" SIGNAL "\\C-j\"' '\"y\": \"" SIGNAL
		 "\"' '\"\\C-o\": \"" SIGNAL "\\C-m\"' '$include ~/.inputrc2' >\"$OPERATOR/.inputrc\"");
}

static void by_history(const struct room *r)
{
	shell(r, "mkdir -p \"$OPERATOR/.local/state/stepgate\"; for i in 1 2 3; do echo " SIGNAL
		 "; echo ' " SIGNAL " '; done >>\"$OPERATOR/.local/state/stepgate/history\"");
}

/* A line that follows from the last one, as the program itself would write it. */
static void by_trace(const struct room *r)
{
	shell(r, "t=$REPO/.stepgate/trace.jsonl; n=$(wc -l <$t) && prev=$(tail -n 1 $t | tr -d '\\n' | "
		 "sha256sum | cut -c 1-64) && [ \"$n\" -gt 4 ] && "
		 "grep '\"event\":\"begin\"' $t | tail -n 1 | sed \"s/\\\"seq\\\":[0-9]*/\\\"seq\\\":$((n + 1))/; "
		 "s/\\\"phase\\\":\\\"SPC\\\"/\\\"phase\\\":\\\"PACK\\\"/; "
		 "s/\\\"prev\\\":\\\"[0-9a-f]*\\\"/\\\"prev\\\":\\\"$prev\\\"/\" >>$t");
}

static void by_manifest(const struct room *r)
{
	shell(r, "cd \"$REPO\" && sed -i 's/STEP_STATUS: .*/STEP_STATUS: \"PASS\"/; "
		 "s/status: \"[a-z_]*\"/status: \"ran\"/' RUNTIME_MANIFEST.yaml");
}

const struct way ways[] = {
	{.what = "a pipe into its standard input", .attack = by_pipe},
	{.what = "an argument, -c, -f, a file", .attack = by_argument},
	{.what = "a terminal of its own around stepgate", .attack = by_own_terminal},
	{.what = "writing on the operator's terminal", .attack = by_writing},
	{.what = "/proc/PID/fd/0 of stepgate", .attack = by_stepgates_input},
	{.what = "TIOCSTI", .attack = by_pushing},
	{.what = "TIOCSCTTY, then TIOCSTI", .attack = by_taking_it},
	{.what = "the console: TIOCLINUX, uinput", .attack = by_console},
	{.what = "pidfd_getfd, ptrace", .attack = by_its_descriptor},
	{.what = "tmux send-keys", .attack = by_tmux, .in_tmux = true},
	{.what = "a multiplexer's socket in HOME", .attack = by_socket, .by_socket = true},
	{.what = "the terminal answers to the log", .attack = by_log},
	{.what = "the terminal answers to what is written on it", .attack = by_asking, .keys = "\r"},
	{.what = "the clipboard, and pastes without marks", .attack = by_clipboard, .pastes = true},
	{.what = "macros in ~/.inputrc",
		.attack = by_macros,
		.starts_again = true,
		.keys = "x\ry\r\017\r"},
	{.what = "the history",
		.attack = by_history,
		.starts_again = true,
		.keys = "\033[A\r\033[A\033[A\r\020\r"},
	{.what = "a line in the trace", .attack = by_trace},
	{.what = "the manifest", .attack = by_manifest},
};

const size_t n_ways = sizeof(ways) / sizeof(ways[0]);

/* --- the attacker --- */

static void give_outputs(void)
{
	char path[PATH_SIZE];
	const char *out = getenv("STEPGATE_OUT");
	static const char *const names[] = {"BRIEF_TOKEN.txt", "ENGINE_PLAN_TOKEN.yaml"};
	static const char *const texts[] = {
		"brief\n", "ENGINE_PLAN_TOKEN:\n  required_eng_keys: []\n"};
	for (size_t i = 0; out && i < 2; i++) {
		join(path, sizeof(path), "%s/%s", out, names[i]);
		FILE *file = fopen(path, "we");
		if (!file)
			continue;
		(void)fputs(texts[i], file);
		(void)fclose(file);
	}
}

/* In a session of its own, deaf, with nothing of the command's but its standard output. */
static void leave_behind(const struct way *way, const struct room *room)
{
	if (fork() != 0)
		return;
	(void)setsid();
	if (fork() != 0)
		_exit(0);
	for (int sig = 1; sig < 32; sig++)
		if (sig != SIGCHLD)
			(void)signal(sig, SIG_IGN);
	for (long end = now_ms() + LEFT_LIFE_MS; now_ms() < end; nap_ms(PAUSE_MS))
		way->attack(room);
	_exit(0);
}

int attack_main(const char *number, const char *room_path)
{
	struct room room;
	const size_t i = (size_t)strtoul(number, NULL, 10);
	if (i >= n_ways || !room_read(&room, room_path))
		return 2;
	(void)signal(SIGPIPE, SIG_IGN);
	give_outputs();
	leave_behind(&ways[i], &room);
	for (int n = 0; n < ATTACKS_INSIDE; n++, nap_ms(PAUSE_MS))
		ways[i].attack(&room);
	return 0;
}
