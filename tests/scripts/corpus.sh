#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The example's route and scripts, unchanged, and its profile with leave to read them, on a large set of
# documents (STEPGATE_CORPUS): what it really lacks stops the STEP; said to be known, the same run passes. Its
# files are only read.
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"
SOURCE=$STEPGATE_ROOT/share/examples/docs-release
[ -n "${STEPGATE_CORPUS:-}" ] && [ -d "$STEPGATE_CORPUS" ] || {
	echo "STEPGATE_CORPUS names no folder of documents"
	exit 77
}
CORPUS=$(cd "$STEPGATE_CORPUS" && pwd -P)
documents=$(find "$CORPUS" -name '*.md' | wc -l)
listed() { find "$CORPUS" -type f -exec cksum {} + | sort | cksum; }
before=$(listed)

RUN=$BOX/run
MANIFEST=$RUN/RUNTIME_MANIFEST.yaml TRACE=$RUN/.stepgate/trace.jsonl
mkdir "$RUN"
cp -R "$SOURCE/." "$RUN"
cd "$RUN" || exit 1
at_most_here profiles/PROFILE.DOCS.RELEASE.yaml
# they lie outside of the repository: every binding has to say that it reads them
sed -i "s|^      timeout_s:|      read: [\"$CORPUS\"]\n&|" profiles/PROFILE.DOCS.RELEASE.yaml
sed "s|^DOCS_ROOT:.*|DOCS_ROOT: $CORPUS|; s|^PATH_BASE:.*|PATH_BASE:|; s|^LAST_RELEASE:.*|LAST_RELEASE:|" \
	tasks/release.task.md >tasks/corpus.task.md

begin "without its known gaps the STEP stops, and says each"
exits 0 init
exits 0 step "All documents" --file tasks/corpus.task.md --route routes/docs-release.yaml
{
	goes ROUTE SPC
	printf 'wait «го» starts ORC\n'
	ready
	printf 'send го\nwait ✗ ORC STOP_GAP ENTRYPOINT_MISSING\n'
	leaves
} >"$BOX/session"
played
has "$BOX/screen" "$documents documents"
exits 0 report
says "GATES: FAIL"
says "KEY:ENG.DOCS.LINKS"
exits 1 gates
exits 0 verify
has "$MANIFEST" 'STEP_STATUS: "STOP_GAP"'
hasnt "$MANIFEST" 'FINAL.yaml'
exits 0 log KEY:ENG.DOCS.LINKS
sed -n 's/.*: PATH \(.*\): no such file.*/- \1/p' "$BOX/out" | sort -u >"$BOX/gaps"
[ -s "$BOX/gaps" ] || not_ok "the log names no gap"

begin "the known gaps said in the task, it passes"
sed -i "/^## KNOWN_GAPS/r $BOX/gaps" tasks/corpus.task.md
{
	ready
	printf 'send resume --from SPC\n'
	goes SPC ORC CTL QA PACK VAL
	leaves
} >"$BOX/session"
played
exits 0 status
says "✓ PASS"
exits 0 gates
exits 0 verify
says "0 findings: verified"
has "$MANIFEST" 'STEP_STATUS: "PASS"'
same "documents counted" "$documents" \
	"$(sed '1,2d;$d' "$(ls -d .stepgate/steps/0001/ORC.2/ENG.DOCS.WORDS)/WORDS.tsv" | wc -l)"
same "known gaps in the report" "$(wc -l <"$BOX/gaps")" \
	"$(awk -F'\t' 'NR > 2 && $1 == "KNOWN_GAP"' .stepgate/steps/0001/ORC.2/ENG.DOCS.LINKS/LINKS.tsv | wc -l)"
same "the documents" "$before" "$(listed)"
finish
