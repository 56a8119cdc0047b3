/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The past of a run: its events in order, and the run as it was behind any of them. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "harness/harness.h"
#include "run_case.h"

struct collected {
	char types[16];
	size_t n;
};

static enum sg_rc collect(void *ctx, const struct sg_event *event, const char *line,
	size_t n_bytes, struct sg_err *err)
{
	struct collected *all = ctx;

	(void)err;
	cr_assert_eq(line[n_bytes - 1], '}');
	all->types[all->n++] = sg_event_name(event->type)[0];
	return SG_OK;
}

Test(session_past, history_and_the_run_at_an_event_show_the_past)
{
	struct run_case c;
	struct sg_err err = SG_ERR_INIT;
	struct collected all = {.n = 0};
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_run run;

	case_start(&c, CASE_MANIFEST);
	struct sg_session *s = case_open(&c, false);
	case_commit(s, case_next_event(sg_session_run(s), "b.md"));
	cr_assert_eq(sg_session_history(s, collect, &all, &err), SG_OK, "%s", err.text);
	cr_assert_str_eq(all.types, "isn");
	cr_assert_eq(sg_session_run_at(s, 1, &arena, &run, &err), SG_OK, "%s", err.text);
	cr_assert_eq(run.state, SG_STATE_IDLE);
	cr_assert_eq(sg_session_run_at(s, 3, &arena, &run, &err), SG_OK, "%s", err.text);
	cr_assert_str_eq(run.next_file, "b.md");
	cr_assert_eq(sg_session_run_at(s, 4, &arena, &run, &err), SG_NOTFOUND);
	sg_session_close(s);
	sg_arena_release(&arena);
	case_remove(&c);
	SG_LEAKCHECK();
}
