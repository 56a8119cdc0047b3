/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Lists of names at a million rows: what is there twice, what is there at all.
 *
 * A table costs a cache miss a name, which is more than all the rest of a gate. So names are
 * first noted in a filter of 16 bits or more a name, and only those that may have been seen
 * before (a few in a hundred, by chance) are asked of a table; and a list that follows the
 * order of another, as a ledger follows its plan, is compared with its next name before
 * anything is looked up. Before all that each name is compared with the one before: where they
 * ascend, as numbered engines do, none is there twice. All of it only saves time: whatever the
 * keys are, the answers are exact and the cost is linear.
 */
#include "core/gate_internal.h"

#include <stdlib.h>
#include <string.h>

/* Below this many names a filter is not worth its memory. */
#define FILTER_LEAST ((size_t)256)

struct filter {
	uint64_t *once; /* a bit that some name has set; NULL: no filter, all may be repeated */
	uint64_t *twice; /* a bit that two names have met at */
	uint64_t mask;   /* of bits */
};

static void filter_release(struct filter *f)
{
	free(f->once);
	free(f->twice);
}

static bool filter_init(struct filter *f, size_t n)
{
	*f = (struct filter){NULL, NULL, 0};
	if (n < FILTER_LEAST)
		return true;
	size_t words = 64;
	while (words < n / 4)
		words *= 2;
	f->once = calloc(words, sizeof(*f->once));
	f->twice = calloc(words, sizeof(*f->twice));
	f->mask = (uint64_t)words * 64 - 1;
	return f->once && f->twice;
}

/* Not seeded: keys that are made to meet here only take the way of the table. */
static uint64_t hash_name(const char *name)
{
	const size_t length = strlen(name);
	uint64_t h = length;
	size_t at = 0;

	for (; at + 8 <= length; at += 8) {
		uint64_t word;
		memcpy(&word, name + at, 8);
		h = (h ^ word) * 0x9FB21C651E98DF25u;
		h ^= h >> 32;
	}
	uint64_t word = 0;
	memcpy(&word, name + at, length - at);
	h = (h ^ word) * 0x9FB21C651E98DF25u;
	return h ^ (h >> 29);
}

static void filter_note(struct filter *f, const char *name)
{
	if (!f->once)
		return;
	const uint64_t bit = hash_name(name) & f->mask;
	const uint64_t one = (uint64_t)1 << (bit & 63);
	if (f->once[bit >> 6] & one)
		f->twice[bit >> 6] |= one;
	f->once[bit >> 6] |= one;
}

/* False: this name was noted once at most. */
static bool filter_may_repeat(const struct filter *f, const char *name)
{
	if (!f->once)
		return true;
	const uint64_t bit = hash_name(name) & f->mask;
	return f->twice[bit >> 6] >> (bit & 63) & 1;
}

static const char *key_of(const char *name, bool bare)
{
	return bare ? sg_key_bare(name) : name;
}

/*
 * Whether b[i] is the next name of a, as it is all along where a route repeats its plan; *next
 * is the place in a and steps on.
 */
static bool follows(const struct sg_strs *a, size_t *next, const char *name, bool bare)
{
	if (*next >= a->n || strcmp(key_of(a->v[*next], bare), key_of(name, bare)) != 0)
		return false;
	(*next)++;
	return true;
}

static bool ascends(const struct sg_strs *list, bool bare)
{
	for (size_t i = 1; i < list->n; i++)
		if (strcmp(key_of(list->v[i - 1], bare), key_of(list->v[i], bare)) >= 0)
			return false;
	return true;
}

struct once {
	struct filter filter;
	struct sg_table seen;
	const char **v;
	size_t n;
	bool bare;
};

static void once_add(struct once *o, const char *name)
{
	const char *key = key_of(name, o->bare);

	if (filter_may_repeat(&o->filter, key) &&
		sg_table_put(&o->seen, key, 0) != SG_TABLE_NONE)
		return;
	o->v[o->n++] = name;
}

static void once_fill(struct once *o, const struct sg_strs *a, const struct sg_strs *b)
{
	size_t next = 0;

	for (size_t i = 0; i < a->n; i++)
		filter_note(&o->filter, key_of(a->v[i], o->bare));
	for (size_t i = 0; i < b->n; i++) {
		if (!follows(a, &next, b->v[i], o->bare))
			filter_note(&o->filter, key_of(b->v[i], o->bare));
	}
	next = 0;
	for (size_t i = 0; i < a->n; i++)
		once_add(o, a->v[i]);
	for (size_t i = 0; i < b->n; i++) {
		if (!follows(a, &next, b->v[i], o->bare))
			once_add(o, b->v[i]);
	}
}

/* Of two lists that ascend: those of b that are not in a go behind those of a. */
static void once_merge(struct once *o, const struct sg_strs *a, const struct sg_strs *b)
{
	size_t next = 0;

	if (a->n > 0)
		memcpy((void *)o->v, (const void *)a->v, a->n * sizeof(*a->v));
	o->n = a->n;
	for (size_t i = 0; i < b->n; i++) {
		const char *key = key_of(b->v[i], o->bare);
		int order = 1;
		while (next < a->n && (order = strcmp(key_of(a->v[next], o->bare), key)) < 0)
			next++;
		if (next == a->n || order > 0)
			o->v[o->n++] = b->v[i];
	}
}

bool sg_names_once(struct sg_arena *arena, const struct sg_strs *a, const struct sg_strs *b,
	bool bare, struct sg_strs *ret)
{
	const struct sg_strs none = {NULL, 0};
	const struct sg_strs first = a ? *a : none;
	const struct sg_strs second = b ? *b : none;
	const size_t most = first.n + second.n;
	struct once o = {.seen = SG_TABLE_INIT, .bare = bare};

	if (most == 0) {
		*ret = none;
		return true;
	}
	o.v = sg_arena_array(arena, most, sizeof(*o.v));
	bool done = o.v != NULL;
	if (done && ascends(&first, bare) && ascends(&second, bare)) {
		once_merge(&o, &first, &second);
	} else if (done) {
		done = filter_init(&o.filter, most);
		if (done)
			once_fill(&o, &first, &second);
		done = done && !o.seen.failed;
	}
	filter_release(&o.filter);
	sg_table_release(&o.seen);
	/* only now: ret may be one of the lists */
	if (done)
		*ret = (struct sg_strs){o.v, o.n};
	return done;
}

static bool rows_ascend(const struct sg_engine_rows *entries)
{
	for (size_t i = 1; i < entries->n; i++)
		if (strcmp(sg_key_bare(entries->v[i - 1].eng_key),
			    sg_key_bare(entries->v[i].eng_key)) >= 0)
			return false;
	return true;
}

bool sg_names_superseded(const struct sg_engine_rows *entries, unsigned char **ret_flags)
{
	struct filter filter;
	struct sg_table seen = SG_TABLE_INIT;
	unsigned char *flags = NULL;

	*ret_flags = NULL;
	if (rows_ascend(entries))
		return true;
	bool done = filter_init(&filter, entries->n);

	for (size_t i = 0; done && i < entries->n; i++)
		filter_note(&filter, sg_key_bare(entries->v[i].eng_key));
	for (size_t i = 0; done && i < entries->n; i++) {
		const char *key = sg_key_bare(entries->v[i].eng_key);
		const size_t old = filter_may_repeat(&filter, key) ? sg_table_put(&seen, key, i)
								   : SG_TABLE_NONE;
		if (old == SG_TABLE_NONE)
			continue;
		if (!flags)
			flags = calloc(entries->n, 1);
		if (flags)
			flags[old] = 1;
		done = flags != NULL;
	}
	done = done && !seen.failed;
	filter_release(&filter);
	sg_table_release(&seen);
	*ret_flags = flags;
	return done;
}

void sg_names_finder_init(struct sg_names_finder *f, const struct sg_strs *names, bool bare)
{
	*f = (struct sg_names_finder){.names = names, .bare = bare};
}

/* Only a row out of order needs the table; from then on it is there for all of them. */
static void finder_fill(struct sg_names_finder *f)
{
	sg_table_reserve(&f->table, f->names->n);
	for (size_t i = 0; i < f->names->n; i++)
		sg_table_put(&f->table, key_of(f->names->v[i], f->bare), i);
	f->filled = true;
}

size_t sg_names_find(struct sg_names_finder *f, const char *name)
{
	size_t at = f->next;

	if (f->names->n == 0)
		return SG_TABLE_NONE;
	if (follows(f->names, &f->next, name, f->bare))
		return at;
	if (!f->filled)
		finder_fill(f);
	at = sg_table_get(&f->table, key_of(name, f->bare));
	if (at != SG_TABLE_NONE)
		f->next = at + 1;
	return at;
}

bool sg_names_finder_release(struct sg_names_finder *f)
{
	const bool done = !f->table.failed;

	sg_table_release(&f->table);
	return done;
}
