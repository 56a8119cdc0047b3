/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * deny WALL[,WALL...] PROGRAM [ARGUMENT]... - runs the program on a kernel that has not got the
 * wall: namespaces, landlock, seccomp; or the mount calls of Linux 5.12 (mounts), which are no
 * wall, but without which only bubblewrap can make the namespaces. A filter of system calls
 * answers as such a kernel does, to the program and to all that it starts; the program stays
 * this very process.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

/* What a namespace is asked for by; CLONE_NEWTIME is a part of the old exit signal. */
#define NAMESPACES                                                                  \
	(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | \
		CLONE_NEWUTS | CLONE_NEWCGROUP)
#define CODE_MAX 64

struct code {
	struct sock_filter v[CODE_MAX];
	unsigned short n;
};

static void put(struct code *c, unsigned op, unsigned k, unsigned yes, unsigned no)
{
	if (c->n < CODE_MAX)
		c->v[c->n++] = (struct sock_filter){
			(unsigned short)op, (unsigned char)yes, (unsigned char)no, k};
}

static void load(struct code *c, size_t offset)
{
	put(c, BPF_LD | BPF_W | BPF_ABS, (unsigned)offset, 0, 0);
}

static void answer(struct code *c, int error)
{
	put(c, BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)error, 0, 0);
}

/* The number is loaded again after a look at an argument. */
static void load_number(struct code *c)
{
	load(c, offsetof(struct seccomp_data, nr));
}

static void deny(struct code *c, long number, int error)
{
	put(c, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 1);
	answer(c, error);
}

/* Where one of the bits is set in the first argument (equal: where it is this value). */
static void deny_where(struct code *c, long number, unsigned bits, bool equal, int error)
{
	put(c, BPF_JMP | BPF_JEQ | BPF_K, (unsigned)number, 0, 4);
	load(c, offsetof(struct seccomp_data, args));
	put(c, BPF_JMP | (equal ? BPF_JEQ : BPF_JSET) | BPF_K, bits, 0, 1);
	answer(c, error);
	load_number(c);
}

static bool add_wall(struct code *c, const char *wall, size_t n)
{
	if (n == 10 && strncmp(wall, "namespaces", n) == 0) {
		deny_where(c, SYS_unshare, NAMESPACES, false, EPERM);
		deny_where(c, SYS_clone, NAMESPACES, false, EPERM);
		deny(c, SYS_clone3, ENOSYS);
	} else if (n == 8 && strncmp(wall, "landlock", n) == 0) {
		deny(c, SYS_landlock_create_ruleset, ENOSYS);
	} else if (n == 7 && strncmp(wall, "seccomp", n) == 0) {
		deny(c, SYS_seccomp, ENOSYS);
		deny_where(c, SYS_prctl, PR_SET_SECCOMP, true, EINVAL);
	} else if (n == 6 && strncmp(wall, "mounts", n) == 0) {
		deny(c, SYS_open_tree, ENOSYS);
		deny(c, SYS_move_mount, ENOSYS);
		deny(c, SYS_mount_setattr, ENOSYS);
	} else {
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct code code = {.n = 0};
	if (argc < 3) {
		(void)fprintf(stderr, "usage: deny WALL[,WALL...] PROGRAM [ARGUMENT]...\n");
		return 2;
	}
	load_number(&code);
	for (const char *at = argv[1]; *at; at += *at == ',') {
		const size_t n = strcspn(at, ",");
		if (!add_wall(&code, at, n)) {
			(void)fprintf(stderr, "deny: %.*s is no wall\n", (int)n, at);
			return 2;
		}
		at += n;
	}
	put(&code, BPF_RET | BPF_K, SECCOMP_RET_ALLOW, 0, 0);
	const struct sock_fprog program = {code.n, code.v};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
		prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0) {
		perror("deny: cannot filter");
		return 2;
	}
	(void)execvp(argv[2], argv + 2);
	perror(argv[2]);
	return 127;
}
