/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files of the reducer. One struct sg_rx lives for one call of sg_reduce: the run
 * that becomes new, the arena that it grows in, the event. Nothing here is for other modules.
 */
#ifndef STEPGATE_CORE_REDUCE_INTERNAL_H
#define STEPGATE_CORE_REDUCE_INTERNAL_H

#include "core/copy.h"
#include "core/reduce.h"

struct sg_rx {
	struct sg_arena *arena;
	struct sg_run *run;
	const struct sg_event *event;
	struct sg_effects *effects;
};

/*
 * --- rows: replace the row of that name in a copy, or add one in its place ---
 *
 * Each proof has a row of its name. So what these return, whether there may already be a proof
 * of that name, spares sg_rx_proof a search through all of them.
 */
bool sg_rx_role_row(struct sg_rx *rx, const char *role, enum sg_row_status status,
	const struct sg_files *outputs, const char *notes);
bool sg_rx_engine_row(struct sg_rx *rx, const char *eng_key, size_t index,
	enum sg_row_status status, const struct sg_files *outputs, const char *notes);
/* ref "" and present false: the row that ROUTE writes for a contract item. */
bool sg_rx_output_row(struct sg_rx *rx, const char *output, bool present, const char *source,
	const char *ref);
/* A row and a proof for each file; unchanged: those of them that are, NULL: none is. */
void sg_rx_outputs(struct sg_rx *rx, const struct sg_files *files, const char *source,
	const struct sg_proof *by, const struct sg_sames *unchanged);
/* Replaces the proof of that kind and name, or adds it. Texts must be the run's already. */
void sg_rx_proof(struct sg_rx *rx, const struct sg_proof *proof, bool may_stand);
/*
 * Which of the first n elements of an array has that name, the last one; SIZE_MAX: none. An
 * element begins with its name, a const char *; bare: it is a key. *index is kept in the run
 * and serves as long as the array is the same and only grows.
 */
size_t sg_rx_find(struct sg_arena *arena, struct sg_name_index **index, const void *v, size_t n,
	size_t element_bytes, bool bare, const char *name);
/* Memory ran out outside of the arena: the reduction fails as if it had been inside. */
void sg_rx_nomem(struct sg_rx *rx);
/*
 * Takes away the rows and proofs of phase `from` and all later ones (reduce_remove.c). Engines
 * in kept stay, where they have a row that says ran or skipped and a proof; the run's
 * kept_engines are those. A row without a proof belongs to the phase that its source names.
 */
void sg_rx_rows_remove(struct sg_rx *rx, const char *from, const struct sg_strs *kept);
/* Takes away the proofs whose row in `before` differs from the row in the run's manifest. */
void sg_rx_proofs_of_changed_rows(struct sg_rx *rx, const struct sg_manifest *before);

/* --- stopping --- */
struct sg_stop {
	struct sg_rx *rx;
	enum sg_code code;
	const char *phase; /* the earliest responsible one so far; "" none */
	struct sg_strs_builder reasons;
	struct sg_strs_builder fixes;
	struct sg_require *requires_v;
	size_t n_requires;
	size_t capacity;
};

void sg_stop_init(struct sg_stop *stop, struct sg_rx *rx);
/* The first call's code stands. reason is prefixed with the code: "<CODE>: <reason>". */
void sg_stop_add(struct sg_stop *stop, enum sg_code code, const char *phase, const char *reason,
	const char *fix);
void sg_stop_require(
	struct sg_stop *stop, enum sg_require_kind kind, const char *subject, const char *text);
/* STOP_GAP: LAST_RESULT, RESUME, state. With no requirement added, RUN of the phase is. */
void sg_stop_apply(struct sg_stop *stop);
/* The phase that has to run again, and what else must hold, for one reason of a verdict. */
void sg_stop_for_reason(struct sg_stop *stop, const struct sg_reason *reason);

/* --- phases (reduce_phase.c, reduce_route.c, reduce_verdict.c) --- */
void sg_rx_route(struct sg_rx *rx);
void sg_rx_engine(struct sg_rx *rx);
void sg_rx_role(struct sg_rx *rx);
void sg_rx_pack(struct sg_rx *rx);
void sg_rx_verdict(struct sg_rx *rx);
/* After an adopted change of a STEP that passed: what its gates do not uphold is no PASS. */
void sg_rx_judge_again(struct sg_rx *rx);
/* PATCH_TRACKING of a closing event. */
void sg_rx_patch_tracking(struct sg_rx *rx, const struct sg_patch *patch);
void sg_rx_effect_changelog(struct sg_rx *rx, const struct sg_patch *patch, const char *entry);
/* AWAIT of the phase behind `phase`. */
void sg_rx_await_after(struct sg_rx *rx, const char *phase);
/* A text in the run's arena; "" when memory ran out. */
const char *sg_rx_text(struct sg_rx *rx, const char *format, ...) SG_PRINTF(2, 3);

#endif
