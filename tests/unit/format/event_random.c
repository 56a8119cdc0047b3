/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See event_random.h. */
#include "unit/format/event_random.h"

#include <string.h>

#include "base/attr.h"

#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

size_t event_random_below(struct event_random *random, size_t n)
{
	/* xorshift64*: Vigna, 2014 */
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return (size_t)((random->state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static const char *some_text(struct event_random *r)
{
	static const char *const texts[] = {"", "", "SPC", "KEY:ENG.TEXT.TOC", "го",
		"a \"quoted\" \\ text", "two\nlines\ttab\r", "\x01\x1f\x7f\b\f\v\033[31m",
		"\xe2\x80\xa8\xe2\x80\xa9", "\xf0\x9f\x98\x80",
		"\xef\xbf\xbe\xef\xbf\xbf\xf4\x8f\xbf\xbf", "/", "</script>", "{\"seq\":1}",
		"\xc2\x85\xc2\xa0"};
	const size_t i = event_random_below(r, SG_ARRAY_SIZE(texts) + 1);

	return i < SG_ARRAY_SIZE(texts)
		       ? texts[i]
		       : sg_arena_printf(r->arena, "%zu", event_random_below(r, 1000000));
}

static void put(void *base, size_t offset, const void *value, size_t n_bytes)
{
	memcpy((char *)base + offset, value, n_bytes);
}

static void fill(struct event_random *r, void *base, const struct sg_json_type *type);
static void fill_one(struct event_random *r, void *base, const struct sg_json_field *f);

static int64_t some_number(struct event_random *r, int64_t lo, int64_t hi)
{
	switch (event_random_below(r, 4)) {
	case 0: return lo;
	case 1: return hi;
	case 2: return lo > 0 ? lo : 0;
	default: return lo + (int64_t)event_random_below(r, 60); /* every range here is wider */
	}
}

static void fill_number(struct event_random *r, void *base, const struct sg_json_field *f)
{
	const int64_t value = some_number(r, f->lo, f->hi);
	const int narrow = (int)value;
	const size_t wide = (size_t)value;

	if (f->kind == SG_JSON_INT)
		put(base, f->offset, &narrow, sizeof(narrow));
	else if (f->kind == SG_JSON_SIZE)
		put(base, f->offset, &wide, sizeof(wide));
	else
		put(base, f->offset, &value, sizeof(value));
}

static void fill_strs(struct event_random *r, void *base, size_t offset)
{
	const size_t n = event_random_below(r, 4);
	const char **v = sg_arena_array(r->arena, n + 1, sizeof(*v));
	const struct sg_json_span span = {n ? v : NULL, n};

	for (size_t i = 0; i < n; i++)
		v[i] = some_text(r);
	put(base, offset, &span, sizeof(span));
}

static void fill_list(struct event_random *r, void *base, const struct sg_json_field *f)
{
	const size_t n = event_random_below(r, 4);
	char *v = sg_arena_array(r->arena, n + 1, f->sub->size_bytes);
	const struct sg_json_span span = {n ? v : NULL, n};

	for (size_t i = 0; i < n; i++) {
		char *element = v + i * f->sub->size_bytes;
		if (f->kind == SG_JSON_LIST) {
			fill(r, element, f->sub);
			continue;
		}
		const char *key = sg_arena_printf(r->arena, "%zu%s", i, some_text(r));
		put(element, 0, &key, sizeof(key));
		fill_one(r, element, &f->sub->fields[0]);
	}
	put(base, f->offset, &span, sizeof(span));
}

static void fill_one(struct event_random *r, void *base, const struct sg_json_field *f)
{
	const bool flag = event_random_below(r, 2) == 1;
	const char *text = some_text(r);
	const int64_t ms = (int64_t)event_random_below(r, 2000000000) * 900;
	const unsigned word = f->words ? (unsigned)event_random_below(r, f->words->n) : 0;

	switch (f->kind) {
	case SG_JSON_TEXT_OPT:
		if (!flag)
			return;
		__attribute__((fallthrough));
	case SG_JSON_TEXT: put(base, f->offset, &text, sizeof(text)); return;
	case SG_JSON_SHA:
		text = flag ? DIGEST : "";
		put(base, f->offset, &text, sizeof(text));
		return;
	case SG_JSON_BOOL: put(base, f->offset, &flag, sizeof(flag)); return;
	case SG_JSON_INT:
	case SG_JSON_I64:
	case SG_JSON_SIZE: fill_number(r, base, f); return;
	case SG_JSON_TIME_OPT:
	case SG_JSON_TIME: put(base, f->offset, &ms, sizeof(ms)); return;
	case SG_JSON_WORD: put(base, f->offset, &word, sizeof(word)); return;
	case SG_JSON_STRS_OPT:
		put(base, f->flag_offset, &flag, sizeof(flag));
		if (!flag)
			return;
		__attribute__((fallthrough));
	case SG_JSON_STRS: fill_strs(r, base, f->offset); return;
	case SG_JSON_OBJECT:
		if (flag)
			fill(r, (char *)base + f->offset, f->sub);
		return;
	case SG_JSON_GROUP: fill(r, (char *)base + f->offset, f->sub); return;
	case SG_JSON_LIST:
	case SG_JSON_MAP: fill_list(r, base, f); return;
	case SG_JSON_POINTER:
		if (flag) {
			void *made = sg_arena_alloc(r->arena, f->sub->size_bytes);
			fill(r, made, f->sub);
			put(base, f->offset, &made, sizeof(made));
		}
		return;
	}
}

static void fill(struct event_random *r, void *base, const struct sg_json_type *type)
{
	for (size_t i = 0; i < type->n; i++)
		fill_one(r, base, &type->fields[i]);
	if (type->finish)
		type->finish(base);
}

void event_random_make(struct event_random *r, enum sg_event_type type, struct sg_event *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->seq = 1 + (int64_t)event_random_below(r, 1000);
	ret->time_ms = (int64_t)event_random_below(r, 2000000000) * 1000 + 7;
	ret->type = type;
	ret->step = some_text(r);
	ret->attempt = (int)event_random_below(r, 5);
	ret->by = (enum sg_by)event_random_below(r, SG_BY_COUNT);
	ret->tty = event_random_below(r, 2) == 1;
	ret->prev = DIGEST;
	ret->manifest = sg_event_ends_phase(type) ? DIGEST : "";
	fill(r, &ret->u, sg_json_event_types[type]);
}

static bool same_text(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "") == 0;
}

static bool same(const void *a, const void *b, const struct sg_json_type *type);

static bool same_strs(const void *a, const void *b, size_t offset)
{
	const struct sg_json_span sa = sg_json_get_span(a, offset);
	const struct sg_json_span sb = sg_json_get_span(b, offset);
	const char *const *ta = sa.v, *const *tb = sb.v;
	bool equal = sa.n == sb.n;

	for (size_t i = 0; equal && i < sa.n; i++)
		equal = same_text(ta[i], tb[i]);
	return equal;
}

static bool same_list(const void *a, const void *b, const struct sg_json_field *f)
{
	const struct sg_json_span sa = sg_json_get_span(a, f->offset);
	const struct sg_json_span sb = sg_json_get_span(b, f->offset);
	bool equal = sa.n == sb.n;

	for (size_t i = 0; equal && i < sa.n; i++) {
		const char *ea = (const char *)sa.v + i * f->sub->size_bytes;
		const char *eb = (const char *)sb.v + i * f->sub->size_bytes;
		equal = same(ea, eb, f->sub);
		if (f->kind == SG_JSON_MAP)
			equal = equal &&
				same_text(sg_json_get_text(ea, 0), sg_json_get_text(eb, 0));
	}
	return equal;
}

static bool same_pointer(const void *a, const void *b, const struct sg_json_field *f)
{
	const void *pa = sg_json_get_pointer(a, f->offset);
	const void *pb = sg_json_get_pointer(b, f->offset);

	return pa && pb ? same(pa, pb, f->sub) : !pa && !pb;
}

static bool same_one(const void *a, const void *b, const struct sg_json_field *f)
{
	bool equal = true;

	switch (f->kind) {
	case SG_JSON_TEXT_OPT:
		equal = !sg_json_get_text(a, f->offset) == !sg_json_get_text(b, f->offset);
		__attribute__((fallthrough));
	case SG_JSON_TEXT:
	case SG_JSON_SHA:
		return equal && same_text(sg_json_get_text(a, f->offset),
					sg_json_get_text(b, f->offset));
	case SG_JSON_BOOL:
		return sg_json_get_bool(a, f->offset) == sg_json_get_bool(b, f->offset);
	case SG_JSON_INT:
	case SG_JSON_I64:
	case SG_JSON_SIZE:
	case SG_JSON_TIME:
	case SG_JSON_TIME_OPT: return sg_json_get_number(a, f) == sg_json_get_number(b, f);
	case SG_JSON_WORD:
		return sg_json_get_word(a, f->offset) == sg_json_get_word(b, f->offset);
	case SG_JSON_STRS_OPT:
		equal = sg_json_get_bool(a, f->flag_offset) ==
			sg_json_get_bool(b, f->flag_offset);
		__attribute__((fallthrough));
	case SG_JSON_STRS: return equal && same_strs(a, b, f->offset);
	case SG_JSON_OBJECT:
	case SG_JSON_GROUP:
		return same((const char *)a + f->offset, (const char *)b + f->offset, f->sub);
	case SG_JSON_POINTER: return same_pointer(a, b, f);
	case SG_JSON_LIST:
	case SG_JSON_MAP: return same_list(a, b, f);
	}
	return false;
}

static bool same(const void *a, const void *b, const struct sg_json_type *type)
{
	for (size_t i = 0; i < type->n; i++)
		if (!same_one(a, b, &type->fields[i]))
			return false;
	return true;
}

bool event_random_equal(const struct sg_event *a, const struct sg_event *b)
{
	return a->seq == b->seq && a->time_ms == b->time_ms && a->type == b->type &&
	       same_text(a->step, b->step) && a->attempt == b->attempt && a->by == b->by &&
	       a->tty == b->tty && same_text(a->prev, b->prev) &&
	       same_text(a->manifest, b->manifest) &&
	       same(&a->u, &b->u, sg_json_event_types[a->type]);
}

static size_t size_of(const struct sg_json_field *f)
{
	switch (f->kind) {
	case SG_JSON_TEXT:
	case SG_JSON_TEXT_OPT:
	case SG_JSON_SHA:
	case SG_JSON_POINTER: return sizeof(void *);
	case SG_JSON_BOOL: return sizeof(bool);
	case SG_JSON_INT: return sizeof(int);
	case SG_JSON_I64:
	case SG_JSON_TIME:
	case SG_JSON_TIME_OPT: return sizeof(int64_t);
	case SG_JSON_SIZE: return sizeof(size_t);
	case SG_JSON_WORD: return sizeof(unsigned);
	case SG_JSON_STRS:
	case SG_JSON_STRS_OPT:
	case SG_JSON_LIST:
	case SG_JSON_MAP: return sizeof(struct sg_json_span);
	case SG_JSON_OBJECT:
	case SG_JSON_GROUP: return 0; /* their own rows say it */
	}
	return 0;
}

/* Marks what the rows of type cover of the struct that begins at covered[0]. */
static void cover(const struct sg_json_type *type, unsigned char *covered)
{
	for (size_t i = 0; i < type->n; i++) {
		const struct sg_json_field *f = &type->fields[i];

		if (f->kind == SG_JSON_OBJECT || f->kind == SG_JSON_GROUP)
			cover(f->sub, covered + f->offset);
		else
			memset(covered + f->offset, 1, size_of(f));
		if (f->kind == SG_JSON_STRS_OPT)
			covered[f->flag_offset] = 1;
	}
}

size_t event_random_uncovered(const struct sg_json_type *type)
{
	unsigned char covered[1024] = {0};
	size_t longest = 0, run = 0;

	cover(type, covered);
	for (size_t i = 0; i < type->size_bytes; i++) {
		run = covered[i] ? 0 : run + 1;
		longest = run > longest ? run : longest;
	}
	for (size_t i = 0; i < type->n; i++) {
		const struct sg_json_field *f = &type->fields[i];
		const bool apart = f->kind == SG_JSON_POINTER || f->kind == SG_JSON_LIST;
		const size_t inner = apart ? event_random_uncovered(f->sub) : 0;
		longest = inner > longest ? inner : longest;
	}
	return longest;
}
