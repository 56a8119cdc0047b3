/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has to hold of a folder that a fault left. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "harness/harness.h"
#include "proof.h"
#include "store/changelog.h"
#include "store/verify.h"

static char sentence[1024];

static const char *__attribute__((format(printf, 1, 2))) wrong(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(sentence, sizeof(sentence), format, args);
	va_end(args);
	return sentence;
}

/* A begun init, or a manifest that nobody adopted: nothing was promised, and it can be done. */
static const char *judge_empty(
	const struct workload *w, const struct run_case *c, const struct verdict_limits *limits)
{
	const struct sg_event init = case_init_event();
	struct sg_err err = SG_ERR_INIT;

	if (limits->at_least > 0)
		return wrong("%lld events were acknowledged, none is there",
			(long long)limits->at_least);
	if (!w->may_be_empty)
		return "the run is gone";
	if (sg_session_create(&c->options, &init, &err) != SG_OK)
		return wrong("init again: %s", err.text);
	return NULL;
}

/*
 * A file that could not be read when the gates were judged does not count, and the verdict is FAIL;
 * that the file can be read now is nothing that was lost.
 */
static bool is_cautious(const struct sg_verify_finding *found)
{
	return strcmp(found->what, "gate") == 0 && strstr(found->text, "recorded is FAIL");
}

static const char *judge_verified(struct sg_session *s, int64_t seq)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_verify found = {.n = 0};
	struct sg_err err = SG_ERR_INIT;
	const char *bad = NULL;

	if (sg_verify_run(s, &arena, &found, &err) != SG_OK)
		bad = wrong("verify: %s", err.text);
	else if (found.n > 0 && !is_cautious(&found.v[0]))
		bad = wrong("verify: %s: %s", found.v[0].what, found.v[0].text);
	else if (found.events != seq)
		bad = wrong("verify saw %lld events of %lld", (long long)found.events,
			(long long)seq);
	sg_arena_release(&arena);
	return bad;
}

/* The entry of a closed STEP stands in CHANGELOG.md once. */
static const char *judge_changelog(const struct sg_run *run, const struct run_case *c)
{
	if (run->state != SG_STATE_PASSED || !run->patch.changed)
		return NULL;
	char *text = case_read(c, SG_CHANGELOG_FILE);
	char *heading = sg_t_format("## %s\n", run->patch.patchset_id);
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, heading)); at++)
		n++;
	const char *bad = n == 1 ? NULL
				 : wrong("%zu entries %s in the changelog", n,
					   run->patch.patchset_id);
	free(text);
	free(heading);
	return bad;
}

static const char *judge_bytes(const struct run_case *c, const struct verdict_limits *limits)
{
	if (!limits->trace)
		return NULL;
	char *path = case_path(c, SG_TRACE_FILE);
	size_t n = 0;
	char *now = sg_t_read(path, &n);
	const size_t common = n < limits->n_trace ? n : limits->n_trace;
	const bool same = now && memcmp(now, limits->trace, common) == 0;
	free(now);
	free(path);
	return same ? NULL : "the lines are not those that were written";
}

/* Copies of the tree as it was are named by what they hold: `base` is compared with them later. */
static const char *judge_copies(const struct tree *t)
{
	static const char folder[] = ".stepgate/base/";
	char hex[SG_SHA256_HEX_SIZE];

	for (size_t i = 0; i < t->n; i++) {
		const struct tree_file *file = &t->v[i];
		const char *name = strrchr(file->path, '/');
		if (file->is_dir || !name || !sg_sha256_is_hex(name + 1) ||
			strncmp(file->path, folder, sizeof(folder) - 1) != 0)
			continue;
		sg_sha256_of(file->bytes, file->n_bytes, hex);
		if (strcmp(hex, name + 1) != 0)
			return wrong("%s does not hold what it is named by", file->path);
	}
	return NULL;
}

static const char *judge_again(const struct run_case *c, int64_t seq)
{
	struct tree before;
	struct tree after;
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;
	const char *bad = NULL;

	tree_read(&before, c->folder);
	bad = judge_copies(&before);
	if (sg_session_open(&s, &c->options, &err) != SG_OK) {
		tree_free(&before);
		return wrong("opened again: %s", err.text);
	}
	if (!bad && sg_session_notes(s)->n > 0)
		bad = wrong("a second recovery did something: %s", sg_session_notes(s)->v[0]);
	else if (!bad && sg_session_run(s)->seq != seq)
		bad = "a second recovery finds another state";
	sg_session_close(s);
	tree_read(&after, c->folder);
	if (!bad && tree_hash(&before) != tree_hash(&after))
		bad = "a second recovery changed the folder";
	tree_free(&before);
	tree_free(&after);
	return bad;
}

static const char *judge_going_on(const struct run_case *c)
{
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;
	const char *bad = NULL;

	if (sg_session_open(&s, &c->options, &err) != SG_OK)
		return wrong("opened to go on: %s", err.text);
	struct sg_event event = case_next_event(sg_session_run(s), "beyond.md");
	const enum sg_rc rc = sg_session_commit(s, &event, NULL, NULL, &err);
	if (rc != SG_OK && rc != SG_REFUSED)
		bad = wrong("going on: %s", err.text);
	else
		bad = judge_verified(s, sg_session_end(s)->seq);
	sg_session_close(s);
	return bad;
}

static const char *judge_open(const struct workload *w, const struct run_case *c,
	struct sg_session *s, const struct verdict_limits *limits, bool *ret_answered)
{
	struct sg_err err = SG_ERR_INIT;
	int64_t extra = 0;

	if (sg_session_standing(s) == SG_STANDING_NO_TRACE)
		return w->may_be_empty && limits->at_least <= 0 ? NULL : "the trace is gone";
	if (sg_session_standing(s) == SG_STANDING_TAMPERED && w->may_stay_tampered) {
		if (sg_session_restore(s, true, &err) != SG_OK)
			return wrong("restore again: %s", err.text);
		extra = 1;
		*ret_answered = true;
	}
	if (sg_session_standing(s) != SG_STANDING_CLEAN)
		return wrong("opened as %s: %s",
			sg_standing_name(sg_session_standing(s)), sg_session_standing_text(s));
	const int64_t seq = sg_session_run(s)->seq;
	if (seq < limits->at_least || seq > limits->at_most + extra)
		return wrong("%lld events recovered, acknowledged were %lld, begun %lld",
			(long long)seq, (long long)limits->at_least,
			(long long)limits->at_most);
	if (sg_fs_has_temps(sg_session_dir(s), sg_session_manifest_name(s)) ||
		sg_fs_has_temps(sg_session_dir(s), SG_CHANGELOG_FILE))
		return "what a dead process had begun still lies in the folder";
	const char *bad = judge_verified(s, seq);
	return bad ? bad : judge_changelog(sg_session_run(s), c);
}

const char *judge(
	const struct workload *w, const struct run_case *c, const struct verdict_limits *limits)
{
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;
	const enum sg_rc rc = sg_session_open(&s, &c->options, &err);

	if (rc == SG_NOTFOUND)
		return judge_empty(w, c, limits);
	if (rc != SG_OK)
		return wrong("opened: %s", err.text);
	const enum sg_standing standing = sg_session_standing(s);
	bool answered = false; /* by a line of ours, in place of the workload's */
	const char *bad = judge_open(w, c, s, limits, &answered);
	const int64_t seq = sg_session_end(s)->seq;
	sg_session_close(s);
	if (bad || standing == SG_STANDING_NO_TRACE)
		return bad;
	bad = answered ? NULL : judge_bytes(c, limits);
	if (!bad)
		bad = judge_again(c, seq);
	if (!bad && limits->go_on)
		bad = judge_going_on(c);
	return bad;
}
