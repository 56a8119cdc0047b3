/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The data of each event as tables: which member of which struct stands under which key.
 *
 * Private to json*.c and report.c. The encoder (json_event.c) and the decoder
 * (json_event_read.c) walk the same tables, so neither can know a member that the other does
 * not. A table's order is the order of the keys in the trace; changing it makes older traces
 * unreadable.
 */
#ifndef STEPGATE_FORMAT_JSON_SCHEMA_H
#define STEPGATE_FORMAT_JSON_SCHEMA_H

#include "stepgate/event.h"

struct sg_json_type;

/* The spelling of an enum: v[value]. */
struct sg_json_words {
	const char *const *v;
	size_t n;
};

/*
 * What a member is in C -> what stands in JSON. "optional": the key is left out in that case.
 */
enum sg_json_kind {
	SG_JSON_TEXT,     /* const char *; NULL counts as "" */
	SG_JSON_TEXT_OPT, /* const char *; optional when NULL */
	SG_JSON_SHA,      /* const char *: "" or 64 lower-case hex digits */
	SG_JSON_BOOL,     /* bool */
	SG_JSON_INT,      /* int, within lo..hi */
	SG_JSON_I64,      /* int64_t, within lo..hi */
	SG_JSON_SIZE,     /* size_t, within lo..hi */
	SG_JSON_TIME,     /* int64_t ms -> RFC 3339 text */
	SG_JSON_TIME_OPT, /* the same; optional when 0 */
	SG_JSON_WORD,     /* an enum of words */
	SG_JSON_STRS,     /* struct sg_strs -> list of texts */
	SG_JSON_STRS_OPT, /* the same; optional by the bool at flag_offset */
	SG_JSON_OBJECT,   /* a struct -> object; optional when every member is at its zero */
	SG_JSON_GROUP,    /* the same, never optional: several objects over one struct */
	SG_JSON_POINTER,  /* pointer to a struct -> object; optional when NULL */
	SG_JSON_LIST,     /* {const T *v; size_t n;} -> list of objects */
	SG_JSON_MAP, /* the same -> object; T begins with its key, fields[0]: the value */
};

struct sg_json_field {
	const char *key;
	enum sg_json_kind kind;
	size_t offset;
	size_t flag_offset;
	int64_t lo, hi;
	const struct sg_json_type *sub;
	const struct sg_json_words *words;
	bool spare; /* optional when it is at its zero; what came later than the first traces */
};

struct sg_json_type {
	const struct sg_json_field *fields;
	size_t n;
	size_t size_bytes;           /* of the C struct */
	void (*finish)(void *value); /* members that follow from others; NULL: none */
};

/* By enum sg_event_type: the member of struct sg_event's union. */
extern const struct sg_json_type *const sg_json_event_types[SG_EVENT_COUNT];

/* Words that have no list in include/. */
extern const struct sg_json_words sg_json_words_by;
extern const struct sg_json_words sg_json_words_fact_kind;
extern const struct sg_json_words sg_json_words_outcome;

/*
 * Every list struct of event.h, gate.h and route.h looks like this; asserted in json_schema.c.
 */
struct sg_json_span {
	const void *v;
	size_t n;
};

/* Readers of a member without caring for its type: base is the struct, by memcpy. */
const char *sg_json_get_text(const void *base, size_t offset); /* NULL stays NULL */
int64_t sg_json_get_number(const void *base, const struct sg_json_field *field);
unsigned sg_json_get_word(const void *base, size_t offset);
bool sg_json_get_bool(const void *base, size_t offset);
struct sg_json_span sg_json_get_span(const void *base, size_t offset);
const void *sg_json_get_pointer(const void *base, size_t offset);

/* Whether a member has its zero value: "", 0, false, empty, and for objects all of them. */
bool sg_json_is_zero(const void *base, const struct sg_json_field *field);
bool sg_json_all_zero(const void *base, const struct sg_json_type *type);

/* Whether the key of this member is left out for this value. */
bool sg_json_left_out(const void *base, const struct sg_json_field *field);

#endif
