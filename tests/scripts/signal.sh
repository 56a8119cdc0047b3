#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The signal on the built program: what is refused leaves the trace as it was, to the event.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"

# still N: a line of a session: the trace has N events.
still() { printf 'run test "$(wc -l <.stepgate/trace.jsonl)" = %s\n' "$1"; }
# refused TYPED ANSWER: lines of a session that type it, wait for the answer, and count.
refused() {
	printf 'send %s\nwait %s\n' "$1" "$2"
	ready
	still "$at"
}
# keyed KEYS ANSWER: the same, for keys as play takes them.
keyed() {
	printf 'keys %s\nwait %s\n' "$1" "$2"
	ready
	still "$at"
}
not_it="this is not the signal"
not_typed="it must be typed after the brief"

begin "look-alikes at the prompt get a hint and change nothing"
mini words
at=$(events)
{
	ready
	for word in go Go GO ГО Го гО uj UJ y Y yes да gо гo 'го!' '«го»'; do
		refused "$word" "$not_it"
	done
	for word in 'го го' 'го SPC' 'го 0001' 'го́' 'гo о' '/го' 'ггоо' 'sudo го' 'го;' \
		'"го" x'; do
		refused "$word" "stepgate: "
		printf 'gone ▶\n'
	done
	refused '' ''
	refused '   ' ''
	refused г ''
	leaves
} >"$BOX/session"
played
same "events" "$at" "$(events)"

begin "blanks around the signal do not matter, nor does a letter that was taken back"
mini blanks
{
	ready
	printf 'send   го  \nwait ✓ ROUTE\n'
	ready
	printf 'keys гт\\x7fо\\r\nwait ✓ SPC\n'
	leaves
} >"$BOX/session"
played
same "events" 6 "$(events)"

begin "what was not typed letter by letter is refused"
mini pasted
at=$(events)
mkdir -p "$BOX/state/stepgate"
printf 'го\nstatus\n го \n«го»\nго\n' >"$BOX/state/stepgate/history"
{
	ready
	printf 'paste го\n'
	keyed '\r' "$not_typed"
	printf 'paste г\n'
	keyed 'о\r' "$not_typed"
	printf 'keys г\npaste о\n'
	keyed '\r' "$not_typed"
	# killed and yanked back
	keyed 'го\x15\x19\r' "$not_typed"
	# from the history, where somebody wrote it: only status is there to be had
	keyed '\e[A\r' 'RUNNING'
	keyed '\e[A\e[A\e[A\e[A\r' ''
	keyed '\x12го\x07\x15\r' ''
	# Tab gives no signal
	keyed 'г\t\x15\r' ''
	keyed 'го\t\r' ''
	leaves
} >"$BOX/session"
played
same "events" "$at" "$(events)"
{
	goes ROUTE
	leaves
} >"$BOX/session"
played
same "signals in the history" "3" "$(grep -c '^ *го *$' "$BOX/state/stepgate/history")"

begin "a macro of inputrc types nothing"
mini macro
at=$(events)
printf '"\\C-g": "го\\C-m"\n"\\C-o": "го"\n"j": "го\\C-m"\n' >"$BOX/inputrc"
{
	ready
	keyed '\x07' "$not_typed"
	keyed '\x0f\r' "$not_typed"
	keyed 'j' "$not_typed"
	leaves
} >"$BOX/session"
at_terminal env INPUTRC="$BOX/inputrc" "$STEPGATE" --color=never
same "events" "$at" "$(events)"

begin "typed ahead of the brief it does not count"
mini ahead
echo 'until [ -e ../typed ]; do sleep 0.05; done; rm ../typed' | hook SPC
{
	# before the first brief, which begins only then
	printf 'send го\nrun : >../typed\n'
	ready
	printf 'send history\nwait step \n'
	ready
	still 2
	printf 'send brief\n'
	goes ROUTE
	ready
	# while a phase runs: whole, and the half of it
	printf 'send го\nwait ▶ SPC\nsend го\nsend го\nrun : >../typed\nwait «го» starts ORC\n'
	ready
	still 6
	printf 'send no "again"\nwait STOP_GAP\n'
	ready
	printf 'send resume --from SPC\nwait «го» starts SPC\n'
	ready
	printf 'send го\nwait ▶ SPC\nkeys г\nrun : >../typed\nwait «го» starts ORC\n'
	ready
	still 10
	printf 'keys о\\r\nwait no such command\n'
	ready
	still 10
	leaves
} >"$BOX/session"
at_terminal sh -c 'until [ -e ../typed ]; do sleep 0.05; done; rm ../typed; exec "$@"' sh \
	"$STEPGATE" --color=never
same "events" 10 "$(events)"

begin "no pipe, argument, option or file gives it"
mini batch
at=$(events)
echo го >"$BOX/go"
for word in го ' го ' go ГО; do
	exits 4 "$word" </dev/null
	exits 4 -c "$word" </dev/null
	echo "$word" >"$BOX/word"
	exits 4 -f "$BOX/word" </dev/null
	complains "word:1"
	exits 4 <"$BOX/word"
	complains "stdin:1"
done
complains "$not_it"
exits 4 го <"$BOX/go"
complains "it is taken only from the terminal"
printf 'status\n\n# a comment\nго\nstatus\n' >"$BOX/lines"
exits 4 -f "$BOX/lines"
complains "lines:4"
printf 'го\nго\nquit\n' >"$BOX/lines"
exits 4 --keep-going <"$BOX/lines"
exits 2 го го </dev/null
exits 2 step го го </dev/null
same "events" "$at" "$(events)"

begin "nor does a terminal that is not on both sides, or a batch on one"
{
	printf 'send го\nwait taken only from the terminal\nexit 0\n'
} >"$BOX/session"
at_terminal sh -c '"$STEPGATE" | cat'
same "events" "$at" "$(events)"
printf 'wait taken only from the terminal\nexit 4\n' >"$BOX/session"
at_terminal sh -c 'echo го | "$STEPGATE"'
at_terminal sh -c '"$STEPGATE" го'
at_terminal sh -c '"$STEPGATE" -c го'
at_terminal sh -c '"$STEPGATE" -f "$BOX/go"'
at_terminal sh -c '"$STEPGATE" <"$BOX/go"'
printf 'send го\nwait not a regular file\nexit 3\n' >"$BOX/session"
at_terminal sh -c '"$STEPGATE" -f /dev/tty'
same "events" "$at" "$(events)"

begin "standard input and output are two terminals"
{
	printf 'run until test -s "$BOX/tty"; do sleep 0.05; done\n'
	printf 'send го\nrun "$PLAY" "$BOX/inner" -- sh -c '\''exec "$STEPGATE" <$(cat "$BOX/tty")'\''\n'
	printf 'run : >"$BOX/done"\nexit 0\n'
} >"$BOX/session"
printf 'wait taken only from the terminal\nexit 4\n' >"$BOX/inner"
at_terminal sh -c 'tty >"$BOX/tty"; until test -e "$BOX/done"; do sleep 0.05; done'
same "events" "$at" "$(events)"

begin "a phase cannot give it either"
mini forged
cat >"$BOX/hooks/SPC" <<END
cd .
for way in 'го' '-c го' '-f $BOX/go'; do
	$STEPGATE \$way </dev/null && echo "it was taken"
	echo го | $STEPGATE && echo "it was taken"
done
echo го >/dev/tty && echo "it was taken"
printf 'го\n'
:
END
{
	goes ROUTE SPC
	leaves
} >"$BOX/session"
played
has "$BOX/screen" "SPC | stepgate: "
hasnt "$BOX/screen" "it was taken"
same "events" 6 "$(events)"

begin "evidence that changed between the brief and the signal"
mini evidence
token=.stepgate/steps/0001/SPC.1/BRIEF_TOKEN.txt
{
	goes ROUTE SPC
	printf 'wait «го» starts ORC\n'
	ready
	printf 'run cp %s ../kept && chmod u+w %s && echo forged >>%s\n' $token $token $token
	printf 'send го\nwait has changed meanwhile\nwait STALE\nwait «го» starts ORC\n'
	ready
	still 6
	# and back again: once more another brief
	printf 'run cp ../kept %s\nsend го\nwait has changed meanwhile\nwait «го» starts ORC\ngone STALE\n' $token
	ready
	still 6
	# a file of the tree is part of what the brief says
	printf 'run echo more >>docs/one.md\nsend го\nwait has changed meanwhile\nwait docs/one.md\n'
	ready
	still 6
	printf 'run rm %s\nsend го\nwait has changed meanwhile\nwait MISSING\n' $token
	ready
	still 6
	printf 'run cp ../kept %s\nsend го\nwait has changed meanwhile\nwait «го» starts ORC\n' $token
	ready
	printf 'send го\nwait ✓ ORC\n'
	leaves
} >"$BOX/session"
played
same "events" 10 "$(events)"

begin "of two operators with one brief the second is refused"
mini two
{
	printf 'wait «го» starts ROUTE\n'
	ready
	printf 'send го\nwait ✓ ROUTE\n'
	leaves
} >"$BOX/other"
{
	printf 'wait «го» starts ROUTE\n'
	ready
	printf 'run "$PLAY" -q "$BOX/other" -- "$STEPGATE"\n'
	printf 'send го\nwait has changed meanwhile\nwait «го» starts SPC\n'
	ready
	still 4
	printf 'send го\nwait ✓ SPC\n'
	leaves
} >"$BOX/session"
played
same "events" 6 "$(events)"

begin "a second operator while a phase runs"
mini busy
echo 'until [ -e ../refused ]; do sleep 0.05; done' | hook SPC
{
	goes ROUTE
	leaves
} >"$BOX/session"
played
{
	printf 'wait SPC\n'
	ready
	printf 'send го\nwait stepgate: cannot\n'
	ready
	printf 'send step "another"\nwait stepgate: cannot\n'
	ready
	printf 'send stop "now"\nwait stepgate: cannot\n'
	leaves
} >"$BOX/other"
{
	ready
	printf 'send го\nwait ▶ SPC\nrun "$PLAY" -q "$BOX/other" -- "$STEPGATE"\n'
	printf 'run : >../refused\nwait ✓ SPC\n'
	leaves
} >"$BOX/session"
played
same "events" 6 "$(events)"

begin "without a STEP it opens none"
mini_files none
exits 0 init </dev/null
{
	printf 'wait stepgate>\nsend го\nwait stepgate: cannot\nwait stepgate>\nsend quit\nexit 0\n'
} >"$BOX/session"
played
same "events" 1 "$(events)"

begin "a dumb terminal takes it typed, and nothing else"
mini dumb
at=2
{
	ready
	refused go "$not_it"
	# a terminal that marks pastes although it is dumb
	printf 'paste го\nkeys \\n\nwait a control character\n'
	ready
	still 2
	printf 'send го\nwait ROUTE done\n'
	leaves
} >"$BOX/session"
at_terminal env TERM=dumb "$STEPGATE"
same "events" 4 "$(events)"
hasnt "$BOX/screen" "$(printf '\033')"
finish
