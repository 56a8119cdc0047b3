/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Macros of inputrc, and those that are recorded with C-x ( and called with C-x e. */
#include "ui/prompt_macro.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* readline's headers want FILE to be known */
#include <readline/readline.h>

#include "ui/prompt_keymap.h"
#include "ui/screen_token.h"

/* What macros may have put and not yet run; one that names itself stops there. */
#define PENDING_MAX 16384

/* A macro's place in a keymap; the text is readline's as long as it is not hooked. */
struct place {
	Keymap map;
	int key;
	char *text;
};

/* Keymaps are the process's, so this is too. */
static struct {
	struct place *places; /* owned */
	size_t n_places, capacity;
	struct sg_tokens tokens;
	struct sg_strbuf recorded; /* as the terminal sent it */
	bool recording;
} macro = {.tokens = SG_TOKENS_INIT, .recorded = SG_STRBUF_INIT};

/* Before what is pending: a macro in a macro runs where it stands. */
static bool put(const char *bytes, size_t n_bytes)
{
	struct sg_strbuf all = SG_STRBUF_INIT;
	const size_t n_rest = macro.tokens.in.n_bytes - macro.tokens.at;
	if (n_bytes + n_rest > PENDING_MAX) {
		rl_ding();
		sg_macro_drop();
		return false;
	}
	sg_strbuf_add(&all, bytes, n_bytes);
	sg_strbuf_add(&all, macro.tokens.in.bytes + macro.tokens.at, n_rest);
	sg_tokens_clear(&macro.tokens);
	if (!sg_strbuf_failed(&all))
		sg_tokens_add(&macro.tokens, all.bytes, all.n_bytes, 0);
	sg_strbuf_release(&all);
	return true;
}

static struct place *place_of(Keymap map, int key)
{
	for (size_t i = 0; i < macro.n_places; i++)
		if (macro.places[i].map == map && macro.places[i].key == key)
			return &macro.places[i];
	return NULL;
}

static int run_macro(int count, int key)
{
	/* a shadowed one stands at a place of its own, and is run under the key it shadows */
	const struct place *place = place_of(rl_executing_keymap, rl_executing_key);
	(void)key;
	if (!place)
		place = place_of(rl_executing_keymap, ANYOTHERKEY);
	(void)count; /* readline runs it once, whatever is said before it */
	if (place && place->text)
		(void)put(place->text, strlen(place->text));
	return 0;
}

/* --- recording --- */

static int start_recording(int count, int key)
{
	(void)count;
	(void)key;
	if (macro.recording)
		return rl_ding();
	/* with an argument what is there is run, and goes on */
	if (rl_explicit_arg)
		(void)put(macro.recorded.bytes, macro.recorded.n_bytes);
	else
		sg_strbuf_clear(&macro.recorded);
	macro.recording = true;
	return 0;
}

static void call(int count)
{
	if (!macro.recorded.n_bytes)
		return;
	while (count-- > 0 && put(macro.recorded.bytes, macro.recorded.n_bytes))
		;
}

/* The keys that end it, or that would call it in itself, are no part of it. */
static void forget_last_keys(void)
{
	const size_t n = rl_key_sequence_length > 0 ? (size_t)rl_key_sequence_length : 0;
	sg_strbuf_truncate(&macro.recorded,
		n < macro.recorded.n_bytes ? macro.recorded.n_bytes - n : 0);
}

static int end_recording(int count, int key)
{
	(void)key;
	if (!macro.recording)
		return rl_ding();
	macro.recording = false;
	forget_last_keys();
	call(count - 1);
	return 0;
}

static int call_recorded(int count, int key)
{
	(void)key;
	if (macro.recording)
		forget_last_keys();
	if (macro.recording || !macro.recorded.n_bytes)
		return rl_ding();
	call(count);
	return 0;
}

/* Readline would write it to the terminal, over the screen. */
static int print_recorded(int count, int key)
{
	(void)count;
	(void)key;
	return rl_ding();
}

void sg_macro_record(const struct sg_token *key)
{
	if (!macro.recording)
		return;
	if (macro.recorded.n_bytes + key->n_bytes > PENDING_MAX)
		macro.recording = false;
	else
		sg_strbuf_add(&macro.recorded, key->bytes, key->n_bytes);
}

void sg_macro_end_recording(void)
{
	macro.recording = false;
}

/* --- the keymaps --- */

/* What readline keeps in one pointer, by the entry's type. */
union bound {
	rl_command_func_t *function;
	char *text;
};

static void hook_one(Keymap map, int key)
{
	struct place *place = place_of(map, key);
	const union bound bound = {.function = map[key].function};
	if (!bound.text)
		return;
	if (!place && macro.n_places == macro.capacity) {
		const size_t capacity = macro.capacity ? macro.capacity * 2 : 16;
		struct place *places = realloc(macro.places, capacity * sizeof(*places));
		if (!places)
			return;
		macro.places = places;
		macro.capacity = capacity;
	}
	if (!place) {
		place = &macro.places[macro.n_places++];
		*place = (struct place){map, key, NULL};
	}
	/* inputrc read again has bound it anew */
	free(place->text);
	place->text = bound.text;
	map[key].type = ISFUNC;
	map[key].function = run_macro;
}

static void hook_map(Keymap map)
{
	for (int key = 0; key < KEYMAP_SIZE; key++)
		if (map[key].type == ISMACR)
			hook_one(map, key);
}

static const struct sg_replaced recorder[] = {{rl_start_kbd_macro, start_recording},
	{rl_end_kbd_macro, end_recording}, {rl_call_last_kbd_macro, call_recorded},
	{rl_print_last_kbd_macro, print_recorded}};

#define N_RECORDER (sizeof(recorder) / sizeof(recorder[0]))

void sg_macro_hook(void)
{
	sg_keymap_replace(recorder, N_RECORDER, true);
	sg_keymap_each(hook_map);
}

void sg_macro_unhook(void)
{
	for (size_t i = 0; i < macro.n_places; i++) {
		const struct place *place = &macro.places[i];
		const union bound bound = {.text = place->text};
		if (place->map[place->key].type != ISFUNC ||
			place->map[place->key].function != run_macro) {
			free(place->text);
			continue;
		}
		place->map[place->key].type = ISMACR;
		place->map[place->key].function = bound.function;
	}
	sg_keymap_replace(recorder, N_RECORDER, false);
	free(macro.places);
	macro.places = NULL;
	macro.n_places = macro.capacity = 0;
	macro.recording = false;
	sg_strbuf_release(&macro.recorded);
	sg_tokens_release(&macro.tokens);
}

/* --- what they have put --- */

bool sg_macro_next(struct sg_token *ret)
{
	int wait_ms;
	/* nothing more will come, so what is incomplete is not waited for */
	sg_tokens_cut(&macro.tokens, SG_TOKEN_WAIT_MS, ret, &wait_ms);
	return ret->kind != SG_TOKEN_NONE;
}

void sg_macro_drop(void)
{
	sg_tokens_clear(&macro.tokens);
}
