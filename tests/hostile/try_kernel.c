/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries at the kernel: namespaces and mounts, its own objects, and more than its share. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fanotify.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "hostile/hostile.h"

#ifndef SYS_open_tree
#define SYS_open_tree  428
#define SYS_move_mount 429
#define SYS_fsopen     430
#define SYS_fsconfig   431
#define SYS_fsmount    432
#endif

/* --- namespaces and mounts; what succeeds shows in /proc/PID/mountinfo and /proc/PID/ns --- */

/*
 * As root, mounts of our own that do not reach the machine's: the control runs in the open. False
 * where that is refused, and then what needs it is too.
 */
static bool own_mounts(void)
{
	return getuid() != 0 || (unshare(CLONE_NEWNS) == 0 &&
					mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
}

static bool new_user_mounts(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0 || (getuid() == 0 && own_mounts());
}

static int new_user(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(unshare(CLONE_NEWUSER));
}

static int clone_user(const struct room *r, int id)
{
	(void)r;
	(void)id;
	const long pid = syscall(
		SYS_clone, (unsigned long)(CLONE_NEWUSER | SIGCHLD), NULL, NULL, NULL, 0UL);
	if (pid == 0) {
		(void)sleep(2);
		_exit(0);
	}
	return result(pid);
}

static int clone3_user(const struct room *r, int id)
{
	uint64_t args[8] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
	(void)r;
	(void)id;
	const long pid = syscall(SYS_clone3, args, sizeof(args));
	if (pid == 0) {
		(void)sleep(2);
		_exit(0);
	}
	return result(pid);
}

static int new_mounts(const struct room *r, int id)
{
	(void)r;
	(void)id;
	if (!new_user_mounts())
		return errno;
	return result(mount("hostile-mount", "/tmp", "tmpfs", 0, NULL));
}

static int plain_mount(const struct room *r, int id)
{
	(void)id;
	return !own_mounts() ? errno
			     : result(mount("hostile-mount", r->repo, "tmpfs", 0, NULL));
}

static int remount(const struct room *r, int id)
{
	(void)id;
	if (!own_mounts())
		return errno;
	if (mount(NULL, r->repo, NULL, MS_REMOUNT | MS_BIND, NULL) < 0)
		return errno;
	return scribble(path_of("%s/docs/f.%d", r->repo, id), 0);
}

static int unmount_hiding(const struct room *r, int id)
{
	if (!own_mounts())
		return errno;
	if (umount2(path_of("%s/.stepgate", r->repo), MNT_DETACH) < 0)
		return errno;
	return leak(path_of("%s/.stepgate/secret.%d", r->repo, id), id);
}

static int open_tree_clone(const struct room *r, int id)
{
	(void)id;
	if (!own_mounts())
		return errno;
	long tree = syscall(SYS_open_tree, AT_FDCWD, r->repo, 1U | O_CLOEXEC);
	return tree < 0 ? errno
			: result(syscall(SYS_move_mount, tree, "", AT_FDCWD, "/tmp", 4U));
}

static int new_filesystem(const struct room *r, int id)
{
	(void)r;
	(void)id;
	if (!own_mounts())
		return errno;
	long fs = syscall(SYS_fsopen, "tmpfs", 0U);
	if (fs < 0 || syscall(SYS_fsconfig, fs, 1U, "source", "hostile-mount", 0) < 0 ||
		syscall(SYS_fsconfig, fs, 6U, NULL, NULL, 0) < 0)
		return errno;
	long made = syscall(SYS_fsmount, fs, 0U, 0U);
	return made < 0 ? errno
			: result(syscall(SYS_move_mount, made, "", AT_FDCWD, "/tmp", 4U));
}

static int overlay(const struct room *r, int id)
{
	const char *out = getenv("STEPGATE_OUT");
	const char *upper = path_of("%s/upper.%d", out ? out : "", id);
	const char *work = path_of("%s/work.%d", out ? out : "", id);
	if (!new_user_mounts())
		return errno;
	(void)mkdir(upper, 0755);
	(void)mkdir(work, 0755);
	return result(mount("hostile-mount", r->repo, "overlay", 0,
		path_of("lowerdir=%s,upperdir=%s,workdir=%s", r->repo, upper, work)));
}

static int pivot(const struct room *r, int id)
{
	(void)id;
	if (!new_user_mounts())
		return errno;
	if (mount(r->repo, r->repo, NULL, MS_BIND, NULL) < 0 || chdir(r->repo) < 0)
		return errno;
	return result(syscall(SYS_pivot_root, ".", "."));
}

static int change_root(const struct room *r, int id)
{
	(void)id;
	(void)unshare(CLONE_NEWUSER);
	return result(chroot(r->repo));
}

static int join_victim(const struct room *r, int id)
{
	int fd = open(path_of("/proc/%ld/ns/mnt", r->victim), O_RDONLY);
	if (fd < 0 || setns(fd, CLONE_NEWNS) < 0)
		return errno;
	return leak(path_of("%s/secret.%d", r->home, id), id);
}

static int join_by_pidfd(const struct room *r, int id)
{
	long fd = syscall(SYS_pidfd_open, r->victim, 0);
	if (fd < 0 || setns((int)fd, CLONE_NEWNS) < 0)
		return errno;
	return leak(path_of("%s/secret.%d", r->home, id), id);
}

static int new_network(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(unshare(CLONE_NEWUSER | CLONE_NEWNET));
}

static int host_name(const struct room *r, int id)
{
	(void)id;
	return result(setdomainname(r->tag, strlen(r->tag)));
}

static int by_sysctl(const struct room *r, int id)
{
	(void)id;
	int fd = open("/proc/sys/kernel/domainname", O_WRONLY);
	return fd < 0 ? errno : result(write(fd, r->tag, strlen(r->tag)));
}

/* --- objects of the kernel --- */

static int add_key_to_user(const struct room *r, int id)
{
	const char *name = path_of("%s.%d", r->tag, id);
	return result(syscall(SYS_add_key, "user", name, "x", 1UL, -4));
}

static int name_keyring(const struct room *r, int id)
{
	return result(syscall(SYS_keyctl, 1L, path_of("%s.%d", r->tag, id)));
}

static int load_program(const struct room *r, int id)
{
	static const struct bpf_insn code[] = {{.code = 0xb7}, {.code = 0x95}};
	static const char licence[] = "GPL";
	const union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insn_cnt = 2,
		.insns = (uint64_t)(uintptr_t)code,
		.license = (uint64_t)(uintptr_t)licence};
	(void)r;
	(void)id;
	return result(syscall(SYS_bpf, BPF_PROG_LOAD, &attr, sizeof(attr)));
}

static int make_map(const struct room *r, int id)
{
	const union bpf_attr attr = {.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 4,
		.max_entries = 1};
	(void)r;
	(void)id;
	return result(syscall(SYS_bpf, BPF_MAP_CREATE, &attr, sizeof(attr)));
}

static int measure(const struct room *r, int id)
{
	struct perf_event_attr attr = {.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attr),
		.config = PERF_COUNT_SW_TASK_CLOCK,
		.exclude_kernel = 1,
		.exclude_hv = 1};
	(void)r;
	(void)id;
	return result(syscall(SYS_perf_event_open, &attr, 0, -1, -1, 0UL));
}

static int handle_faults(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(syscall(SYS_userfaultfd, O_CLOEXEC | 1));
}

static int make_ring(const struct room *r, int id)
{
	unsigned char params[256] = {0};
	(void)r;
	(void)id;
	return result(syscall(SYS_io_uring_setup, 4U, params));
}

static int watch_all(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(fanotify_init(FAN_CLASS_NOTIF | FAN_REPORT_FID, O_RDONLY));
}

static int odd_personality(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(personality(ADDR_NO_RANDOMIZE | READ_IMPLIES_EXEC));
}

static int shared_segment(const struct room *r, int id)
{
	return result(shmget((key_t)(r->key + id), 4096, IPC_CREAT | IPC_EXCL | 0600));
}

static int semaphores(const struct room *r, int id)
{
	return result(semget((key_t)(r->key + id), 1, IPC_CREAT | IPC_EXCL | 0600));
}

static int messages(const struct room *r, int id)
{
	return result(msgget((key_t)(r->key + id), IPC_CREAT | IPC_EXCL | 0600));
}

static int posix_queue(const struct room *r, int id)
{
	return result(mq_open(path_of("/%s.%d", r->tag, id), O_CREAT | O_RDWR, 0600, NULL));
}

static int read_kernel_log(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(open("/dev/kmsg", O_WRONLY));
}

static int make_device(const struct room *r, int id)
{
	(void)r;
	const char *out = getenv("STEPGATE_OUT");
	const char *path = path_of("%s/device.%d", out ? out : "", id);
	/* the same as /dev/mem, of which nothing is read */
	if (mknod(path, S_IFCHR | 0600, (dev_t)(1 << 8 | 1)) < 0)
		return errno;
	return result(open(path, O_RDONLY));
}

static int gain_capability(const struct room *r, int id)
{
	(void)r;
	(void)id;
	return result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, 21 /* CAP_SYS_ADMIN */, 0, 0));
}

/* --- more than its share; the profile gives 64 processes, 200 files, 8 MiB --- */

static int many_files(const struct room *r, int id)
{
	struct rlimit limit;
	int n = 0;
	(void)r;
	(void)id;
	(void)getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	while (n < 3000 && open("/dev/null", O_RDONLY) >= 0)
		n++;
	return n < 3000 ? errno : 0;
}

/* They wait for the judge to count them, in a group of their own that is ended at once. */
static int many_processes(const struct room *r, int id)
{
	int n = 0;
	int rc = 0;
	for (; n < 200; n++) {
		const pid_t pid = fork();
		if (pid == 0) {
			for (int ms = 0; ms < 5000; ms++) {
				const struct timespec t = {0, 1000000};
				(void)nanosleep(&t, NULL);
				if (access(path_of("%s/acks/%d", r->repo, id), F_OK) == 0)
					break;
			}
			_exit(0);
		}
		if (pid < 0) {
			rc = errno;
			break;
		}
	}
	return rc;
}

static int large_file(const struct room *r, int id)
{
	const char *out = getenv("STEPGATE_OUT");
	(void)r;
	int fd = open(path_of("%s/large.%d", out ? out : "", id), O_CREAT | O_WRONLY, 0600);
	return fd < 0 ? errno : result(ftruncate(fd, (off_t)64 << 20));
}

static const struct try table[] = {
	{"mount", "a user namespace by unshare", new_user},
	{"mount", "a user namespace by clone", clone_user},
	{"mount", "a user namespace by clone3", clone3_user},
	{"mount", "a mount namespace, and mount in it", new_mounts},
	{"mount", "mount over the repository", plain_mount},
	{"mount", "mount the repository writable", remount},
	{"mount", "unmount what hides .stepgate", unmount_hiding},
	{"mount", "open_tree and move_mount", open_tree_clone},
	{"mount", "fsopen, fsmount, move_mount", new_filesystem},
	{"mount", "an overlay over the repository", overlay},
	{"mount", "pivot_root", pivot},
	{"mount", "chroot", change_root},
	{"mount", "setns to another's mounts", join_victim},
	{"mount", "setns by a pidfd", join_by_pidfd},
	{"mount", "a network namespace", new_network},
	{"kernel", "setdomainname", host_name},
	{"kernel", "write a sysctl", by_sysctl},
	{"kernel", "add a key to the user's keyring", add_key_to_user},
	{"kernel", "a named session keyring", name_keyring},
	{"kernel", "load a bpf program", load_program},
	{"kernel", "make a bpf map", make_map},
	{"kernel", "perf_event_open", measure},
	{"kernel", "userfaultfd", handle_faults},
	{"kernel", "io_uring_setup", make_ring},
	{"kernel", "fanotify_init", watch_all},
	{"kernel", "personality", odd_personality},
	{"kernel", "a System V segment", shared_segment},
	{"kernel", "System V semaphores", semaphores},
	{"kernel", "a System V queue", messages},
	{"kernel", "a POSIX queue", posix_queue},
	{"kernel", "open /dev/kmsg", read_kernel_log},
	{"kernel", "make a device and open it", make_device},
	{"kernel", "raise a capability", gain_capability},
	{"kernel", "open three thousand files", many_files},
	{"kernel", "start two hundred processes", many_processes},
	{"kernel", "a file over its cap", large_file},
};

const struct tries kernel_tries = {table, sizeof(table) / sizeof(table[0])};
