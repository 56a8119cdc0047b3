/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the table in workloads.c is made of. A make_ makes a case and leads it to where the
 * workload begins; it ends the program where that cannot be done (others are in
 * fault/folders.h). An act_ does the work and takes every refusal as it comes: faults are
 * expected, and what was acknowledged is seen elsewhere.
 */
#ifndef TESTS_PROOF_WORK_H
#define TESTS_PROOF_WORK_H

#include "proof.h"

bool try_commit(struct sg_session *s, struct sg_event event);
/* NULL where it cannot be opened. */
struct sg_session *try_open(const struct run_case *c);

void make_begun(struct run_case *c);
void make_by_hand(struct run_case *c);
void make_damaged(struct run_case *c);
void make_engines(struct run_case *c);
void make_nothing_markdown(struct run_case *c);
void make_only_files(struct run_case *c);
void make_poisoned(struct run_case *c);
void make_recording(struct run_case *c);
void make_stopped(struct run_case *c);
void make_to_ctl(struct run_case *c);
void make_to_failure(struct run_case *c);
void make_to_orc(struct run_case *c);
void make_to_pack(struct run_case *c);
void make_to_qa(struct run_case *c);
void make_to_route(struct run_case *c);
void make_to_spc(struct run_case *c);
void make_to_val(struct run_case *c);

void act_adopt(const struct run_case *c);
void act_engines(const struct run_case *c);
void act_engines_left(const struct run_case *c);
void act_go(const struct run_case *c);
void act_init(const struct run_case *c);
void act_next(const struct run_case *c);
void act_no(const struct run_case *c);
void act_poison_folder(const struct run_case *c);
void act_poison_temp(const struct run_case *c);
void act_poison_trace(const struct run_case *c);
void act_program_init(const struct run_case *c);
void act_program_next(const struct run_case *c);
void act_record_start(const struct run_case *c);
void act_record_stop(const struct run_case *c);
void act_restore(const struct run_case *c);
void act_resume(const struct run_case *c);
void act_route(const struct run_case *c);
void act_settle(const struct run_case *c);
void act_settle_in_commit(const struct run_case *c);
void act_step(const struct run_case *c);
void act_stop(const struct run_case *c);
void act_three(const struct run_case *c);
void act_two_writers(const struct run_case *c);
void act_verdict(const struct run_case *c);

#endif
