# SPDX-License-Identifier: GPL-3.0-or-later
# common.sh - what the scripts beside share; they source it first. Sets BOX, a folder of its own that
# is removed at the end, and counts: a check that fails is said and the script goes on, finish ends
# it with 1. Needs STEPGATE and PLAY.
# shellcheck shell=sh
set -u
: "${STEPGATE:?the program to test}" "${PLAY:?the player of tests/play}"
SCRIPT=$(basename "$0" .sh)
BOX=$(mktemp -d "${TMPDIR:-/tmp}/$SCRIPT.XXXXXX") || exit 1
BOX=$(cd "$BOX" && pwd -P)
trap 'cd /; chmod -R u+rwX "$BOX" 2>/dev/null; rm -rf "$BOX"' EXIT
trap 'exit 130' HUP INT TERM
mkdir "$BOX/tmp"
TMPDIR=$BOX/tmp
export STEPGATE PLAY BOX TMPDIR
unset STEPGATE_MANIFEST NO_COLOR
export XDG_STATE_HOME="$BOX/state" XDG_CONFIG_HOME="$BOX/config" TERM=xterm-256color LC_ALL=C.UTF-8
# a session of lines: the full screen has tests of its own
export STEPGATE_UI=plain
[ -n "${STEPGATE_ROOT:-}" ] || STEPGATE_ROOT=$(cd "$(dirname "$0")/../.." && pwd -P)
checks=0
failed=0
case_name=

# begin NAME: what the checks behind it are about.
begin() {
	case_name=$1
	: >"$BOX/out"
	: >"$BOX/err"
}

not_ok() {
	echo "not ok: $case_name: $*"
	failed=$((failed + 1))
}

# show FILE...: the end of what a failed check saw.
show() {
	for shown in "$@"; do
		[ ! -s "$shown" ] || tail -n 25 "$shown" | cut -c 1-300 | sed "s|^|    $(basename "$shown"): |"
	done
}

# same WHAT EXPECTED FOUND
same() {
	checks=$((checks + 1))
	[ "$2" = "$3" ] || not_ok "$1: expected \"$2\", found \"$3\""
}

# has FILE TEXT, hasnt FILE TEXT
has() {
	checks=$((checks + 1))
	grep -qF -- "$2" "$1" || { not_ok "$(basename "$1"): expected: $2"; show "$1"; }
}
hasnt() {
	checks=$((checks + 1))
	! grep -qF -- "$2" "$1" || { not_ok "$(basename "$1"): not expected: $2"; show "$1"; }
}

# exits CODE ARGUMENT...: stepgate ends with CODE; stdout and stderr are in $BOX/out and $BOX/err.
# Its standard input is that of exits.
exits() {
	checks=$((checks + 1))
	wanted=$1
	shift
	timeout -k 5 30 "$STEPGATE" "$@" >"$BOX/out" 2>"$BOX/err"
	code=$?
	[ "$code" = "$wanted" ] || {
		not_ok "stepgate $*: expected exit status $wanted, found $code"
		show "$BOX/out" "$BOX/err"
	}
}
# says TEXT, complains TEXT: the last exits did, on stdout, on stderr.
says() { has "$BOX/out" "$1"; }
complains() { has "$BOX/err" "$1"; }
silent() { same "stdout" "" "$(head -c 200 "$BOX/out")"; }

# played [ARGUMENT...]: plays the session in $BOX/session at a prompt in the current folder; what was
# printed is in $BOX/screen. (No pipe into it: a pipe's end is a shell of its own, which counts alone.)
played() { at_terminal "$STEPGATE" --color=never "$@"; }
# at_terminal PROGRAM...: the same with any program.
at_terminal() {
	checks=$((checks + 1))
	timeout -k 5 "${LIMIT_S:-60}" "$PLAY" -t "${PATIENCE_S:-20}" "$BOX/session" -- "$@" >"$BOX/screen" \
		2>"$BOX/play.err" || {
		not_ok "the session could not be played"
		show "$BOX/play.err"
	}
}

# The tier that this machine can give: none, partial, full.
tier_here() { "$STEPGATE" doctor --json | sed -n 's/^{"tier":"\([a-z]*\)".*/\1/p'; }
# at_most_here FILE: a profile that asks for tier full asks for what can be had, which is said.
at_most_here() {
	tier=$(tier_here)
	[ "$tier" = full ] || echo "tier full cannot be had here: the example runs in tier $tier"
	sed -i "s/SANDBOX: full/SANDBOX: $tier/" "$1"
}

finish() {
	cd /
	[ "$failed" = 0 ] || { echo "$SCRIPT: $failed of $checks checks failed"; exit 1; }
	echo "ok $SCRIPT ($checks checks)"
	exit 0
}
