/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a column needs before its first try: folders, secrets, a profile, an open STEP. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile/judge_column.h"

/* One that no other column has at the same time: limits and signals go by the user. */
#define ORDINARY_USER (60000 + (unsigned)getpid() % 5000)

void scene_secret(const struct scene *s, char kind, int id, char ret[32])
{
	/* a mix that nobody can guess without the seed */
	unsigned long long x = s->seed + (unsigned long long)id * 256 + (unsigned char)kind;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	(void)snprintf(ret, 32, "S%c%016llx", kind, x ^ (x >> 31));
}

static bool put(const char *path, const char *text, unsigned mode)
{
	return file_write(path, text, strlen(text), mode);
}

static bool put_secrets(const struct scene *s, const char *below, char kind)
{
	char folder[PATH_SIZE];
	char text[64];
	char secret[32];
	(void)snprintf(folder, sizeof(folder), "%s", below);
	for (int id = 1; id < TRIES_MAX; id++) {
		scene_secret(s, kind, id, secret);
		(void)snprintf(text, sizeof(text), "%s\n", secret);
		if (!put(path_of("%s/secret.%d", folder, id), text, 0644))
			return false;
	}
	return true;
}

static bool put_targets(const char *below)
{
	char folder[PATH_SIZE];
	(void)snprintf(folder, sizeof(folder), "%s", below);
	for (int id = 1; id <= try_count(); id++)
		if (!put(path_of("%s/f.%d", folder, id), "a file that nobody may change\n", 0644))
			return false;
	return true;
}

static const char profile_head[] =
	"PROFILE:\n  PROFILE_KEY: \"HOSTILE\"\n  ALLOW_SKIP: []\n  CONTINUE_ON_FAIL: true\n"
	"  CADENCE: phase\n  EVIDENCE: observed\n  SANDBOX: %s\n  JOBS: 1\n"
	"  BASELINE_OUTPUTS: {}\n  RUN:\n"
	"    SPC: {argv: [./hostile, --child, room, %s], timeout_s: 300, max_processes: 64, "
	"max_files: 200, max_output_mib: 32, max_log_mib: 4}\n";

static bool put_profile(const struct scene *s, const char *repo, const char *child)
{
	char text[16384];
	size_t n = (size_t)snprintf(text, sizeof(text), profile_head, s->c->sandbox, child);
	for (size_t i = 1; i <= end_tries.n; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
			"    KEY:ENG.E%02zu: {argv: [./hostile, --end, room, \"%zu\"], timeout_s: "
			"20, outputs: [OUT_%zu], max_output_mib: 32, max_log_mib: 4}\n",
			i, i, i);
	return put(path_of("%s/profiles/HOSTILE.yaml", repo), text, 0644);
}

static const char route[] =
	"ROUTE_TOKEN:\n"
	"  META: {ROUTER_VERSION: \"1\", TIMESTAMP: \"\", TRACE_ID: \"\"}\n"
	"  TASK: {TASK_TEXT_HASH: \"\", USER_INTENT: \"To be attacked\"}\n"
	"  ROUTE: {DOMAIN: \"DOCS\", ARTIFACT_TYPE: \"SMALL\", MODE: \"REPO\", PROFILE_KEY: "
	"\"HOSTILE\", PIPE_SELECTED: \"\"}\n"
	"  REQUIRED_SET:\n"
	"    REQUIRED_IDX: []\n    REQUIRED_ROLES: [\"SPC\", \"ORC\", \"VAL\"]\n"
	"    REQUIRED_ENG_KEYS: [\"KEY:ENG.E01\"]\n    REQUIRED_KB_KEYS: []\n"
	"    REQUIRED_VAL_KEYS: [\"KEY:VAL.ENGINE_COVERAGE_GATE\", "
	"\"KEY:VAL.OUTPUT_CONTRACT_GATE\"]\n"
	"    OUTPUT_CONTRACT: [\"BRIEF_TOKEN\", \"VAL_REPORT\", \"PACK_OUTPUT\"]\n"
	"    NO_GO_LIST: []\n"
	"  GATES: {STOP_CONDITIONS: [], QUALITY_MINIMUM: \"\"}\n";

size_t scene_argv(const struct scene *s, char *argv[8])
{
	static char walls[64];
	size_t n = 0;
	if (s->c->deny) {
		(void)snprintf(walls, sizeof(walls), "%s", s->c->deny);
		argv[n++] = (char *)(uintptr_t)s->deny;
		argv[n++] = walls;
	}
	argv[n++] = (char *)(uintptr_t)s->stepgate;
	argv[n] = NULL;
	return n;
}

int scene_command(const struct scene *s, const char *a, const char *b, const char *more[])
{
	char *argv[16];
	size_t n = scene_argv(s, argv);
	const char *const words[] = {a, b};
	int status = 0;
	for (size_t i = 0; i < 2 && words[i]; i++)
		argv[n++] = (char *)(uintptr_t)words[i];
	for (size_t i = 0; more && more[i]; i++)
		argv[n++] = (char *)(uintptr_t)more[i];
	argv[n] = NULL;
	const pid_t pid = fork();
	if (pid == 0) {
		int null = open(path_of("%s/commands.txt", s->box), O_WRONLY | O_CREAT | O_APPEND,
			0644);
		(void)dup2(null, 1);
		(void)dup2(null, 2);
		(void)dup2(open("/dev/null", O_RDONLY), 0);
		(void)setenv("HOME", s->room.home, 1);
		(void)setenv("TMPDIR", path_of("%s/tmp", s->box), 1);
		(void)setenv("LC_ALL", "C.UTF-8", 1);
		if (chdir(s->room.repo) == 0)
			(void)execv(argv[0], argv);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool scene_open_step(struct scene *s, const char *repo, const char *child)
{
	const char *step[] = {"--file", "docs/one.md", "--route", "route.yaml", NULL};
	(void)snprintf(s->room.repo, sizeof(s->room.repo), "%.400s/%s", s->box, repo);
	const char *at = s->room.repo;
	if (mkdir(at, 0755) < 0 || mkdir(path_of("%s/docs", at), 0755) < 0 ||
		mkdir(path_of("%s/profiles", at), 0755) < 0 ||
		mkdir(path_of("%s/acks", at), 0755) < 0 ||
		!put(path_of("%s/docs/one.md", at), "One document.\n", 0644) ||
		!put(path_of("%s/route.yaml", at), route, 0644) ||
		!put_profile(s, at, child) || !put_targets(path_of("%s/docs", at)) ||
		!file_copy(path_of("%s/bin/hostile", s->box), path_of("%s/hostile", at), 0755))
		return trouble(s->c, "cannot make the repository: %s", strerror(errno));
	if (!room_write(&s->room, path_of("%s/room", at)) ||
		scene_command(s, "init", NULL, NULL) != 0 ||
		scene_command(s, "step", "To be attacked", step) != 0)
		return trouble(s->c, "cannot open the STEP: see %s/commands.txt", s->box);
	/* unknown to stepgate, and hidden with the rest of the folder */
	return put_secrets(s, path_of("%s/.stepgate", at), 'L');
}

/* Programs may lie where an ordinary user cannot go. */
static bool copy_programs(struct scene *s, const char *stepgate, const char *deny)
{
	char self[PATH_SIZE];
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	(void)snprintf(s->stepgate, sizeof(s->stepgate), "%.400s/bin/stepgate", s->box);
	(void)snprintf(s->deny, sizeof(s->deny), "%.400s/bin/deny", s->box);
	return mkdir(path_of("%s/bin", s->box), 0755) == 0 &&
	       file_copy(stepgate, s->stepgate, 0755) && file_copy(deny, s->deny, 0755) &&
	       file_copy(self, path_of("%s/bin/hostile", s->box), 0755);
}

static bool become_user(const struct scene *s)
{
	if (s->c->as_root || geteuid() != 0)
		return true;
	return chown(s->box, ORDINARY_USER, ORDINARY_USER) == 0 && setgroups(0, NULL) == 0 &&
	       setgid(ORDINARY_USER) == 0 && setuid(ORDINARY_USER) == 0;
}

bool scene_make(struct scene *s, const char *stepgate, const char *deny)
{
	char text[64];
	(void)snprintf(s->box, sizeof(s->box), "/tmp/hostile.XXXXXX");
	if (getrandom(&s->seed, sizeof(s->seed), 0) < 0 || !mkdtemp(s->box) ||
		chmod(s->box, 0755) < 0)
		return trouble(s->c, "cannot make a folder: %s", strerror(errno));
	(void)snprintf(s->c->box, sizeof(s->c->box), "%.60s", s->box);
	if (!copy_programs(s, stepgate, deny) || !become_user(s))
		return trouble(s->c, "cannot set up %s: %s", s->box, strerror(errno));
	struct room *r = &s->room;
	(void)snprintf(r->home, sizeof(r->home), "%.400s/home", s->box);
	(void)snprintf(r->outside, sizeof(r->outside), "%.400s/outside", s->box);
	(void)snprintf(r->tag, sizeof(r->tag), "hostile-%.32s", strrchr(s->box, '.') + 1);
	r->judge = getpid();
	r->key = (long)(s->seed & 0x3fff0000) | 0x4000;
	scene_secret(s, 'R', 0, s->secret);
	(void)snprintf(text, sizeof(text), "%s\n", s->secret);
	static const char *const folders[] = {
		"home", "home/.ssh", "home/loot", "outside", "tmp", "state"};
	char loot[PATH_SIZE];
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (mkdir(path_of("%s/%s", s->box, folders[i]), 0755) < 0)
			return trouble(s->c, "cannot make a folder: %s", strerror(errno));
	/* what each of the engines would find if its folder were this one */
	for (size_t i = 1; i <= end_tries.n; i++) {
		(void)snprintf(loot, sizeof(loot), "%.400s/loot/OUT_%zu.txt", r->home, i);
		(void)put(loot, text, 0644);
	}
	return put_targets(r->outside) && put_secrets(s, r->home, 'H') &&
	       put_secrets(s, r->outside, 'O') &&
	       put(path_of("%s/held", r->outside), text, 0644) &&
	       put(path_of("%s/inherited", r->home), text, 0644) &&
	       put(path_of("%s/.bashrc", r->home), "# ours\n", 0644) &&
	       put(path_of("%s/.ssh/authorized_keys", r->home), "# ours\n", 0600);
}
