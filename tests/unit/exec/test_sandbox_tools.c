/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tools that people put behind roles and engines work inside; and what the other walls refuse,
 * by the tools that are at hand. tests/hostile tries a hundred ways by system calls.
 */
#include "box.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define RUNS(box, script)                                                               \
	cr_expect(sg_box_run(box, script), "expected to run, found status %#x: %s: %s", \
		(unsigned)(box)->status, script, (box)->said.bytes)
#define FAILS(box, script)                                                                  \
	cr_expect_not(sg_box_run(box, script), "expected to fail, found 0: %s: %s", script, \
		(box)->said.bytes)

/* Where a tool is not installed, its test says so and is skipped. */
static void need(const char *tool)
{
	char path[256];
	(void)snprintf(path, sizeof(path), "/usr/bin/%s", tool);
	if (access(path, X_OK) != 0)
		cr_skip_test("%s is not installed", path);
}

#define SETUP_GIT                                                                        \
	"git init -q . && git add readme && git -c user.name=n -c user.email=e@example " \
	"commit -q -m one && "

Test(sandbox_tools, git_reads_the_repository_and_works_in_a_clone_of_its_own)
{
	struct sg_box box;
	char line[8400];
	need("git");
	sg_box_enter(&box);
	(void)snprintf(line, sizeof(line), "cd %s && " SETUP_GIT "true", box.repo);
	cr_assert_eq(system(line), 0);
	RUNS(&box, "git log --oneline | wc -l; git status --short; git diff --stat; git grep "
		   "-c read");
	RUNS(&box, "git clone -q . $TMPDIR/c && cd $TMPDIR/c && echo more >>readme && "
		   "git -c user.name=n -c user.email=e@example commit -q -a -m two && git log "
		   "--oneline | wc -l");
	FAILS(&box,
		"git -c user.name=n -c user.email=e@example commit -q --allow-empty -m bad");
	FAILS(&box, "git branch bad");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, a_linked_work_tree_knows_its_history)
{
	struct sg_box box;
	char line[8400];
	need("git");
	sg_box_enter(&box);
	const char *common = sg_box_path(&box, "repo/.git");
	(void)snprintf(line, sizeof(line),
		"cd %s && " SETUP_GIT "git worktree add -q %s/linked -b other", box.repo,
		box.root);
	cr_assert_eq(system(line), 0);
	const char *linked = sg_box_path(&box, "linked");
	box.sandbox.repository = box.sandbox.folder = linked;
	box.sandbox.hidden = box.sandbox.locked = (struct sg_strs){NULL, 0};
	box.sandbox.n_write = 0;
	box.sandbox.read = (struct sg_strs){&common, 1};
	RUNS(&box, "git log --oneline | wc -l | grep 1");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, make_and_gcc_build_and_run_a_program)
{
	struct sg_box box;
	need("gcc");
	need("make");
	sg_box_enter(&box);
	RUNS(&box,
		"cd $TMPDIR && printf '#include <stdio.h>\\nint main(void) { puts(\"built\"); "
		"return 0; }\\n' >a.c && printf 'a: a.c\\n\\tgcc -O1 -o a a.c\\n' >Makefile && "
		"make -j2 >/dev/null && ./a");
	cr_expect_str_eq(box.said.bytes, "built\n");
	RUNS(&box, "cp $TMPDIR/a docs/a && docs/a && rm docs/a");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, awk_sed_sort_and_tar_work)
{
	struct sg_box box;
	need("awk");
	sg_box_enter(&box);
	RUNS(&box, "awk '{ print $1 }' readme; sed -i s/x/y/ $OUT/no 2>/dev/null; echo 'b\na' "
		   "| sort; "
		   "tar cf - readme | tar tf -; date +%Y | wc -c; id -un >/dev/null; mktemp "
		   ">/dev/null");
	cr_expect_str_eq(box.said.bytes, "read\na\nb\nreadme\n5\n");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, python_works_with_processes_and_temporary_files)
{
	struct sg_box box;
	need("python3");
	sg_box_enter(&box);
	RUNS(&box,
		"/usr/bin/python3 -c '\n"
		"import tempfile, subprocess, json, os, multiprocessing, threading\n"
		"with tempfile.NamedTemporaryFile() as f: f.write(b\"x\"); f.flush()\n"
		"print(subprocess.run([\"echo\", \"sub\"], capture_output=True, "
		"text=True).stdout.strip())\n"
		"with multiprocessing.Pool(2) as p: print(p.map(abs, [-1, -2]))\n"
		"t = threading.Thread(target=lambda: print(\"thread\")); t.start(); t.join()\n"
		"print(os.getpid() > 0, len(os.urandom(4)))\n"
		"'");
	cr_expect_str_eq(box.said.bytes, "sub\n[1, 2]\nthread\nTrue 4\n");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

/* --- what is refused --- */

Test(sandbox_tools, no_socket_of_any_kind_can_be_had)
{
	struct sg_box box;
	need("python3");
	sg_box_enter(&box);
	RUNS(&box, "/usr/bin/python3 -c '\n"
		   "import socket, sys\n"
		   "bad = []\n"
		   "for family in range(0, 46):\n"
		   "  for kind in (1, 2, 3, 5):\n"
		   "    for protocol in (0, 262):\n"
		   "      try: socket.socket(family, kind, protocol); bad.append((family, "
		   "kind, protocol))\n"
		   "      except OSError: pass\n"
		   "try: socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM); "
		   "bad.append(\"pair\")\n"
		   "except OSError: pass\n"
		   "socket.socketpair()\n"
		   "print(bad)\n"
		   "'");
	cr_expect_str_eq(box.said.bytes, "[]\n");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, with_network_there_is_tcp_and_udp_and_nothing_raw)
{
	struct sg_box box;
	need("python3");
	sg_box_enter(&box);
	box.sandbox.network = true;
	RUNS(&box,
		"/usr/bin/python3 -c '\n"
		"import socket\n"
		"socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()\n"
		"socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).close()\n"
		"bad = []\n"
		"for family in (1, 17, 40): \n"
		"  try: socket.socket(family, 1 if family != 17 else 3); bad.append(family)\n"
		"  except OSError: pass\n"
		"try: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1); bad.append(\"raw\")\n"
		"except OSError: pass\n"
		"l = socket.socket(); l.bind((\"127.0.0.1\", 0)); l.listen()\n"
		"c = socket.create_connection(l.getsockname()); print(bad)\n"
		"'");
	cr_expect_str_eq(box.said.bytes, "[]\n");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, nobody_outside_can_be_seen_signalled_or_limited)
{
	struct sg_box box;
	char script[512];
	sg_box_enter(&box);
	const pid_t other = fork();
	if (other == 0)
		for (;;)
			(void)pause();
	(void)snprintf(script, sizeof(script),
		"kill -KILL %ld; kill -KILL %ld; prlimit --pid %ld --fsize=0; renice -n 19 -p "
		"%ld; "
		"kill -KILL -1; exit 0",
		(long)other, (long)getpid(), (long)getpid(), (long)other);
	(void)sg_box_run(&box, script); /* it may well have killed itself */
	cr_expect_eq(waitpid(other, NULL, WNOHANG), 0, "the one outside was ended");
	(void)kill(other, SIGKILL);
	cr_expect_eq(waitpid(other, NULL, 0), other);
	if (box.walls.up[SG_WALL_NAMESPACES]) {
		RUNS(&box, "ls -d /proc/[0-9]* | wc -l");
		cr_expect_leq(atoi(box.said.bytes), 5);
	}
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, namespaces_mounts_and_tracing_are_refused)
{
	struct sg_box box;
	sg_box_enter(&box);
	FAILS(&box, "unshare -U true");
	FAILS(&box, "unshare -m true");
	FAILS(&box, "mount -t tmpfs x $TMPDIR");
	FAILS(&box, "umount /proc");
	FAILS(&box, "nsenter -t 1 -m true");
	FAILS(&box, "chroot / true");
	FAILS(&box, "mknod $OUT/d c 1 3");
	if (access("/usr/bin/strace", X_OK) == 0)
		FAILS(&box, "strace true");
	if (access("/usr/bin/bwrap", X_OK) == 0)
		FAILS(&box, "bwrap --bind / / true");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

/* --- as an ordinary user --- */

/* In a child that is nobody: 0 where all held; the test's own process stays who it is. */
static int as_nobody(void)
{
	struct sg_box box;
	int bad = 0;
	sg_box_enter(&box);
	bad |= sg_box_run(&box, "echo out >$OUT/A; cat readme; id -u") ? 0 : 1;
	bad |= strcmp(box.said.bytes, "read me\n65534\n") == 0 ? 0 : 2;
	bad |= sg_box_run(&box, "echo bad >readme") ? 4 : 0;
	bad |= sg_box_run(&box, "cat .stepgate/trace.jsonl") ? 8 : 0;
	bad |= strcmp(sg_box_read(&box, "scratch/out/A"), "out\n") == 0 ? 0 : 16;
	bad |= strcmp(sg_box_read(&box, "repo/readme"), "read me\n") == 0 ? 0 : 32;
	sg_box_leave(&box);
	return bad;
}

Test(sandbox_tools, an_ordinary_user_has_the_same_walls)
{
	int status = -1;
	if (geteuid() != 0)
		cr_skip_test("run as an ordinary user, all of these tests say it");
	const pid_t child = fork();
	if (child == 0) {
		/* what the parent may have found out of the walls is root's */
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(64);
		_exit(as_nobody());
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_expect(WIFEXITED(status) && WEXITSTATUS(status) == 0, "found %#x", (unsigned)status);
	SG_LEAKCHECK();
}

/* --- with a wall less --- */

Test(sandbox_tools, without_namespaces_the_other_two_hold_what_they_can)
{
	struct sg_box box;
	sg_box_enter(&box);
	box.walls.up[SG_WALL_NAMESPACES] = false;
	if (!box.walls.up[SG_WALL_LANDLOCK])
		cr_skip_test("there is no Landlock here");
	RUNS(&box, "cat readme; echo doc >docs/x; echo out >$OUT/A");
	FAILS(&box, "echo bad >readme");
	FAILS(&box, "cat .stepgate/trace.jsonl");
	FAILS(&box, "echo bad >.stepgate/x");
	FAILS(&box, "cat $R/secret");
	FAILS(&box, "chmod 600 readme");
	FAILS(&box, "touch -d 2001-01-01 readme");
	FAILS(&box, "cat /etc/shadow");
	FAILS(&box, "kill -0 $PPID && kill -0 1");
	cr_expect_str_eq(sg_box_read(&box, "repo/readme"), "read me\n");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, namespaces_alone_hide_what_only_root_may_read)
{
	struct sg_box box;
	sg_box_enter(&box);
	box.walls.up[SG_WALL_LANDLOCK] = box.walls.up[SG_WALL_SECCOMP] = false;
	if (!box.walls.up[SG_WALL_NAMESPACES])
		cr_skip_test("there are no namespaces here");
	RUNS(&box, "cat readme; cat /etc/passwd >/dev/null");
	FAILS(&box, "cat /etc/shadow | grep root");
	FAILS(&box, "cat .stepgate/trace.jsonl");
	FAILS(&box, "echo bad >readme");
	FAILS(&box, "echo bad >/new");
	sg_box_leave(&box);
	SG_LEAKCHECK();
}

Test(sandbox_tools, the_tier_says_what_is_missing_and_no_more)
{
	char text[SG_WALLS_TEXT_SIZE];
	struct sg_walls walls = {.up = {true, true, true}};
	cr_expect_eq(sg_sandbox_tier(&walls), SG_TIER_FULL);
	cr_expect_str_eq(sg_sandbox_missing(&walls, text), "");
	walls.up[SG_WALL_NAMESPACES] = false;
	cr_expect_eq(sg_sandbox_tier(&walls), SG_TIER_PARTIAL);
	walls.up[SG_WALL_SECCOMP] = false;
	cr_expect_eq(sg_sandbox_tier(&walls), SG_TIER_PARTIAL);
	cr_expect_str_eq(sg_sandbox_missing(&walls, text), "namespaces, seccomp");
	walls.up[SG_WALL_LANDLOCK] = false;
	cr_expect_eq(sg_sandbox_tier(&walls), SG_TIER_NONE);
	cr_expect_str_eq(sg_sandbox_missing(&walls, text), "namespaces, landlock, seccomp");
	SG_LEAKCHECK();
}
