/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ENGINE, ROLE and PACK: what ran becomes rows and proofs; what failed stops the STEP. */
#include <string.h>

#include "base/strbuf.h"
#include "base/table.h"
#include "core/reduce_internal.h"
#include "core/scope.h"

static bool by_hand(enum sg_provenance provenance)
{
	return provenance == SG_PROVENANCE_MANUAL;
}

/* Work by hand is known from its record alone. */
static bool is_recorded(const struct sg_rx *rx, const char *name)
{
	const struct sg_record *record = sg_run_record(rx->run, name);
	return record && record->stopped;
}

/* The one place that says when a command's work, or work by hand, may count. */
static bool exec_counts(const struct sg_rx *rx, const char *name, const struct sg_exec *exec,
	enum sg_provenance provenance)
{
	if (*exec->error || exec->strayed.n || exec->forbidden.n)
		return false;
	switch (provenance) {
	case SG_PROVENANCE_OBSERVED:
		return exec->cause == SG_CAUSE_EXITED && exec->exit_status == 0;
	case SG_PROVENANCE_MANUAL: return is_recorded(rx, name);
	case SG_PROVENANCE_CLAIMED:
	case SG_PROVENANCE_COUNT:;
	}
	return false;
}

static const char *how_it_ended(struct sg_rx *rx, const struct sg_exec *exec)
{
	switch (exec->cause) {
	case SG_CAUSE_EXITED: return sg_rx_text(rx, "exit %d", exec->exit_status);
	case SG_CAUSE_SIGNALLED: return sg_rx_text(rx, "signal %d", exec->signal);
	case SG_CAUSE_TIMEOUT:
	case SG_CAUSE_IDLE:
	case SG_CAUSE_CANCELLED:
	case SG_CAUSE_NOT_STARTED:
	case SG_CAUSE_COUNT:;
	}
	return sg_cause_name(exec->cause);
}

/*
 * SCOPE_VIOLATION for each path that a command changed and must not have; false: there is none.
 * What asks for a file again is that it is not as the command left it.
 */
static bool scope_stop(struct sg_stop *stop, const char *phase, const char *name,
	const struct sg_files *files, bool forbidden)
{
	struct sg_rx *rx = stop->rx;
	for (size_t i = 0; i < files->n; i++) {
		const struct sg_file *file = &files->v[i];
		const char *item =
			forbidden ? sg_scope_forbids(&rx->run->manifest.no_go_list, file->path)
				  : NULL;
		const char *fix =
			forbidden
				? sg_rx_text(rx, "Restore %s", file->path)
				: sg_rx_text(rx,
					  "Restore %s, or add it to write of %s in the profile",
					  file->path, name);
		sg_stop_add(stop, SG_CODE_SCOPE_VIOLATION, phase,
			sg_rx_text(rx,
				"%s: %s: expected it as it was before %s ran%s%s, found it %s",
				phase, file->path, name, item ? ", for NO_GO_LIST says " : "",
				item ? item : "", file->name),
			fix);
		sg_stop_require(stop, SG_REQUIRE_PATH_RESTORED,
			sg_rx_text(rx, "%s" SG_SCOPE_MARK "%s", file->path, file->sha256), fix);
	}
	return files->n > 0;
}

/* Beside the paths, what failed has to run again. */
static bool out_of_scope(
	struct sg_stop *stop, const char *phase, const char *name, const struct sg_exec *exec)
{
	const bool forbidden = scope_stop(stop, phase, name, &exec->forbidden, true);
	const bool strayed = scope_stop(stop, phase, name, &exec->strayed, false);
	if (forbidden || strayed)
		sg_stop_require(
			stop, SG_REQUIRE_RUN, name, sg_rx_text(stop->rx, "Run %s again", name));
	return forbidden || strayed;
}

/* One line for the row: exit status, time, provenance and tier (SPEC 2.1). */
static const char *notes_of(struct sg_rx *rx, const struct sg_exec *exec,
	enum sg_provenance provenance, const char *note)
{
	int64_t ms = exec->end_ms > exec->start_ms ? exec->end_ms - exec->start_ms : 0;
	const char *how = by_hand(provenance) ? "by hand" : how_it_ended(rx, exec);
	const char *walls = exec->walls ? exec->walls : "";
	const size_t n_strayed = exec->strayed.n + exec->forbidden.n;
	const char *strayed = !n_strayed
				      ? ""
				      : sg_rx_text(rx, ", changed %zu path%s out of its scope",
						n_strayed, n_strayed == 1 ? "" : "s");
	return sg_rx_text(rx, "%s, %lld.%lld s, %s, tier %s%s%s%s%s%s%s%s", how,
		(long long)(ms / 1000), (long long)(ms % 1000 / 100),
		sg_provenance_name(provenance), sg_tier_name(exec->tier),
		*walls ? " without " : "", walls, strayed, *exec->error ? ", " : "",
		exec->error, *note ? ", " : "", note);
}

/* More than these are counted only: the note is one line. */
#define UNCHANGED_NAMED 3

/* A run that makes what the last one made may have done nothing: that is said. */
static const char *unchanged_said(
	struct sg_rx *rx, const char *notes, const struct sg_sames *unchanged)
{
	for (size_t i = 0; i < unchanged->n && i < UNCHANGED_NAMED; i++)
		notes = sg_rx_text(rx, "%s, %s unchanged since attempt %d", notes,
			unchanged->v[i].name, unchanged->v[i].since);
	return unchanged->n <= UNCHANGED_NAMED ? notes
					       : sg_rx_text(rx, "%s, %zu more unchanged", notes,
							 unchanged->n - UNCHANGED_NAMED);
}

static struct sg_proof proof_of(struct sg_rx *rx, enum sg_fact_kind kind, const char *name,
	const char *phase, enum sg_provenance provenance, const struct sg_exec *exec,
	const struct sg_files *files)
{
	struct sg_proof proof = {.kind = kind,
		.name = sg_copy_str(rx->arena, name),
		.phase = sg_copy_str(rx->arena, phase),
		.attempt = rx->run->phase_attempt,
		.provenance = provenance,
		.tier = exec->tier,
		.exec = sg_copy_exec(rx->arena, exec),
		.files = sg_copy_files(rx->arena, files),
		.source_eng = ""};
	return proof;
}

void sg_rx_engine(struct sg_rx *rx)
{
	const struct sg_ev_engine *ev = &rx->event->u.engine;
	const struct sg_strs *required = &rx->run->required_engines;
	const struct sg_files none = {NULL, 0};
	/* one spelling for row and proof, whatever the event's */
	const char *key =
		ev->index < required->n && sg_key_equal(required->v[ev->index], ev->eng_key)
			? required->v[ev->index]
			: ev->eng_key;
	/* a skip is stepgate's to allow: the event only says that the engine asked for it */
	bool skipped = ev->status == SG_ROW_STATUS_SKIPPED && !ev->exec.strayed.n &&
		       !ev->exec.forbidden.n && rx->run->profile &&
		       sg_keys_match(&rx->run->profile->allow_skip, key);
	bool ran = !skipped && !ev->unbound && ev->status == SG_ROW_STATUS_RAN &&
		   exec_counts(rx, key, &ev->exec, ev->provenance);
	const char *notes = ev->unbound ? (skipped ? "skipped: not bound, the profile allows it"
						   : "not bound in the profile")
					: notes_of(rx, &ev->exec, ev->provenance, ev->note);
	enum sg_row_status status = ran       ? SG_ROW_STATUS_RAN
				    : skipped ? SG_ROW_STATUS_SKIPPED
					      : SG_ROW_STATUS_FAILED;
	const struct sg_files *outputs = ran ? &ev->outputs : &none;
	if (ran)
		notes = unchanged_said(rx, notes, &ev->unchanged);
	bool stood = sg_rx_engine_row(rx, key, ev->index, status, outputs, notes);
	struct sg_proof proof =
		proof_of(rx, SG_FACT_ENGINE, key, "ORC", ev->provenance, &ev->exec, outputs);
	if (status == SG_ROW_STATUS_FAILED)
		proof.partial = sg_copy_files(rx->arena, &ev->outputs);
	sg_rx_proof(rx, &proof, stood);
	sg_rx_outputs(rx, &proof.files, "ORC", &proof, &ev->unchanged);
}

/* --- the end of a role --- */

static const char *failure_text(struct sg_rx *rx, const struct sg_exec *exec)
{
	const char *how = how_it_ended(rx, exec);
	if (!*exec->error)
		return how;
	if (exec->cause == SG_CAUSE_EXITED && exec->exit_status == 0)
		return exec->error;
	return sg_rx_text(rx, "%s (%s)", how, exec->error);
}

/* Whether it also failed by itself, beside what it changed. */
static bool failed_itself(const struct sg_exec *exec)
{
	return *exec->error || exec->cause != SG_CAUSE_EXITED || exec->exit_status != 0;
}

static void role_failed(struct sg_rx *rx, const char *role, const struct sg_exec *exec)
{
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	const bool strayed = out_of_scope(&stop, role, role, exec);
	if (strayed && !failed_itself(exec)) {
		sg_stop_apply(&stop);
		return;
	}
	const char *found = failure_text(rx, exec);
	sg_stop_add(&stop, SG_CODE_MARKER_NOT_CONFIRMED, role,
		sg_rx_text(rx, "%s: %s: expected ran, found %s", role, role, found),
		sg_rx_text(rx, "Run %s: its ledger entry says failed", role));
	sg_stop_apply(&stop);
}

/* What the engines of ORC left undone; false when nothing is. */
static bool engines_stop(struct sg_rx *rx, struct sg_stop *stop)
{
	const struct sg_run *run = rx->run;
	const struct sg_engine_rows *rows = &run->manifest.engines.entries;
	struct sg_table by_key = SG_TABLE_INIT;
	for (size_t i = 0; i < rows->n; i++)
		sg_table_put(&by_key, sg_key_bare(rows->v[i].eng_key), i);
	if (by_key.failed)
		sg_rx_nomem(stop->rx);
	for (size_t i = 0; i < run->required_engines.n; i++) {
		const char *key = run->required_engines.v[i];
		size_t at = sg_table_get(&by_key, sg_key_bare(key));
		const struct sg_engine_row *row = at == SG_TABLE_NONE ? NULL : &rows->v[at];
		if (row && (row->status == SG_ROW_STATUS_RAN ||
				   row->status == SG_ROW_STATUS_SKIPPED))
			continue;
		const struct sg_proof *proof =
			row ? sg_run_proof(run, SG_FACT_ENGINE, row->eng_key) : NULL;
		/* neither a command nor a hand: there was nothing to run */
		bool unbound = proof && !proof->exec.argv.n && !by_hand(proof->provenance);
		if (proof && out_of_scope(stop, "ORC", row->eng_key, &proof->exec) &&
			!failed_itself(&proof->exec))
			continue;
		const char *found = !row      ? "not run"
				    : unbound ? "no binding in the profile"
				    : proof   ? failure_text(rx, &proof->exec)
					      : "failed";
		sg_stop_add(stop, SG_CODE_ENTRYPOINT_MISSING, unbound ? "ROUTE" : "ORC",
			sg_rx_text(rx, "ORC: %s: expected ran, found %s", key, found),
			!row ? sg_rx_text(rx, "Add missing ledger entry for %s", key)
			: unbound
				? sg_rx_text(rx, "Bind %s in the profile", key)
				: sg_rx_text(rx, "Run %s: its ledger entry says failed", key));
		if (unbound)
			sg_stop_require(stop, SG_REQUIRE_KEY_BOUND, key,
				sg_rx_text(rx, "Bind %s in the profile", key));
		else
			sg_stop_require(
				stop, SG_REQUIRE_RUN, key, sg_rx_text(rx, "Run %s again", key));
	}
	sg_table_release(&by_key);
	return stop->code != SG_CODE_NONE;
}

/* Fixes of engines that failed come before those of engines that merely waited behind them. */
static void failed_first(struct sg_stop *stop)
{
	struct sg_strs_builder sorted;
	sg_strs_builder_init(&sorted, stop->rx->arena);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < stop->fixes.n; i++)
			if ((strncmp(stop->fixes.v[i], "Add ", 4) == 0) == (pass == 1))
				sg_strs_builder_add(&sorted, stop->fixes.v[i]);
	stop->fixes = sorted;
}

static void end_of_spc(struct sg_rx *rx, const struct sg_ev_role *ev)
{
	struct sg_run *run = rx->run;
	run->plan = sg_copy_plan(rx->arena, ev->plan);
	run->plan_pin = sg_copy_pin(rx->arena, &ev->plan_pin);
	if (sg_required_engines(rx->arena, &run->manifest, run->plan, &run->required_engines) !=
		SG_OK)
		sg_rx_nomem(rx);
	struct sg_gate_input input = {
		.manifest = &run->manifest, .plan = run->plan, .profile = run->profile};
	struct sg_reasons reasons = {NULL, 0};
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	if (sg_gate_plan(rx->arena, &input, &reasons) != SG_OK)
		sg_rx_nomem(rx);
	for (size_t i = 0; i < reasons.n; i++) {
		const struct sg_reason *r = &reasons.v[i];
		/* the gate's text begins with the code, which sg_stop_add puts there itself */
		const char *text = r->text + strlen(sg_code_name(r->code)) + strlen(": ");
		sg_stop_add(&stop, r->code, "", text, r->fix);
		sg_stop_for_reason(&stop, r);
	}
	if (*ev->plan_error)
		sg_stop_add(&stop, SG_CODE_MARKER_NOT_CONFIRMED, "SPC",
			sg_rx_text(rx,
				"SPC: ENGINE_PLAN_TOKEN: expected a readable plan, found: %s",
				ev->plan_error),
			"Provide ENGINE_PLAN_TOKEN from SPC");
	if (run->required_engines.n && !sg_strs_has(&run->manifest.required_roles, "ORC"))
		sg_stop_add(&stop, SG_CODE_MARKER_NOT_CONFIRMED, "ROUTE",
			"SPC: REQUIRED_ROLES: expected ORC, for the plan names engines, found "
			"it missing",
			"Add ORC to REQUIRED_ROLES");
	if (stop.code != SG_CODE_NONE)
		sg_stop_apply(&stop);
	else
		sg_rx_await_after(rx, "SPC");
}

void sg_rx_role(struct sg_rx *rx)
{
	const struct sg_ev_role *ev = &rx->event->u.role;
	const struct sg_files none = {NULL, 0};
	bool is_orc = strcmp(ev->role, "ORC") == 0;
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	bool engines_failed = is_orc && engines_stop(rx, &stop);
	bool ran = !engines_failed && exec_counts(rx, ev->role, &ev->exec, ev->provenance);
	const struct sg_files *outputs = ran ? &ev->outputs : &none;
	const char *notes =
		is_orc ? sg_rx_text(rx, "%zu engines required, %zu recorded, %s, tier %s",
				 rx->run->required_engines.n,
				 rx->run->manifest.engines.entries.n,
				 sg_provenance_name(ev->provenance),
				 sg_tier_name(ev->exec.tier))
		       : notes_of(rx, &ev->exec, ev->provenance, ev->note);
	if (ran)
		notes = unchanged_said(rx, notes, &ev->unchanged);
	bool stood = sg_rx_role_row(
		rx, ev->role, ran ? SG_ROW_STATUS_RAN : SG_ROW_STATUS_FAILED, outputs, notes);
	struct sg_proof proof = proof_of(
		rx, SG_FACT_ROLE, ev->role, ev->role, ev->provenance, &ev->exec, outputs);
	if (!ran && !is_orc)
		proof.partial = sg_copy_files(rx->arena, &ev->outputs);
	sg_rx_proof(rx, &proof, stood);
	sg_rx_outputs(rx, &proof.files, ev->role, &proof, &ev->unchanged);
	if (engines_failed) {
		failed_first(&stop);
		sg_stop_apply(&stop);
	} else if (!ran) {
		role_failed(rx, proof.name, &ev->exec);
	} else if (strcmp(ev->role, "SPC") == 0) {
		end_of_spc(rx, ev);
	} else {
		sg_rx_await_after(rx, proof.name);
	}
}

/* The patch must hold nothing that NO_GO_LIST keeps, whoever changed it. */
static bool pack_stops(struct sg_rx *rx, const struct sg_ev_pack *ev)
{
	const struct sg_strs *files = &ev->patch.files;
	struct sg_stop stop;
	sg_stop_init(&stop, rx);
	for (size_t i = 0; i < files->n; i++) {
		const char *item = sg_scope_forbids(&rx->run->manifest.no_go_list, files->v[i]);
		if (item)
			sg_stop_add(&stop, SG_CODE_SCOPE_VIOLATION, "PACK",
				sg_rx_text(rx,
					"PACK: %s: expected it unchanged since OPEN, for "
					"NO_GO_LIST says %s, found it in the patch",
					files->v[i], item),
				sg_rx_text(rx, "Restore %s", files->v[i]));
	}
	if (*ev->error)
		sg_stop_add(&stop, SG_CODE_MARKER_NOT_CONFIRMED, "PACK",
			sg_rx_text(rx, "PACK: PACK: expected a pack, found: %s", ev->error),
			"resume --from PACK");
	if (stop.code != SG_CODE_NONE)
		sg_stop_apply(&stop);
	return stop.code != SG_CODE_NONE;
}

void sg_rx_pack(struct sg_rx *rx)
{
	const struct sg_ev_pack *ev = &rx->event->u.pack;
	struct sg_run *run = rx->run;
	run->patch = sg_copy_patch(rx->arena, &ev->patch);
	run->changelog_entry = sg_copy_str(rx->arena, ev->entry);
	run->pack_list = sg_copy_files(rx->arena, &ev->list);
	if (pack_stops(rx, ev))
		return;
	const struct sg_exec no_exec = {.folder = "",
		.cause = SG_CAUSE_EXITED,
		.program_sha256 = "",
		.inputs_sha256 = "",
		.log = "",
		.error = "",
		.walls = ""};
	struct sg_proof proof = proof_of(
		rx, SG_FACT_ROLE, "PACK", "PACK", SG_PROVENANCE_OBSERVED, &no_exec, &ev->files);
	/* stepgate itself made these: no command ran that a wall could have guarded */
	proof.tier = SG_TIER_FULL;
	sg_rx_outputs(rx, &proof.files, "PACK", &proof, NULL);
	for (size_t i = 0; i < proof.files.n; i++)
		if (strcmp(proof.files.v[i].name, "PACK_OUTPUT") == 0)
			run->pack_output = proof.files.v[i];
	if (*ev->next_file && !*run->next_file) {
		run->next_file = sg_copy_str(rx->arena, ev->next_file);
		run->next_goal = sg_copy_str(rx->arena, ev->next_goal);
		run->next_packed = true;
	}
	sg_rx_await_after(rx, "PACK");
}
