/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Namespaces and mounts, made by the helper; see helper_room.h. */
#include "exec/helper_room.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define RECURSIVE  0x8000U /* AT_RECURSIVE */
#define ATTACH     "/usr"  /* any folder that is there: what it hides has been opened before */
#define OLD_ROOT   "/.old"
#define FOLDERS    ((mode_t)0755)
#define STAND_INS  ((mode_t)0444) /* of files: what is bound over them has its own mode */
#define PATH_BYTES 4096

static _Noreturn void fail(const char *what, const char *path)
{
	(void)dprintf(2, "cannot %s %s: %s\n", what, path, strerror(errno));
	_exit(127);
}

/* --- the namespaces --- */

static void put(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	const size_t n = strlen(text);
	if (fd < 0 || write(fd, text, n) != (ssize_t)n)
		fail("write", path);
	(void)close(fd);
}

/* Inside it is who it is outside, and nobody else is anybody. */
static void map_ids(uid_t uid, gid_t gid)
{
	char text[64];
	(void)snprintf(text, sizeof(text), "%u %u 1\n", uid, uid);
	put("/proc/self/uid_map", text);
	put("/proc/self/setgroups", "deny\n");
	(void)snprintf(text, sizeof(text), "%u %u 1\n", gid, gid);
	put("/proc/self/gid_map", text);
}

static pid_t clone_into(unsigned long namespaces)
{
	return (pid_t)syscall(SYS_clone, namespaces | SIGCHLD, 0UL, 0UL, 0UL, 0UL);
}

static _Noreturn void wait_for(pid_t room, int alive)
{
	int status = 0;
	(void)dup2(alive, 0);
	(void)close_range(1, ~0U, 0);
	while (waitpid(room, &status, 0) < 0)
		if (errno != EINTR)
			_exit(127);
	_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
}

/* Ends with who waits, also where that ended before this was asked for. */
static void tie(int alive)
{
	struct pollfd end = {.fd = alive};
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (poll(&end, 1, 0) != 0)
		_exit(127);
	(void)close(alive);
}

static void enter_namespaces(bool network)
{
	const unsigned long all = CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC |
				  CLONE_NEWUTS | (network ? 0U : (unsigned)CLONE_NEWNET);
	const uid_t uid = geteuid();
	const gid_t gid = getegid();
	int alive[2];
	if (pipe2(alive, O_CLOEXEC) < 0)
		fail("make", "a pipe");
	pid_t room = clone_into(all | CLONE_NEWCGROUP);
	if (room < 0 && errno == EINVAL)
		room = clone_into(all); /* a kernel without control groups */
	if (room < 0)
		fail("make", "the namespaces");
	if (room > 0)
		wait_for(room, alive[1]);
	(void)close(alive[1]);
	tie(alive[0]);
	map_ids(uid, gid);
}

/* --- the view --- */

enum kind { RO, RW, DEV, LINK, TMPFS, PROC, SHUT, NONE };

static const char *const keys[] = {[RO] = "ro",
	[RW] = "rw",
	[DEV] = "dev",
	[LINK] = "link",
	[TMPFS] = "tmpfs",
	[PROC] = "proc",
	[SHUT] = "shut"};

/* A word; `from` is cut off its end. */
struct piece {
	enum kind kind;
	char from[PATH_BYTES];
	const char *at;
};

static void read_piece(const char *word, struct piece *ret)
{
	const size_t n = strcspn(word, "=");
	ret->kind = RO;
	while (ret->kind < NONE &&
		(strlen(keys[ret->kind]) != n || strncmp(keys[ret->kind], word, n) != 0))
		ret->kind++;
	if (ret->kind == NONE)
		return;
	ret->from[0] = '\0';
	ret->at = word + n + 1;
	if (ret->kind == PROC || ret->kind == SHUT)
		return;
	char *end;
	const size_t n_from = strtoul(ret->at, &end, 10);
	errno = ENAMETOOLONG;
	if (n_from >= sizeof(ret->from) || *end != ':' || strlen(end + 1) < n_from)
		fail("understand", word);
	memcpy(ret->from, end + 1, n_from);
	ret->from[n_from] = '\0';
	ret->at = end + 1 + n_from;
}

static bool is_bind(enum kind kind)
{
	return kind == RO || kind == RW || kind == DEV;
}

/* A copy of what is mounted there, and beneath it, with what may be done with it. */
static int open_bind(const struct piece *piece)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID};
	if (piece->kind != DEV)
		attr.attr_set |= MOUNT_ATTR_NODEV;
	if (piece->kind == RO)
		attr.attr_set |= MOUNT_ATTR_RDONLY;
	const int fd = open_tree(AT_FDCWD, piece->from,
		OPEN_TREE_CLONE | (unsigned)OPEN_TREE_CLOEXEC | RECURSIVE);
	if (fd < 0 || mount_setattr(fd, "", AT_EMPTY_PATH | RECURSIVE, &attr, sizeof(attr)) < 0)
		fail("show", piece->from);
	return fd;
}

static int *open_binds(char *const *words, size_t n)
{
	static struct piece piece;
	int *fds = calloc(n + 1, sizeof(*fds));
	if (!fds)
		fail("make", "the room");
	for (size_t i = 0; i < n; i++) {
		read_piece(words[i], &piece);
		fds[i] = is_bind(piece.kind) ? open_bind(&piece) : -1;
	}
	return fds;
}

static void make_parents(const char *path)
{
	char folder[PATH_BYTES];
	errno = ENAMETOOLONG;
	if (strlen(path) >= sizeof(folder))
		fail("make", path);
	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		memcpy(folder, path, (size_t)(slash - path));
		folder[slash - path] = '\0';
		(void)mkdir(folder, FOLDERS);
	}
}

/* Something to mount over, of the kind that is mounted; what is there already will do. */
static void make_place(const char *at, bool folder)
{
	make_parents(at);
	if (folder) {
		(void)mkdir(at, FOLDERS);
		return;
	}
	const int fd = open(at, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, STAND_INS);
	if (fd >= 0)
		(void)close(fd);
}

static void put_bind(const struct piece *piece, int fd)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		fail("show", piece->from);
	make_place(piece->at, S_ISDIR(st.st_mode));
	if (move_mount(fd, "", AT_FDCWD, piece->at, MOVE_MOUNT_F_EMPTY_PATH) < 0)
		fail("show", piece->at);
	(void)close(fd);
}

static void put_piece(const struct piece *piece, int fd)
{
	switch (piece->kind) {
	case RO:
	case RW:
	case DEV: put_bind(piece, fd); return;
	case LINK:
		make_parents(piece->at);
		if (symlink(piece->from, piece->at) < 0)
			fail("link", piece->at);
		return;
	case TMPFS:
		make_place(piece->at, true);
		if (mount("tmpfs", piece->at, "tmpfs", MS_NOSUID | MS_NODEV, piece->from) < 0)
			fail("make", piece->at);
		return;
	case PROC:
		make_place(piece->at, true);
		if (mount("proc", piece->at, "proc",
			    MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL) < 0)
			fail("make", piece->at);
		return;
	case SHUT:
		if (mount(NULL, piece->at, NULL,
			    MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) < 0)
			fail("shut", piece->at);
		return;
	case NONE: return;
	}
}

/* The root becomes a new one in memory; the old one stays at OLD_ROOT until all is made. */
static void change_root(void)
{
	/* nothing that is mounted here is seen outside, nor the other way round */
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		fail("take", "the mounts");
	if (mount("tmpfs", ATTACH, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755") < 0 ||
		chdir(ATTACH) < 0 || mkdir("." OLD_ROOT, FOLDERS) < 0)
		fail("make", "a root");
	if (syscall(SYS_pivot_root, ".", "." OLD_ROOT) < 0 || chdir("/") < 0)
		fail("change", "the root");
}

static void leave_old_root(void)
{
	if (umount2(OLD_ROOT, MNT_DETACH) < 0 || rmdir(OLD_ROOT) < 0)
		fail("leave", "the old root");
}

void sg_room_enter(char *const *words, size_t n_words, bool network)
{
	static struct piece piece;
	const mode_t before = umask(022);
	enter_namespaces(network);
	int *binds = open_binds(words, n_words);
	change_root();
	for (size_t i = 0; i < n_words; i++) {
		read_piece(words[i], &piece);
		if (piece.kind != SHUT)
			put_piece(&piece, binds[i]);
	}
	leave_old_root();
	/* a root is shut last of all: the old one was to leave it */
	for (size_t i = 0; i < n_words; i++) {
		read_piece(words[i], &piece);
		if (piece.kind == SHUT)
			put_piece(&piece, -1);
	}
	free(binds);
	(void)umask(before);
}
