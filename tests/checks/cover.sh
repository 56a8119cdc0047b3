#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cover.sh FOLDER - runs FOLDER/unit, built with --coverage, and prints the branches of src/core
# that were taken, file by file with the lines that hold a branch or are a line never taken, and
# one line for all of it. Exit status 1 below 100 %. What SG_ASSERT tests stands in base/assert.h
# and is no branch of the file that asserts; how many there are is said.
set -eu
folder=$1
find "$folder" -name '*.gcda' -exec rm -f {} +
"$folder/unit" >/dev/null 2>&1 || echo "cover: some unit tests failed" >&2
[ -d src/core ] || { echo "cover: there is no src/core yet" >&2; exit 1; }
for source in src/core/*.c; do
	gcov -t -b -c -o "$folder/obj/src/core" "$source" | awk -v file="$source" '
		/^ *-: *0:Source:/ { mine = index($0, file) }
		!mine { next }
		/^ *([0-9]+|[#=]+)\*?:/ { n = $0; sub(/^[^:]*: */, "", n); sub(/:.*/, "", n) }
		/^ *[#=]+\*?:/ && n != last { open = open " " n; last = n }
		/^branch/ {
			all++
			if ($3 == "taken" && $4 > 0) taken++
			else if (n != last) { open = open " " n; last = n }
		}
		END { printf "%s %d %d%s\n", file, taken, all, open }'
done | awk -v area=core -v asserted="$(grep -h 'SG_ASSERT(' src/core/*.c | wc -l)" '
	{
		open = ""
		for (i = 4; i <= NF; i++)
			open = open " " $i
		printf "%-32s %5d of %5d %s\n", $1, $2, $3, open
		taken += $2; all += $3; missing = missing open
	}
	END {
		printf "%s: %d of %d branches, %s %%, %d assertions beside them\n", area, taken,
			all, taken == all ? 100 : sprintf("%.2f", int(10000 * taken / all) / 100),
			asserted
		exit !all || taken != all || missing != ""
	}'
