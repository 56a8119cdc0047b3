#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What roles and engines do to a run: they hang, fail, flood, forge, are killed, or do more than asked.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"

# gone FILE: the process whose id is in the file has ended
gone() {
	checks=$((checks + 1))
	pid=$(cat "$1")
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		# a zombie is dead; who inherits it may be slow
		state=$(sed 's/.*) \(.\).*/\1/' "/proc/$pid/stat" 2>/dev/null)
		case $state in
		"" | Z) return ;;
		esac
		sleep 0.1
	done
	not_ok "process $pid of $(basename "$1") is still there"
	kill -9 "$pid"
}

# What hangs, with a process that it left behind.
hangs() {
	cat <<-'END'
	sleep 40 &
	echo $! >../left.pid
	setsid sleep 40 &
	echo $! >../daemon.pid
	echo $$ >../role.pid
	echo begun
	sleep 40
	END
}

begin "a role that takes too long is ended, with all it started"
mini slow
sed -i 's/CTL: .*/CTL: {argv: [.\/make.sh, POLICY_REPORT], timeout_s: 1}/' profiles/MINI.yaml
hangs | hook CTL
to ROUTE SPC ORC
stops CTL MARKER_NOT_CONFIRMED
has "$MANIFEST" 'status: "failed"'
exits 0 fix
says "found timeout"
for process in role left daemon; do gone "$BOX/$process.pid"; done
rm "$BOX/hooks/CTL"
resumes CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'

begin "a role that says nothing for too long is ended"
mini idle
sed -i 's/CTL: .*/CTL: {argv: [.\/make.sh, POLICY_REPORT], timeout_s: 30, idle_s: 1}/' profiles/MINI.yaml
hangs | hook CTL
to ROUTE SPC ORC
stops CTL MARKER_NOT_CONFIRMED
exits 0 fix
says "found idle"
for process in role left daemon; do gone "$BOX/$process.pid"; done

begin "Ctrl-C ends the phase, and a resume runs it again"
mini interrupted
hangs | hook CTL
to ROUTE SPC ORC
stops CTL USER_STOP 'wait CTL | begun' 'keys \x03'
for process in role left daemon; do gone "$BOX/$process.pid"; done
rm "$BOX/hooks/CTL"
resumes CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'
exits 0 ledger
says "CTL       ran"

begin "a role that will not go is killed by the third Ctrl-C"
mini stubborn
{
	echo "trap '' INT TERM"
	hangs
	echo "sleep 40; sleep 40"
} | hook SPC
to ROUTE
stops SPC USER_STOP 'wait SPC | begun' 'keys \x03' 'run sleep 0.3' 'keys \x03' 'run sleep 0.3' 'keys \x03'
for process in role left daemon; do gone "$BOX/$process.pid"; done

begin "stepgate itself killed in a phase: shown, never run again or taken by itself"
mini killed
hangs | hook CTL
to ROUTE SPC ORC
{
	printf 'wait «го» starts CTL\n'
	ready
	printf 'send го\nwait CTL | begun\nkill\nexit 137\n'
} >"$BOX/session"
played
gone "$BOX/role.pid"
at=$(events)
exits 0 status
says "INTERRUPTED"
exits 0 status --json
says '"runner_dead":true'
exits 0 brief
exits 0 verify
same "events after readers" "$at" "$(events)"
rm "$BOX/hooks/CTL"
exits 4 step "another"
complains "its runner is gone"
same "events after a writer" "$((at + 1))" "$(events)"
has "$MANIFEST" 'FAIL_CODE: "INTERRUPTED"'
hasnt "$MANIFEST" 'POLICY_REPORT.txt'
exits 0 verify
# What the role had started itself outlives both: there is no sandbox yet whose end would be theirs.
kill -9 "$(cat "$BOX/left.pid")" "$(cat "$BOX/daemon.pid")" 2>/dev/null
resumes CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'
exits 0 verify

begin "CADENCE: step goes from the signal behind ROUTE to the verdict"
mini_files cadence
sed -i 's/CADENCE: phase/CADENCE: step/' profiles/MINI.yaml
exits 0 init
exits 0 step goal --file docs/one.md --route route.yaml
{
	goes ROUTE
	printf 'wait «го» starts SPC\n'
	ready
	printf 'send го\nwait ✓ SPC\nwait ✓ ORC\nwait ✓ CTL\nwait ✓ PACK\nwait ✓ VAL\n'
	leaves
} >"$BOX/session"
played
same "signals" 2 "$(grep -c '"digest":"[0-9a-f]' "$TRACE")"
has "$MANIFEST" 'STEP_STATUS: "PASS"'

begin "CADENCE: step stops where something fails"
mini_files cadence2
sed -i 's/CADENCE: phase/CADENCE: step/' profiles/MINI.yaml
exits 0 init
exits 0 step goal --file docs/one.md --route route.yaml
echo "exit 9" | hook ENG.A
to ROUTE
{
	ready
	printf 'send го\nwait ✓ SPC\nwait ✗ ORC STOP_GAP ENTRYPOINT_MISSING\n'
	leaves
} >"$BOX/session"
played
exits 0 fix
says "KEY:ENG.A: expected ran, found exit 9"
exits 0 ledger
hasnt "$BOX/out" "CTL       ran"

begin "JOBS: 4 runs engines side by side, and the ledger keeps the plan's order"
mini_files jobs
sed -i 's/JOBS: 1/JOBS: 4/' profiles/MINI.yaml
for name in C D; do
	echo "    KEY:ENG.$name: {argv: [./make.sh, ${name}_OUT], outputs: [${name}_OUT]}" >>profiles/MINI.yaml
done
printf 'ENGINE_PLAN_TOKEN:\n  required_eng_keys: [ENG.D, "KEY:ENG.C", ENG.B, ENG.A]\n' >plan.yaml
hook ENG.A <<'END'
echo x >>../order
for _ in $(seq 100); do
	[ "$(wc -l <../order)" = 4 ] || sleep 0.1
done
wc -l <../order
END
for name in B C D; do cp "$BOX/hooks/ENG.A" "$BOX/hooks/ENG.$name"; done
exits 0 init
exits 0 step goal --file docs/one.md --route route.yaml
to ROUTE SPC ORC
for name in A B C D; do
	exits 0 log "KEY:ENG.$name"
	says 4
done
same "the ledger's order" "ENG.D ENG.C ENG.B ENG.A " \
	"$(sed -n 's/.*eng_key: "KEY:\(.*\)"/\1/p; s/.*eng_key: "\(ENG.*\)"/\1/p' "$MANIFEST" | tr '\n' ' ')"

begin "exit status 77 is skipped only where the profile allows it"
mini_files skip
sed -i 's/ALLOW_SKIP: \[\]/ALLOW_SKIP: ["ENG.B"]/' profiles/MINI.yaml
exits 0 init
exits 0 step goal --file docs/one.md --route route.yaml
echo "exit 77" | hook ENG.B
to ROUTE SPC ORC CTL PACK VAL
has "$MANIFEST" 'status: "skipped"'
has "$MANIFEST" 'STEP_STATUS: "PASS"'
mini skip2
echo "exit 77" | hook ENG.B
to ROUTE SPC
stops ORC ENTRYPOINT_MISSING

begin "an engine that is bound to nothing stops ORC before any engine runs"
mini_files unbound
sed -i '/KEY:ENG.B:/d' profiles/MINI.yaml
exits 0 init
exits 0 step goal --file docs/one.md --route route.yaml
echo "echo ran >../engine.ran" | hook ENG.A
to ROUTE SPC
stops ORC ENTRYPOINT_MISSING
[ ! -e "$BOX/engine.ran" ] || not_ok "ENG.A ran"
exits 0 fix
says "KEY:ENG.B"
exits 4 resume
says "KEY:ENG.B"

begin "a program that is not there, one that may not be run"
mini noexec
sed -i 's/CTL: .*/CTL: {argv: [.\/no-such-script.sh]}/' profiles/MINI.yaml
to ROUTE SPC ORC
stops CTL MARKER_NOT_CONFIRMED
exits 0 fix
says "no-such-script.sh"
mini noexec2
cp make.sh plain.sh
chmod -x plain.sh
sed -i 's/CTL: .*/CTL: {argv: [.\/plain.sh]}/' profiles/MINI.yaml
to ROUTE SPC ORC
stops CTL MARKER_NOT_CONFIRMED
exits 0 fix
says "ermission denied"

begin "a promise that is not kept: absent, empty, twice, a link, a folder"
n=0
for trick in 'set --' ': >"$STEPGATE_OUT/A_OUT.txt"; exit 0' \
	'echo x >"$STEPGATE_OUT/A_OUT.md"' \
	'ln -s /etc/hostname "$STEPGATE_OUT/A_OUT.txt"; exit 0' \
	'mkdir "$STEPGATE_OUT/A_OUT"; exit 0' 'mkfifo "$STEPGATE_OUT/A_OUT.txt"; exit 0'; do
	n=$((n + 1))
	mini "promise$n"
	echo "$trick" | hook ENG.A
	to ROUTE SPC
	stops ORC ENTRYPOINT_MISSING
	exits 0 fix
	says "A_OUT"
done

begin "what it prints is made visible, and reaches the terminal as nothing else"
mini escapes
cat <<'END' | hook SPC
printf '\033[31mred\033[0m \033]0;title\007 \033[6n \233 \r over \b \v \001\n'
printf '\342\200\256bidi \342\200\213zero \377\376 bad\n'
printf 'no newline \033[2J'
END
cp "$BOX/hooks/SPC" "$BOX/hooks/CTL"
echo "exit 5" >>"$BOX/hooks/CTL"
{
	goes ROUTE SPC ORC
	printf 'wait «го» starts CTL\n'
	ready
	printf 'send го\nwait ✗ CTL STOP_GAP\n'
	ready
	printf 'send log SPC\nwait title\n'
	ready
	printf 'send log\nwait title\n'
	leaves
} >"$BOX/session"
at_terminal env TERM=dumb "$STEPGATE"
has "$BOX/screen" "SPC | <U+001B>[31mred"
has "$BOX/screen" "<U+202E>bidi"
has "$BOX/screen" "<U+200B>zero"
for byte in '\033' '\007' '\b' '\v' '\001' '\342\200\256' '\342\200\213' '\377'; do
	hasnt "$BOX/screen" "$(printf '%b' "$(echo "$byte" | sed 's/^\\\([0-3]\)/\\0\1/')")"
done
exits 0 log SPC --json
says "SPC"
hasnt "$BOX/out" "$(printf '\033')"

begin "a flood of output is kept in bounds, and does not hang"
mini flood
hook SPC <<'END'
head -c 5000000 /dev/zero | tr '\0' x
head -c 100000 /dev/zero
yes line | head -n 100000
echo
echo end
END
{
	goes ROUTE SPC
	leaves
} >"$BOX/session"
played
has "$BOX/screen" "SPC | end"
has "$BOX/screen" "<U+0000>"

begin "what it writes into the tree is said, and goes into the changelog"
mini writes
sed -i 's|outputs: \[A_OUT\]}|outputs: [A_OUT], write: [docs/]}|' profiles/MINI.yaml
echo "echo two >docs/two.md; echo more >>docs/one.md" | hook ENG.A
to ROUTE SPC ORC
exits 0 brief
says "docs/two.md"
to CTL PACK VAL
has CHANGELOG.md PATCHSET_0001
has CHANGELOG.md "docs/one.md"
has CHANGELOG.md "docs/two.md"
has "$MANIFEST" 'LAST_PATCHSET_ID: "PATCHSET_0001"'
has "$MANIFEST" '- "docs/two.md"'

begin "watch follows the run from another terminal, and writes nothing"
mini watched
{
	printf 'wait RUNNING\nrun : >../watching\nwait «го» starts CTL\nkeys \\x03\nexit 0\n'
} >"$BOX/other"
"$PLAY" -t 20 "$BOX/other" -- "$STEPGATE" --color=never watch >"$BOX/watch" 2>"$BOX/watch.err" &
watcher=$!
until [ -e "$BOX/watching" ]; do sleep 0.05; done
to ROUTE SPC ORC
wait "$watcher" || { not_ok "watch did not follow"; show "$BOX/watch.err"; }
has "$BOX/watch" "BRIEF_TOKEN"
same "events" 10 "$(events)"
finish
