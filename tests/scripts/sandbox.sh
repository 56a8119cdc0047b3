#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Tiers: the tools that people use work inside; on kernels that lack a wall (deny plays them) every record says
# which, and a profile that asks for more stops at ROUTE.
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"
deny=$(cd "$(dirname "$PLAY")" && pwd)/deny
tier=$(tier_here)

# asks TIER: the profile of the run in this folder.
asks() { sed -i "s/SANDBOX: [a-z]*/SANDBOX: $1/" profiles/MINI.yaml; }
# walled NAME TIER: a run whose profile asks for it, its STEP open.
walled() {
	mini_files "$1"
	asks "$2"
	exits 0 init
	exits 0 step "A small goal" --file docs/one.md --route route.yaml
}
on() { # WALLS: plays the session on a kernel without them
	at_terminal "$deny" "$1" "$STEPGATE" --color=never
}
# claims TEXT: in ROUTE's event and in that of each command.
claims() {
	for event in route role engine; do
		checks=$((checks + 1))
		grep "\"event\":\"$event\"" "$TRACE" | grep -vqF "$1" && not_ok "$event: expected $1"
	done
	has "$TRACE" "$1"
}

begin "git, awk, make, gcc and python work inside"
if [ "$tier" = none ]; then
	echo "no wall can be built here: nothing to work inside of"
else
	mini_files tools
	asks "$tier"
	cat >tools.sh <<-'END'
	#!/bin/sh
	# tools.sh: what people use, each with a line of its own in the output
	set -eu
	cd "$TMPDIR"
	git init -q work && cd work
	printf '#include <stdio.h>\nint main(void) { return puts("compiled") < 0; }\n' >one.c
	printf 'one: one.c\n\tcc -O2 -o one one.c\n' >Makefile
	git add -A
	git -c user.name=t -c user.email=t@localhost commit -q -m one
	{
		echo "git $(git log --oneline | wc -l)"
		awk 'BEGIN { print "awk " 6 * 7 }'
		make -s one >&2 && echo "make and gcc: $(./one)"
		! command -v python3 >/dev/null || python3 -c 'import json, subprocess, tempfile
	with tempfile.NamedTemporaryFile() as f:
	    print("python", json.dumps(subprocess.run(["echo", "ran"], capture_output=True, text=True).stdout))'
		sort --parallel=2 one.c | head -c 5 >/dev/null && echo "sort"
	} >"$STEPGATE_OUT/A_OUT.txt"
	END
	chmod +x tools.sh
	sed -i 's|argv: \[./make.sh, A_OUT\]|argv: [./tools.sh]|' profiles/MINI.yaml
	exits 0 init
	exits 0 step "Tools" --file docs/one.md --route route.yaml
	{
		goes ROUTE SPC ORC
		leaves
	} >"$BOX/session"
	PATH=/usr/local/bin:/usr/bin:/bin played
	made=.stepgate/steps/0001/ORC.1/ENG.A/A_OUT.txt
	for text in "git 1" "awk 42" "make and gcc: compiled" "sort"; do has "$made" "$text"; done
	! PATH=/usr/local/bin:/usr/bin:/bin command -v python3 >/dev/null || has "$made" 'python "ran'
	claims "\"tier\":\"$tier\""
fi

begin "without a wall the tier is partial and names it"
for wall in namespaces landlock seccomp; do
	[ "$tier" = full ] || break
	case_name="without $wall"
	checks=$((checks + 1))
	"$deny" $wall "$STEPGATE" doctor --json >"$BOX/out" 2>&1 || not_ok "doctor failed"
	says '"tier":"partial"'
	says "\"missing\":\"$wall\""

	walled "full-$wall" full
	{
		printf 'wait «го» starts ROUTE\n'
		ready
		printf 'send го\nwait STOP_GAP\n'
		leaves
	} >"$BOX/session"
	on $wall
	has "$MANIFEST" "SANDBOX: expected full, found partial: $wall"
	has "$MANIFEST" MARKER_NOT_CONFIRMED
	hasnt "$TRACE" '"event":"role"'
	hasnt "$TRACE" '"tier":"full"'

	walled "partial-$wall" partial
	{
		goes ROUTE SPC ORC CTL PACK VAL
		printf 'wait PASS\n'
		leaves
	} >"$BOX/session"
	on $wall
	claims '"tier":"partial"'
	has "$TRACE" "\"walls\":\"$wall\""
	hasnt "$TRACE" '"tier":"full"'
	has .stepgate/steps/0001/VAL.1/VAL_REPORT.yaml "$wall"
	exits 0 report
	says "$wall"
	hasnt "$BOX/out" "tier full"
done

begin "where only bubblewrap can make the namespaces it does"
if [ "$tier" = full ]; then
	checks=$((checks + 1))
	"$deny" mounts "$STEPGATE" doctor --json >"$BOX/out" 2>&1 || not_ok "doctor failed"
	says '"tier":"full"'
	says '{"name":"namespaces","up":true,"by":"bubblewrap"'
	walled bubblewrap full
	{
		goes ROUTE SPC ORC CTL PACK VAL
		printf 'wait PASS\n'
		leaves
	} >"$BOX/session"
	on mounts
	claims '"tier":"full"'
fi
exits 0 doctor --json
[ "$tier" != full ] || says '{"name":"namespaces","up":true,"by":"stepgate"'

begin "without any wall nothing passes by itself"
all=namespaces,landlock,seccomp
"$deny" $all "$STEPGATE" doctor --json >"$BOX/out" 2>&1 || not_ok "doctor failed"
says '"tier":"none"'
for asked in full partial; do
	walled "none-$asked" $asked
	{
		printf 'wait «го» starts ROUTE\n'
		ready
		printf 'send го\nwait STOP_GAP\n'
		leaves
	} >"$BOX/session"
	on $all
	has "$MANIFEST" "SANDBOX: expected $asked, found none"
	hasnt "$TRACE" '"event":"role"'
done
walled none-none none
{
	goes ROUTE SPC ORC CTL PACK VAL
	printf 'wait PASS\n'
	leaves
} >"$BOX/session"
on $all
# the member that says none may be left out
hasnt "$TRACE" '"tier":"full"'
hasnt "$TRACE" '"tier":"partial"'
has .stepgate/steps/0001/VAL.1/VAL_REPORT.yaml none
exits 0 report
says "SANDBOX: none"

begin "what ROUTE found is not what another machine has"
if [ "$tier" = full ]; then
	walled moved full
	{
		goes ROUTE SPC
		leaves
	} >"$BOX/session"
	played
	{
		printf 'wait «го» starts ORC\n'
		ready
		printf 'send го\nwait STOP_GAP\n'
		leaves
	} >"$BOX/session"
	on landlock
	hasnt "$MANIFEST" 'STEP_STATUS: "PASS"'
	same "engines said to be full" 0 "$(grep '"event":"engine"' "$TRACE" | grep -c '"tier":"full"')"
fi
[ "$tier" = full ] || echo "tier full cannot be had here: $("$STEPGATE" doctor | tail -n 3 | tr '\n' ' ')"
finish
