# SPDX-License-Identifier: GPL-3.0-or-later
# mini.sh - a small run in a plain folder: roles SPC, ORC, CTL, VAL and two engines, each bound to one
# script that sources $BOX/hooks/<role or engine> where a test put something there.
# shellcheck shell=sh disable=SC2034

# mini NAME: makes the folder $BOX/NAME with an open STEP, and goes there.
mini() {
	mini_files "$1"
	"$STEPGATE" init >/dev/null || not_ok "init failed"
	"$STEPGATE" step "A small goal" --file docs/one.md --route route.yaml >/dev/null ||
		not_ok "step failed"
}

# mini_files NAME: the same without a run.
mini_files() {
	RUN=$BOX/$1
	TRACE=$RUN/.stepgate/trace.jsonl
	MANIFEST=$RUN/RUNTIME_MANIFEST.yaml
	rm -rf "$RUN" "$BOX/hooks"
	mkdir -p "$RUN/docs" "$RUN/profiles" "$BOX/hooks"
	cd "$RUN" || exit 1
	echo "One document." >docs/one.md
	mini_script >make.sh
	chmod +x make.sh
	mini_route >route.yaml
	mini_profile >profiles/MINI.yaml
	printf 'ENGINE_PLAN_TOKEN:\n  required_eng_keys: ["KEY:ENG.A", "KEY:ENG.B"]\n' >plan.yaml
}

mini_script() {
	cat <<-'END'
	#!/bin/sh
	# make.sh NAME...: leaves an output each
	set -e
	hook=$STEPGATE_ROLE
	[ -z "${STEPGATE_ENG_KEY:-}" ] || hook=${STEPGATE_ENG_KEY#KEY:}
	[ ! -f "../hooks/$hook" ] || . "../hooks/$hook"
	for name; do
		case $name in
		ENGINE_PLAN_TOKEN) cp plan.yaml "$STEPGATE_OUT/$name.yaml" ;;
		*) echo "$name of $hook" >"$STEPGATE_OUT/$name.txt" ;;
		esac
	done
	END
}

mini_route() {
	cat <<-'END'
	ROUTE_TOKEN:
	  META: {ROUTER_VERSION: "1", TIMESTAMP: "", TRACE_ID: ""}
	  TASK: {TASK_TEXT_HASH: "", USER_INTENT: "To be tried"}
	  ROUTE: {DOMAIN: "DOCS", ARTIFACT_TYPE: "SMALL", MODE: "REPO", PROFILE_KEY: "MINI", PIPE_SELECTED: ""}
	  REQUIRED_SET:
	    REQUIRED_IDX: []
	    REQUIRED_ROLES: ["SPC", "ORC", "CTL", "VAL"]
	    REQUIRED_ENG_KEYS: ["KEY:ENG.A"]
	    REQUIRED_KB_KEYS: []
	    REQUIRED_VAL_KEYS: ["KEY:VAL.ENGINE_COVERAGE_GATE", "KEY:VAL.OUTPUT_CONTRACT_GATE"]
	    OUTPUT_CONTRACT: ["BRIEF_TOKEN", "ENGINE_PLAN_TOKEN", "A_OUT", "POLICY_REPORT", "VAL_REPORT", "PACK_OUTPUT"]
	    NO_GO_LIST: []
	  GATES: {STOP_CONDITIONS: [], QUALITY_MINIMUM: ""}
	END
}

mini_profile() {
	cat <<-'END'
	PROFILE:
	  PROFILE_KEY: "MINI"
	  ALLOW_SKIP: []
	  CONTINUE_ON_FAIL: false
	  CADENCE: phase
	  EVIDENCE: observed
	  SANDBOX: none
	  JOBS: 1
	  BASELINE_OUTPUTS: {}
	  RUN:
	    SPC: {argv: [./make.sh, BRIEF_TOKEN, ENGINE_PLAN_TOKEN], timeout_s: 20}
	    KEY:ENG.A: {argv: [./make.sh, A_OUT], timeout_s: 20, outputs: [A_OUT]}
	    KEY:ENG.B: {argv: [./make.sh, B_OUT], timeout_s: 20, outputs: [B_OUT]}
	    CTL: {argv: [./make.sh, POLICY_REPORT], timeout_s: 20}
	END
}

# hook NAME: what the role or engine does before its outputs; its lines on stdin.
hook() { cat >"$BOX/hooks/$1"; }

events() { wc -l <"$TRACE"; }

# goes PHASE...: the lines of a session that give the signal for each phase, and see it end well.
goes() {
	for phase in "$@"; do
		printf 'wait «го» starts %s\nwait stepgate %s>\nsend го\nwait ✓ %s\n' \
			"$phase" "${STEP:-0001}" "$phase"
	done
}
ready() { printf 'wait stepgate %s>\n' "${STEP:-0001}"; }
leaves() { printf 'wait stepgate %s>\nsend quit\nexit 0\n' "${STEP:-0001}"; }

# to PHASE...: the signals of these phases, in a session of their own
to() {
	{
		goes "$@"
		leaves
	} >"$BOX/session"
	played
}

# stops PHASE CODE [LINE...]: the signal for the phase begins it, and it ends in STOP_GAP with that code;
# verify ends with $VERIFIED
stops() {
	stops_early "$@" "wait ✗ $1 STOP_GAP $2"
}

# stops_early PHASE CODE [LINE...]: the same where the phase may not even begin
stops_early() {
	stopped=$1 code=$2
	shift 2
	{
		printf 'wait «го» starts %s\n' "$stopped"
		ready
		printf 'send го\n'
		[ $# = 0 ] || printf '%s\n' "$@"
		printf 'wait STOP_GAP %s: \n' "$code"
		leaves
	} >"$BOX/session"
	played
	has "$MANIFEST" 'STEP_STATUS: "STOP_GAP"'
	has "$MANIFEST" "FAIL_CODE: \"$code\""
	has "$MANIFEST" "RESUME_ALLOWED: false"
	exits 0 report
	says "GATES: FAIL"
	exits "${VERIFIED:-0}" verify
}

# resumes PHASE...: resume, then signals
resumes() {
	{
		ready
		printf 'send resume\n'
		goes "$@"
		leaves
	} >"$BOX/session"
	played
}
