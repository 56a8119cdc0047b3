/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PACK: what the contract asks for, gathered into one folder and listed.
 *
 * What the tree, the trace and the operator already say is computed here, once, where the
 * contract names it: PATCH_OUTPUT.diff, CHANGELOG_ENTRY.md, NEXT_POINTER.yaml, PATCHSET_ID.txt,
 * LAST_FILES_CHANGED.txt (one path a line). VAL_REPORT comes later, and PACK_OUTPUT.yaml is the
 * list.
 */
#include "store/pack.h"

#include <string.h>

#include "base/clock.h"
#include "base/fs.h"
#include "base/quote.h"
#include "base/table.h"
#include "core/changelog_entry.h"
#include "format/report.h"
#include "store/evidence_internal.h"

#define PACK_NAME       "PACK_OUTPUT"
#define PACK_FILE       "PACK_OUTPUT.yaml"
#define SEAL_FILE       "FINAL.yaml"
#define FINAL_MAX_BYTES ((size_t)64 << 20)

struct packing {
	const struct sg_tree_where *where;
	const struct sg_run *run;
	const char *folder;
	struct sg_arena *arena;
	struct sg_ev_pack *ev;
	struct sg_strbuf *diff;
	struct sg_table proofs;     /* OUTPUT name -> index in the run's proofs */
	struct sg_table file_names; /* in the folder; to find two of one name */
	struct sg_file *list;       /* room for the contract */
	size_t n_list;
	struct sg_file *files; /* what PACK made itself */
	size_t n_files;
	struct sg_strs_builder missing;
};

static enum sg_rc no_memory(struct sg_err *err)
{
	return sg_err_set(err, SG_NOMEM, "cannot make the pack: out of memory");
}

static void say(struct packing *p, const char *sentence)
{
	if (sentence && p->ev->error[0] == '\0')
		p->ev->error = sentence;
}

/* False, and said, where the folder has a file of that name or keeps it for the seal. */
static bool name_is_free(struct packing *p, const char *output, const char *file_name)
{
	if (strcmp(file_name, PACK_FILE) != 0 && strcmp(file_name, SEAL_FILE) != 0 &&
		sg_table_put(&p->file_names, file_name, 0) == SG_TABLE_NONE)
		return true;
	say(p, sg_arena_printf(p->arena, "the pack cannot hold %s: the file name %s is taken",
		       output, file_name));
	return false;
}

static void list_file(struct packing *p, const struct sg_file *file, bool made)
{
	p->list[p->n_list++] = *file;
	if (made)
		p->files[p->n_files++] = *file;
}

/* A file of PACK's own; empty text means that there is nothing to say: the item is missing. */
static enum sg_rc add_computed(struct packing *p, const char *name, const char *extension,
	const struct sg_strbuf *text, struct sg_err *err)
{
	const char *file_name = sg_arena_printf(p->arena, "%s%s", name, extension);
	struct sg_file file;

	if (!file_name || sg_strbuf_failed(text))
		return no_memory(err);
	if (text->n_bytes == 0) {
		sg_strs_builder_add(&p->missing, name);
		return SG_OK;
	}
	if (!name_is_free(p, name, file_name))
		return SG_OK;
	const enum sg_rc rc = sg_evidence_store(p->where->dir, p->folder, file_name, name,
		text->bytes, text->n_bytes, p->arena, &file, err);
	if (rc == SG_OK)
		list_file(p, &file, true);
	return rc;
}

static void next_pointer_text(const struct packing *p, struct sg_strbuf *out)
{
	if (p->ev->next_file[0] == '\0')
		return;
	sg_strbuf_adds(out, "NEXT_POINTER:\n  FILE: ");
	sg_yaml_quote(out, p->ev->next_file);
	sg_strbuf_adds(out, "\n  GOAL: ");
	sg_yaml_quote(out, p->ev->next_goal);
	sg_strbuf_addc(out, '\n');
}

/* A path may hold a newline, and the list has one line a path. */
static void changed_files_text(const struct packing *p, struct sg_strbuf *out)
{
	for (size_t i = 0; i < p->ev->patch.files.n; i++) {
		const char *path = p->ev->patch.files.v[i];
		if (strpbrk(path, "\n\r\"\\"))
			sg_yaml_quote(out, path);
		else
			sg_strbuf_adds(out, path);
		sg_strbuf_addc(out, '\n');
	}
}

enum computed { NOT_COMPUTED, DIFF, ENTRY, POINTER, PATCHSET, CHANGED };

static const struct {
	const char *name;
	const char *extension;
	enum computed what;
} computed_outputs[] = {
	{"PATCH_OUTPUT", ".diff", DIFF},
	{"CHANGELOG_ENTRY", ".md", ENTRY},
	{"NEXT_POINTER", ".yaml", POINTER},
	{"PATCHSET_ID", ".txt", PATCHSET},
	{"LAST_FILES_CHANGED", ".txt", CHANGED},
};

static void computed_text(const struct packing *p, enum computed what, struct sg_strbuf *out)
{
	const struct sg_patch *patch = &p->ev->patch;

	switch (what) {
	case DIFF:
		sg_strbuf_add(out, p->diff->bytes, patch->changed ? p->diff->n_bytes : 0);
		break;
	case ENTRY: sg_strbuf_adds(out, p->ev->entry); break;
	case POINTER: next_pointer_text(p, out); break;
	case PATCHSET:
		if (patch->changed)
			sg_strbuf_addf(out, "%s\n", patch->patchset_id);
		break;
	case CHANGED: changed_files_text(p, out); break;
	case NOT_COMPUTED: break;
	}
}

/* The recorded file of a present output, or NULL. */
static const struct sg_file *made_file(const struct packing *p, const char *name)
{
	const struct sg_output_row *row = sg_manifest_output(&p->run->manifest, name);
	const size_t at = sg_table_get(&p->proofs, name);

	if (!row || row->present != SG_TRUTH_TRUE || at == SG_TABLE_NONE)
		return NULL;
	const struct sg_files *files = &p->run->proofs.v[at].files;
	return files->n > 0 ? &files->v[0] : NULL;
}

/* What a role or an engine made, if it is still what was recorded. */
static enum sg_rc add_gathered(struct packing *p, const char *name, struct sg_err *err)
{
	SG_CLEANUP(sg_fd_close) int fd = -1;
	const struct sg_file *made = made_file(p, name);
	struct sg_file file = {"", "", 0, ""};
	bool fresh = false;
	enum sg_rc rc = SG_OK;

	if (made)
		rc = sg_evidence_open_fresh(p->where->dir, made, &fd, &fresh, err);
	if (rc < 0)
		return rc;
	if (!fresh || !made) {
		sg_strs_builder_add(&p->missing, name);
		return SG_OK;
	}
	const char *file_name = sg_evidence_base(made->path);
	if (!name_is_free(p, name, file_name))
		return SG_OK;
	rc = sg_evidence_copy(
		fd, p->where->dir, p->folder, file_name, name, p->arena, &file, err);
	if (rc == SG_OK)
		list_file(p, &file, false);
	return rc;
}

static enum sg_rc add_item(struct packing *p, const char *name, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;

	if (strcmp(name, PACK_NAME) == 0 || strcmp(name, "VAL_REPORT") == 0)
		return SG_OK;
	for (size_t i = 0; i < SG_ARRAY_SIZE(computed_outputs); i++) {
		if (strcmp(name, computed_outputs[i].name) != 0)
			continue;
		computed_text(p, computed_outputs[i].what, &text);
		return add_computed(p, name, computed_outputs[i].extension, &text, err);
	}
	return add_gathered(p, name, err);
}

/*
 * The diff, the patchset and the entry; a tree that cannot be compared fails PACK, not
 * stepgate.
 */
static enum sg_rc compare_tree(struct packing *p, struct sg_err *err)
{
	const struct sg_run *run = p->run;
	struct sg_err why = SG_ERR_INIT;
	char date[SG_TIME_SIZE];

	if (!run->base || run->base[0] == '\0')
		return SG_OK;
	const enum sg_rc rc =
		sg_patch_compare(p->where, run->base, run->manifest.last_patchset_id,
			run->patch.patchset_id, p->arena, &p->ev->patch, p->diff, &why);
	if (rc == SG_NOMEM)
		return no_memory(err);
	if (rc < 0) {
		say(p, sg_arena_printf(
			       p->arena, "the change of the tree is not known: %s", why.text));
		return SG_OK;
	}
	p->ev->entry = sg_changelog_entry(
		p->arena, run, &p->ev->patch, sg_time_date(run->time_ms, date));
	return SG_OK;
}

static enum sg_rc write_list(struct packing *p, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf text = SG_STRBUF_INIT;
	const struct sg_files list = {p->list, p->n_list};
	struct sg_file file;

	sg_report_pack(&text, p->where->step_id, &p->ev->patch, &list);
	if (sg_strbuf_failed(&text))
		return no_memory(err);
	const enum sg_rc rc = sg_evidence_store(p->where->dir, p->folder, PACK_FILE, PACK_NAME,
		text.bytes, text.n_bytes, p->arena, &file, err);
	if (rc == SG_OK)
		p->files[p->n_files++] = file;
	return rc;
}

static enum sg_rc gather(struct packing *p, struct sg_err *err)
{
	const struct sg_strs *contract = &p->run->manifest.output_contract;
	struct sg_strs_builder once;

	p->list = sg_arena_array(p->arena, contract->n + 1, sizeof(*p->list));
	p->files = sg_arena_array(p->arena, contract->n + 1, sizeof(*p->files));
	if (!p->list || !p->files)
		return no_memory(err);
	for (size_t i = 0; i < p->run->proofs.n; i++) {
		if (p->run->proofs.v[i].kind == SG_FACT_OUTPUT)
			sg_table_put(&p->proofs, p->run->proofs.v[i].name, i);
	}
	/* a name that stands twice in the contract counts once */
	sg_strs_builder_init(&once, p->arena);
	for (size_t i = 0; i < contract->n; i++)
		sg_strs_builder_add_once(&once, contract->v[i]);
	for (size_t i = 0; i < once.n; i++) {
		const enum sg_rc rc = add_item(p, once.v[i], err);
		if (rc < 0)
			return rc;
	}
	return write_list(p, err);
}

static enum sg_rc make(struct packing *p, struct sg_err *err)
{
	enum sg_rc rc = sg_evidence_begin(p->where->dir, p->folder, err);

	if (rc == SG_OK)
		rc = compare_tree(p, err);
	if (rc == SG_OK)
		rc = gather(p, err);
	if (rc < 0)
		return rc;
	p->ev->list = (struct sg_files){p->list, p->n_list};
	p->ev->files = (struct sg_files){p->files, p->n_files};
	p->ev->missing = sg_strs_builder_list(&p->missing);
	return sg_arena_failed(p->arena) || p->proofs.failed || p->file_names.failed
		       ? no_memory(err)
		       : SG_OK;
}

enum sg_rc sg_pack_make(const struct sg_tree_where *where, const struct sg_run *run,
	const char *folder, const char *next_file, const char *next_goal,
	struct sg_arena *arena, struct sg_ev_pack *ret, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf diff = SG_STRBUF_INIT;
	struct sg_ev_pack ev = {
		.patch = {.changed = false, .patchset_id = "", .tree = ""},
		.entry = "",
		.error = "",
		.next_file = sg_arena_str(arena, next_file),
		.next_goal = sg_arena_str(arena, next_goal),
	};
	struct packing p = {
		.where = where,
		.run = run,
		.folder = folder,
		.arena = arena,
		.ev = &ev,
		.diff = &diff,
		.proofs = SG_TABLE_INIT,
		.file_names = SG_TABLE_INIT,
	};

	if (sg_arena_failed(arena))
		return no_memory(err);
	sg_strs_builder_init(&p.missing, arena);
	const enum sg_rc rc = make(&p, err);
	sg_table_release(&p.proofs);
	sg_table_release(&p.file_names);
	if (rc == SG_OK)
		*ret = ev;
	return rc;
}

enum sg_rc sg_pack_write_final(int dir, const char *path, const char *bytes, struct sg_err *err)
{
	SG_CLEANUP(sg_strbuf_release) struct sg_strbuf old = SG_STRBUF_INIT;

	/*
	 * what cannot be read is written again: if that fails too, that is the reason to give
	 */
	if (sg_fs_read_beneath(dir, path, FINAL_MAX_BYTES, &old, NULL) == SG_OK &&
		!sg_strbuf_failed(&old) && strcmp(old.bytes, bytes) == 0 &&
		old.n_bytes == strlen(bytes))
		return SG_OK;
	return sg_fs_replace(dir, path, bytes, strlen(bytes), err);
}
