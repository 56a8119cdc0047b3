/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Landlock by its system calls. The constants are our own: Debian 12's linux/landlock.h ends at
 * ABI 2, and what is built there has to use what a newer kernel offers.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "exec/sandbox_internal.h"

/* The same on every architecture. */
#define NR_CREATE_RULESET 444
#define NR_ADD_RULE       445
#define NR_RESTRICT_SELF  446

#define CREATE_VERSION 1U
#define RULE_BENEATH   1

#define FS_EXECUTE     (1ULL << 0)
#define FS_WRITE_FILE  (1ULL << 1)
#define FS_READ_FILE   (1ULL << 2)
#define FS_READ_DIR    (1ULL << 3)
#define FS_REMOVE_DIR  (1ULL << 4)
#define FS_REMOVE_FILE (1ULL << 5)
#define FS_MAKE_CHAR   (1ULL << 6)
#define FS_MAKE_DIR    (1ULL << 7)
#define FS_MAKE_REG    (1ULL << 8)
#define FS_MAKE_SOCK   (1ULL << 9)
#define FS_MAKE_FIFO   (1ULL << 10)
#define FS_MAKE_BLOCK  (1ULL << 11)
#define FS_MAKE_SYM    (1ULL << 12)
#define FS_REFER       (1ULL << 13) /* ABI 2 */
#define FS_TRUNCATE    (1ULL << 14) /* 3 */
#define FS_IOCTL_DEV   (1ULL << 15) /* 5 */

#define NET_BIND_TCP    (1ULL << 0) /* 4 */
#define NET_CONNECT_TCP (1ULL << 1)

#define SCOPE_ABSTRACT_UNIX (1ULL << 0) /* 6 */
#define SCOPE_SIGNAL        (1ULL << 1)

#define ON_FILES (FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE | FS_IOCTL_DEV)
#define READING  (FS_EXECUTE | FS_READ_FILE | FS_READ_DIR)
#define WRITING                                                                         \
	(READING | FS_WRITE_FILE | FS_TRUNCATE | FS_REMOVE_DIR | FS_REMOVE_FILE |       \
		FS_MAKE_DIR | FS_MAKE_REG | FS_MAKE_SOCK | FS_MAKE_FIFO | FS_MAKE_SYM | \
		FS_REFER)

struct ruleset_attr {
	uint64_t handled_fs;
	uint64_t handled_net; /* ABI 4 */
	uint64_t scoped;      /* 6 */
};

struct beneath_attr {
	uint64_t allowed;
	int32_t parent_fd;
} __attribute__((packed));

int sg_landlock_abi(void)
{
	const long abi = syscall(NR_CREATE_RULESET, NULL, (size_t)0, CREATE_VERSION);
	return abi > 0 ? (int)abi : 0;
}

static uint64_t all_fs(int abi)
{
	uint64_t all = (FS_MAKE_SYM << 1) - 1;
	if (abi >= 2)
		all |= FS_REFER;
	if (abi >= 3)
		all |= FS_TRUNCATE;
	if (abi >= 5)
		all |= FS_IOCTL_DEV;
	return all;
}

int sg_landlock_begin(struct sg_landlock *l, int abi, bool network)
{
	struct ruleset_attr attr = {.handled_fs = all_fs(abi)};
	size_t size = sizeof(attr.handled_fs);
	if (abi >= 4) {
		attr.handled_net = network ? 0 : NET_BIND_TCP | NET_CONNECT_TCP;
		size = offsetof(struct ruleset_attr, scoped);
	}
	if (abi >= 6) {
		attr.scoped = SCOPE_ABSTRACT_UNIX | SCOPE_SIGNAL;
		size = sizeof(attr);
	}
	l->abi = abi;
	l->handled = attr.handled_fs;
	l->fd = (int)syscall(NR_CREATE_RULESET, &attr, size, 0U);
	return l->fd < 0 ? -1 : 0;
}

static uint64_t rights_of(enum sg_landlock_right right)
{
	switch (right) {
	case SG_LANDLOCK_LIST: return FS_READ_DIR;
	case SG_LANDLOCK_READ: return READING;
	case SG_LANDLOCK_WRITE: return WRITING;
	case SG_LANDLOCK_DEVICE: return FS_READ_FILE | FS_WRITE_FILE | FS_TRUNCATE;
	}
	return 0;
}

int sg_landlock_allow(struct sg_landlock *l, const char *path, enum sg_landlock_right right)
{
	const int fd = open(path, O_PATH | O_CLOEXEC);
	struct stat st;
	if (fd < 0)
		return errno == ENOENT || errno == EACCES || errno == ENOTDIR ? 0 : -1;
	long rc = fstat(fd, &st);
	uint64_t rights = rights_of(right) & l->handled;
	if (rc == 0 && !S_ISDIR(st.st_mode))
		rights &= ON_FILES;
	const struct beneath_attr attr = {rights, fd};
	if (rc == 0 && rights)
		rc = syscall(NR_ADD_RULE, l->fd, RULE_BENEATH, &attr, 0U);
	const int why = errno;
	(void)close(fd);
	errno = why;
	return rc < 0 ? -1 : 0;
}

int sg_landlock_raise(struct sg_landlock *l)
{
	/* who is not privileged must have promised not to become it */
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return syscall(NR_RESTRICT_SELF, l->fd, 0U) < 0 ? -1 : 0;
}
