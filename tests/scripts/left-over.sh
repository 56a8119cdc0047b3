#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Each engine leaves a process behind that goes on writing its output, by its name and by a descriptor that it
# holds: what was hashed stays what it was. STEPGATE_TRIES engines in tier full (50), a few without a sandbox.
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"
[ -z "${STEPGATE_TRIES:-}" ] || { PATIENCE_S=580 LIMIT_S=600; }
tries=${STEPGATE_TRIES:-50}

# A run of N engines in that tier.
left_over() { # NAME TIER N
	mini_files "$1"
	cat >engine.sh <<-'END'
	#!/bin/sh
	# engine.sh NAME
	out=$STEPGATE_OUT/$1.txt
	echo "what was made" >"$out"
	setsid sh -c 'trap "" HUP INT TERM; exec 7<>"$0"
		while :; do echo "rewritten by name $$" 1<>"$0"; echo "rewritten by hand" >&7; done' \
		"$out" >/dev/null 2>&1 </dev/null &
	until [ "$(head -c 9 "$out")" = "rewritten" ]; do :; done
	END
	chmod +x engine.sh
	{
		printf 'ENGINE_PLAN_TOKEN:\n  required_eng_keys:\n    - "KEY:ENG.A"\n'
		for i in $(seq 2 "$3"); do printf '    - "KEY:ENG.N%s"\n' "$i"; done
	} >plan.yaml
	{
		mini_profile | sed "/KEY:ENG/d; s/SANDBOX: none/SANDBOX: $2/; s/JOBS: 1/JOBS: 2/"
		printf '    KEY:ENG.A: {argv: [./engine.sh, A_OUT], timeout_s: 20, outputs: [A_OUT]}\n'
		for i in $(seq 2 "$3"); do
			printf '    KEY:ENG.N%s: {argv: [./engine.sh, N%s], timeout_s: 20, outputs: [N%s]}\n' \
				"$i" "$i" "$i"
		done
	} >profiles/MINI.yaml
	exits 0 init
	exits 0 step "To be left over" --file docs/one.md --route route.yaml
	{
		goes ROUTE SPC ORC
		leaves
	} >"$BOX/session"
	played
	# judged by hashes, twice: what is still alive would have had the time
	grep '"event":"engine"' "$TRACE" | sed -n \
		's/.*"path":"\([^"]*\.txt\)","size[^}]*"sha256":"\([0-9a-f]*\)".*/\2  \1/p' >"$BOX/sums"
	same "outputs in the trace" "$3" "$(wc -l <"$BOX/sums" | tr -d ' ')"
	for round in 1 2; do
		sha256sum --quiet -c "$BOX/sums" >"$BOX/out" 2>&1
		same "sums, round $round" 0 $?
		sleep 0.3
	done
	exits 0 status
	exits 0 verify
	hasnt "$BOX/out" "STALE"
	same "left alive" "" "$(pgrep -f "trap .* HUP INT TERM; exec 7.*$BOX" | tr '\n' ' ')"
}

begin "in tier full"
left_over full full "$tries"
if grep -q MARKER_NOT_CONFIRMED "$MANIFEST" && grep -q 'SANDBOX: expected full' "$MANIFEST"; then
	echo "tier full cannot be had here"
	exit 77
fi
begin "without a sandbox"
left_over none none 6
finish
