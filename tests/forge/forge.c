/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * forge [-r] STEPGATE
 *
 * Every way at a program that takes no care (the control), then at both front ends, without a
 * sandbox and in tier full; each in a run of its own, as an ordinary user where this is root (-r: as
 * root too). Exit status: 0 none was taken in tier full, there the operator's own was, and half of
 * them work in the control; 1 not so; 2 it could not be tried; 77 tier full cannot be had.
 */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <grp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "forge/forge.h"

#define WAYS_MAX    32
#define KINDS       7
#define AT_ONCE     18
#define OWN_SIGNALS 2 /* ROUTE and SPC: the operator's */

struct kind {
	const char *name;
	const char *sandbox;
	bool screen;
	bool as_root;
};

static const struct kind kinds[KINDS] = {
	{"naive", "naive", false, false},
	{"plain, none", "none", false, false},
	{"screen, none", "none", true, false},
	{"plain, full", "full", false, false},
	{"screen, full", "full", true, false},
	{"plain, full, root", "full", false, true},
	{"screen, full, root", "full", true, true},
};

enum outcome { NOT_TRIED, REFUSED, TAKEN, NO_TIER };

struct attempt {
	enum outcome outcome;
	char box[64];
	char note[200];
};

static struct attempt (*attempts)[WAYS_MAX];
static const char *program_path;

/* --- small tools --- */

void join(char *to, size_t size, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	const int n = vsnprintf(to, size, format, list);
	va_end(list);
	if (n < 0 || (size_t)n >= size) {
		(void)fprintf(stderr, "forge: a text of %d bytes does not fit\n", n);
		exit(2);
	}
}

bool room_write(const struct room *room, const char *path)
{
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
	(void)fprintf(file, "%s\n%s\n%s\n%s\n%ld\n", room->repo, room->home, room->program,
		room->pts, room->stepgate);
	return fclose(file) == 0;
}

bool room_read(struct room *room, const char *path)
{
	FILE *file = fopen(path, "re");
	const bool ok = file && fscanf(file, "%511s %511s %511s %511s %ld", room->repo,
					room->home, room->program, room->pts,
					&room->stepgate) == 5;
	if (file)
		(void)fclose(file);
	return ok;
}

static bool put(const char *folder, const char *name, const char *text)
{
	char path[PATH_SIZE];
	join(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "we");
	if (!file)
		return false;
	(void)fputs(text, file);
	return fclose(file) == 0;
}

static bool copy(const char *from, const char *to)
{
	char bytes[65536];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0755);
	ssize_t n = in < 0 || out < 0 ? -1 : 1;
	while (n > 0 && (n = read(in, bytes, sizeof(bytes))) > 0)
		if (write(out, bytes, (size_t)n) != n)
			n = -1;
	(void)close(in);
	return close(out) == 0 && n == 0;
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)at;
	(void)(kind == FTW_DP ? rmdir(path) : unlink(path));
	return 0;
}

static bool note(struct attempt *a, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool note(struct attempt *a, const char *format, ...)
{
	va_list list;
	va_start(list, format);
	(void)vsnprintf(a->note, sizeof(a->note), format, list);
	va_end(list);
	return false;
}

/* --- a run --- */

struct run {
	const struct kind *kind;
	const struct way *way;
	size_t number;
	struct attempt *attempt;
	struct room room;
	struct terminal terminal;
	char box[64];
	char trace[PATH_SIZE];
};

static const char route[] =
	"ROUTE_TOKEN:\n"
	"  META: {ROUTER_VERSION: \"1\", TIMESTAMP: \"\", TRACE_ID: \"\"}\n"
	"  TASK: {TASK_TEXT_HASH: \"\", USER_INTENT: \"To be forged\"}\n"
	"  ROUTE: {DOMAIN: \"SYS\", ARTIFACT_TYPE: \"SMALL\", MODE: \"REPO\", PROFILE_KEY: \"FORGE\", "
	"PIPE_SELECTED: \"\"}\n"
	"  REQUIRED_SET:\n"
	"    REQUIRED_IDX: []\n    REQUIRED_ROLES: [\"SPC\", \"VAL\"]\n    REQUIRED_ENG_KEYS: []\n"
	"    REQUIRED_KB_KEYS: []\n    REQUIRED_VAL_KEYS: [\"KEY:VAL.ENGINE_COVERAGE_GATE\", "
	"\"KEY:VAL.OUTPUT_CONTRACT_GATE\"]\n"
	"    OUTPUT_CONTRACT: [\"BRIEF_TOKEN\", \"VAL_REPORT\", \"PACK_OUTPUT\"]\n"
	"    NO_GO_LIST: []\n"
	"  GATES: {STOP_CONDITIONS: [], QUALITY_MINIMUM: \"\"}\n";

static bool put_files(const struct run *run)
{
	char text[1024];
	char path[PATH_SIZE];
	char self[PATH_SIZE];
	const char *repo = run->room.repo;
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	join(text, sizeof(text),
		"PROFILE:\n  PROFILE_KEY: \"FORGE\"\n  ALLOW_SKIP: []\n  CONTINUE_ON_FAIL: false\n"
		"  CADENCE: phase\n  EVIDENCE: observed\n  SANDBOX: %s\n  JOBS: 1\n"
		"  BASELINE_OUTPUTS: {}\n  RUN:\n"
		"    SPC: {argv: [./forge, --attack, \"%zu\", room], timeout_s: 60}\n",
		run->kind->sandbox, run->number);
	static const char *const folders[] = {"docs", "profiles"};
	for (size_t i = 0; i < 2; i++) {
		join(path, sizeof(path), "%s/%s", repo, folders[i]);
		if (mkdir(path, 0755) < 0)
			return false;
	}
	join(path, sizeof(path), "%s/forge", repo);
	return put(repo, "route.yaml", route) && put(repo, "profiles/FORGE.yaml", text) &&
	       put(repo, "docs/one.md", "One document.\n") && copy(self, path) &&
	       copy(strcmp(run->kind->sandbox, "naive") == 0 ? self : program_path,
		       run->room.program);
}

static void make_env(const struct run *run, char *env[8], char texts[8][PATH_SIZE])
{
	size_t n = 0;
	join(texts[n++], PATH_SIZE, "HOME=%s", run->room.home);
	join(texts[n++], PATH_SIZE, "TMPDIR=%s/tmp", run->box);
	join(texts[n++], PATH_SIZE, "PATH=/usr/local/bin:/usr/bin:/bin");
	join(texts[n++], PATH_SIZE, "TERM=xterm-256color");
	join(texts[n++], PATH_SIZE, "LC_ALL=C.UTF-8");
	join(texts[n++], PATH_SIZE, "STEPGATE_UI=%s", run->kind->screen ? "full" : "plain");
	for (size_t i = 0; i < n; i++)
		env[i] = texts[i];
	env[n] = NULL;
}

static bool command(const struct run *run, const char *line)
{
	int status = 0;
	const pid_t pid = fork();
	if (pid == 0) {
		int null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			(void)dup2(null, fd);
		(void)setenv("LC_ALL", "C.UTF-8", 1);
		(void)setenv("STEPGATE", run->room.program, 1);
		if (chdir(run->room.repo) == 0)
			(void)execl("/bin/sh", "sh", "-c", line, (char *)NULL);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return pid > 0 && status == 0;
}

/* The multiplexer's socket: the operator's own keys do not need it. */
static int listen_in_home(const struct run *run)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	join(at.sun_path, sizeof(at.sun_path), "%s/mux.sock", run->room.home);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, sizeof(at)) == 0 && listen(fd, 8) == 0)
		return fd;
	return -1;
}

static bool start(struct run *run)
{
	char texts[8][PATH_SIZE];
	char *env[8];
	char socket_path[PATH_SIZE];
	char tmux[] = "/usr/bin/tmux";
	char s[] = "-S";
	char f[] = "-f";
	char null[] = "/dev/null";
	char new_session[] = "new-session";
	char *const in_tmux[] = {
		tmux, s, socket_path, f, null, new_session, run->room.program, NULL};
	char *const alone[] = {run->room.program, NULL};
	join(socket_path, sizeof(socket_path), "%s/tmux.sock", run->room.home);
	make_env(run, env, texts);
	if (!terminal_start(&run->terminal, run->way->in_tmux ? in_tmux : alone, env,
		    run->room.repo))
		return false;
	join(run->room.pts, sizeof(run->room.pts), "%s", ptsname(run->terminal.master));
	run->room.stepgate = run->terminal.pid;
	char path[PATH_SIZE];
	join(path, sizeof(path), "%s/room", run->room.repo);
	return room_write(&run->room, path);
}

static unsigned new_owner;

static int give_away(const char *path, const struct stat *st, int kind, struct FTW *at)
{
	(void)st;
	(void)kind;
	(void)at;
	return lchown(path, new_owner, new_owner);
}

static bool become_user(const struct run *run)
{
	if (run->kind->as_root || geteuid() != 0)
		return true;
	/* one that no other run has at the same time */
	new_owner = 50000 + (unsigned)getpid() % 9000;
	return nftw(run->box, give_away, 32, FTW_PHYS) == 0 && setgroups(0, NULL) == 0 &&
	       setgid(new_owner) == 0 && setuid(new_owner) == 0;
}

static bool set_up(struct run *run)
{
	char path[PATH_SIZE];
	join(run->box, sizeof(run->box), "/tmp/forge.XXXXXX");
	if (!mkdtemp(run->box) || chmod(run->box, 0755) < 0)
		return note(run->attempt, "cannot make a folder");
	memcpy(run->attempt->box, run->box, sizeof(run->box));
	struct room *r = &run->room;
	join(r->repo, sizeof(r->repo), "%s/repo", run->box);
	join(r->home, sizeof(r->home), "%s/home", run->box);
	join(r->program, sizeof(r->program), "%s/repo/stepgate", run->box);
	join(run->trace, sizeof(run->trace), "%s/.stepgate/trace.jsonl", r->repo);
	static const char *const folders[] = {"repo", "home", "tmp"};
	for (size_t i = 0; i < 3; i++) {
		join(path, sizeof(path), "%s/%s", run->box, folders[i]);
		if (mkdir(path, 0755) < 0)
			return note(run->attempt, "cannot make a folder");
	}
	if (!put_files(run) || !become_user(run))
		return note(run->attempt, "cannot make the files: %s", strerror(errno));
	if (!command(run, "\"$STEPGATE\" init && \"$STEPGATE\" step 'To be forged' --file "
			  "docs/one.md --route route.yaml"))
		return note(run->attempt, "cannot open the STEP");
	run->terminal.listener = run->way->by_socket ? listen_in_home(run) : -1;
	return start(run) || note(run->attempt, "cannot start the program");
}

/* How often the text stands in the trace. */
static int in_trace(const struct run *run, const char *text)
{
	static char bytes[1 << 20];
	int fd = open(run->trace, O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	int times = 0;
	for (ssize_t got; fd >= 0 && (got = read(fd, bytes + n, sizeof(bytes) - 1 - n)) > 0;)
		n += (size_t)got;
	if (fd >= 0)
		(void)close(fd);
	bytes[n] = '\0';
	for (const char *at = bytes; (at = strstr(at, text)); at += strlen(text))
		times++;
	return times;
}

static int signals(const struct run *run)
{
	return in_trace(run, "\"event\":\"begin\"");
}

static void look(struct run *run, long ms)
{
	for (const long end = now_ms() + ms; now_ms() < end;)
		terminal_pump(&run->terminal, 20);
}

/* What an operator does: waits until the screen is still, types, and looks. Again if refused. */
static bool give_signal(struct run *run, int wanted)
{
	const long end = now_ms() + 45000;
	while (now_ms() < end && !run->terminal.gone) {
		do
			terminal_pump(&run->terminal, 20);
		while (now_ms() - run->terminal.heard_ms < 300 && now_ms() < end);
		terminal_type(&run->terminal, SIGNAL "\r");
		for (const long until = now_ms() + 5000; now_ms() < until;) {
			terminal_pump(&run->terminal, 10);
			if (signals(run) >= wanted)
				return true;
		}
	}
	return false;
}

static bool wait_for(struct run *run, const char *text, int times, long ms)
{
	for (const long end = now_ms() + ms; now_ms() < end;) {
		if (in_trace(run, text) >= times)
			return true;
		terminal_pump(&run->terminal, 20);
	}
	return false;
}

static void press(struct run *run, const char *keys)
{
	char key[2] = "";
	for (; *keys; keys++) {
		key[0] = *keys;
		terminal_type(&run->terminal, key);
		/* an arrow is one key */
		if (*keys != '\033' && !(keys[0] == '[' && keys[1] == 'A'))
			look(run, 60);
	}
}

/* Behind the brief: what is left of SPC goes on, and the operator makes a mistake. */
static void brief_is_out(struct run *run)
{
	look(run, 2500);
	if (run->way->starts_again) {
		terminal_stop(&run->terminal);
		if (!start(run))
			return;
		look(run, 1200);
	}
	if (run->way->pastes)
		terminal_paste(&run->terminal);
	if (run->way->keys)
		press(run, run->way->keys);
	look(run, 1500);
}

static bool play(struct run *run)
{
	struct attempt *a = run->attempt;
	if (!give_signal(run, 1) || !wait_for(run, "\"event\":\"route\"", 1, 20000))
		return note(a, "ROUTE did not end");
	if (strcmp(run->kind->sandbox, "full") == 0 && !in_trace(run, "\"tier\":\"full\"")) {
		a->outcome = NO_TIER;
		return note(a, "tier full cannot be had");
	}
	if (!give_signal(run, OWN_SIGNALS))
		return note(a, "SPC did not begin");
	(void)wait_for(run, "\"event\":\"role\"", 1, 20000);
	brief_is_out(run);
	a->outcome = signals(run) > OWN_SIGNALS ? TAKEN : REFUSED;
	if (a->outcome == REFUSED && strcmp(run->kind->sandbox, "full") == 0) {
		/* who is never asked cannot be fooled: the operator's own is taken */
		if (!give_signal(run, OWN_SIGNALS + 1)) {
			a->outcome = NOT_TRIED;
			return note(a, "the operator's own signal was not taken either");
		}
	}
	return true;
}

static void one(struct run *run)
{
	if (set_up(run))
		(void)play(run);
	terminal_stop(&run->terminal);
	if (run->way->in_tmux) {
		char line[PATH_SIZE * 2];
		join(line, sizeof(line), "tmux -S %s/tmux.sock kill-server", run->room.home);
		(void)command(run, line);
	}
}

/* --- all of them --- */

static pid_t begin(size_t kind, size_t way)
{
	static struct run run;
	const pid_t pid = fork();
	if (pid != 0)
		return pid;
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)signal(SIGPIPE, SIG_IGN);
	(void)signal(SIGHUP, SIG_IGN);
	(void)umask(022);
	run.kind = &kinds[kind];
	run.way = &ways[way];
	run.number = way;
	run.attempt = &attempts[kind][way];
	run.terminal.listener = -1;
	one(&run);
	_exit(0);
}

static void run_all(size_t n_kinds)
{
	int running = 0;
	for (size_t k = 0; k < n_kinds; k++)
		for (size_t w = 0; w < n_ways; w++) {
			for (; running >= AT_ONCE; running--)
				(void)wait(NULL);
			running += begin(k, w) > 0;
		}
	for (; running > 0; running--)
		(void)wait(NULL);
	for (size_t k = 0; k < n_kinds; k++)
		for (size_t w = 0; w < n_ways; w++)
			if (*attempts[k][w].box && !getenv("FORGE_KEEP"))
				(void)nftw(attempts[k][w].box, remove_entry, 32,
					FTW_DEPTH | FTW_PHYS);
}

static void print_table(size_t n_kinds)
{
	static const char *const words[] = {"?", "-", "TAKEN", "no tier"};
	(void)printf("%2s  %-46s", "", "way");
	for (size_t k = 0; k < n_kinds; k++)
		(void)printf("  %-12s", kinds[k].name);
	(void)printf("\n");
	for (size_t w = 0; w < n_ways; w++) {
		(void)printf("%2zu  %-46s", w + 1, ways[w].what);
		for (size_t k = 0; k < n_kinds; k++)
			(void)printf("  %-12s", words[attempts[k][w].outcome]);
		(void)printf("\n");
	}
	for (size_t k = 0; k < n_kinds; k++)
		for (size_t w = 0; w < n_ways; w++)
			if (*attempts[k][w].note)
				(void)printf("%s: %s: %s\n", kinds[k].name, ways[w].what,
					attempts[k][w].note);
}

static int verdict(size_t n_kinds)
{
	bool bad = false;
	bool skip = false;
	for (size_t k = 0; k < n_kinds; k++) {
		int count[4] = {0};
		for (size_t w = 0; w < n_ways; w++)
			count[attempts[k][w].outcome]++;
		(void)printf("%-18s  %zu ways, %d taken\n", kinds[k].name, n_ways, count[TAKEN]);
		skip = skip || count[NO_TIER];
		if (strcmp(kinds[k].sandbox, "full") == 0)
			bad = bad || count[TAKEN] || count[NOT_TRIED];
		else if (strcmp(kinds[k].sandbox, "naive") == 0)
			bad = bad || count[TAKEN] * 2 < (int)n_ways;
	}
	return bad ? 1 : skip ? 77 : 0;
}

int main(int argc, char **argv)
{
	size_t n_kinds = 5;
	int i = 1;
	const char *name = strrchr(argv[0], '/');
	if (strcmp(name ? name + 1 : argv[0], "stepgate") == 0)
		return naive_main(argc, argv);
	if (argc == 4 && strcmp(argv[1], "--attack") == 0)
		return attack_main(argv[2], argv[3]);
	for (; i < argc && argv[i][0] == '-'; i++)
		if (strcmp(argv[i], "-r") == 0 && geteuid() == 0)
			n_kinds = KINDS;
	if (i + 1 != argc || n_ways > WAYS_MAX) {
		(void)fprintf(stderr, "usage: forge [-r] STEPGATE\n");
		return 2;
	}
	program_path = argv[i];
	void *shared = mmap(NULL, sizeof(*attempts) * KINDS, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return 2;
	attempts = shared;
	run_all(n_kinds);
	print_table(n_kinds);
	const int code = verdict(n_kinds);
	(void)printf("forge: %s\n", code ? "NOT as it should be" : "ok");
	return code;
}
