/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The canonical form of RUNTIME_MANIFEST.
 *
 * UTF-8 without byte order mark; every line ends with LF; no comments. The seven sections in
 * the order of SG_MANIFEST_FIELDS, each `NAME:` at the left margin, one empty line between two
 * of them. In a section each field, in that order, two columns in:
 *	TEXT, SIGNAL, statuses  KEY: "text"   double-quoted, on one line (yaml_quote.c)
 *	BOOL, TRUE_ONLY         KEY: true     or false
 *	LIST                    KEY: []       when empty, else KEY: and the items below it, two
 *	                          - "text"    columns further in than the key
 *	ROLE_LEDGER             a list like that of rows `- role: "SPC"`, below it, under the r,
 *	                        status, outputs_produced (a LIST), notes
 *	ENGINE_RUN_LEDGER       run_id and entries, two columns further in; entries a list of
 *	                        rows of eng_key, status, outputs_produced, notes
 *	OUTPUT_LEDGER           a list of rows of output, present (true, false), source, ref
 *	RESUME_TARGET           FILE and GOAL, two columns further in
 * Keys that stepgate does not know follow the known ones of their mapping, as the lines that
 * stand in `extra` (manifest_extra.c says which); those of the root follow RESUME after an
 * empty line.
 */
#include <string.h>

#include "base/hash.h"
#include "format/manifest_emit.h"
#include "format/manifest_io.h"
#include "format/yaml_tree.h"

struct writer {
	struct sg_strbuf *out;
	const struct sg_manifest *m;
	sg_emit_flush *flush;
	void *context;
};

static void flush_if_large(struct writer *w)
{
	if (w->flush && w->out->n_bytes >= SG_EMIT_PIECE_BYTES)
		w->flush(w->context, w->out);
}

static void put_spaces(struct sg_strbuf *out, size_t n)
{
	static const char spaces[] = "                                ";
	const size_t most = sizeof(spaces) - 1;

	for (; n > most; n -= most)
		sg_strbuf_add(out, spaces, most);
	sg_strbuf_add(out, spaces, n);
}

static void put_key(struct writer *w, size_t indent, const char *key)
{
	put_spaces(w->out, indent);
	sg_strbuf_adds(w->out, key);
	sg_strbuf_addc(w->out, ':');
}

static void put_text(struct writer *w, size_t indent, const char *key, const char *text)
{
	put_key(w, indent, key);
	sg_strbuf_addc(w->out, ' ');
	sg_yaml_quote(w->out, text);
	sg_strbuf_addc(w->out, '\n');
}

static void put_bool(struct writer *w, size_t indent, const char *key, bool value)
{
	put_key(w, indent, key);
	sg_strbuf_adds(w->out, value ? " true\n" : " false\n");
}

/* The key of a list or ledger; false when it is empty and thereby complete. */
static bool put_list_key(struct writer *w, size_t indent, const char *key, size_t n)
{
	put_key(w, indent, key);
	sg_strbuf_adds(w->out, n > 0 ? "\n" : " []\n");
	return n > 0;
}

static void put_list(
	struct writer *w, size_t indent, const char *key, const struct sg_strs *list)
{
	if (!put_list_key(w, indent, key, list->n))
		return;
	for (size_t i = 0; i < list->n; i++) {
		put_spaces(w->out, indent + 2);
		sg_strbuf_adds(w->out, "- ");
		sg_yaml_quote(w->out, list->v[i]);
		sg_strbuf_addc(w->out, '\n');
	}
	flush_if_large(w);
}

/* The first key of a row stands behind the dash. */
static void put_row_name(struct writer *w, size_t indent, const char *key, const char *name)
{
	put_spaces(w->out, indent - 2);
	sg_strbuf_adds(w->out, "- ");
	put_text(w, 0, key, name);
}

static void put_row_end(struct writer *w, const char *extra)
{
	sg_strbuf_adds(w->out, extra);
	flush_if_large(w);
}

static const char *status_word(enum sg_row_status status, const char *status_text)
{
	return status < SG_ROW_STATUS_COUNT ? sg_row_status_name(status) : status_text;
}

/* Of each ledger the rows from one on, so that what was appended can be written alone. */
static void put_role_rows(struct writer *w, const struct sg_role_rows *rows, size_t from)
{
	const size_t indent = SG_INDENT_ROW;

	for (size_t i = from; i < rows->n; i++) {
		const struct sg_role_row *row = &rows->v[i];
		put_row_name(w, indent, "role", row->role);
		put_text(w, indent, "status", status_word(row->status, row->status_text));
		put_list(w, indent, "outputs_produced", &row->outputs_produced);
		put_text(w, indent, "notes", row->notes);
		put_row_end(w, row->extra);
	}
}

static void put_roles(struct writer *w, const char *key, const struct sg_role_rows *rows)
{
	put_list_key(w, SG_INDENT_SECTION, key, rows->n);
	put_role_rows(w, rows, 0);
}

static void put_engine_rows(struct writer *w, const struct sg_engine_rows *rows, size_t from)
{
	const size_t indent = SG_INDENT_ENGINE_ROW;

	for (size_t i = from; i < rows->n; i++) {
		const struct sg_engine_row *row = &rows->v[i];
		put_row_name(w, indent, "eng_key", row->eng_key);
		put_text(w, indent, "status", status_word(row->status, row->status_text));
		put_list(w, indent, "outputs_produced", &row->outputs_produced);
		put_text(w, indent, "notes", row->notes);
		put_row_end(w, row->extra);
	}
}

static void put_engines(
	struct writer *w, const char *key, const struct sg_engine_ledger *ledger)
{
	put_key(w, SG_INDENT_SECTION, key);
	sg_strbuf_addc(w->out, '\n');
	put_text(w, SG_INDENT_NESTED, "run_id", ledger->run_id);
	put_list_key(w, SG_INDENT_NESTED, "entries", ledger->entries.n);
	put_engine_rows(w, &ledger->entries, 0);
	sg_strbuf_adds(w->out, w->m->extra[SG_MAPPING_ENGINE_RUN_LEDGER]);
}

static void put_output_rows(struct writer *w, const struct sg_output_rows *rows, size_t from)
{
	const size_t indent = SG_INDENT_ROW;

	for (size_t i = from; i < rows->n; i++) {
		const struct sg_output_row *row = &rows->v[i];
		put_row_name(w, indent, "output", row->output);
		put_bool(w, indent, "present", row->present == SG_TRUTH_TRUE);
		put_text(w, indent, "source", row->source);
		put_text(w, indent, "ref", row->ref);
		put_row_end(w, row->extra);
	}
}

static void put_outputs(struct writer *w, const char *key, const struct sg_output_rows *rows)
{
	put_list_key(w, SG_INDENT_SECTION, key, rows->n);
	put_output_rows(w, rows, 0);
}

static void put_target(struct writer *w, const char *key, const struct sg_resume_target *target)
{
	put_key(w, SG_INDENT_SECTION, key);
	sg_strbuf_addc(w->out, '\n');
	put_text(w, SG_INDENT_NESTED, "FILE", target->file);
	put_text(w, SG_INDENT_NESTED, "GOAL", target->goal);
	sg_strbuf_adds(w->out, w->m->extra[SG_MAPPING_RESUME_TARGET]);
}

static void put_field(struct writer *w, const struct sg_field *field)
{
	const void *at = (const char *)w->m + field->offset;
	const char *key = field->key;
	const size_t indent = SG_INDENT_SECTION;

	switch (field->kind) {
	case SG_FIELD_TEXT:
	case SG_FIELD_SIGNAL: put_text(w, indent, key, *(const char *const *)at); break;
	case SG_FIELD_BOOL:
	case SG_FIELD_TRUE_ONLY: put_bool(w, indent, key, *(const bool *)at); break;
	case SG_FIELD_LIST: put_list(w, indent, key, at); break;
	case SG_FIELD_STEP_STATUS:
		put_text(w, indent, key, sg_step_status_name(*(const enum sg_step_status *)at));
		break;
	case SG_FIELD_RESULT:
		put_text(w, indent, key, sg_result_name(*(const enum sg_result *)at));
		break;
	case SG_FIELD_ROLES: put_roles(w, key, at); break;
	case SG_FIELD_ENGINES: put_engines(w, key, at); break;
	case SG_FIELD_OUTPUTS: put_outputs(w, key, at); break;
	case SG_FIELD_TARGET: put_target(w, key, at); break;
	case SG_FIELD_KIND_COUNT: break;
	}
}

static bool is_last_of_section(size_t i)
{
	return i + 1 == SG_FIELD_ID_COUNT ||
	       sg_manifest_fields[i].section != sg_manifest_fields[i + 1].section;
}

/* A field with what stands before and behind it: these parts in their order are the form. */
static void put_part(struct writer *w, size_t i)
{
	const struct sg_field *field = &sg_manifest_fields[i];
	const char *const *extra = w->m->extra;

	if (i == 0 || is_last_of_section(i - 1)) {
		if (i > 0)
			sg_strbuf_addc(w->out, '\n');
		put_key(w, 0, field->section_name);
		sg_strbuf_addc(w->out, '\n');
	}
	put_field(w, field);
	if (is_last_of_section(i))
		sg_strbuf_adds(w->out, extra[field->section]);
	if (i + 1 == SG_FIELD_ID_COUNT && extra[SG_MAPPING_ROOT][0]) {
		sg_strbuf_addc(w->out, '\n');
		sg_strbuf_adds(w->out, extra[SG_MAPPING_ROOT]);
	}
}

void sg_manifest_emit(
	struct sg_strbuf *buf, const struct sg_manifest *m, sg_emit_flush *flush, void *context)
{
	struct writer w = {.out = buf, .m = m, .flush = flush, .context = context};

	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++)
		put_part(&w, i);
	if (flush)
		flush(context, buf);
}

void sg_emit_part(struct sg_strbuf *buf, const struct sg_manifest *m, size_t field)
{
	struct writer w = {.out = buf, .m = m};

	put_part(&w, field);
}

void sg_emit_rows(struct sg_strbuf *buf, const struct sg_manifest *m, size_t field, size_t from)
{
	struct writer w = {.out = buf, .m = m};
	const enum sg_field_kind kind = sg_manifest_fields[field].kind;

	if (kind == SG_FIELD_ROLES)
		put_role_rows(&w, &m->roles, from);
	else if (kind == SG_FIELD_ENGINES)
		put_engine_rows(&w, &m->engines.entries, from);
	else if (kind == SG_FIELD_OUTPUTS)
		put_output_rows(&w, &m->outputs, from);
}

size_t sg_emit_bytes_behind_rows(const struct sg_manifest *m, size_t field)
{
	const struct sg_field *of = &sg_manifest_fields[field];
	size_t n = 0;

	if (of->kind == SG_FIELD_ENGINES)
		n += strlen(m->extra[SG_MAPPING_ENGINE_RUN_LEDGER]);
	if (is_last_of_section(field))
		n += strlen(m->extra[of->section]);
	return n;
}

void sg_manifest_write(struct sg_strbuf *out, const struct sg_manifest *m)
{
	sg_manifest_emit(out, m, NULL, NULL);
}

/* --- uses of the pieces --- */

static void digest_piece(void *context, struct sg_strbuf *buf)
{
	sg_sha256_add(context, buf->bytes, buf->n_bytes);
	sg_strbuf_clear(buf);
}

enum sg_rc sg_manifest_digest(const struct sg_manifest *m, char ret_hex[SG_SHA256_HEX_SIZE])
{
	struct sg_sha256 sha;
	struct sg_strbuf buf = SG_STRBUF_INIT;

	sg_sha256_begin(&sha);
	sg_manifest_emit(&buf, m, digest_piece, &sha);
	const bool failed = sg_strbuf_failed(&buf);
	sg_strbuf_release(&buf);
	if (failed)
		return SG_NOMEM;
	sg_sha256_end(&sha, ret_hex);
	return SG_OK;
}

/* Appends text with indent columns before each line that is not empty. */
static void add_indented(struct sg_strbuf *out, const char *text, size_t n_bytes, size_t indent)
{
	if (indent == 0) {
		sg_strbuf_add(out, text, n_bytes);
		return;
	}
	while (n_bytes > 0) {
		const char *newline = memchr(text, '\n', n_bytes);
		const size_t n = newline ? (size_t)(newline - text) + 1 : n_bytes;
		if (*text != '\n')
			put_spaces(out, indent);
		sg_strbuf_add(out, text, n);
		text += n;
		n_bytes -= n;
	}
}

struct comparison {
	const char *bytes; /* what is left to be equal to */
	size_t n_bytes;
	size_t indent;
	struct sg_strbuf piece;
	bool equal;
};

static void compare_piece(void *context, struct sg_strbuf *buf)
{
	struct comparison *c = context;
	const struct sg_strbuf *piece = buf;

	if (c->indent > 0) {
		sg_strbuf_clear(&c->piece);
		add_indented(&c->piece, buf->bytes, buf->n_bytes, c->indent);
		piece = &c->piece;
	}
	c->equal = c->equal && !sg_strbuf_failed(piece) && piece->n_bytes <= c->n_bytes &&
		   memcmp(piece->bytes, c->bytes, piece->n_bytes) == 0;
	if (c->equal) {
		c->bytes += piece->n_bytes;
		c->n_bytes -= piece->n_bytes;
	}
	sg_strbuf_clear(buf);
}

bool sg_manifest_is_canonical(
	const struct sg_manifest *m, const char *bytes, size_t n_bytes, size_t indent)
{
	struct comparison c = {.bytes = bytes,
		.n_bytes = n_bytes,
		.indent = indent,
		.piece = SG_STRBUF_INIT,
		.equal = true};
	struct sg_strbuf buf = SG_STRBUF_INIT;

	sg_manifest_emit(&buf, m, compare_piece, &c);
	const bool equal = c.equal && c.n_bytes == 0 && !sg_strbuf_failed(&buf);
	sg_strbuf_release(&buf);
	sg_strbuf_release(&c.piece);
	return equal;
}

void sg_manifest_write_hosted(struct sg_strbuf *out, const struct sg_manifest *m,
	const char *host, size_t n_host_bytes, const struct sg_manifest_source *source)
{
	if (!source->markdown) {
		sg_manifest_write(out, m);
		return;
	}
	struct sg_strbuf instance = SG_STRBUF_INIT;
	sg_manifest_write(&instance, m);
	sg_strbuf_add(out, host, source->start);
	add_indented(out, instance.bytes, instance.n_bytes, source->indent);
	sg_strbuf_add(out, host + source->end, n_host_bytes - source->end);
	out->failed = out->failed || sg_strbuf_failed(&instance);
	sg_strbuf_release(&instance);
}
