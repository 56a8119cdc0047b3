/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * verify: judges a run by its evidence, offline and read-only: the chain, the replay, the
 * manifest, every hash, and both gates again. Findings are sentences with a place.
 */
#ifndef STEPGATE_STORE_VERIFY_H
#define STEPGATE_STORE_VERIFY_H

#include "store/session.h"

struct sg_verify_finding {
	const char *what; /* "chain", "replay", "manifest", "evidence", "gate", "pack" */
	const char *text; /* file:line: sentence */
};

struct sg_verify {
	struct sg_verify_finding *v; /* in arena */
	size_t n;
	int64_t events; /* checked */
	int64_t files;  /* hashed */
	/* both gates on the rows as they stand, with evidence */
	struct sg_verdict verdict;
	bool has_verdict; /* a STEP with a route is there to be judged */
	/* false: a verdict was recorded, and its STATUS and FAIL_CODE did not come out again */
	bool verdict_matches;
};

/* SG_OK also with findings; SG_STORAGE when something could not be read. */
enum sg_rc sg_verify_run(struct sg_session *s, struct sg_arena *arena, struct sg_verify *ret,
	struct sg_err *err);

#endif
