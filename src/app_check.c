/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * check FILE: any manifest judged by its ledgers alone; verify: a run judged by its evidence.
 */
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <string.h>

#include "app.h"
#include "base/fs.h"
#include "base/hash.h"
#include "format/inputs.h"
#include "format/json.h"
#include "format/manifest_io.h"
#include "format/report.h"
#include "format/yaml_tree.h"
#include "store/verify.h"

struct check {
	const struct sg_cmd *cmd;
	struct sg_err *err;
	enum sg_rc rc;
	struct sg_arena *arena;
	struct sg_manifest manifest;
	struct sg_plan plan;
	struct sg_profile profile;
	bool has_plan;
	bool has_profile;
	struct sg_verdict verdict;
};

static enum sg_rc read_plan(struct check *c, const char *path, struct sg_err *err)
{
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	enum sg_rc rc = sg_fs_read(AT_FDCWD, path, SG_YAML_MAX_FILE, &bytes, err);
	if (rc == SG_OK)
		rc = sg_plan_read(c->arena, path, bytes.bytes, bytes.n_bytes, &c->plan, err);
	sg_strbuf_release(&bytes);
	c->has_plan = rc == SG_OK;
	return rc;
}

/*
 * The plan that the manifest itself refers to: "<path>#sha256=<hex>", beneath the manifest's
 * folder. One whose hash does not match, or that cannot be read, is no readable plan (B0), not
 * an error.
 */
static void find_plan(struct check *c, const char *manifest_path)
{
	const struct sg_output_row *row = sg_manifest_output(&c->manifest, "ENGINE_PLAN_TOKEN");
	const char *mark = row ? strstr(row->ref, "#sha256=") : NULL;
	if (!row || !*row->ref)
		return;
	char folder[PATH_MAX];
	if (strlen(manifest_path) >= sizeof(folder))
		return;
	strcpy(folder, manifest_path);
	const char *path =
		mark ? sg_arena_strn(c->arena, row->ref, (size_t)(mark - row->ref)) : row->ref;
	int dir SG_CLEANUP(sg_fd_close) = -1;
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	char digest[SG_SHA256_HEX_SIZE];
	if (path && sg_fs_open_dir(AT_FDCWD, dirname(folder), &dir, NULL) == SG_OK &&
		sg_fs_read_beneath(dir, path, SG_YAML_MAX_FILE, &bytes, NULL) == SG_OK) {
		sg_sha256_of(bytes.bytes, bytes.n_bytes, digest);
		bool matches = !mark || strcmp(mark + strlen("#sha256="), digest) == 0;
		c->has_plan = matches && sg_plan_read(c->arena, path, bytes.bytes,
						 bytes.n_bytes, &c->plan, NULL) == SG_OK;
	}
	sg_strbuf_release(&bytes);
}

static ssize_t feed_file(void *ctx, void *bytes, size_t n_bytes)
{
	return sg_fs_read_some(*(const int *)ctx, "", bytes, n_bytes, NULL);
}

/* What stepgate wrote is read as it comes; anything else, and what goes wrong, whole. */
static enum sg_rc read_manifest(struct check *c, const char *path, struct sg_err *err)
{
	int fd SG_CLEANUP(sg_fd_close) = -1;
	struct stat st;
	struct sg_strbuf bytes = SG_STRBUF_INIT;
	enum sg_rc rc = sg_fs_open_read(AT_FDCWD, path, &fd, err);
	if (rc != SG_OK)
		return rc;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		const struct sg_feed feed = {feed_file, &fd, (size_t)st.st_size};
		if (sg_manifest_read_canonical(c->arena, &feed, &c->manifest))
			return SG_OK;
	}
	rc = sg_fs_read(AT_FDCWD, path, SG_MANIFEST_MAX_BYTES, &bytes, err);
	if (rc == SG_OK)
		rc = sg_manifest_read(c->arena, path, bytes.bytes, bytes.n_bytes,
			SG_READ_BY_EVENTS, &c->manifest, NULL, err);
	sg_strbuf_release(&bytes);
	return rc;
}

static enum sg_rc read_all(struct check *c, const struct sg_cmd *cmd, struct sg_err *err)
{
	enum sg_rc rc = read_manifest(c, cmd->text, err);
	if (rc == SG_OK && cmd->plan)
		rc = read_plan(c, cmd->plan, err);
	else if (rc == SG_OK)
		find_plan(c, cmd->text);
	if (rc != SG_OK || !cmd->profile)
		return rc;
	struct sg_strbuf profile = SG_STRBUF_INIT;
	rc = sg_fs_read(AT_FDCWD, cmd->profile, SG_YAML_MAX_FILE, &profile, err);
	if (rc == SG_OK)
		rc = sg_profile_read(c->arena, cmd->profile, profile.bytes, profile.n_bytes,
			&c->profile, err);
	sg_strbuf_release(&profile);
	c->has_profile = rc == SG_OK;
	return rc;
}

static void print_json(struct sg_app *app, const struct sg_verdict *verdict,
	const struct sg_report_context *context)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_json j;
	sg_json_init(&j, &out);
	sg_json_verdict(&j, verdict, context);
	sg_strbuf_addc(&out, '\n');
	sg_plain_text(&app->out, out.bytes);
	sg_strbuf_release(&out);
}

static void check_aside(void *arg)
{
	struct check *c = arg;
	c->rc = read_all(c, c->cmd, c->err);
	if (c->rc == SG_NOTFOUND)
		c->rc = SG_INPUT;
	const struct sg_gate_input input = {.manifest = &c->manifest,
		.plan = c->has_plan ? &c->plan : NULL,
		.profile = c->has_profile ? &c->profile : NULL};
	if (c->rc == SG_OK)
		c->rc = sg_verdict_judge(c->arena, &input, &c->verdict);
}

enum sg_rc sg_app_check(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err)
{
	struct check c = {.cmd = cmd, .err = err, .arena = cmd->arena};
	sg_app_aside(app, check_aside, &c);
	if (c.rc != SG_OK)
		return c.rc;
	const struct sg_report_context context = {.facts = NULL, .tier_note = "", .policy = ""};
	if (cmd->args->json) {
		print_json(app, &c.verdict, &context);
	} else {
		struct sg_rows rows;
		sg_app_rows_init(app, &rows, cmd->arena);
		sg_view_verdict(&rows, &c.verdict, "");
		sg_rows_say(&rows, SG_STYLE_DIM,
			"Judged by the ledgers alone: the evidence of every row is CLAIMED.");
		sg_plain_rows(&app->out, &rows);
	}
	return c.verdict.pass ? SG_OK : SG_VERDICT;
}

/* --- verify --- */

static void verify_json(struct sg_app *app, const struct sg_verify *v, bool good)
{
	struct sg_strbuf out = SG_STRBUF_INIT;
	struct sg_json j;
	sg_json_init(&j, &out);
	sg_json_open(&j, '{');
	sg_json_key(&j, "verified");
	sg_json_bool(&j, good);
	sg_json_key(&j, "events");
	sg_json_int(&j, v->events);
	sg_json_key(&j, "files");
	sg_json_int(&j, v->files);
	sg_json_key(&j, "findings");
	sg_json_open(&j, '[');
	for (size_t i = 0; i < v->n; i++) {
		sg_json_open(&j, '{');
		sg_json_key(&j, "what");
		sg_json_str(&j, v->v[i].what);
		sg_json_key(&j, "text");
		sg_json_str(&j, v->v[i].text);
		sg_json_close(&j, '}');
	}
	sg_json_close(&j, ']');
	if (v->has_verdict) {
		const struct sg_report_context context = {
			.facts = NULL, .tier_note = "", .policy = ""};
		sg_json_key(&j, "verdict");
		sg_json_verdict(&j, &v->verdict, &context);
	}
	sg_json_close(&j, '}');
	sg_strbuf_addc(&out, '\n');
	sg_plain_text(&app->out, out.bytes);
	sg_strbuf_release(&out);
}

struct verifying {
	struct sg_session *session;
	struct sg_arena *arena;
	struct sg_verify verify;
	enum sg_rc rc;
	struct sg_err *err;
};

static void verify_aside(void *arg)
{
	struct verifying *v = arg;
	v->rc = sg_verify_run(v->session, v->arena, &v->verify, v->err);
}

enum sg_rc sg_app_verify(struct sg_app *app, struct sg_cmd *cmd, struct sg_err *err)
{
	struct verifying verifying = {
		.session = app->session, .arena = cmd->arena, .err = err};
	sg_app_aside(app, verify_aside, &verifying);
	if (verifying.rc != SG_OK)
		return verifying.rc;
	const struct sg_verify v = verifying.verify;
	const struct sg_run *run = sg_session_run(app->session);
	/* an open STEP has not reached its verdict: only a closed one is held to it */
	bool open = run->state != SG_STATE_PASSED;
	bool good = v.n == 0 && (open || (v.has_verdict && v.verdict.pass));
	if (cmd->args->json) {
		verify_json(app, &v, good);
		return good ? SG_OK : SG_VERDICT;
	}
	struct sg_rows rows;
	sg_app_rows_init(app, &rows, cmd->arena);
	for (size_t i = 0; i < v.n; i++)
		sg_rows_add(&rows, SG_STYLE_FAIL, "%s %s: %s", app->options.ascii ? "x" : "✗",
			sg_rows_clean(&rows, v.v[i].what), sg_rows_clean(&rows, v.v[i].text));
	if (v.has_verdict)
		sg_view_trial(&rows, &v.verdict);
	sg_rows_say(&rows, good ? SG_STYLE_OK : SG_STYLE_FAIL,
		"%lld events, %lld files, %zu findings: %s", (long long)v.events,
		(long long)v.files, v.n,
		good ? sg_say(rows.say, "verified") : sg_say(rows.say, "NOT verified"));
	sg_plain_rows(&app->out, &rows);
	return good ? SG_OK : SG_VERDICT;
}
