/* SPDX-License-Identifier: GPL-3.0-or-later */
/* STOP_GAP: the cause, the fixes, what a resume needs, and the phase that has to run again. */
#include <string.h>

#include "core/reduce_internal.h"

void sg_stop_init(struct sg_stop *stop, struct sg_rx *rx)
{
	memset(stop, 0, sizeof(*stop));
	stop->rx = rx;
	stop->code = SG_CODE_NONE;
	stop->phase = "";
	sg_strs_builder_init(&stop->reasons, rx->arena);
	sg_strs_builder_init(&stop->fixes, rx->arena);
}

static void take_phase(struct sg_stop *stop, const char *phase)
{
	const struct sg_strs *phases = &stop->rx->run->phases;
	if (!*phase || sg_phase_index(phases, phase) == phases->n)
		return;
	if (!*stop->phase ||
		sg_phase_index(phases, phase) < sg_phase_index(phases, stop->phase))
		stop->phase = phase;
}

void sg_stop_add(struct sg_stop *stop, enum sg_code code, const char *phase, const char *reason,
	const char *fix)
{
	if (stop->code == SG_CODE_NONE)
		stop->code = code;
	take_phase(stop, phase);
	sg_strs_builder_add(
		&stop->reasons, sg_rx_text(stop->rx, "%s: %s", sg_code_name(code), reason));
	sg_strs_builder_add_once(&stop->fixes, sg_copy_str(stop->rx->arena, fix));
}

void sg_stop_require(
	struct sg_stop *stop, enum sg_require_kind kind, const char *subject, const char *text)
{
	for (size_t i = 0; i < stop->n_requires; i++)
		if (stop->requires_v[i].kind == kind &&
			strcmp(stop->requires_v[i].subject, subject) == 0 &&
			strcmp(stop->requires_v[i].text, text) == 0)
			return;
	if (stop->n_requires == stop->capacity) {
		size_t capacity = stop->capacity ? stop->capacity * 2 : 8;
		struct sg_require *v = sg_arena_array(stop->rx->arena, capacity, sizeof(*v));
		if (!v)
			return;
		if (stop->n_requires)
			memcpy(v, stop->requires_v, stop->n_requires * sizeof(*v));
		stop->requires_v = v;
		stop->capacity = capacity;
	}
	struct sg_require item = {kind, sg_copy_str(stop->rx->arena, subject),
		sg_copy_str(stop->rx->arena, text)};
	stop->requires_v[stop->n_requires++] = item;
}

void sg_stop_apply(struct sg_stop *stop)
{
	struct sg_run *run = stop->rx->run;
	struct sg_manifest *m = &run->manifest;
	/* what stopped is the last that can answer for it: nothing behind it has run */
	if (*run->phase)
		take_phase(stop, run->phase);
	if (!*stop->phase)
		stop->phase = "ROUTE";
	if (!stop->n_requires)
		sg_stop_require(stop, SG_REQUIRE_RUN, stop->phase,
			sg_rx_text(stop->rx, "Run %s again", stop->phase));
	m->step_status = SG_STEP_STATUS_STOP_GAP;
	m->result_status = SG_RESULT_STOP_GAP;
	m->fail_code = sg_code_name(stop->code);
	m->fail_reasons = sg_strs_builder_list(&stop->reasons);
	m->fix_list = sg_strs_builder_list(&stop->fixes);
	m->val_report_ref = "";
	m->pack_output_ref = "";
	m->resume_token = "";
	m->resume_allowed = false;
	m->resume_target.file = m->resume_target.goal = "";
	struct sg_strs_builder texts;
	sg_strs_builder_init(&texts, stop->rx->arena);
	for (size_t i = 0; i < stop->n_requires; i++)
		sg_strs_builder_add(&texts, stop->requires_v[i].text);
	m->resume_requirements = sg_strs_builder_list(&texts);
	run->requires_list.v = stop->requires_v;
	run->requires_list.n = stop->n_requires;
	run->state = SG_STATE_STOPPED;
	run->stop_phase = stop->phase;
	if (!*run->phase)
		run->phase = stop->phase;
}

/* --- from a reason of the gates to the phase that answers for it --- */

static const char *phase_of_role(const struct sg_run *run, const char *role)
{
	return sg_phase_index(&run->phases, role) < run->phases.n ? role : "ROUTE";
}

/* Who makes an output: the phase that proved it, else whose baseline or binding names it. */
static const char *phase_of_output(struct sg_rx *rx, const char *output)
{
	const struct sg_run *run = rx->run;
	const struct sg_proof *proof = sg_run_proof(run, SG_FACT_OUTPUT, output);
	if (proof)
		return proof->phase;
	static const char *const packed[] = {"PACK_OUTPUT", "PATCH_OUTPUT", "CHANGELOG_ENTRY",
		"NEXT_POINTER", "PATCHSET_ID", "LAST_FILES_CHANGED"};
	for (size_t i = 0; i < SG_ARRAY_SIZE(packed); i++)
		if (strcmp(output, packed[i]) == 0)
			return "PACK";
	if (strcmp(output, "VAL_REPORT") == 0)
		return "VAL";
	for (size_t i = 0; i < run->phases.n; i++) {
		struct sg_strs baseline;
		const char *role = run->phases.v[i];
		if (sg_role_baseline(rx->arena, role, run->profile, &baseline) != SG_OK) {
			sg_rx_nomem(rx);
			return "";
		}
		struct sg_strs one = {&output, 1};
		for (size_t k = 0; k < baseline.n; k++)
			if (sg_baseline_met(&one, baseline.v[k]))
				return role;
	}
	if (run->plan && sg_strs_has(&run->plan->expected_outputs, output))
		return phase_of_role(run, "ORC");
	for (size_t i = 0; run->profile && i < run->profile->run.n; i++) {
		const struct sg_binding *binding = &run->profile->run.v[i];
		if (!sg_strs_has(&binding->outputs, output))
			continue;
		bool role = sg_phase_index(&run->phases, binding->key) < run->phases.n;
		return role ? binding->key : phase_of_role(run, "ORC");
	}
	/* nobody promises it: SPC, which plans the work, is the first that could */
	return phase_of_role(run, "SPC");
}

/* A3 says "Provide <OUTPUT> from <ROLE>": the role a missing baseline output is asked of. */
static const char *phase_in_fix(struct sg_rx *rx, const char *fix)
{
	const char *from = fix;
	for (const char *p = fix; (p = strstr(p, " from ")); p++)
		from = p + strlen(" from ");
	return phase_of_role(rx->run, from);
}

static const char *phase_of_subject(struct sg_rx *rx, const char *subject)
{
	const struct sg_run *run = rx->run;
	if (sg_phase_index(&run->phases, subject) < run->phases.n)
		return subject;
	if (sg_run_proof(run, SG_FACT_ENGINE, subject) ||
		sg_manifest_engine(&run->manifest, subject))
		return phase_of_role(run, "ORC");
	return phase_of_output(rx, subject);
}

static const char *phase_of_reason(struct sg_rx *rx, const struct sg_reason *reason)
{
	const struct sg_run *run = rx->run;
	switch (reason->check) {
	case SG_CHECK_A1:
	case SG_CHECK_A2: return phase_of_role(run, reason->subject);
	case SG_CHECK_A3: return phase_in_fix(rx, reason->fix);
	case SG_CHECK_B0:
		for (size_t i = 0; run->route && i < run->route->required_eng_keys.n; i++)
			if (sg_key_equal(run->route->required_eng_keys.v[i], reason->subject))
				return "ROUTE";
		return phase_of_role(run, "SPC");
	case SG_CHECK_B1:
	case SG_CHECK_B2:
	case SG_CHECK_B3:
	case SG_CHECK_B4:
	case SG_CHECK_C1:
	case SG_CHECK_C2: return phase_of_role(run, "ORC");
	case SG_CHECK_E1: return phase_of_subject(rx, reason->subject);
	case SG_CHECK_D1:
	case SG_CHECK_D2:
	case SG_CHECK_D3: return phase_of_output(rx, reason->subject);
	case SG_CHECK_G1: return reason->code == SG_CODE_ENTRYPOINT_MISSING ? "ROUTE" : "VAL";
	case SG_CHECK_S1: return "VAL";
	case SG_CHECK_A0:
	case SG_CHECK_D0:
	case SG_CHECK_COUNT:;
	}
	return "ROUTE";
}

void sg_stop_for_reason(struct sg_stop *stop, const struct sg_reason *reason)
{
	struct sg_rx *rx = stop->rx;
	const char *phase = phase_of_reason(rx, reason);
	take_phase(stop, phase);
	if (reason->check == SG_CHECK_G1 && reason->code == SG_CODE_ENTRYPOINT_MISSING)
		sg_stop_require(stop, SG_REQUIRE_KEY_BOUND, reason->subject,
			sg_rx_text(rx, "Bind %s in the profile", reason->subject));
	else if (reason->check == SG_CHECK_B0 && strcmp(phase, "ROUTE") == 0)
		sg_stop_require(stop, SG_REQUIRE_ENGINE_GONE, reason->subject, reason->fix);
	else if (strcmp(phase, "ROUTE") == 0)
		sg_stop_require(
			stop, SG_REQUIRE_ROUTE_VALID, rx->run->route_pin.path, reason->fix);
	else
		sg_stop_require(
			stop, SG_REQUIRE_RUN, phase, sg_rx_text(rx, "Run %s again", phase));
}
