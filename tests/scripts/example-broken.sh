#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The bundled example through the program: a release that passes, one with a broken path that stops,
# is repaired and resumed; in a git work tree and in a plain folder.
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"
SOURCE=$STEPGATE_ROOT/share/examples/docs-release

# example NAME: a copy of the example, with a run and its first STEP open
example() {
	RUN="$BOX/$1/мой выпуск"
	MANIFEST=$RUN/RUNTIME_MANIFEST.yaml TRACE=$RUN/.stepgate/trace.jsonl
	mkdir -p "$RUN"
	cp -R "$SOURCE/." "$RUN"
	cd "$RUN" || exit 1
	at_most_here profiles/PROFILE.DOCS.RELEASE.yaml
}
opens() {
	exits 0 init
	exits 0 step "Выпуск 1.3" --file tasks/release.task.md --route routes/docs-release.yaml
}
to() {
	{
		goes "$@"
		leaves
	} >"$BOX/session"
	played
}
# second: after PASS the signal opens the next entry of steps.yaml
second() {
	{
		printf 'wait «го» opens STEP 0002\n'
		STEP=0001 ready
		printf 'send го\nwait «го» starts ROUTE\n'
		STEP=0002 leaves
	} >"$BOX/session"
	played
	STEP=0002
}
broken() {
	{
		printf 'wait «го» starts ORC\n'
		ready
		printf 'send го\nwait ✗ ORC STOP_GAP ENTRYPOINT_MISSING\n'
		ready
		printf 'send го\nwait cannot go on: the STEP is in STOP_GAP\n'
		leaves
	} >"$BOX/session"
	played
	has "$BOX/screen" "nearest is 42__Winter hours.md"
	exits 0 status
	says "STOP_GAP ENTRYPOINT_MISSING"
	exits 0 report
	says "GATES: FAIL"
	says "DRAFT BRIEF_TOKEN"
	exits 0 log KEY:ENG.DOCS.LINKS
	says "docs-broken/00__INDEX_MANIFEST__NEWS.md:59: KEY TL.NEWS.HOURS"
	exits 0 verify
	has "$MANIFEST" 'RESUME_ALLOWED: false'
	has "$MANIFEST" 'VAL_REPORT_REF: ""'
}
again() {
	{
		ready
		printf 'send resume %s\nwait «го» starts ORC\n' "$*"
		leaves
	} >"$BOX/session"
	played
}
repair() { sed -i 's/42__Winter_hours/42__Winter hours/' docs-broken/00__INDEX_MANIFEST__NEWS.md; }

for where in git plain; do
	STEP=
	begin "$where: the first release passes, the second stops at the broken path"
	example "$where"
	if [ "$where" = git ]; then
		git init -q . && git add -A
		git -c user.name=t -c user.email=t@localhost -c commit.gpgsign=false commit -q -m "Before"
	fi
	opens
	to ROUTE SPC ORC CTL QA PACK VAL
	exits 0 gates
	exits 0 verify
	[ ! -e CHANGELOG.md ] || not_ok "no file changed, and there is a CHANGELOG.md"
	second
	has "$MANIFEST" 'ACTIVE_FILE: "tasks/release-broken.task.md"'
	to ROUTE SPC
	broken

	begin "$where: resumed before the repair it fails the same way"
	again
	broken
	
	begin "$where: repaired it passes, and the change is tracked"
	repair
	again
	to ORC CTL QA PACK VAL
	exits 0 status
	says "✓ PASS"
	exits 0 verify
	file=docs-broken/00__INDEX_MANIFEST__NEWS.md
	has "$MANIFEST" 'FINAL.yaml'
	if [ "$where" = plain ]; then
		# there the STEP's own folder alone is followed, and the repair was made elsewhere
		has "$MANIFEST" 'ACTIVE_FOLDER: "tasks"'
		[ ! -e CHANGELOG.md ] || not_ok "CHANGELOG.md says what was not followed"
	else
		has CHANGELOG.md "CHANGE_ID: PATCHSET_0001"
		has CHANGELOG.md "$file"
		has CHANGELOG.md "tasks/release-broken.task.md"
		has CHANGELOG.md "Зимние новости"
		has "$MANIFEST" 'LAST_PATCHSET_ID: "PATCHSET_0001"'
		has "$MANIFEST" "- \"$file\""
		same "entries" 1 "$(grep -c "CHANGE_ID: PATCHSET_0001" CHANGELOG.md)"
		same "the repository's index" "" "$(git diff --cached --name-only)"
		git fsck --no-progress >"$BOX/log" 2>&1 || not_ok "the repository was harmed"
	fi
done

begin "kept engines say so, the failed one alone runs again; --all runs all"
STEP=
example kept
sed -i 's/CONTINUE_ON_FAIL: false/CONTINUE_ON_FAIL: true/' profiles/PROFILE.DOCS.RELEASE.yaml
cp engines/words.sh "$BOX/words.sh"
opens
printf '#!/bin/sh\necho "no words today"\nexit 3\n' >engines/words.sh
to ROUTE SPC
{
	ready
	printf 'send го\nwait ✗ ORC STOP_GAP ENTRYPOINT_MISSING\n'
	leaves
} >"$BOX/session"
played
exits 0 ledger
for engine in LINKS INDEX TOC; do says "✓ ENG.DOCS.$engine"; done
says "✗ ENG.DOCS.WORDS"
cat "$BOX/words.sh" >engines/words.sh
again
has "$BOX/screen" "1 of 4 engines"
to ORC
hasnt "$BOX/screen" "ENG.DOCS.LINKS |"
has "$BOX/screen" "ENG.DOCS.WORDS |"
has "$MANIFEST" "kept"
{
	ready
	printf 'send no "once more"\n'
	ready
	printf 'send resume --from ORC --all\nwait 4 of 4 engines\n'
	leaves
} >"$BOX/session"
played
to ORC
for engine in LINKS INDEX TOC WORDS; do has "$BOX/screen" "ENG.DOCS.$engine |"; done
finish
