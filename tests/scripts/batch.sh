#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Commands without a terminal: from stdin, -c, -f and arguments; where the manifest is found; every exit
# status; --json; broken pipes, read-only folders, no HOME.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"

begin "init writes the template byte for byte, and never over anything"
mkdir "$BOX/blank"
cd "$BOX/blank" || exit 1
exits 0 init --blank
cmp RUNTIME_MANIFEST.yaml "$STEPGATE_ROOT/tests/golden/manifest_blank.yaml" ||
	not_ok "init --blank is not the template"
[ ! -e .stepgate ] || not_ok "init --blank began a trace"
exits 4 init --blank
exits 4 init
exits 2 init --blank --owner me
rm RUNTIME_MANIFEST.yaml
exits 0 init --owner "Отдел"
has RUNTIME_MANIFEST.yaml 'OWNER: "Отдел"'
cp RUNTIME_MANIFEST.yaml "$BOX/kept.yaml"
cp .stepgate/trace.jsonl "$BOX"
exits 4 init
exits 4 init --owner other
cmp -s RUNTIME_MANIFEST.yaml "$BOX/kept.yaml" || not_ok "init changed the manifest"
rm RUNTIME_MANIFEST.yaml
exits 4 init
exits 4 init --blank
cmp -s .stepgate/trace.jsonl "$BOX/trace.jsonl" || not_ok "init changed the trace"
cp "$BOX/kept.yaml" RUNTIME_MANIFEST.yaml
exits 4 -m OTHER_MANIFEST.yaml init
complains "that of"
exits 0 verify

begin "one folder has one manifest"
cp RUNTIME_MANIFEST.yaml COPY.yaml
exits 4 -m COPY.yaml no "reason"
exits 4 -m COPY.yaml verify
complains "that of 'RUNTIME_MANIFEST.yaml'"
[ "$(wc -l <.stepgate/trace.jsonl)" = 1 ] || not_ok "the copy wrote into the other's trace"
rm COPY.yaml

begin "the manifest is found upwards, by -m, by STEPGATE_MANIFEST"
mini found
mkdir -p docs/a/b "$BOX/elsewhere"
cd docs/a/b || exit 1
exits 0 status
says "A small goal"
exits 0 route ../../../route.yaml
exits 3 route route.yaml
cd "$BOX/elsewhere" || exit 1
exits 3 status
complains "cannot find"
exits 0 -m "$MANIFEST" status
says "A small goal"
exits 0 "-m$MANIFEST" status
exits 0 -m ../found/RUNTIME_MANIFEST.yaml status
STEPGATE_MANIFEST=$MANIFEST
export STEPGATE_MANIFEST
exits 0 status
says "A small goal"
exits 3 -m nowhere.yaml status
STEPGATE_MANIFEST=
exits 3 status
unset STEPGATE_MANIFEST
exits 3 -m "$BOX/none/RUNTIME_MANIFEST.yaml" status
exits 2 -m
cd "$RUN" || exit 1

begin "a line is a command, from stdin, -c, -f or as arguments"
cat >"$BOX/lines" <<-'END'
	# a comment

	status
	  ledger   # and another
	no "a \"quoted\" reason"
	fix
END
exits 1 -f "$BOX/lines"
says 'a "quoted" reason'
hasnt "$BOX/out" "A RESUME NEEDS"
printf 'resume\nstatus\nno «в кавычках»' >"$BOX/lines"
exits 1 <"$BOX/lines"
says "в кавычках"
exits 0 -c resume -c status -c 'history'
says "в кавычках"
exits 1 -c status -c 'no again' -c status
exits 1 --keep-going -c 'resume' -c 'no "x y"' -c 'status'
same "the last line was done" 2 "$(grep -c 'STOP_GAP USER_STOP: ' "$BOX/out")"
exits 0 дальше
exits 0 стат
exits 0 his
exits 2 re
complains "ambiguous"
exits 2 s
exits 2 nonsense
complains "no such command"
exits 2 quit
exits 2 ''
exits 2 -c 'no "not closed'
complains "column 4"
exits 2 -c "$(printf 'no \033x')"
exits 2 -c "$(printf 'no \377')"
exits 0 -c '' -c '   '
exits 0 </dev/null
exits 0 help
exits 0 help step
exits 2 help nothing
exits 0 --help
exits 0 --version
exits 2 --nonsense
exits 2 -x
exits 2 --color=pink status
exits 3 -f "$BOX/none"
exits 3 -f "$BOX"

begin "an error in a file is said with its place, and ends it unless --keep-going"
printf 'status\nnonsense\nno "reason"\n' >"$BOX/lines"
at=$(events)
exits 2 -f "$BOX/lines"
complains "$BOX/lines:2"
same "events" "$at" "$(events)"
exits 2 <"$BOX/lines"
complains "stdin:2"
exits 2 --keep-going -f "$BOX/lines"
same "events" "$((at + 1))" "$(events)"
printf 'status\nstat\000us\nstatus\n' >"$BOX/lines"
exits 2 -f "$BOX/lines"
complains ":2"
head -c 3000000 /dev/zero | tr '\0' 'a' >"$BOX/lines"
exits 2 -f "$BOX/lines"
printf 'status\r\n' >"$BOX/lines"
exits 2 -f "$BOX/lines"
exits 4 adopt x
exits 4 restore

begin "each exit status"
mini codes
exits 0 status
exits 1 gates
exits 1 check RUNTIME_MANIFEST.yaml
exits 2 diff 1
exits 2 show one
exits 3 check none.yaml
exits 3 show 99
exits 4 resume
printf 'a: [\n' >bad.yaml
exits 3 check bad.yaml
complains "bad.yaml:"
printf 'SESSION: {}\nSESSION: {}\n' >bad.yaml
exits 3 check bad.yaml
complains "bad.yaml:2:1"
printf 'x' >>.stepgate/trace.jsonl
sed -i 3d .stepgate/trace.jsonl
exits 0 status
mini codes2
sed -i '1s/init/INIT/' "$TRACE"
exits 5 step goal
exits 5 no "reason"
complains "trace.jsonl:1"

{
	printf 'send status\nrun until test -s "$BOX/out"; do sleep 0.05; done\n'
	printf 'keys \\x03\nexit 130\n'
} >"$BOX/session"
at_terminal sh -c 'exec "$STEPGATE" >"$BOX/out"'

begin "--json is one value on stdout alone"
mini json
{
	goes ROUTE SPC ORC
	leaves
} >"$BOX/session"
played
parses() {
	checks=$((checks + 1))
	if command -v jq >/dev/null; then
		jq -se 'length == 1' "$BOX/out" >/dev/null 2>&1
	elif command -v python3 >/dev/null; then
		python3 -m json.tool "$BOX/out" >/dev/null 2>&1
	else
		grep -q '^[{[].*[]}]$' "$BOX/out"
	fi || { not_ok "no JSON: $1"; show "$BOX/out"; }
}
for state in await stopped tampered failed; do
	case $state in
	await) ;;
	stopped) exits 1 no "a \"reason\" with ✓ and \\ in it" ;;
	tampered) sed -i 's/OWNER: "USER"/OWNER: "ME"/' "$MANIFEST" ;;
	failed)
		sed -i 's/OWNER: "ME"/OWNER: "USER"/' "$MANIFEST"
		exits 0 stop "enough"
		;;
	esac
	for command in brief status ledger contract fix 'log SPC' log report history 'show 1' 'show 6' \
		'diff 1 6' 'diff 6 6'; do
		# shellcheck disable=SC2086 # words
		exits 0 $command --json
		parses "$command"
		same "messages of $command" "" "$(cat "$BOX/err")"
	done
	exits 1 gates --json
	parses gates
	if [ $state = tampered ]; then exits 1 verify --json; else exits 0 verify --json; fi
	parses verify
	exits 1 check RUNTIME_MANIFEST.yaml --json
	parses check
done
exits 2 --json status
exits 2 no "reason" --json
exits 3 show 99 --json
silent

begin "whoever reads no further makes no trouble"
cd "$RUN" || exit 1
for command in history status ledger 'show 3' help 'history --json'; do
	checks=$((checks + 1))
	# shellcheck disable=SC2086 # words
	timeout 20 sh -c '"$STEPGATE" "$@"; echo $? >"$BOX/code"' sh $command </dev/null 2>"$BOX/err" |
		head -c 1 >/dev/null
	case $(cat "$BOX/code") in
	0 | 5) ;;
	*) not_ok "$command into a closed pipe: $(cat "$BOX/code")" ;;
	esac
done
mini pipe
at=$(events)
checks=$((checks + 1))
timeout 20 sh -c '(sleep 0.3; printf "no \"reason\"\nstatus\n") | "$STEPGATE"' | true
same "the event of a command whose reader was gone" "$((at + 1))" "$(events)"
exits 0 verify
checks=$((checks + 1))
"$STEPGATE" status </dev/null >/dev/full 2>"$BOX/err"
same "stdout is full" 5 $?
"$STEPGATE" status <&- >"$BOX/out" 2>&1
same "stdin is closed" 0 $?
timeout 5 "$STEPGATE" status >&- 2>&- </dev/null
[ $? -ne 124 ] || not_ok "it hangs with closed outputs"
cmp -s "$MANIFEST" "$MANIFEST" && exits 0 verify

begin "no HOME, no state folder, a TERM that is not known"
mini nohome
{
	goes ROUTE
	leaves
} >"$BOX/session"
at_terminal env -u HOME -u XDG_STATE_HOME "$STEPGATE"
mini nohome2
{
	goes ROUTE
	leaves
} >"$BOX/session"
at_terminal env HOME=/nonexistent XDG_STATE_HOME=/dev/null/x TERM=no-such-terminal "$STEPGATE"
mini nohome3
{
	goes ROUTE
	leaves
} >"$BOX/session"
at_terminal env -i PATH="$PATH" "$STEPGATE"
exits 0 verify

begin "a folder that may not be written to can be read"
mini readonly
if [ "$(id -u)" = 0 ]; then
	as='setpriv --reuid=65534 --regid=65534 --clear-groups'
	chmod 755 "$BOX"
	$as true 2>/dev/null || as=
else
	as=env
fi
if [ -n "$as" ] && $as test -x "$STEPGATE" && $as test -r "$MANIFEST"; then
	chmod a-w "$RUN" "$RUN/.stepgate" "$MANIFEST" "$TRACE"
	for command in status ledger verify history; do
		checks=$((checks + 1))
		$as "$STEPGATE" $command </dev/null >"$BOX/out" 2>"$BOX/err" ||
			{ not_ok "$command: $?"; show "$BOX/err"; }
	done
	$as "$STEPGATE" no "reason" </dev/null >"$BOX/out" 2>"$BOX/err"
	same "a writer's exit status" 5 $?
	chmod u+w "$RUN" "$RUN/.stepgate" "$MANIFEST" "$TRACE"
	same "events" 2 "$(events)"
	exits 0 verify
fi
finish
