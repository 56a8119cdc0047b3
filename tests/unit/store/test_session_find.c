/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a run is found, and which paths name none. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "fault/fault.h"
#include "harness/harness.h"
#include "run_case.h"
#include "store/trace_io.h"

static void go_to(const struct run_case *c, const char *name)
{
	char *path = case_path(c, name);

	cr_assert_eq(chdir(path), 0, "%s", path);
	free(path);
}

/* The path that is found from here; the caller frees it. NULL: none. */
static char *found(enum sg_rc *ret_rc)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	*ret_rc = sg_session_find(NULL, "", &out, NULL);
	return *ret_rc == SG_OK ? sg_strbuf_take(&out, NULL) : NULL;
}

static void take_away(const struct run_case *c, const char *name)
{
	char *path = case_path(c, name);

	cr_assert_eq(unlink(path), 0, "%s", path);
	free(path);
}

Test(session_find, the_given_path_comes_before_the_environments_and_both_before_looking)
{
	struct sg_strbuf out = SG_STRBUF_INIT;

	cr_assert_eq(sg_session_find("a.yaml", "b.yaml", &out, NULL), SG_OK);
	cr_assert_eq(sg_session_find(NULL, "b.yaml", &out, NULL), SG_OK);
	cr_assert_str_eq(out.bytes, "a.yamlb.yaml");
	sg_strbuf_release(&out);
	SG_LEAKCHECK();
}

Test(session_find, a_run_is_found_here_and_from_any_folder_below)
{
	struct run_case c;
	enum sg_rc rc;

	case_start(&c, CASE_MANIFEST);
	case_write(&c, "a/b/file", "");
	go_to(&c, ".");
	char *here = found(&rc);
	cr_assert_str_eq(here, c.manifest);
	go_to(&c, "a/b");
	char *below = found(&rc);
	cr_assert_str_eq(below, c.manifest);
	/* a folder that cannot be opened holds none; the one above it does */
	fault_arm(FAULT_FAIL_BEFORE, false, 1);
	char *closed = found(&rc);
	fault_disarm();
	cr_assert_str_eq(closed, c.manifest);
	cr_assert_eq(chdir("/"), 0);
	free(here);
	free(below);
	free(closed);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_find, a_trace_without_its_manifest_names_it_by_its_first_event)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	enum sg_rc rc;

	case_start(&c, "mine.yaml");
	cr_assert_eq(unlink(c.manifest), 0);
	go_to(&c, ".");
	char *of_init = found(&rc);
	cr_assert_str_eq(of_init, c.manifest);
	/* the same of a run that began by adopting */
	char *text = case_read(&c, SG_TRACE_FILE);
	free(text);
	cr_assert_eq(chdir("/"), 0);
	case_remove(&c);
	struct run_case made;
	case_start(&made, "mine.yaml");
	case_make(&c, "mine.yaml");
	text = case_read(&made, "mine.yaml");
	case_write(&c, "mine.yaml", text);
	struct sg_session *s = case_open(&c, false);
	cr_assert_eq(sg_session_adopt(s, "all of it", true, &err), SG_OK, "%s", err.text);
	sg_session_close(s);
	cr_assert_eq(unlink(c.manifest), 0);
	go_to(&c, ".");
	char *of_adopt = found(&rc);
	cr_assert_str_eq(of_adopt, c.manifest);
	free(of_init);
	free(of_adopt);
	free(text);
	cr_assert_eq(chdir("/"), 0);
	case_remove(&made);
	case_remove(&c);
	SG_LEAKCHECK();
}

static void append_use(int dir, struct sg_trace_end *end)
{
	struct sg_event event = {.type = SG_EVENT_USE,
		.step = "",
		.prev = "",
		.manifest = "",
		.u.use = {.route = "a.yaml", .profile = ""}};
	struct sg_err err = SG_ERR_INIT;

	cr_assert_eq(sg_trace_append(dir, end, &event, &err), SG_OK, "%s", err.text);
}

Test(session_find, where_nothing_is_nothing_is_found)
{
	static const struct sg_trace_from start = SG_TRACE_FROM_START;
	struct run_case c;
	struct sg_trace_end end;
	enum sg_rc rc;

	case_make(&c, CASE_MANIFEST);
	case_write(&c, SG_TRACE_FOLDER "/x", "");
	go_to(&c, ".");
	cr_assert_null(found(&rc));
	cr_assert_eq(rc, SG_NOTFOUND);
	/* a trace that begins with neither init nor adopt names no manifest */
	cr_assert_eq(sg_trace_scan(AT_FDCWD, &start, NULL, NULL, &end, NULL), SG_OK);
	append_use(AT_FDCWD, &end);
	cr_assert_null(found(&rc));
	cr_assert_eq(chdir("/"), 0);
	cr_assert_null(found(&rc));
	cr_assert_eq(rc, SG_NOTFOUND);
	/* a folder that was removed under its feet has no name */
	go_to(&c, SG_TRACE_FOLDER);
	sg_t_rmtree(c.folder);
	cr_assert_null(found(&rc));
	cr_assert_eq(rc, SG_STORAGE);
	cr_assert_eq(chdir("/"), 0);
	case_remove(&c);
	SG_LEAKCHECK();
}

static enum sg_rc opens(const char *path)
{
	struct sg_session_options options = {.manifest_path = path};
	struct sg_session *s = NULL;
	const enum sg_rc rc = sg_session_open(&s, &options, NULL);

	if (rc == SG_OK)
		sg_session_close(s);
	return rc;
}

Test(session_find, a_path_is_a_file_of_a_folder_that_is_there)
{
	struct run_case c;

	case_start(&c, CASE_MANIFEST);
	go_to(&c, ".");
	cr_expect_eq(opens(CASE_MANIFEST), SG_OK);
	cr_expect_eq(opens("./" CASE_MANIFEST), SG_OK);
	take_away(&c, SG_TRACE_FILE);
	cr_expect_eq(opens(CASE_MANIFEST), SG_OK);
	cr_expect_eq(opens("/no-such-manifest.yaml"), SG_NOTFOUND);
	cr_expect_eq(opens("no-such-folder/m.yaml"), SG_NOTFOUND);
	cr_expect_eq(opens(CASE_MANIFEST "/m.yaml"), SG_NOTFOUND);
	cr_expect_eq(opens(CASE_MANIFEST "/x/m.yaml"), SG_STORAGE);
	cr_expect_eq(opens("no-such-folder/"), SG_USAGE);
	cr_expect_eq(opens("no-such-folder/."), SG_USAGE);
	cr_expect_eq(opens("no-such-folder/.."), SG_USAGE);
	cr_assert_eq(chdir("/"), 0);
	case_remove(&c);
	SG_LEAKCHECK();
}

Test(session_find, a_standing_has_a_name)
{
	cr_assert_str_eq(sg_standing_name(SG_STANDING_TAMPERED), "MANIFEST_TAMPERED");
	cr_assert_str_eq(sg_standing_name(SG_STANDING_COUNT), "");
}
