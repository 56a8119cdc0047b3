#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cover-area.sh OBJECTS AREA FILE... - the branches that were taken of these sources, file by file
# and in one line for the area: taken/total, and the lines that hold a branch never taken. OBJECTS
# is the folder of what was built with --coverage and has run. Exit status 1 below 100 %.
set -eu
objects=$1
area=$2
shift 2
for source; do
	gcov -t -b -c -o "$objects/$(dirname "$source")" "$source" 2>/dev/null | awk -v file="$source" '
		/^ *-: *0:Source:/ { mine = index($0, file) }
		!mine { next }
		/^ *([0-9]+|[#=]+)\*?:/ { n = $0; sub(/^[^:]*: */, "", n); sub(/:.*/, "", n) }
		/^ *[#=]+\*?:/ { if (n != last) { open = open " " n; last = n } }
		/^branch/ {
			all++
			if ($3 == "taken" && $4 > 0) taken++
			else if (n != last) { open = open " " n; last = n }
		}
		END { printf "%s %d %d%s\n", file, taken, all, open }'
done | awk -v area="$area" '
	{
		where = ""
		for (i = 4; i <= NF; i++)
			where = where " " $i
		printf "  %-32s %11s  %s\n", $1, $2 "/" $3, where
		taken += $2; all += $3; missing = missing where
	}
	END {
		printf "%-34s %11s branches, %.1f %%\n", area ":", taken "/" all,
			all ? 100 * taken / all : 0
		exit taken != all || !all || missing != ""
	}'
