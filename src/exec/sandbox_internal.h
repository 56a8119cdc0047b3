/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files of the sandbox and spawn.c; for nobody else.
 *
 * The helper is told what to do by its arguments: argv[0] is SG_HELPER_NAME, then words
 * "key=value" in any order up to "--", then the path of the program, then its argv. Its
 * descriptors have fixed numbers (enum sg_helper_fd). The keys:
 *
 *	ns=made        it is process 1 of namespaces that bubblewrap made
 *	ns=make        it makes them itself, with the mounts of helper_room.h
 *	pwd=1          keep PWD (bubblewrap sets one; the command has none of its own)
 *	in=PATH        the folder in which the program starts
 *	core, fsize, nproc, nofile=N  limits
 *	landlock=ABI   raise Landlock, using what that ABI has
 *	net=1          of Landlock, leave TCP alone
 *	r= w= l= d=PATH  Landlock: may read and run; may change; may list; a device
 *	same=DEV:INO:PATH  what PATH has to be when it starts
 *	over=DEV:INO:PATH  and has to be still when it has ended
 */
#ifndef STEPGATE_EXEC_SANDBOX_INTERNAL_H
#define STEPGATE_EXEC_SANDBOX_INTERNAL_H

#include "exec/sandbox.h"

/* The helper by its descriptor: so it needs no name inside. Is SG_HELPER_PROGRAM. */
#define SG_HELPER_NAME "/proc/self/fd/5"

/*
 * What the helper finds open. STDERR is the command's: until then 2 is for bubblewrap's
 * words.
 */
enum sg_helper_fd {
	SG_HELPER_REPORT = 3,
	SG_HELPER_STATUS,
	SG_HELPER_PROGRAM,
	SG_HELPER_STDERR,
	SG_HELPER_FILTER,
	SG_HELPER_FD_END
};

/*
 * How far a child came; what it writes into the report pipe when it comes no further. READY:
 * the helper runs, and the pipe's end without anything further is the program's start.
 */
enum sg_stage {
	SG_STAGE_SESSION,
	SG_STAGE_FILES,
	SG_STAGE_FOLDER,
	SG_STAGE_EXEC,
	SG_STAGE_READY,
	SG_STAGE_HELPER,
	SG_STAGE_PATHS,
	SG_STAGE_LIMITS,
	SG_STAGE_CAPABILITIES,
	SG_STAGE_LANDLOCK,
	SG_STAGE_SECCOMP
};

struct sg_stage_report {
	enum sg_stage stage;
	int errno_value;
};

/*
 * The helper as a sealed memory file, made once in a process and kept: the caller does not
 * close it. -1 with errno where there can be none.
 */
int sg_sandbox_program(void);

/* The program of the namespaces, as an absolute path; NULL where it is not installed. */
const char *sg_sandbox_bwrap(void);

/*
 * The whole argument list, NULL-terminated, in arena: bubblewrap's and the helper's, or the
 * helper's alone where namespaces are not up. NULL: out of memory.
 */
const char *const *sg_sandbox_argv(struct sg_arena *arena, const struct sg_sandbox *sandbox,
	const char *folder, const char *path, const char *const *argv, bool keep_pwd);

/*
 * The seccomp filter for this sandbox as a memory file, made once for each kind in a process;
 * *ret_fd is a duplicate that the caller closes.
 */
enum sg_rc sg_sandbox_filter(const struct sg_sandbox *sandbox, int *ret_fd, struct sg_err *err);

/* --- sandbox_landlock.c; the first two also in the child --- */

/* The ABI of this kernel; 0 with errno where there is none. */
int sg_landlock_abi(void);

struct sg_landlock {
	int fd; /* the ruleset */
	int abi;
	unsigned long long handled;
};
enum sg_landlock_right {
	SG_LANDLOCK_LIST,
	SG_LANDLOCK_READ,
	SG_LANDLOCK_WRITE,
	SG_LANDLOCK_DEVICE
};
/* 0, or -1 with errno. What does not exist is left out. */
int sg_landlock_begin(struct sg_landlock *l, int abi, bool network);
int sg_landlock_allow(struct sg_landlock *l, const char *path, enum sg_landlock_right right);
int sg_landlock_raise(struct sg_landlock *l);

#endif
