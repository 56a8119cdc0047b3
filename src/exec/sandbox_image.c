/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The helper as it was built, carried in our own executable and handed on as a memory file.
 *
 * A program of its own, static and small, starts in half the time of ours; from memory it needs
 * no place on the disk that an installation could lose or somebody could replace.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/fs.h"
#include "exec/sandbox_internal.h"

#define EXECUTABLE 0x0010U /* MFD_EXEC, Linux 6.3: older ones know no other memory files */

__asm__(".pushsection .rodata\n"
	".globl sg_helper_image, sg_helper_image_end\n"
	"sg_helper_image:\n"
	".incbin \"" SG_HELPER_FILE "\"\n"
	"sg_helper_image_end:\n"
	".popsection\n");
extern const char sg_helper_image[], sg_helper_image_end[];

static int make(void)
{
	const unsigned int flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	SG_CLEANUP(sg_fd_close) int fd = (int)memfd_create("sandbox", flags | EXECUTABLE);
	if (fd < 0 && errno == EINVAL)
		fd = (int)memfd_create("sandbox", flags);
	if (fd < 0)
		return -1;
	for (const char *at = sg_helper_image; at < sg_helper_image_end;) {
		const ssize_t n = write(fd, at, (size_t)(sg_helper_image_end - at));
		if (n <= 0)
			return -1;
		at += n;
	}
	if (fchmod(fd, 0500) < 0 ||
		fcntl(fd, F_ADD_SEALS,
			F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
		return -1;
	const int made = fd;
	fd = -1;
	return made;
}

int sg_sandbox_program(void)
{
	static int program = -1;
	if (program < 0)
		program = make();
	return program;
}
