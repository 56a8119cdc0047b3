/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walls around a command that nobody trusts.
 *
 * A sandboxed command starts in three steps. sg_spawn forks; the child becomes our helper
 * (helper.c, a program that ours carries within), which makes the namespaces (user, pid, mount,
 * network unless the binding opens it, ipc, uts, cgroup) and the view of the disk, and goes on
 * as their first process. Where only bubblewrap may make namespaces, or the kernel has not got
 * the mount calls of Linux 5.12, the child becomes that, and bubblewrap starts the helper. The
 * helper gives up every capability, sets the limits, and forks the command, which closes all
 * descriptors but 0, 1 and 2, sets no_new_privs, raises Landlock and the seccomp filter, and
 * only then becomes the program.
 * The helper itself stays outside of those two: it waits, reports the command's true wait
 * status, and ends. As it is process 1 of its namespace, nothing that the command left
 * running outlives it.
 *
 * What is inside: /usr /bin /sbin /lib* and of /etc what programs need to run, read-only; a
 * /proc of its own; /dev with null, zero, full, random and urandom; a small empty /tmp; the
 * repository read-only, in it the folders `hidden` empty and the paths `locked` read-only in
 * any case; the paths `read` read-only and `write` writable; STEPGATE_IN read-only,
 * STEPGATE_OUT, TMPDIR and HOME writable. Nothing else of the machine. All have the names
 * that they have outside.
 *
 * Where a wall cannot be built the others are; the record says which was missing. Without
 * namespaces Landlock alone bounds the disk: then a new name can be made neither beside
 * something hidden nor beside something locked, and chmod, chown, utimes and the like are
 * refused everywhere, because Landlock does not look at them.
 */
#ifndef STEPGATE_EXEC_SANDBOX_H
#define STEPGATE_EXEC_SANDBOX_H

#include <sys/types.h>

#include "base/arena.h"
#include "base/err.h"
#include "stepgate/types.h"

/* X(ID, name in records) */
#define SG_WALL_LIST(X) \
	X(NAMESPACES, "namespaces") X(LANDLOCK, "landlock") X(SECCOMP, "seccomp")

enum sg_wall {
#define X(id, text) SG_WALL_##id,
	SG_WALL_LIST(X)
#undef X
		SG_WALL_COUNT
};

const char *sg_wall_name(enum sg_wall wall);

/* Which walls can be built here. why: a sentence where one is not up, else "". */
struct sg_walls {
	bool up[SG_WALL_COUNT];
	char why[SG_WALL_COUNT][256];
	int landlock_abi; /* as the kernel says; 0: there is none */
	bool by_bwrap;    /* the namespaces, for ours were refused */
};

/*
 * Found by building each, once in a process; later calls give the same answer. Fails only where
 * a process cannot be started at all.
 */
enum sg_rc sg_sandbox_probe(struct sg_walls *ret, struct sg_err *err);

/* full: all are up; none: none is; else partial. */
enum sg_tier sg_sandbox_tier(const struct sg_walls *walls);

/* The names of those that are not up, joined by ", ": "" in tier full. */
#define SG_WALLS_TEXT_SIZE 64
const char *sg_sandbox_missing(const struct sg_walls *walls, char ret[SG_WALLS_TEXT_SIZE]);

/* A file or folder that the command may change: it must still be this one when it starts. */
struct sg_sandbox_path {
	const char *path; /* absolute, without links */
	dev_t device;
	ino_t inode;
};

/*
 * `from` is shown, read-only, in the place of `at`; both absolute. Whoever renames a file over
 * `at` outside takes it away again: it is looked at when the command has ended, and told.
 */
struct sg_sandbox_over {
	const char *from;
	const char *at;
};

/*
 * One command's walls. All paths are absolute; all pointers are borrowed and have to live until
 * sg_spawn has returned. Zero limits mean the defaults below.
 */
struct sg_sandbox {
	const struct sg_walls *walls; /* build these; NULL: none */
	const char *folder;           /* the manifest's, where the command starts; real path */
	const char *repository;       /* folder or one above it; real path */
	struct sg_strs read;          /* outside of the repository */
	const struct sg_sandbox_path *write;
	size_t n_write;
	struct sg_strs hidden;              /* folders in the repository */
	struct sg_strs locked;              /* never writable, whatever `write` says */
	const struct sg_sandbox_over *over; /* only where namespaces are up */
	size_t n_over;
	const char *scratch;               /* what holds the next five; "" for none */
	const char *in, *out, *tmp, *home; /* STEPGATE_IN, STEPGATE_OUT, TMPDIR, HOME */
	const char *manifest;              /* STEPGATE_MANIFEST; "" for none */
	bool network;
	int64_t max_output_bytes; /* of one file */
	int64_t max_processes;
	int64_t max_files; /* open at a time */
};

/*
 * In the status that comes through status_fd: what stood in the place of another was taken
 * away.
 */
#define SG_STATUS_REPLACED 0x10000

#define SG_SANDBOX_OUTPUT_BYTES ((int64_t)1 << 30)
#define SG_SANDBOX_PROCESSES    ((int64_t)4096)
#define SG_SANDBOX_FILES        ((int64_t)4096)

/*
 * Which wall may have made a command fail, by what it printed (said) or the signal that ended
 * it, and what of its binding `key` opens it: "the sandbox may have kept it from changing
 * docs/x: add docs/ to write of SPC". A guess, and worded as one; "" where nothing points to
 * a wall. In arena.
 */
const char *sg_sandbox_hint(struct sg_arena *arena, const struct sg_sandbox *sandbox,
	const char *key, int signal, const char *said);

/*
 * What would raise the tier on this machine, one sentence each, texts in arena; empty where
 * nothing is to be raised. Looks at the machine's settings; sets the arena's flag without
 * memory.
 */
struct sg_strs sg_sandbox_advice(struct sg_arena *arena, const struct sg_walls *walls);

#endif
