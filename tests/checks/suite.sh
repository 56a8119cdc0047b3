#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# suite.sh all|asan|valgrind - runs the checks and the tests, called by the Makefile with MAKE and
# BUILD. One line for each check and script (ok, not ok, skip), Criterion's own lines for the
# tests, and a last line "N passed, N failed". A failure does not stop what comes after it.
#
# A script of tests/scripts is run with STEPGATE (the program), STEPGATE_ROOT (the sources),
# TMPDIR and HOME (both its own, removed afterwards); it exits 0, 77 to be skipped (its last line
# says why), or fails. It is run once, with the release build; one that holds the line
# "# profiles: release asan" also with the sanitizers' build.
set -u
exec </dev/null
: "${MAKE:?}" "${BUILD:?}"
root=$(pwd)
passed=0 failed=0 skipped=0

work=$(mktemp -d)
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
mkdir "$work/san"
# the tests of the sandbox run as an ordinary user, too
chmod 711 "$work"

# The tests see no setting of the person who runs them.
unset STEPGATE_MANIFEST STEPGATE_UI NO_COLOR INPUTRC LINES COLUMNS LANG LANGUAGE \
	XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_RUNTIME_DIR GIT_DIR GIT_WORK_TREE \
	GIT_INDEX_FILE CDPATH ENV BASH_ENV
export LC_ALL=C.UTF-8 TERM=xterm-256color
export ASAN_OPTIONS="detect_stack_use_after_return=1:strict_string_checks=1:log_path=$work/san/asan"
export UBSAN_OPTIONS="print_stacktrace=1:log_path=$work/san/ubsan"
export STEPGATE_ROOT="$root"
if [ -z "${STEPGATE_CORPUS:-}" ] && [ -d "$root/../shared/corpus" ]; then
	STEPGATE_CORPUS=$(cd "$root/../shared/corpus" && pwd)
	export STEPGATE_CORPUS
fi

ok() { echo "ok $*"; passed=$((passed + 1)); }
not_ok() { echo "not ok $*"; failed=$((failed + 1)); }
skip() { echo "skip $*"; skipped=$((skipped + 1)); }

# A folder of its own for each run: HOME and TMPDIR.
fresh() {
	rm -rf "$work/run"
	mkdir -p "$work/run/home" "$work/run/tmp"
	chmod 1777 "$work/run/tmp"
}

# in_room COMMAND...: with a HOME and TMPDIR of its own and its output in $work/log
in_room() {
	fresh
	env HOME="$work/run/home" TMPDIR="$work/run/tmp" "$@" >"$work/log" 2>&1
}

# check NAME COMMAND...
check() {
	name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		ok "$name"
	else
		cat "$work/log"
		not_ok "$name"
		return 1
	fi
}

build() { check "build $1" $MAKE PROFILE="$1" BUILD="$BUILD" check-bins; }

# Whatever process of a run the sanitizers complained of, its report is a failure of that run:
# Criterion lets a test pass whose process leaks. A test that failed did not come to where it
# releases what it holds: its leaks say nothing.
sanitizers() { # NAME FAILURES
	for report in "$work"/san/*; do
		[ -s "$report" ] || continue
		if [ "$2" != 0 ] && grep -q 'ERROR: LeakSanitizer' "$report"; then
			continue
		fi
		cat "$report"
		not_ok "$1: a report of the sanitizers"
	done
	rm -f "$work"/san/*
}

# criterion NAME PROFILE BINARY [PREFIX...]: its last line counts what passed and failed
criterion() {
	name=$1 profile=$2 binary=$BUILD/$2/$3
	shift 3
	[ -x "$binary" ] || return 0
	echo "-- $name"
	in_room env STEPGATE="$(realpath "$BUILD/$profile")/stepgate" \
		timeout -k 10 900 "$@" "$binary" --color=never
	code=$?
	cat "$work/log"
	# shellcheck disable=SC2046 # two numbers, or nothing where it died before its last line
	set -- $(sed -n 's/.*Synthesis: Tested: \([0-9]*\) | Passing: \([0-9]*\) .*/\1 \2/p' "$work/log")
	lost=$((${1:-1} - ${2:-0}))
	passed=$((passed + ${2:-0})) failed=$((failed + lost))
	if [ "${1:-0}" = 0 ]; then
		echo "$name: no test was run"
		failed=$((failed + 1 - lost))
	elif [ "$code" != 0 ] && [ "$lost" = 0 ]; then
		not_ok "$name: exit status $code"
	elif [ "$code" = 124 ] || [ "$code" = 137 ]; then
		echo "$name: stopped after 15 minutes"
	fi
	sanitizers "$name" "$lost"
}

scripts() {
	profile=$1
	for script in tests/scripts/*.sh; do
		[ -f "$script" ] || continue
		name=$(basename "$script" .sh)
		if [ "$profile" != release ]; then
			grep -q "^# profiles:.*\\b$profile\\b" "$script" || continue
			name="$name ($profile)"
		fi
		in_room env STEPGATE="$(realpath "$BUILD/$profile")/stepgate" \
			PLAY="$(realpath "$BUILD/$profile")/play" \
			timeout -k 10 600 sh -c 'exec "$0"' "$script"
		case $? in
		0) ok "$name" ;;
		77) skip "$name: $(tail -n 1 "$work/log")" ;;
		*)
			cat "$work/log"
			not_ok "$name"
			;;
		esac
		sanitizers "$name" 0
	done
}

run() { # PROFILE
	criterion "unit tests, $1" "$1" unit
	criterion "terminal tests, $1" "$1" terminal
	scripts "$1"
}

# Debian's valgrind knows no openat2, so what opens a file beneath a folder fails under it, and a
# test that failed goes on with values that were never set. So only what valgrind says of the
# tests that passed counts here; that they pass, and that nothing leaks, is said by other runs.
memory() {
	echo "-- unit tests, valgrind"
	in_room env STEPGATE="$(realpath "$BUILD/debug")/stepgate" SG_T_TIMEOUT_S=900 \
		timeout -k 10 3000 valgrind -q --trace-children=yes --leak-check=no \
		--trace-children-skip='*/git,*/sh,*/bash' \
		--log-file="$work/san/%p" "$BUILD/debug/unit" --color=never
	grep -E 'Synthesis|CRASH' "$work/log" || not_ok "the tests came to no end"
	sed -n 's/^\[FAIL\] \([a-z0-9_]*\)::\([a-z0-9_]*\):.*/\1_\2_impl/p' "$work/log" >"$work/lost"
	passed=$((passed + $(sed -n 's/.* Passing: \([0-9]*\) .*/\1/p' "$work/log")))
	for report in "$work"/san/*; do
		grep -q '^==' "$report" || continue
		if [ -s "$work/lost" ] && grep -qFf "$work/lost" "$report"; then
			continue
		fi
		grep '^==' "$report"
		not_ok "a report of valgrind"
	done
}

pages() {
	for page in man/*.[1-8]; do
		[ -f "$page" ] || continue
		check "mandoc $(basename "$page")" mandoc -T lint -W warning "$page"
	done
}

case ${1:-all} in
all)
	if build release; then
		check layers $MAKE BUILD="$BUILD" layers
		check hdr-check $MAKE BUILD="$BUILD" hdr-check
		check mutants-fit $MAKE BUILD="$BUILD" mutants-fit
		check style $MAKE style
		build clang
		run release
	fi
	if build asan; then
		run asan
	fi
	check "fuzz targets, what is kept" $MAKE BUILD="$BUILD" fuzz-kept
	pages
	;;
asan)
	if build asan; then
		run asan
	fi
	;;
valgrind)
	if build debug; then
		memory
	fi
	;;
*)
	echo "suite: $1 is none of all, asan, valgrind" >&2
	exit 2
	;;
esac
[ "$skipped" = 0 ] || echo "$skipped skipped"
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
