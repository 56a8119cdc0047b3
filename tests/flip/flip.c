/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * flip: one bit of a trace or a manifest is another; then tails of a trace that no process wrote.
 *
 * A flip is found when opening for reading or verify says that something is wrong, and located when
 * what is said names the file and the line; in the trace the line or the next one, whose `prev` no longer
 * fits. A manifest is judged by its value: a flip that leaves the value as it was (a
 * blank more at the end of a line) is none, and counted apart; that it is so is asked of the reader.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fs.h"
#include "format/manifest_io.h"
#include "harness/harness.h"
#include "proof/proof.h"
#include "store/verify.h"

#define SAID_MAX  10
#define TEXT_SIZE 8192

enum { FLIPS, FOUND, LOCATED, SAME_VALUE, TAILS, VIOLATIONS };

/* All that is said of the folder, one sentence a line; "" when nothing is wrong. */
static void ask(const struct run_case *c, char text[TEXT_SIZE])
{
	struct sg_session_options options = c->options;
	struct sg_session *s = NULL;
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_err err = SG_ERR_INIT;
	struct sg_verify found = {.n = 0};
	char said[SG_ERR_TEXT_SIZE + SG_ERR_FILE_SIZE + 64];
	size_t n = 0;

	options.read_only = true;
	text[0] = '\0';
	if (sg_session_open(&s, &options, &err) != SG_OK) {
		(void)snprintf(text, TEXT_SIZE, "%s\n", sg_err_text(&err, said, sizeof(said)));
		return;
	}
	if (sg_session_standing(s) != SG_STANDING_CLEAN)
		n += (size_t)snprintf(
			text + n, TEXT_SIZE - n, "%s\n", sg_session_standing_text(s));
	const enum sg_rc rc = sg_verify_run(s, &arena, &found, &err);
	if (rc != SG_OK && n < TEXT_SIZE)
		n += (size_t)snprintf(text + n, TEXT_SIZE - n, "%s\n",
			sg_err_text(&err, said, sizeof(said)));
	for (size_t i = 0; i < found.n && n < TEXT_SIZE; i++)
		n += (size_t)snprintf(
			text + n, TEXT_SIZE - n, "%s\n", found.v[i].text);
	sg_arena_release(&arena);
	sg_session_close(s);
}

/* Whether a sentence names file:line, with a line from first to last. */
static bool names(const char *text, const char *file, size_t first, size_t last)
{
	for (size_t line = first; line <= last; line++) {
		char place[256];
		const int n = snprintf(place, sizeof(place), "%s:%zu", file, line);
		for (const char *at = text; (at = strstr(at, place)); at++)
			if (at[n] < '0' || at[n] > '9')
				return true;
	}
	return false;
}

struct flipping {
	const char *file;
	struct run_case c;
	char *bytes;
	size_t n_bytes;
	struct sg_manifest value; /* of the manifest; in arena */
	struct sg_arena arena;
	bool is_manifest;
};

static void put(const struct flipping *f, const char *bytes, size_t n_bytes)
{
	char *path = case_path(&f->c, f->file);
	const int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0 || write(fd, bytes, n_bytes) != (ssize_t)n_bytes)
		proof_die("cannot write %s", path);
	close(fd);
	free(path);
}

static bool has_same_value(struct flipping *f, size_t at, int bit)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_manifest found;
	struct sg_manifest_source source;

	f->bytes[at] = (char)(f->bytes[at] ^ (1 << bit));
	const bool same =
		f->is_manifest &&
		sg_manifest_read(&arena, f->file, f->bytes, f->n_bytes, SG_READ_STRICT, &found,
			&source, NULL) == SG_OK &&
		sg_manifest_equal(&found, &f->value);
	f->bytes[at] = (char)(f->bytes[at] ^ (1 << bit));
	sg_arena_release(&arena);
	return same;
}

static void flip(struct flipping *f, size_t at, int bit, struct proof_counts *counts)
{
	char text[TEXT_SIZE];
	size_t line = 1;

	for (size_t i = 0; i < at; i++)
		line += f->bytes[i] == '\n';
	f->bytes[at] = (char)(f->bytes[at] ^ (1 << bit));
	put(f, f->bytes, f->n_bytes);
	ask(&f->c, text);
	f->bytes[at] = (char)(f->bytes[at] ^ (1 << bit));
	const bool located = names(text, f->file, line, f->is_manifest ? line : line + 1);
	counts->v[FLIPS]++;
	counts->v[FOUND] += text[0] != '\0';
	counts->v[LOCATED] += located;
	if (!located && text[0] == '\0' && has_same_value(f, at, bit))
		counts->v[SAME_VALUE]++;
	else if (!located && counts->v[VIOLATIONS]++ < SAID_MAX)
		(void)fprintf(proof_out, "flip: %s:%zu, byte %zu, bit %d: %s\n", f->file, line,
			at, bit, text[0] ? text : "not found\n");
	if (counts->v[VIOLATIONS] > 0)
		proof_found();
}

/* The folder of a STEP that passed, and one of its files. */
static void flipping_begin(struct flipping *f, const char *file)
{
	const struct workload *w = NULL;

	for (size_t i = 0; i < n_workloads; i++)
		if (strcmp(workloads[i].name, "VAL") == 0)
			w = &workloads[i];
	if (!w)
		proof_die("there is no VAL");
	*f = (struct flipping){.file = file,
		.arena = SG_ARENA_INIT,
		.is_manifest = strcmp(file, SG_TRACE_FILE) != 0};
	place_make(&f->c, w, "flip");
	tree_write(&workload_begun(w)->tree, f->c.folder);
	w->act(&f->c);
	char *path = case_path(&f->c, file);
	f->bytes = sg_t_read(path, &f->n_bytes);
	free(path);
	struct sg_manifest_source source;
	if (f->is_manifest && sg_manifest_read(&f->arena, file, f->bytes, f->n_bytes,
				      SG_READ_STRICT, &f->value, &source, NULL) != SG_OK)
		proof_die("the manifest cannot be read");
	char text[TEXT_SIZE];
	ask(&f->c, text);
	if (text[0])
		proof_die("without a flip it says: %s", text);
}

static void flipping_end(struct flipping *f)
{
	free(f->bytes);
	sg_arena_release(&f->arena);
	place_free(&f->c);
}

static void flip_file(const char *file, unsigned worker, struct proof_counts *counts)
{
	struct flipping f;
	unsigned turn = 0;

	flipping_begin(&f, file);
	for (size_t at = 0; at < f.n_bytes; at++)
		for (int bit = 0; bit < 8; bit++) {
			turn++;
			if (turn % proof_options.stride == 0 &&
				turn / proof_options.stride % proof_options.workers == worker)
				flip(&f, at, bit, counts);
		}
	flipping_end(&f);
}

static void work_trace(unsigned worker, struct proof_counts *counts)
{
	flip_file(SG_TRACE_FILE, worker, counts);
}

static void work_manifest(unsigned worker, struct proof_counts *counts)
{
	flip_file(CASE_MANIFEST, worker, counts);
}

/* --- tails --- */

/* What stands behind the last line was never acknowledged: it is cut off, and said so. */
static void try_tail(struct flipping *f, const char *what, const char *tail, size_t n_tail,
	struct proof_counts *counts)
{
	struct sg_session *s = NULL;
	struct sg_err err = SG_ERR_INIT;
	char *whole = proof_alloc(f->n_bytes + n_tail + 1);
	char text[TEXT_SIZE];
	const char *bad = NULL;
	size_t n = 0;

	memcpy(whole, f->bytes, f->n_bytes);
	memcpy(whole + f->n_bytes, tail, n_tail);
	put(f, whole, f->n_bytes + n_tail);
	free(whole);
	counts->v[TAILS]++;
	if (sg_session_open(&s, &f->c.options, &err) != SG_OK)
		bad = err.text;
	else if (sg_session_standing(s) != SG_STANDING_CLEAN)
		bad = sg_session_standing_text(s);
	else if (sg_session_notes(s)->n == 0)
		bad = "nothing is said of it";
	(void)snprintf(text, sizeof(text), "%s", bad ? bad : "");
	sg_session_close(s);
	char *path = case_path(&f->c, f->file);
	char *now = sg_t_read(path, &n);
	if (!bad && (n != f->n_bytes || memcmp(now, f->bytes, n) != 0))
		(void)snprintf(text, sizeof(text), "the trace is not what it was");
	free(now);
	free(path);
	if (text[0] && counts->v[VIOLATIONS]++ < SAID_MAX)
		(void)fprintf(proof_out, "flip: a tail of %zu bytes, %s: %s\n", n_tail, what, text);
	if (text[0])
		proof_found();
}

static void try_tails(struct flipping *f, struct proof_counts *counts)
{
	static const size_t sizes[] = {
		1, 2, 13, 511, 512, 513, 4095, 4096, 4097, 65536, 262144, 2 << 20};
	char *bytes = proof_alloc(2 << 20);

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const size_t n = sizes[i];
		memset(bytes, 0, n);
		try_tail(f, "zeros", bytes, n, counts);
		uint64_t random = proof_options.seed;
		for (size_t k = 0; k < n; k++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407u;
			bytes[k] = (char)(random >> 56);
		}
		try_tail(f, "garbage", bytes, n, counts);
		memset(bytes, ' ', n);
		memcpy(bytes, "{\"seq\":99", n < 9 ? n : 9);
		try_tail(f, "the beginning of a line", bytes, n, counts);
		memset(bytes, '\n', n);
		try_tail(f, "empty lines", bytes, n, counts);
	}
	free(bytes);
}

/*
 * The last line, cut short, under a manifest that holds it: it was acknowledged, so nothing is cut
 * off, and nobody calls the run clean.
 */
static void try_short(struct flipping *f, struct proof_counts *counts)
{
	size_t start = f->n_bytes - 1;

	while (start > 0 && f->bytes[start - 1] != '\n')
		start--;
	for (size_t n = start; n < f->n_bytes; n += 1 + proof_options.stride / 8) {
		struct sg_session *s = NULL;
		size_t left = 0;
		put(f, f->bytes, n);
		counts->v[TAILS]++;
		const bool clean =
			sg_session_open(&s, &f->c.options, NULL) == SG_OK &&
			sg_session_standing(s) == SG_STANDING_CLEAN;
		sg_session_close(s);
		char *path = case_path(&f->c, f->file);
		free(sg_t_read(path, &left));
		free(path);
		if ((clean || left != n) && counts->v[VIOLATIONS]++ < SAID_MAX)
			(void)fprintf(proof_out,
				"flip: the last line cut at byte %zu of %zu: %s, %zu bytes left\n", n,
				f->n_bytes, clean ? "called clean" : "cut off", left);
	}
}

static void work_tails(unsigned worker, struct proof_counts *counts)
{
	struct flipping f;

	if (worker > 0)
		return;
	flipping_begin(&f, SG_TRACE_FILE);
	try_tails(&f, counts);
	try_short(&f, counts);
	flipping_end(&f);
}

unsigned proof_flip(void)
{
	static void (*const works[])(unsigned worker, struct proof_counts *counts) = {
		work_trace, work_manifest, work_tails};
	static const char *const names_of[] = {"trace", "manifest", "tails"};
	struct proof_counts all = {.v = {0}};
	const int64_t begun = proof_ms();

	for (size_t i = 0; i < 3; i++) {
		const int64_t from = proof_ms();
		struct proof_counts sum;
		proof_share_out(works[i], &sum);
		for (size_t k = 0; k < PROOF_COUNTS; k++)
			all.v[k] += sum.v[k];
		if (i == 2)
			(void)fprintf(proof_out, "flip: %llu tails, %llu violations, %.1f s\n",
				(unsigned long long)sum.v[TAILS],
				(unsigned long long)sum.v[VIOLATIONS],
				(double)(proof_ms() - from) / 1000);
		else
			(void)fprintf(proof_out,
				"flip: %s: %llu flips (every %u. bit), %llu found, %llu located, %llu "
				"of no change of value, %llu violations, %.1f s\n",
				names_of[i], (unsigned long long)sum.v[FLIPS],
				proof_options.stride, (unsigned long long)sum.v[FOUND],
				(unsigned long long)sum.v[LOCATED],
				(unsigned long long)sum.v[SAME_VALUE],
				(unsigned long long)sum.v[VIOLATIONS],
				(double)(proof_ms() - from) / 1000);
	}
	(void)fprintf(proof_out,
		"flip: %llu flips (every %u. bit), %llu found, %llu located, %llu of no change of "
		"value, %llu tails, %llu violations, %.1f s\n",
		(unsigned long long)all.v[FLIPS], proof_options.stride,
		(unsigned long long)all.v[FOUND], (unsigned long long)all.v[LOCATED],
		(unsigned long long)all.v[SAME_VALUE], (unsigned long long)all.v[TAILS],
		(unsigned long long)all.v[VIOLATIONS], (double)(proof_ms() - begun) / 1000);
	return (unsigned)all.v[VIOLATIONS];
}
