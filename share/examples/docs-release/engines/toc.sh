#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# KEY:ENG.DOCS.TOC: the headings of each document, with their lines, as TOC.md.
. "${0%/*}/../lib/docs.sh"
docs_brief
scratch

docs_awk headings.awk > "$WORK/toc"
{
	docs_stamp_md
	echo "# Contents"
	cat "$WORK/toc"
} > "$STEPGATE_OUT/TOC.md"
awk '/^ *- .* \([0-9]+\)$/ { n++ } END { printf "%d headings\n", n }' "$WORK/toc"
