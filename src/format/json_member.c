/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a member of a struct by its row in the tables of json_schema.h. */
#include "format/json_schema.h"

#include <string.h>

/*
 * memcpy, because the member's own type (an enum, a pointer to some struct) is not known here.
 */
static void fetch(const void *base, size_t offset, void *ret, size_t n_bytes)
{
	memcpy(ret, (const char *)base + offset, n_bytes);
}

const char *sg_json_get_text(const void *base, size_t offset)
{
	const char *text;

	fetch(base, offset, &text, sizeof(text));
	return text;
}

unsigned sg_json_get_word(const void *base, size_t offset)
{
	unsigned word;

	fetch(base, offset, &word, sizeof(word));
	return word;
}

bool sg_json_get_bool(const void *base, size_t offset)
{
	bool value;

	fetch(base, offset, &value, sizeof(value));
	return value;
}

struct sg_json_span sg_json_get_span(const void *base, size_t offset)
{
	struct sg_json_span span;

	fetch(base, offset, &span, sizeof(span));
	return span;
}

const void *sg_json_get_pointer(const void *base, size_t offset)
{
	const void *pointer;

	fetch(base, offset, &pointer, sizeof(pointer));
	return pointer;
}

int64_t sg_json_get_number(const void *base, const struct sg_json_field *field)
{
	if (field->kind == SG_JSON_INT) {
		int value;
		fetch(base, field->offset, &value, sizeof(value));
		return value;
	}
	if (field->kind == SG_JSON_SIZE) {
		size_t value;
		fetch(base, field->offset, &value, sizeof(value));
		return value > (size_t)INT64_MAX ? -1 : (int64_t)value;
	}
	int64_t value;
	fetch(base, field->offset, &value, sizeof(value));
	return value;
}

bool sg_json_is_zero(const void *base, const struct sg_json_field *field)
{
	switch (field->kind) {
	case SG_JSON_TEXT:
	case SG_JSON_SHA: {
		const char *text = sg_json_get_text(base, field->offset);
		return !text || !*text;
	}
	case SG_JSON_TEXT_OPT:
	case SG_JSON_POINTER: return !sg_json_get_pointer(base, field->offset);
	case SG_JSON_BOOL: return !sg_json_get_bool(base, field->offset);
	case SG_JSON_INT:
	case SG_JSON_I64:
	case SG_JSON_SIZE:
	case SG_JSON_TIME:
	case SG_JSON_TIME_OPT: return sg_json_get_number(base, field) == 0;
	case SG_JSON_WORD: return sg_json_get_word(base, field->offset) == 0;
	case SG_JSON_STRS_OPT: return !sg_json_get_bool(base, field->flag_offset);
	case SG_JSON_STRS:
	case SG_JSON_LIST:
	case SG_JSON_MAP: return sg_json_get_span(base, field->offset).n == 0;
	case SG_JSON_OBJECT:
	case SG_JSON_GROUP:
		return sg_json_all_zero((const char *)base + field->offset, field->sub);
	}
	return true;
}

bool sg_json_all_zero(const void *base, const struct sg_json_type *type)
{
	for (size_t i = 0; i < type->n; i++)
		if (!sg_json_is_zero(base, &type->fields[i]))
			return false;
	return true;
}

bool sg_json_left_out(const void *base, const struct sg_json_field *field)
{
	if (field->spare)
		return sg_json_is_zero(base, field);
	switch (field->kind) {
	case SG_JSON_TEXT_OPT:
	case SG_JSON_TIME_OPT:
	case SG_JSON_STRS_OPT:
	case SG_JSON_OBJECT:
	case SG_JSON_POINTER: return sg_json_is_zero(base, field);
	case SG_JSON_TEXT:
	case SG_JSON_SHA:
	case SG_JSON_BOOL:
	case SG_JSON_INT:
	case SG_JSON_I64:
	case SG_JSON_SIZE:
	case SG_JSON_TIME:
	case SG_JSON_WORD:
	case SG_JSON_STRS:
	case SG_JSON_GROUP:
	case SG_JSON_LIST:
	case SG_JSON_MAP: return false;
	}
	return false;
}
