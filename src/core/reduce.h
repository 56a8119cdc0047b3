/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reducer: (run, event) -> new run + effects. Pure, total, deterministic.
 *
 * The old run is left untouched and stays valid; the new one shares what did not change. Texts
 * of the event are copied into arena, so the event may die afterwards. It never refuses: that
 * is lifecycle's part; it fails only for lack of memory (SG_NOMEM).
 *
 * Effects are what has to be done in the world after the commit point. Files that are functions
 * of one event (FINAL.yaml, the CHANGELOG.md entry) come as bytes, so that a recovery can do
 * them again.
 */
#ifndef STEPGATE_CORE_REDUCE_H
#define STEPGATE_CORE_REDUCE_H

#include "base/arena.h"
#include "core/run.h"

enum sg_effect_kind {
	SG_EFFECT_RUN_PHASE, /* BEGIN: run run.phase now */
	SG_EFFECT_FINAL,     /* PASS: pack folder's FINAL.yaml; file.path says where */
	SG_EFFECT_CHANGELOG, /* an entry; change_id is its key */
};

struct sg_effect {
	enum sg_effect_kind kind;
	const char *path;      /* FINAL: relative to the manifest's folder */
	const char *change_id; /* CHANGELOG */
	const char *bytes;     /* text to write; NUL-terminated */
};

#define SG_EFFECT_MAX 4

struct sg_effects {
	struct sg_effect v[SG_EFFECT_MAX];
	size_t n;
};

enum sg_rc sg_reduce(struct sg_arena *arena, const struct sg_run *old,
	const struct sg_event *event, struct sg_run *ret_new, struct sg_effects *ret_effects);

#endif
