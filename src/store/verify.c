/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verify: everything that the trace says, held against what is there. The session is made to
 * read the trace anew, from its first line, and nothing that it remembered is trusted.
 */
#include "store/verify.h"

#include <string.h>

#include "base/hash.h"
#include "base/table.h"
#include "store/evidence.h"
#include "store/session_internal.h"

/* A line that a writer is just putting down looks torn for a moment. */
#define TORN_LOOKS 5

struct checked_file {
	char sha256[SG_SHA256_HEX_SIZE]; /* "" : not there, or not readable */
	const char *problem;             /* why; "" */
};

struct verifier {
	struct sg_session *s;
	struct sg_arena *arena;
	struct sg_verify *ret;
	struct sg_table paths; /* path -> index in files */
	struct checked_file *files;
	size_t n_files;
	size_t files_capacity;
	size_t findings_capacity;
	struct sg_manifest digested; /* what digest is of; the session's */
	char digest[SG_SHA256_HEX_SIZE];
	bool is_broken; /* as the scan found, and said */
	bool no_memory; /* for a sentence or a file: what is found is not all then */
};

/* A bigger copy of an array in the arena; NULL when memory ran out (sticky there). */
static void *grow(
	struct sg_arena *arena, const void *old, size_t n, size_t *capacity, size_t size)
{
	if (n < *capacity)
		return NULL;
	const size_t bigger = *capacity == 0 ? 64 : *capacity * 2;
	void *fresh = sg_arena_array(arena, bigger, size);
	if (!fresh)
		return NULL;
	if (n > 0)
		memcpy(fresh, old, n * size);
	*capacity = bigger;
	return fresh;
}

static void SG_PRINTF(3, 4) find(struct verifier *v, const char *what, const char *format, ...)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	va_list args;
	struct sg_verify_finding *fresh =
		grow(v->arena, v->ret->v, v->ret->n, &v->findings_capacity, sizeof(*fresh));

	if (fresh)
		v->ret->v = fresh;
	va_start(args, format);
	sg_strbuf_vaddf(&text, format, args);
	va_end(args);
	const char *copy = sg_arena_str(v->arena, text.bytes);
	v->no_memory |= sg_strbuf_failed(&text);
	/* an array that could not grow left no memory for the text either */
	if (!copy)
		return;
	v->ret->v[v->ret->n++] = (struct sg_verify_finding){.what = what, .text = copy};
}

/* --- files --- */

/* What a path hashes to now; each path is read once, however many events name it. */
static const struct checked_file *check_path(struct verifier *v, const char *path)
{
	const size_t known = sg_table_get(&v->paths, path);

	if (known != SG_TABLE_NONE)
		return &v->files[known];
	struct checked_file *fresh =
		grow(v->arena, v->files, v->n_files, &v->files_capacity, sizeof(*fresh));
	if (fresh)
		v->files = fresh;
	const char *key = sg_arena_str(v->arena, path);
	struct checked_file checked = {.problem = ""};
	struct sg_err err = SG_ERR_INIT;
	int64_t size_bytes = 0;
	if (sg_fs_hash_beneath(v->s->dir, path, SG_OUTPUT_MAX_BYTES, &size_bytes,
		    checked.sha256, &err) < 0)
		checked.problem = sg_arena_str(v->arena, err.text);
	if (sg_arena_failed(v->arena))
		return NULL;
	struct checked_file *file = &v->files[v->n_files];
	*file = checked;
	sg_table_put(&v->paths, key, v->n_files++);
	v->ret->files++;
	return file;
}

static void check_file(struct verifier *v, int64_t line, const char *path, const char *sha256)
{
	const struct checked_file *file = check_path(v, path);

	if (!file)
		return;
	if (file->sha256[0] == '\0')
		find(v, "evidence", "%s:%lld: %s", SG_TRACE_FILE, (long long)line,
			file->problem);
	else if (strcmp(file->sha256, sha256) != 0)
		find(v, "evidence", "%s:%lld: '%s' was changed: expected sha256 %s, found %s",
			SG_TRACE_FILE, (long long)line, path, sha256, file->sha256);
}

static void check_files(struct verifier *v, int64_t line, const struct sg_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		if (files->v[i].sha256[0] != '\0')
			check_file(v, line, files->v[i].path, files->v[i].sha256);
}

static void check_found(struct verifier *v, int64_t line, const char *found)
{
	char path[SG_SNAPSHOT_PATH_SIZE];

	if (!sg_sha256_is_hex(found))
		return;
	sg_snapshot_path(path, found);
	check_file(v, line, path, found);
}

/* What was recorded by hand counts when its role or engine ends, and is named again there. */
static void check_event_files(struct verifier *v, const struct sg_event *event)
{
	if (event->type == SG_EVENT_ENGINE)
		check_files(v, event->seq, &event->u.engine.outputs);
	if (event->type == SG_EVENT_ROLE)
		check_files(v, event->seq, &event->u.role.outputs);
	if (event->type == SG_EVENT_PACK) {
		check_files(v, event->seq, &event->u.pack.files);
		check_files(v, event->seq, &event->u.pack.list);
	}
	if (event->type == SG_EVENT_VERDICT)
		check_files(v, event->seq,
			&(struct sg_files){.v = &event->u.verdict.report, .n = 1});
	if (event->type == SG_EVENT_RESTORE)
		check_found(v, event->seq, event->u.restore.found);
}

/* FINAL.yaml is a function of its event: the bytes themselves are compared. */
static void check_effects(struct verifier *v, int64_t line, const struct sg_effects *effects)
{
	for (size_t i = 0; i < effects->n; i++) {
		const struct sg_effect *effect = &effects->v[i];
		SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
		struct sg_err err = SG_ERR_INIT;
		if (effect->kind != SG_EFFECT_FINAL)
			continue;
		v->ret->files++;
		const enum sg_rc rc = sg_fs_read_beneath(v->s->dir, effect->path,
			(size_t)SG_OUTPUT_MAX_BYTES, &bytes, &err);
		if (rc == SG_NOMEM)
			v->no_memory = true;
		else if (rc < 0)
			find(v, "pack", "%s:%lld: %s", SG_TRACE_FILE, (long long)line,
				err.text);
		else if (bytes.n_bytes != strlen(effect->bytes) ||
			 memcmp(bytes.bytes, effect->bytes, bytes.n_bytes) != 0)
			find(v, "pack", "%s:%lld: '%s' is not what the verdict sealed",
				SG_TRACE_FILE, (long long)line, effect->path);
	}
}

/* --- one event --- */

/* The digest of the run as it is now; most events leave the manifest as the one before did. */
static enum sg_rc digest_now(struct verifier *v, struct sg_err *err)
{
	const struct sg_manifest *now = &v->s->replay.run.manifest;

	if (v->digest[0] != '\0' && sg_manifest_equal(&v->digested, now))
		return SG_OK;
	if (sg_manifest_digest(now, v->digest) < 0)
		return sg_err_set(err, SG_NOMEM, "cannot verify: out of memory");
	v->digested = *now;
	return SG_OK;
}

static enum sg_rc check_digest(
	struct verifier *v, const struct sg_event *event, struct sg_err *err)
{
	if (!sg_event_ends_phase(event->type))
		return SG_OK;
	const enum sg_rc rc = digest_now(v, err);
	if (rc == SG_OK && strcmp(v->digest, event->manifest) != 0)
		find(v, "replay",
			"%s:%lld: the manifest after %s: expected sha256 %s, found %s",
			SG_TRACE_FILE, (long long)event->seq, sg_event_name(event->type),
			event->manifest, v->digest);
	return rc;
}

static const char *word_of(bool pass)
{
	return pass ? "PASS" : "FAIL";
}

static void check_said_verdict(struct verifier *v, const struct sg_event *event)
{
	const struct sg_verdict *ours = &v->s->replay.run.verdict;

	if (event->type != SG_EVENT_VERDICT ||
		(event->u.verdict.pass == ours->pass && event->u.verdict.code == ours->code))
		return;
	find(v, "replay", "%s:%lld: the verdict says %s %s, judged again it is %s %s",
		SG_TRACE_FILE, (long long)event->seq, word_of(event->u.verdict.pass),
		sg_code_name(event->u.verdict.code), word_of(ours->pass),
		sg_code_name(ours->code));
}

static enum sg_rc verify_event(void *ctx, const struct sg_event *event,
	const struct sg_effects *effects, struct sg_err *err)
{
	struct verifier *v = ctx;

	v->ret->events++;
	enum sg_rc rc = check_digest(v, event, err);
	check_said_verdict(v, event);
	check_event_files(v, event);
	check_effects(v, event->seq, effects);
	if (rc == SG_OK && (sg_arena_failed(v->arena) || v->paths.failed || v->no_memory))
		rc = sg_err_set(err, SG_NOMEM, "cannot verify: out of memory");
	return rc;
}

/* --- the whole --- */

static enum sg_rc verify_trace(struct verifier *v, struct sg_err *err)
{
	struct sg_session *s = v->s;

	s->observe = verify_event;
	s->observe_ctx = v;
	enum sg_rc rc = sg_session_load(s, err);
	for (int looks = 1; rc == SG_OK && !s->is_broken && s->end.tail == SG_TAIL_TORN &&
			    looks < TORN_LOOKS;
		looks++)
		rc = sg_session_read_on(s, err);
	s->observe = NULL;
	if (rc < 0)
		return rc;
	v->is_broken = s->is_broken;
	if (s->is_broken)
		find(v, s->is_broken_event ? "replay" : "chain", "%s", s->standing_text.bytes);
	else if (s->end.tail == SG_TAIL_TORN)
		find(v, "chain", "%s:%lld: an unfinished line of %lld bytes", SG_TRACE_FILE,
			(long long)(s->end.seq + 1), (long long)s->end.torn_bytes);
	return SG_OK;
}

/*
 * The place that a reader stumbles at, or the field, may be far from the byte that was changed.
 */
static void find_first_line(struct verifier *v)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf found = SG_STRBUF_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf ours = SG_STRBUF_INIT;
	const struct sg_session *s = v->s;
	const struct sg_disk *disk = &s->disk;
	size_t line = 1;

	const enum sg_rc rc =
		sg_fs_read_beneath(s->dir, s->name, SG_MANIFEST_MAX_BYTES, &found, NULL);
	v->no_memory |= (rc == SG_NOMEM) | sg_strbuf_failed(&disk->host);
	if (rc < 0 || sg_strbuf_failed(&disk->host))
		return;
	if (disk->source.markdown)
		sg_manifest_write_hosted(&ours, &s->replay.run.manifest, disk->host.bytes,
			disk->host.n_bytes, &disk->source);
	else
		sg_manifest_write(&ours, &s->replay.run.manifest);
	v->no_memory |= sg_strbuf_failed(&ours);
	for (size_t i = 0; i < ours.n_bytes && i < found.n_bytes; i++) {
		if (ours.bytes[i] != found.bytes[i])
			break;
		line += ours.bytes[i] == '\n';
	}
	find(v, "manifest", "%s:%zu: the first line that is not as stepgate wrote it", s->name,
		line);
}

static void verify_standing(struct verifier *v)
{
	const char *text = v->s->standing_text.bytes;

	v->no_memory |= sg_strbuf_failed(&v->s->standing_text);
	if (v->s->standing == SG_STANDING_BROKEN && !v->is_broken)
		find(v, "chain", "%s", text);
	if (v->s->standing == SG_STANDING_NO_TRACE)
		find(v, "chain", "%s: there is no trace: nothing is proven", SG_TRACE_FILE);
	if (v->s->standing == SG_STANDING_POISONED)
		find(v, "chain", "%s: %s", SG_POISON_FILE, text);
	if (v->s->standing == SG_STANDING_TAMPERED) {
		find(v, "manifest", "%s", text);
		find_first_line(v);
	}
}

/* Work by hand that waits for its signal. */
static void verify_records(struct verifier *v)
{
	const struct sg_records *records = &v->s->replay.run.records;

	for (size_t i = 0; i < records->n; i++)
		if (records->v[i].stopped)
			check_files(v, v->s->replay.run.seq, &records->v[i].outputs);
}

static enum sg_rc verify_gates(struct verifier *v, struct sg_err *err)
{
	const struct sg_run *run = &v->s->replay.run;
	struct sg_verify *ret = v->ret;
	struct sg_facts facts = {.v = NULL};

	if (run->manifest.step_id[0] == '\0' || !run->route)
		return SG_OK;
	struct sg_evidence_cache *cache = sg_evidence_cache_new();
	enum sg_rc rc = cache ? sg_evidence_facts(v->s->dir, run, cache, v->arena, &facts, err)
			      : sg_err_set(err, SG_NOMEM, "cannot verify: out of memory");
	sg_evidence_cache_free(cache);
	if (rc < 0)
		return rc;
	const struct sg_gate_input input = {
		.manifest = &run->manifest,
		.plan = run->plan,
		.profile = run->profile,
		.facts = &facts,
		.others = run->has_verdict ? run->verdict.others : NULL,
	};
	if (sg_verdict_judge(v->arena, &input, &ret->verdict) < 0 ||
		sg_verdict_prove(v->arena, &input, &ret->verdict) < 0)
		return sg_err_set(err, SG_NOMEM, "cannot verify: out of memory");
	ret->has_verdict = true;
	if (!run->has_verdict)
		return SG_OK;
	/* a PASS is the code NONE */
	ret->verdict_matches = ret->verdict.code == run->verdict.code;
	if (ret->verdict_matches)
		return SG_OK;
	find(v, "gate", "STEP %s: recorded is %s %s, by its evidence it is %s %s",
		run->manifest.step_id, word_of(run->verdict.pass),
		sg_code_name(run->verdict.code), word_of(ret->verdict.pass),
		sg_code_name(ret->verdict.code));
	for (size_t i = 0; i < ret->verdict.reasons.n; i++)
		find(v, "gate", "STEP %s: %s", run->manifest.step_id,
			ret->verdict.reasons.v[i].text);
	return SG_OK;
}

enum sg_rc sg_verify_run(
	struct sg_session *s, struct sg_arena *arena, struct sg_verify *ret, struct sg_err *err)
{
	struct sg_verify found = {.verdict_matches = true};
	struct verifier v = {.s = s, .arena = arena, .ret = &found};

	sg_table_init(&v.paths);
	enum sg_rc rc = verify_trace(&v, err);
	if (rc == SG_OK)
		rc = sg_session_refresh(s, NULL, err);
	if (rc == SG_OK) {
		verify_standing(&v);
		verify_records(&v);
		rc = verify_gates(&v, err);
	}
	sg_table_release(&v.paths);
	if (rc == SG_OK && (sg_arena_failed(arena) || v.no_memory))
		rc = sg_err_set(err, SG_NOMEM, "cannot verify: out of memory");
	if (rc == SG_OK)
		*ret = found;
	return rc;
}
