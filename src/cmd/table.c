/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The command table and how a word finds its row. */
#include "cmd/table.h"

#include <string.h>

#include "base/strbuf.h"
#include "cmd/handlers.h"

#define ROUTE_OPTION                                                                    \
	{                                                                               \
		"--route", "R", SG_ARG_FILE, SG_SAY("the ROUTE_TOKEN that ROUTE reads") \
	}
#define PROFILE_OPTION                                                                \
	{                                                                             \
		"--profile", "P", SG_ARG_FILE,                                        \
			SG_SAY("the PROFILE in place of profiles/<PROFILE_KEY>.yaml") \
	}

const struct sg_command sg_commands[] = {
	{.name = "init",
		.aliases = "",
		.options = {{"--blank", NULL, SG_ARG_TEXT,
				    SG_SAY("only the DEFAULT TEMPLATE, no run")},
			{"--owner", "NAME", SG_ARG_TEXT, SG_SAY("OWNER of the session")}},
		.flags = SG_CMD_NO_RUN,
		.help = SG_SAY("start a run here: RUNTIME_MANIFEST.yaml and its trace"),
		.run = sg_cmd_init},
	{.name = "step",
		.aliases = "шаг",
		.args = {{.name = "GOAL"}},
		.options = {{"--file", "F", SG_ARG_FILE,
				    SG_SAY("ACTIVE_FILE, beneath the manifest's folder")},
			ROUTE_OPTION, PROFILE_OPTION},
		.help = SG_SAY("open a STEP"),
		.run = sg_cmd_step},
	{.name = "route",
		.aliases = "маршрут",
		.args = {{.name = "FILE", .kind = SG_ARG_FILE}},
		.options = {PROFILE_OPTION},
		.help = SG_SAY("name the route that the phase ROUTE will read"),
		.run = sg_cmd_route},
	{.name = "no",
		.aliases = "нет",
		.args = {{.name = "REASON"}},
		.help = SG_SAY("refuse the awaited phase: STOP_GAP, USER_STOP"),
		.run = sg_cmd_no},
	{.name = "stop",
		.aliases = "стоп",
		.args = {{.name = "REASON"}},
		.help = SG_SAY("close the STEP as FAIL; it cannot be resumed"),
		.run = sg_cmd_stop},
	{.name = "record",
		.aliases = "",
		.args = {{.name = "start|stop", .kind = SG_ARG_WORD, .words = "start|stop"},
			{.name = "NAME", .kind = SG_ARG_NAME},
			{.name = "OUTPUT=PATH",
				.kind = SG_ARG_FILE,
				.optional = true,
				.repeats = true}},
		.options = {{"--note", "TEXT", SG_ARG_TEXT,
			SG_SAY("one line for the ledger's notes")}},
		.help = SG_SAY("record work by hand for the awaited role or engine"),
		.run = sg_cmd_record},
	{.name = "gates",
		.aliases = "гейты",
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("both gates now; nothing is written"),
		.run = sg_cmd_gates},
	{.name = "brief",
		.aliases = "повтори",
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("what ran, what it proved, what the signal starts"),
		.run = sg_cmd_brief},
	{.name = "status",
		.aliases = "статус",
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("STEP, state, phase, and what is awaited"),
		.run = sg_cmd_status},
	{.name = "ledger",
		.aliases = "",
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("roles and engines with status, outputs and provenance"),
		.run = sg_cmd_ledger},
	{.name = "contract",
		.aliases = "",
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("the output contract, present and missing"),
		.run = sg_cmd_contract},
	{.name = "fix",
		.aliases = "",
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("why it stopped, what to mend, what a resume needs"),
		.run = sg_cmd_fix},
	{.name = "log",
		.aliases = "",
		.args = {{.name = "NAME", .kind = SG_ARG_NAME, .optional = true}},
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("the log of a role or engine, by default the last one"),
		.run = sg_cmd_log},
	{.name = "report",
		.aliases = "",
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("the STOP_GAP or PASS block of the STEP"),
		.run = sg_cmd_report},
	{.name = "resume",
		.aliases = "дальше",
		.options = {{"--from", "PHASE", SG_ARG_PHASE,
				    SG_SAY("an earlier phase to run again")},
			{"--all", NULL, SG_ARG_TEXT, SG_SAY("of ORC, run every engine again")}},
		.help = SG_SAY("after STOP_GAP: check the requirements and go on"),
		.run = sg_cmd_resume},
	{.name = "next",
		.aliases = "",
		.args = {{.name = "FILE", .kind = SG_ARG_FILE}, {.name = "GOAL"}},
		.options = {ROUTE_OPTION, PROFILE_OPTION},
		.help = SG_SAY("set the next file and goal"),
		.run = sg_cmd_next},
	{.name = "history",
		.aliases = "история",
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("the trace, a line each event"),
		.run = sg_cmd_history},
	{.name = "show",
		.aliases = "",
		.args = {{.name = "N", .kind = SG_ARG_SEQ}},
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("the manifest as it was after event N"),
		.run = sg_cmd_show},
	{.name = "diff",
		.aliases = "",
		.args = {{.name = "N", .kind = SG_ARG_SEQ}, {.name = "M", .kind = SG_ARG_SEQ}},
		.flags = SG_CMD_READS | SG_CMD_JSON,
		.help = SG_SAY("what changed in the manifest between events N and M"),
		.run = sg_cmd_diff},
	{.name = "verify",
		.aliases = "",
		.flags = SG_CMD_READS | SG_CMD_JSON | SG_CMD_UNREAD,
		.help = SG_SAY("judge the run by its evidence: chain, replay, hashes, gates"),
		.run = sg_cmd_verify},
	{.name = "check",
		.aliases = "",
		.args = {{.name = "FILE", .kind = SG_ARG_FILE}},
		.options = {{"--plan", "P", SG_ARG_FILE, SG_SAY("the ENGINE_PLAN_TOKEN")},
			PROFILE_OPTION},
		.flags = SG_CMD_READS | SG_CMD_JSON | SG_CMD_NO_RUN,
		.help = SG_SAY("judge any manifest by its ledgers alone"),
		.run = sg_cmd_check},
	{.name = "restore",
		.aliases = "",
		.flags = SG_CMD_TTY,
		.help = SG_SAY("write the trace's state back over a tampered manifest"),
		.run = sg_cmd_restore},
	{.name = "adopt",
		.aliases = "",
		.args = {{.name = "REASON"}},
		.flags = SG_CMD_TTY,
		.help = SG_SAY("take over a manifest changed or written elsewhere"),
		.run = sg_cmd_adopt},
	{.name = "watch",
		.aliases = "",
		.flags = SG_CMD_READS,
		.help = SG_SAY("follow the run from any terminal, read-only"),
		.run = sg_cmd_watch},
	{.name = "plain",
		.aliases = "",
		.flags = SG_CMD_READS | SG_CMD_NO_RUN | SG_CMD_PROMPT,
		.help = SG_SAY("leave the full screen and go on with the line prompt"),
		.run = sg_cmd_plain},
	{.name = "dump",
		.aliases = "",
		.args = {{.name = "PANE",
				 .kind = SG_ARG_WORD,
				 .words = "roles|engines|contract|brief|fix|log"},
			{.name = "FILE", .kind = SG_ARG_FILE}},
		.flags = SG_CMD_READS,
		.help = SG_SAY("write all rows of a pane into a new file"),
		.run = sg_cmd_dump},
	{.name = "doctor",
		.aliases = "",
		.flags = SG_CMD_READS | SG_CMD_NO_RUN | SG_CMD_JSON,
		.help = SG_SAY("the walls that can be built around a command here, and what is "
			       "missing"),
		.run = sg_cmd_doctor},
	{.name = "help",
		.aliases = "помощь",
		.args = {{.name = "COMMAND", .kind = SG_ARG_COMMAND, .optional = true}},
		.flags = SG_CMD_READS | SG_CMD_NO_RUN,
		.help = SG_SAY("the commands, or one of them"),
		.run = sg_cmd_help},
	{.name = "quit",
		.aliases = "выход exit",
		.flags = SG_CMD_NO_RUN | SG_CMD_PROMPT,
		.help = SG_SAY("leave the prompt; the run stays as it is"),
		.run = sg_cmd_quit},
};

const size_t sg_command_count = SG_ARRAY_SIZE(sg_commands);

/* Whether word is one of the space separated names, or (prefix) the beginning of one. */
static bool among(const char *names, const char *word, size_t n_word, bool prefix)
{
	for (const char *p = names; *p;) {
		size_t n = strcspn(p, " ");
		if ((prefix ? n >= n_word : n == n_word) && strncmp(p, word, n_word) == 0)
			return true;
		p += n + (p[n] == ' ');
	}
	return false;
}

static bool named(const struct sg_command *command, const char *word, bool prefix)
{
	size_t n = strlen(word);
	return among(command->name, word, n, prefix) ||
	       among(command->aliases, word, n, prefix);
}

static enum sg_rc ambiguous(const char *word, struct sg_err *err)
{
	struct sg_strbuf names = SG_STRBUF_INIT;
	for (size_t i = 0; i < sg_command_count; i++)
		if (named(&sg_commands[i], word, true))
			sg_strbuf_addf(
				&names, "%s%s", names.n_bytes ? ", " : "", sg_commands[i].name);
	enum sg_rc rc = sg_err_set(
		err, SG_USAGE, "cannot run \"%s\": ambiguous: could be %s", word, names.bytes);
	sg_strbuf_release(&names);
	return rc;
}

/* The first byte sequence that is a whole character: half a letter must not match a prefix. */
static bool whole_characters(const char *word)
{
	size_t n = strlen(word);
	return n == 0 || ((unsigned char)word[n - 1] & 0x80) == 0 ||
	       (n >= 2 && ((unsigned char)word[n - 1] & 0xC0) == 0x80);
}

enum sg_rc sg_command_find(const char *word, const struct sg_command **ret, struct sg_err *err)
{
	const struct sg_command *found = NULL;
	size_t matches = 0;
	for (size_t i = 0; i < sg_command_count; i++) {
		if (named(&sg_commands[i], word, false)) {
			*ret = &sg_commands[i];
			return SG_OK;
		}
		if (*word && whole_characters(word) && named(&sg_commands[i], word, true)) {
			found = &sg_commands[i];
			matches++;
		}
	}
	if (matches > 1)
		return ambiguous(word, err);
	if (!matches)
		return sg_err_set(err, SG_USAGE,
			"cannot run \"%s\": no such command; help lists them", word);
	*ret = found;
	return SG_OK;
}

const char *sg_command_usage(const struct sg_command *command, char *out, size_t out_size)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	sg_strbuf_adds(&sb, command->name);
	for (const struct sg_arg_spec *arg = command->args; arg->name; arg++)
		sg_strbuf_addf(&sb, arg->optional ? " [%s%s]" : " %s%s", arg->name,
			arg->repeats ? " …" : "");
	for (const struct sg_option_spec *option = command->options; option->name; option++)
		sg_strbuf_addf(&sb, " [%s%s%s]", option->name, option->value ? " " : "",
			option->value ? option->value : "");
	if (command->flags & SG_CMD_JSON)
		sg_strbuf_adds(&sb, " [--json]");
	size_t n = sb.n_bytes < out_size ? sb.n_bytes : out_size - 1;
	memcpy(out, sb.bytes, n);
	out[n] = '\0';
	sg_strbuf_release(&sb);
	return out;
}
