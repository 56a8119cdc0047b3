/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The man pages say what the program's tables say: the commands, the fields of the manifest, the
 * events of the trace with all their members. A row that is added, renamed or moved without its
 * page fails here, and so does a page that names what does not exist.
 */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/attr.h"
#include "base/strbuf.h"
#include "cmd/settings.h"
#include "cmd/table.h"
#include "format/json_schema.h"
#include "harness/harness.h"
#include "unit/cmd/page.h"

/* "open a STEP" -> "Open a STEP." */
static char *sentence(const char *help)
{
	char *text = sg_t_format("%s.", help);

	text[0] = (char)toupper((unsigned char)text[0]);
	return text;
}

static void expect_sentence(const struct part *part, size_t at, const char *help)
{
	char *expected = sentence(help);

	cr_assert_lt(at, part->to, "%s ends before '%s'", part->page->path, expected);
	cr_expect_str_eq(part->page->lines[at], expected, "%s:%zu: expected '%s', found '%s'",
		part->page->path, at + 1, expected, part->page->lines[at]);
	free(expected);
}

/* --- stepgate(1): COMMANDS --- */

/* ".Op Fl -file Ar F" -> "[--file F]"; ".Ic step Ar GOAL" -> "step GOAL" */
static void add_head_line(struct sg_strbuf *out, const char *line)
{
	const bool optional = line_starts(line, ".Op ");
	const char *dash = "";
	const char *space = "";

	sg_strbuf_adds(out, out->n_bytes ? " " : "");
	sg_strbuf_adds(out, optional ? "[" : "");
	for (const char *p = line + (optional ? 4 : 1); *p;) {
		const size_t n = strcspn(p, " ");
		if (n == 2 && strncmp(p, "Fl", n) == 0) {
			dash = "-";
		} else if (n != 2 || (strncmp(p, "Ic", n) != 0 && strncmp(p, "Ar", n) != 0)) {
			sg_strbuf_addf(out, "%s%s%.*s", space, dash, (int)n, p);
			dash = "";
			space = " ";
		}
		p += n + (p[n] == ' ');
	}
	sg_strbuf_adds(out, optional ? "]" : "");
}

static size_t expect_head(const struct part *part, size_t at, const struct sg_command *command)
{
	struct sg_strbuf head = SG_STRBUF_INIT;
	char usage[256];
	const char *aliases = "";

	for (; at < part->to && strcmp(part->page->lines[at], ".Xc") != 0; at++)
		add_head_line(&head, part->page->lines[at]);
	cr_expect_str_eq(head.bytes, sg_command_usage(command, usage, sizeof(usage)),
		"%s: expected '%s', found '%s'", part->page->path, usage, head.bytes);
	sg_strbuf_release(&head);
	at++;
	if (at < part->to && line_starts(part->page->lines[at], ".Pq also Ic "))
		aliases = part->page->lines[at++] + strlen(".Pq also Ic ");
	cr_expect_str_eq(aliases, command->aliases,
		"%s: aliases of %s: expected '%s', found '%s'", part->page->path, command->name,
		command->aliases, aliases);
	return at;
}

static void expect_options(const struct part *part, const struct sg_command *command)
{
	size_t at = part->from;

	for (const struct sg_option_spec *o = command->options; o->name; o++) {
		char *head = sg_t_format("%s%s%s", o->name + 1, o->value ? " Ar " : "",
			o->value ? o->value : "");
		const char *found = part_next(part, ".It Fl ", &at);
		cr_assert_not_null(
			found, "%s: %s has no %s", part->page->path, command->name, o->name);
		cr_expect_str_eq(found, head, "%s: %s: expected '%s', found '%s'",
			part->page->path, command->name, head, found);
		expect_sentence(part, at, o->help);
		free(head);
	}
	const char *more = part_next(part, ".It Fl ", &at);
	cr_expect_null(more, "%s: %s has no option %s", part->page->path, command->name, more);
}

Test(man, the_commands_are_the_rows_of_the_table_in_its_order)
{
	struct page page = page_open("man/stepgate.1");
	const struct part part = page_section(&page, "COMMANDS");
	size_t at = part.from;

	for (size_t i = 0; i < sg_command_count; i++) {
		const struct sg_command *command = &sg_commands[i];
		cr_assert_not_null(part_next(&part, ".It Xo", &at), "%s does not name %s",
			page.path, command->name);
		struct part item = {&page, expect_head(&part, at, command), at};
		while (item.to < part.to && !line_starts(page.lines[item.to], ".It Xo") &&
			!line_starts(page.lines[item.to], ".Ss "))
			item.to++;
		expect_sentence(&item, item.from, command->help);
		expect_options(&item, command);
		at = item.to;
	}
	cr_expect_null(
		part_next(&part, ".It Xo", &at), "%s names a command that is none", page.path);
	page_close(&page);
	SG_LEAKCHECK();
}

Test(man, what_is_taken_only_at_a_terminal_or_the_prompt_is_said_so)
{
	struct page page = page_open("man/stepgate.1");
	const struct part part = page_section(&page, "COMMANDS");

	for (size_t i = 0; i < sg_command_count; i++) {
		const struct sg_command *command = &sg_commands[i];
		char *head = sg_t_format(".Ic %s", command->name);
		struct part item = {&page, part.from, 0};
		const char *rest = part_next(&part, head, &item.from);
		while (rest && *rest && *rest != ' ')
			rest = part_next(&part, head, &item.from);
		cr_assert_not_null(rest, "%s does not name %s", page.path, command->name);
		for (item.to = item.from; item.to < part.to; item.to++)
			if (line_starts(page.lines[item.to], ".It Xo"))
				break;
		cr_expect_eq(part_says(&item, "Only at a terminal"),
			(command->flags & SG_CMD_TTY) != 0, "%s: %s", page.path, command->name);
		cr_expect_eq(part_says(&item, "Only at the prompt"),
			(command->flags & SG_CMD_PROMPT) != 0, "%s: %s", page.path,
			command->name);
		free(head);
	}
	page_close(&page);
	SG_LEAKCHECK();
}

Test(man, json_output_is_described_for_every_command_that_gives_it)
{
	struct page page = page_open("man/stepgate.1");
	const struct part part = page_section(&page, "JSON OUTPUT");

	for (size_t i = 0; i < sg_command_count; i++) {
		bool said = false;
		size_t at = part.from;
		for (const char *head; (head = part_next(&part, ".It Ic ", &at));) {
			const struct part line = {&page, at - 1, at};
			said = said || part_says(&line, sg_commands[i].name);
		}
		cr_expect_eq(said, (sg_commands[i].flags & SG_CMD_JSON) != 0,
			"%s: --json of %s", page.path, sg_commands[i].name);
	}
	page_close(&page);
	SG_LEAKCHECK();
}

/* --- stepgate(1): SETTINGS --- */

/* "auto|always|never" -> "auto | always | never" */
static char *spaced(const char *values)
{
	struct sg_strbuf sb = SG_STRBUF_INIT;

	for (const char *p = values; *p; p++)
		sg_strbuf_addf(&sb, *p == '|' ? " %c " : "%c", *p);
	char *text = sg_t_format("%s", sb.bytes);
	sg_strbuf_release(&sb);
	return text;
}

Test(man, the_settings_are_the_rows_of_their_table_with_values_and_defaults)
{
	struct page page = page_open("man/stepgate.1");
	const struct part part = page_section(&page, "SETTINGS");
	size_t at = part.from;

	for (size_t i = 0; i < SG_SETTING_COUNT; i++) {
		const struct sg_setting_spec *spec = &sg_setting_specs[i];
		char *values = spaced(spec->values);
		char *head = sg_t_format("%s = %s", spec->name, values);
		char *fallback = sg_t_format("Without it: %s.", spec->fallback);
		const char *found = part_next(&part, ".It Cm ", &at);
		cr_assert_not_null(found, "%s does not name %s", page.path, spec->name);
		cr_expect_str_eq(
			found, head, "%s: expected '%s', found '%s'", page.path, head, found);
		expect_sentence(&part, at, spec->help);
		struct part item = {&page, at, at};
		while (item.to < part.to && !line_starts(page.lines[item.to], ".It ") &&
			!line_starts(page.lines[item.to], ".El"))
			item.to++;
		cr_expect(part_says(&item, fallback), "%s: %s does not say '%s'", page.path,
			spec->name, fallback);
		free(fallback);
		free(head);
		free(values);
	}
	cr_expect_null(
		part_next(&part, ".It Cm ", &at), "%s names a setting that is none", page.path);
	page_close(&page);
	SG_LEAKCHECK();
}

/* --- stepgate-manifest(5) --- */

static const char *const kind_texts[] = {
	[SG_FIELD_TEXT] = "text",
	[SG_FIELD_BOOL] = "true or false",
	[SG_FIELD_TRUE_ONLY] = "true",
	[SG_FIELD_LIST] = "list of text",
	[SG_FIELD_STEP_STATUS] = "word",
	[SG_FIELD_RESULT] = "word",
	[SG_FIELD_SIGNAL] = "text",
	[SG_FIELD_ROLES] = "list of rows",
	[SG_FIELD_ENGINES] = "mapping",
	[SG_FIELD_OUTPUTS] = "list of rows",
	[SG_FIELD_TARGET] = "mapping",
};
_Static_assert(SG_ARRAY_SIZE(kind_texts) == SG_FIELD_KIND_COUNT, "a kind without its text");

Test(man, the_manifests_fields_are_those_of_the_list_section_by_section)
{
	struct page page = page_open("man/stepgate-manifest.5");
	const struct part all = page_section(&page, "SECTIONS AND FIELDS");
	struct part part = {&page, 0, 0};
	size_t at = 0;
	size_t n = 0;

	for (size_t i = 0; i < SG_FIELD_ID_COUNT; i++) {
		const struct sg_field *field = &sg_manifest_fields[i];
		if (i == 0 || field->section != sg_manifest_fields[i - 1].section) {
			part = page_subsection(&page, field->section_name);
			cr_expect(part.from > at && part.to <= all.to, "%s: %s is out of order",
				page.path, field->section_name);
			at = part.from;
		}
		char *expected = sg_t_format("%s Pq %s", field->key, kind_texts[field->kind]);
		const char *found = part_next(&part, ".It Va ", &at);
		cr_expect_str_eq(found ? found : "nothing", expected);
		free(expected);
	}
	at = all.from;
	while (part_next(&all, ".It Va ", &at))
		n++;
	cr_expect_eq(n, SG_FIELD_ID_COUNT, "%s: expected %d fields, found %zu", page.path,
		SG_FIELD_ID_COUNT, n);
	page_close(&page);
	SG_LEAKCHECK();
}

Test(man, the_manifests_words_are_all_named)
{
	struct page page = page_open("man/stepgate-manifest.5");
	const struct part step = page_subsection(&page, "CURRENT_STEP");
	const struct part last = page_subsection(&page, "LAST_RESULT");
	const struct part ledgers = page_subsection(&page, "LEDGERS");

	for (unsigned i = 0; i < SG_STEP_STATUS_COUNT; i++)
		cr_expect(part_says(&step, sg_step_status_name((enum sg_step_status)i)));
	for (unsigned i = 0; i < SG_RESULT_COUNT; i++)
		cr_expect(part_says(&last, sg_result_name((enum sg_result)i)));
	for (unsigned i = SG_CODE_NONE + 1; i < SG_CODE_COUNT; i++)
		cr_expect(part_says(&last, sg_code_name((enum sg_code)i)),
			"%s does not name %s", page.path, sg_code_name((enum sg_code)i));
	for (unsigned i = 0; i < SG_ROW_STATUS_COUNT; i++)
		cr_expect(part_says(&ledgers, sg_row_status_name((enum sg_row_status)i)));
	cr_expect_not(part_says(&last, "NO_SUCH_CODE"));
	page_close(&page);
	SG_LEAKCHECK();
}

/* --- stepgate-trace(5) --- */

#define OBJECTS_MAX 32

/* The section OBJECTS, and which of its items an event has led to. */
struct objects {
	struct part part;
	const char *seen[OBJECTS_MAX];
	size_t n_seen;
};

/* The item ".It Ic NAME", from the line behind its head to the next. */
static struct part item_of(const struct part *part, const char *name)
{
	size_t at = part->from;
	const char *found = part_next(part, ".It Ic ", &at);

	while (found && strcmp(found, name) != 0)
		found = part_next(part, ".It Ic ", &at);
	cr_assert_not_null(found, "%s has no item %s", part->page->path, name);
	struct part item = {part->page, at, at};
	while (item.to < part->to && !line_starts(part->page->lines[item.to], ".It Ic "))
		item.to++;
	return item;
}

static void expect_members(struct objects *objects, const struct part *item, const char *name,
	const struct sg_json_type *type);

/* What begins the type of a member; *ret_sub is the object whose name has to follow, or NULL. */
static const char *type_text(
	const struct sg_json_field *field, const struct sg_json_type **ret_sub)
{
	*ret_sub = NULL;
	switch (field->kind) {
	case SG_JSON_TEXT:
	case SG_JSON_TEXT_OPT: return "text";
	case SG_JSON_SHA: return "sha256";
	case SG_JSON_BOOL: return "bool";
	case SG_JSON_INT:
	case SG_JSON_I64:
	case SG_JSON_SIZE: return "integer";
	case SG_JSON_TIME:
	case SG_JSON_TIME_OPT: return "time";
	case SG_JSON_WORD: return "word";
	case SG_JSON_STRS:
	case SG_JSON_STRS_OPT: return "list of text";
	case SG_JSON_OBJECT:
	case SG_JSON_GROUP:
	case SG_JSON_POINTER: *ret_sub = field->sub; return "";
	case SG_JSON_LIST: *ret_sub = field->sub; return "list of ";
	case SG_JSON_MAP:
		if (field->sub->fields[0].kind == SG_JSON_TEXT)
			return "map of text";
		if (field->sub->fields[0].kind == SG_JSON_STRS)
			return "map of list of text";
		*ret_sub = field->sub->fields[0].sub;
		return "map of ";
	}
	return "?";
}

static bool is_optional(const struct sg_json_field *field)
{
	return field->spare || field->kind == SG_JSON_TEXT_OPT || field->kind == SG_JSON_STRS_OPT ||
	       field->kind == SG_JSON_TIME_OPT || field->kind == SG_JSON_OBJECT ||
	       field->kind == SG_JSON_POINTER;
}

static void expect_object(struct objects *objects, const char *name, size_t n_name,
	const struct sg_json_type *type)
{
	char *copy = sg_t_format("%.*s", (int)n_name, name);
	const struct part item = item_of(&objects->part, copy);
	const char *head = objects->part.page->lines[item.from - 1] + strlen(".It Ic ");
	bool seen = false;

	for (size_t i = 0; i < objects->n_seen; i++)
		seen = seen || objects->seen[i] == head;
	if (!seen) {
		cr_assert_lt(objects->n_seen, OBJECTS_MAX);
		objects->seen[objects->n_seen++] = head;
	}
	expect_members(objects, &item, copy, type);
	free(copy);
}

/* said: "outputs Pq list of file, optional" */
static void expect_member(struct objects *objects, const struct part *text, const char *item,
	const struct sg_json_field *field, const char *said)
{
	static const char optional[] = ", optional";
	const struct sg_json_type *sub;
	char *start = sg_t_format("%s Pq %s", field->key, type_text(field, &sub));
	const size_t n_start = strlen(start);
	size_t n = strlen(said);

	if (is_optional(field)) {
		const bool says = n > strlen(optional) &&
				  strcmp(said + n - strlen(optional), optional) == 0;
		cr_assert(says, "%s: '%s' is optional", item, said);
		n -= strlen(optional);
	}
	cr_assert(strncmp(said, start, n_start) == 0 && n >= n_start &&
			  (sub ? n > n_start : n == n_start),
		"%s: expected '%s', found '%s'", item, start, said);
	if (sub)
		expect_object(objects, said + n_start, n - n_start, sub);
	for (size_t i = 0; field->words && i < field->words->n; i++)
		cr_expect(!*field->words->v[i] || part_says(text, field->words->v[i]),
			"%s: %s does not say '%s'", item, field->key, field->words->v[i]);
	free(start);
}

static void expect_members(struct objects *objects, const struct part *item, const char *name,
	const struct sg_json_type *type)
{
	size_t at = item->from;

	for (size_t i = 0; i < type->n; i++) {
		const char *said = part_next(item, ".It Va ", &at);
		cr_assert_not_null(said, "%s does not name %s", name, type->fields[i].key);
		struct part text = {item->page, at, at};
		while (text.to < item->to && !line_starts(item->page->lines[text.to], ".It "))
			text.to++;
		expect_member(objects, &text, name, &type->fields[i], said);
	}
	const char *more = part_next(item, ".It Va ", &at);
	cr_expect_null(more, "%s has no member '%s'", name, more);
}

static size_t count_items(const struct part *part)
{
	size_t n = 0;
	size_t at = part->from;

	while (part_next(part, ".It Ic ", &at))
		n++;
	return n;
}

Test(man, every_event_is_described_with_all_its_members)
{
	struct page page = page_open("man/stepgate-trace.5");
	const struct part events = page_section(&page, "EVENTS");
	struct objects objects = {.part = page_section(&page, "OBJECTS")};
	size_t at = events.from;

	for (unsigned i = 0; i < SG_EVENT_COUNT; i++) {
		const char *name = sg_event_name((enum sg_event_type)i);
		const char *found = part_next(&events, ".It Ic ", &at);
		cr_assert_str_eq(found ? found : "nothing", name);
		const struct part item = item_of(&events, name);
		expect_members(&objects, &item, name, sg_json_event_types[i]);
		cr_expect_eq(part_says(&item, "Carries the manifest's sha256."),
			sg_event_ends_phase((enum sg_event_type)i),
			"%s: whether it carries manifest", name);
	}
	cr_expect_eq(count_items(&events), SG_EVENT_COUNT);
	cr_expect_eq(count_items(&objects.part), objects.n_seen,
		"%s describes %zu objects, the events lead to %zu", page.path,
		count_items(&objects.part), objects.n_seen);
	page_close(&page);
	SG_LEAKCHECK();
}

Test(man, the_keys_of_a_line_are_named_in_their_order)
{
	static const char *const keys[] = {
		"seq", "time", "event", "step", "attempt", "by", "data", "prev"};
	struct page page = page_open("man/stepgate-trace.5");
	const struct part part = page_section(&page, "LINE FORMAT");
	size_t at = part.from;

	for (size_t i = 0; i < SG_ARRAY_SIZE(keys); i++) {
		const char *found = part_next(&part, ".It Va ", &at);
		cr_expect_str_eq(found ? found : "nothing", keys[i]);
	}
	cr_expect_null(part_next(&part, ".It Va ", &at));
	for (unsigned i = 0; i < SG_BY_COUNT; i++)
		cr_expect(part_says(&part, sg_by_name((enum sg_by)i)));
	page_close(&page);
	SG_LEAKCHECK();
}
