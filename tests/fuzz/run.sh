#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh BINS FOUND NAME... - runs the fuzz targets BINS/fuzz-NAME, one after another, and prints a
# line each: runs, runs a second, what was found, and a line for all. SECONDS_EACH limits each, or
# RUNS does; with KEPT=1 only the kept inputs go through, once. What is found stays in FOUND/NAME.
#
# RUNS are counted in BINS/count/NAME over as many starts as it takes, for as long as the sources
# that are linked into the target stay as they are; another start goes on where the last one ended,
# with another seed. The flood itself does not look for leaks; the inputs that it grew go through
# once more at the end, and then each leak is a find.
# Exit status: 0 nothing was found, 1 something was.
set -u
bins=$1 found=$2
shift 2
seed=${SEED:-1} leg_runs=${LEG_RUNS:-500000}
status=0 targets=0 least="" total=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT TERM HUP
export UBSAN_OPTIONS=print_stacktrace=1

# What the target is made of: what the linker took from the library, and the target itself.
sources_of() { # NAME
	sed -n 's/.*libstepgate\.a(\([a-z0-9_]*\)\.o).*/\1/p' "$bins/fuzz-$1.map" | sort -u |
		while read -r member; do find src -name "$member.[ch]"; done | sort |
		xargs cat include/stepgate/*.h tests/fuzz/fuzz.h "tests/fuzz/fuzz_$1.c" | sha256sum |
		cut -c 1-16
}

fuzz() { # NAME OPTION...
	target=$1
	shift
	"$bins/fuzz-$target" -artifact_prefix="$found/$target/" -timeout=30 \
		-rss_limit_mb=2048 -print_final_stats=1 "$@" >"$log" 2>&1
	code=$?
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
	runs=${runs:-0} rate=${rate:-0}
	[ "$code" = 0 ] && [ "$runs" -gt 0 ]
}

flood() { # NAME OPTION...
	flooded=$1
	shift
	ASAN_OPTIONS=detect_leaks=0:malloc_context_size=4:quarantine_size_mb=8 fuzz "$flooded" \
		-detect_leaks=0 -dict=tests/fuzz/words.dict "$@" "$bins/corpus/$flooded" "$kept"
}

# The flood in legs, each counted once it has ended.
counted() { # NAME
	sources=$(sources_of "$1") count=$bins/count/$1 ran=0 legs=0
	mkdir -p "$bins/count"
	if [ -f "$count" ] && read -r of_sources ran legs <"$count"; then
		[ "$of_sources" = "$sources" ] || ran=0
	fi
	rate=0
	while [ "$ran" -lt "$RUNS" ]; do
		left=$((RUNS - ran))
		legs=$((legs + 1))
		flood "$1" -seed=$((seed + legs)) \
			-runs=$((left < leg_runs ? left : leg_runs)) || return 1
		ran=$((ran + runs))
		echo "$sources $ran $legs" >"$count"
	done
	runs=$ran
}

one() { # NAME
	if [ "${KEPT:-}" = 1 ]; then
		fuzz "$1" -runs=0 "$kept"
		return
	elif [ -n "${RUNS:-}" ]; then
		counted "$1" || return 1
	else
		flood "$1" -seed="$seed" -max_total_time="$SECONDS_EACH" || return 1
	fi
	all_runs=$runs all_rate=$rate
	fuzz "$1" -runs=0 "$bins/corpus/$1" "$kept" || return 1
	runs=$all_runs rate=$all_rate
}

for name; do
	kept=tests/fuzz/corpus/$name
	targets=$((targets + 1))
	mkdir -p "$found/$name" "$bins/corpus/$name"
	[ -d "$kept" ] || { echo "not ok fuzz $name: no corpus is kept" && status=1 && continue; }
	if one "$name"; then
		[ "$rate" = 0 ] && speed='' || speed="$rate a second, "
		printf 'ok fuzz %-9s %9s runs, %sseed %s, nothing found\n' \
			"$name" "$runs" "$speed" "$seed"
	else
		grep -v '^#[0-9]' "$log" | tail -n 60
		echo "not ok fuzz $name: exit status $code, see $found/$name"
		status=1 runs=0
	fi
	total=$((total + runs))
	[ -n "$least" ] && [ "$least" -le "$runs" ] || least=$runs
done
open=$(find "$found" -type f | wc -l)
[ "$open" = 0 ] || status=1
echo "fuzz: $targets targets, ${least:-0} runs each at least, $total in all, $open open findings"
exit $status
