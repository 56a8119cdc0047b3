/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The new value is compared with the old one field by field, which gives a list of edits: a
 * stretch of the old bytes, and what stands there now. Then each stretch between two edits
 * moves once, and the texts of the edits go into the gaps.
 */
#include "format/manifest_image.h"

#include <stdlib.h>
#include <string.h>

#include "format/manifest_emit.h"

/* Two edits as near as that are one: what lies between is copied, not moved on its own. */
#define NEAR_BYTES ((size_t)4096)

struct edit {
	size_t start; /* in the old bytes */
	size_t end;
	size_t text; /* offset of what stands there now, in edits.texts; to the next one's */
};

struct edits {
	struct edit v[SG_FIELD_ID_COUNT];
	size_t n;
	struct sg_strbuf texts;
};

void sg_image_init(struct sg_image *image)
{
	memset(image, 0, sizeof(*image));
	sg_strbuf_init(&image->bytes);
}

void sg_image_release(struct sg_image *image)
{
	sg_strbuf_release(&image->bytes);
	free(image->marks);
	sg_image_init(image);
}

void sg_image_forget(struct sg_image *image)
{
	image->divided = false;
}

void sg_image_take(struct sg_image *image, struct sg_strbuf *from)
{
	sg_strbuf_release(&image->bytes);
	image->bytes = *from;
	image->divided = false;
	image->n_marks = 0;
	sg_strbuf_init(from);
}

/* --- the hash --- */

/* Without memory there is no mark, and the next hash takes longer. */
static void add_mark(struct sg_image *image, const struct sg_sha256 *sha)
{
	if (image->n_marks == image->marks_capacity) {
		const size_t capacity = image->marks_capacity ? image->marks_capacity * 2 : 16;
		void *grown = reallocarray(image->marks, capacity, sizeof(*image->marks));
		if (!grown)
			return;
		image->marks = grown;
		image->marks_capacity = capacity;
	}
	image->marks[image->n_marks++] = *sha;
}

void sg_image_digest(struct sg_image *image, char ret_hex[SG_SHA256_HEX_SIZE])
{
	const struct sg_strbuf *bytes = &image->bytes;
	size_t at = image->n_marks * SG_IMAGE_MARK_BYTES;
	struct sg_sha256 sha;

	if (image->n_marks > 0)
		sha = image->marks[image->n_marks - 1];
	else
		sg_sha256_begin(&sha);
	for (; bytes->n_bytes - at >= SG_IMAGE_MARK_BYTES; at += SG_IMAGE_MARK_BYTES) {
		sg_sha256_add(&sha, bytes->bytes + at, SG_IMAGE_MARK_BYTES);
		/* one that is missing leaves no place for those behind it */
		if (image->n_marks == at / SG_IMAGE_MARK_BYTES)
			add_mark(image, &sha);
	}
	sg_sha256_add(&sha, bytes->bytes + at, bytes->n_bytes - at);
	sg_sha256_end(&sha, ret_hex);
}

static void drop_marks_behind(struct sg_image *image, size_t offset)
{
	const size_t good = offset / SG_IMAGE_MARK_BYTES;

	if (image->n_marks > good)
		image->n_marks = good;
}

/* --- what differs --- */

/* The rows of a ledger, whatever they are. */
struct rows {
	const char *v;
	size_t n;
	size_t row_bytes;
};

static struct rows rows_of(const struct sg_manifest *m, enum sg_field_kind kind)
{
	struct rows rows = {NULL, 0, 1};

	if (kind == SG_FIELD_ROLES)
		rows = (struct rows){(const char *)m->roles.v, m->roles.n, sizeof(*m->roles.v)};
	else if (kind == SG_FIELD_ENGINES)
		rows = (struct rows){(const char *)m->engines.entries.v, m->engines.entries.n,
			sizeof(*m->engines.entries.v)};
	else if (kind == SG_FIELD_OUTPUTS)
		rows = (struct rows){
			(const char *)m->outputs.v, m->outputs.n, sizeof(*m->outputs.v)};
	return rows;
}

/* Whether the first rows of b are those of a. Rows that were copied hold the same pointers. */
static bool rows_begin_with(const struct rows *b, const struct rows *a)
{
	return a->n <= b->n &&
	       (a->v == b->v || a->n == 0 || memcmp(a->v, b->v, a->n * a->row_bytes) == 0);
}

/* A ledger that holds the old one's rows, at least one, and more behind them. */
static bool ledger_grew(
	const struct sg_manifest *a, const struct sg_manifest *b, enum sg_field_kind kind)
{
	const struct rows old = rows_of(a, kind);
	const struct rows now = rows_of(b, kind);

	if (kind == SG_FIELD_ENGINES && strcmp(a->engines.run_id, b->engines.run_id) != 0)
		return false;
	return old.n > 0 && rows_begin_with(&now, &old);
}

/* --- edits --- */

/* Opens an edit whose text is appended to texts next. */
static void begin_edit(
	struct edits *edits, const struct sg_strbuf *old, size_t start, size_t end)
{
	struct edit *last = edits->n > 0 ? &edits->v[edits->n - 1] : NULL;

	if (last && start - last->end <= NEAR_BYTES) {
		sg_strbuf_add(&edits->texts, old->bytes + last->end, start - last->end);
		last->end = end;
		return;
	}
	edits->v[edits->n++] = (struct edit){start, end, edits->texts.n_bytes};
}

/* Of one field, if it differs; returns by how much its part grows, modulo SIZE_MAX. */
static size_t edit_field(const struct sg_image *image, const struct sg_manifest *m, size_t i,
	struct edits *edits)
{
	const struct sg_field *field = &sg_manifest_fields[i];
	size_t start = image->at[i];
	size_t end = image->at[i + 1];

	if (sg_manifest_field_equal(&image->of, m, (enum sg_field_id)i))
		return 0;
	const bool grew = ledger_grew(&image->of, m, field->kind);
	if (grew)
		start = end = end - sg_emit_bytes_behind_rows(m, i);
	begin_edit(edits, &image->bytes, start, end);
	const size_t before = edits->texts.n_bytes;
	if (grew)
		sg_emit_rows(&edits->texts, m, i, rows_of(&image->of, field->kind).n);
	else
		sg_emit_part(&edits->texts, m, i);
	return edits->texts.n_bytes - before - (end - start);
}

static size_t text_bytes(const struct edits *edits, size_t i)
{
	const size_t end = i + 1 < edits->n ? edits->v[i + 1].text : edits->texts.n_bytes;

	return end - edits->v[i].text;
}

/*
 * The stretch behind edit i moves by what that edit and those before it grew. Those that move
 * up go first, from the last on, then those that move down, from the first on: so none
 * is moved onto one that has not moved yet.
 */
static void apply(struct sg_strbuf *bytes, const struct edits *edits)
{
	size_t to[SG_FIELD_ID_COUNT]; /* where the stretch behind each edit goes */
	size_t end[SG_FIELD_ID_COUNT];
	const size_t n = edits->n;
	size_t shift = 0; /* modulo SIZE_MAX */

	for (size_t i = 0; i < n; i++) {
		const struct edit *edit = &edits->v[i];
		shift += text_bytes(edits, i) - (edit->end - edit->start);
		to[i] = edit->end + shift;
		end[i] = i + 1 < n ? edits->v[i + 1].start : bytes->n_bytes;
	}
	for (size_t i = n; i-- > 0;)
		if (to[i] > edits->v[i].end)
			memmove(bytes->bytes + to[i], bytes->bytes + edits->v[i].end,
				end[i] - edits->v[i].end);
	for (size_t i = 0; i < n; i++)
		if (to[i] < edits->v[i].end)
			memmove(bytes->bytes + to[i], bytes->bytes + edits->v[i].end,
				end[i] - edits->v[i].end);
	for (size_t i = 0; i < n; i++)
		memcpy(bytes->bytes + to[i] - text_bytes(edits, i),
			edits->texts.bytes + edits->v[i].text, text_bytes(edits, i));
	bytes->n_bytes += shift;
	bytes->bytes[bytes->n_bytes] = '\0';
}

static void change(struct sg_image *image, const struct sg_manifest *m, struct edits *edits)
{
	size_t at[SG_FIELD_ID_COUNT + 1];
	size_t shift = 0;

	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		at[i] = image->at[i] + shift;
		shift += edit_field(image, m, i, edits);
	}
	at[SG_FIELD_ID_COUNT] = image->at[SG_FIELD_ID_COUNT] + shift;
	if (edits->n == 0)
		return;
	sg_strbuf_reserve(&image->bytes, edits->texts.n_bytes);
	image->bytes.failed = image->bytes.failed || sg_strbuf_failed(&edits->texts);
	if (sg_strbuf_failed(&image->bytes))
		return;
	drop_marks_behind(image, edits->v[0].start);
	apply(&image->bytes, edits);
	memcpy(image->at, at, sizeof(at));
}

static void write_all(struct sg_image *image, const struct sg_manifest *m)
{
	image->n_marks = 0;
	sg_strbuf_clear(&image->bytes);
	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		image->at[i] = image->bytes.n_bytes;
		sg_emit_part(&image->bytes, m, i);
	}
	image->at[SG_FIELD_ID_COUNT] = image->bytes.n_bytes;
}

enum sg_rc sg_image_set(struct sg_image *image, const struct sg_manifest *m)
{
	if (image->divided && sg_manifest_extras_equal(&image->of, m)) {
		struct edits edits = {.n = 0, .texts = SG_STRBUF_INIT};
		change(image, m, &edits);
		sg_strbuf_release(&edits.texts);
	} else {
		write_all(image, m);
	}
	if (sg_strbuf_failed(&image->bytes)) {
		sg_image_release(image);
		return SG_NOMEM;
	}
	image->of = *m;
	image->divided = true;
	return SG_OK;
}
