/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * RUNTIME_MANIFEST, the one truth of the current state: its fields, in its order, as values.
 *
 * Source: "08__RUNTIME_MANIFEST", sections STRUCTURE and DEFAULT TEMPLATE. SG_MANIFEST_FIELDS
 * is the only list of the fields: the reader, the writer, the validator and `show` walk the
 * table made from it (sg_manifest_fields), so none of them can know a field that another does
 * not.
 *
 * A manifest is a value: all pointers are borrowed from the arena it was built in, rows may be
 * shared between revisions and are never changed in place. Copying the struct makes a revision
 * that shares its rows; see sg_manifest_rows_* below for changing one.
 */
#ifndef STEPGATE_MANIFEST_H
#define STEPGATE_MANIFEST_H

#include "stepgate/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The seven sections, and the mappings inside them that may carry unknown keys of their own. */
#define SG_MAPPING_LIST(X)                                                               \
	X(SESSION)                                                                       \
	X(CURRENT_STEP) X(ROUTING) X(LEDGERS) X(LAST_RESULT) X(PATCH_TRACKING) X(RESUME) \
		X(ENGINE_RUN_LEDGER) X(RESUME_TARGET) X(ROOT)

enum sg_mapping {
#define X(id) SG_MAPPING_##id,
	SG_MAPPING_LIST(X)
#undef X
		SG_MAPPING_COUNT
};

/*
 * X(section, key, kind, member). Kinds: TEXT const char *; TRUE_ONLY and BOOL bool; LIST struct
 * sg_strs; STEP_STATUS, RESULT their enums; SIGNAL text that must be SG_USER_SIGNAL; ROLES,
 * ENGINES, OUTPUTS the ledgers; TARGET the mapping RESUME_TARGET {FILE, GOAL}.
 */
#define SG_MANIFEST_FIELDS(X)                                                  \
	X(SESSION, SESSION_ID, TEXT, session_id)                               \
	X(SESSION, STARTED_AT, TEXT, started_at)                               \
	X(SESSION, UPDATED_AT, TEXT, updated_at)                               \
	X(SESSION, OWNER, TEXT, owner)                                         \
	X(SESSION, MODE, TEXT, mode)                                           \
	X(CURRENT_STEP, STEP_ID, TEXT, step_id)                                \
	X(CURRENT_STEP, STEP_STATUS, STEP_STATUS, step_status)                 \
	X(CURRENT_STEP, STEP_GOAL, TEXT, step_goal)                            \
	X(CURRENT_STEP, NEXT_SIGNAL_REQUIRED, TRUE_ONLY, next_signal_required) \
	X(CURRENT_STEP, USER_SIGNAL, SIGNAL, user_signal)                      \
	X(CURRENT_STEP, ACTIVE_FOLDER, TEXT, active_folder)                    \
	X(CURRENT_STEP, ACTIVE_FILE, TEXT, active_file)                        \
	X(ROUTING, DOMAIN, TEXT, domain)                                       \
	X(ROUTING, ARTIFACT_TYPE, TEXT, artifact_type)                         \
	X(ROUTING, PROFILE_KEY, TEXT, profile_key)                             \
	X(ROUTING, PIPE_SELECTED, TEXT, pipe_selected)                         \
	X(ROUTING, REQUIRED_IDX, LIST, required_idx)                           \
	X(ROUTING, REQUIRED_ROLES, LIST, required_roles)                       \
	X(ROUTING, REQUIRED_ENG_KEYS, LIST, required_eng_keys)                 \
	X(ROUTING, REQUIRED_KB_KEYS, LIST, required_kb_keys)                   \
	X(ROUTING, REQUIRED_VAL_KEYS, LIST, required_val_keys)                 \
	X(ROUTING, OUTPUT_CONTRACT, LIST, output_contract)                     \
	X(ROUTING, NO_GO_LIST, LIST, no_go_list)                               \
	X(LEDGERS, ROLE_LEDGER, ROLES, roles)                                  \
	X(LEDGERS, ENGINE_RUN_LEDGER, ENGINES, engines)                        \
	X(LEDGERS, OUTPUT_LEDGER, OUTPUTS, outputs)                            \
	X(LAST_RESULT, STATUS, RESULT, result_status)                          \
	X(LAST_RESULT, FAIL_CODE, TEXT, fail_code)                             \
	X(LAST_RESULT, FAIL_REASONS, LIST, fail_reasons)                       \
	X(LAST_RESULT, FIX_LIST, LIST, fix_list)                               \
	X(LAST_RESULT, VAL_REPORT_REF, TEXT, val_report_ref)                   \
	X(LAST_RESULT, PACK_OUTPUT_REF, TEXT, pack_output_ref)                 \
	X(PATCH_TRACKING, LAST_PATCHSET_ID, TEXT, last_patchset_id)            \
	X(PATCH_TRACKING, LAST_FILES_CHANGED, LIST, last_files_changed)        \
	X(PATCH_TRACKING, CHANGELOG_REF, TEXT, changelog_ref)                  \
	X(PATCH_TRACKING, NEXT_POINTER, TEXT, next_pointer)                    \
	X(RESUME, RESUME_TOKEN, TEXT, resume_token)                            \
	X(RESUME, RESUME_ALLOWED, BOOL, resume_allowed)                        \
	X(RESUME, RESUME_REQUIREMENTS, LIST, resume_requirements)              \
	X(RESUME, RESUME_TARGET, TARGET, resume_target)

#define SG_FIELD_KIND_LIST(X)                                                               \
	X(TEXT)                                                                             \
	X(BOOL) X(TRUE_ONLY) X(LIST) X(STEP_STATUS) X(RESULT) X(SIGNAL) X(ROLES) X(ENGINES) \
		X(OUTPUTS) X(TARGET)

enum sg_field_kind {
#define X(id) SG_FIELD_##id,
	SG_FIELD_KIND_LIST(X)
#undef X
		SG_FIELD_KIND_COUNT
};

/* One number a field, for the table and for the lenient reader's findings. */
enum sg_field_id {
#define X(section, key, kind, member) SG_FIELD_ID_##section##_##key,
	SG_MANIFEST_FIELDS(X)
#undef X
		SG_FIELD_ID_COUNT
};

/* The word that advances, and the only value of CURRENT_STEP.USER_SIGNAL: U+0433 U+043E. */
#define SG_USER_SIGNAL "\xd0\xb3\xd0\xbe"

/*
 * status is SG_ROW_STATUS_COUNT where a lenient reader found no word of the set; status_text is
 * always what stood there ("" when absent). extra: the source lines of unknown keys, "" if
 * none, each line indented for its place in the canonical form and ended by a newline.
 */
struct sg_role_row {
	const char *role;
	const char *status_text;
	struct sg_strs outputs_produced;
	const char *notes;
	const char *extra;
	enum sg_row_status status;
};

struct sg_engine_row {
	const char *eng_key;
	const char *status_text;
	struct sg_strs outputs_produced;
	const char *notes;
	const char *extra;
	enum sg_row_status status;
};

struct sg_output_row {
	const char *output;
	const char *source;
	const char *ref;
	const char *extra;
	enum sg_truth present;
};

/*
 * Rows. v[0..n-1] never change once a revision holds them. backing_used belongs to the array
 * that v points into (NULL: not growable): a revision whose n equals *backing_used may append
 * in place, which no earlier revision can see; any other change copies.
 */
struct sg_role_rows {
	const struct sg_role_row *v;
	size_t n;
};

struct sg_engine_rows {
	const struct sg_engine_row *v;
	size_t n;
	size_t capacity;
	size_t *backing_used;
};

struct sg_engine_ledger {
	const char *run_id;
	struct sg_engine_rows entries;
};

struct sg_output_rows {
	const struct sg_output_row *v;
	size_t n;
	size_t capacity;
	size_t *backing_used;
};

struct sg_resume_target {
	const char *file;
	const char *goal;
};

/* What a lenient reader found where a field should be. A strict reader leaves all PRESENT. */
enum sg_shape { SG_SHAPE_PRESENT, SG_SHAPE_ABSENT, SG_SHAPE_WRONG };

struct sg_manifest {
#define SG_MEMBER_TEXT(member)        const char *member;
#define SG_MEMBER_SIGNAL(member)      const char *member;
#define SG_MEMBER_BOOL(member)        bool member;
#define SG_MEMBER_TRUE_ONLY(member)   bool member;
#define SG_MEMBER_LIST(member)        struct sg_strs member;
#define SG_MEMBER_STEP_STATUS(member) enum sg_step_status member;
#define SG_MEMBER_RESULT(member)      enum sg_result member;
#define SG_MEMBER_ROLES(member)       struct sg_role_rows member;
#define SG_MEMBER_ENGINES(member)     struct sg_engine_ledger member;
#define SG_MEMBER_OUTPUTS(member)     struct sg_output_rows member;
#define SG_MEMBER_TARGET(member)      struct sg_resume_target member;
#define X(section, key, kind, member) SG_MEMBER_##kind(member)
	SG_MANIFEST_FIELDS(X)
#undef X
	/* unknown keys of each mapping, as in the rows; "" if none */
	const char *extra[SG_MAPPING_COUNT];
	/* enum sg_shape of each field, by sg_field_id; entries of ENGINE_RUN_LEDGER apart */
	unsigned char shape[SG_FIELD_ID_COUNT];
	unsigned char entries_shape;
};

struct sg_field {
	enum sg_mapping section;
	const char *section_name;
	const char *key;
	enum sg_field_kind kind;
	size_t offset; /* of the member in struct sg_manifest */
};

/* The table made from SG_MANIFEST_FIELDS, SG_FIELD_ID_COUNT rows. */
extern const struct sg_field sg_manifest_fields[SG_FIELD_ID_COUNT];

const char *sg_mapping_name(enum sg_mapping mapping);

/*
 * The DEFAULT TEMPLATE as a value: every text "", every list empty, USER, REPO, RUNNING, NONE.
 */
void sg_manifest_default(struct sg_manifest *ret);

/* The last row of that name, or NULL. Linear; the gates use a table. */
const struct sg_role_row *sg_manifest_role(const struct sg_manifest *m, const char *role);
const struct sg_engine_row *sg_manifest_engine(
	const struct sg_manifest *m, const char *eng_key);
const struct sg_output_row *sg_manifest_output(const struct sg_manifest *m, const char *output);

/* Where a role's row belongs: SPC 0, ORC 1, CTL 2, VAL 3, QA 4, others 5 (as they came). */
int sg_role_rank(const char *role);

/* True if the values of one field are equal, of a ledger those of every row. */
bool sg_manifest_field_equal(
	const struct sg_manifest *a, const struct sg_manifest *b, enum sg_field_id field);

/* True if the unknown lines of every mapping are equal; those of rows belong to the rows. */
bool sg_manifest_extras_equal(const struct sg_manifest *a, const struct sg_manifest *b);

/* True if every field, row and unknown line is equal. */
bool sg_manifest_equal(const struct sg_manifest *a, const struct sg_manifest *b);

#ifdef __cplusplus
}
#endif
#endif
