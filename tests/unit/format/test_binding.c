/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a binding may ask of the walls, and what is refused at its place. */
#include <criterion/criterion.h>
#include <string.h>

#include "format/binding.h"
#include "format/inputs.h"
#include "harness/harness.h"

#define P "PROFILE:\n  PROFILE_KEY: P\n  RUN: {SPC: {argv: [a], "

Test(binding, the_walls_of_a_command_are_read)
{
	static const char text[] =
		P "write: [docs/, .], read: [/opt/tool], env: [LC_COLLATE, http_proxy], "
		  "max_log_mib: 1, "
		  "max_output_mib: 2048, max_processes: 64, max_files: 128}}\n";
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_profile p;
	struct sg_err err = SG_ERR_INIT;
	cr_assert_eq(sg_profile_read(&arena, "p.yaml", text, strlen(text), &p, &err), SG_OK,
		"%s", err.text);
	const struct sg_binding *b = &p.run.v[0];
	cr_expect_str_eq(b->read.v[0], "/opt/tool");
	cr_expect_eq(b->env.n, 2);
	cr_expect_eq(b->max_log_mib, 1);
	cr_expect_eq(b->max_output_mib, 2048);
	cr_expect_eq(b->max_processes, 64);
	cr_expect_eq(b->max_files, 128);
	sg_arena_release(&arena);
	SG_LEAKCHECK();
}

Test(binding, what_would_open_too_much_is_an_error_at_its_place)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{P "read: [opt]}}\n", "read: expected an absolute path"},
		{P "read: [/]}}\n", "read: expected an absolute path"},
		{P "read: [//]}}\n", "read: expected an absolute path"},
		{P "read: [/opt/../root]}}\n", "read: expected an absolute path"},
		{P "read: [/proc/1]}}\n", "read: expected an absolute path"},
		{P "read: [/dev]}}\n", "read: expected an absolute path"},
		{P "write: [/tmp]}}\n", "write: expected a path beneath"},
		{P "write: [a/../../b]}}\n", "write: expected a path beneath"},
		{P "write: ['']}}\n", "write: expected a path beneath"},
		{P "env: ['A=b']}}\n", "env: expected the name of a variable"},
		{P "env: ['1A']}}\n", "env: expected the name of a variable"},
		{P "env: [LD_PRELOAD]}}\n", "env: expected a name that leads neither"},
		{P "env: [SSH_AUTH_SOCK]}}\n", "env: expected a name that leads neither"},
		{P "max_log_mib: 0}}\n", "max_log_mib: expected a whole number greater than 0"},
		{P "max_files: -1}}\n", "max_files: expected"},
		{P "max_processes: many}}\n", "max_processes: expected"},
	};
	for (size_t i = 0; i < SG_ARRAY_SIZE(cases); i++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_profile p;
		struct sg_err err = SG_ERR_INIT;
		cr_expect_eq(sg_profile_read(&arena, "p.yaml", cases[i].text,
				     strlen(cases[i].text), &p, &err),
			SG_INPUT, "%s", cases[i].text);
		cr_expect_not_null(strstr(err.text, cases[i].said), "%s: found %s",
			cases[i].text, err.text);
		cr_expect_eq(err.line, 3);
		sg_arena_release(&arena);
	}
	SG_LEAKCHECK();
}

Test(binding, names_that_lead_to_other_code_or_to_the_operator_are_not_passed)
{
	static const char *const refused[] = {"LD_PRELOAD", "LD_LIBRARY_PATH", "BASH_ENV",
		"ENV", "PYTHONPATH", "PERL5LIB", "TMUX", "TMUX_PANE", "INPUTRC", "DISPLAY",
		"DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "GIT_DIR",
		"PATH", "HOME", "STEPGATE_OUT"};
	static const char *const passed[] = {
		"LC_ALL", "TZ", "http_proxy", "EDITOR", "API_KEY", "ENVIRONMENT", "PATHS"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(refused); i++)
		cr_expect_not(sg_env_may_pass(refused[i]), "%s", refused[i]);
	for (size_t i = 0; i < SG_ARRAY_SIZE(passed); i++)
		cr_expect(sg_env_may_pass(passed[i]), "%s", passed[i]);
}
