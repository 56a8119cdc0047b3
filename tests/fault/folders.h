/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Run folders in the states that a command can meet; each ends by case_remove(). */
#ifndef TESTS_FAULT_FOLDERS_H
#define TESTS_FAULT_FOLDERS_H

#include "unit/store/run_case.h"

void folder_nothing(struct run_case *c);  /* empty */
void folder_started(struct run_case *c);  /* STEP 0001 awaits ROUTE */
void folder_markdown(struct run_case *c); /* the same in a Markdown file with words around it */
void folder_val(struct run_case *c);	  /* VAL has begun, its runner is gone */
void folder_tampered(struct run_case *c); /* an edit that may be adopted */
void folder_unreadable(struct run_case *c); /* the manifest is no YAML any more */
void folder_no_trace(struct run_case *c);   /* a manifest without its trace */
/* A verdict with the manifest behind, a torn line behind it, and FINAL.yaml missing. */
void folder_damaged(struct run_case *c);
void folder_poisoned(struct run_case *c); /* the same, and a write was never confirmed */
void folder_passed(struct run_case *c);	  /* PASS, and nothing is wrong */
/* Its last event left the manifest as it was: nothing else shows that its line was synced. */
void folder_unproven(struct run_case *c);
void folder_left(struct run_case *c); /* PASS, and nobody said that he was done */
void folder_init_poisoned(struct run_case *c); /* an init that could not be synced */
void folder_adopted(struct run_case *c);       /* an edit that was adopted */

#endif
