/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line of the trace that is taken for an event comes back as the same line, byte for byte. */
#include "fuzz.h"

#include "format/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_arena arena = SG_ARENA_INIT, again_arena = SG_ARENA_INIT;
	struct sg_event event, again;
	struct sg_err err = SG_ERR_INIT;
	struct sg_strbuf line = SG_STRBUF_INIT, twice = SG_STRBUF_INIT;
	if (sg_event_decode(&arena, (const char *)data, n_bytes, &event, &err) == SG_OK) {
		fuzz_check(!*err.text);
		fuzz_check(sg_event_encode(&line, &event, &err) == SG_OK);
		const size_t n = line.n_bytes && line.bytes[line.n_bytes - 1] == '\n'
					 ? line.n_bytes - 1
					 : line.n_bytes;
		fuzz_check(sg_event_decode(&again_arena, line.bytes, n, &again, &err) == SG_OK);
		fuzz_check(sg_event_encode(&twice, &again, &err) == SG_OK);
		fuzz_check(fuzz_same(&line, &twice));
	} else {
		fuzz_check(*err.text);
	}
	sg_strbuf_release(&line);
	sg_strbuf_release(&twice);
	sg_arena_release(&arena);
	sg_arena_release(&again_arena);
	return 0;
}
