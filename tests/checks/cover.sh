#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# cover.sh FOLDER - runs FOLDER/unit, built with --coverage, and prints the branches that were taken
# of what decides and of what lasts: file by file, a line for each area, and last the sum. What
# SG_ASSERT tests stands in base/assert.h and is no branch of the file that asserts; how many there
# are is said. Exit status 1 below 100 %.
set -eu
folder=$1
area=$(dirname "$0")/cover-area.sh
find "$folder" -name '*.gcda' -exec rm -f {} +
# Memory is to be met, disks are to fail at every point: not at a sample, and not on a disk.
room=$(mktemp -d "$([ -w /dev/shm ] && echo /dev/shm || echo "${TMPDIR:-/tmp}")/stepgate-cover.XXXXXX")
trap 'rm -rf "$room"' EXIT
trap 'exit 130' INT TERM HUP
export STEPGATE_POINTS=all SG_T_TIMEOUT_S=900
failed=
TMPDIR=$room "$folder/unit" --filter '!(sandbox*)/*' >"$room/said" 2>&1 || failed=1
# a sandbox has a /dev of its own, without the room
"$folder/unit" --filter 'sandbox*/*' >>"$room/said" 2>&1 || failed=1
if [ "$failed" ]; then
	echo "cover: warning: tests failed, what they would have shown is not counted:"
	grep '\[FAIL\]\|\[CRASH\]' "$room/said" || tail -n 5 "$room/said"
fi >&2
{
	"$area" "$folder/obj" core src/core/*.c || :
	"$area" "$folder/obj" commit src/store/session_commit.c src/store/session_disk.c \
		src/store/session_adopt.c || :
	"$area" "$folder/obj" recovery src/store/session_recover.c src/store/session_replay.c \
		src/store/session_open.c src/store/session.c src/store/trace_io.c || :
	"$area" "$folder/obj" verify src/store/verify.c || :
	"$area" "$folder/obj" sanitiser src/base/utf8.c || :
} | awk -v asserted="$(cat src/core/*.c src/store/*.c src/base/*.c | grep -c 'SG_ASSERT(')" '
	{ print }
	# a line never run counts, though it holds no branch
	/^  / { split($2, of, "/"); taken += of[1]; all += of[2]; open += NF > 2 }
	END {
		whole = all && taken == all && !open
		printf "cover: %d of %d branches, %s %%, %d files with an open line, %d assertions\n",
			taken, all, whole ? 100 : sprintf("%.2f", all ? int(9999.9 * taken / all) / 100 : 0),
			open, asserted
		exit !whole
	}'
