#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cover.sh FOLDER - runs FOLDER/unit, built with --coverage, and prints the lines and branches of
# src/core that were taken, with the lines that hold a branch never taken.
set -eu
folder=$1
find "$folder" -name '*.gcda' -exec rm -f {} +
# Memory is to be met, disks are to fail at every point: not at a sample, and not on a disk.
room=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")/stepgate-cover.XXXXXX")
trap 'rm -rf "$room"' EXIT
TMPDIR=$room STEPGATE_POINTS=all SG_T_TIMEOUT_S=900 "$folder/unit" >/dev/null 2>&1 || echo "cover: some unit tests failed" >&2
[ -d src/core ] || { echo "cover: there is no src/core yet" >&2; exit 1; }
printf '%-32s %8s %10s   %s\n' file lines branches 'lines with a branch not taken'
for source in src/core/*.c; do
	gcov -t -b -c -o "$folder/obj/src/core" "$source" | awk -v file="$source" '
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
		}'
done
# The ways that write, and those that judge: each branch is to be taken.
area=$(dirname "$0")/cover-area.sh
status=0
echo
"$area" "$folder/obj" commit src/store/session_commit.c src/store/session_disk.c \
	src/store/session_adopt.c || status=1
"$area" "$folder/obj" recovery src/store/session_recover.c src/store/session_replay.c \
	src/store/session_open.c src/store/session.c src/store/trace_io.c || status=1
"$area" "$folder/obj" verify src/store/verify.c || status=1
"$area" "$folder/obj" sanitiser src/base/utf8.c || status=1
printf '%s assertions stand for what cannot be\n' \
	"$(cat src/store/*.c src/base/*.c | grep -c 'SG_ASSERT(')"
exit $status
