/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The seccomp filter: what a command has no use for, or what neither namespaces nor Landlock
 * see.
 *
 * A list of what is refused, not of what is allowed: compilers, interpreters and git use nearly
 * everything else, and what they use tomorrow must not break them. Each kind of filter is
 * made once in a process and handed to the helper as a memory file: making one takes longer
 * than starting a command.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fs.h"
#include "exec/sandbox_internal.h"

/*
 * A call by its name, and where libseccomp is older than the call, by its number (NONE:
 * none).
 */
struct call {
	const char *name;
	int number;
};
#define NONE (-1)

/* Refused in any case, EPERM. */
static const struct call refused[] = {
	/* mounts and namespaces */
	{"mount", NONE},
	{"umount", NONE},
	{"umount2", NONE},
	{"pivot_root", NONE},
	{"chroot", NONE},
	{"setns", NONE},
	{"open_tree", 428},
	{"move_mount", 429},
	{"fsopen", 430},
	{"fsconfig", 431},
	{"fsmount", 432},
	{"fspick", 433},
	{"mount_setattr", 442},
	{"open_tree_attr", 467},
	/* other processes */
	{"ptrace", NONE},
	{"process_vm_readv", NONE},
	{"process_vm_writev", NONE},
	{"kcmp", NONE},
	{"pidfd_getfd", 438},
	{"process_madvise", 440},
	{"process_mrelease", 448},
	{"move_pages", NONE},
	{"migrate_pages", NONE},
	/* files by number, and hearing of others' */
	{"name_to_handle_at", NONE},
	{"open_by_handle_at", NONE},
	{"fanotify_init", NONE},
	{"fanotify_mark", NONE},
	{"lookup_dcookie", NONE},
	/* the kernel's own */
	{"add_key", NONE},
	{"request_key", NONE},
	{"keyctl", NONE},
	{"bpf", NONE},
	{"perf_event_open", NONE},
	{"userfaultfd", NONE},
	{"kexec_load", NONE},
	{"kexec_file_load", NONE},
	{"init_module", NONE},
	{"finit_module", NONE},
	{"delete_module", NONE},
	{"create_module", NONE},
	{"query_module", NONE},
	{"get_kernel_syms", NONE},
	{"reboot", NONE},
	{"swapon", NONE},
	{"swapoff", NONE},
	{"quotactl", NONE},
	{"quotactl_fd", 443},
	{"acct", NONE},
	{"syslog", NONE},
	{"settimeofday", NONE},
	{"stime", NONE},
	{"clock_settime", NONE},
	{"clock_settime64", NONE},
	{"sethostname", NONE},
	{"setdomainname", NONE},
	{"iopl", NONE},
	{"ioperm", NONE},
	{"vhangup", NONE},
	{"nfsservctl", NONE},
	{"uselib", NONE},
	{"sysfs", NONE},
	{"_sysctl", NONE},
	{"ustat", NONE},
	{"vm86", NONE},
	{"vm86old", NONE},
	{"modify_ldt", NONE},
	{"memfd_secret", 447},
	{"map_shadow_stack", 453},
	{"lsm_set_self_attr", 460},
};

/*
 * As if the kernel did not have them: who asks falls back to what can be looked at. clone3 and
 * io_uring hide what they do behind pointers.
 */
static const struct call unknown[] = {
	{"clone3", 435},
	{"io_uring_setup", 425},
	{"io_uring_enter", 426},
	{"io_uring_register", 427},
};

/* Without namespaces: Landlock does not look at these, and files of others are in reach. */
static const struct call metadata[] = {
	{"chmod", NONE},
	{"fchmod", NONE},
	{"fchmodat", NONE},
	{"fchmodat2", 452},
	{"chown", NONE},
	{"chown32", NONE},
	{"fchown", NONE},
	{"fchown32", NONE},
	{"lchown", NONE},
	{"lchown32", NONE},
	{"fchownat", NONE},
	{"utime", NONE},
	{"utimes", NONE},
	{"futimesat", NONE},
	{"utimensat", NONE},
	{"utimensat_time64", NONE},
	{"setxattr", NONE},
	{"lsetxattr", NONE},
	{"fsetxattr", NONE},
	{"removexattr", NONE},
	{"lremovexattr", NONE},
	{"fremovexattr", NONE},
	{"setxattrat", 463},
	{"removexattrat", 466},
	{"file_setattr", 469},
	{"pidfd_send_signal", 424},
	{"rt_sigqueueinfo", NONE},
	{"rt_tgsigqueueinfo", NONE},
	{"msgget", NONE},
	{"semget", NONE},
	{"shmget", NONE},
	{"mq_open", NONE},
	{"mq_unlink", NONE},
};

/* Without namespaces: on oneself only. The argument, and what it has to be. */
static const struct {
	const char *name;
	unsigned int argument;
	uint64_t value;
} on_oneself[] = {
	{"setpriority", 0, 0 /* PRIO_PROCESS */},
	{"setpriority", 1, 0},
	{"ioprio_set", 0, 1 /* IOPRIO_WHO_PROCESS */},
	{"ioprio_set", 1, 0},
	{"sched_setaffinity", 0, 0},
	{"sched_setparam", 0, 0},
	{"sched_setscheduler", 0, 0},
	{"sched_setattr", 0, 0},
};

/* Of ioctl: typing into a terminal, taking one, and a file's flags. */
static const unsigned int ioctls[] = {
	TIOCSTI, TIOCLINUX, TIOCSCTTY, TIOCSETD, TIOCCONS, 0x40086602U, /* FS_IOC_SETFLAGS */
	0x40047602U,                                                    /* FS_IOC_SETVERSION */
	0x401c5820U,                                                    /* FS_IOC_FSSETXATTR */
};

static const unsigned long namespaces[] = {
	0x80UL /* CLONE_NEWTIME */,
	CLONE_NEWNS,
	CLONE_NEWCGROUP,
	CLONE_NEWUTS,
	CLONE_NEWIPC,
	CLONE_NEWUSER,
	CLONE_NEWPID,
	CLONE_NEWNET,
};

#define MEMFD_NOEXEC 0x0008U

static int number_of(const struct call *call)
{
	const int n = seccomp_syscall_resolve_name(call->name);
	return n == __NR_SCMP_ERROR ? call->number : n;
}

/* A call that this architecture does not have needs no rule. */
static int refuse(scmp_filter_ctx ctx, int error, const char *name, unsigned int n_tests,
	const struct scmp_arg_cmp *tests)
{
	const struct call call = {name, NONE};
	const int number = number_of(&call);
	if (number < 0)
		return 0;
	return seccomp_rule_add_array(
		ctx, SCMP_ACT_ERRNO((uint32_t)error), number, n_tests, tests);
}

static int refuse_all(scmp_filter_ctx ctx, int error, const struct call *calls, size_t n)
{
	int rc = 0;
	for (size_t i = 0; i < n && rc == 0; i++) {
		const int number = number_of(&calls[i]);
		if (number >= 0)
			rc = seccomp_rule_add_array(
				ctx, SCMP_ACT_ERRNO((uint32_t)error), number, 0, NULL);
	}
	return rc;
}

/* One more reason to refuse a call, by one argument. */
static int refuse_if(
	scmp_filter_ctx ctx, int *rc, int error, const char *name, struct scmp_arg_cmp test)
{
	if (*rc == 0)
		*rc = refuse(ctx, error, name, 1, &test);
	return *rc;
}

static int new_namespaces(scmp_filter_ctx ctx)
{
	int rc = 0;
	for (size_t i = 0; i < SG_ARRAY_SIZE(namespaces); i++) {
		const struct scmp_arg_cmp has =
			SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]);
		refuse_if(ctx, &rc, EPERM, "unshare", has);
		/* of clone, the lowest byte is a signal's number */
		if (namespaces[i] > 0xff)
			refuse_if(ctx, &rc, EPERM, "clone", has);
	}
	return rc;
}

/*
 * AF_UNIX never: its names stand in the disk's view, and no other wall keeps a command from
 * calling whoever listens on one in the repository. Pairs of streams remain. As few tests as
 * will do: the kernel compiles them anew for each command.
 */
static int sockets(scmp_filter_ctx ctx, const struct sg_sandbox *s)
{
	int rc = 0;
	if (s->network) {
		for (uint64_t family = 0; family < AF_NETLINK; family++)
			if (family != AF_INET && family != AF_INET6)
				refuse_if(ctx, &rc, EAFNOSUPPORT, "socket",
					SCMP_A0(SCMP_CMP_EQ, family, 0));
		refuse_if(
			ctx, &rc, EAFNOSUPPORT, "socket", SCMP_A0(SCMP_CMP_GT, AF_NETLINK, 0));
	} else {
		rc = refuse(ctx, EAFNOSUPPORT, "socket", 0, NULL);
	}
	/* a pair of datagram sockets can be used to send to any name */
	for (uint64_t type = 0; type < 16; type++)
		if (type != SOCK_STREAM)
			refuse_if(ctx, &rc, EAFNOSUPPORT, "socketpair",
				SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, type));
	if (s->network) {
		refuse_if(
			ctx, &rc, EPERM, "socket", SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_RAW));
		refuse_if(ctx, &rc, EPERM, "socket",
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xf, SOCK_PACKET));
	}
	return rc;
}

static int by_argument(scmp_filter_ctx ctx, const struct sg_sandbox *s)
{
	int rc = 0;
	for (size_t i = 0; i < SG_ARRAY_SIZE(ioctls); i++)
		refuse_if(ctx, &rc, EPERM, "ioctl",
			SCMP_A1(SCMP_CMP_MASKED_EQ, 0xffffffffU, ioctls[i]));
	refuse_if(ctx, &rc, EPERM, "prlimit64", SCMP_A0(SCMP_CMP_NE, 0, 0));
	refuse_if(ctx, &rc, EPERM, "personality", SCMP_A0(SCMP_CMP_NE, 0, 0));
	/* a program that is nowhere on the disk cannot be hashed */
	refuse_if(
		ctx, &rc, ENOSYS, "memfd_create", SCMP_A1(SCMP_CMP_MASKED_EQ, MEMFD_NOEXEC, 0));
	for (size_t i = 0; i < SG_ARRAY_SIZE(on_oneself) && !s->walls->up[SG_WALL_NAMESPACES];
		i++)
		refuse_if(ctx, &rc, EPERM, on_oneself[i].name,
			SCMP_CMP(on_oneself[i].argument, SCMP_CMP_NE, on_oneself[i].value, 0));
	return rc;
}

static int fill(scmp_filter_ctx ctx, const struct sg_sandbox *s)
{
	/* a call by another architecture's numbers is none that anybody has looked at */
	int rc = seccomp_attr_set(ctx, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	if (rc == 0)
		rc = seccomp_attr_set(ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (rc == 0)
		rc = refuse_all(ctx, EPERM, refused, SG_ARRAY_SIZE(refused));
	if (rc == 0)
		rc = refuse_all(ctx, ENOSYS, unknown, SG_ARRAY_SIZE(unknown));
	if (rc == 0 && !s->walls->up[SG_WALL_NAMESPACES])
		rc = refuse_all(ctx, EPERM, metadata, SG_ARRAY_SIZE(metadata));
	if (rc == 0)
		rc = new_namespaces(ctx);
	if (rc == 0)
		rc = sockets(ctx, s);
	return rc == 0 ? by_argument(ctx, s) : rc;
}

static int write_filter(const struct sg_sandbox *s, int fd)
{
	scmp_filter_ctx ctx = seccomp_init(SCMP_ACT_ALLOW);
	if (!ctx)
		return -ENOMEM;
	int rc = fill(ctx, s);
	if (rc == 0)
		rc = seccomp_export_bpf(ctx, fd);
	seccomp_release(ctx);
	return rc;
}

/*
 * In a process of its own: libseccomp 2.5 dies of some of the allocations that it does not get,
 * and that must not be us.
 */
static int write_apart(const struct sg_sandbox *s, int fd)
{
	int status = 0;
	const pid_t child = fork();
	if (child < 0)
		return -errno;
	if (child == 0)
		_exit(-write_filter(s, fd) & 0xFF);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -ENOMEM;
}

static int make(const struct sg_sandbox *s, int *ret_fd)
{
	SG_CLEANUP(sg_fd_close)
	int fd = (int)memfd_create("filter", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return -errno;
	int rc = write_apart(s, fd);
	if (rc == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK) < 0)
		rc = -errno;
	if (rc == 0) {
		*ret_fd = fd;
		fd = -1;
	}
	return rc;
}

enum sg_rc sg_sandbox_filter(const struct sg_sandbox *sandbox, int *ret_fd, struct sg_err *err)
{
	/* by what fill() looks at: network and namespaces */
	static int made[4] = {-1, -1, -1, -1};
	const size_t kind = (sandbox->network ? 1U : 0U) +
			    (sandbox->walls->up[SG_WALL_NAMESPACES] ? 2U : 0U);
	if (made[kind] < 0) {
		const int rc = make(sandbox, &made[kind]);
		if (rc < 0)
			return sg_err_errno(
				err, SG_STORAGE, -rc, "cannot make the seccomp filter");
	}
	*ret_fd = fcntl(made[kind], F_DUPFD_CLOEXEC, 3);
	return *ret_fd < 0 ? sg_err_errno(err, SG_STORAGE, errno,
				     "cannot hand on the seccomp filter")
			   : SG_OK;
}
