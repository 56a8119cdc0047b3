/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What left the sanitiser holds no byte that a terminal could take for more than text. */
#include "fuzz.h"

#include "base/utf8.h"

static bool forbidden(uint32_t c, bool line)
{
	if (c == '\n' || c == '\t')
		return line;
	return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x061C ||
	       (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) ||
	       (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF || (c >= 0xE0000 && c <= 0xE007F);
}

static void clean(const char *bytes, size_t n_bytes, enum sg_sanitise how)
{
	struct sg_strbuf out = SG_STRBUF_INIT, twice = SG_STRBUF_INIT;
	sg_utf8_sanitise(&out, bytes, n_bytes, how);
	fuzz_check(!sg_strbuf_failed(&out));
	for (size_t i = 0; i < out.n_bytes;) {
		uint32_t c = 0;
		size_t n = sg_utf8_decode(out.bytes + i, out.n_bytes - i, &c);
		fuzz_check(n > 0);
		fuzz_check(!forbidden(c, how == SG_SANITISE_LINE));
		i += n;
	}
	(void)sg_utf8_columns(out.bytes);
	sg_utf8_sanitise(&twice, out.bytes, out.n_bytes, how);
	fuzz_check(fuzz_same(&out, &twice));
	sg_strbuf_release(&out);
	sg_strbuf_release(&twice);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n_bytes)
{
	struct sg_strbuf form = SG_STRBUF_INIT;
	const char *bytes = (const char *)data;
	clean(bytes, n_bytes, SG_SANITISE_TEXT);
	clean(bytes, n_bytes, SG_SANITISE_LINE);
	fuzz_check(sg_utf8_trim_nfc(&form, bytes, n_bytes) ==
		   sg_utf8_valid(bytes, n_bytes, NULL));
	fuzz_check(sg_utf8_valid(form.bytes, form.n_bytes, NULL));
	sg_strbuf_release(&form);
	return 0;
}
