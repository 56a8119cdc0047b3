/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help: from the command table. */
#include <string.h>

#include "app.h"
#include "base/utf8.h"

#define USAGE_COLUMN 44

static void all_commands(struct sg_rows *rows)
{
	sg_rows_say(rows, SG_STYLE_HEAD,
		"%s  is the signal: typed as a whole line after the brief, it starts what the "
		"brief names",
		SG_USER_SIGNAL);
	for (size_t i = 0; i < sg_command_count; i++) {
		char usage[256];
		const struct sg_command *c = &sg_commands[i];
		sg_command_usage(c, usage, sizeof(usage));
		size_t columns = sg_utf8_columns(usage);
		if (columns > USAGE_COLUMN) {
			sg_rows_add(rows, SG_STYLE_PLAIN, "%s", usage);
			columns = 0;
			usage[0] = '\0';
		}
		sg_rows_add(rows, SG_STYLE_PLAIN, "%s%*s  %s%s%s%s", usage,
			(int)(USAGE_COLUMN - columns), "", sg_say(rows->say, c->help),
			*c->aliases ? " (" : "", c->aliases, *c->aliases ? ")" : "");
	}
}

static void one_command(struct sg_rows *rows, const struct sg_command *c)
{
	char usage[256];
	sg_rows_add(rows, SG_STYLE_HEAD, "%s", sg_command_usage(c, usage, sizeof(usage)));
	sg_rows_add(rows, SG_STYLE_PLAIN, "  %s", sg_say(rows->say, c->help));
	if (*c->aliases)
		sg_rows_say(rows, SG_STYLE_PLAIN, "  also: %s", c->aliases);
	for (const struct sg_option_spec *o = c->options; o->name; o++)
		sg_rows_add(rows, SG_STYLE_PLAIN, "  %s %s  %s", o->name,
			o->value ? o->value : "", sg_say(rows->say, o->help));
	if (c->flags & SG_CMD_TTY)
		sg_rows_say(rows, SG_STYLE_PLAIN, "  only at a terminal");
}

enum sg_rc sg_app_help(struct sg_app *app, const char *name, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_rows rows;
	const struct sg_command *command = NULL;
	enum sg_rc rc = *name ? sg_command_find(name, &command, err) : SG_OK;
	sg_app_rows_init(app, &rows, &arena);
	if (command)
		one_command(&rows, command);
	else if (rc == SG_OK)
		all_commands(&rows);
	sg_plain_rows(&app->out, &rows);
	sg_arena_release(&arena);
	return rc;
}
