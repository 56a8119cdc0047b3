#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cover.sh FOLDER - runs FOLDER/unit, built with --coverage, and prints the lines and branches of
# what decides and of what lasts that were taken, with the lines that hold a branch never taken,
# and last the sum.
set -eu
folder=$1
find "$folder" -name '*.gcda' -exec rm -f {} +
"$folder/unit" >/dev/null 2>&1 || echo "cover: some unit tests failed" >&2
[ -d src/core ] || { echo "cover: there is no src/core yet" >&2; exit 1; }
sums=$(mktemp)
trap 'rm -f "$sums"' EXIT
printf '%-32s %8s %10s   %s\n' file lines branches 'lines with a branch not taken'
for source in src/core/*.c src/store/session_commit*.c src/store/session_recover*.c \
	src/store/verify*.c src/base/utf8*.c; do
	[ -f "$source" ] || continue
	gcov -t -b -c -o "$folder/obj/$(dirname "$source")" "$source" |
		awk -v file="$source" -v sums="$sums" '
		/^ *-: *0:Source:/ { mine = index($0, file) }
		!mine { next }
		/^ *[0-9]+\*?:/ { lines++; hit++; n = $0; sub(/^[^:]*: */, "", n); sub(/:.*/, "", n) }
		/^ *[#=]+\*?:/ { lines++; n = $0; sub(/^[^:]*: */, "", n); sub(/:.*/, "", n) }
		/^branch/ {
			all++
			if ($3 == "taken" && $4 > 0) taken++
			else if (n != last) { open = open " " n; last = n }
		}
		END {
			printf "%-32s %7.1f%% %9s  %s\n", file, lines ? 100 * hit / lines : 100,
				all ? sprintf("%.1f%%", 100 * taken / all) : "-", open
			print taken + 0, all + 0 >>sums
		}'
done
awk '{ taken += $1; all += $2 }
	END {
		printf "cover: %d of %d branches, %.2f %%\n", taken, all,
			all ? 100 * taken / all : 0
	}' "$sums"
