#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The demo of the example: without a terminal it plays itself to PASS, in one somebody types.
. "${0%/*}/lib/common.sh"
DEMO=$STEPGATE_ROOT/share/examples/docs-release/demo.sh
checks=0

begin "without a terminal the demo plays a session and prints it"
checks=$((checks + 1))
"$DEMO" </dev/null >"$BOX/out" 2>&1 || { not_ok "it ended with $?"; show "$BOX/out"; }
for text in "started a run" "«го» starts ROUTE" "stepgate 0001> го" "✓ SPC" "✓ ORC" "✓ CTL" "✓ QA" \
	"✓ PACK" "✓ VAL PASS" "VAL_REPORT: PASS" ": verified" "GATES: PASS" "«го» opens STEP 0002"; do
	has "$BOX/out" "$text"
done
same "folders left" "" "$(ls "$TMPDIR" | grep stepgate-demo)"

begin "in a terminal the operator types"
{
	printf 'wait a small documents release\n'
	for phase in ROUTE SPC ORC CTL QA PACK VAL; do
		printf 'wait «го» starts %s\nwait stepgate 0001>\nsend го\nwait ✓ %s\n' "$phase" "$phase"
	done
	printf 'wait «го» opens STEP 0002\nwait stepgate 0001>\n'
	printf 'send contract\nwait CONTRACT 13/13\nwait stepgate 0001>\n'
	printf 'send quit\nwait ✓ PASS\nexit 0\n'
} >"$BOX/session"
at_terminal "$DEMO"

begin "whoever leaves early finds the run as it stands"
{
	printf 'wait «го» starts ROUTE\nwait stepgate 0001>\nsend го\nwait «го» starts SPC\n'
	printf 'wait stepgate 0001>\nkeys \\x04\nwait RUNNING\nexit 0\n'
} >"$BOX/session"
at_terminal "$DEMO"
same "folders left" "" "$(ls "$TMPDIR" | grep stepgate-demo)"

begin "no player, no program: said"
checks=$((checks + 1))
(unset PLAY && "$DEMO" </dev/null >"$BOX/out" 2>&1) && not_ok "it went on without a player"
has "$BOX/out" "the demo needs PLAY"
finish
