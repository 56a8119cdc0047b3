/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has to hold behind a kill: of what is left, of a second start, of going on. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "base/hash.h"
#include "kill.h"
#include "store/session.h"
#include "store/verify.h"

#define FINISH_TURNS 40

void expected_read(
	struct expected *ret, const struct scene *sc, const char *before, const char *after)
{
	struct note note = {FINE, ""};
	memset(ret, 0, sizeof(*ret));
	sg_strbuf_init(&ret->manifest);
	if (!trace_read(&ret->before, before, &note) || !trace_read(&ret->after, after, &note))
		die("%s: %s", sc->name, note.text);
	(void)file_read(before, "RUNTIME_MANIFEST.yaml", &ret->manifest);
}

/* --- what was left --- */

/* The trace is the old one, or the old one and the first events of this command. */
static bool grew_as_expected(const struct expected *e, const struct trace *t, struct note *note)
{
	if (t->good_bytes < e->before.good_bytes ||
		memcmp(t->bytes.bytes, e->before.bytes.bytes, e->before.good_bytes) != 0)
		return note_set(note, LOST, "the trace lost what it had before the command");
	for (size_t i = e->before.n; i < t->n; i++) {
		const struct line *found = &t->lines[i];
		const struct line *wanted = &e->after.lines[i];
		if (i >= e->after.n || strcmp(found->event, wanted->event) != 0 ||
			strcmp(found->subject, wanted->subject) != 0 ||
			strcmp(found->code, wanted->code) != 0 || found->pass != wanted->pass)
			return note_set(note, RERAN, "event %zu is %s %s, expected %s %s",
				i + 1, found->event, found->subject,
				i < e->after.n ? wanted->event : "none",
				i < e->after.n ? wanted->subject : "");
	}
	return true;
}

/* What the screen says stands in the trace. */
static bool screen_is_true(const struct trace *t, const char *screen, struct note *note)
{
	static const struct {
		const char *text;
		const char *event;
		const char *subject;
	} rules[] = {
		{"started a run", "init", NULL},
		{"✓ ROUTE done", "route", NULL},
		{"ROUTE ended", "route", NULL},
		{"✓ SPC ", "role", "SPC"},
		{"✓ ORC ", "role", "ORC"},
		{"✓ CTL ", "role", "CTL"},
		{"✓ QA ", "role", "QA"},
		{"✓ PACK ", "pack", NULL},
		{"✓ VAL ", "verdict", NULL},
		{"SPC ended", "role", "SPC"},
		{"ORC ended", "role", "ORC"},
		{"CTL ended", "role", "CTL"},
		{"QA ended", "role", "QA"},
		{"PACK ended", "pack", NULL},
		{"▶ SPC", "begin", "SPC"},
		{"▶ KEY:", "begin", "ORC"},
		{"▶ CTL", "begin", "CTL"},
		{"▶ QA", "begin", "QA"},
		{"✗ FAIL", "stop", NULL},
	};
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strstr(screen, rules[i].text) &&
			trace_find(t, rules[i].event, rules[i].subject, NULL) < 0)
			return note_set(note, LOST,
				"the screen said \"%s\", the trace has no %s", rules[i].text,
				rules[i].event);
	if (strstr(screen, "PASS") && !trace_has_pass(t, NULL) && !trace_has_pass(t, "0001"))
		return note_set(note, FALSE_PASS, "the screen said PASS, no verdict did");
	return true;
}

/* A verdict that passes has all that it speaks of before it. */
static bool pass_is_earned(const struct trace *t, struct note *note)
{
	static const char *const roles[] = {"SPC", "ORC", "CTL", "QA"};
	if (!trace_has_pass(t, "0001"))
		return true;
	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		if (trace_find(t, "role", roles[i], "0001") < 0)
			return note_set(note, FALSE_PASS, "PASS without %s", roles[i]);
	if (trace_find(t, "engine", NULL, "0001") < 0 ||
		trace_find(t, "pack", NULL, "0001") < 0)
		return note_set(note, FALSE_PASS, "PASS without engines or a pack");
	return true;
}

static bool manifest_claims_no_pass(
	const struct trace *t, const char *manifest, struct note *note)
{
	char step[16] = "";
	const char *id = strstr(manifest, "STEP_ID: \"");
	if (id)
		(void)sscanf(id, "STEP_ID: \"%15[0-9]\"", step);
	if (strstr(manifest, "STEP_STATUS: \"PASS\"") && !trace_has_pass(t, step))
		return note_set(note, FALSE_PASS, "the manifest says PASS, no verdict did");
	return true;
}

static bool equal(const struct sg_strbuf *a, const struct sg_strbuf *b)
{
	return a->n_bytes == b->n_bytes && memcmp(a->bytes, b->bytes, a->n_bytes) == 0;
}

/*
 * The manifest is what replaying the trace gives; before a start it may be one event behind,
 * and where the scene began with an edited one, that.
 */
static bool manifest_follows(const struct scene *sc, const struct expected *e,
	const struct trace *t, const char *folder, bool behind, struct note *note)
{
	struct sg_strbuf found = SG_STRBUF_INIT;
	struct sg_strbuf now = SG_STRBUF_INIT;
	struct sg_strbuf before = SG_STRBUF_INIT;
	char digest[SG_SHA256_HEX_SIZE];
	bool good = true;

	const bool there = file_read(folder, "RUNTIME_MANIFEST.yaml", &found);
	if (t->n > 0) {
		good = manifest_at(folder, t, t->n, &now, note);
		if (good && behind && t->n > 1 && !equal(&found, &now))
			good = manifest_at(folder, t, t->n - 1, &before, note);
		sg_sha256_of(now.bytes, now.n_bytes, digest);
		const char *said = t->lines[t->n - 1].manifest;
		if (good && *said && strcmp(said, digest) != 0)
			good = note_set(note, LOST,
				"replay does not give the manifest that the trace names");
		if (good && !equal(&found, &now) && !(behind && equal(&found, &before)) &&
			!(behind && t->n == 1 && !there) &&
			!(sc->tampered && equal(&found, &e->manifest)))
			good = note_set(note, LOST, "the manifest is not what the trace says");
	} else if (there && !equal(&found, &e->manifest)) {
		good = note_set(note, LOST, "there is a manifest and no trace");
	}
	good = good && manifest_claims_no_pass(t, found.bytes, note);
	sg_strbuf_release(&found);
	sg_strbuf_release(&now);
	sg_strbuf_release(&before);
	return good;
}

bool judge_left(const struct scene *sc, const struct expected *e, const struct term *t,
	const char *folder, struct note *note)
{
	struct trace trace;
	const bool acknowledged =
		sc->ack ? strstr(t->screen.bytes, sc->ack) != NULL : t->turns >= 2;
	bool good = trace_read(&trace, folder, note) && grew_as_expected(e, &trace, note) &&
		    screen_is_true(&trace, t->screen.bytes, note) &&
		    pass_is_earned(&trace, note);

	if (good && acknowledged && trace.n < e->after.n)
		good = note_set(note, LOST, "acknowledged, and the trace has %zu of %zu events",
			trace.n, e->after.n);
	if (good && t->hung)
		good = note_set(note, OTHER, "it hung, or left a process behind");
	good = good && manifest_follows(sc, e, &trace, folder, true, note);
	trace_release(&trace);
	return good;
}

/* --- started again --- */

static void start(struct term *t, const char *folder, const char *word, const char *argument)
{
	char program[PATH_SIZE];
	char colour[] = "--color=never";
	char words[2][256];
	char *argv[5] = {program, colour, NULL, NULL, NULL};

	(void)snprintf(program, sizeof(program), "%s", kill_program);
	(void)snprintf(words[0], sizeof(words[0]), "%s", word ? word : "");
	(void)snprintf(words[1], sizeof(words[1]), "%s", argument ? argument : "");
	argv[2] = word ? words[0] : NULL;
	argv[3] = word && argument ? words[1] : NULL;
	term_start(t, folder, argv, NULL);
}

static bool is_open(const struct trace *t)
{
	const char *last = t->n ? t->lines[t->n - 1].event : "";
	return strcmp(last, "begin") == 0 || strcmp(last, "engine") == 0;
}

static bool is_forged(const struct scene *sc)
{
	return sc->tampered || strcmp(sc->name, "VAL fails") == 0;
}

/* The prompt, where nothing is typed that changes anything. */
static bool look_around(const struct scene *sc, const struct trace *trace, const char *folder,
	struct note *note)
{
	static const char *const lines[] = {"status", "verify", "quit"};
	struct term t = {.visit = NULL};
	bool good = true;
	bool verified = false;

	start(&t, folder, NULL, NULL);
	for (size_t i = 0; good && i < 3; i++) {
		good = term_wait(&t, NULL) ||
		       note_set(note, OTHER, "started again it gave no prompt");
		verified = verified || (i == 2 && term_seen(&t, "0 findings: verified"));
		term_send(&t, lines[i]);
	}
	if (!term_end(&t) && good)
		good = note_set(note, OTHER, "started again it hung");
	if (good && (!WIFEXITED(t.end.status) || WEXITSTATUS(t.end.status) != 0))
		good = note_set(note, OTHER, "started again it ended with %d", t.end.status);
	if (good && !verified && !is_forged(sc))
		good = note_set(note, OTHER, "verify found something");
	if (good && is_open(trace) && !strstr(t.screen.bytes, "INTERRUPTED"))
		good = note_set(note, OTHER, "an interrupted phase is not shown as that");
	if (good && strstr(t.screen.bytes, "▶ KEY:"))
		good = note_set(note, RERAN, "started again it ran an engine");
	good = good && screen_is_true(trace, t.screen.bytes, note);
	if (!good && getenv("KILL_SCREENS"))
		(void)fprintf(stderr, "--- %s\n%s\n---\n", sc->name, t.screen.bytes);
	term_release(&t);
	return good;
}

/*
 * Recovery cuts an unfinished line off; nothing else happens to the trace. Under a manifest
 * that was edited the line stays, until the operator answers.
 */
static bool trace_stayed(const struct scene *sc, const struct trace *before, const char *folder,
	struct note *note)
{
	struct trace after;
	bool good = trace_read(&after, folder, note);
	const bool uncut = sc->tampered && after.bytes.n_bytes == before->bytes.n_bytes;
	if (good && ((after.bytes.n_bytes != before->good_bytes && !uncut) ||
			    memcmp(after.bytes.bytes, before->bytes.bytes,
				    before->good_bytes) != 0))
		good = note_set(note, after.n > before->n ? RERAN : LOST,
			"started again, the trace went from %zu to %zu events by itself",
			before->n, after.n);
	trace_release(&after);
	return good;
}

static enum sg_rc open_run(struct sg_session **ret, const char *folder, struct sg_err *err)
{
	char path[PATH_SIZE];

	folder_path(path, folder, "RUNTIME_MANIFEST.yaml");
	const struct sg_session_options options = {.manifest_path = path};
	return sg_session_open(ret, &options, err);
}

static bool opens_well(const struct scene *sc, const struct trace *trace, const char *folder,
	struct note *note)
{
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = NULL;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_verify found = {.n = 0};

	if (open_run(&s, folder, &err) != SG_OK)
		return note_set(note, LOST, "it cannot be opened: %s", err.text);
	const enum sg_standing standing = sg_session_standing(s);
	bool good = standing == SG_STANDING_CLEAN ||
		    (standing == SG_STANDING_TAMPERED && sc->tampered) ||
		    note_set(note, LOST, "opened as %s: %s", sg_standing_name(standing),
			    sg_session_standing_text(s));
	if (good && is_open(trace) != sg_session_runner_dead(s))
		good = note_set(note, OTHER, "an interrupted phase is not seen as that");
	if (good && sg_verify_run(s, &arena, &found, &err) != SG_OK)
		good = note_set(note, LOST, "verify: %s", err.text);
	if (good && found.n > 0 && !is_forged(sc))
		good = note_set(note, OTHER, "verify found: %s", found.v[0].text);
	sg_arena_release(&arena);
	sg_session_close(s);
	return good;
}

/* There is nothing to put right any more. */
static bool opens_the_same(const char *folder, struct note *note)
{
	char once[SG_SHA256_HEX_SIZE];
	char twice[SG_SHA256_HEX_SIZE];
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = NULL;

	folder_digest(folder, once);
	if (open_run(&s, folder, &err) != SG_OK)
		return note_set(note, LOST, "it cannot be opened again: %s", err.text);
	bool good = sg_session_standing(s) != SG_STANDING_CLEAN ||
		    sg_session_notes(s)->n == 0 ||
		    note_set(note, OTHER, "put right again: %s", sg_session_notes(s)->v[0]);
	sg_session_close(s);
	folder_digest(folder, twice);
	if (good && strcmp(once, twice) != 0)
		good = note_set(note, OTHER, "opened again, something changed");
	return good;
}

bool judge_recovered(
	const struct scene *sc, const struct expected *e, const char *folder, struct note *note)
{
	struct trace left;

	bool good = trace_read(&left, folder, note);
	if (good && left.n > 0) {
		good = opens_well(sc, &left, folder, note) &&
		       trace_stayed(sc, &left, folder, note) &&
		       manifest_follows(sc, e, &left, folder, false, note);
		if (good && folder_has_temp(folder))
			good = note_set(
				note, OTHER, "what a write had begun still lies in the folder");
		good = good && opens_the_same(folder, note);
	}
	trace_release(&left);
	return good;
}

bool judge_settled(const char *folder, struct note *note)
{
	struct trace before;
	struct trace after;
	struct sg_err err = SG_ERR_INIT;
	struct sg_session *s = NULL;

	bool good = trace_read(&before, folder, note);
	const bool begun = good && is_open(&before);
	if (good && before.n > 0 &&
		(open_run(&s, folder, &err) != SG_OK || sg_session_settle(s, &err) != SG_OK))
		good = note_set(note, OTHER, "the interruption cannot be said: %s", err.text);
	sg_session_close(s);
	good = trace_read(&after, folder, note) && good;
	if (good && (after.n != before.n + begun ||
			    (begun && strcmp(after.lines[before.n].event, "stop_gap") != 0)))
		good = note_set(note, RERAN, "settled, the trace went from %zu to %zu events",
			before.n, after.n);
	trace_release(&before);
	trace_release(&after);
	return good;
}

bool judge_again(
	const struct scene *sc, const struct expected *e, const char *folder, struct note *note)
{
	struct trace left;
	char once[SG_SHA256_HEX_SIZE];
	char twice[SG_SHA256_HEX_SIZE];
	struct term t = {.visit = NULL};

	bool good = trace_read(&left, folder, note);
	if (!good || left.n == 0) {
		trace_release(&left); /* no run: nothing to start again */
		return good;
	}
	good = look_around(sc, &left, folder, note) && trace_stayed(sc, &left, folder, note) &&
	       manifest_follows(sc, e, &left, folder, false, note);
	if (good && folder_has_temp(folder))
		good = note_set(note, OTHER, "what a write had begun still lies in the folder");
	if (good) {
		folder_digest(folder, once);
		start(&t, folder, NULL, NULL);
		if (term_wait(&t, NULL))
			term_send(&t, "quit");
		good = term_end(&t) || note_set(note, OTHER, "at the second start it hung");
		term_release(&t);
		folder_digest(folder, twice);
		if (good && strcmp(once, twice) != 0)
			good = note_set(note, OTHER, "the second start changed something");
	}
	trace_release(&left);
	return good;
}

/* --- going on --- */

/* One command that writes, by itself; its new events have to be these. */
static bool command_adds(const char *folder, const char *word, const char *const *events,
	size_t n, struct note *note)
{
	struct trace before;
	struct trace after;
	struct term t = {.visit = NULL};

	bool good = trace_read(&before, folder, note);
	start(&t, folder, word, NULL);
	const bool ended = term_end(&t);
	good = trace_read(&after, folder, note) && good;
	if (good && (!ended || after.n != before.n + n))
		good = note_set(note, OTHER, "%s added %zu events, expected %zu: %.300s", word,
			after.n - before.n, n, t.screen.bytes);
	for (size_t i = 0; good && i < n; i++)
		if (strcmp(after.lines[before.n + i].event, events[i]) != 0)
			good = note_set(note, RERAN, "%s led to %s", word,
				after.lines[before.n + i].event);
	good = good && screen_is_true(&after, t.screen.bytes, note);
	term_release(&t);
	trace_release(&before);
	trace_release(&after);
	return good;
}

/* What an operator types next, by what stands on the screen; NULL: the end is reached. */
static const char *next_line(const struct term *t, unsigned *recorded)
{
	if (term_seen(t, "BRIEF  STEP 0001  PASS") || term_seen(t, "BRIEF  STEP 0002  PASS"))
		return NULL;
	if (term_seen(t, "MANIFEST_TAMPERED"))
		return "restore";
	if (term_seen(t, "takes it over"))
		return "adopt \"it was found here\"";
	if (term_seen(t, "no manifest"))
		return "init";
	if (term_seen(t, "INPUT_ABSENT: route FILE"))
		return "route routes/docs-release.yaml";
	if (term_seen(t, "INTERRUPTED:") || term_seen(t, "STOP_GAP  ") ||
		term_seen(t, "✗ STOP_GAP"))
		return "resume";
	if (term_seen(t, "is done by hand") && *recorded < 2)
		return (*recorded)++ == 0 ? "record start QA QA_REPORT=q.md RELEASE_LIST=r.tsv"
					  : "record stop QA QA_REPORT=q.md RELEASE_LIST=r.tsv";
	if (term_seen(t, "«го» starts"))
		return "го";
	if (term_seen(t, "opens a STEP"))
		return "step \"Again\" --file tasks/release.task.md --route "
		       "routes/docs-release.yaml";
	return "status";
}

static bool finish(const struct scene *sc, const char *folder, struct note *note)
{
	struct term t = {.visit = NULL};
	struct trace trace;
	unsigned recorded = 0;
	const char *line = "";
	bool good = true;

	start(&t, folder, NULL, NULL);
	for (int i = 0; good && line; i++) {
		good = i < FINISH_TURNS && term_wait(&t, NULL);
		line = good ? next_line(&t, &recorded) : "";
		if (good && line && strncmp(line, "record stop", 11) == 0)
			folder_run(folder, "echo read >q.md; echo listed >r.tsv");
		if (good && line)
			term_send(&t, line);
	}
	const size_t from = t.screen.n_bytes > 300 ? t.screen.n_bytes - 300 : 0;
	if (!good)
		good = note_set(
			note, OTHER, "it could not be led to PASS: %s", t.screen.bytes + from);
	if (!good && getenv("KILL_SCREENS"))
		(void)fprintf(stderr, "--- %s\n%s\n---\n", sc->name, t.screen.bytes);
	term_send(&t, "quit");
	(void)term_end(&t);
	if (good && folder_has_temp(folder))
		good = note_set(note, OTHER, "at PASS a write's beginning lies in the folder");
	if (good && trace_read(&trace, folder, note)) {
		if (!trace_has_pass(&trace, NULL))
			good = note_set(note, FALSE_PASS, "led to a PASS that no verdict says");
		good = good && screen_is_true(&trace, t.screen.bytes, note) &&
		       pass_is_earned(&trace, note);
		trace_release(&trace);
	}
	term_release(&t);
	return good;
}

bool judge_on(const struct scene *sc, const char *folder, bool all, struct note *note)
{
	static const char *const interrupted[] = {"stop_gap", "resume"};
	static const char *const first[] = {"init"};
	struct trace trace;

	bool good = trace_read(&trace, folder, note);
	if (good && trace.n == 0 && strcmp(sc->from + strlen(sc->from) - 6, ".files") == 0)
		good = command_adds(folder, "init", first, 1, note);
	else if (good && is_open(&trace))
		good = command_adds(folder, "resume", interrupted, 2, note);
	trace_release(&trace);
	return good && (!all || finish(sc, folder, note));
}
