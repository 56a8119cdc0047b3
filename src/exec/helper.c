/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The helper: a program of its own, the first process inside the walls.
 *
 * It runs no code but its own before the walls stand, and holds nothing that the command
 * could take: it is undumpable, so that neither its descriptors nor its memory can be reached
 * from within, and it keeps outside of Landlock's domain, which so cannot signal it.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "exec/helper_room.h"
#include "exec/sandbox_internal.h"

#define FILTER_MAX 4096 /* instructions, the kernel's own limit */
#define SWEEPS     50
#define SWEEP_NS   2000000L

struct order {
	bool ns, make_ns, keep_pwd, network;
	int landlock;
	const char *folder;
	char **first, **words; /* the "key=value" words lie in [first, words) */
	char **argv;           /* words[0] is the program's path, this its argv */
};

static _Noreturn void give_up(enum sg_stage stage)
{
	const struct sg_stage_report report = {stage, errno};
	/* nobody listens any more: 127 says enough */
	ssize_t n = write(SG_HELPER_REPORT, &report, sizeof(report));
	(void)n;
	_exit(127);
}

/* The value of a word with this key, or NULL. */
static const char *value_of(const char *word, const char *key)
{
	const size_t n = strlen(key);
	return strncmp(word, key, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static const char *find(const struct order *o, const char *key)
{
	for (char **word = o->first; word < o->words; word++)
		if (value_of(*word, key))
			return value_of(*word, key);
	return NULL;
}

static void read_order(struct order *o, int argc, char **argv)
{
	memset(o, 0, sizeof(*o));
	o->first = o->words = argv + 1;
	while (*o->words && strcmp(*o->words, "--") != 0)
		o->words++;
	errno = EINVAL;
	if (argv + argc - o->words < 3)
		give_up(SG_STAGE_HELPER);
	const char *abi = find(o, "landlock");
	o->argv = o->words + 2;
	o->ns = find(o, "ns") != NULL;
	o->make_ns = o->ns && strcmp(find(o, "ns"), "make") == 0;
	o->keep_pwd = find(o, "pwd") != NULL;
	o->network = find(o, "net") != NULL;
	o->landlock = abi ? atoi(abi) : 0;
	o->folder = find(o, "in");
}

/* The kernel's own call: see spawn.c. */
static void default_signals(void)
{
	const unsigned long dfl[8] = {0};
	for (int sig = 1; sig < NSIG; sig++)
		(void)syscall(SYS_rt_sigaction, sig, dfl, NULL, (size_t)(NSIG / 8));
}

/* --- what both do: the helper for itself, and by inheritance for the command --- */

/* Whether all paths with this key are what was meant; false: errno says how not. */
static bool are_same(const struct order *o, const char *key)
{
	for (char **word = o->first; word < o->words; word++) {
		const char *same = value_of(*word, key);
		char *end;
		struct stat st;
		if (!same)
			continue;
		const unsigned long long device = strtoull(same, &end, 10);
		const unsigned long long inode = strtoull(end + 1, &end, 10);
		if (lstat(end + 1, &st) < 0)
			return false;
		errno = ESTALE;
		if (st.st_dev != (dev_t)device || st.st_ino != (ino_t)inode)
			return false;
	}
	return true;
}

static void set_limit(const struct order *o, const char *key, __rlimit_resource_t resource)
{
	const char *value = find(o, key);
	struct rlimit limit;
	if (!value || getrlimit(resource, &limit) < 0)
		return;
	const rlim_t wanted = (rlim_t)strtoull(value, NULL, 10);
	/* never more than what we were given */
	limit.rlim_max = wanted < limit.rlim_max ? wanted : limit.rlim_max;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(resource, &limit) < 0)
		give_up(SG_STAGE_LIMITS);
}

static void set_limits(const struct order *o)
{
	set_limit(o, "core", RLIMIT_CORE);
	set_limit(o, "fsize", RLIMIT_FSIZE);
	set_limit(o, "nproc", RLIMIT_NPROC);
	set_limit(o, "nofile", RLIMIT_NOFILE);
}

/* All of them, out of every set; and uid 0 brings none back. */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];
	memset(none, 0, sizeof(none));
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	/* those may be refused: who has no CAP_SETPCAP has nothing to drop there either */
	(void)prctl(PR_SET_SECUREBITS,
		SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
			SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
			SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
		0, 0, 0);
	/* up to the last that this kernel knows */
	int there;
	for (unsigned long cap = 0; (there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0)) >= 0; cap++)
		if (there == 1)
			(void)prctl(PR_CAPBSET_DROP, cap, 0, 0, 0);
	if (syscall(SYS_capset, &header, none) < 0)
		give_up(SG_STAGE_CAPABILITIES);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		give_up(SG_STAGE_CAPABILITIES);
}

/* --- the command's own room --- */

static void raise_landlock(const struct order *o)
{
	static const struct {
		const char *key;
		enum sg_landlock_right right;
	} rules[] = {{"r", SG_LANDLOCK_READ}, {"w", SG_LANDLOCK_WRITE}, {"l", SG_LANDLOCK_LIST},
		{"d", SG_LANDLOCK_DEVICE}};
	struct sg_landlock landlock;
	if (!o->landlock)
		return;
	if (sg_landlock_begin(&landlock, o->landlock, o->network) < 0)
		give_up(SG_STAGE_LANDLOCK);
	for (char **word = o->first; word < o->words; word++)
		for (size_t i = 0; i < SG_ARRAY_SIZE(rules); i++) {
			const char *path = value_of(*word, rules[i].key);
			if (path && sg_landlock_allow(&landlock, path, rules[i].right) < 0)
				give_up(SG_STAGE_LANDLOCK);
		}
	if (sg_landlock_raise(&landlock) < 0)
		give_up(SG_STAGE_LANDLOCK);
	(void)close(landlock.fd);
}

static void raise_seccomp(void)
{
	static struct sock_filter program[FILTER_MAX];
	struct stat st;
	if (fstat(SG_HELPER_FILTER, &st) < 0 && errno == EBADF)
		return;
	const ssize_t n = pread(SG_HELPER_FILTER, program, sizeof(program), 0);
	errno = EINVAL;
	if (n <= 0 || n != st.st_size || (size_t)n % sizeof(*program))
		give_up(SG_STAGE_SECCOMP);
	const struct sock_fprog filter = {
		.len = (unsigned short)((size_t)n / sizeof(*program)), .filter = program};
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0U, &filter) < 0)
		give_up(SG_STAGE_SECCOMP);
}

static _Noreturn void become(const struct order *o)
{
	const struct sg_stage_report ready = {SG_STAGE_READY, 0};
	sigset_t none;
	/* where the helper is not process 1 its death would set us free */
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)close(SG_HELPER_STATUS);
	(void)close(SG_HELPER_PROGRAM);
	if (fcntl(SG_HELPER_STDERR, F_GETFD) >= 0 && dup2(SG_HELPER_STDERR, 2) < 0)
		give_up(SG_STAGE_FILES);
	(void)close(SG_HELPER_STDERR);
	if (chdir(o->folder ? o->folder : "/") < 0)
		give_up(SG_STAGE_FOLDER);
	raise_landlock(o);
	if (write(SG_HELPER_REPORT, &ready, sizeof(ready)) != (ssize_t)sizeof(ready))
		_exit(127);
	(void)fcntl(SG_HELPER_REPORT, F_SETFD, FD_CLOEXEC);
	(void)fcntl(SG_HELPER_FILTER, F_SETFD, FD_CLOEXEC);
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	raise_seccomp();
	(void)close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
	execve(o->words[1], o->argv, environ);
	give_up(SG_STAGE_EXEC);
}

/* --- waiting --- */

/* Every child of ours, dead or alive, and by and by theirs, is ended. */
static void sweep(void)
{
	const struct timespec pause = {0, SWEEP_NS};
	for (int turn = 0; turn < SWEEPS; turn++) {
		char list[4096];
		const int fd = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
		const ssize_t n = fd < 0 ? 0 : read(fd, list, sizeof(list) - 1);
		(void)close(fd);
		list[n > 0 ? n : 0] = '\0';
		char *at = list;
		for (long pid; (pid = strtol(at, &at, 10)) > 0;)
			(void)kill((pid_t)pid, SIGKILL);
		while (waitpid(-1, NULL, WNOHANG) > 0)
			;
		if (n <= 0)
			return;
		(void)nanosleep(&pause, NULL);
	}
}

static int as_exit_code(int status)
{
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/*
 * Until the command has ended. SIGUSR1 is the kernel's word that stepgate died (asked for in
 * help()): what the command left is ours to end then. As process 1 we would be killed with it.
 */
static _Noreturn void watch(
	const struct order *o, pid_t command, pid_t parent, const sigset_t *news)
{
	for (;;) {
		int status = 0;
		const int sig = sigwaitinfo(news, NULL);
		if (sig == SIGUSR1 && getppid() != parent) {
			sweep();
			_exit(128 + SIGKILL);
		}
		for (pid_t pid; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
			if (pid != command)
				continue;
			/* who renames a file over one that is mounted takes the mount away */
			const int said =
				status | (are_same(o, "over") ? 0 : SG_STATUS_REPLACED);
			ssize_t n = write(SG_HELPER_STATUS, &said, sizeof(said));
			(void)n;
			_exit(as_exit_code(status));
		}
	}
}

/* What ends with us: by the kernel as process 1, else by our own doing. */
static void tie_to_parent(const struct order *o, pid_t parent)
{
	if (o->ns)
		return;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1);
	(void)prctl(PR_SET_PDEATHSIG, SIGUSR1);
	if (getppid() != parent)
		_exit(127);
}

int main(int argc, char **argv)
{
	const pid_t parent = getppid();
	struct order order;
	sigset_t all, news;
	sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, NULL);
	default_signals();
	read_order(&order, argc, argv);
	(void)close_range(SG_HELPER_FD_END, ~0U, 0);
	if (order.make_ns)
		sg_room_enter(order.first, (size_t)(order.words - order.first), order.network);
	/* not before: who is not dumpable cannot say who it is in its namespace */
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (!order.keep_pwd)
		(void)unsetenv("PWD");
	tie_to_parent(&order, parent);
	/*
	 * between the look at a path and its mount somebody may have put another in its place
	 */
	if (!are_same(&order, "same") || !are_same(&order, "over"))
		give_up(SG_STAGE_PATHS);
	set_limits(&order);
	drop_capabilities();
	/*
	 * it shares our memory until it is the command, and we wait: nothing has to be copied
	 */
	const pid_t command = vfork();
	if (command < 0)
		give_up(SG_STAGE_HELPER);
	if (command == 0)
		become(&order);
	/* the ends of pipes have to close with the command's own, those of its output too */
	static const int ours_no_more[] = {0, 1, 2, SG_HELPER_REPORT, SG_HELPER_PROGRAM,
		SG_HELPER_STDERR, SG_HELPER_FILTER};
	for (size_t i = 0; i < SG_ARRAY_SIZE(ours_no_more); i++)
		(void)close(ours_no_more[i]);
	sigemptyset(&news);
	sigaddset(&news, SIGCHLD);
	if (!order.ns)
		sigaddset(&news, SIGUSR1);
	watch(&order, command, parent, &news);
}
