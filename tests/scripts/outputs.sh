#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What CONTRACT demands of outputs, what failed attempts leave, what is unchanged, and how the gates
# are tried: through the program, as an operator meets it.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"

# demands LINES: the profile's CONTRACT
demands() {
	mini_profile | sed "s/^  RUN:/  CONTRACT:\n$1\n  RUN:/" >profiles/MINI.yaml
}

# session LINES...: on stdin the session, ended by quit
session() {
	{
		cat
		leaves
	} >"$BOX/session"
	played
}

begin "a miss is told when its role has ended, and stops the STEP at VAL"
mini demanded
demands '    POLICY_REPORT: {min_bytes: 30, headings: ["## Scope"]}'
session <<END
$(goes ROUTE SPC ORC CTL)
wait CONTRACT is not met: POLICY_REPORT: expected at least 30 bytes, found 21 bytes
$(goes PACK)
wait «го» starts VAL
$(ready)
send го
wait ✗ VAL STOP_GAP ENTRYPOINT_MISSING
END
has "$MANIFEST" 'ENTRYPOINT_MISSING: D3: POLICY_REPORT: expected at least 30 bytes, found 21 bytes'
has "$MANIFEST" '"Mend POLICY_REPORT: at least 30 bytes"'
has "$MANIFEST" '"Mend POLICY_REPORT: the heading \"## Scope\""'
exits 1 gates
says "D3: POLICY_REPORT: expected the heading \"## Scope\", found no such one among 0 headings"
exits 0 fix
says "Mend POLICY_REPORT: at least 30 bytes"
exits 1 gates --json
says '"D3":"0/2"'
exits 0 verify
exits 0 check RUNTIME_MANIFEST.yaml --profile profiles/MINI.yaml
says "CONTRACT: POLICY_REPORT: at least 30 bytes"

begin "what fails leaves INCOMPLETE drafts, which count nowhere"
hook CTL <<-'END'
	echo half >"$STEPGATE_OUT/POLICY_REPORT.txt"
	exit 3
END
session <<END
$(ready)
send resume
wait «го» starts CTL
$(ready)
send го
wait ✗ CTL STOP_GAP MARKER_NOT_CONFIRMED
END
same "what is in the folder" "INCOMPLETE log.txt " \
	"$(find .stepgate/steps/0001/CTL.2 -mindepth 1 -maxdepth 1 -printf '%f\n' | sort | tr '\n' ' ')"
exits 0 report
says "DRAFT POLICY_REPORT  .stepgate/steps/0001/CTL.2/INCOMPLETE/POLICY_REPORT.txt  INCOMPLETE"
exits 0 report --json
says '"INCOMPLETE":[".stepgate/steps/0001/CTL.2/INCOMPLETE/POLICY_REPORT.txt"]'
has "$TRACE" '"path":".stepgate/steps/0001/CTL.2/INCOMPLETE/POLICY_REPORT.txt"'
hasnt "$MANIFEST" "CTL.2/"
exits 0 verify

begin "what is mended passes, and the gates were tried"
hook CTL <<-'END'
	printf '# Policy\n\n## Scope\n\nAll of it.\n' >"$STEPGATE_OUT/POLICY_REPORT.md"
	exit 0
END
session <<END
$(ready)
send resume
$(goes CTL PACK VAL)
END
has "$MANIFEST" 'STEP_STATUS: "PASS"'
report=$(find .stepgate/steps -name VAL_REPORT.yaml | sort | tail -n 1)
has "$report" 'D3: "2/2"'
tried=$(sed -n 's/^    TRIED: //p' "$report")
same "red" "$tried" "$(sed -n 's/^    RED: //p' "$report")"
same "of" "$tried" "$(sed -n 's/^    OF: //p' "$report")"
has "$TRACE" "\"shadows\":{\"tried\":$tried,\"red\":$tried,\"of\":$tried,\"green\":\"\"}"
exits 0 verify
says "Proved able to fail: $tried of $tried"
exits 0 brief --json
says "\"shadows\":{\"tried\":$tried,\"red\":$tried,\"of\":$tried}"

begin "an output that is what the attempt before made is said to be unchanged"
mini unchanged
session <<END
$(goes ROUTE SPC ORC CTL)
wait «го» starts PACK
$(ready)
send no "once more"
wait STOP_GAP
$(ready)
send resume --from CTL
$(goes CTL)
wait POLICY_REPORT unchanged since attempt 1
END
has "$MANIFEST" "POLICY_REPORT unchanged since attempt 1"
exits 0 ledger --json
says '"name":"POLICY_REPORT","provenance":"OBSERVED","fresh":"FRESH","tier":"none","unchanged_since":1'
exits 0 verify

begin "a profile that cannot be meant so is refused at its place"
for line in 'A_OUT: {min: 3}' 'A_OUT: {contains: x}' 'A_OUT: {yaml: 1}' 'VAL_REPORT: {json: true}'; do
	mini wrong
	demands "    $line"
	session <<-END
	wait «го» starts ROUTE
	$(ready)
	send го
	wait ✗ ROUTE STOP_GAP MARKER_NOT_CONFIRMED
	END
	has "$MANIFEST" "profiles/MINI.yaml:11:"
done
finish
