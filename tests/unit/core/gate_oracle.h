/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A second reading of the gates' tables, for tests: slow, plain, and sharing no code with the
 * gates.
 *
 * It was written from the tables before the gates were. gate_oracle_judge() and
 * gate_verdict_text() give the same text where both agree: code, the three passes, each
 * reason with its fix, FAIL_REASONS, FIX_LIST, all summaries, the tallies and what was not
 * checked, a line each. The caller frees what they return.
 */
#ifndef STEPGATE_TEST_GATE_ORACLE_H
#define STEPGATE_TEST_GATE_ORACLE_H

#include "stepgate/gate.h"

char *gate_oracle_judge(const struct sg_gate_input *in);
/* How many shadows an input that passes has, and how many of them the oracle fails. */
void gate_oracle_shadows(const struct sg_gate_input *in, int *ret_of, int *ret_red);
char *gate_verdict_text(const struct sg_verdict *v);

/*
 * Fills *in with a pseudo-random input that is a function of seed alone. All of it is static
 * or in *room and valid until the next call. Many inputs are sound, most are one to four
 * changes away from sound, some are noise.
 */
struct gate_room;
struct gate_room *gate_room_new(void);
void gate_room_free(struct gate_room *room);
void gate_random_input(struct gate_room *room, uint64_t seed, struct sg_gate_input *in);

#endif
