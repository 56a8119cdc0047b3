/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The manifest file against the run. What is compared is the instance alone: the text of a
 * Markdown host around it belongs to people, is read at each look, and goes back byte for
 * byte.
 *
 * Equal means equal by value, so a manifest that somebody only wrapped differently is clean.
 * The common case is decided without parsing: by the file's stamp, by the sha256 of bytes that
 * were proven equal before, or by comparing with the canonical form.
 */
#include "store/session_internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/hash.h"
#include "core/diff.h"
#include "format/markdown.h"

/* A stamp as young as the clock's grain proves nothing: a second write could share it. */
#define STAMP_GRAIN_NS INT64_C(50000000)
#define NS_PER_S       INT64_C(1000000000)
#define NS_PER_MS      INT64_C(1000000)
/* Above that the digest that the last event says is left to verify: it costs a hash of all. */
#define DIGEST_CHECK_BYTES ((size_t)1 << 20)
/*
 * Up to that what we wrote is read once more, which costs nothing beside the write. Above that
 * the stamp of our own write is trusted at once; what remains is a forger of times within one
 * tick of an old kernel's clock, and even then the image, never the file, is what is written
 * next.
 */
#define READ_AGAIN_BYTES ((size_t)64 << 10)
/* By how much a change lets the file grow, mostly; what is more costs a copy. */
#define GROWTH_BYTES    ((size_t)4096)
#define FRESH_HOST_HEAD "# RUNTIME_MANIFEST\n\n```yaml\n"
#define FRESH_HOST_TAIL "```\n"

void sg_disk_forget(struct sg_session *s)
{
	s->disk.known = false;
	s->disk.trusted = false;
	s->disk.late_ns = 0;
	s->disk.source = (struct sg_manifest_source){.markdown = false};
	sg_strbuf_release(&s->disk.host);
}

bool sg_disk_is_markdown_name(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && (strcasecmp(dot, ".md") == 0 || strcasecmp(dot, ".markdown") == 0);
}

static bool old_enough(const struct sg_stamp *stamp)
{
	const int64_t changed_ns =
		(int64_t)stamp->ctime.tv_sec * NS_PER_S + (int64_t)stamp->ctime.tv_nsec;

	return sg_clock_wall_ms() * NS_PER_MS - changed_ns > STAMP_GRAIN_NS;
}

/* The file holds the run as it is now; as long as nobody touches it, nobody need read it. */
static void trust(struct sg_session *s, const struct sg_stamp *stamp)
{
	s->disk.stamp = *stamp;
	s->disk.trusted = !s->disk.source.markdown && old_enough(stamp);
}

/* The file, whose bytes are in the image, holds the run as it is now. */
static void know(struct sg_session *s)
{
	s->disk.known = true;
	s->disk.late_ns = 0;
	s->disk.seq = s->replay.run.seq;
}

/* Keeps the text around the instance, found or (where the instance is damaged) guessed. */
static void keep_host(struct sg_session *s, const struct sg_strbuf *bytes,
	const struct sg_manifest_source *source)
{
	struct sg_disk *disk = &s->disk;
	struct sg_span span;

	disk->source = (struct sg_manifest_source){.markdown = false};
	/* not only cleared: a failure of the last time is none of this one */
	sg_strbuf_release(&disk->host);
	if (source) {
		disk->source = *source;
	} else if (sg_disk_is_markdown_name(s->name) &&
		   sg_markdown_find_instance(
			   s->name, bytes->bytes, bytes->n_bytes, &span, NULL) == SG_OK) {
		disk->source = (struct sg_manifest_source){.start = span.start,
			.end = span.end,
			.markdown = span.markdown,
			.indent = span.indent};
	}
	if (disk->source.markdown)
		sg_strbuf_add(&disk->host, bytes->bytes, bytes->n_bytes);
}

/*
 * data.manifest of the last event is part of what the trace says: a replay that differs breaks
 * it.
 */
static void check_said(struct sg_session *s)
{
	const struct sg_strbuf *canonical = &s->disk.image.bytes;
	struct sg_replay *r = &s->replay;
	char hex[SG_SHA256_HEX_SIZE];

	if (r->said[0] == '\0' || canonical->n_bytes > DIGEST_CHECK_BYTES)
		return;
	sg_sha256_of(canonical->bytes, canonical->n_bytes, hex);
	if (strcmp(hex, r->said) == 0) {
		r->said[0] = '\0';
		return;
	}
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	sg_strbuf_addf(&text,
		"%s:%lld: the trace is broken: replaying it does not give the manifest "
		"that its last event names",
		SG_TRACE_FILE, (long long)s->end.seq);
	sg_session_break(s, s->end.seq, &text);
}

/* Whether the line begins a row, "- role: "QA"", of exactly this name. */
static bool line_names_row(const char *line, size_t n, const char *word, size_t n_word)
{
	const char *end = line + n;
	const char *at = line + strspn(line, " \t");

	SG_ASSERT(n_word > 0);
	if (at >= end || *at != '-')
		return false;
	while ((at = memmem(at, (size_t)(end - at), word, n_word))) {
		const bool begins = strchr(" \"'", at[-1]) != NULL;
		at += n_word;
		if (begins && (at >= end || strchr(" \"',}\r", *at)))
			return true;
	}
	return false;
}

/*
 * Whether the word of a field's path begins the line, or, for the name of a row, stands in it.
 */
static bool line_has(const char *line, size_t n, const char *word, size_t n_word, bool is_row)
{
	const size_t blanks = strspn(line, " \t-");

	if (is_row)
		return line_names_row(line, n, word, n_word);
	return blanks + n_word < n && strncmp(line + blanks, word, n_word) == 0 &&
	       line[blanks + n_word] == ':';
}

/* One name of "LEDGERS.ROLE_LEDGER[QA].status"; the name of a row holds dots itself. */
static size_t word_of(const char *path, size_t n_path, bool is_row)
{
	const size_t n = strcspn(path, is_row ? "]" : ".[");

	return n < n_path ? n : n_path;
}

/*
 * The line where a path as the diff writes it stands in the file, as far as it can be followed
 * there: what was taken away is at its parent's.
 */
static size_t line_of(const struct sg_strbuf *bytes, const char *path, size_t n_path)
{
	size_t at = 1;
	size_t line = 1;
	bool is_row = false;

	for (const char *p = bytes->bytes; *p && n_path > 0; line++) {
		const size_t n_word = word_of(path, n_path, is_row);
		const size_t n = strcspn(p, "\n");

		if (line_has(p, n, path, n_word, is_row)) {
			at = line;
			path += n_word;
			n_path -= n_word;
			is_row = n_path > 0 && *path == '[';
			const size_t n_between = n_path > 0 ? strspn(path, ".[]") : 0;
			path += n_between;
			n_path -= n_between < n_path ? n_between : n_path;
		}
		p += n + (p[n] == '\n');
	}
	return at;
}

/* Of a diff's line "-LEDGERS.ROLE_LEDGER[QA].status: ran" the path; rows' names hold ':'. */
static size_t path_in(const char *line)
{
	size_t n = strcspn(line, "[:\n");

	while (line[n] == '[') {
		n += strcspn(line + n, "]\n");
		n += strcspn(line + n, "[:\n");
	}
	return n;
}

static enum sg_rc no_memory(const struct sg_session *s, struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot compare '%s' with the trace: out of memory",
		s->name);
}

static enum sg_rc say_difference(struct sg_session *s, const struct sg_strbuf *bytes,
	const struct sg_manifest *found, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf lines = SG_STRBUF_INIT;
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	const size_t n = sg_manifest_diff(&lines, &s->replay.run.manifest, found, 2);
	const size_t first = strcspn(lines.bytes, "\n");
	const size_t field = first > 0 ? path_in(lines.bytes + 1) : 0;

	sg_strbuf_addf(&text, "%s:%zu: %.*s is not what the trace says", s->name,
		field > 0 ? line_of(bytes, lines.bytes + 1, field) : 1, (int)field,
		lines.bytes + 1);
	if (n > 1)
		sg_strbuf_addf(&text, ", and %zu more", n - 1);
	if (sg_strbuf_failed(&lines) + sg_strbuf_failed(&text) > 0)
		return no_memory(s, err);
	sg_session_stand(s, SG_STANDING_TAMPERED, text.bytes);
	return SG_OK;
}

/* No instance in the file: still the state of one event ago, or one that an event replaced? */
static enum sg_disk_state judge_unreadable(
	struct sg_session *s, const struct sg_strbuf *bytes, const struct sg_err *why)
{
	char text[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE];
	char hex[SG_SHA256_HEX_SIZE];

	keep_host(s, bytes, NULL);
	sg_sha256_of(bytes->bytes, bytes->n_bytes, hex);
	if (strcmp(hex, s->replay.replaced) == 0)
		return SG_DISK_BEHIND;
	sg_session_stand(s, SG_STANDING_TAMPERED, sg_err_text(why, text, sizeof(text)));
	return SG_DISK_DIFFERS;
}

/* Several ENGINE events ago: a writer may have left it so, see sg_session_flush. */
static enum sg_rc is_late(struct sg_session *s, const struct sg_strbuf *bytes,
	const struct sg_manifest *found, bool *ret, struct sg_err *err)
{
	const struct sg_replay *r = &s->replay;

	*ret = false;
	if (r->n_late < 2 || bytes->n_bytes <= s->late_bytes)
		return SG_OK;
	return sg_session_was(s, r->run.seq - r->n_late, found, ret, err);
}

static enum sg_rc judge_value(struct sg_session *s, const struct sg_strbuf *bytes,
	const struct sg_manifest *found, enum sg_disk_state *ret, struct sg_err *err)
{
	const struct sg_replay *r = &s->replay;
	char hex[SG_SHA256_HEX_SIZE] = "-"; /* no digest: nothing was replaced */
	bool late = false;

	*ret = SG_DISK_BEHIND;
	if (sg_manifest_equal(found, &r->run.manifest))
		*ret = SG_DISK_EQUAL;
	if (*ret == SG_DISK_EQUAL ||
		(r->has_before && sg_manifest_equal(found, &r->before.manifest)))
		return SG_OK;
	enum sg_rc rc = r->replaced[0] ? sg_manifest_digest(found, hex) : SG_OK;
	if (rc < 0)
		return no_memory(s, err);
	if (strcmp(hex, r->replaced) == 0)
		return SG_OK;
	rc = is_late(s, bytes, found, &late, err);
	if (rc < 0 || late)
		return rc;
	*ret = SG_DISK_DIFFERS;
	return say_difference(s, bytes, found, err);
}

/* By parsing: for Markdown hosts, and for whatever is not the canonical form of the run. */
static enum sg_rc compare_parsed(struct sg_session *s, const struct sg_strbuf *bytes,
	enum sg_disk_state *ret, struct sg_err *err)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest found;
	struct sg_manifest_source source;
	struct sg_err why = SG_ERR_INIT;
	enum sg_rc rc = sg_manifest_read(&arena, s->name, bytes->bytes, bytes->n_bytes,
		SG_READ_STRICT, &found, &source, &why);

	if (rc == SG_OK) {
		keep_host(s, bytes, &source);
		rc = judge_value(s, bytes, &found, ret, err);
	} else if (rc != SG_NOMEM) {
		*ret = judge_unreadable(s, bytes, &why);
		rc = SG_OK;
	} else {
		rc = no_memory(s, err);
	}
	sg_arena_release(&arena);
	return rc;
}

/*
 * The bytes that are known are those of the run as it is now, or of one that we left behind. A
 * host for which there was no memory is read once more.
 */
static bool is_as_left(const struct sg_session *s)
{
	return s->disk.known && !sg_strbuf_failed(&s->disk.host) &&
	       (s->disk.late_ns || s->disk.seq == s->replay.run.seq);
}

static enum sg_rc is_image(struct sg_session *s, bool *ret, struct sg_err *err)
{
	const struct sg_strbuf *bytes = &s->disk.image.bytes;

	return sg_fs_same_beneath(
		s->dir, s->name, &(struct sg_fs_bytes){bytes->bytes, bytes->n_bytes}, ret, err);
}

/* Whatever the image held, it is now the run, as the file would hold it. */
static enum sg_rc set_image(struct sg_session *s, off_t size_bytes, struct sg_err *err)
{
	struct sg_image *image = &s->disk.image;

	s->disk.known = false;
	/* about as long as the file is, and room for a change */
	if (size_bytes > 0 && (size_t)size_bytes < SG_MANIFEST_MAX_BYTES) {
		sg_image_release(image);
		sg_strbuf_reserve(&image->bytes, (size_t)size_bytes + GROWTH_BYTES);
	}
	if (sg_image_set(image, &s->replay.run.manifest) < 0)
		return sg_err_set(err, SG_NOMEM, "cannot compare '%s': out of memory", s->name);
	return SG_OK;
}

/* The file read whole: it is not the canonical form of the run. */
static enum sg_rc compare_read(
	struct sg_session *s, enum sg_disk_state *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf bytes = SG_STRBUF_INIT;
	enum sg_rc rc = sg_fs_read_beneath(s->dir, s->name, SG_MANIFEST_MAX_BYTES, &bytes, err);

	if (rc == SG_OK)
		rc = compare_parsed(s, &bytes, ret, err);
	if (rc == SG_OK && *ret == SG_DISK_EQUAL)
		sg_image_take(&s->disk.image, &bytes);
	return rc;
}

/* The file by its bytes, the cheapest way first. */
static enum sg_rc compare_bytes(struct sg_session *s, const struct sg_stamp *stamp,
	enum sg_disk_state *ret, struct sg_err *err)
{
	bool same = false;
	enum sg_rc rc = SG_OK;

	if (is_as_left(s)) {
		rc = is_image(s, &same, err);
		*ret = s->disk.late_ns ? SG_DISK_LATE : SG_DISK_EQUAL;
		if (rc == SG_OK && same)
			trust(s, stamp);
		if (rc < 0 || same)
			return rc;
	}
	rc = set_image(s, stamp->size, err);
	if (rc == SG_OK)
		rc = is_image(s, &same, err);
	if (rc < 0)
		return rc;
	check_said(s);
	if (same) {
		const size_t n_bytes = s->disk.image.bytes.n_bytes;
		keep_host(s, NULL, &(struct sg_manifest_source){.end = n_bytes});
		*ret = SG_DISK_EQUAL;
	} else {
		rc = compare_read(s, ret, err);
	}
	if (rc == SG_OK && *ret == SG_DISK_EQUAL) {
		know(s);
		trust(s, stamp);
	}
	return rc;
}

/* There is no file: it was never written (a crash in init), or somebody took it away. */
static void compare_nothing(struct sg_session *s, enum sg_disk_state *ret)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	char of_nothing[SG_SHA256_HEX_SIZE];

	sg_disk_forget(s);
	sg_sha256_of("", 0, of_nothing);
	*ret = SG_DISK_BEHIND;
	if (s->replay.run.seq <= 1 || strcmp(of_nothing, s->replay.replaced) == 0)
		return;
	*ret = SG_DISK_DIFFERS;
	sg_strbuf_addf(&text, "%s: the manifest is gone", s->name);
	sg_session_stand(s, SG_STANDING_TAMPERED, text.bytes);
}

enum sg_rc sg_disk_compare(struct sg_session *s, enum sg_disk_state *ret, struct sg_err *err)
{
	struct sg_err why = SG_ERR_INIT;
	struct sg_stamp stamp;

	sg_stamp_take(&stamp, s->dir, s->name);
	if (s->disk.trusted && is_as_left(s) && sg_stamp_equal(&stamp, &s->disk.stamp)) {
		*ret = s->disk.late_ns ? SG_DISK_LATE : SG_DISK_EQUAL;
		return SG_OK;
	}
	const enum sg_rc rc = compare_bytes(s, &stamp, ret, &why);
	if (rc == SG_OK)
		return SG_OK;
	if (rc == SG_NOTFOUND) {
		compare_nothing(s, ret);
		return SG_OK;
	}
	if (rc == SG_INPUT || rc == SG_LIMIT) {
		/* a folder, a link, a FIFO in its place */
		sg_disk_forget(s);
		sg_session_stand(s, SG_STANDING_TAMPERED, why.text);
		*ret = SG_DISK_DIFFERS;
		return SG_OK;
	}
	sg_err_pass(err, &why);
	return rc;
}

enum sg_rc sg_disk_read(struct sg_session *s, struct sg_arena *arena, struct sg_manifest *ret,
	struct sg_strbuf *raw, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf own = SG_STRBUF_INIT;
	struct sg_strbuf *bytes = raw ? raw : &own;
	struct sg_manifest_source source;
	enum sg_rc rc = sg_fs_read_beneath(s->dir, s->name, SG_MANIFEST_MAX_BYTES, bytes, err);

	if (rc < 0)
		return rc;
	rc = sg_manifest_read(arena, s->name, bytes->bytes, bytes->n_bytes, SG_READ_STRICT, ret,
		&source, err);
	keep_host(s, bytes, rc == SG_OK ? &source : NULL);
	return rc;
}

/* A run that begins in a Markdown file: a heading and a block for the instance. */
static void fresh_host(struct sg_session *s)
{
	const size_t head = sizeof(FRESH_HOST_HEAD) - 1;

	sg_strbuf_release(&s->disk.host);
	sg_strbuf_adds(&s->disk.host, FRESH_HOST_HEAD FRESH_HOST_TAIL);
	s->disk.source =
		(struct sg_manifest_source){.start = head, .end = head, .markdown = true};
}

/* The image of a Markdown file: the text around the instance is not of the run. */
static enum sg_rc set_hosted(struct sg_disk *disk, const struct sg_manifest *m)
{
	struct sg_strbuf *bytes = &disk->image.bytes;

	sg_image_release(&disk->image);
	/* the places of the source are none in a host that was not kept */
	if (sg_strbuf_failed(&disk->host))
		return SG_NOMEM;
	sg_manifest_write_hosted(bytes, m, disk->host.bytes, disk->host.n_bytes, &disk->source);
	if (!sg_strbuf_failed(bytes))
		return SG_OK;
	sg_image_release(&disk->image);
	return SG_NOMEM;
}

enum sg_rc sg_disk_prepare(
	struct sg_session *s, const struct sg_manifest *m, struct sg_err *err)
{
	struct sg_disk *disk = &s->disk;

	disk->known = false;
	if (!disk->source.markdown && sg_disk_is_markdown_name(s->name))
		fresh_host(s);
	if (disk->source.comments) {
		sg_session_note(
			s, "%s: comments inside the instance are lost by this save", s->name);
		disk->source.comments = false;
	}
	const enum sg_rc rc =
		disk->source.markdown ? set_hosted(disk, m) : sg_image_set(&disk->image, m);
	if (rc < 0)
		return sg_err_set(err, SG_NOMEM, "cannot write '%s': out of memory", s->name);
	return SG_OK;
}

enum sg_rc sg_disk_write(struct sg_session *s, struct sg_err *err)
{
	struct sg_disk *disk = &s->disk;
	const struct sg_strbuf *bytes = &disk->image.bytes;
	const size_t tail = disk->host.n_bytes - disk->source.end;
	struct sg_fs_seen seen;
	const enum sg_rc rc = sg_fs_replace_seen(s->dir, s->name,
		&(struct sg_fs_bytes){bytes->bytes, bytes->n_bytes}, &seen, err);

	disk->trusted = false;
	if (rc < 0)
		return rc;
	if (disk->source.markdown) {
		sg_strbuf_release(&disk->host);
		sg_strbuf_add(&disk->host, bytes->bytes, bytes->n_bytes);
		disk->source.end = bytes->n_bytes - tail;
	}
	know(s);
	if (seen.untouched) {
		sg_stamp_of(&disk->stamp, &seen.st);
		disk->trusted = !disk->source.markdown && bytes->n_bytes > READ_AGAIN_BYTES;
	}
	return SG_OK;
}

enum sg_rc sg_disk_rewrite(struct sg_session *s, struct sg_err *err)
{
	const enum sg_rc rc = sg_disk_prepare(s, &s->replay.run.manifest, err);

	return rc < 0 ? rc : sg_disk_write(s, err);
}
