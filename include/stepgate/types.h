/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of stepgate: every enumeration that has a spelling, each as one X-macro list.
 *
 * A list generates the enum, the names, the parser and the count, so that a word exists in one
 * place. The names are the spelling of the manifest, of the trace and of the reports; they are
 * never translated. sg_<enum>_name() never fails for a value of its enum; sg_<enum>_parse()
 * takes the exact spelling, returns false for anything else and leaves *ret untouched.
 *
 * Text is NUL-terminated UTF-8 everywhere. A struct that holds `const char *` borrows it from
 * an arena (struct sg_arena, see base/arena.h) that lives at least as long; NULL is never
 * stored where a text is expected: "" means empty.
 */
#ifndef STEPGATE_TYPES_H
#define STEPGATE_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct sg_arena;
struct sg_err;

/* What a function returns: SG_OK, or a negative class. The sentence is in struct sg_err. */
#define SG_RC_LIST(X)                             \
	X(OK, 0, "ok")                            \
	X(NOMEM, -1, "out of memory")             \
	X(USAGE, -2, "usage")                     \
	X(INPUT, -3, "bad input")                 \
	X(REFUSED, -4, "refused in this state")   \
	X(STORAGE, -5, "storage fault")           \
	X(BROKEN, -6, "broken trace")             \
	X(TAMPERED, -7, "manifest tampered")      \
	X(INTERRUPTED, -8, "interrupted")         \
	X(NOTFOUND, -9, "not found")              \
	X(LIMIT, -10, "over a limit")             \
	X(BUSY, -11, "locked by another process") \
	X(VERDICT, -12, "a verdict that is FAIL")

enum sg_rc {
#define X(id, value, text) SG_##id = (value),
	SG_RC_LIST(X)
#undef X
};

const char *sg_rc_name(enum sg_rc rc);

/* CURRENT_STEP.STEP_STATUS */
#define SG_STEP_STATUS_LIST(X) \
	X(RUNNING, "RUNNING") X(STOP_GAP, "STOP_GAP") X(FAIL, "FAIL") X(PASS, "PASS")

/* ROLE_LEDGER and ENGINE_RUN_LEDGER status. OTHER: read leniently, see status_text. */
#define SG_ROW_STATUS_LIST(X) X(RAN, "ran") X(SKIPPED, "skipped") X(FAILED, "failed")

/* LAST_RESULT.STATUS */
#define SG_RESULT_LIST(X) \
	X(NONE, "NONE") X(PASS, "PASS") X(FAIL, "FAIL") X(STOP_GAP, "STOP_GAP")

/* FAIL_CODE, the most basic cause first: a verdict takes the first that occurs. */
#define SG_CODE_LIST(X)                                 \
	X(NONE, "")                                     \
	X(MARKER_NOT_CONFIRMED, "MARKER_NOT_CONFIRMED") \
	X(ENTRYPOINT_MISSING, "ENTRYPOINT_MISSING")     \
	X(SCOPE_VIOLATION, "SCOPE_VIOLATION")           \
	X(INPUT_ABSENT, "INPUT_ABSENT")                 \
	X(FILE_NOT_FOUND, "FILE_NOT_FOUND")             \
	X(USER_STOP, "USER_STOP")                       \
	X(INTERRUPTED, "INTERRUPTED")

/*
 * The phases, in their order. ROLE stands for CTL, QA and every other role: a phase is named by
 * its text ("CTL"), see sg_phase_parse(), and its kind is one of these.
 */
#define SG_PHASE_LIST(X)                                                              \
	X(OPEN, "OPEN")                                                               \
	X(ROUTE, "ROUTE") X(SPC, "SPC") X(ORC, "ORC") X(ROLE, "ROLE") X(PACK, "PACK") \
		X(VAL, "VAL") X(CLOSE, "CLOSE")

/* How a fact came to be known. CLAIMED: it only stands in the manifest. */
#define SG_PROVENANCE_LIST(X) X(CLAIMED, "CLAIMED") X(MANUAL, "MANUAL") X(OBSERVED, "OBSERVED")

/* How well a run was guarded. Ordered: a greater one is better. */
#define SG_TIER_LIST(X) X(NONE, "none") X(PARTIAL, "partial") X(FULL, "full")

/* Whether the evidence of a row still stands. */
#define SG_FRESH_LIST(X) \
	X(FRESH, "FRESH") X(STALE, "STALE") X(MISSING, "MISSING") X(INCOMPLETE, "INCOMPLETE")

#define SG_CADENCE_LIST(X)       X(PHASE, "phase") X(STEP, "step")
#define SG_EVIDENCE_MODE_LIST(X) X(OBSERVED, "observed") X(MANUAL, "manual")

/* Who caused an event. */
#define SG_BY_LIST(X) X(OPERATOR, "operator") X(RUNNER, "runner") X(RECORDER, "recorder")

/* How a command ended. Only RAN with exit status 0 can count. */
#define SG_CAUSE_LIST(X)                                                \
	X(EXITED, "exited")                                             \
	X(SIGNALLED, "signalled") X(TIMEOUT, "timeout") X(IDLE, "idle") \
		X(CANCELLED, "cancelled") X(NOT_STARTED, "not started")

/* The three values of a plain yes or no that may also be missing or something else. */
enum sg_truth { SG_TRUTH_ABSENT, SG_TRUTH_FALSE, SG_TRUTH_TRUE, SG_TRUTH_OTHER };

#define SG_DECLARE_ENUM(type, TYPE, LIST)                            \
	enum sg_##type{LIST(SG_ENUM_ITEM_##TYPE) SG_##TYPE##_COUNT}; \
	const char *sg_##type##_name(enum sg_##type value);          \
	bool sg_##type##_parse(const char *text, enum sg_##type *ret)

#define SG_ENUM_ITEM_STEP_STATUS(id, text)   SG_STEP_STATUS_##id,
#define SG_ENUM_ITEM_ROW_STATUS(id, text)    SG_ROW_STATUS_##id,
#define SG_ENUM_ITEM_RESULT(id, text)        SG_RESULT_##id,
#define SG_ENUM_ITEM_CODE(id, text)          SG_CODE_##id,
#define SG_ENUM_ITEM_PHASE(id, text)         SG_PHASE_##id,
#define SG_ENUM_ITEM_PROVENANCE(id, text)    SG_PROVENANCE_##id,
#define SG_ENUM_ITEM_TIER(id, text)          SG_TIER_##id,
#define SG_ENUM_ITEM_FRESH(id, text)         SG_FRESH_##id,
#define SG_ENUM_ITEM_CADENCE(id, text)       SG_CADENCE_##id,
#define SG_ENUM_ITEM_EVIDENCE_MODE(id, text) SG_EVIDENCE_MODE_##id,
#define SG_ENUM_ITEM_BY(id, text)            SG_BY_##id,
#define SG_ENUM_ITEM_CAUSE(id, text)         SG_CAUSE_##id,

SG_DECLARE_ENUM(step_status, STEP_STATUS, SG_STEP_STATUS_LIST);
SG_DECLARE_ENUM(row_status, ROW_STATUS, SG_ROW_STATUS_LIST);
SG_DECLARE_ENUM(result, RESULT, SG_RESULT_LIST);
SG_DECLARE_ENUM(code, CODE, SG_CODE_LIST);
SG_DECLARE_ENUM(phase, PHASE, SG_PHASE_LIST);
SG_DECLARE_ENUM(provenance, PROVENANCE, SG_PROVENANCE_LIST);
SG_DECLARE_ENUM(tier, TIER, SG_TIER_LIST);
SG_DECLARE_ENUM(fresh, FRESH, SG_FRESH_LIST);
SG_DECLARE_ENUM(cadence, CADENCE, SG_CADENCE_LIST);
SG_DECLARE_ENUM(evidence_mode, EVIDENCE_MODE, SG_EVIDENCE_MODE_LIST);
SG_DECLARE_ENUM(by, BY, SG_BY_LIST);
SG_DECLARE_ENUM(cause, CAUSE, SG_CAUSE_LIST);

/* A list of texts. v is borrowed, v[0..n-1] are never NULL; an empty list is {NULL, 0}. */
struct sg_strs {
	const char *const *v;
	size_t n;
};

/* Whether a list holds exactly this text. */
bool sg_strs_has(const struct sg_strs *list, const char *text);
/* Whether two lists hold the same texts in the same order. */
bool sg_strs_equal(const struct sg_strs *a, const struct sg_strs *b);

/* A sha256 as 64 lower-case hex digits and NUL. */
#define SG_SHA256_HEX_SIZE 65

#ifdef __cplusplus
}
#endif
#endif
