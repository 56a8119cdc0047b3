/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows: the one place where text becomes a row, so that nothing gets round the sanitiser. */
#include <stdarg.h>
#include <string.h>

#include "base/utf8.h"
#include "ui/view_internal.h"

void sg_rows_init(struct sg_rows *rows, struct sg_arena *arena)
{
	memset(rows, 0, sizeof(*rows));
	rows->arena = arena;
}

static void push(struct sg_rows *rows, enum sg_style style, const char *text)
{
	if (!text)
		return;
	if (rows->n == rows->capacity) {
		size_t capacity = rows->capacity ? rows->capacity * 2 : 32;
		struct sg_row *v = sg_arena_array(rows->arena, capacity, sizeof(*v));
		if (!v)
			return;
		if (rows->n)
			memcpy(v, rows->v, rows->n * sizeof(*v));
		rows->v = v;
		rows->capacity = capacity;
	}
	struct sg_row row = {text, style};
	rows->v[rows->n++] = row;
}

static const char *cleaned(
	struct sg_rows *rows, const char *bytes, size_t n_bytes, enum sg_sanitise how)
{
	struct sg_strbuf clean = SG_STRBUF_INIT;
	sg_utf8_sanitise(&clean, bytes, n_bytes, how);
	const char *text =
		sg_strbuf_failed(&clean) ? NULL : sg_arena_str(rows->arena, clean.bytes);
	if (!text)
		rows->arena->failed = true;
	sg_strbuf_release(&clean);
	return text;
}

/* Clean text passes the sanitiser unchanged, so a caller who forgot it does no harm. */
static void SG_PRINTF(3, 0)
	add(struct sg_rows *rows, enum sg_style style, const char *format, va_list args)
{
	struct sg_strbuf line = SG_STRBUF_INIT;
	sg_strbuf_vaddf(&line, format, args);
	size_t n = line.n_bytes;
	while (n && line.bytes[n - 1] == ' ')
		n--;
	push(rows, style, cleaned(rows, line.bytes, n, SG_SANITISE_LINE));
	if (sg_strbuf_failed(&line))
		rows->arena->failed = true;
	sg_strbuf_release(&line);
}

void sg_rows_add(struct sg_rows *rows, enum sg_style style, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(rows, style, format, args);
	va_end(args);
}

void sg_rows_say(struct sg_rows *rows, enum sg_style style, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	add(rows, style, sg_say(rows->say, format), args);
	va_end(args);
}

void sg_rows_add_text(struct sg_rows *rows, enum sg_style style, const char *text)
{
	while (*text) {
		size_t n = strcspn(text, "\n");
		/* a log written with \r\n is text all the same; a \r of its own is shown */
		size_t n_line = n && text[n] == '\n' && text[n - 1] == '\r' ? n - 1 : n;
		push(rows, style, cleaned(rows, text, n_line, SG_SANITISE_TEXT));
		text += n + (text[n] == '\n');
	}
}

const char *sg_rows_clean(struct sg_rows *rows, const char *text)
{
	const char *clean = cleaned(rows, text, strlen(text), SG_SANITISE_LINE);
	return clean ? clean : "";
}

const char *sg_view_glyph(const struct sg_rows *rows, enum sg_glyph glyph)
{
	static const char *const glyphs[][2] = {
#define X(id, glyph, ascii) [SG_GLYPH_##id] = {(glyph), (ascii)},
		SG_GLYPH_LIST(X)
#undef X
	};
	return glyphs[glyph][rows->ascii ? 1 : 0];
}

void sg_view_begin(struct sg_rows *rows, const struct sg_view_input *in)
{
	rows->ascii = rows->ascii || in->ascii;
	rows->say = in->say ? in->say : rows->say;
	if (in->banner && *in->banner)
		sg_rows_add(rows, SG_STYLE_FAIL, "%s %s", sg_view_glyph(rows, SG_GLYPH_WARN),
			sg_rows_clean(rows, in->banner));
}

static const char *kept(const char *text)
{
	return text ? text : "";
}

const char *sg_view_pad(struct sg_rows *rows, const char *text, size_t columns)
{
	const char *clean = sg_rows_clean(rows, text);
	size_t n = sg_utf8_columns(clean);
	int blanks = n < columns ? (int)(columns - n) : 0;
	return kept(sg_arena_printf(rows->arena, "%s%*s", clean, blanks, ""));
}

size_t sg_view_width(struct sg_rows *rows, const struct sg_strs *names)
{
	size_t width = 8;
	for (size_t i = 0; i < names->n && width < 40; i++) {
		size_t n = sg_utf8_columns(sg_rows_clean(rows, names->v[i]));
		if (n > width)
			width = n < 40 ? n : 40;
	}
	return width;
}

const char *sg_view_join(struct sg_rows *rows, const struct sg_strs *list, const char *between)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;
	for (size_t i = 0; i < list->n; i++) {
		sg_strbuf_adds(&sb, i ? between : "");
		sg_utf8_sanitise(&sb, list->v[i], strlen(list->v[i]), SG_SANITISE_LINE);
	}
	const char *text = sg_strbuf_failed(&sb) ? NULL : sg_arena_str(rows->arena, sb.bytes);
	sg_strbuf_release(&sb);
	return kept(text);
}

const char *sg_view_span(struct sg_rows *rows, int64_t span_ms)
{
	long long s = span_ms > 0 ? (long long)(span_ms / 1000) : 0;
	long long tenth = span_ms > 0 ? (long long)(span_ms % 1000 / 100) : 0;
	const char *text;
	if (s < 10)
		text = sg_arena_printf(rows->arena, sg_say(rows->say, "%lld.%lld s"), s, tenth);
	else if (s < 60)
		text = sg_arena_printf(rows->arena, sg_say(rows->say, "%lld s"), s);
	else if (s < 3600)
		text = sg_arena_printf(
			rows->arena, sg_say(rows->say, "%lld min %lld s"), s / 60, s % 60);
	else
		text = sg_arena_printf(rows->arena, sg_say(rows->say, "%lld h %lld min"),
			s / 3600, s % 3600 / 60);
	return kept(text);
}

const char *sg_view_ending(struct sg_rows *rows, const struct sg_exec *exec)
{
	const char *text = sg_cause_name(exec->cause);
	switch (exec->cause) {
	case SG_CAUSE_EXITED:
		text = sg_arena_printf(rows->arena, "exit %d", exec->exit_status);
		break;
	case SG_CAUSE_SIGNALLED:
		text = sg_arena_printf(rows->arena, "signal %d", exec->signal);
		break;
	case SG_CAUSE_TIMEOUT:
	case SG_CAUSE_IDLE:
	case SG_CAUSE_CANCELLED:
	case SG_CAUSE_NOT_STARTED:
	case SG_CAUSE_COUNT: break;
	}
	const size_t n_strayed = exec->strayed.n + exec->forbidden.n;
	if (text && n_strayed)
		text = sg_arena_printf(rows->arena,
			sg_say_n(rows->say, "%s, changed %zu path out of its scope",
				"%s, changed %zu paths out of its scope", n_strayed),
			text, n_strayed);
	if (text && *exec->error)
		text = sg_arena_printf(
			rows->arena, "%s: %s", text, sg_rows_clean(rows, exec->error));
	return kept(text);
}

const char *sg_view_bar(struct sg_rows *rows, const struct sg_tally *tally)
{
	enum { CELLS = 25 };
	struct sg_strbuf sb = SG_STRBUF_INIT;
	size_t passed = tally->passed < tally->total ? tally->passed : tally->total;
	size_t full = tally->total ? passed * CELLS / tally->total : 0;
	for (size_t i = 0; i < CELLS; i++)
		sg_strbuf_adds(
			&sb, sg_view_glyph(rows, i < full ? SG_GLYPH_FULL : SG_GLYPH_EMPTY));
	const char *text = sg_strbuf_failed(&sb) ? NULL : sg_arena_str(rows->arena, sb.bytes);
	sg_strbuf_release(&sb);
	return kept(text);
}

const char *sg_view_ref(struct sg_rows *rows, const char *ref)
{
	static const char folder[] = ".stepgate/steps/";
	const char *mark = strstr(ref, "#sha256=");
	const char *from =
		strncmp(ref, folder, strlen(folder)) == 0 ? ref + strlen(folder) : ref;
	if (!mark || mark < from)
		return sg_rows_clean(rows, from);
	const char *path = sg_arena_strn(rows->arena, from, (size_t)(mark - from));
	const char *text = sg_arena_printf(rows->arena, "%s %.8s%s",
		sg_rows_clean(rows, kept(path)), sg_rows_clean(rows, mark + strlen("#sha256=")),
		sg_view_glyph(rows, SG_GLYPH_MORE));
	return kept(text);
}

void sg_view_list(struct sg_rows *rows, enum sg_style style, const char *title,
	const struct sg_strs *list)
{
	if (!list->n)
		return;
	sg_rows_add(rows, SG_STYLE_PLAIN, "%s", title);
	for (size_t i = 0; i < list->n; i++)
		sg_rows_add(rows, style, "  - %s", sg_rows_clean(rows, list->v[i]));
}
