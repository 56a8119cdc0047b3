/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The YAML half of doc.h; the JSON half is handed through. */
#include "format/doc.h"

#include "base/quote.h"

void sg_doc_init_yaml(struct sg_doc *doc, struct sg_strbuf *out)
{
	*doc = (struct sg_doc){.json = NULL, .out = out};
}

void sg_doc_init_json(struct sg_doc *doc, struct sg_json *json)
{
	*doc = (struct sg_doc){.json = json, .out = json->out};
}

static void indent(struct sg_doc *doc)
{
	/* The top mapping stands at the margin; each level below it two columns further in. */
	for (unsigned i = 1; i < doc->depth; i++)
		sg_strbuf_adds(doc->out, "  ");
}

/* Called in front of a list element; gives it its dash. */
static void begin_element(struct sg_doc *doc)
{
	if (doc->depth == 0 || doc->brackets[doc->depth - 1] != '[')
		return;
	if (!doc->filled[doc->depth - 1])
		sg_strbuf_addc(doc->out, '\n');
	doc->filled[doc->depth - 1] = true;
	indent(doc);
	sg_strbuf_addc(doc->out, '-');
	doc->after_dash = true;
}

void sg_doc_open(struct sg_doc *doc, char bracket)
{
	if (doc->json)
		sg_json_open(doc->json, bracket);
	else
		begin_element(doc);
	doc->brackets[doc->depth] = bracket;
	doc->filled[doc->depth] = false;
	doc->depth++;
}

void sg_doc_close(struct sg_doc *doc)
{
	const char bracket = doc->brackets[--doc->depth];

	if (doc->json) {
		sg_json_close(doc->json, bracket == '{' ? '}' : ']');
		return;
	}
	if (!doc->filled[doc->depth])
		sg_strbuf_adds(doc->out, bracket == '{' ? " {}\n" : " []\n");
	doc->after_dash = false;
}

void sg_doc_key(struct sg_doc *doc, const char *key)
{
	if (doc->json) {
		sg_json_key(doc->json, key);
		return;
	}
	bool *filled = &doc->filled[doc->depth - 1];
	if (doc->after_dash) {
		sg_strbuf_addc(doc->out, ' ');
	} else {
		/*
		 * A mapping behind a key goes on the next line; members of the top one stand
		 * apart.
		 */
		if (doc->depth == 1 ? *filled : !*filled)
			sg_strbuf_addc(doc->out, '\n');
		indent(doc);
	}
	doc->after_dash = false;
	*filled = true;
	sg_strbuf_adds(doc->out, key);
	sg_strbuf_addc(doc->out, ':');
}

void sg_doc_str(struct sg_doc *doc, const char *text)
{
	if (doc->json) {
		sg_json_str(doc->json, text);
		return;
	}
	begin_element(doc);
	doc->after_dash = false;
	sg_strbuf_addc(doc->out, ' ');
	sg_yaml_quote(doc->out, text ? text : "");
	sg_strbuf_addc(doc->out, '\n');
}

void sg_doc_int(struct sg_doc *doc, int64_t value)
{
	if (doc->json) {
		sg_json_int(doc->json, value);
		return;
	}
	begin_element(doc);
	doc->after_dash = false;
	sg_strbuf_addf(doc->out, " %lld\n", (long long)value);
}

void sg_doc_bool(struct sg_doc *doc, bool value)
{
	if (doc->json) {
		sg_json_bool(doc->json, value);
		return;
	}
	begin_element(doc);
	doc->after_dash = false;
	sg_strbuf_adds(doc->out, value ? " true\n" : " false\n");
}

void sg_doc_key_str(struct sg_doc *doc, const char *key, const char *text)
{
	sg_doc_key(doc, key);
	sg_doc_str(doc, text);
}

void sg_doc_key_strs(struct sg_doc *doc, const char *key, const struct sg_strs *list)
{
	sg_doc_key(doc, key);
	sg_doc_open(doc, '[');
	for (size_t i = 0; i < list->n; i++)
		sg_doc_str(doc, list->v[i]);
	sg_doc_close(doc);
}
