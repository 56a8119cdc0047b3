/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the gates are made with: findings by check, the shapes of fields, lists in two parts. */
#include "core/gate_internal.h"

#include <stdlib.h>
#include <string.h>

bool sg_gate_failed(const struct sg_gate *g)
{
	return g->failed || sg_arena_failed(g->arena) || sg_strbuf_failed(&g->line);
}

const char *sg_gate_join(struct sg_gate *g, const char *const *parts, size_t max_parts)
{
	sg_strbuf_clear(&g->line);
	for (size_t i = 0; i < max_parts && parts[i]; i++)
		sg_strbuf_adds(&g->line, parts[i]);
	const char *text = sg_arena_strn(g->arena, g->line.bytes, g->line.n_bytes);
	return text ? text : "";
}

static bool findings_grow(struct sg_findings *f)
{
	if (f->n < f->capacity)
		return true;
	const size_t capacity = f->capacity > 0 ? f->capacity * 2 : 8;
	struct sg_reason *v = reallocarray(f->v, capacity, sizeof(*v));
	if (!v)
		return false;
	f->v = v;
	f->capacity = capacity;
	return true;
}

static void line_adds(struct sg_gate *g, const char *const *parts, size_t max_parts)
{
	for (size_t i = 0; i < max_parts && parts[i]; i++)
		sg_strbuf_adds(&g->line, parts[i]);
}

void sg_gate_reason(struct sg_gate *g, const struct sg_finding *finding)
{
	struct sg_findings *f = &g->findings[finding->check];
	const char *const head[] = {sg_code_name(finding->code), ": ",
		sg_check_name(finding->check), ": ", finding->subject, ": expected "};

	if (!findings_grow(f)) {
		g->failed = true;
		return;
	}
	sg_strbuf_clear(&g->line);
	line_adds(g, head, SG_ARRAY_SIZE(head));
	line_adds(g, finding->expected, SG_ARRAY_SIZE(finding->expected));
	sg_strbuf_adds(&g->line, ", found ");
	line_adds(g, finding->found, SG_ARRAY_SIZE(finding->found));
	const char *text = sg_arena_strn(g->arena, g->line.bytes, g->line.n_bytes);
	f->v[f->n++] = (struct sg_reason){
		.code = finding->code,
		.check = finding->check,
		.subject = finding->subject,
		.text = text ? text : "",
		.fix = sg_gate_join(g, finding->fix, SG_ARRAY_SIZE(finding->fix)),
	};
}

void sg_gate_pass(struct sg_gate *g, enum sg_check check)
{
	g->tally[check].passed++;
	g->tally[check].total++;
}

void sg_gate_fail(struct sg_gate *g, const struct sg_finding *finding)
{
	g->tally[finding->check].total++;
	sg_gate_reason(g, finding);
}

enum sg_shape sg_gate_shape(const struct sg_gate *g, enum sg_field_id field)
{
	return (enum sg_shape)g->m->shape[field];
}

const char *sg_shape_found(enum sg_shape shape, const char *wrong)
{
	return shape == SG_SHAPE_ABSENT ? "absent" : wrong;
}

void sg_gate_list_and_ledger(struct sg_gate *g, enum sg_check check, enum sg_field_id list_id,
	const struct sg_strs *list, enum sg_field_id ledger_id)
{
	const char *field = sg_manifest_fields[list_id].key;
	const char *ledger = sg_manifest_fields[ledger_id].key;
	const enum sg_shape list_shape = sg_gate_shape(g, list_id);
	const enum sg_shape ledger_shape = sg_gate_shape(g, ledger_id);

	if (list_shape != SG_SHAPE_PRESENT || list->n == 0)
		sg_gate_fail(g, &(struct sg_finding){
					.check = check,
					.code = SG_CODE_MARKER_NOT_CONFIRMED,
					.subject = field,
					.expected = {"a non-empty list of texts"},
					.found = {list_shape == SG_SHAPE_PRESENT
							  ? "an empty list"
							  : sg_shape_found(list_shape,
								    "not a list of texts")},
					.fix = {"Add ", field, " to the route"},
				});
	else
		sg_gate_pass(g, check);
	if (ledger_shape != SG_SHAPE_PRESENT)
		sg_gate_fail(g, &(struct sg_finding){
					.check = check,
					.code = SG_CODE_MARKER_NOT_CONFIRMED,
					.subject = ledger,
					.expected = {"a list"},
					.found = {sg_shape_found(ledger_shape, "not a list")},
					.fix = {"Add ", ledger, " to LEDGERS"},
				});
	else
		sg_gate_pass(g, check);
}

void sg_gate_split(struct sg_gate *g, const struct sg_strs *list, const unsigned char *flags,
	struct sg_strs *ret_yes, struct sg_strs *ret_no)
{
	size_t n_yes = 0;

	for (size_t i = 0; i < list->n; i++)
		n_yes += flags[i] != 0;
	/* all or none of them is the common case, and shares the list */
	if (n_yes == list->n || n_yes == 0) {
		const struct sg_strs none = {NULL, 0};
		*ret_yes = n_yes > 0 ? *list : none;
		*ret_no = n_yes > 0 ? none : *list;
		return;
	}
	const char **v = sg_arena_array(g->arena, list->n, sizeof(*v));
	if (!v)
		return;
	size_t yes = 0;
	size_t no = n_yes;
	for (size_t i = 0; i < list->n; i++)
		v[flags[i] ? yes++ : no++] = list->v[i];
	*ret_yes = (struct sg_strs){v, n_yes};
	*ret_no = (struct sg_strs){v + n_yes, list->n - n_yes};
}

bool sg_gate_is_val(const struct sg_gate *g, const char *role)
{
	return g->input->val_in_progress && strcmp(role, SG_ROLE_VAL) == 0;
}

bool sg_gate_is_val_report(const struct sg_gate *g, const char *output)
{
	return g->input->val_in_progress && strcmp(output, SG_OUTPUT_VAL_REPORT) == 0;
}

const char *sg_status_said(const char *status_text)
{
	return status_text[0] != '\0' ? status_text : "no status";
}
