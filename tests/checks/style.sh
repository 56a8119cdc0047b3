#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# style.sh [ROOT] - what is easily counted. In src and include: a file at most 600 lines, a function
# at most 80, a line at most 96 columns with tabs of 8. In the tests too: a licence line at the top,
# no blank at the end of a line, and none of the words that mean "not done".
set -u
root=${1:-.}
cd "$root" || exit 1
files=$(for folder in src include tests; do
	[ ! -d $folder ] || find $folder -name '*.[ch]'
done | LC_ALL=C sort)
[ -n "$files" ] || exit 0
# shellcheck disable=SC2086 # our file names hold no spaces
LC_ALL=C awk '
function say(text) { print FILENAME ":" FNR ": " text; bad++ }
# Columns as an editor shows them: a byte that goes on with a UTF-8 character takes none.
function columns(text,   i, c, n) {
	if (length(text) * 8 <= 96)
		return 0
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "\t")
			n += 8 - n % 8
		else if (c < "\200" || c > "\277")
			n++
	}
	return n
}
FNR == 1 {
	ours = FILENAME !~ /^tests\//
	if ($0 !~ /SPDX-License-Identifier: GPL-3.0-or-later/)
		say("has no licence line")
	begin = 0
	lines = 0
}
ours && FNR == 601 { say("is longer than 600 lines") }
{ lines++ }
ours && columns($0) > 96 { say("is wider than 96 columns") }
/[ \t]$/ { say("ends in a blank") }
/^\{$/ { begin = FNR }
/^\}/ {
	if (ours && begin && FNR - begin > 81 && $0 == "}")
		say("ends a function of " FNR - begin - 1 " lines, over 80")
	begin = 0
}
/(^|[^A-Za-z_])(TO[D]O|FIX[M]E|XX[X]|HAC[K])([^A-Za-z_]|$)/ { say("holds a word that means: not done") }
END { exit bad != 0 }
' $files
