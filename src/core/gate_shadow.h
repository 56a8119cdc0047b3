/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trial of the gates on shadows of their input (struct sg_shadows in stepgate/gate.h says
 * which); private to verdict.c and to the tests.
 *
 * A row is taken away by taking its name: a row without one is none to the gates, which know
 * nothing of shadows. The ledgers are copied once, each shadow is made and undone in place.
 */
#ifndef STEPGATE_CORE_GATE_SHADOW_H
#define STEPGATE_CORE_GATE_SHADOW_H

#include "base/arena.h"
#include "stepgate/gate.h"

/*
 * A gate on trial: whether it passes the shadow, which is borrowed for the call; what it
 * allocates in the arena is dropped behind it. SG_NOMEM ends the trial.
 */
typedef enum sg_rc (*sg_shadow_judge)(void *ctx, struct sg_arena *arena,
	const struct sg_gate_input *shadow, bool *ret_pass);

/*
 * Tries a gate on the shadows of an input that it passes. judge NULL: both gates. Those are
 * asked only what depends on the entry that was taken, and all of it again should they miss
 * it, so that a ledger of a thousand engines costs a thousand short looks. green lives in the
 * arena. SG_NOMEM: nothing was found out.
 */
enum sg_rc sg_gate_shadows(struct sg_arena *arena, const struct sg_gate_input *input,
	sg_shadow_judge judge, void *ctx, struct sg_shadows *ret);

#endif
