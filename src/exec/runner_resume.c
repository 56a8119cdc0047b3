/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a command was made of, so that a resume can tell which engines have nothing to do
 * again.
 */
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "base/hash.h"
#include "core/copy.h"
#include "exec/runner_internal.h"

/* --- the inputs --- */

static bool is_before(const struct sg_run *run, const struct sg_proof *proof, const char *phase)
{
	return sg_phase_index(&run->phases, proof->phase) < sg_phase_index(&run->phases, phase);
}

enum sg_rc sg_rn_inputs_before(struct sg_arena *arena, const struct sg_run *run,
	const char *phase, struct sg_run *ret, struct sg_err *err)
{
	struct sg_proof *v = sg_arena_array(arena, run->proofs.n + 1, sizeof(*v));
	struct sg_run inputs;
	size_t n = 0;
	if (!v)
		return sg_rn_nomem(err);
	sg_run_init(&inputs);
	inputs.manifest = sg_copy_manifest(arena, &run->manifest);
	for (size_t i = 0; i < run->proofs.n; i++) {
		const struct sg_proof *proof = &run->proofs.v[i];
		if (proof->kind != SG_FACT_OUTPUT || !is_before(run, proof, phase))
			continue;
		v[n] = *proof;
		v[n].name = sg_copy_str(arena, proof->name);
		v[n].phase = sg_copy_str(arena, proof->phase);
		v[n].source_eng = sg_copy_str(arena, proof->source_eng);
		v[n].exec = sg_rn_no_exec();
		v[n++].files = sg_copy_files(arena, &proof->files);
	}
	inputs.proofs.v = v;
	inputs.proofs.n = n;
	if (sg_arena_failed(arena))
		return sg_rn_nomem(err);
	*ret = inputs;
	return SG_OK;
}

/* --- who need not run again --- */

struct keeping {
	struct sg_session *session;
	struct sg_arena *arena;
	const struct sg_run *run;
	const char *inputs_sha256;
	struct sg_program_where where;
};

static bool outputs_hold(
	const struct keeping *k, const struct sg_proof *proof, const struct sg_binding *binding)
{
	const int dir = sg_session_dir(k->session);
	for (size_t i = 0; i < proof->files.n; i++) {
		const struct sg_pin pin = {proof->files.v[i].path, proof->files.v[i].sha256};
		if (!sg_evidence_pin_holds(dir, &pin))
			return false;
	}
	struct sg_promises promises = {.plain = {NULL, 0}};
	if (binding)
		promises.plain = binding->outputs;
	return !*sg_rn_broken_promise(k->arena, &promises, &proof->files);
}

static bool same_command(
	const struct keeping *k, const struct sg_proof *proof, const struct sg_binding *binding)
{
	const char *digest = "";
	return binding && !binding->manual &&
	       sg_strs_equal(&proof->exec.argv, &binding->argv) &&
	       strcmp(proof->exec.inputs_sha256, k->inputs_sha256) == 0 &&
	       sg_rn_program_digest(k->arena, &k->where, &binding->argv, &digest, NULL) ==
		       SG_OK &&
	       strcmp(digest, proof->exec.program_sha256) == 0;
}

static bool is_kept(const struct keeping *k, const char *key)
{
	const struct sg_engine_row *row = sg_manifest_engine(&k->run->manifest, key);
	const struct sg_proof *proof =
		row ? sg_run_proof(k->run, SG_FACT_ENGINE, row->eng_key) : NULL;
	const struct sg_binding *binding =
		k->run->profile ? sg_profile_binding(k->run->profile, key) : NULL;
	if (!proof || row->status != SG_ROW_STATUS_RAN)
		return false;
	switch (proof->provenance) {
	case SG_PROVENANCE_OBSERVED:
		return same_command(k, proof, binding) && outputs_hold(k, proof, binding);
	case SG_PROVENANCE_MANUAL: return outputs_hold(k, proof, binding);
	case SG_PROVENANCE_CLAIMED:
	case SG_PROVENANCE_COUNT: break;
	}
	return false;
}

enum sg_rc sg_runner_kept_engines(struct sg_session *session, struct sg_arena *arena,
	struct sg_strs *ret, struct sg_err *err)
{
	struct keeping k = {session, arena, sg_session_run(session), "",
		{sg_session_dir(session), sg_session_dir_path(session), SG_COMMAND_PATH, NULL}};
	struct sg_strs_builder kept;
	struct sg_run inputs;
	sg_strs_builder_init(&kept, arena);
	enum sg_rc rc = sg_rn_inputs_before(arena, k.run, "ORC", &inputs, err);
	if (rc == SG_OK)
		rc = sg_evidence_inputs_digest(&inputs, arena, &k.inputs_sha256, err);
	if (rc < 0)
		return rc;
	for (size_t i = 0; i < k.run->required_engines.n; i++)
		if (is_kept(&k, k.run->required_engines.v[i]))
			sg_strs_builder_add(
				&kept, sg_copy_str(arena, k.run->required_engines.v[i]));
	if (sg_arena_failed(arena))
		return sg_rn_nomem(err);
	*ret = sg_strs_builder_list(&kept);
	return SG_OK;
}
