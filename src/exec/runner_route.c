/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ROUTE: reading what a STEP is given, pinning it, and seeing it change. */
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "core/copy.h"
#include "core/diff.h"
#include "exec/runner_internal.h"
#include "format/inputs.h"
#include "format/yaml_tree.h"

#define STEPS_FILE "steps.yaml"
/* copies in the evidence of ROUTE, for the day when the file on disk is another */
#define ROUTE_COPY   "ROUTE_TOKEN.copy"
#define PROFILE_COPY "PROFILE.copy"

struct reading {
	struct sg_session *session;
	struct sg_arena *arena;
	int dir;
	struct sg_ev_route *ev;
	struct sg_strbuf route, profile; /* bytes as read */
};

static void reading_release(struct reading *r)
{
	sg_strbuf_release(&r->route);
	sg_strbuf_release(&r->profile);
}

static const char *text_of(struct sg_arena *arena, const struct sg_err *err)
{
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE + 64];
	return sg_copy_str(arena, sg_err_text(err, text, sizeof(text)));
}

static enum sg_rc set_fault(
	struct reading *r, const char *path, const struct sg_err *why, struct sg_err *err)
{
	if (why->rc == SG_NOMEM)
		return sg_rn_nomem(err);
	r->ev->fault = why->rc == SG_NOTFOUND ? SG_FAULT_NOT_FOUND : SG_FAULT_UNREADABLE;
	r->ev->fault_file = path;
	r->ev->error = text_of(r->arena, why);
	return SG_OK;
}

static void pin(
	struct reading *r, struct sg_pin *ret, const char *path, const struct sg_strbuf *bytes)
{
	char hex[SG_SHA256_HEX_SIZE];
	sg_sha256_of(bytes->bytes, bytes->n_bytes, hex);
	ret->path = path;
	ret->sha256 = sg_copy_str(r->arena, hex);
}

static enum sg_rc read_route(struct reading *r, const char *path, struct sg_err *err)
{
	struct sg_err why = SG_ERR_INIT;
	struct sg_route *route = sg_arena_alloc(r->arena, sizeof(*route));
	if (!route)
		return sg_rn_nomem(err);
	if (!*path) {
		r->ev->fault = SG_FAULT_ABSENT;
		r->ev->error = "no route was given";
		return SG_OK;
	}
	r->ev->route_pin.path = path;
	enum sg_rc rc = sg_fs_read(r->dir, path, SG_YAML_MAX_FILE, &r->route, &why);
	if (rc == SG_OK) {
		pin(r, &r->ev->route_pin, path, &r->route);
		rc = sg_route_read(
			r->arena, path, r->route.bytes, r->route.n_bytes, route, &why);
	}
	if (rc < 0)
		return set_fault(r, path, &why, err);
	r->ev->route = route;
	return SG_OK;
}

/*
 * A profile that the operator named may lie anywhere; one that the route's PROFILE_KEY names,
 * only beneath the manifest's folder, and it has to say that it is the one.
 */
static enum sg_rc read_profile(struct reading *r, const char *given, struct sg_err *err)
{
	struct sg_err why = SG_ERR_INIT;
	struct sg_profile *profile = sg_arena_alloc(r->arena, sizeof(*profile));
	const char *key = r->ev->route->profile_key;
	const char *path = *given ? given : sg_arena_printf(r->arena, "profiles/%s.yaml", key);
	if (!profile || !path)
		return sg_rn_nomem(err);
	r->ev->profile_pin.path = path;
	enum sg_rc rc =
		*given ? sg_fs_read(r->dir, path, SG_YAML_MAX_FILE, &r->profile, &why)
		       : sg_fs_read_beneath(r->dir, path, SG_YAML_MAX_FILE, &r->profile, &why);
	if (rc == SG_OK) {
		pin(r, &r->ev->profile_pin, path, &r->profile);
		rc = sg_profile_read(
			r->arena, path, r->profile.bytes, r->profile.n_bytes, profile, &why);
	}
	if (rc == SG_OK && !*given && strcmp(profile->profile_key, key) != 0)
		rc = sg_err_set(&why, SG_INPUT,
			"cannot take PROFILE: PROFILE_KEY: expected \"%.200s\", found "
			"\"%.200s\"",
			key, profile->profile_key);
	if (rc < 0)
		return set_fault(r, path, &why, err);
	r->ev->profile = profile;
	return SG_OK;
}

/* --- steps.yaml --- */

/* While a STEP is open its own file is not done, and yet not what comes next. */
static bool is_open_file(const struct sg_run *run, const char *file)
{
	const bool open = run->state == SG_STATE_AWAIT || run->state == SG_STATE_BUSY ||
			  run->state == SG_STATE_STOPPED;
	return open && strcmp(run->manifest.active_file, file) == 0;
}

static bool next_of(const struct sg_run *run, const struct sg_step_entry *entries, size_t n,
	struct sg_ev_next *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (sg_strs_has(&run->files_done, entries[i].file) ||
			is_open_file(run, entries[i].file))
			continue;
		ret->file = entries[i].file;
		ret->goal = entries[i].goal;
		ret->route = entries[i].route;
		ret->profile = entries[i].profile;
		return true;
	}
	return false;
}

static enum sg_rc read_steps(int dir, struct sg_arena *arena, struct sg_strbuf *bytes,
	const struct sg_step_entry **ret, size_t *ret_n, struct sg_err *why)
{
	enum sg_rc rc = sg_fs_read(dir, STEPS_FILE, SG_YAML_MAX_FILE, bytes, why);
	return rc < 0 ? rc
		      : sg_steps_read(arena, STEPS_FILE, bytes->bytes, bytes->n_bytes, ret,
				ret_n, why);
}

bool sg_runner_next_entry(
	struct sg_session *session, struct sg_arena *arena, struct sg_ev_next *ret)
{
	const struct sg_step_entry *entries = NULL;
	size_t n = 0;
	struct sg_err why = SG_ERR_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
	if (read_steps(sg_session_dir(session), arena, &bytes, &entries, &n, &why) < 0)
		return false;
	return next_of(sg_session_run(session), entries, n, ret);
}

static enum sg_rc look_at_steps(struct reading *r, struct sg_err *err)
{
	const struct sg_step_entry *entries = NULL;
	size_t n = 0;
	struct sg_err why = SG_ERR_INIT;
	struct sg_ev_next next;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
	enum sg_rc rc = read_steps(r->dir, r->arena, &bytes, &entries, &n, &why);
	if (rc == SG_NOTFOUND)
		return SG_OK;
	if (rc < 0)
		return set_fault(r, STEPS_FILE, &why, err);
	pin(r, &r->ev->steps_pin, STEPS_FILE, &bytes);
	r->ev->has_next = next_of(sg_session_run(r->session), entries, n, &next);
	return SG_OK;
}

/* --- walls --- */

/* Where a profile asks for any: which of them can be built here. */
static enum sg_rc look_at_walls(struct reading *r, struct sg_err *err)
{
	char missing[SG_WALLS_TEXT_SIZE];
	struct sg_walls walls;
	if (!r->ev->profile || r->ev->profile->sandbox == SG_TIER_NONE)
		return SG_OK;
	enum sg_rc rc = sg_sandbox_probe(&walls, err);
	if (rc < 0)
		return rc;
	r->ev->tier = sg_sandbox_tier(&walls);
	r->ev->walls = sg_copy_str(r->arena, sg_sandbox_missing(&walls, missing));
	return SG_OK;
}

/* --- all of it --- */

static enum sg_rc read_all(
	struct reading *r, const char *route_path, const char *profile_path, struct sg_err *err)
{
	const struct sg_pin none = {"", ""};
	memset(r->ev, 0, sizeof(*r->ev));
	r->ev->route_pin = r->ev->profile_pin = r->ev->steps_pin = none;
	r->ev->fault_file = r->ev->error = r->ev->walls = "";
	enum sg_rc rc = read_route(r, sg_copy_str(r->arena, route_path), err);
	if (rc == SG_OK && r->ev->fault == SG_FAULT_NONE)
		rc = read_profile(r, sg_copy_str(r->arena, profile_path), err);
	if (rc == SG_OK && r->ev->fault == SG_FAULT_NONE)
		rc = look_at_steps(r, err);
	if (rc == SG_OK && r->ev->fault == SG_FAULT_NONE)
		rc = look_at_walls(r, err);
	if (rc < 0)
		return rc;
	if (r->ev->fault != SG_FAULT_NONE) {
		r->ev->route = NULL;
		r->ev->profile = NULL;
	}
	return sg_arena_failed(r->arena) ? sg_rn_nomem(err) : SG_OK;
}

static void reading_init(struct reading *r, struct sg_session *session, struct sg_arena *arena,
	struct sg_ev_route *ev)
{
	memset(r, 0, sizeof(*r));
	r->session = session;
	r->arena = arena;
	r->dir = sg_session_dir(session);
	r->ev = ev;
	sg_strbuf_init(&r->route);
	sg_strbuf_init(&r->profile);
}

enum sg_rc sg_runner_read_route(struct sg_session *session, const char *route_path,
	const char *profile_path, struct sg_arena *arena, struct sg_ev_route *ret,
	struct sg_err *err)
{
	SG_CLEANUP(reading_release) struct reading r;
	struct sg_ev_route ev;
	reading_init(&r, session, arena, &ev);
	enum sg_rc rc = read_all(&r, route_path, profile_path, err);
	if (rc == SG_OK)
		*ret = ev;
	return rc;
}

static enum sg_rc keep_copy(struct sg_rn *rn, const char *file_name,
	const struct sg_strbuf *bytes, struct sg_err *err)
{
	struct sg_file file;
	if (!bytes->n_bytes)
		return SG_OK;
	return sg_evidence_store(rn->dir, rn->folder, file_name, file_name, bytes->bytes,
		bytes->n_bytes, rn->arena, &file, err);
}

static enum sg_rc route(struct sg_rn *rn, void *ctx, struct sg_err *err)
{
	(void)ctx;
	SG_CLEANUP(reading_release) struct reading r;
	struct sg_event event = sg_rn_event(rn, SG_EVENT_ROUTE);
	reading_init(&r, rn->session, rn->arena, &event.u.route);
	enum sg_rc rc =
		read_all(&r, sg_rn_run(rn)->route_path, sg_rn_run(rn)->profile_path, err);
	if (rc == SG_OK)
		rc = sg_rn_pin(rn, &event.u.route, err);
	if (rc == SG_OK)
		rc = sg_evidence_begin(rn->dir, rn->folder, err);
	if (rc == SG_OK)
		rc = keep_copy(rn, ROUTE_COPY, &r.route, err);
	if (rc == SG_OK)
		rc = keep_copy(rn, PROFILE_COPY, &r.profile, err);
	return rc < 0 ? rc : sg_rn_commit(rn, &event, err);
}

enum sg_rc sg_rn_route(struct sg_rn *rn, struct sg_err *err)
{
	return sg_rn_aside(rn, route, NULL, err);
}

/* --- drift --- */

/*
 * The copy that ROUTE kept against what is on disk now; false where there is no copy of the
 * pinned bytes.
 */
static bool diff_pin(struct sg_session *session, struct sg_arena *arena,
	const struct sg_pin *pinned, const char *copy_name, struct sg_strbuf *out)
{
	const struct sg_run *run = sg_session_run(session);
	const int dir = sg_session_dir(session);
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf before = SG_STRBUF_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf now = SG_STRBUF_INIT;
	const char *copy = sg_arena_printf(arena, "%s/%s",
		sg_phase_folder(
			arena, run->manifest.step_id, "ROUTE", sg_run_attempts(run, "ROUTE")),
		copy_name);
	char hex[SG_SHA256_HEX_SIZE];
	if (!copy || sg_fs_read_beneath(dir, copy, SG_YAML_MAX_FILE, &before, NULL) < 0)
		return false;
	sg_sha256_of(before.bytes, before.n_bytes, hex);
	if (strcmp(hex, pinned->sha256) != 0)
		return false;
	/* what cannot be read any more differs by all its lines */
	if (sg_fs_read(dir, pinned->path, SG_YAML_MAX_FILE, &now, NULL) < 0)
		sg_strbuf_clear(&now);
	return sg_text_diff(out, "as ROUTE read it", before.bytes, before.n_bytes, pinned->path,
		now.bytes, now.n_bytes);
}

/* The first changed line of a diff, for the one sentence of the reason; "" if there is none. */
static const char *first_change(struct sg_arena *arena, const struct sg_strbuf *diff)
{
	for (const char *at = diff->bytes; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		const bool changed = (*at == '-' && strncmp(at, "---", 3) != 0) ||
				     (*at == '+' && strncmp(at, "+++", 3) != 0);
		if (!changed)
			continue;
		size_t n = strcspn(at, "\r\n");
		n = n < 120 ? n : 120;
		while (n > 0 && ((unsigned char)at[n] & 0xc0) == 0x80)
			n--;
		const char *line = sg_arena_strn(arena, at, n);
		return line ? line : "";
	}
	return "";
}

struct pinned {
	const char *phase;
	const struct sg_pin *pin;
	const char *copy; /* NULL: the pinned file is the evidence itself */
};

static void fill_drift(struct sg_session *session, struct sg_arena *arena,
	const struct pinned *p, struct sg_ev_stop_gap *ret, struct sg_strbuf *ret_diff)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf diff = SG_STRBUF_INIT;
	const bool there = sg_fs_exists(sg_session_dir(session), p->pin->path);
	const char *change = "";
	if (p->copy && diff_pin(session, arena, p->pin, p->copy, &diff))
		change = first_change(arena, &diff);
	memset(ret, 0, sizeof(*ret));
	ret->code = SG_CODE_SCOPE_VIOLATION;
	ret->phase = p->phase;
	ret->reason = sg_arena_printf(arena,
		"%s: %s: expected the file that %s pinned, found it %s%s%s", p->phase,
		p->pin->path, p->phase, there ? "changed" : "gone", *change ? ": " : "",
		change);
	ret->fix = sg_arena_printf(arena, "resume --from %s", p->phase);
	if (!ret->reason || !ret->fix)
		ret->reason = ret->fix = "";
	if (ret_diff)
		sg_strbuf_add(ret_diff, diff.bytes, diff.n_bytes);
}

bool sg_runner_drift(struct sg_session *session, struct sg_arena *arena,
	struct sg_ev_stop_gap *ret, struct sg_strbuf *ret_diff)
{
	const struct sg_run *run = sg_session_run(session);
	const struct pinned pins[] = {{"ROUTE", &run->route_pin, ROUTE_COPY},
		{"ROUTE", &run->profile_pin, PROFILE_COPY}, {"SPC", &run->plan_pin, NULL}};
	if (run->state != SG_STATE_AWAIT && run->state != SG_STATE_BUSY &&
		run->state != SG_STATE_STOPPED)
		return false;
	const size_t at = sg_phase_index(&run->phases, run->phase);
	for (size_t i = 0; i < SG_ARRAY_SIZE(pins); i++) {
		/* the phase that pins it will read it anew */
		if (sg_phase_index(&run->phases, pins[i].phase) >= at ||
			sg_evidence_pin_holds(sg_session_dir(session), pins[i].pin))
			continue;
		fill_drift(session, arena, &pins[i], ret, ret_diff);
		return true;
	}
	return false;
}
