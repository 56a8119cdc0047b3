#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Manifest, trace and evidence changed by hand: found, said with its place, shown, and it never counts.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"

restored() {
	{
		ready
		printf 'send restore\n'
		leaves
	} >"$BOX/session"
	played
	cmp -s "$BOX/good" "$MANIFEST" || not_ok "restore did not bring the manifest back"
}

# adopts TEXT: adopt is typed, and this is the answer
adopts() {
	{
		ready
		printf 'send adopt "it was me"\nwait %s\n' "$1"
		leaves
	} >"$BOX/session"
	played
}

# edited SED: the manifest, by hand
edited() {
	sed -i "$1" "$MANIFEST"
	! cmp -s "$BOX/good" "$MANIFEST" || not_ok "the edit $1 changed nothing"
}

# found PLACE DIFF: what every reader says, and that every writer is refused
found() {
	at=$(events)
	exits 1 verify
	says "RUNTIME_MANIFEST.yaml:$1"
	says "NOT verified"
	exits 0 status
	says "MANIFEST_TAMPERED: RUNTIME_MANIFEST.yaml:$1"
	says "$2"
	says "RUNNING"
	for reader in brief ledger contract fix log report history; do
		exits 0 "$reader"
		says "MANIFEST_TAMPERED"
	done
	exits 1 gates
	says "$2"
	exits 0 status --json
	says '"standing":"MANIFEST_TAMPERED"'
	says '"STEP_STATUS":"RUNNING"'
	exits 4 no "reason"
	complains "MANIFEST_TAMPERED: RUNTIME_MANIFEST.yaml:$1"
	exits 4 stop "reason"
	exits 4 next docs/one.md "goal"
	exits 4 route route.yaml
	exits 4 step "goal"
	exits 4 resume
	exits 4 restore
	complains "only from the terminal"
	exits 4 adopt "reason"
	complains "only from the terminal"
	{
		printf 'wait MANIFEST_TAMPERED\n'
		ready
		printf 'send го\nwait MANIFEST_TAMPERED\n'
		ready
		printf 'send brief\n'
		ready
		printf 'send го\nwait MANIFEST_TAMPERED\n'
		leaves
	} >"$BOX/session"
	played
	same "events" "$at" "$(events)"
}

begin "a manifest that is made to say PASS"
mini edited
{
	goes ROUTE SPC ORC
	leaves
} >"$BOX/session"
played
cp "$MANIFEST" "$BOX/good"
edited 's/STEP_STATUS: "RUNNING"/STEP_STATUS: "PASS"/; s/^  STATUS: "NONE"/  STATUS: "PASS"/'
found "10: CURRENT_STEP.STEP_STATUS" "+CURRENT_STEP.STEP_STATUS: PASS"
adopts "STEP_STATUS was changed, and it is stepgate's to say"
exits 0 history
says "init"
restored
exits 0 verify
same "what was found is kept" 1 "$(grep -lF 'STEP_STATUS: "PASS"' .stepgate/snapshots/* | wc -l)"

begin "a role that is made to say ran, an output present"
line=$(grep -n 'ENGINE_RUN_LEDGER:' "$MANIFEST" | head -n 1 | cut -d: -f1)
edited "${line}i\\    - role: \"CTL\"\\n      status: \"ran\"\\n      outputs_produced:\\n        - \"POLICY_REPORT\"\\n      notes: \"done\""
edited '/"POLICY_REPORT"/,/ref/s/present: false/present: true/'
found "$line: LEDGERS.ROLE_LEDGER[CTL]" "+LEDGERS.ROLE_LEDGER[CTL]"
exits 1 gates
says "A1: CTL"
restored

begin "an engine that is made to say failed"
edited '/KEY:ENG.B/,/notes/s/status: "ran"/status: "failed"/'
line=$(grep -n 'status: "failed"' "$MANIFEST" | cut -d: -f1)
found "$line: LEDGERS.ENGINE_RUN_LEDGER[KEY:ENG.B].status" 'status: "failed"'
restored

begin "no field that is stepgate's to say is adopted"
for edit in 's/STEP_ID: "0001"/STEP_ID: "0002"/|STEP_ID' \
	's/^  STATUS: "NONE"/  STATUS: "PASS"/|LAST_RESULT.STATUS' \
	's/VAL_REPORT_REF: ""/VAL_REPORT_REF: "x"/|LAST_RESULT.VAL_REPORT_REF' \
	's/RESUME_ALLOWED: false/RESUME_ALLOWED: true/|RESUME.RESUME_ALLOWED' \
	's/RESUME_TOKEN: ""/RESUME_TOKEN: "abc"/|RESUME.RESUME_TOKEN' \
	's/DOMAIN: "DOCS"/DOMAIN: "SYS"/|ROUTING.DOMAIN' \
	'/REQUIRED_ROLES:/,/REQUIRED_ENG/s/- "CTL"/- "QA"/|ROUTING.REQUIRED_ROLES' \
	'/OUTPUT_CONTRACT:/,/NO_GO/{/POLICY_REPORT/d}|ROUTING.OUTPUT_CONTRACT' \
	's/MODE: "REPO"/MODE: "CHAT"/|SESSION.MODE' \
	's/SESSION_ID: "..../SESSION_ID: "0000/|SESSION.SESSION_ID'; do
	edited "${edit%|*}"
	at=$(events)
	adopts "${edit##*|} was changed, and it is stepgate's to say"
	same "events" "$at" "$(events)"
	cp "$BOX/good" "$MANIFEST"
done
exits 0 verify

begin "what is the operator's own is adopted, rows become claims"
edited 's/OWNER: "USER"/OWNER: "The team"/; s/STEP_GOAL: .*/STEP_GOAL: "Another goal"/'
edited 's/NEXT_POINTER: ""/NEXT_POINTER: "docs\/two.md"/; s/^LEDGERS:/MORE: "kept"\n\n&/'
edited '0,/notes: ".*"/s//notes: "my note"/'
line=$(grep -n 'ENGINE_RUN_LEDGER:' "$MANIFEST" | head -n 1 | cut -d: -f1)
edited "${line}i\\    - role: \"CTL\"\\n      status: \"ran\"\\n      outputs_produced:\\n        - \"POLICY_REPORT\"\\n      notes: \"done\""
edited '/"POLICY_REPORT"/,/ref/s/present: false/present: true/'
adopts "«го» starts CTL"
exits 0 verify
exits 0 ledger
says "CTL       ran       CLAIMED"
has "$MANIFEST" 'OWNER: "The team"'
has "$MANIFEST" 'STEP_GOAL: "Another goal"'
has "$MANIFEST" 'NEXT_POINTER: "docs/two.md"'
has "$MANIFEST" 'MORE: "kept"'
has "$MANIFEST" 'notes: "my note"'
exits 1 gates
says "E1: CTL"
says "CLAIMED"
exits 0 status
says "[CTL …]"
{
	goes CTL PACK VAL
	leaves
} >"$BOX/session"
played
exits 0 gates
exits 0 verify
has "$MANIFEST" 'MORE: "kept"'

begin "a PASS whose rows were edited does not stay PASS on claims"
cp "$MANIFEST" "$BOX/good"
edited '/role: "CTL"/,/notes/s/outputs_produced:/outputs_produced:\n        - "MORE"/'
exits 1 verify
exits 0 status
says "MANIFEST_TAMPERED"
adopts "E1"
exits 0 status
hasnt "$BOX/out" "✓ PASS"
exits 1 gates

begin "the manifest is gone, or is none any more, or something else stands in its place"
mini gone
cp "$MANIFEST" "$BOX/good"
rm "$MANIFEST"
exits 0 status
says "RUNTIME_MANIFEST.yaml: the manifest is gone"
exits 1 verify
exits 4 no "reason"
complains "the manifest is gone"
exits 4 init
restored
for damage in 'STEP_GOAL: "A small' 'CURRENT_STEP: [' '	tab: x' '&a [*a, *a]' '--- one
--- two'; do
	{
		head -n 8 "$BOX/good"
		printf '%s\n' "$damage"
	} >"$MANIFEST"
	exits 0 status
	says "MANIFEST_TAMPERED: RUNTIME_MANIFEST.yaml:"
	exits 1 verify
	exits 4 no "reason"
	adopts "cannot adopt"
	restored
done
: >"$MANIFEST"
exits 1 verify
restored
head -c 4096 /dev/urandom >"$MANIFEST"
exits 0 status
says "MANIFEST_TAMPERED"
exits 1 verify
restored
rm "$MANIFEST"
ln -s "$BOX/good" "$MANIFEST"
exits 0 status
says "MANIFEST_TAMPERED"
exits 4 no "reason"
rm "$MANIFEST"
mkfifo "$MANIFEST"
exits 0 status
says "MANIFEST_TAMPERED"
exits 4 no "reason"
rm "$MANIFEST"
mkdir "$MANIFEST"
exits 0 status
says "MANIFEST_TAMPERED"
rmdir "$MANIFEST"
restored

begin "the same value, written otherwise, is no tampering"
sed -i 's/"A small goal"/A small goal/; s/^END\.$//' "$MANIFEST"
printf '# a comment at the end\n' >>"$MANIFEST"
exits 0 verify
exits 1 no "reason"
complains "comments inside the instance are lost"
exits 0 verify
has "$MANIFEST" '"A small goal"'

# --- the trace ---

# broken LINE: readers read, writers are refused, verify names the line
broken() {
	exits 1 verify
	says "trace.jsonl:$1"
	exits 0 status
	says "broken trace"
	exits 5 no "reason"
	complains "trace.jsonl:$1"
	exits 5 step "goal"
	{
		printf 'wait broken trace\nwait > \n'
		printf 'send го\nwait trace.jsonl:%s\nwait > \n' "$1"
		printf 'send restore\nwait stepgate: \nwait > \n'
		printf 'send quit\nexit 5\n'
	} >"$BOX/session"
	played
	cmp -s "$BOX/damaged" "$TRACE" || not_ok "a refused command wrote into the broken trace"
	cp "$BOX/trace" "$TRACE"
	exits 0 verify
}

begin "a trace with one byte changed, a line taken away, added or moved"
mini traced
{
	goes ROUTE SPC ORC
	leaves
} >"$BOX/session"
played
cp "$TRACE" "$BOX/trace"
# what the last line was, as the last commit noted it: without it an older trace would be told
cp .stepgate/HEAD "$BOX/head"
cp "$MANIFEST" "$BOX/good"
sed '6s/exit/exiT/; 6s/"ran"/"raN"/; 6s/"SPC"/"SPD"/' "$BOX/trace" >"$TRACE"
cp "$TRACE" "$BOX/damaged"
broken 6
sed 7d "$BOX/trace" >"$TRACE"
cp "$TRACE" "$BOX/damaged"
broken 7
sed 1d "$BOX/trace" >"$TRACE"
cp "$TRACE" "$BOX/damaged"
broken 1
sed 5p "$BOX/trace" >"$TRACE"
cp "$TRACE" "$BOX/damaged"
broken 6
sed '4s/^/ /' "$BOX/trace" >"$TRACE"
cp "$TRACE" "$BOX/damaged"
broken 5
sed '4s/$/\r/' "$BOX/trace" >"$TRACE"
cp "$TRACE" "$BOX/damaged"
broken 5
sed '4s/.*//' "$BOX/trace" >"$TRACE"
cp "$TRACE" "$BOX/damaged"
broken 4
sed '2s/.*/not a line/' "$BOX/trace" >"$TRACE"
cp "$TRACE" "$BOX/damaged"
broken 2

begin "garbage behind the last line is cut off and said so"
for tail in '{"seq":11,"time":"2026' 'garbage' "$(printf 'x%.0s' 1 2 3 4 5)"; do
	printf '%s' "$tail" >>"$TRACE"
	exits 1 verify
	says "unfinished line of"
	exits 0 status
	exits 0 next docs/one.md "goal"
	complains "cut"
	exits 0 verify
	same "lines" "$(($(wc -l <"$BOX/trace") + 1))" "$(events)"
	cp "$BOX/trace" "$TRACE"
	cp "$BOX/good" "$MANIFEST"
	exits 1 verify
	says "HEAD says that it had"
	cp "$BOX/head" .stepgate/HEAD
done
exits 0 verify

begin "a trace whose last line was taken away or damaged is broken, and nothing goes on from there"
sed '$d' "$BOX/trace" >"$TRACE"
exits 1 verify
says "NOT verified"
exits 0 status
says "the trace ends here: .stepgate/HEAD says that it had"
exits 5 no "reason"
head -c -20 "$BOX/trace" >"$TRACE"
exits 1 verify
exits 5 no "reason"
exits 0 status
says "the line is damaged: .stepgate/HEAD says"
cp "$BOX/trace" "$TRACE"
exits 0 verify

begin "where HEAD is taken away with the last line, the trace does not fit the manifest"
cp .stepgate/HEAD "$BOX/HEAD"
sed '$d' "$BOX/trace" >"$TRACE"
rm .stepgate/HEAD
exits 1 verify
says "NOT verified"
exits 0 status
says "MANIFEST_TAMPERED"
exits 4 no "reason"
cp "$BOX/trace" "$TRACE"
cp "$BOX/HEAD" .stepgate/HEAD
exits 0 verify

begin "a trace that is emptied or removed is broken, and its manifest is not adopted"
: >"$TRACE"
for how in emptied removed; do
	exits 0 status
	says "the trace is gone: it had"
	exits 1 verify
	says "NOT verified"
	exits 5 next docs/one.md "goal"
	complains "the trace is gone"
	[ ! -s "$TRACE" ] || not_ok "a trace was begun in the place of one that was $how"
	rm -f "$TRACE"
done
cmp -s "$BOX/good" "$MANIFEST" || not_ok "the manifest was touched"
cp "$BOX/trace" "$TRACE"
exits 0 verify

begin "the trace is gone"
rm -r .stepgate
exits 0 status
says "no trace"
exits 1 verify
says "nothing is proven"

# --- evidence ---

begin "evidence that was changed is STALE and does not count"
mini stale
{
	goes ROUTE SPC ORC CTL PACK
	leaves
} >"$BOX/session"
played
out=.stepgate/steps/0001/ORC.1/ENG.A/A_OUT.txt
chmod u+w "$out"
echo "better numbers" >"$out"
exits 1 verify
says "'$out' was changed"
says ".stepgate/trace.jsonl:8"
exits 1 gates
says "STALE"
says "E1: "
exits 0 status
says "STALE"
{
	printf 'wait does not stand any more: A_OUT\n'
	ready
	printf 'send го\nwait VAL STOP_GAP\n'
	leaves
} >"$BOX/session"
played
exits 0 status
says "STOP_GAP"
exits 0 fix
says "its evidence is STALE"
has "$MANIFEST" 'STATUS: "STOP_GAP"'
hasnt "$MANIFEST" 'FINAL.yaml'
{
	ready
	printf 'send resume --from ORC --all\n'
	goes ORC CTL PACK VAL
	leaves
} >"$BOX/session"
played
exits 0 status
says "✓ PASS"

begin "after PASS the report, the pack and its seal are held to their hashes"
for file in VAL.2/VAL_REPORT.yaml PACK.2/FINAL.yaml PACK.2/PACK_OUTPUT.yaml; do
	file=.stepgate/steps/0001/$file
	[ -f "$file" ] || not_ok "there is no $file"
	chmod u+w "$file"
	cp "$file" "$BOX/kept"
	sed -i 's/PASS/pass/; s/DRAFT/FINAL/; s/sha256/sha255/' "$file"
	exits 1 verify
	says "$file"
	cp "$BOX/kept" "$file"
done
rm .stepgate/steps/0001/PACK.2/FINAL.yaml
exits 1 verify
says FINAL.yaml

# --- without a trace ---

begin "a manifest from elsewhere is read as it is, and claims nothing"
mini elsewhere
{
	goes ROUTE SPC ORC CTL PACK VAL
	leaves
} >"$BOX/session"
played
mkdir "$BOX/chat"
cp -R "$MANIFEST" route.yaml profiles docs make.sh plan.yaml "$BOX/chat"
cd "$BOX/chat" || exit 1
RUN=$BOX/chat MANIFEST=$BOX/chat/RUNTIME_MANIFEST.yaml TRACE=$BOX/chat/.stepgate/trace.jsonl
cp "$MANIFEST" "$BOX/claims"
exits 0 status
says "no trace"
hasnt "$BOX/out" "✓ PASS"
exits 0 ledger
says CLAIMED
hasnt "$BOX/out" "● OBSERVED"
exits 1 verify
exits 1 check RUNTIME_MANIFEST.yaml
[ ! -e .stepgate ] || not_ok "reading made a trace"
cmp -s "$MANIFEST" "$BOX/claims" || not_ok "reading changed the manifest"
exits 4 adopt "reason"
[ ! -e "$TRACE" ] || not_ok "a refused adopt made a trace"
{
	ready
	printf 'send adopt "from the chat"\nwait STOP_GAP\n'
	ready
	printf 'send go\nwait not the signal\n'
	ready
	printf 'send го\nwait cannot\n'
	leaves
} >"$BOX/session"
played
exits 0 status
says "STOP_GAP"
exits 0 ledger
says CLAIMED
hasnt "$BOX/out" "● OBSERVED"
has "$MANIFEST" 'STEP_STATUS: "STOP_GAP"'
exits 0 fix
says "it runs from ROUTE"
exits 0 verify
{
	ready
	printf 'send route route.yaml\n'
	ready
	printf 'send resume\n'
	goes ROUTE SPC ORC CTL PACK VAL
	leaves
} >"$BOX/session"
played
exits 0 status
says "✓ PASS"
exits 0 ledger
hasnt "$BOX/out" CLAIMED
exits 0 verify

# --- a Markdown host ---

begin "a manifest in a Markdown file keeps the text around it, byte for byte"
mini_files hosted
MANIFEST=$RUN/RUNTIME_MANIFEST.md
exits 0 -m RUNTIME_MANIFEST.md init
head='# Наш запуск

Some text, with a  trailing blank 	
~~~
SESSION: not this one
~~~
'
tail='
## Later
END of the text, without a newline'
{
	printf '%s\n```yaml\n' "$head"
	sed -n '/^```yaml/,/^```$/p' "$MANIFEST" | sed '1d;$d'
	printf '```\n%s' "$tail"
} >"$BOX/hosted.md"
cp "$BOX/hosted.md" "$MANIFEST"
exits 0 verify
exits 0 step "A small goal" --file docs/one.md --route route.yaml
{
	goes ROUTE SPC
	leaves
} >"$BOX/session"
played
around() {
	awk '/^```yaml$/ { print; inside = 1 } !inside { print } /^```$/ { inside = 0; print }' "$1" |
		cksum
}
same "the text around" "$(around "$BOX/hosted.md")" "$(around "$MANIFEST")"
same "its last bytes" "newline" "$(tail -c 7 "$MANIFEST")"
sed -i 's/Some text/Other text/' "$MANIFEST"
exits 0 verify
{
	goes ORC CTL PACK VAL
	leaves
} >"$BOX/session"
played
has "$MANIFEST" "Other text"
has "$MANIFEST" 'STEP_STATUS: "PASS"'
exits 0 verify
cp "$MANIFEST" "$BOX/good"
sed -i 's/STEP_STATUS: "PASS"/STEP_STATUS: "RUNNING"/' "$MANIFEST"
line=$(grep -n STEP_STATUS "$MANIFEST" | cut -d: -f1)
exits 1 verify
says "RUNTIME_MANIFEST.md:$line: CURRENT_STEP.STEP_STATUS"
restored
finish
