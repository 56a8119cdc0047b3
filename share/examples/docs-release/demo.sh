#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# demo.sh - the example in a folder of its own: on a terminal you type the signals; without one a
# player types them in a pseudo-terminal (PLAY: tests/play) and what it saw is printed.
# STEPGATE names the program; without it, the one in PATH.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
STEPGATE=${STEPGATE:-$(command -v stepgate)}
work=$(mktemp -d "${TMPDIR:-/tmp}/stepgate-demo.XXXXXX")
trap 'chmod -R u+rwX "$work" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' HUP TERM
mkdir "$work/docs-release" "$work/state"
cp -R "$here/." "$work/docs-release"
rm -f "$work/docs-release/demo.sh"
cd "$work/docs-release"
# a machine that lacks a wall plays what is left, and says so
tier=$("$STEPGATE" doctor --json | sed -n 's/^{"tier":"\([a-z]*\)".*/\1/p')
if [ "$tier" != full ]; then
	"$STEPGATE" doctor || true
	sed -i "s/SANDBOX: full/SANDBOX: ${tier:-none}/" profiles/*.yaml
fi
git init -q . && git add -A
git -c user.name=demo -c user.email=demo@localhost commit -q -m "The documents before the release"
"$STEPGATE" init
"$STEPGATE" step "Выпуск 1.3 документов библиотеки инструментов" \
	--file tasks/release.task.md --route routes/docs-release.yaml
export XDG_STATE_HOME="$work/state"

if [ -t 0 ] && [ -t 1 ]; then
	cat <<-'TEXT'

	A STEP is open on a small documents release. What comes is decided by you alone:
	read each brief, then type  го  and Enter, once for every phase, until the verdict.
	ledger, contract, gates, log, history and help look around; quit leaves.

	TEXT
	"$STEPGATE" || true
	"$STEPGATE" status
	exit 0
fi

: "${PLAY:?without a terminal the demo needs PLAY, the player of tests/play}"
{
	for phase in ROUTE SPC ORC CTL QA PACK; do
		printf 'wait «го» \nwait stepgate 0001>\nsend го\nwait ✓ %s\n' "$phase"
	done
	printf 'wait stepgate 0001>\nsend го\nwait ✓ VAL\nwait PASS\n'
	printf 'wait stepgate 0001>\nsend gates\nwait stepgate 0001>\nsend verify\nwait verified\n'
	printf 'wait stepgate 0001>\nsend quit\nexit 0\n'
} >"$work/session"
# what the player waits for is English
LC_ALL=C.UTF-8 "$PLAY" "$work/session" -- "$STEPGATE" --plain --color=never
echo
"$STEPGATE" report
