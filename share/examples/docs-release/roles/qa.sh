#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# QA: compares this release with the last one. It fails where a KEY is lost that the task does
# not retire, or where more words are gone than MAX_WORD_LOSS per cent. Writes QA_REPORT, and
# RELEASE_LIST: what the next release will be compared with.
. "${0%/*}/../lib/docs.sh"
docs_brief
scratch
WORDS=$(input WORDS) || exit 1
INDEX=$(input INDEX) || exit 1
LINKS=$(input LINKS) || exit 1

# A release list: "DOC <document> <words>" and "KEY <manifest> <key>", tabs between.
list_of_outputs() {
	LC_ALL=C awk -F'\t' 'NR > 2 && $1 != "TOTAL" { print "DOC\t" $1 "\t" $3 }' "$WORDS"
	LC_ALL=C awk -F'\t' 'NR > 2 { print "KEY\t" $1 "\t" $3 }' "$INDEX"
}

# The same of the documents at a git revision.
list_of_revision() (
	mkdir "$WORK/then" || exit 1
	git -C "$ROOT" archive --format=tar -o "$WORK/then.tar" "$1" 2> "$WORK/git" ||
		die "LAST_RELEASE: git:$1: $(head -n 1 "$WORK/git")"
	tar -xf "$WORK/then.tar" -C "$WORK/then" ||
		die "LAST_RELEASE: git:$1: cannot be unpacked"
	# shellcheck disable=SC2030,SC2031  # in this subshell only
	ROOT=$WORK/then
	docs_awk words.awk > "$WORK/then.words"
	docs_awk entries.awk > "$WORK/then.entries"
	LC_ALL=C awk -F'\t' '$1 != "TOTAL" { print "DOC\t" $1 "\t" $3 }' "$WORK/then.words"
	LC_ALL=C awk -F"$US" '{ print "KEY\t" $1 "\t" $3 }' "$WORK/then.entries"
)

list_of_outputs > "$WORK/now"
LAST=$(yaml_get "$BRIEF" LAST_RELEASE)
case $LAST in
"") : > "$WORK/last" ;;
git:*) list_of_revision "${LAST#git:}" > "$WORK/last" || exit 1 ;;
*)
	[ -f "$LAST" ] || die "LAST_RELEASE: $LAST: no such file"
	cat -- "$LAST" > "$WORK/last"
	;;
esac
yaml_list "$BRIEF" RETIRED_KEYS > "$WORK/retired"
MAX=$(yaml_get "$BRIEF" MAX_WORD_LOSS)

LC_ALL=C awk -F'\t' -v max="${MAX:-20}" -v first="${LAST:+0}" -f "$LIB/compare.awk" \
	"$WORK/retired" "$WORK/last" "$WORK/now" > "$WORK/compared"

{
	echo "# QA report"
	echo
	echo "- last release: ${LAST:-none, this is the first}"
	# shellcheck disable=SC2031
	if revision=$(git -C "$ROOT" log -1 --format='%h of %cs' 2> "$WORK/git"); then
		# shellcheck disable=SC2031
		edited=$(git -C "$ROOT" status --porcelain -- . | awk 'END { print NR }')
		echo "- git: $revision, $edited files not committed"
	else
		echo "- git: no revision ($(head -n 1 "$WORK/git"))"
	fi
	LC_ALL=C awk -F'\t' 'NR > 2 { n[$1]++ } END {
		printf "- paths and links: %d there, %d gaps, %d known gaps, %d gone\n",
			n["OK"] + n["RAW_ONLY"], n["GAP"], n["KNOWN_GAP"], n["GONE"]
	}' "$LINKS"
	sed -n 's/^SAY //p' "$WORK/compared"
	echo
	echo "## Documents and keys that differ"
	echo
	sed -n 's/^ROW //p' "$WORK/compared" | grep . || echo "none"
	echo
	echo "## Findings"
	echo
	sed -n 's/^BAD /- /p' "$WORK/compared" | grep . || echo "none"
} > "$STEPGATE_OUT/QA_REPORT.md"
cp "$WORK/now" "$STEPGATE_OUT/RELEASE_LIST.tsv"
sed -n 's/^SAY - //p' "$WORK/compared"
if grep -q '^BAD ' "$WORK/compared"; then
	sed -n 's/^BAD //p' "$WORK/compared"
	exit 1
fi
