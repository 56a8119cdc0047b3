/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A typed line: words lie in it, a command found is one of the table, and «го» is never one. */
#include "fuzz.h"

#include "cmd/parse.h"
#include "stepgate/manifest.h"

static void parse(struct sg_arena *arena, const struct sg_words *words)
{
	struct sg_args args;
	struct sg_err err = SG_ERR_INIT;
	if (sg_parse(arena, words, &args, &err) != SG_OK) {
		fuzz_check(*err.text);
		return;
	}
	fuzz_check(strcmp(words->v[0], SG_USER_SIGNAL) != 0);
	fuzz_check(args.command >= sg_commands && args.command < sg_commands + sg_command_count);
	fuzz_check(args.n_positional <= SG_POSITIONALS_MAX);
	for (size_t i = 0; i < args.n_positional; i++)
		fuzz_check(args.positional[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT;
	struct sg_words words;
	struct sg_err err = SG_ERR_INIT;
	char *line = malloc(n_bytes + 1);
	fuzz_check(line);
	memcpy(line, data, n_bytes);
	line[n_bytes] = '\0';
	const size_t n_line = strlen(line);
	if (sg_lex(&arena, line, n_bytes & 1, &words, &err) == SG_OK) {
		for (size_t i = 0; i < words.n; i++) {
			fuzz_check(strlen(words.v[i]) <= n_line);
			fuzz_check(words.columns[i] >= 1 && words.columns[i] <= n_line);
		}
		if (words.n)
			parse(&arena, &words);
	} else {
		fuzz_check(*err.text);
	}
	free(line);
	sg_arena_release(&arena);
	return 0;
}
