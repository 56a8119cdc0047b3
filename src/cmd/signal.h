/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The signal's word: exactly «го», a whole line, trimmed, in NFC. Nothing else is it, and what
 * looks like it gets a hint.
 */
#ifndef STEPGATE_CMD_SIGNAL_H
#define STEPGATE_CMD_SIGNAL_H

#include "base/err.h"

enum sg_signal_word {
	SG_WORD_OTHER,     /* no signal: an ordinary line */
	SG_WORD_SIGNAL,
	/* "go", "ГО", "uj", "гo" with a Latin o, "да", "y", "yes": a hint, nothing else */
	SG_WORD_LOOKALIKE,
};

enum sg_signal_word sg_signal_word(const char *line, size_t n_bytes);

#endif
