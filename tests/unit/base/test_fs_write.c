/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The durable write, in peace and with every system call of it failing. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>

#include "base/fs.h"
#include "base/hash.h"
#include "base_test.h"

/* Names in a folder, without "." and ".."; a leading dot means something was left behind. */
static int count_names(int dir, bool hidden_only)
{
	const int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fdopendir(fd);
	int n = 0;

	cr_assert_not_null(stream);
	for (const struct dirent *e = readdir(stream); e; e = readdir(stream)) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		n += !hidden_only || e->d_name[0] == '.';
	}
	closedir(stream);
	return n;
}

static mode_t mode_of(int dir, const char *path)
{
	struct stat st;

	cr_assert_eq(fstatat(dir, path, &st, 0), 0);
	return st.st_mode & 07777;
}

/*
 * A table that lets one kind of fault happen at the Nth call and, where asked, at all later
 * ones: the call fails before it acts; or acts and then says that it failed; or a write stays
 * short.
 */
enum fault { FAULT_BEFORE, FAULT_AFTER, FAULT_SHORT, FAULT_KILL, FAULT_COUNT };

static struct {
	enum fault kind;
	bool for_good;
	int at;
	int calls;
	int fsyncs;
	char order[64];
} plan;

/* Counts the call; true when it is the one (or one of those) to fail. */
static bool is_hit(char letter)
{
	const size_t n = strlen(plan.order);

	if (n + 1 < sizeof(plan.order))
		plan.order[n] = letter;
	plan.calls++;
	if (plan.calls == plan.at && plan.kind == FAULT_KILL)
		kill(getpid(), SIGKILL);
	return plan.calls == plan.at || (plan.for_good && plan.calls > plan.at && plan.at > 0);
}

static int with_fault(bool hit, int result)
{
	if (!hit)
		return result;
	errno = EIO;
	return -1;
}

static int f_openat(int dir, const char *path, int flags, mode_t mode)
{
	/* open fails before it acts or not at all. */
	if (is_hit('o'))
		return with_fault(true, -1);
	return openat(dir, path, flags, mode);
}

static int f_close(int fd)
{
	const bool hit = is_hit('c');

	return with_fault(hit, close(fd)); /* close fails only after */
}

static ssize_t f_write(int fd, const void *bytes, size_t n)
{
	const bool hit = is_hit('w');

	if (hit && plan.kind == FAULT_SHORT)
		return write(fd, bytes, (n + 1) / 2);
	if (hit && plan.kind == FAULT_AFTER && write(fd, bytes, n / 2) < 0)
		return -1;
	return hit ? with_fault(true, -1) : write(fd, bytes, n);
}

static int f_fsync(int fd)
{
	const bool hit = is_hit('s');

	plan.fsyncs++;
	return with_fault(hit, hit && plan.kind == FAULT_BEFORE ? -1 : fsync(fd));
}

static int f_renameat(int from_dir, const char *from, int to_dir, const char *to)
{
	const bool hit = is_hit('r');

	if (hit && plan.kind == FAULT_BEFORE)
		return with_fault(true, -1);
	return with_fault(hit, renameat(from_dir, from, to_dir, to));
}

static int f_unlinkat(int dir, const char *path, int flags)
{
	/* Undoing works even on a disk that no longer takes anything. */
	(void)is_hit('u');
	return unlinkat(dir, path, flags);
}

static struct sg_fs_calls faulty(void)
{
	struct sg_fs_calls calls = sg_fs_kernel;

	calls.openat = f_openat;
	calls.close = f_close;
	calls.write = f_write;
	calls.fsync = f_fsync;
	calls.renameat = f_renameat;
	calls.unlinkat = f_unlinkat;
	return calls;
}

static void plan_fault(enum fault kind, bool for_good, int at)
{
	memset(&plan, 0, sizeof(plan));
	plan.kind = kind;
	plan.for_good = for_good;
	plan.at = at;
	sg_fs_poison_clear();
}

Test(fs_write, a_replaced_file_has_the_new_bytes_and_the_old_mode)
{
	struct sg_bt_room room;
	char text[64];

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "m.yaml", "old and longer");
	cr_assert_eq(fchmodat(room.dir, "m.yaml", 0660, 0), 0);
	umask(077);
	cr_expect_eq(sg_fs_replace(room.dir, "m.yaml", "new", 3, NULL), SG_OK);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "m.yaml", text, sizeof(text)), "new");
	cr_expect_eq(mode_of(room.dir, "m.yaml"), 0660);
	umask(022);
	cr_expect_eq(sg_fs_replace(room.dir, "fresh", "", 0, NULL), SG_OK);
	cr_expect_eq(mode_of(room.dir, "fresh"), 0644);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "fresh", text, sizeof(text)), "");
	cr_expect_eq(count_names(room.dir, true), 0);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, a_sweep_takes_only_what_killed_writes_of_that_file_left)
{
	static const char *const kept[] = { "m.yaml", ".m.yaml.tmp.", ".m.yaml.tmp.1.",
		".m.yaml.tmp.1.x", ".m.yaml.tmp.1.2.3", "m.yaml.tmp.1.2", ".n.yaml.tmp.1.2" };
	struct sg_bt_room room;

	sg_bt_enter(&room);
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		sg_bt_spill(room.dir, kept[i], "kept");
	sg_bt_spill(room.dir, ".m.yaml.tmp.1.2", "");
	sg_bt_spill(room.dir, ".m.yaml.tmp.4711.0", "half");
	cr_expect(sg_fs_has_temps(room.dir, "m.yaml"));
	sg_fs_sweep(room.dir, "m.yaml");
	cr_expect_not(sg_fs_has_temps(room.dir, "m.yaml"));
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		cr_expect(sg_fs_exists(room.dir, kept[i]), "%s is gone", kept[i]);
	cr_expect_not(sg_fs_exists(room.dir, ".m.yaml.tmp.1.2"));
	cr_expect_not(sg_fs_exists(room.dir, ".m.yaml.tmp.4711.0"));
	sg_fs_sweep(room.dir, "none/m.yaml");
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, a_path_with_folders_is_replaced_in_its_own_folder)
{
	struct sg_bt_room room;
	char text[64];
	char absolute[PATH_MAX + 8];

	sg_bt_enter(&room);
	cr_assert_eq(sg_fs_mkdirs(room.dir, "a/b", 0755, NULL), SG_OK);
	cr_expect_eq(sg_fs_replace(room.dir, "a/b/f", "1", 1, NULL), SG_OK);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "a/b/f", text, sizeof(text)), "1");
	snprintf(absolute, sizeof(absolute), "%s/a/b/f", room.path);
	cr_expect_eq(sg_fs_replace(AT_FDCWD, absolute, "2", 1, NULL), SG_OK);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "a/b/f", text, sizeof(text)), "2");
	cr_expect_eq(sg_fs_replace(room.dir, "none/f", "1", 1, NULL), SG_NOTFOUND);
	cr_expect_eq(sg_fs_replace(room.dir, "a/", "1", 1, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_replace(room.dir, "a/..", "1", 1, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_replace(room.dir, "", "1", 1, NULL), SG_INPUT);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, a_name_of_the_greatest_length_is_replaced_too)
{
	struct sg_bt_room room;
	char name[NAME_MAX + 2];
	char text[8];

	sg_bt_enter(&room);
	memset(name, 'n', NAME_MAX);
	name[NAME_MAX] = '\0';
	cr_expect_eq(sg_fs_replace(room.dir, name, "x", 1, NULL), SG_OK);
	cr_expect_str_eq(sg_bt_slurp(room.dir, name, text, sizeof(text)), "x");
	name[NAME_MAX] = 'n';
	name[NAME_MAX + 1] = '\0';
	cr_expect_eq(sg_fs_replace(room.dir, name, "x", 1, NULL), SG_INPUT);
	cr_expect_eq(count_names(room.dir, true), 0);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, only_a_regular_file_is_replaced)
{
	struct sg_bt_room room;
	struct sg_err err = SG_ERR_INIT;
	char text[64];

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "real", "content");
	cr_assert_eq(symlinkat("real", room.dir, "link"), 0);
	cr_assert_eq(mkdirat(room.dir, "folder", 0755), 0);
	cr_assert_eq(mkfifoat(room.dir, "fifo", 0600), 0);
	cr_expect_eq(sg_fs_replace(room.dir, "link", "x", 1, &err), SG_INPUT);
	cr_expect_str_eq(err.text, "cannot replace 'link': it is a symbolic link");
	cr_expect_eq(sg_fs_replace(room.dir, "folder", "x", 1, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_replace(room.dir, "fifo", "x", 1, NULL), SG_INPUT);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "real", text, sizeof(text)), "content");
	cr_expect_eq(count_names(room.dir, false), 4);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, the_steps_of_a_replacement_come_in_their_order)
{
	struct sg_bt_room room;
	const struct sg_fs_calls calls = faulty();

	sg_bt_enter(&room);
	sg_fs = &calls;
	plan_fault(FAULT_BEFORE, false, 0);
	cr_expect_eq(sg_fs_replace(room.dir, "f", "x", 1, NULL), SG_OK);
	/*
	 * folder, temporary file, bytes, fsync, close, rename, fsync of the folder, its close
	 */
	cr_expect_str_eq(plan.order, "oowscrsc");
	plan_fault(FAULT_BEFORE, false, 0);
	cr_expect_eq(sg_fs_create(room.dir, "g", 0600, "x", 1, NULL), SG_OK);
	cr_expect_str_eq(plan.order, "oowscsc");
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

/* One replacement with one fault; returns false when the fault was beyond the last call. */
static bool replace_with_fault(
	const struct sg_bt_room *room, enum fault kind, bool for_good, int at)
{
	const struct sg_fs_calls calls = faulty();
	struct sg_err err = SG_ERR_INIT;
	char text[64];

	cr_assert_eq(sg_fs_unlink(room->dir, "f", NULL), SG_OK);
	sg_bt_spill(room->dir, "f", "the old content");
	plan_fault(kind, for_good, at);
	sg_fs = &calls;
	const enum sg_rc rc =
		sg_fs_replace(room->dir, "f", "new content, longer than it", 27, &err);
	sg_fs = &sg_fs_kernel;
	sg_bt_slurp(room->dir, "f", text, sizeof(text));
	const bool is_new = strcmp(text, "new content, longer than it") == 0;
	cr_expect(is_new || strcmp(text, "the old content") == 0, "kind %d at %d: '%s'",
		(int)kind, at, text);
	cr_expect_eq(count_names(room->dir, true), 0, "kind %d at %d leaves a temporary file",
		(int)kind, at);
	/* Only a short write, and the closing of the folder at the end, may go unnoticed. */
	const bool is_short = kind == FAULT_SHORT && !for_good && plan.order[at - 1] == 'w';
	if (plan.calls >= at && !is_short && at < 8)
		cr_expect_lt(rc, 0, "kind %d at %d went unnoticed", (int)kind, at);
	if (rc == SG_OK) {
		cr_expect(
			is_new, "kind %d at %d acknowledged what is not there", (int)kind, at);
		cr_expect_geq(plan.fsyncs, 2);
		cr_expect_not(sg_fs_poisoned());
	} else {
		cr_expect_eq(rc, SG_STORAGE);
		cr_expect_eq(err.rc, SG_STORAGE);
		cr_expect_str_not_empty(err.text);
	}
	/* Poison exactly when a sync failed; then the sentence says what that means. */
	const bool says_unknown = strstr(err.text, "not durable, state unknown") != NULL;
	cr_expect_eq(
		sg_fs_poisoned(), says_unknown, "kind %d at %d: %s", (int)kind, at, err.text);
	cr_expect_leq(plan.fsyncs, 2, "a failed sync was asked again");
	return plan.calls >= at;
}

Test(fs_write, every_failing_call_leaves_the_old_or_the_new_content_and_no_litter)
{
	struct sg_bt_room room;
	int points = 0;

	sg_bt_enter(&room);
	for (int kind = FAULT_BEFORE; kind <= FAULT_SHORT; kind++) {
		for (int for_good = 0; for_good < 2; for_good++) {
			for (int at = 1;
				replace_with_fault(&room, (enum fault)kind, for_good, at); at++)
				points++;
		}
	}
	cr_expect_geq(points, 40, "only %d points", points);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, killed_at_every_call_the_file_is_old_or_new)
{
	struct sg_bt_room room;
	const struct sg_fs_calls calls = faulty();
	bool ended = false;

	sg_bt_enter(&room);
	for (int at = 1; !ended; at++) {
		char text[64];
		int status = 0;
		sg_bt_spill(room.dir, "f", "the old content");
		const pid_t child = fork();
		cr_assert_geq(child, 0);
		if (child == 0) {
			plan_fault(FAULT_KILL, false, at);
			sg_fs = &calls;
			_exit(sg_fs_replace(room.dir, "f", "new", 3, NULL) == SG_OK ? 0 : 1);
		}
		cr_assert_eq(waitpid(child, &status, 0), child);
		ended = WIFEXITED(status);
		sg_bt_slurp(room.dir, "f", text, sizeof(text));
		const bool is_new = strcmp(text, "new") == 0;
		cr_expect(is_new || strcmp(text, "the old content") == 0, "at %d: '%s'", at,
			text);
		if (ended) {
			cr_expect_eq(WEXITSTATUS(status), 0);
			cr_expect(is_new);
			cr_expect_geq(at, 8);
		}
	}
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, the_litter_of_a_killed_namesake_is_stepped_over)
{
	struct sg_bt_room room;
	char name[64];
	char text[64];

	sg_bt_enter(&room);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), ".f.tmp.%ld.%d", (long)getpid(), i);
		sg_bt_spill(room.dir, name, "litter");
	}
	cr_expect_eq(sg_fs_replace(room.dir, "f", "x", 1, NULL), SG_OK);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "f", text, sizeof(text)), "x");
	cr_expect_str_eq(sg_bt_slurp(room.dir, name, text, sizeof(text)), "litter");
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, a_new_file_has_its_mode_and_must_be_new)
{
	struct sg_bt_room room;
	struct sg_err err = SG_ERR_INIT;
	char text[64];

	sg_bt_enter(&room);
	umask(077);
	cr_expect_eq(sg_fs_create(room.dir, "n", 0664, "abc", 3, NULL), SG_OK);
	cr_expect_eq(mode_of(room.dir, "n"), 0664);
	cr_expect_eq(sg_fs_create(room.dir, "ro", 0444, "abc", 3, NULL), SG_OK);
	cr_expect_eq(mode_of(room.dir, "ro"), 0444);
	cr_expect_eq(sg_fs_create(room.dir, "n", 0600, "xyz", 3, &err), SG_INPUT);
	cr_expect_str_eq(err.text, "cannot create 'n': File exists");
	cr_expect_str_eq(sg_bt_slurp(room.dir, "n", text, sizeof(text)), "abc");
	cr_assert_eq(symlinkat("elsewhere", room.dir, "dangling"), 0);
	cr_expect_eq(sg_fs_create(room.dir, "dangling", 0600, "x", 1, NULL), SG_INPUT);
	cr_expect_not(sg_fs_exists(room.dir, "elsewhere"));
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, a_new_file_that_was_not_finished_is_taken_away)
{
	struct sg_bt_room room;
	const struct sg_fs_calls calls = faulty();
	int last = 0;

	sg_bt_enter(&room);
	for (int at = 1; last == 0; at++) {
		char text[64];
		plan_fault(FAULT_AFTER, true, at);
		sg_fs = &calls;
		const enum sg_rc rc = sg_fs_create(room.dir, "n", 0600, "abcd", 4, NULL);
		sg_fs = &sg_fs_kernel;
		sg_bt_slurp(room.dir, "n", text, sizeof(text));
		const bool whole = strcmp(text, "abcd") == 0;
		cr_expect(whole || strcmp(text, "(none)") == 0, "at %d: '%s'", at, text);
		cr_expect(rc != SG_OK || whole);
		if (plan.calls < at)
			last = at;
		cr_assert_eq(sg_fs_unlink(room.dir, "n", NULL), SG_OK);
	}
	cr_expect_geq(last, 8);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, a_copy_has_the_bytes_and_the_digest_of_its_source_from_the_start)
{
	struct sg_bt_room room;
	struct sg_strbuf big = SG_STRBUF_INIT;
	struct sg_strbuf copy = SG_STRBUF_INIT;
	char hex[SG_SHA256_HEX_SIZE];
	char expected[SG_SHA256_HEX_SIZE];
	int64_t size = 0;
	char skipped[100];

	sg_bt_enter(&room);
	for (int i = 0; i < 20000; i++)
		sg_strbuf_addf(&big, "row %d\n", i);
	sg_bt_spill(room.dir, "out", big.bytes);
	const int fd = openat(room.dir, "out", O_RDONLY | O_CLOEXEC);
	cr_assert_eq(read(fd, skipped, sizeof(skipped)), 100);
	const int64_t n = (int64_t)big.n_bytes;
	cr_expect_eq(sg_fs_copy_in(fd, room.dir, "kept", n, &size, hex, NULL), SG_OK);
	cr_expect_eq(size, n);
	sg_sha256_of(big.bytes, big.n_bytes, expected);
	cr_expect_str_eq(hex, expected);
	cr_expect_eq(sg_fs_read(room.dir, "kept", big.n_bytes, &copy, NULL), SG_OK);
	cr_expect_str_eq(copy.bytes, big.bytes);
	cr_expect_eq(mode_of(room.dir, "kept"), 0444);
	cr_expect_eq(sg_fs_copy_in(fd, room.dir, "kept", n, &size, hex, NULL), SG_INPUT);
	cr_expect_eq(sg_fs_copy_in(fd, room.dir, "over", n - 1, &size, hex, NULL), SG_LIMIT);
	cr_expect_not(sg_fs_exists(room.dir, "over"));
	close(fd);
	sg_strbuf_release(&big);
	sg_strbuf_release(&copy);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, a_copy_that_failed_leaves_no_file_and_no_result)
{
	struct sg_bt_room room;
	const struct sg_fs_calls calls = faulty();
	int last = 0;

	sg_bt_enter(&room);
	sg_bt_spill(room.dir, "out", "abc");
	for (int at = 1; last == 0; at++) {
		const int fd = openat(room.dir, "out", O_RDONLY | O_CLOEXEC);
		char hex[SG_SHA256_HEX_SIZE] = "kept";
		char text[64];
		int64_t size = 7;
		plan_fault(FAULT_BEFORE, true, at);
		sg_fs = &calls;
		const enum sg_rc rc = sg_fs_copy_in(fd, room.dir, "n", 99, &size, hex, NULL);
		sg_fs = &sg_fs_kernel;
		close(fd);
		sg_bt_slurp(room.dir, "n", text, sizeof(text));
		cr_expect(strcmp(text, "abc") == 0 || strcmp(text, "(none)") == 0, "at %d", at);
		cr_expect_eq(size, rc == SG_OK ? 3 : 7);
		cr_expect(rc == SG_OK || strcmp(hex, "kept") == 0);
		if (plan.calls < at)
			last = at;
		cr_assert_eq(sg_fs_unlink(room.dir, "n", NULL), SG_OK);
	}
	cr_expect_geq(last, 8);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

Test(fs_write, appended_lines_follow_each_other_and_can_be_cut)
{
	struct sg_bt_room room;
	char text[64];
	int fd = -1;

	sg_bt_enter(&room);
	for (int i = 0; i < 2; i++) {
		cr_assert_eq(sg_fs_open_append(room.dir, "t", 0600, &fd, NULL), SG_OK);
		cr_expect_eq(sg_fs_write_all(fd, "t", "line\n", 5, NULL), SG_OK);
		cr_expect_eq(sg_fs_sync_data(fd, "t", NULL), SG_OK);
		sg_fd_close(&fd);
	}
	cr_expect_eq(mode_of(room.dir, "t"), 0600);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "t", text, sizeof(text)), "line\nline\n");
	cr_assert_eq(sg_fs_open_append(room.dir, "t", 0600, &fd, NULL), SG_OK);
	cr_expect_eq(sg_fs_truncate(fd, "t", 7, NULL), SG_OK);
	cr_expect_eq(sg_fs_write_all(fd, "t", "!", 1, NULL), SG_OK);
	sg_fd_close(&fd);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "t", text, sizeof(text)), "line\nli!");
	cr_assert_eq(symlinkat("t", room.dir, "link"), 0);
	cr_expect_eq(sg_fs_open_append(room.dir, "link", 0600, &fd, NULL), SG_INPUT);
	cr_assert_eq(mkfifoat(room.dir, "fifo", 0600), 0);
	cr_expect_eq(sg_fs_open_append(room.dir, "fifo", 0600, &fd, NULL), SG_INPUT);
	cr_expect_eq(fd, -1);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

static int failing_sync(int fd)
{
	(void)fd;
	errno = EINTR; /* not even an interruption is a reason to ask again */
	plan.fsyncs++;
	return -1;
}

Test(fs_write, a_failed_sync_poisons_and_is_never_asked_again)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;
	struct sg_err err = SG_ERR_INIT;
	int fd = -1;

	sg_bt_enter(&room);
	calls.fdatasync = failing_sync;
	calls.fsync = failing_sync;
	cr_assert_eq(sg_fs_open_append(room.dir, "t", 0600, &fd, NULL), SG_OK);
	sg_fs = &calls;
	plan_fault(FAULT_BEFORE, false, 0);
	cr_expect_not(sg_fs_poisoned());
	cr_expect_eq(sg_fs_sync_data(fd, "t", &err), SG_STORAGE);
	cr_expect_str_eq(err.text,
		"cannot sync 't': not durable, state unknown: Interrupted system call");
	cr_expect_eq(plan.fsyncs, 1);
	cr_expect(sg_fs_poisoned());
	sg_fs_poison_clear();
	cr_expect_eq(sg_fs_sync_dir(room.dir, ".", NULL), SG_STORAGE);
	cr_expect(sg_fs_poisoned());
	sg_fs = &sg_fs_kernel;
	cr_expect_eq(sg_fs_sync_data(fd, "t", NULL), SG_OK);
	cr_expect(sg_fs_poisoned(), "a later success does not lift it");
	sg_fd_close(&fd);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}

static ssize_t stubborn_write(int fd, const void *bytes, size_t n)
{
	plan.calls++;
	if (plan.calls % 2 == 1) {
		errno = EINTR;
		return -1;
	}
	return plan.calls > plan.at ? 0 : write(fd, bytes, n < 2 ? n : 2);
}

Test(fs_write, writing_goes_on_after_interruptions_and_ends_when_nothing_is_taken)
{
	struct sg_bt_room room;
	struct sg_fs_calls calls = sg_fs_kernel;
	struct sg_err err = SG_ERR_INIT;
	char text[64];
	int fd = -1;

	sg_bt_enter(&room);
	calls.write = stubborn_write;
	sg_fs = &calls;
	plan_fault(FAULT_BEFORE, false, 1000);
	cr_assert_eq(sg_fs_open_append(room.dir, "t", 0600, &fd, NULL), SG_OK);
	cr_expect_eq(sg_fs_write_all(fd, "t", "0123456", 7, NULL), SG_OK);
	cr_expect_str_eq(sg_bt_slurp(room.dir, "t", text, sizeof(text)), "0123456");
	plan_fault(FAULT_BEFORE, false, 2);
	cr_expect_eq(sg_fs_write_all(fd, "t", "0123456", 7, &err), SG_STORAGE);
	cr_expect_str_eq(err.text, "cannot write 't': No space left on device");
	sg_fd_close(&fd);
	sg_bt_leave(&room);
	SG_LEAKCHECK();
}
