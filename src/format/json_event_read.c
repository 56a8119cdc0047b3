/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The trace line, read: jansson's tree -> struct sg_event, in one walk in step with the tables.
 *
 * jansson gives the keys of an object in the order of the text, so each key is compared with
 * the one the table expects next, and never looked up. What jansson itself refuses: invalid
 * UTF-8, \u0000, equal keys, numbers beyond 64 bits, nesting beyond 2048, text behind the
 * object.
 */
#include "format/json.h"

#include <jansson.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/hash.h"
#include "format/json_schema.h"
#include "stepgate/trace.h"

#define NO_INDEX  SIZE_MAX
#define PATH_SIZE 256

/* Where the walk is, for the sentence of an error: a chain on the stack, printed only then. */
struct where {
	const struct where *up;
	const char *key;
	size_t index;
};

struct decoder {
	struct sg_arena *arena;
	struct sg_err *err;
	enum sg_rc rc;
};

static bool read_members(struct decoder *d, json_t *object, void **iter, void *base,
	const struct sg_json_type *type, const struct where *up);
static bool read_value(struct decoder *d, const json_t *json, void *base,
	const struct sg_json_field *f, const struct where *at);

static void print_where(const struct where *at, struct sg_strbuf *out)
{
	if (at->up)
		print_where(at->up, out);
	if (at->index != NO_INDEX)
		sg_strbuf_addf(out, "[%zu]", at->index);
	else if (*at->key)
		sg_strbuf_addf(out, "%s%s", out->n_bytes ? "." : "", at->key);
}

static bool wrong(
	struct decoder *d, const struct where *at, const char *expected, const char *found)
{
	struct sg_strbuf path = SG_STRBUF_INIT;

	print_where(at, &path);
	d->rc = sg_err_set(d->err, SG_BROKEN,
		"cannot read the trace line: %.*s: expected %s, found %.80s", PATH_SIZE,
		path.bytes, expected, found);
	sg_strbuf_release(&path);
	return false;
}

static bool no_memory(struct decoder *d)
{
	d->rc = sg_err_set(d->err, SG_NOMEM, "cannot read the trace line: out of memory");
	return false;
}

static const char *type_name(const json_t *json)
{
	static const char *const names[] = {[JSON_OBJECT] = "an object",
		[JSON_ARRAY] = "a list",
		[JSON_STRING] = "a text",
		[JSON_INTEGER] = "an integer",
		[JSON_REAL] = "a real number",
		[JSON_TRUE] = "true",
		[JSON_FALSE] = "false",
		[JSON_NULL] = "null"};

	return json ? names[json_typeof(json)] : "nothing";
}

/* Stores into a member whose own type is not known here; see json_member.c. */
static void put(void *base, size_t offset, const void *value, size_t n_bytes)
{
	memcpy((char *)base + offset, value, n_bytes);
}

static bool read_text(
	struct decoder *d, const json_t *json, const char **ret, const struct where *at)
{
	if (!json_is_string(json))
		return wrong(d, at, "a text", type_name(json));
	const size_t n = json_string_length(json);
	*ret = n ? sg_arena_strn(d->arena, json_string_value(json), n) : "";
	return *ret ? true : no_memory(d);
}

static bool read_digest(struct decoder *d, const json_t *json, bool optional, const char **ret,
	const struct where *at)
{
	if (!read_text(d, json, ret, at))
		return false;
	if ((optional && !**ret) || sg_sha256_is_hex(*ret))
		return true;
	return wrong(d, at, "a sha256 in lower-case hex digits", *ret);
}

static bool read_integer(struct decoder *d, const json_t *json, int64_t lo, int64_t hi,
	int64_t *ret, const struct where *at)
{
	if (!json_is_integer(json))
		return wrong(d, at, "an integer", type_name(json));
	const int64_t value = json_integer_value(json);
	if (value < lo || value > hi)
		return wrong(d, at, "an integer within its range",
			value < lo ? "a lesser one" : "a greater one");
	*ret = value;
	return true;
}

static bool read_time(
	struct decoder *d, const json_t *json, int64_t *ret, const struct where *at)
{
	if (!json_is_string(json))
		return wrong(d, at, "a time", type_name(json));
	if (!sg_time_parse(json_string_value(json), ret))
		return wrong(
			d, at, "a time like 2026-01-31T12:34:56.789Z", json_string_value(json));
	return true;
}

static bool read_word(struct decoder *d, const json_t *json, const struct sg_json_words *words,
	unsigned *ret, const struct where *at)
{
	if (!json_is_string(json))
		return wrong(d, at, "a word", type_name(json));
	for (size_t i = 0; i < words->n; i++)
		if (strcmp(words->v[i], json_string_value(json)) == 0) {
			*ret = (unsigned)i;
			return true;
		}
	return wrong(d, at, "a word of its list", json_string_value(json));
}

/* The elements of a list or map: n zeroed structs, or NULL for none. */
static bool make_array(struct decoder *d, size_t n, size_t size_bytes, char **ret)
{
	*ret = n ? sg_arena_array(d->arena, n, size_bytes) : NULL;
	return *ret || n == 0 ? true : no_memory(d);
}

static bool read_strs(
	struct decoder *d, const json_t *json, struct sg_json_span *ret, const struct where *up)
{
	struct where at = {up, "", 0};

	if (!json_is_array(json))
		return wrong(d, up, "a list", type_name(json));
	const size_t n = json_array_size(json);
	const char **v = n ? sg_arena_array(d->arena, n, sizeof(*v)) : NULL;
	if (n && !v)
		return no_memory(d);
	for (at.index = 0; at.index < n; at.index++)
		if (!read_text(d, json_array_get(json, at.index), &v[at.index], &at))
			return false;
	*ret = (struct sg_json_span){v, n};
	return true;
}

static bool read_object(struct decoder *d, const json_t *json, void *base,
	const struct sg_json_type *type, const struct where *at)
{
	if (!json_is_object(json))
		return wrong(d, at, "an object", type_name(json));
	/* jansson's iterators are not const-correct; nothing is changed through this. */
	json_t *object;
	memcpy(&object, &json, sizeof(object));
	void *iter = json_object_iter(object);
	if (!read_members(d, object, &iter, base, type, at))
		return false;
	if (iter)
		return wrong(d, at, "no further key", json_object_iter_key(iter));
	if (type->finish)
		type->finish(base);
	return true;
}

static bool read_list(struct decoder *d, const json_t *json, const struct sg_json_type *type,
	struct sg_json_span *ret, const struct where *up)
{
	struct where at = {up, "", 0};
	char *v;

	if (!json_is_array(json))
		return wrong(d, up, "a list", type_name(json));
	const size_t n = json_array_size(json);
	if (!make_array(d, n, type->size_bytes, &v))
		return false;
	for (at.index = 0; at.index < n; at.index++) {
		void *element = v + at.index * type->size_bytes;
		if (!read_object(d, json_array_get(json, at.index), element, type, &at))
			return false;
	}
	*ret = (struct sg_json_span){v, n};
	return true;
}

static bool read_map(struct decoder *d, const json_t *json, const struct sg_json_type *type,
	struct sg_json_span *ret, const struct where *up)
{
	char *v;

	if (!json_is_object(json))
		return wrong(d, up, "an object", type_name(json));
	json_t *object;
	memcpy(&object, &json, sizeof(object));
	const size_t n = json_object_size(json);
	if (!make_array(d, n, type->size_bytes, &v))
		return false;
	void *iter = json_object_iter(object);
	for (char *element = v; iter; element += type->size_bytes) {
		const struct where at = {up, json_object_iter_key(iter), NO_INDEX};
		const char *key = sg_arena_str(d->arena, at.key);
		if (!key)
			return no_memory(d);
		put(element, 0, &key, sizeof(key));
		if (!read_value(
			    d, json_object_iter_value(iter), element, &type->fields[0], &at))
			return false;
		iter = json_object_iter_next(object, iter);
	}
	*ret = (struct sg_json_span){v, n};
	return true;
}

static bool read_pointer(struct decoder *d, const json_t *json, void *base,
	const struct sg_json_field *f, const struct where *at)
{
	void *made = sg_arena_alloc(d->arena, f->sub->size_bytes);

	if (!made)
		return no_memory(d);
	if (!read_object(d, json, made, f->sub, at))
		return false;
	put(base, f->offset, &made, sizeof(made));
	return true;
}

static bool read_number(struct decoder *d, const json_t *json, void *base,
	const struct sg_json_field *f, const struct where *at)
{
	int64_t value;

	if (!read_integer(d, json, f->lo, f->hi, &value, at))
		return false;
	if (f->kind == SG_JSON_INT) {
		const int narrow = (int)value;
		put(base, f->offset, &narrow, sizeof(narrow));
	} else if (f->kind == SG_JSON_SIZE) {
		const size_t wide = (size_t)value;
		put(base, f->offset, &wide, sizeof(wide));
	} else {
		put(base, f->offset, &value, sizeof(value));
	}
	return true;
}

static bool read_scalar(struct decoder *d, const json_t *json, void *base,
	const struct sg_json_field *f, const struct where *at)
{
	const char *text;
	int64_t ms;
	unsigned word;

	if (f->kind == SG_JSON_BOOL) {
		const bool value = json_is_true(json);
		if (!json_is_boolean(json))
			return wrong(d, at, "true or false", type_name(json));
		put(base, f->offset, &value, sizeof(value));
		return true;
	}
	if (f->kind == SG_JSON_WORD) {
		if (!read_word(d, json, f->words, &word, at))
			return false;
		put(base, f->offset, &word, sizeof(word));
		return true;
	}
	if (f->kind == SG_JSON_TIME || f->kind == SG_JSON_TIME_OPT) {
		if (!read_time(d, json, &ms, at))
			return false;
		put(base, f->offset, &ms, sizeof(ms));
		return true;
	}
	if (f->kind == SG_JSON_SHA ? !read_digest(d, json, true, &text, at)
				   : !read_text(d, json, &text, at))
		return false;
	put(base, f->offset, &text, sizeof(text));
	return true;
}

static bool read_spans(struct decoder *d, const json_t *json, void *base,
	const struct sg_json_field *f, const struct where *at)
{
	struct sg_json_span span = {NULL, 0};
	const bool there = true;
	bool ok;

	if (f->kind == SG_JSON_LIST)
		ok = read_list(d, json, f->sub, &span, at);
	else if (f->kind == SG_JSON_MAP)
		ok = read_map(d, json, f->sub, &span, at);
	else
		ok = read_strs(d, json, &span, at);
	if (f->kind == SG_JSON_STRS_OPT)
		put(base, f->flag_offset, &there, sizeof(there));
	put(base, f->offset, &span, sizeof(span));
	return ok;
}

static bool read_value(struct decoder *d, const json_t *json, void *base,
	const struct sg_json_field *f, const struct where *at)
{
	switch (f->kind) {
	case SG_JSON_TEXT:
	case SG_JSON_TEXT_OPT:
	case SG_JSON_SHA:
	case SG_JSON_BOOL:
	case SG_JSON_TIME:
	case SG_JSON_TIME_OPT:
	case SG_JSON_WORD: return read_scalar(d, json, base, f, at);
	case SG_JSON_INT:
	case SG_JSON_I64:
	case SG_JSON_SIZE: return read_number(d, json, base, f, at);
	case SG_JSON_STRS:
	case SG_JSON_STRS_OPT:
	case SG_JSON_LIST:
	case SG_JSON_MAP: return read_spans(d, json, base, f, at);
	case SG_JSON_OBJECT:
	case SG_JSON_GROUP: return read_object(d, json, (char *)base + f->offset, f->sub, at);
	case SG_JSON_POINTER: return read_pointer(d, json, base, f, at);
	}
	return false;
}

/* base is zeroed memory; only texts need more than that to be the zero that events have. */
static void put_zero(void *base, const struct sg_json_field *f)
{
	static const char *const empty = "";

	if (f->kind == SG_JSON_TEXT || f->kind == SG_JSON_SHA)
		put(base, f->offset, &empty, sizeof(empty));
	if (f->kind == SG_JSON_OBJECT)
		for (size_t i = 0; i < f->sub->n; i++)
			put_zero((char *)base + f->offset, &f->sub->fields[i]);
}

/* Reads the members of type from *iter on, which is left at the first key behind them. */
static bool read_members(struct decoder *d, json_t *object, void **iter, void *base,
	const struct sg_json_type *type, const struct where *up)
{
	for (size_t i = 0; i < type->n; i++) {
		const struct sg_json_field *f = &type->fields[i];
		const struct where at = {up, f->key, NO_INDEX};
		const char *key = *iter ? json_object_iter_key(*iter) : NULL;

		if (!key || strcmp(key, f->key) != 0) {
			/* base still holds zeros here: "left out" means "may be absent". */
			if (!sg_json_left_out(base, f))
				return wrong(d, &at, "this key here", key ? key : "no key");
			put_zero(base, f);
			continue;
		}
		if (!read_value(d, json_object_iter_value(*iter), base, f, &at))
			return false;
		if (sg_json_left_out(base, f))
			return wrong(d, &at, "no key that says nothing", "one");
		*iter = json_object_iter_next(object, *iter);
	}
	return true;
}

static bool read_data(
	struct decoder *d, json_t *data, struct sg_event *ret, const struct where *at)
{
	const struct where tty_at = {at, "tty", NO_INDEX};
	const struct where manifest_at = {at, "manifest", NO_INDEX};
	const char *key;

	if (!json_is_object(data))
		return wrong(d, at, "an object", type_name(data));
	void *iter = json_object_iter(data);
	if (!read_members(d, data, &iter, &ret->u, sg_json_event_types[ret->type], at))
		return false;
	key = iter ? json_object_iter_key(iter) : "";
	if (strcmp(key, "tty") == 0) {
		if (!json_is_true(json_object_iter_value(iter)))
			return wrong(
				d, &tty_at, "true", type_name(json_object_iter_value(iter)));
		ret->tty = true;
		iter = json_object_iter_next(data, iter);
		key = iter ? json_object_iter_key(iter) : "";
	}
	ret->manifest = "";
	if (sg_event_ends_phase(ret->type)) {
		if (strcmp(key, "manifest") != 0)
			return wrong(d, &manifest_at, "this key here", iter ? key : "no key");
		if (!read_digest(d, json_object_iter_value(iter), false, &ret->manifest,
			    &manifest_at))
			return false;
		iter = json_object_iter_next(data, iter);
	}
	return iter ? wrong(d, at, "no further key", json_object_iter_key(iter)) : true;
}

enum top {
	TOP_SEQ,
	TOP_TIME,
	TOP_EVENT,
	TOP_STEP,
	TOP_ATTEMPT,
	TOP_BY,
	TOP_DATA,
	TOP_PREV,
	TOP_COUNT
};

static bool read_top(struct decoder *d, enum top which, json_t *json, struct sg_event *ret,
	const struct where *at)
{
	int64_t number;
	unsigned word;

	switch (which) {
	case TOP_SEQ: return read_integer(d, json, 1, INT64_MAX, &ret->seq, at);
	case TOP_TIME: return read_time(d, json, &ret->time_ms, at);
	case TOP_EVENT:
		if (!json_is_string(json))
			return wrong(d, at, "a word", type_name(json));
		return sg_event_parse(json_string_value(json), &ret->type)
			       ? true
			       : wrong(d, at, "a known event", json_string_value(json));
	case TOP_STEP: return read_text(d, json, &ret->step, at);
	case TOP_ATTEMPT:
		if (!read_integer(d, json, 0, INT_MAX, &number, at))
			return false;
		ret->attempt = (int)number;
		return true;
	case TOP_BY:
		if (!read_word(d, json, &sg_json_words_by, &word, at))
			return false;
		ret->by = (enum sg_by)word;
		return true;
	case TOP_DATA: return read_data(d, json, ret, at);
	case TOP_PREV: return read_digest(d, json, false, &ret->prev, at);
	case TOP_COUNT: break;
	}
	return false;
}

static bool read_line(struct decoder *d, json_t *root, struct sg_event *ret)
{
	static const char *const keys[TOP_COUNT] = {
		"seq", "time", "event", "step", "attempt", "by", "data", "prev"};
	const struct where line = {NULL, "the line", NO_INDEX};

	if (!json_is_object(root))
		return wrong(d, &line, "an object", type_name(root));
	void *iter = json_object_iter(root);
	for (unsigned i = 0; i < TOP_COUNT; i++) {
		const struct where at = {NULL, keys[i], NO_INDEX};
		const char *key = iter ? json_object_iter_key(iter) : "no key";

		if (!iter || strcmp(key, keys[i]) != 0)
			return wrong(d, &at, "this key here", key);
		if (!read_top(d, (enum top)i, json_object_iter_value(iter), ret, &at))
			return false;
		iter = json_object_iter_next(root, iter);
	}
	return iter ? wrong(d, &line, "no ninth key", json_object_iter_key(iter)) : true;
}

/*
 * Not every lack of memory is said by jansson: its lexer drops the byte that it has no room
 * for, and goes on with what is left. So what it asks for is asked here.
 */
static _Thread_local bool memory_ended;

static void *alloc_or_note(size_t n_bytes)
{
	void *bytes = malloc(n_bytes);

	memory_ended = memory_ended || !bytes;
	return bytes;
}

static json_t *load(const char *line, size_t n_bytes, json_error_t *ret_why)
{
	memory_ended = false;
	json_set_alloc_funcs(alloc_or_note, free);
	json_t *root = json_loadb(line, n_bytes, JSON_REJECT_DUPLICATES, ret_why);
	if (!memory_ended)
		return root;
	json_decref(root);
	return NULL;
}

enum sg_rc sg_event_decode(struct sg_arena *arena, const char *line, size_t n_bytes,
	struct sg_event *ret, struct sg_err *err)
{
	struct decoder d = {.arena = arena, .err = err, .rc = SG_OK};
	struct sg_event event;
	json_error_t why;

	if (n_bytes > SG_TRACE_LINE_MAX)
		return sg_err_set(err, SG_LIMIT,
			"cannot read the trace line: %zu bytes, and it may have %zu", n_bytes,
			SG_TRACE_LINE_MAX);
	json_t *root = load(line, n_bytes, &why);
	if (memory_ended)
		return sg_err_set(err, SG_NOMEM, "cannot read the trace line: out of memory");
	if (!root)
		return sg_err_set(err, SG_BROKEN, "cannot read the trace line: byte %d: %s",
			why.position, why.text);
	memset(&event, 0, sizeof(event));
	if (read_line(&d, root, &event))
		*ret = event;
	json_decref(root);
	return d.rc;
}
