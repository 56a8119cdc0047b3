/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a sandboxed command can reach, judged by what really happened. */
#include "box.h"

#include <string.h>
#include <sys/wait.h>

#define EXPECT_RUNS(box, script)                                                        \
	cr_assert(sg_box_run(box, script), "expected to run, found status %#x: %s: %s", \
		(unsigned)(box)->status, script, (box)->said.bytes)
#define EXPECT_FAILS(box, script)                                                  \
	cr_assert_not(sg_box_run(box, script), "expected to fail, found 0: %s: %s", \
		script, (box)->said.bytes)

Test(sandbox, a_command_runs_inside_and_writes_where_it_may)
{
	struct sg_box box;
	sg_box_enter(&box);
	cr_log_info("walls: %s", sg_sandbox_missing(&box.walls, (char[SG_WALLS_TEXT_SIZE]){0}));
	EXPECT_RUNS(&box, "echo hello; cat readme; echo out >$OUT/A.md; echo doc >docs/x; "
			  "echo t >$TMPDIR/t; echo h >$HOME/h; echo x >/dev/null");
	cr_assert_str_eq(box.said.bytes, "hello\nread me\n");
	cr_assert_str_eq(sg_box_read(&box, "scratch/out/A.md"), "out\n");
	cr_assert_str_eq(sg_box_read(&box, "repo/docs/x"), "doc\n");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}
