/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doctor: the walls of this machine, the tier that follows, and what would raise it. */
#include "app.h"
#include "exec/sandbox.h"
#include "format/json.h"

static void as_json(
	struct sg_app *app, const struct sg_walls *walls, const struct sg_strs *advice)
{
	char missing[SG_WALLS_TEXT_SIZE];
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_json j;
	sg_json_init(&j, &out);
	sg_json_open(&j, '{');
	sg_json_key(&j, "tier");
	sg_json_str(&j, sg_tier_name(sg_sandbox_tier(walls)));
	sg_json_key(&j, "missing");
	sg_json_str(&j, sg_sandbox_missing(walls, missing));
	sg_json_key(&j, "landlock_abi");
	sg_json_int(&j, walls->landlock_abi);
	sg_json_key(&j, "walls");
	sg_json_open(&j, '[');
	for (size_t i = 0; i < SG_WALL_COUNT; i++) {
		sg_json_open(&j, '{');
		sg_json_key(&j, "name");
		sg_json_str(&j, sg_wall_name((enum sg_wall)i));
		sg_json_key(&j, "up");
		sg_json_bool(&j, walls->up[i]);
		if (i == SG_WALL_NAMESPACES && walls->up[i]) {
			sg_json_key(&j, "by");
			sg_json_str(&j, walls->by_bwrap ? "bubblewrap" : "stepgate");
		}
		sg_json_key(&j, "why");
		sg_json_str(&j, walls->why[i]);
		sg_json_close(&j, '}');
	}
	sg_json_close(&j, ']');
	sg_json_key(&j, "advice");
	sg_json_strs(&j, advice);
	sg_json_close(&j, '}');
	sg_strbuf_addc(&out, '\n');
	sg_plain_text(&app->out, out.bytes);
	sg_strbuf_release(&out);
}

static void wall_row(struct sg_app *app, struct sg_rows *rows, const struct sg_walls *walls,
	enum sg_wall wall)
{
	const bool ascii = app->options.ascii;
	if (!walls->up[wall])
		sg_rows_add(rows, SG_STYLE_FAIL, "%s %-10s  %s", ascii ? "x" : "✗",
			sg_wall_name(wall), sg_rows_clean(rows, walls->why[wall]));
	else if (wall == SG_WALL_NAMESPACES && walls->by_bwrap)
		sg_rows_add(rows, SG_STYLE_OK, "%s %-10s  bubblewrap", ascii ? "+" : "✓",
			sg_wall_name(wall));
	else if (wall == SG_WALL_LANDLOCK)
		sg_rows_add(rows, SG_STYLE_OK, "%s %-10s  ABI %d", ascii ? "+" : "✓",
			sg_wall_name(wall), walls->landlock_abi);
	else
		sg_rows_add(rows, SG_STYLE_OK, "%s %s", ascii ? "+" : "✓", sg_wall_name(wall));
}

static void as_rows(struct sg_app *app, struct sg_arena *arena, const struct sg_walls *walls,
	const struct sg_strs *advice)
{
	char missing[SG_WALLS_TEXT_SIZE];
	struct sg_rows rows;
	sg_app_rows_init(app, &rows, arena);
	const enum sg_tier tier = sg_sandbox_tier(walls);
	for (size_t i = 0; i < SG_WALL_COUNT; i++)
		wall_row(app, &rows, walls, (enum sg_wall)i);
	switch (tier) {
	case SG_TIER_FULL:
		sg_rows_say(&rows, SG_STYLE_OK, "tier full: commands run behind every wall");
		break;
	case SG_TIER_PARTIAL:
	case SG_TIER_NONE:
	case SG_TIER_COUNT:
		sg_rows_say(&rows, SG_STYLE_FAIL, "tier %s: commands run without %s",
			sg_tier_name(tier), sg_sandbox_missing(walls, missing));
		break;
	}
	for (size_t i = 0; i < advice->n; i++)
		sg_rows_add(&rows, SG_STYLE_PLAIN, "! %s", sg_say(rows.say, advice->v[i]));
	sg_plain_rows(&app->out, &rows);
}

enum sg_rc sg_app_doctor(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err)
{
	struct sg_walls walls;
	enum sg_rc rc = sg_sandbox_probe(&walls, err);
	if (rc < 0)
		return rc;
	const struct sg_strs advice = sg_sandbox_advice(cmd->arena, &walls);
	if (cmd->args->json)
		as_json(app, &walls, &advice);
	else
		as_rows(app, cmd->arena, &walls, &advice);
	return SG_OK;
}
