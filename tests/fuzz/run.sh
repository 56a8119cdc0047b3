#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BINS FOUND NAME... - runs the fuzz targets BINS/fuzz-NAME, one after another, and prints a
# line each: runs, runs a second, what was found. SECONDS_EACH and RUNS limit each; with KEPT=1 only
# the kept inputs go through, once. Exits 1 where anything was found; it stays in FOUND/NAME.
set -u
bins=$1 found=$2
shift 2
status=0 total=0
seed=${SEED:-1}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
export UBSAN_OPTIONS=print_stacktrace=1
for name; do
	kept=tests/fuzz/corpus/$name
	mkdir -p "$found/$name" "$bins/corpus/$name"
	[ -d "$kept" ] || { echo "not ok fuzz $name: no corpus is kept" && status=1 && continue; }
	if [ "${KEPT:-}" = 1 ]; then
		set -- -runs=0 "$kept"
	else
		set -- ${SECONDS_EACH:+-max_total_time="$SECONDS_EACH"} ${RUNS:+-runs="$RUNS"} \
			-seed="$seed" -dict=tests/fuzz/words.dict "$bins/corpus/$name" "$kept"
	fi
	"$bins/fuzz-$name" -artifact_prefix="$found/$name/" -max_len=16384 -timeout=10 \
		-rss_limit_mb=2048 -print_final_stats=1 "$@" >"$log" 2>&1
	code=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	total=$((total + ${runs:-0}))
	if [ "$code" = 0 ] && [ "${runs:-0}" -gt 0 ]; then
		printf 'ok fuzz %-9s %9s runs, %7s a second, seed %s, nothing found\n' \
			"$name" "$runs" "$rate" "$seed"
	else
		grep -v '^#[0-9]' "$log" | tail -n 60
		echo "not ok fuzz $name: exit status $code, see $found/$name"
		status=1
	fi
done
echo "$total runs in all"
exit $status
