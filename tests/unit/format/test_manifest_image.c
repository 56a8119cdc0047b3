/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The image of a manifest that is changed in place is byte for byte what the writer gives. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "format/manifest_image.h"
#include "manifest_test.h"

/* Sets the image and compares its bytes and its hash with those of the writer. */
static void set(struct sg_image *image, const struct sg_manifest *m, bool hash)
{
	struct sg_strbuf expected = SG_STRBUF_INIT;
	char expected_hex[SG_SHA256_HEX_SIZE];
	char hex[SG_SHA256_HEX_SIZE];

	cr_assert_eq(sg_image_set(image, m), SG_OK);
	sg_manifest_write(&expected, m);
	cr_assert_eq(image->bytes.n_bytes, expected.n_bytes);
	cr_assert_eq(strlen(image->bytes.bytes), expected.n_bytes);
	cr_assert_str_eq(image->bytes.bytes, expected.bytes);
	if (hash) {
		sg_sha256_of(expected.bytes, expected.n_bytes, expected_hex);
		sg_image_digest(image, hex);
		cr_assert_str_eq(hex, expected_hex);
	}
	sg_strbuf_release(&expected);
}

static size_t bytes_of_kind(enum sg_field_kind kind)
{
	switch (kind) {
	case SG_FIELD_TEXT:
	case SG_FIELD_SIGNAL: return sizeof(const char *);
	case SG_FIELD_BOOL:
	case SG_FIELD_TRUE_ONLY: return sizeof(bool);
	case SG_FIELD_LIST: return sizeof(struct sg_strs);
	case SG_FIELD_STEP_STATUS: return sizeof(enum sg_step_status);
	case SG_FIELD_RESULT: return sizeof(enum sg_result);
	case SG_FIELD_ROLES: return sizeof(struct sg_role_rows);
	case SG_FIELD_ENGINES: return sizeof(struct sg_engine_ledger);
	case SG_FIELD_OUTPUTS: return sizeof(struct sg_output_rows);
	case SG_FIELD_TARGET: return sizeof(struct sg_resume_target);
	case SG_FIELD_KIND_COUNT: break;
	}
	return 0;
}

static void take_field(struct sg_manifest *m, const struct sg_manifest *from, size_t i)
{
	const struct sg_field *field = &sg_manifest_fields[i];

	memcpy((char *)m + field->offset, (const char *)from + field->offset,
		bytes_of_kind(field->kind));
}

/* The rows of a, and behind them those of b, in a new array: as a run grows its ledgers. */
static void *joined(
	struct sg_arena *arena, const void *a, size_t a_bytes, const void *b, size_t b_bytes)
{
	char *v = sg_arena_alloc(arena, a_bytes + b_bytes);

	cr_assert(v);
	if (a_bytes > 0)
		memcpy(v, a, a_bytes);
	if (b_bytes > 0)
		memcpy(v + a_bytes, b, b_bytes);
	return v;
}

static void append_rows(
	struct sg_arena *arena, struct sg_manifest *m, const struct sg_manifest *from)
{
	struct sg_role_rows *roles = &m->roles;
	struct sg_engine_rows *engines = &m->engines.entries;
	struct sg_output_rows *outputs = &m->outputs;

	roles->v = joined(arena, roles->v, roles->n * sizeof(*roles->v), from->roles.v,
		from->roles.n * sizeof(*roles->v));
	roles->n += from->roles.n;
	engines->v = joined(arena, engines->v, engines->n * sizeof(*engines->v),
		from->engines.entries.v, from->engines.entries.n * sizeof(*engines->v));
	engines->n += from->engines.entries.n;
	outputs->v = joined(arena, outputs->v, outputs->n * sizeof(*outputs->v),
		from->outputs.v, from->outputs.n * sizeof(*outputs->v));
	outputs->n += from->outputs.n;
}

/* Some fields become those of another manifest, or ledgers grow or lose their last row. */
static void change(struct random *random, struct sg_arena *arena, struct sg_manifest *m)
{
	struct sg_manifest other;

	t_random_manifest(random, arena, &other);
	switch (t_random(random, 8)) {
	case 0: append_rows(arena, m, &other); break;
	case 1:
		m->outputs.n -= m->outputs.n > 0;
		m->engines.entries.n -= m->engines.entries.n > 0;
		break;
	case 2: m->extra[t_random(random, SG_MAPPING_COUNT)] = ""; break;
	case 3: *m = other; break;
	default:
		for (uint32_t n = 1 + t_random(random, 4); n > 0; n--)
			take_field(m, &other, t_random(random, SG_FIELD_ID_COUNT));
	}
}

Test(manifest_image, a_change_of_any_fields_gives_what_the_writer_gives)
{
	struct random random = {.state = 4711};

	for (int run = 0; run < 60; run++) {
		struct sg_arena arena = SG_ARENA_INIT;
		struct sg_image image;
		struct sg_manifest m;

		sg_image_init(&image);
		t_random_manifest(&random, &arena, &m);
		for (int i = 0; i < 25; i++) {
			set(&image, &m, i % 3 == 0);
			change(&random, &arena, &m);
		}
		sg_image_release(&image);
		sg_arena_release(&arena);
	}
}

/* Long enough for several marks of the hash, and for edits that are not joined. */
Test(manifest_image, a_large_one_changes_in_front_in_the_middle_and_at_its_end)
{
	struct random random = {.state = 17};
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_image image;
	struct sg_manifest big;
	struct sg_manifest m;

	t_big_manifest(&arena, 6000, &big);
	sg_image_init(&image);
	for (int i = 0; i < 60; i++) {
		m = big;
		for (uint32_t n = t_random(&random, 4); n > 0; n--)
			change(&random, &arena, &m);
		set(&image, &m, i % 2 == 0);
	}
	m = big;
	m.resume_target.goal = "another goal";
	set(&image, &big, true);
	cr_assert_gt(image.n_marks, 2);
	cr_assert_eq(sg_image_set(&image, &m), SG_OK);
	cr_expect_geq(image.n_marks,
		image.at[SG_FIELD_ID_RESUME_RESUME_TARGET] / SG_IMAGE_MARK_BYTES,
		"what lies before the change is not hashed again");
	set(&image, &m, true);
	sg_image_release(&image);
	sg_arena_release(&arena);
}

Test(manifest_image, one_that_was_forgotten_or_is_of_other_bytes_is_written_whole)
{
	struct random random = {.state = 5};
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_strbuf other = SG_STRBUF_INIT;
	struct sg_image image;
	struct sg_manifest m;

	sg_image_init(&image);
	t_random_manifest(&random, &arena, &m);
	set(&image, &m, true);
	sg_image_forget(&image);
	/* the same value at the same place, but its texts may be others now */
	memset(image.bytes.bytes, 'x', image.bytes.n_bytes);
	set(&image, &m, true);
	sg_strbuf_adds(&other, "of no value");
	sg_image_take(&image, &other);
	cr_expect_str_eq(image.bytes.bytes, "of no value");
	cr_expect_eq(other.n_bytes, 0);
	set(&image, &m, true);
	sg_image_release(&image);
	sg_arena_release(&arena);
}

Test(manifest_image, without_memory_it_is_empty_and_the_next_is_whole_again)
{
	struct random random = {.state = 6};
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_image image;
	struct sg_manifest m;

	sg_image_init(&image);
	t_random_manifest(&random, &arena, &m);
	set(&image, &m, true);
	image.bytes.failed = true;
	cr_expect_eq(sg_image_set(&image, &m), SG_NOMEM);
	cr_expect_eq(image.bytes.n_bytes, 0);
	cr_expect(!image.divided);
	set(&image, &m, true);
	sg_image_release(&image);
	sg_arena_release(&arena);
}
