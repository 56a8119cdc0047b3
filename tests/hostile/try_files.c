/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tries at files: the ledgers, the sources, what lies outside, secrets; and their metadata. */
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <utime.h>

#include "hostile/hostile.h"

#ifndef SYS_fchmodat2
#define SYS_fchmodat2 452
#endif

#define TRACE(r)    path_of("%s/.stepgate/trace.jsonl", (r)->repo)
#define MANIFEST(r) path_of("%s/RUNTIME_MANIFEST.yaml", (r)->repo)
/* A file of this try alone, outside of everything that it was given. */
#define OUTSIDE(r)  path_of("%s/f.%d", (r)->outside, id)
#define IN_REPO(r)  path_of("%s/docs/f.%d", (r)->repo, id)

static const char *out_dir(void)
{
	const char *out = getenv("STEPGATE_OUT");
	return out ? out : "/nonexistent";
}

/* --- the ledgers --- */

static int append_trace(const struct room *r, int id)
{
	(void)id;
	return scribble(TRACE(r), O_APPEND);
}

static int truncate_trace(const struct room *r, int id)
{
	(void)id;
	return result(truncate(TRACE(r), 10));
}

static int replace_manifest(const struct room *r, int id)
{
	const char *from = path_of("%s/m.%d", out_dir(), id);
	int rc = scribble(from, O_CREAT);
	return rc ? rc : result(rename(from, MANIFEST(r)));
}

static int write_manifest(const struct room *r, int id)
{
	(void)id;
	return scribble(MANIFEST(r), 0);
}

static int unlink_lock(const struct room *r, int id)
{
	(void)id;
	return result(unlink(path_of("%s/.stepgate/LOCK", r->repo)));
}

static int unlink_runner(const struct room *r, int id)
{
	(void)id;
	return result(unlink(path_of("%s/.stepgate/RUNNER", r->repo)));
}

static int rename_ledgers(const struct room *r, int id)
{
	(void)id;
	return result(rename(
		path_of("%s/.stepgate", r->repo), path_of("%s/.stepgate.gone", r->repo)));
}

static int poison(const struct room *r, int id)
{
	(void)id;
	return scribble(path_of("%s/.stepgate/POISONED", r->repo), O_CREAT);
}

static int forge_evidence(const struct room *r, int id)
{
	(void)id;
	return scribble(
		path_of("%s/.stepgate/steps/0001/SPC.1/VAL_REPORT.yaml", r->repo), O_CREAT);
}

static int ofd_lock(const char *path)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path, O_RDWR);
	return fd < 0 ? errno : result(fcntl(fd, F_OFD_SETLK, &lock));
}

static int lock_lock(const struct room *r, int id)
{
	(void)id;
	return ofd_lock(path_of("%s/.stepgate/LOCK", r->repo));
}

static int lease_trace(const struct room *r, int id)
{
	(void)id;
	int fd = open(TRACE(r), O_RDONLY);
	return fd < 0 ? errno : result(fcntl(fd, F_SETLEASE, F_RDLCK));
}

static int read_trace(const struct room *r, int id)
{
	return leak(path_of("%s/.stepgate/secret.%d", r->repo, id), id);
}

static int read_ledgers_by_folder(const struct room *r, int id)
{
	int dir = open(r->repo, O_PATH | O_DIRECTORY);
	int fd = openat(dir, path_of(".stepgate/secret.%d", id), O_RDONLY);
	return fd < 0 ? errno : leak_fd(fd, id);
}

/* --- the sources --- */

static int write_source(const struct room *r, int id)
{
	return scribble(IN_REPO(r), O_APPEND);
}

static int create_source(const struct room *r, int id)
{
	return scribble(path_of("%s/docs/new.%d", r->repo, id), O_CREAT | O_EXCL);
}

static int make_folder(const struct room *r, int id)
{
	return result(mkdir(path_of("%s/docs/dir.%d", r->repo, id), 0755));
}

static int make_fifo(const struct room *r, int id)
{
	return result(mkfifo(path_of("%s/docs/fifo.%d", r->repo, id), 0644));
}

static int make_symlink(const struct room *r, int id)
{
	return result(symlink("/", path_of("%s/docs/link.%d", r->repo, id)));
}

static int make_hard_link(const struct room *r, int id)
{
	return result(link(IN_REPO(r), path_of("%s/docs/hard.%d", r->repo, id)));
}

static int make_socket(const struct room *r, int id)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%.60s/docs/sock.%d", r->repo, id);
	return result(bind(fd, (struct sockaddr *)&to, sizeof(to)));
}

static int remove_source(const struct room *r, int id)
{
	return result(unlink(IN_REPO(r)));
}

static int exchange_sources(const struct room *r, int id)
{
	return result(renameat2(AT_FDCWD, IN_REPO(r), AT_FDCWD,
		path_of("%s/docs/one.md", r->repo), RENAME_EXCHANGE));
}

static int write_profile(const struct room *r, int id)
{
	(void)id;
	return scribble(path_of("%s/profiles/HOSTILE.yaml", r->repo), O_APPEND);
}

static int write_route(const struct room *r, int id)
{
	(void)id;
	return scribble(path_of("%s/route.yaml", r->repo), O_APPEND);
}

static int replace_program(const struct room *r, int id)
{
	const char *from = path_of("%s/p.%d", out_dir(), id);
	int rc = scribble(from, O_CREAT);
	return rc ? rc : result(rename(from, path_of("%s/hostile", r->repo)));
}

static int remove_program(const struct room *r, int id)
{
	(void)id;
	return result(unlink(path_of("%s/hostile", r->repo)));
}

static int plant_ack(const struct room *r, int id)
{
	return scribble(path_of("%s/planted.%d", r->repo, id), O_CREAT);
}

/* --- ways to write a file outside --- */

static int write_outside(const struct room *r, int id)
{
	return scribble(OUTSIDE(r), 0);
}

static int write_by_dots(const struct room *r, int id)
{
	return scribble(path_of("%s/../../../../../../../../../..%s", out_dir(), OUTSIDE(r)), 0);
}

static int write_by_link_in_out(const struct room *r, int id)
{
	const char *by = path_of("%s/link.%d", out_dir(), id);
	return symlink(OUTSIDE(r), by) < 0 ? errno : scribble(by, 0);
}

static int write_by_hard_link(const struct room *r, int id)
{
	const char *by = path_of("%s/hard.%d", out_dir(), id);
	return link(OUTSIDE(r), by) < 0 ? errno : scribble(by, 0);
}

static int write_by_o_path(const struct room *r, int id)
{
	int fd = open(OUTSIDE(r), O_PATH);
	return fd < 0 ? errno : scribble(path_of("/proc/self/fd/%d", fd), 0);
}

static int write_by_read_only_fd(const struct room *r, int id)
{
	int fd = open(IN_REPO(r), O_RDONLY);
	return fd < 0 ? errno : scribble(path_of("/proc/self/fd/%d", fd), 0);
}

static int write_by_empty_path_link(const struct room *r, int id)
{
	const char *by = path_of("%s/empty.%d", out_dir(), id);
	int fd = open(IN_REPO(r), O_RDONLY);
	if (fd < 0 || linkat(AT_FDCWD, path_of("/proc/self/fd/%d", fd), AT_FDCWD, by,
			      AT_SYMLINK_FOLLOW) < 0)
		return errno;
	return scribble(by, 0);
}

static int write_by_openat2(const struct room *r, int id)
{
	const uint64_t how[3] = {O_WRONLY, 0, 0};
	long fd = syscall(SYS_openat2, AT_FDCWD, OUTSIDE(r), how, sizeof(how));
	return fd < 0 ? errno : result(write((int)fd, "hostile\n", 8));
}

static int write_by_mmap(const struct room *r, int id)
{
	int fd = open(OUTSIDE(r), O_RDWR);
	if (fd < 0)
		return errno;
	char *at = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (at == MAP_FAILED)
		return errno;
	memcpy(at, "hostile", 7);
	return result(msync(at, 4096, MS_SYNC));
}

static int write_by_aio(const struct room *r, int id)
{
	static char text[] = "hostile\n";
	aio_context_t context = 0;
	int fd = open(OUTSIDE(r), O_RDWR);
	if (fd < 0)
		return errno;
	struct iocb request = {.aio_lio_opcode = IOCB_CMD_PWRITE,
		.aio_fildes = (uint32_t)fd,
		.aio_buf = (uint64_t)(uintptr_t)text,
		.aio_nbytes = 8};
	struct iocb *list[] = {&request};
	if (syscall(SYS_io_setup, 1, &context) < 0)
		return errno;
	return result(syscall(SYS_io_submit, context, 1L, list));
}

static int write_by_copy(const struct room *r, int id)
{
	int from = open("/proc/self/exe", O_RDONLY);
	int to = open(OUTSIDE(r), O_WRONLY);
	return from < 0 || to < 0 ? errno
				  : result(copy_file_range(from, NULL, to, NULL, 100, 0));
}

static int write_by_sendfile(const struct room *r, int id)
{
	int from = open("/proc/self/exe", O_RDONLY);
	int to = open(OUTSIDE(r), O_WRONLY);
	return from < 0 || to < 0 ? errno : result(sendfile(to, from, NULL, 100));
}

static int punch_hole(const struct room *r, int id)
{
	int fd = open(OUTSIDE(r), O_RDWR);
	return fd < 0 ? errno
		      : result(fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, 4));
}

static int truncate_outside(const struct room *r, int id)
{
	return result(truncate(OUTSIDE(r), 1));
}

static int open_truncating(const struct room *r, int id)
{
	return result(open(OUTSIDE(r), O_RDONLY | O_TRUNC));
}

static int unlink_outside(const struct room *r, int id)
{
	return result(unlink(OUTSIDE(r)));
}

static int create_outside(const struct room *r, int id)
{
	return scribble(path_of("%s/new.%d", r->outside, id), O_CREAT);
}

static int tmpfile_outside(const struct room *r, int id)
{
	int fd = open(r->outside, O_TMPFILE | O_RDWR, 0644);
	return fd < 0 ? errno
		      : result(linkat(AT_FDCWD, path_of("/proc/self/fd/%d", fd), AT_FDCWD,
				path_of("%s/tmpfile.%d", r->outside, id), AT_SYMLINK_FOLLOW));
}

static int write_tmp(const struct room *r, int id)
{
	return scribble(path_of("/tmp/%s.%d", r->tag, id), O_CREAT);
}

static int write_var_tmp(const struct room *r, int id)
{
	return scribble(path_of("/var/tmp/%s.%d", r->tag, id), O_CREAT);
}

static int write_shm(const struct room *r, int id)
{
	return scribble(path_of("/dev/shm/%s.%d", r->tag, id), O_CREAT);
}

static int write_bashrc(const struct room *r, int id)
{
	(void)id;
	return scribble(path_of("%s/.bashrc", r->home), O_APPEND);
}

static int write_inputrc(const struct room *r, int id)
{
	(void)id;
	return scribble(path_of("%s/.inputrc", r->home), O_CREAT);
}

static int write_keys(const struct room *r, int id)
{
	(void)id;
	return scribble(path_of("%s/.ssh/authorized_keys", r->home), O_APPEND);
}

/* --- metadata --- */

static int change_mode(const struct room *r, int id)
{
	return result(chmod(OUTSIDE(r), 0777));
}

static int change_mode_in_repo(const struct room *r, int id)
{
	return result(chmod(IN_REPO(r), 0777));
}

static int change_mode_by_fd(const struct room *r, int id)
{
	int fd = open(IN_REPO(r), O_RDONLY);
	return fd < 0 ? errno : result(fchmod(fd, 0777));
}

static int change_mode_anew(const struct room *r, int id)
{
	return result(syscall(SYS_fchmodat2, AT_FDCWD, IN_REPO(r), 0777, 0));
}

static int change_owner(const struct room *r, int id)
{
	return result(chown(OUTSIDE(r), getuid(), getgid()));
}

static int change_times(const struct room *r, int id)
{
	const struct timespec times[2] = {{1, 0}, {1, 0}};
	return result(utimensat(AT_FDCWD, OUTSIDE(r), times, 0));
}

static int change_times_by_fd(const struct room *r, int id)
{
	const struct timespec times[2] = {{1, 0}, {1, 0}};
	int fd = open(IN_REPO(r), O_RDONLY);
	return fd < 0 ? errno : result(futimens(fd, times));
}

static int change_times_of_old(const struct room *r, int id)
{
	const struct utimbuf times = {1, 1};
	return result(utime(IN_REPO(r), &times));
}

static int change_xattr(const struct room *r, int id)
{
	return result(setxattr(OUTSIDE(r), "user.hostile", "1", 1, 0));
}

static int change_xattr_by_fd(const struct room *r, int id)
{
	int fd = open(IN_REPO(r), O_RDONLY);
	return fd < 0 ? errno : result(fsetxattr(fd, "user.hostile", "1", 1, 0));
}

static int change_flags(const struct room *r, int id)
{
	int flags = 0;
	int fd = open(IN_REPO(r), O_RDONLY);
	if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return errno;
	flags |= FS_NODUMP_FL;
	return result(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

/* --- secrets --- */

static int read_secret(const struct room *r, int id)
{
	return leak(path_of("%s/secret.%d", r->home, id), id);
}

static int read_outside(const struct room *r, int id)
{
	return leak(path_of("%s/secret.%d", r->outside, id), id);
}

static int read_by_link(const struct room *r, int id)
{
	const char *by = path_of("%s/to.%d", out_dir(), id);
	return symlink(path_of("%s/secret.%d", r->home, id), by) < 0 ? errno : leak(by, id);
}

static int read_by_cat(const struct room *r, int id)
{
	char line[PATH_SIZE * 2];
	FILE *from = popen(path_of("cat %s/secret.%d", r->home, id), "re");
	if (!from || !fgets(line, sizeof(line), from))
		return ENODATA;
	(void)printf("leak %d %s", id, line);
	return pclose(from) == 0 ? 0 : ENODATA;
}

static int read_inherited(const struct room *r, int id)
{
	(void)r;
	int rc = EBADF;
	for (int fd = 3; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0 && leak_fd(fd, id) == 0)
			rc = 0;
	return rc;
}

struct handle {
	unsigned bytes;
	int type;
	unsigned char data[128];
};

/* A handle says its file without a path; opening it needs a right that root has. */
static int open_handle(const struct room *r, int id)
{
	struct handle h = {.bytes = 128};
	int mount = 0;
	const char *path = path_of("%s/secret.%d", r->home, id);
	if (syscall(SYS_name_to_handle_at, AT_FDCWD, path, &h, &mount, 0) < 0)
		return errno;
	int on = open("/", O_RDONLY | O_DIRECTORY);
	long fd = syscall(SYS_open_by_handle_at, on, &h, O_RDONLY);
	return fd < 0 ? errno : leak_fd((int)fd, id);
}

/* The first inodes of the file system, without a name: what shocker did to containers. */
static int open_root_handle(const struct room *r, int id)
{
	struct handle h = {.bytes = 8, .type = 1, .data = {2}};
	int on = open(r->repo, O_RDONLY | O_DIRECTORY);
	long dir = syscall(SYS_open_by_handle_at, on, &h, O_RDONLY | O_DIRECTORY);
	int fd = dir < 0 ? -1 : openat((int)dir, path_of("%s/secret.%d", r->home + 1, id), 0);
	return fd < 0 ? errno : leak_fd(fd, id);
}

static const struct try table[] = {
	{"ledger", "append to the trace", append_trace},
	{"ledger", "cut the trace", truncate_trace},
	{"ledger", "rename over the manifest", replace_manifest},
	{"ledger", "write into the manifest", write_manifest},
	{"ledger", "remove LOCK", unlink_lock},
	{"ledger", "remove RUNNER", unlink_runner},
	{"ledger", "rename .stepgate away", rename_ledgers},
	{"ledger", "plant POISONED", poison},
	{"ledger", "plant a VAL_REPORT into the evidence", forge_evidence},
	{"ledger", "hold an OFD lock on LOCK", lock_lock},
	{"ledger", "take a lease on the trace", lease_trace},
	{"ledger", "read .stepgate", read_trace},
	{"ledger", "read .stepgate from an O_PATH folder", read_ledgers_by_folder},
	{"source", "append to a document", write_source},
	{"source", "create a file", create_source},
	{"source", "create a folder", make_folder},
	{"source", "create a fifo", make_fifo},
	{"source", "create a symbolic link", make_symlink},
	{"source", "create a hard link", make_hard_link},
	{"source", "bind a socket", make_socket},
	{"source", "remove a document", remove_source},
	{"source", "exchange two documents", exchange_sources},
	{"source", "write into the profile", write_profile},
	{"source", "write into the route", write_route},
	{"source", "rename over its own program", replace_program},
	{"source", "remove its own program", remove_program},
	{"source", "plant a file beside the manifest", plant_ack},
	{"outside", "write", write_outside},
	{"outside", "write by ..", write_by_dots},
	{"outside", "write by a link in OUT", write_by_link_in_out},
	{"outside", "write by a hard link in OUT", write_by_hard_link},
	{"outside", "write by O_PATH and /proc/self/fd", write_by_o_path},
	{"outside", "open a read-only descriptor anew", write_by_read_only_fd},
	{"outside", "link a read-only descriptor into OUT", write_by_empty_path_link},
	{"outside", "write by openat2", write_by_openat2},
	{"outside", "write by a shared mapping", write_by_mmap},
	{"outside", "write by aio", write_by_aio},
	{"outside", "write by copy_file_range", write_by_copy},
	{"outside", "write by sendfile", write_by_sendfile},
	{"outside", "punch a hole", punch_hole},
	{"outside", "truncate", truncate_outside},
	{"outside", "open read-only with O_TRUNC", open_truncating},
	{"outside", "remove", unlink_outside},
	{"outside", "create", create_outside},
	{"outside", "create by O_TMPFILE and linkat", tmpfile_outside},
	{"outside", "create in /tmp", write_tmp},
	{"outside", "create in /var/tmp", write_var_tmp},
	{"outside", "create in /dev/shm", write_shm},
	{"outside", "append to ~/.bashrc", write_bashrc},
	{"outside", "plant ~/.inputrc", write_inputrc},
	{"outside", "append to ~/.ssh/authorized_keys", write_keys},
	{"metadata", "chmod outside", change_mode},
	{"metadata", "chmod in the repository", change_mode_in_repo},
	{"metadata", "fchmod a read-only descriptor", change_mode_by_fd},
	{"metadata", "fchmodat2", change_mode_anew},
	{"metadata", "chown outside", change_owner},
	{"metadata", "utimensat outside", change_times},
	{"metadata", "futimens a read-only descriptor", change_times_by_fd},
	{"metadata", "utime in the repository", change_times_of_old},
	{"metadata", "setxattr outside", change_xattr},
	{"metadata", "fsetxattr a read-only descriptor", change_xattr_by_fd},
	{"metadata", "FS_IOC_SETFLAGS", change_flags},
	{"secret", "read a secret of HOME", read_secret},
	{"secret", "read a file outside", read_outside},
	{"secret", "read by a link in OUT", read_by_link},
	{"secret", "read by cat", read_by_cat},
	{"secret", "read inherited descriptors", read_inherited},
	{"secret", "open_by_handle_at of a name's handle", open_handle},
	{"secret", "open_by_handle_at of the first inode", open_root_handle},
};

const struct tries file_tries = {table, sizeof(table) / sizeof(table[0])};
