/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The canonical form of a manifest kept in one buffer, to be written with one call.
 *
 * A change of a run changes a few fields of a manifest that may have a million rows. The image
 * remembers of which value its bytes are and where in them each field begins, so that the next
 * value costs what differs: fields that changed are written anew in their place, rows that were
 * appended to a ledger behind those that are there, and all other bytes stay, moved where
 * something before them grew. The result is byte for byte what sg_manifest_write gives; it is
 * made from values and from bytes that were made so, never from what a file says.
 *
 * What is equal is found without reading it: revisions of a run share their lists and rows, and
 * never change them in place. So the value last set is borrowed, and must live until the next
 * one is set or sg_image_forget is called; a text at the same address is taken for the same.
 */
#ifndef STEPGATE_FORMAT_MANIFEST_IMAGE_H
#define STEPGATE_FORMAT_MANIFEST_IMAGE_H

#include "base/err.h"
#include "base/hash.h"
#include "base/strbuf.h"
#include "stepgate/manifest.h"

struct sg_image {
	struct sg_strbuf bytes;           /* owned */
	bool divided;                     /* the two below say what is in bytes */
	struct sg_manifest of;            /* its texts and rows are borrowed */
	size_t at[SG_FIELD_ID_COUNT + 1]; /* offset of each field's part, and the end */
	struct sg_sha256 *marks; /* owned: what the hash was behind each SG_IMAGE_MARK_BYTES */
	size_t n_marks;
	size_t marks_capacity;
};

#define SG_IMAGE_MARK_BYTES ((size_t)1 << 18)

void sg_image_init(struct sg_image *image);
void sg_image_release(struct sg_image *image);

/*
 * bytes become the canonical form of m. When they were of no value before, all of it is
 * written; reserve room in bytes first where their number is known about.
 * SG_NOMEM: the image is empty then.
 */
enum sg_rc sg_image_set(struct sg_image *image, const struct sg_manifest *m);

/*
 * sha256 of the bytes. Of the stretch before the first change since the last call it is known:
 * only what lies behind that is hashed.
 */
void sg_image_digest(struct sg_image *image, char ret_hex[SG_SHA256_HEX_SIZE]);

/* The bytes stay; nothing is borrowed any more, and the next sg_image_set writes all. */
void sg_image_forget(struct sg_image *image);

/* Other bytes instead, of no value; taken over from `from`, which is empty then. */
void sg_image_take(struct sg_image *image, struct sg_strbuf *from);

#endif
