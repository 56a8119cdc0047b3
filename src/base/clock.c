/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time and randomness from the kernel. */
#include "base/clock.h"

#include <errno.h>
#include <sys/random.h>
#include <time.h>

int64_t sg_clock_wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t sg_clock_mono_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

enum sg_rc sg_random(void *bytes, size_t n_bytes, struct sg_err *err)
{
	unsigned char *at = bytes;

	while (n_bytes > 0) {
		const ssize_t n = getrandom(at, n_bytes, 0);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return sg_err_errno(err, SG_STORAGE, errno,
				"cannot get random bytes from the kernel");
		at += n;
		n_bytes -= (size_t)n;
	}
	return SG_OK;
}
