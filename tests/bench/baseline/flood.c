/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A child that floods: 10 MB/s of short lines, in a hundred pieces a second, until it is ended. */
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PIECE_BYTES ((size_t)100000)
#define TURN_NS     10000000L
#define NS_PER_S    1000000000L

int main(void)
{
	static char piece[PIECE_BYTES];
	struct timespec next;
	size_t n = 0;

	for (int i = 0; n + 64 < sizeof(piece); i++)
		n += (size_t)sprintf(piece + n, "%06d A LINE OF A CHILD THAT FLOODS\n", i);
	if (clock_gettime(CLOCK_MONOTONIC, &next) < 0)
		return 1;
	for (;;) {
		for (size_t at = 0; at < n;) {
			const ssize_t done = write(STDOUT_FILENO, piece + at, n - at);
			if (done <= 0)
				return 1;
			at += (size_t)done;
		}
		next.tv_nsec += TURN_NS;
		next.tv_sec += next.tv_nsec / NS_PER_S;
		next.tv_nsec %= NS_PER_S;
		(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
	}
}
