#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# From one state to the next on the built program: what stops a STEP, with its one code, and what goes on.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"

# opened NAME [ARGUMENT...]: a run with an open STEP, with what is behind as options of step
opened() {
	mini_files "$1"
	shift
	exits 0 init
	exits 0 step "A small goal" "$@"
}

begin "no route is given"
opened noroute
stops ROUTE INPUT_ABSENT
exits 4 resume
says "no route given"
exits 3 route nosuch.yaml
complains "FILE_NOT_FOUND"
exits 4 resume
exits 1 route docs/one.md
exits 4 resume
says "docs/one.md:1:1"
exits 1 route route.yaml
resumes ROUTE SPC

begin "a goal, a file, a route that are not there"
mini_files absent
exits 0 init
exits 3 step "" --route route.yaml
complains "INPUT_ABSENT"
exits 3 step "   "
exits 3 step "two
lines"
exits 3 step goal --file docs/none.md
complains "FILE_NOT_FOUND"
exits 3 step goal --route none.yaml
complains "FILE_NOT_FOUND"
exits 3 step goal --file ..
exits 3 step goal --file /etc/hostname
complains "not beneath"
exits 2 step
exits 2 step goal more
exits 2 step goal --nonsense
same "events" 1 "$(events)"
exits 0 step goal --route route.yaml
rm route.yaml
stops ROUTE FILE_NOT_FOUND
exits 4 resume
mini_route >route.yaml
resumes ROUTE
rm profiles/MINI.yaml
stops_early SPC SCOPE_VIOLATION

begin "a profile that is not there"
opened noprofile --route route.yaml
rm profiles/MINI.yaml
stops ROUTE FILE_NOT_FOUND
exits 4 resume
mini_profile >profiles/MINI.yaml
resumes ROUTE SPC

begin "a route or profile that is not what it should be"
n=0
for edit in 'route.yaml|s/ROUTE_TOKEN:/ROUTE:/' 'route.yaml|s/"SPC", //' 'route.yaml|s/, "ORC"//' \
	'route.yaml|s/REQUIRED_ROLES: .*/REQUIRED_ROLES: []/' \
	'route.yaml|s/REQUIRED_ROLES: .*/REQUIRED_ROLES: "SPC"/' \
	'route.yaml|s/OUTPUT_CONTRACT: .*/OUTPUT_CONTRACT: []/' \
	'route.yaml|s/"KEY:VAL.ENGINE_COVERAGE_GATE", //' 'route.yaml|s/"VAL"\]/"VAL", "PACK"]/' \
	'route.yaml|s/"CTL", "VAL"/"CTL", "VAL", "QA"/' 'route.yaml|s/OUTPUT_CONTRACT: \[/&"NEXT_POINTER", /' \
	'route.yaml|s/PROFILE_KEY: "MINI"/&, PROFILE_KEY: "MINI"/' 'route.yaml|s/^  TASK/\tTASK/' \
	'route.yaml|s/DOMAIN: "DOCS"/DOMAIN: *x/' 'profiles/MINI.yaml|s/JOBS: 1/JOBS: 1000/' \
	'profiles/MINI.yaml|s/JOBS: 1/JOBZ: 1/' 'profiles/MINI.yaml|s/PROFILE_KEY: "MINI"/PROFILE_KEY: "MAXI"/' \
	'profiles/MINI.yaml|s/CTL: .*/CTL: {manual: true}/' 'profiles/MINI.yaml|s/timeout_s: 20/timeout_s: soon/' \
	'profiles/MINI.yaml|s/CTL: .*/CTL: {argv: "make.sh"}/' 'profiles/MINI.yaml|s/CADENCE: phase/CADENCE: fast/' \
	'profiles/MINI.yaml|s/SANDBOX: none/SANDBOX: most/'; do
	n=$((n + 1))
	case_name="precheck: $edit"
	opened "precheck$n" --route route.yaml
	sed -i "${edit#*|}" "${edit%%|*}"
	stops ROUTE MARKER_NOT_CONFIRMED
	exits 4 resume
	"mini_$(case $edit in route*) echo route ;; *) echo profile ;; esac)" >"${edit%%|*}"
	exits 0 resume
done
begin "a plan that is none, or that breaks the route"
n=0
for plan in 'no: plan' 'ENGINE_PLAN_TOKEN: {allowed_eng_keys: []}' \
	'ENGINE_PLAN_TOKEN: {required_eng_keys: []}|ok' \
	'ENGINE_PLAN_TOKEN: {required_eng_keys: ["KEY:ENG.B"], allowed_eng_keys: ["KEY:ENG.B"]}' \
	'ENGINE_PLAN_TOKEN: {required_eng_keys: ["KEY:ENG.A"], no_go_eng_keys: ["KEY:ENG.*"]}' \
	'ENGINE_PLAN_TOKEN: [' 'ENGINE_PLAN_TOKEN: {required_eng_keys: "KEY:ENG.A"}'; do
	n=$((n + 1))
	case_name="plan: $plan"
	opened "plan$n" --route route.yaml
	echo "${plan%|ok}" >plan.yaml
	to ROUTE
	case $plan in
	*"|ok") to SPC ;;
	*) stops SPC MARKER_NOT_CONFIRMED ;;
	esac
done

begin "a change of the route on disk is a drift"
mini drift1
to ROUTE SPC
sed -i 's/To be tried/To be tried twice/' route.yaml
at=$(events)
{
	printf 'wait «го» starts ORC\n'
	ready
	printf 'send го\nwait +  TASK\nwait STOP_GAP SCOPE_VIOLATION: \n'
	leaves
} >"$BOX/session"
played
same "events" "$((at + 1))" "$(events)"
exits 0 fix
says "route.yaml"
says "it runs from ROUTE"
resumes ROUTE SPC ORC CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'

begin "a change of the profile, and one made while the STEP is stopped"
mini drift2
to ROUTE SPC ORC
sed -i 's/JOBS: 1/JOBS: 2/' profiles/MINI.yaml
stops_early CTL SCOPE_VIOLATION
resumes ROUTE SPC ORC
{
	ready
	printf 'send no "wait"\n'
	leaves
} >"$BOX/session"
played
sed -i 's/JOBS: 2/JOBS: 3/' profiles/MINI.yaml
resumes ROUTE
exits 0 history
says "  no  "

begin "a change of the plan's evidence is a drift to SPC"
mini drift3
to ROUTE SPC
plan=.stepgate/steps/0001/SPC.1/ENGINE_PLAN_TOKEN.yaml
chmod u+w $plan
printf 'ENGINE_PLAN_TOKEN:\n  required_eng_keys: []\n' >$plan
VERIFIED=1
stops_early ORC SCOPE_VIOLATION
VERIFIED=
exits 0 fix
says "it runs from SPC"
resumes SPC ORC CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'

begin "no refuses the phase, resume takes it up again, --from an earlier one"
mini refused
to ROUTE SPC ORC
exits 2 no
exits 3 no ""
exits 1 no "not like this"
says "USER_STOP"
has "$MANIFEST" 'RESUME_ALLOWED: false'
exits 4 no "again"
exits 4 resume --from QA
exits 4 resume --from VAL
exits 4 resume --from OPEN
exits 2 resume --from
exits 0 resume --from spc
says "[SPC …]"
hasnt "$MANIFEST" 'role: "SPC"'
grep -q 'RESUME_TOKEN: "..*"' "$MANIFEST" || not_ok "no RESUME_TOKEN was issued"
exits 4 resume
to SPC
has "$MANIFEST" 'RESUME_TOKEN: ""'
[ -d .stepgate/steps/0001/SPC.1 ] && [ -d .stepgate/steps/0001/SPC.2 ] ||
	not_ok "the evidence of an attempt is gone"
to ORC CTL PACK VAL
exits 0 verify

begin "stop closes the STEP, and the next one may open"
mini stopped
to ROUTE SPC
echo "a change" >>docs/one.md
exits 0 stop "enough of it"
has "$MANIFEST" 'STEP_STATUS: "FAIL"'
has "$MANIFEST" 'Open a new STEP'
has CHANGELOG.md "docs/one.md"
exits 4 resume
exits 4 stop "again"
exits 4 no "again"
exits 0 report
says "STATUS: FAIL"
{
	ready
	printf 'send го\nwait stepgate: cannot\n'
	leaves
} >"$BOX/session"
played
exits 0 step "Another goal" --file docs/one.md
has "$MANIFEST" 'STEP_ID: "0002"'
STEP=0002
to ROUTE SPC ORC CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'
exits 0 verify

begin "after PASS the signal opens the next file, once"
{
	ready
	printf 'send го\nwait cannot open the next STEP\n'
	ready
	printf 'send next docs/none.md "x"\nwait FILE_NOT_FOUND\n'
	ready
	printf 'send next docs/one.md "The third"\nwait «го» opens STEP 0003\n'
	ready
	printf 'send го\nwait «го» starts ROUTE\nwait stepgate 0003>\nsend quit\nexit 0\n'
} >"$BOX/session"
played
STEP=
has "$MANIFEST" 'STEP_ID: "0003"'
has "$MANIFEST" 'STEP_GOAL: "The third"'
has "$MANIFEST" 'ROLE_LEDGER: []'
exits 0 verify
exits 4 step "a fourth"

# --- work by hand ---

begin "work by hand is recorded between start and stop, for what is awaited"
mini_files hand
sed -i 's/EVIDENCE: observed/EVIDENCE: manual/; s/CTL: .*/CTL: {manual: true}/
	s/KEY:ENG.B: .*/KEY:ENG.B: {manual: true}/' profiles/MINI.yaml
exits 0 init
exits 0 step goal --file docs/one.md --route route.yaml
exits 4 record start CTL
to ROUTE SPC
at=$(events)
exits 4 record start CTL
complains "ORC is awaited"
exits 4 record stop KEY:ENG.B B_OUT=docs/one.md
complains "it was not started"
exits 4 record start ORC
exits 4 record start KEY:ENG.NONE
exits 2 record begin KEY:ENG.B
exits 2 record start
same "events" "$at" "$(events)"
{
	printf 'wait KEY:ENG.B is done by hand\n'
	ready
	printf 'send го\nwait KEY:ENG.B is done by hand and nothing is recorded\n'
	leaves
} >"$BOX/session"
played
exits 0 record start KEY:ENG.B B_OUT=docs/b.txt
exits 2 record stop KEY:ENG.B
exits 2 record stop KEY:ENG.B docs/b.txt
exits 3 record stop KEY:ENG.B B_OUT=docs/b.txt
echo "by hand" >docs/b.txt
exits 2 record stop KEY:ENG.B B_OUT=docs/b.txt B_OUT=docs/one.md
exits 2 record stop KEY:ENG.B ../x=docs/b.txt
exits 3 record stop KEY:ENG.B B_OUT=docs
exits 3 record stop KEY:ENG.B B_OUT=docs/b.txt --note "two
lines"
exits 0 record stop KEY:ENG.B B_OUT=docs/b.txt --note "measured twice"
exits 4 record stop KEY:ENG.B B_OUT=docs/b.txt
hasnt "$MANIFEST" 'eng_key: "KEY:ENG.B"'
to ORC
has "$MANIFEST" "by hand, "
has "$MANIFEST" "MANUAL, tier none, measured twice"
exits 0 ledger
says "MANUAL"
exits 0 record start CTL
echo "looked at" >docs/policy.txt
exits 0 record stop CTL POLICY_REPORT=docs/policy.txt
echo "changed since" >docs/policy.txt
to CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'
exits 0 verify
grep -rqxF "looked at" .stepgate/steps/0001 || not_ok "the copy of what was recorded is gone"

begin "with EVIDENCE: observed nothing is recorded by hand"
mini observed
to ROUTE SPC
exits 4 record start KEY:ENG.B
complains "EVIDENCE: observed"

# --- gates of the route's own ---

gated() {
	mini_files "$1"
	sed -i 's/"KEY:VAL.OUTPUT_CONTRACT_GATE"/&, "KEY:VAL.STYLE"/' route.yaml
	printf '    KEY:VAL.STYLE: {argv: [./gate.sh], timeout_s: 5}\n' >>profiles/MINI.yaml
	printf '#!/bin/sh\n%s\n' "$2" >gate.sh
	chmod +x gate.sh
	exits 0 init
	exits 0 step goal --file docs/one.md --route route.yaml
}

begin "a gate bound to a command that passes"
gated gate1 'test -f "$STEPGATE_IN/POLICY_REPORT.txt"'
to ROUTE SPC ORC CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'
exits 0 verify

begin "one that fails, with its reasons; mended, the STEP goes on"
gated gate2 '[ ! -e ../mended ] || exit 0; echo "line 3 is too long"; printf "a \033[31mred one\n"; echo to the log >&2; exit 1'
to ROUTE SPC ORC CTL PACK
stops VAL MARKER_NOT_CONFIRMED
exits 0 fix
says "line 3 is too long"
says "<U+001B>[31mred"
hasnt "$BOX/out" "to the log"
hasnt "$MANIFEST" 'FINAL.yaml'
exits 0 gates
says "REQUIRED_VAL_KEYS: KEY:VAL.STYLE"
: >../mended
resumes VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'

begin "one that cannot be evaluated, hangs, or is not there, never passes"
n=2
for trick in 'exit 2' 'exit 77' 'kill -9 $$' 'sleep 30'; do
	n=$((n + 1))
	case_name="a gate that does: $trick"
	gated "gate$n" "$trick"
	sed -i 's/gate.sh\], timeout_s: 5/gate.sh], timeout_s: 1/' profiles/MINI.yaml
	to ROUTE SPC ORC CTL PACK
	stops VAL MARKER_NOT_CONFIRMED
	exits 0 fix
	says "KEY:VAL.STYLE"
done
begin "a gate key that is bound to nothing"
gated gate9 :
sed -i '/KEY:VAL.STYLE:/d' profiles/MINI.yaml
to ROUTE SPC ORC CTL PACK
stops VAL ENTRYPOINT_MISSING
exits 0 fix
says "KEY:VAL.STYLE"
exits 4 resume
finish
