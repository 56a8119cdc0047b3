/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel objects that a try may have left, and what its processes hold, seen from outside. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostile/judge.h"

#define FILES_CAP     200
#define PROCESSES_CAP 64

/* --- /proc --- */

static bool read_small(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
	if (fd >= 0)
		(void)close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

char process_state(pid_t pid)
{
	char text[512];
	if (!read_small(path_of("/proc/%ld/stat", (long)pid), text, sizeof(text)))
		return 0;
	const char *at = strrchr(text, ')');
	return at ? at[2] : (char)0;
}

long process_field(pid_t pid, const char *field)
{
	char text[4096];
	if (!read_small(path_of("/proc/%ld/status", (long)pid), text, sizeof(text)))
		return -1;
	const char *at = strstr(text, field);
	return at ? strtol(at + strlen(field) + 1, NULL, 10) : -1;
}

/* Calls visit for each process of that name; returns how many there are. */
static int each_named(const char *name, void (*visit)(pid_t pid, void *ctx), void *ctx)
{
	char text[64];
	int n = 0;
	DIR *dir = opendir("/proc");
	for (const struct dirent *e; dir && (e = readdir(dir));) {
		const long pid = strtol(e->d_name, NULL, 10);
		if (pid <= 0 || !read_small(path_of("/proc/%ld/comm", pid), text, sizeof(text)))
			continue;
		text[strcspn(text, "\n")] = '\0';
		if (strcmp(text, name) != 0 || process_state((pid_t)pid) == 'Z')
			continue;
		n++;
		if (visit)
			visit((pid_t)pid, ctx);
	}
	if (dir)
		(void)closedir(dir);
	return n;
}

static void take_pid(pid_t pid, void *ctx)
{
	*(pid_t *)ctx = pid;
}

int processes_named(const char *name, pid_t *ret_pid)
{
	pid_t pid = 0;
	const int n = each_named(name, take_pid, &pid);
	if (ret_pid)
		*ret_pid = pid;
	return n;
}

/* --- what it holds --- */

struct holding {
	struct column *c;
	int id;
	pid_t main; /* its parent, which tried nothing */
};

static void link_text(char text[PATH_SIZE], const char *path)
{
	ssize_t n = readlink(path, text, PATH_SIZE - 1);
	text[n > 0 ? n : 0] = '\0';
}

static void judge_namespaces(const struct holding *h, pid_t pid)
{
	static const char *const kinds[] = {"user", "mnt", "net"};
	char its[PATH_SIZE];
	char parents[PATH_SIZE];
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		link_text(its, path_of("/proc/%ld/ns/%s", (long)pid, kinds[i]));
		link_text(parents, path_of("/proc/%ld/ns/%s", (long)h->main, kinds[i]));
		if (*its && *parents && strcmp(its, parents) != 0)
			found(h->c, h->id, "a %s namespace", kinds[i]);
	}
	link_text(its, path_of("/proc/%ld/root", (long)pid));
	link_text(parents, path_of("/proc/%ld/root", (long)h->main));
	if (*its && *parents && strcmp(its, parents) != 0)
		found(h->c, h->id, "another root");
}

static void judge_descriptors(const struct holding *h, pid_t pid)
{
	static const char *const bad[] = {"anon_inode:bpf", "anon_inode:[perf_event]",
		"anon_inode:[userfaultfd]", "anon_inode:[io_uring]", "anon_inode:[fanotify]",
		"anon_inode:inotify-all", "/dev/kmsg", "/device."};
	char target[PATH_SIZE];
	int n = 0;
	DIR *dir = opendir(path_of("/proc/%ld/fd", (long)pid));
	for (const struct dirent *e; dir && (e = readdir(dir));) {
		n++;
		link_text(target, path_of("/proc/%ld/fd/%s", (long)pid, e->d_name));
		for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
			if (strstr(target, bad[i]))
				found(h->c, h->id, "it holds %s", bad[i]);
	}
	if (dir)
		(void)closedir(dir);
	if (n > FILES_CAP + 16)
		found(h->c, h->id, "it holds %d descriptors", n);
}

static void judge_holding(pid_t pid, void *ctx)
{
	const struct holding *h = ctx;
	static char mounts[1 << 16];
	char text[64];
	judge_namespaces(h, pid);
	judge_descriptors(h, pid);
	if (read_small(path_of("/proc/%ld/mountinfo", (long)pid), mounts, sizeof(mounts)) &&
		strstr(mounts, "hostile-mount"))
		found(h->c, h->id, "it has mounted");
	if (read_small(path_of("/proc/%ld/personality", (long)pid), text, sizeof(text)) &&
		strtoul(text, NULL, 16) != 0)
		found(h->c, h->id, "its personality");
	if (process_field(pid, "CapAmb:") > 0)
		found(h->c, h->id, "it has a capability");
}

/* --- objects --- */

static void judge_ipc(const struct room *room, struct column *c, int id)
{
	const key_t key = (key_t)(room->key + id);
	const int segment = shmget(key, 0, 0);
	const int set = semget(key, 0, 0);
	const int queue = msgget(key, 0);
	const char *name = path_of("/%s.%d", room->tag, id);
	const mqd_t posix = mq_open(name, O_RDONLY | O_NONBLOCK);
	if (segment >= 0 || set >= 0 || queue >= 0)
		found(c, id, "a System V object");
	if (posix != (mqd_t)-1)
		found(c, id, "a POSIX queue");
	(void)shmctl(segment, IPC_RMID, NULL);
	(void)semctl(set, 0, IPC_RMID);
	(void)msgctl(queue, IPC_RMID, NULL);
	if (posix != (mqd_t)-1) {
		(void)mq_close(posix);
		(void)mq_unlink(name);
	}
}

static void judge_keys(const struct room *room, struct column *c, int id)
{
	static char keys[1 << 16];
	const char *name = path_of("%s.%d", room->tag, id);
	int fd = open("/proc/keys", O_RDONLY | O_CLOEXEC);
	size_t n = 0;
	for (ssize_t got; fd >= 0 && (got = read(fd, keys + n, sizeof(keys) - 1 - n)) > 0;)
		n += (size_t)got;
	if (fd >= 0)
		(void)close(fd);
	keys[n] = '\0';
	if (strstr(keys, name))
		found(c, id, "a key");
	const long key = syscall(SYS_keyctl, 10L, -4L, "user", name, 0L);
	if (key > 0)
		(void)syscall(SYS_keyctl, 9L, key, -4L);
}

static void judge_domain(const struct room *room, struct column *c, int id)
{
	char name[128] = "";
	if (getdomainname(name, sizeof(name) - 1) == 0 && strstr(name, room->tag)) {
		found(c, id, "the machine's domain name");
		if (setdomainname("(none)", 6) < 0)
			found(c, id, "it could not be put back");
	}
}

static void judge_shared_folders(const struct room *room, struct column *c, int id)
{
	static const char *const folders[] = {"/tmp", "/var/tmp", "/dev/shm"};
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++)
		if (unlink(path_of("%s/%s.%d", folders[i], room->tag, id)) == 0)
			found(c, id, "a file in %s", folders[i]);
}

static void judge_locks(const struct room *room, struct column *c, int id)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int fd = open(path_of("%s/.stepgate/LOCK", room->repo), O_RDWR | O_CLOEXEC);
	if (fd >= 0 && fcntl(fd, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
		found(c, id, "LOCK is held");
	if (fd >= 0)
		(void)close(fd);
	fd = open(path_of("%s/.stepgate/trace.jsonl", room->repo),
		O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == EWOULDBLOCK)
		found(c, id, "the trace cannot be opened");
	if (fd >= 0)
		(void)close(fd);
}

void kernel_judge(const struct room *room, struct column *c, int id)
{
	char name[16];
	char large[PATH_SIZE];
	struct holding h = {c, id, 0};
	name_of(room, NULL, 0, name);
	(void)processes_named(name, &h.main);
	name_of(room, "try", id, name);
	if (h.main) {
		const int n = each_named(name, judge_holding, &h);
		/* the kernel counts nobody's processes who is root: there it is no wall */
		if (n > PROCESSES_CAP + 8 && !(c->as_root && strcmp(c->sandbox, "full") == 0))
			found(c, id, "%d processes", n);
	}
	judge_ipc(room, c, id);
	judge_keys(room, c, id);
	judge_domain(room, c, id);
	judge_shared_folders(room, c, id);
	judge_locks(room, c, id);
	if (tree_has_larger(path_of("%s/../tmp", room->home), (long long)32 << 20, large)) {
		found(c, id, "a file over its cap");
		(void)unlink(large);
	}
}
