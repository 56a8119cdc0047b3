/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What every test may use: folders and files to work in, and the leak check.
 *
 * The harness is not library code: where the world refuses (no memory, no temporary folder) it
 * says so on stderr and aborts, which Criterion counts as a crash of the test. So nothing here
 * returns an error, and a test needs no check of its own for them.
 *
 * A test that runs over SG_T_TIMEOUT_S seconds (or what the environment variable of that name
 * says) is ended by SIGALRM and counted as a crash. Criterion's own --timeout is not used: in
 * 2.4.1 it kills the test and then waits for it for ever.
 */
#ifndef TESTS_HARNESS_HARNESS_H
#define TESTS_HARNESS_HARNESS_H

#include <stdbool.h>
#include <stddef.h>

#define SG_T_TIMEOUT_S 120

/*
 * The leak check, to be the last line of a test's body, after everything was released. Under
 * AddressSanitizer it fails the test where something that was allocated cannot be reached any
 * more; in other builds it does nothing. Needs <criterion/criterion.h>. A leak of a test without
 * it is reported too, but by the run as a whole and not by the test's own verdict.
 */
#define SG_LEAKCHECK() \
	cr_assert_not(sg_t_leaked(), "memory was leaked: see the report on stderr")

/* True if this is an AddressSanitizer build and it knows of a leak, which it then reports. */
bool sg_t_leaked(void);

/* True in a build with AddressSanitizer. */
bool sg_t_is_asan(void);

/*
 * In a build that measures coverage the forked processes of some tests end by this in place of
 * _exit: what they took of the code's ways is written down first.
 */
_Noreturn void sg_t_exit(int status);

/*
 * Makes a new empty folder below $TMPDIR (/tmp where that is not set), mode 0700, and returns its
 * absolute path, without symbolic links in it. The caller frees the path, and removes the folder
 * with sg_t_rmtree().
 */
char *sg_t_tmpdir(void);

/* Removes a file or a folder with everything in it, read-only folders too. Gone is fine. */
void sg_t_rmtree(const char *path);

/* A new string, as by printf. The caller frees it. */
char *sg_t_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes a file of exactly these bytes in place of what was there; makes the folders above it. */
void sg_t_write(const char *path, const void *data, size_t size_bytes);

/* The same for text. */
void sg_t_write_text(const char *path, const char *text);

/*
 * The bytes of a file, with a NUL behind them that does not count; NULL where there is no such
 * file. ret_size may be NULL. The caller frees the result.
 */
char *sg_t_read(const char *path, size_t *ret_size);

/* True if there is something at path, be it a dangling symbolic link. */
bool sg_t_exists(const char *path);

#endif
