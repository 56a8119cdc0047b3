/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of system calls that writes down what it does; see record.h. */
#include "crash/record.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"

static struct recording *now;
static struct sg_fs_calls recorder;

static struct op *add_op(struct recording *r, enum op_kind kind)
{
	if (r->n_ops == r->ops_capacity) {
		r->ops_capacity = r->ops_capacity ? 2 * r->ops_capacity : 256;
		r->ops = realloc(r->ops, r->ops_capacity * sizeof(*r->ops));
		if (!r->ops)
			proof_die("out of memory");
	}
	r->ops[r->n_ops] = (struct op){.kind = kind, .node = -1, .dir = -1, .to_dir = -1};
	return &r->ops[r->n_ops++];
}

static int add_node(struct recording *r, const struct stat *st)
{
	if (r->n_nodes == r->nodes_capacity) {
		r->nodes_capacity = r->nodes_capacity ? 2 * r->nodes_capacity : 64;
		r->nodes = realloc(r->nodes, r->nodes_capacity * sizeof(*r->nodes));
		if (!r->nodes)
			proof_die("out of memory");
	}
	r->nodes[r->n_nodes] = (struct node){.ino = st->st_ino,
		.is_dir = S_ISDIR(st->st_mode),
		.mode = st->st_mode & 07777};
	return (int)r->n_nodes++;
}

static int find_node(const struct recording *r, const struct stat *st)
{
	/* a number may be given anew: the youngest counts */
	for (size_t i = r->n_nodes; i > 0; i--)
		if (r->nodes[i - 1].ino == st->st_ino)
			return (int)(i - 1);
	return -1;
}

static int node_of(int fd)
{
	struct stat st;

	return now && fstat(fd, &st) == 0 ? find_node(now, &st) : -1;
}

/* The folder that a path's last name is in; -1: not one of ours. *ret_name points into path. */
static int parent_of(int dir, const char *path, const char **ret_name)
{
	const char *slash = strrchr(path, '/');
	char folder[PATH_MAX] = ".";
	struct stat st;

	*ret_name = slash ? slash + 1 : path;
	if (slash) {
		const size_t n = slash == path ? 1 : (size_t)(slash - path);
		if (n >= sizeof(folder))
			return -1;
		memcpy(folder, path, n);
		folder[n] = '\0';
	}
	if (fstatat(dir, folder, &st, 0) < 0)
		return -1;
	return find_node(now, &st);
}

static bool is_there(int dir, const char *path, struct stat *ret)
{
	return fstatat(dir, path, ret, AT_SYMLINK_NOFOLLOW) == 0;
}

static void note_new(int dir, const char *path)
{
	const char *name = NULL;
	struct stat st;
	const int parent = parent_of(dir, path, &name);

	if (parent < 0 || !is_there(dir, path, &st))
		return;
	const int node = add_node(now, &st);
	struct op *op = add_op(now, OP_SET);
	op->node = node;
	op->dir = parent;
	op->name = strdup(name);
}

static int r_openat(int dir, const char *path, int flags, mode_t mode)
{
	struct stat st;
	const bool makes = (flags & O_CREAT) && !is_there(dir, path, &st);
	const int fd = sg_fs_kernel.openat(dir, path, flags, mode);

	if (fd >= 0 && makes && now)
		note_new(dir, path);
	else if (fd >= 0 && (flags & O_TRUNC) && node_of(fd) >= 0)
		add_op(now, OP_CUT)->node = node_of(fd);
	return fd;
}

static int r_mkdirat(int dir, const char *path, mode_t mode)
{
	const int result = sg_fs_kernel.mkdirat(dir, path, mode);

	if (result == 0 && now)
		note_new(dir, path);
	return result;
}

static ssize_t r_write(int fd, const void *bytes, size_t n)
{
	const int node = node_of(fd);
	struct stat st;
	const int flags = fcntl(fd, F_GETFL);
	const off_t at = (flags & O_APPEND) && fstat(fd, &st) == 0 ? st.st_size
								    : lseek(fd, 0, SEEK_CUR);
	const ssize_t written = sg_fs_kernel.write(fd, bytes, n);

	if (written > 0 && node >= 0) {
		struct op *op = add_op(now, OP_WRITE);
		op->node = node;
		op->offset = (size_t)at;
		op->n_bytes = (size_t)written;
		op->bytes = proof_alloc(op->n_bytes);
		memcpy(op->bytes, bytes, op->n_bytes);
	}
	return written;
}

static int r_ftruncate(int fd, off_t size)
{
	const int node = node_of(fd);
	const int result = sg_fs_kernel.ftruncate(fd, size);

	if (result == 0 && node >= 0) {
		struct op *op = add_op(now, OP_CUT);
		op->node = node;
		op->offset = (size_t)size;
	}
	return result;
}

static void note_sync(int fd, bool failed)
{
	const int node = node_of(fd);

	if (node < 0)
		return;
	struct op *op = add_op(now, OP_SYNC);
	op->node = node;
	op->failed = failed;
}

static int r_sync(int fd)
{
	note_sync(fd, false);
	return 0;
}

static void failed_sync(int fd)
{
	note_sync(fd, true);
}

static int r_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	const char *name = NULL;
	const char *to_name = NULL;
	struct stat st;
	const bool there = now && is_there(from_dir, from, &st);
	const int node = there ? find_node(now, &st) : -1;
	const int parent = there ? parent_of(from_dir, from, &name) : -1;
	const int to_parent = there ? parent_of(to_dir, to, &to_name) : -1;
	const int result = sg_fs_kernel.renameat(from_dir, from, to_dir, to);

	if (result < 0 || !there || to_parent < 0)
		return result;
	if (node < 0 || parent < 0)
		proof_die("'%s' was renamed, and was never seen before", from);
	struct op *op = add_op(now, OP_MOVE);
	op->node = node;
	op->dir = parent;
	op->to_dir = to_parent;
	op->name = strdup(name);
	op->to_name = strdup(to_name);
	return result;
}

static int r_unlinkat(int dir, const char *path, int flags)
{
	const char *name = NULL;
	const int parent = now ? parent_of(dir, path, &name) : -1;
	const int result = sg_fs_kernel.unlinkat(dir, path, flags);

	if (result == 0 && parent >= 0) {
		struct op *op = add_op(now, OP_DELETE);
		op->dir = parent;
		op->name = strdup(name);
	}
	return result;
}

static void acked(int64_t seq)
{
	if (now)
		add_op(now, OP_ACK)->acked = seq;
}

/* What stands in the folder: names that are on the disk, files with their bytes. */
static void add_base(struct recording *r, const char *folder)
{
	struct tree t;
	struct stat st;
	char path[PATH_MAX];

	if (stat(folder, &st) < 0)
		proof_die("there is no %s", folder);
	add_node(r, &st);
	tree_read(&t, folder);
	for (size_t i = 0; i < t.n; i++) {
		struct tree_file *file = &t.v[i];
		(void)snprintf(path, sizeof(path), "%s/%s", folder, file->path);
		if (lstat(path, &st) < 0)
			proof_die("there is no %s", path);
		const int node = add_node(r, &st);
		r->nodes[node].bytes = file->bytes;
		r->nodes[node].n_bytes = file->n_bytes;
		file->bytes = NULL;
		const char *name = NULL;
		now = r;
		const int parent = parent_of(AT_FDCWD, path, &name);
		now = NULL;
		struct op *op = add_op(r, OP_SET);
		op->is_base = true;
		op->node = node;
		op->dir = parent;
		op->name = strdup(name);
	}
	tree_free(&t);
}

static void take_calls(struct recording *r)
{
	recorder = sg_fs_kernel;
	recorder.openat = r_openat;
	recorder.mkdirat = r_mkdirat;
	recorder.write = r_write;
	recorder.ftruncate = r_ftruncate;
	recorder.fsync = r_sync;
	recorder.fdatasync = r_sync;
	recorder.renameat = r_renameat;
	recorder.unlinkat = r_unlinkat;
	sg_fs = &recorder;
	now = r;
	proof_on_ack = acked;
	fault_on_failed_sync = failed_sync;
}

void record_begin(struct recording *r, const char *folder)
{
	*r = (struct recording){.n_ops = 0};
	add_base(r, folder);
	r->from = r->n_ops;
	take_calls(r);
}

static void *copy_bytes(const void *bytes, size_t n)
{
	void *copy = proof_alloc(n + 1);

	if (n > 0)
		memcpy(copy, bytes, n);
	return copy;
}

static void copy_recording(struct recording *r, const struct recording *from, size_t at)
{
	*r = (struct recording){.n_ops = at,
		.ops_capacity = at,
		.n_nodes = from->n_nodes,
		.nodes_capacity = from->n_nodes,
		.from = at,
		.ops = copy_bytes(from->ops, at * sizeof(struct op)),
		.nodes = copy_bytes(from->nodes, from->n_nodes * sizeof(struct node))};
	for (size_t i = 0; i < at; i++) {
		struct op *op = &r->ops[i];
		op->name = op->name ? strdup(op->name) : NULL;
		op->to_name = op->to_name ? strdup(op->to_name) : NULL;
		op->bytes = op->bytes ? copy_bytes(op->bytes, op->n_bytes) : NULL;
	}
	for (size_t i = 0; i < r->n_nodes; i++) {
		r->nodes[i].bytes = copy_bytes(r->nodes[i].bytes, r->nodes[i].n_bytes);
		r->nodes[i].ino = 0; /* no longer there, if no name leads to it */
	}
}

void record_resume(
	struct recording *r, const struct recording *killed, size_t at, const char *folder)
{
	struct tree t;
	struct stat st;
	char path[PATH_MAX];

	copy_recording(r, killed, at);
	record_whole(killed, at, &t);
	tree_write(&t, folder);
	if (stat(folder, &st) < 0)
		proof_die("there is no %s", folder);
	r->nodes[0].ino = st.st_ino;
	for (size_t i = 0; i < t.n; i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", folder, t.v[i].path);
		if (lstat(path, &st) < 0)
			proof_die("there is no %s", path);
		r->nodes[t.v[i].node].ino = st.st_ino;
	}
	tree_free(&t);
	take_calls(r);
}

void record_end(struct recording *r)
{
	(void)r;
	now = NULL;
	proof_on_ack = NULL;
	fault_on_failed_sync = NULL;
	fault_skip_syncs();
}

void record_release(struct recording *r)
{
	for (size_t i = 0; i < r->n_ops; i++) {
		free(r->ops[i].name);
		free(r->ops[i].to_name);
		free(r->ops[i].bytes);
	}
	for (size_t i = 0; i < r->n_nodes; i++)
		free(r->nodes[i].bytes);
	free(r->ops);
	free(r->nodes);
}

bool record_has_changes(const struct recording *r)
{
	for (size_t i = r->from; i < r->n_ops; i++)
		if (!r->ops[i].is_base && r->ops[i].kind != OP_SYNC &&
			r->ops[i].kind != OP_ACK)
			return true;
	return false;
}
