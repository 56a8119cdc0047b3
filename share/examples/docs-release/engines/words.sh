#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# KEY:ENG.DOCS.WORDS: lines, words, Cyrillic and Latin words and characters of each document, as
# WORDS.tsv.
. "${0%/*}/../lib/docs.sh"
docs_brief
scratch

docs_awk words.awk > "$WORK/words"
{
	docs_stamp
	printf 'document\tlines\twords\tcyrillic\tlatin\tcharacters\n'
	cat "$WORK/words"
} > "$STEPGATE_OUT/WORDS.tsv"
awk -F'\t' '$1 == "TOTAL" {
	printf "%d words in %d documents: %d with Cyrillic letters, %d Latin\n",
		$3, NR - 1, $4, $5
}' "$WORK/words"
