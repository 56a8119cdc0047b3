/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manifest file against the run, where it is not what a run of stepgate leaves. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/memory.h"
#include "format/manifest_io.h"
#include "harness/harness.h"
#include "run_case.h"

static void check_standing(
	const struct sg_session *s, enum sg_standing standing, const char *part)
{
	cr_assert_eq(
		sg_session_standing(s), standing, "%s", sg_session_standing_text(s));
	cr_assert_not_null(strstr(sg_session_standing_text(s), part), "%s",
		sg_session_standing_text(s));
}

static void open_and_check(
	const struct run_case *c, enum sg_standing standing, const char *part)
{
	struct sg_session *s = case_open(c, true);

	check_standing(s, standing, part);
	sg_session_close(s);
}

/* As old as a stamp has to be to be trusted. */
static void grow_old(void)
{
	const struct timespec pause = {.tv_nsec = 80000000};

	nanosleep(&pause, NULL);
}

static void refresh(struct sg_session *s)
{
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_session_refresh(s, NULL, &err), SG_OK, "%s", err.text);
}

Test(disk, a_name_without_an_ending_is_YAML_and_two_endings_are_Markdown)
{
	static const char *const names[] = {"manifest", "run.markdown", "run.md"};

	for (size_t i = 0; i < 3; i++) {
		struct run_case c;
		case_start(&c, names[i]);
		char *text = sg_t_read(c.manifest, NULL);
		cr_assert_eq(strncmp(text, "# ", 2) == 0, i > 0, "%s: %s", names[i], text);
		free(text);
		cr_assert_eq(case_check_sound(&c), 2);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

/* Above 64 MiB the bytes are not kept but hashed. */
Test(disk, a_file_of_more_than_64_MiB_is_known_by_its_hash)
{
	struct run_case c;
	const size_t n = (size_t)65 << 20;

	case_start(&c, "run.md");
	char *text = sg_t_read(c.manifest, NULL);
	const size_t n_text = strlen(text);
	char *big = malloc(n_text + n);
	memcpy(big, text, n_text);
	memset(big + n_text, 'x', n);
	big[n_text + n - 1] = '\n';
	sg_t_write(c.manifest, big, n_text + n);
	struct sg_session *s = case_open(&c, false);
	check_standing(s, SG_STANDING_CLEAN, "");
	refresh(s);
	check_standing(s, SG_STANDING_CLEAN, "");
	big[n_text + 5] = 'y';
	sg_t_write(c.manifest, big, n_text + n);
	refresh(s);
	check_standing(s, SG_STANDING_CLEAN, "");
	sg_session_close(s);
	free(big);
	free(text);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(disk, an_instance_that_became_no_YAML_in_Markdown_is_restored_between_its_words)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, "run.md");
	case_edit(&c, "# RUNTIME_MANIFEST\n", "# My words\n");
	char *right = sg_t_read(c.manifest, NULL);
	case_edit(&c, "ROUTING:\n", "ROUTING: [\n");
	struct sg_session *s = case_open(&c, false);
	check_standing(s, SG_STANDING_TAMPERED, "run.md:");
	cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
	char *after = sg_t_read(c.manifest, NULL);
	cr_assert_str_eq(after, right);
	/* no block at all, or an instance that is not in one: a new one */
	static const char *const texts[] = {"only words\n", "SESSION: [\n", "SESSION:\n  A: [\n"};
	for (size_t i = 0; i < 3; i++) {
		sg_t_write_text(c.manifest, texts[i]);
		s = case_open(&c, false);
		cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
		sg_session_close(s);
	}
	cr_assert_eq(case_check_sound(&c), 6);
	free(right);
	free(after);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* Its text is read again, and until then nothing is written by the places of what was lost. */
Test(disk, a_host_for_which_there_was_no_memory_keeps_its_words_at_the_next_commit)
{
	bool through = false;
	int n_recovered = 0;

	for (int at = 1; !through; at++) {
		struct run_case c;
		struct sg_err err = SG_ERR_INIT;
		case_start(&c, "run.md");
		struct sg_session *s = case_open(&c, false);
		/* seen at the next look, and then read whole */
		case_edit(&c, "# RUNTIME_MANIFEST\n", "# My words\n\nand more of them\n");
		struct sg_event event = case_stop_gap_event(sg_session_run(s));
		memory_arm(at, false);
		const enum sg_rc rc = sg_session_commit(s, &event, NULL, NULL, &err);
		through = memory_disarm() < at;
		cr_assert(rc == SG_OK || rc == SG_NOMEM, "%d: %s", at, err.text);
		/* where the run itself had none, it has to be read anew */
		event = case_next_event(sg_session_run(s), "b.md");
		const enum sg_rc next = sg_session_commit(s, &event, NULL, NULL, &err);
		cr_assert(next == SG_OK || next == rc, "%d: %s", at, err.text);
		n_recovered += rc == SG_NOMEM && next == SG_OK;
		sg_session_close(s);
		char *text = sg_t_read(c.manifest, NULL);
		cr_assert_eq(strncmp(text, "# My words\n\nand more of them\n", 29), 0, "%d: %s",
			at, text);
		free(text);
		cr_assert_geq(case_check_sound(&c), 2 + (rc == SG_OK) + (next == SG_OK));
		case_remove(&c);
	}
	cr_assert_gt(n_recovered, 0);
	SG_LEAKCHECK();
}

Test(disk, a_manifest_of_more_than_a_megabyte_is_opened_without_hashing_it)
{
	struct run_case c;
	const struct sg_event init = case_init_event();
	struct sg_err err = SG_ERR_INIT;
	const size_t n = (size_t)1200000;
	char *goal = calloc(1, n + 1);

	memset(goal, 'g', n);
	case_make(&c, CASE_MANIFEST);
	cr_assert_eq(sg_session_create(&c.options, &init, &err), SG_OK, "%s", err.text);
	struct sg_session *s = case_open(&c, false);
	struct sg_event event = case_step_event("0001");
	event.u.step.goal = goal;
	case_commit(s, event);
	sg_session_close(s);
	cr_assert_eq(case_check_sound(&c), 2);
	free(goal);
	case_remove(&c);
	SG_LEAKCHECK();
}

/* Where the edit is, said by its line, however the file is laid out. */
Test(disk, the_line_of_an_edit_is_found_beside_names_that_only_look_like_it)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	case_edit(&c, "  OWNER: \"USER\"\n",
		"  OWNERS: \"nobody\"\n  OWNER_OF: \"nothing\"\n  OWNER: \"TEAM\"\n");
	open_and_check(&c, SG_STANDING_TAMPERED, "SESSION.OWNER");
	case_remove(&c);
	SG_LEAKCHECK();
}

static void adopt_rows(struct run_case *c, const char *rows)
{
	struct sg_err err = SG_ERR_INIT;

	case_start(c, CASE_MANIFEST);
	case_edit(c, "  ROLE_LEDGER: []\n", rows);
	struct sg_session *s = case_open(c, false);
	cr_assert_eq(sg_session_adopt(s, "rows", true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
}

#define ROW(name, notes)                                                                 \
	"    - role: " name "\n      status: \"ran\"\n      outputs_produced: []\n"            \
	"      notes: \"" notes "\"\n"

Test(disk, the_row_of_an_edit_is_told_from_rows_that_hold_its_name)
{
	struct run_case c;

	adopt_rows(&c, "  ROLE_LEDGER:\n" ROW("XQA", "a") ROW("QAX", "b") ROW("QA", "c"));
	char *text = case_read(&c, CASE_MANIFEST);
	size_t line = 1;
	for (const char *p = text; p < strstr(text, "notes: \"c\""); p++)
		line += *p == '\n';
	free(text);
	/* people write names without quotes */
	case_edit(&c, "- role: \"QA\"", "- role: QA");
	case_edit(&c, "notes: \"c\"", "notes: \"d\"");
	char *said = sg_t_format(CASE_MANIFEST ":%zu: ", line);
	open_and_check(&c, SG_STANDING_TAMPERED, said);
	free(said);
	case_remove(&c);
	/* a name that a path cannot hold is not looked for */
	adopt_rows(&c, "  ROLE_LEDGER:\n" ROW("\"]\"", "a"));
	case_edit(&c, "notes: \"a\"", "notes: \"b\"");
	open_and_check(&c, SG_STANDING_TAMPERED, "ROLE_LEDGER");
	case_remove(&c);
	SG_LEAKCHECK();
}

/* --- killed behind the event, before the file --- */

Test(disk, a_restore_that_was_killed_before_it_wrote_is_finished)
{
	static const char *const texts[] = {"SESSION: [\n", NULL};

	for (size_t i = 0; i < 2; i++) {
		struct run_case c;
		struct sg_err err = SG_ERR_INIT;
		case_start(&c, CASE_MANIFEST);
		for (int after = 0; after < 2; after++) {
			if (texts[i])
				case_write(&c, CASE_MANIFEST, texts[i]);
			else
				cr_assert_eq(unlink(c.manifest), 0);
			if (after)
				break;
			struct sg_session *s = case_open(&c, false);
			check_standing(s, SG_STANDING_TAMPERED, CASE_MANIFEST);
			cr_assert_eq(sg_session_restore(s, true, &err), SG_OK);
			sg_session_close(s);
		}
		struct sg_session *s = case_open(&c, false);
		check_standing(s, SG_STANDING_CLEAN, "");
		cr_assert_eq(sg_session_notes(s)->n, 1);
		sg_session_close(s);
		cr_assert_eq(case_check_sound(&c), 3);
		case_remove(&c);
	}
	SG_LEAKCHECK();
}

Test(disk, an_edit_behind_a_restore_is_one_more_edit)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_restore(s, true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"CREW\"");
	open_and_check(&c, SG_STANDING_TAMPERED, "SESSION.OWNER");
	case_remove(&c);
	SG_LEAKCHECK();
}

/* --- what nobody touched is not read --- */

Test(disk, a_file_that_was_trusted_is_read_again_when_it_or_the_run_went_on)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	grow_old();
	struct sg_session *reader = case_open(&c, true);
	refresh(reader);
	check_standing(reader, SG_STANDING_CLEAN, "");
	struct sg_session *writer = case_open(&c, false);
	case_commit(writer, case_stop_gap_event(sg_session_run(writer)));
	refresh(reader);
	check_standing(reader, SG_STANDING_CLEAN, "");
	grow_old();
	refresh(reader);
	case_edit(&c, "OWNER: \"USER\"", "OWNER: \"TEAM\"");
	refresh(reader);
	check_standing(reader, SG_STANDING_TAMPERED, "SESSION.OWNER");
	sg_session_close(reader);
	sg_session_close(writer);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(disk, a_folder_a_link_or_a_giant_in_its_place_is_tampered)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;

	case_start(&c, CASE_MANIFEST);
	cr_assert_eq(truncate(c.manifest, (off_t)SG_MANIFEST_MAX_BYTES + 1), 0);
	open_and_check(&c, SG_STANDING_TAMPERED, CASE_MANIFEST);
	cr_assert_eq(unlink(c.manifest), 0);
	cr_assert_eq(symlink("elsewhere", c.manifest), 0);
	open_and_check(&c, SG_STANDING_TAMPERED, CASE_MANIFEST);
	cr_assert_eq(unlink(c.manifest), 0);
	cr_assert_eq(mkdir(c.manifest, 0755), 0);
	open_and_check(&c, SG_STANDING_TAMPERED, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	cr_assert_lt(sg_session_restore(s, true, &err), 0);
	sg_session_close(s);
	case_remove(&c);
	SG_LEAKCHECK();
}
