/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what was recorded to the disks that may be found; see record.h for the rules. */
#include <stdlib.h>
#include <string.h>

#include "crash/record.h"

#define COMBINATIONS_MAX 4096 /* of one point; more are sampled */
#define NAMES_MAX	 64
#define CHOICES_MAX	 256
#define FILES_MAX	 64

/*
 * What became of one operation. CUT: the file ends there. THEN: it is as long as it was to be, and the
 * first half of the bytes is there.
 */
enum fate { ABSENT, WHOLE, CUT_512, CUT_4096, CUT_HALF, CUT_LAST, ZERO, GARBAGE,
	THEN_ZERO, THEN_GARBAGE, N_FATES };

/* Of a node with bytes that were not forced: one line of fates for each way it may be found. */
struct choices {
	int node;
	size_t ops[NAMES_MAX]; /* the pending operations */
	size_t n_ops;
	unsigned char fates[CHOICES_MAX][NAMES_MAX];
	size_t n;
	bool is_plain; /* LOCK, RUNNER, HEAD: hints, that no sync forces; varied alone */
};

struct point {
	const struct recording *r;
	size_t at; /* operations before this one have been done */
	unsigned char *fate;
	size_t names[NAMES_MAX]; /* the pending operations on names */
	size_t n_names;
	struct choices *files; /* [FILES_MAX] */
	size_t n_files;
	int64_t acked;
	uint64_t random;
	unsigned seed;
};

static uint64_t next_random(struct point *p)
{
	p->random ^= p->random << 13;
	p->random ^= p->random >> 7;
	p->random ^= p->random << 17;
	return p->random;
}

static bool is_name_op(const struct op *op)
{
	return op->kind == OP_SET || op->kind == OP_DELETE || op->kind == OP_MOVE;
}

/* Whether operation i was forced by one of those before `at`. */
static bool is_forced(const struct recording *r, size_t i, size_t at)
{
	const struct op *op = &r->ops[i];
	bool from = op->kind != OP_MOVE;
	bool to = false;

	if (op->is_base)
		return true;
	for (size_t k = i + 1; k < at; k++) {
		const struct op *sync = &r->ops[k];
		if (sync->kind != OP_SYNC)
			continue;
		if (is_name_op(op)) {
			const int last = op->kind == OP_MOVE ? op->to_dir : op->dir;
			if (sync->failed && (sync->node == last || sync->node == op->dir))
				return false;
			to = to || sync->node == last;
			from = from || sync->node == op->dir;
		} else if (sync->node == op->node) {
			return !sync->failed;
		}
		if (from && to)
			return true;
	}
	return false;
}

/* --- what may have become of a file's bytes --- */

static void add_choice(struct choices *c, const unsigned char *fates)
{
	if (c->n == CHOICES_MAX)
		proof_die("a file has more than %d ways to be found", CHOICES_MAX);
	memcpy(c->fates[c->n++], fates, c->n_ops);
}

static bool fate_differs(const struct op *op, enum fate fate)
{
	switch (fate) {
	case ABSENT:
	case WHOLE: return true;
	case CUT_512: return op->kind == OP_WRITE && op->n_bytes > 512;
	case CUT_4096: return op->kind == OP_WRITE && op->n_bytes > 4096;
	case CUT_HALF:
	case CUT_LAST: return op->kind == OP_WRITE && op->n_bytes > 1;
	case ZERO:
	case GARBAGE: return op->kind == OP_WRITE;
	case THEN_ZERO:
	case THEN_GARBAGE: return op->kind == OP_WRITE && op->n_bytes > 1;
	case N_FATES: break;
	}
	return false;
}

/* In order: each is all there, then one is damaged, what comes behind it is absent. */
static void fill_choices(const struct recording *r, struct choices *c)
{
	unsigned char fates[NAMES_MAX];

	memset(fates, ABSENT, sizeof(fates));
	add_choice(c, fates);
	for (size_t j = 0; j < c->n_ops; j++) {
		for (enum fate fate = WHOLE; fate < N_FATES; fate++) {
			if (!fate_differs(&r->ops[c->ops[j]], fate))
				continue;
			fates[j] = (unsigned char)fate;
			add_choice(c, fates);
		}
		fates[j] = WHOLE;
	}
	/* all but one; the hole is zero */
	for (size_t j = 0; j + 1 < c->n_ops; j++) {
		fates[j] = ABSENT;
		add_choice(c, fates);
		fates[j] = WHOLE;
	}
}

static bool means_nothing(const struct recording *r, int node)
{
	for (size_t i = 0; i < r->n_ops; i++)
		if (r->ops[i].kind == OP_SET && r->ops[i].node == node)
			return strcmp(r->ops[i].name, "LOCK") == 0 ||
			       strcmp(r->ops[i].name, "RUNNER") == 0 ||
			       strcmp(r->ops[i].name, "HEAD") == 0;
	return false;
}

static struct choices *choices_of(struct point *p, int node)
{
	for (size_t i = 0; i < p->n_files; i++)
		if (p->files[i].node == node)
			return &p->files[i];
	if (p->n_files == FILES_MAX)
		proof_die("more than %d files are pending", FILES_MAX);
	struct choices *c = &p->files[p->n_files++];
	c->node = node;
	c->n_ops = 0;
	c->n = 0;
	c->is_plain = means_nothing(p->r, node);
	return c;
}

static void gather(struct point *p)
{
	p->n_names = 0;
	p->n_files = 0;
	p->acked = 0;
	for (size_t i = 0; i < p->at; i++) {
		const struct op *op = &p->r->ops[i];
		p->fate[i] = WHOLE;
		if (op->kind == OP_ACK)
			p->acked = op->acked;
		if (op->kind == OP_ACK || op->kind == OP_SYNC || is_forced(p->r, i, p->at))
			continue;
		if (is_name_op(op)) {
			if (p->n_names == NAMES_MAX)
				proof_die("more than %d names are pending", NAMES_MAX);
			p->names[p->n_names++] = i;
		} else {
			struct choices *c = choices_of(p, op->node);
			if (c->n_ops == NAMES_MAX)
				proof_die("more than %d writes are pending", NAMES_MAX);
			c->ops[c->n_ops++] = i;
		}
	}
	for (size_t i = 0; i < p->n_files; i++)
		fill_choices(p->r, &p->files[i]);
}

/* --- building --- */

struct entry {
	int dir;
	const char *name;
	int node;
};

struct building {
	const struct point *p;
	struct entry *v;
	size_t n;
	struct tree *tree;
};

static void set_name(struct building *b, int dir, const char *name, int node)
{
	for (size_t i = 0; i < b->n; i++)
		if (b->v[i].dir == dir && strcmp(b->v[i].name, name) == 0) {
			b->v[i].node = node;
			return;
		}
	b->v[b->n++] = (struct entry){dir, name, node};
}

static void apply_names(struct building *b)
{
	for (size_t i = 0; i < b->p->at; i++) {
		const struct op *op = &b->p->r->ops[i];
		if (!is_name_op(op) || b->p->fate[i] == ABSENT)
			continue;
		if (op->kind != OP_SET)
			set_name(b, op->dir, op->name, -1);
		if (op->kind == OP_MOVE)
			set_name(b, op->to_dir, op->to_name, op->node);
		else if (op->kind == OP_SET)
			set_name(b, op->dir, op->name, op->node);
	}
}

static size_t kept_bytes(const struct op *op, enum fate fate)
{
	switch (fate) {
	case ABSENT: return 0;
	case CUT_512: return 512;
	case CUT_4096: return 4096;
	case CUT_HALF: return op->n_bytes / 2;
	case CUT_LAST: return op->n_bytes - 1;
	case WHOLE:
	case ZERO:
	case GARBAGE:
	case THEN_ZERO:
	case THEN_GARBAGE:
	case N_FATES: break;
	}
	return op->n_bytes;
}

static void apply_write(struct tree_file *file, const struct op *op, enum fate fate,
	uint64_t random)
{
	const size_t n = kept_bytes(op, fate);

	if (n == 0)
		return;
	if (op->offset + n > file->n_bytes) {
		char *more = proof_alloc(op->offset + n + 1);
		if (file->n_bytes > 0)
			memcpy(more, file->bytes, file->n_bytes);
		free(file->bytes);
		file->bytes = more;
		file->n_bytes = op->offset + n;
	}
	char *at = file->bytes + op->offset;
	size_t good = n;
	if (fate == ZERO || fate == GARBAGE)
		good = 0;
	else if (fate == THEN_ZERO || fate == THEN_GARBAGE)
		good = n / 2;
	memcpy(at, op->bytes, good);
	for (size_t i = good; i < n; i++) {
		random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
		at[i] = (char)(fate == ZERO || fate == THEN_ZERO ? 0 : random >> 56);
	}
}

static void fill_file(const struct point *p, int node, struct tree_file *file)
{
	const struct node *base = &p->r->nodes[node];

	file->n_bytes = base->n_bytes;
	file->bytes = proof_alloc(base->n_bytes + 1);
	if (base->n_bytes > 0)
		memcpy(file->bytes, base->bytes, base->n_bytes);
	for (size_t i = 0; i < p->at; i++) {
		const struct op *op = &p->r->ops[i];
		if (op->node != node || p->fate[i] == ABSENT)
			continue;
		if (op->kind == OP_WRITE)
			apply_write(file, op, p->fate[i], p->seed + i);
		else if (op->kind == OP_CUT && op->offset < file->n_bytes)
			file->n_bytes = op->offset;
	}
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static void build_folder(struct building *b, int dir, const char *prefix)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct entry *e = &b->v[i];
		if (e->dir != dir || e->node < 0)
			continue;
		struct tree *t = b->tree;
		if (t->n == t->capacity)
			proof_die("a state has too many files");
		const struct node *node = &b->p->r->nodes[e->node];
		struct tree_file *file = &t->v[t->n++];
		*file = (struct tree_file){
			.is_dir = node->is_dir, .mode = node->mode, .node = e->node};
		const size_t n = strlen(prefix) + strlen(e->name) + 2;
		file->path = proof_alloc(n);
		(void)snprintf(file->path, n, "%s%s", prefix, e->name);
		if (!node->is_dir) {
			fill_file(b->p, e->node, file);
			continue;
		}
		char deeper[1024];
		(void)snprintf(deeper, sizeof(deeper), "%s/", file->path);
		build_folder(b, e->node, deeper);
	}
}

static void build(const struct point *p, struct tree *ret)
{
	const size_t most = p->r->n_ops + 1;
	struct building b = {
		.p = p, .v = proof_alloc(2 * most * sizeof(struct entry)), .tree = ret};

	*ret = (struct tree){.v = proof_alloc(most * sizeof(*ret->v)), .capacity = most};
	apply_names(&b);
	qsort(b.v, b.n, sizeof(*b.v), by_name);
	build_folder(&b, 0, "");
	free(b.v);
}

void record_whole(const struct recording *r, size_t at, struct tree *ret)
{
	struct point p = {.r = r, .at = at, .fate = proof_alloc(r->n_ops + 1)};

	memset(p.fate, WHOLE, r->n_ops);
	build(&p, ret);
	free(p.fate);
}

/* --- combinations --- */

static void choose(struct point *p, uint64_t names, const size_t *of_file)
{
	for (size_t i = 0; i < p->n_names; i++)
		p->fate[p->names[i]] = names >> i & 1 ? WHOLE : ABSENT;
	for (size_t i = 0; i < p->n_files; i++)
		for (size_t k = 0; k < p->files[i].n_ops; k++)
			p->fate[p->files[i].ops[k]] = p->files[i].fates[of_file[i]][k];
}

static void show(struct point *p, record_visit visit, void *ctx)
{
	struct tree state;

	build(p, &state);
	visit(ctx, &state, p->acked, p->at);
	tree_free(&state);
}

/* Of the file's choices the one where all is there. */
static size_t whole_choice(const struct choices *c)
{
	for (size_t i = c->n; i > 0; i--) {
		bool whole = true;
		for (size_t k = 0; k < c->n_ops; k++)
			whole = whole && c->fates[i - 1][k] == WHOLE;
		if (whole)
			return i - 1;
	}
	return 0;
}

/* How many there are; those of hints are added, not multiplied. */
static uint64_t count_combinations(const struct point *p)
{
	uint64_t n = p->n_names < 20 ? UINT64_C(1) << p->n_names : UINT64_MAX >> 20;

	for (size_t i = 0; i < p->n_files; i++)
		if (!p->files[i].is_plain && n < UINT64_MAX >> 20)
			n *= p->files[i].n;
	return n;
}

/* Combination number `n` of all, as digits of mixed base. */
static void decode(const struct point *p, uint64_t n, uint64_t *ret_names, size_t *ret_of_file)
{
	*ret_names = n & ((UINT64_C(1) << p->n_names) - 1);
	n >>= p->n_names;
	for (size_t i = 0; i < p->n_files; i++) {
		ret_of_file[i] = whole_choice(&p->files[i]);
		if (p->files[i].is_plain)
			continue;
		ret_of_file[i] = n % p->files[i].n;
		n /= p->files[i].n;
	}
}

static void show_all(struct point *p, uint64_t n, record_visit visit, void *ctx)
{
	size_t of_file[FILES_MAX];
	uint64_t names;

	for (uint64_t i = 0; i < n; i++) {
		decode(p, i, &names, of_file);
		choose(p, names, of_file);
		show(p, visit, ctx);
	}
	for (size_t i = 0; i < p->n_files; i++)
		for (size_t k = 0; p->files[i].is_plain && k < p->files[i].n; k++) {
			decode(p, n - 1, &names, of_file);
			of_file[i] = k;
			choose(p, names, of_file);
			show(p, visit, ctx);
		}
}

static void show_some(struct point *p, record_visit visit, void *ctx)
{
	size_t of_file[FILES_MAX];

	for (size_t i = 0; i < COMBINATIONS_MAX; i++) {
		/* all, none, all but one, only one; then as they come */
		uint64_t names = next_random(p);
		if (i < 2 + 2 * p->n_names) {
			const uint64_t one = i < 2 ? 0 : UINT64_C(1) << (i - 2) / 2;
			names = i % 2 ? ~one : one;
		}
		for (size_t k = 0; k < p->n_files; k++)
			of_file[k] = i < 2 ? whole_choice(&p->files[k])
					   : next_random(p) % p->files[k].n;
		choose(p, names, of_file);
		show(p, visit, ctx);
	}
}

size_t record_states(const struct recording *r, unsigned seed, record_visit visit, void *ctx)
{
	struct point p = {.r = r,
		.fate = proof_alloc(r->n_ops + 1),
		.files = proof_alloc(FILES_MAX * sizeof(struct choices)),
		.random = UINT64_C(88172645463325252) + seed,
		.seed = seed};
	size_t sampled = 0;

	for (p.at = r->from; p.at <= r->n_ops; p.at++) {
		gather(&p);
		const uint64_t n = count_combinations(&p);
		if (n <= COMBINATIONS_MAX) {
			show_all(&p, n, visit, ctx);
		} else {
			sampled++;
			show_some(&p, visit, ctx);
		}
	}
	free(p.fate);
	free(p.files);
	return sampled;
}
