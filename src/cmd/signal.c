/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The one word, and its look-alikes that only get a hint. */
#include "cmd/signal.h"

#include <string.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "stepgate/manifest.h"

/*
 * What people and keyboards give in its place: other cases, Latin letters of the same look, the
 * same keys on a Latin layout, other words for yes.
 */
static const char *const lookalikes[] = {
	"ГО", "Го", "гО", "go", "Go", "GO", "gо", "гo", "ГO", "Гo", "Gо", "GО", "rо", "ro",
	"uj", "UJ", "Uj", "y", "Y", "yes", "Yes", "ok", "OK", "да", "Да", "ДА", "поехали",
	"вперёд", "«го»", "\"го\"", "'го'", "го!", "го.", "гo!", "go!",
};

enum sg_signal_word sg_signal_word(const char *line, size_t n_bytes)
{
	struct sg_strbuf word = SG_STRBUF_INIT;
	enum sg_signal_word what = SG_WORD_OTHER;
	bool whole = memchr(line, 0, n_bytes) == NULL;
	if (whole && sg_utf8_trim_nfc(&word, line, n_bytes) && !sg_strbuf_failed(&word)) {
		if (strcmp(word.bytes, SG_USER_SIGNAL) == 0)
			what = SG_WORD_SIGNAL;
		for (size_t i = 0; i < SG_ARRAY_SIZE(lookalikes) && what == SG_WORD_OTHER; i++)
			if (strcmp(word.bytes, lookalikes[i]) == 0)
				what = SG_WORD_LOOKALIKE;
	}
	sg_strbuf_release(&word);
	return what;
}
