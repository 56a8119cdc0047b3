#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# SPC: turns the task file (ACTIVE_FILE of the manifest) into BRIEF_TOKEN and ENGINE_PLAN_TOKEN,
# and writes down the files outside the documents root, for CTL to compare.
. "${0%/*}/../lib/docs.sh"
need STEPGATE_MANIFEST STEPGATE_OUT
scratch

# field NAME DEFAULT: "NAME: value" of the task file's head, before its first section.
field() {
	LC_ALL=C awk -v name="$1" '
		{ sub(/\r$/, "") }
		/^## / { exit }
		index($0, name ":") == 1 {
			sub(/^[^:]*:[ \t]*/, "")
			sub(/[ \t]+$/, "")
			print
			exit
		}' "$TASK" > "$WORK/field"
	if [ -s "$WORK/field" ]; then cat "$WORK/field"; else printf '%s\n' "$2"; fi
}

# items NAME: the "- item" lines of the section "## NAME".
items() {
	LC_ALL=C awk -v name="$1" '
		{ sub(/\r$/, "") }
		/^## / { on = $2 == name; next }
		on && /^- / {
			sub(/^- +/, "")
			sub(/[ \t]+$/, "")
			if ($0 != "")
				print
		}' "$TASK"
}

# keys NAME: items NAME, refused unless each is a KEY:.
keys() {
	items "$1" > "$WORK/keys"
	if grep -v '^KEY:[A-Za-z0-9_.*-]*$' "$WORK/keys" > "$WORK/bad"; then
		die "$TASK: $1: $(head -n 1 "$WORK/bad"): an engine is named KEY:ENG.…"
	fi
	cat "$WORK/keys"
}

TASK=$(yaml_get "$STEPGATE_MANIFEST" ACTIVE_FILE)
[ -n "$TASK" ] || die "the STEP has no file: open it with --file tasks/NAME.task.md"
[ -f "$TASK" ] || die "$TASK: no such file"
case $TASK in
-*) TASK=./$TASK ;;
esac
GOAL=$(field GOAL "$(yaml_get "$STEPGATE_MANIFEST" STEP_GOAL)")
[ -n "$GOAL" ] || die "$TASK: no GOAL, and the STEP has none"
DOCS_ROOT=$(field DOCS_ROOT "")
[ -n "$DOCS_ROOT" ] || die "$TASK: no DOCS_ROOT: it names the folder of the documents"
PATH_BASE=$(field PATH_BASE "")
docs_root "$DOCS_ROOT" "$PATH_BASE"
LAST_RELEASE=$(field LAST_RELEASE "")
case $LAST_RELEASE in
"" | git:*) ;;
*) [ -f "$LAST_RELEASE" ] || die "$TASK: LAST_RELEASE: $LAST_RELEASE: no such file" ;;
esac
NO_GO_WORDS=$(field NO_GO_WORDS policy/no-go-words.txt)
[ -f "$NO_GO_WORDS" ] || die "$TASK: NO_GO_WORDS: $NO_GO_WORDS: no such file"
MAX_WORD_LOSS=$(field MAX_WORD_LOSS 20)
case $MAX_WORD_LOSS in
*[!0-9]*) die "$TASK: MAX_WORD_LOSS: $MAX_WORD_LOSS: expected whole per cent" ;;
esac
docs_names_ok
docs_list > "$WORK/list"
[ -s "$WORK/list" ] || die "$DOCS_ROOT: no document (*.md) in it"
docs_count=$(awk 'END { print NR }' "$WORK/list")
index_count=$(awk -F/ '$NF ~ /INDEX_MANIFEST/ { n++ } END { print n + 0 }' "$WORK/list")
for section in REQUIRED_ENGINES ALLOWED_ENGINES NO_GO_ENGINES; do
	keys "$section" > "$WORK/$section"
done
[ -s "$WORK/REQUIRED_ENGINES" ] || die "$TASK: no section ## REQUIRED_ENGINES with - KEY:ENG.…"

{
	echo "BRIEF_TOKEN:"
	echo "  TASK_FILE: $(yaml_str "$TASK")"
	echo "  GOAL: $(yaml_str "$GOAL")"
	echo "  DOMAIN: $(yaml_str "$(field DOMAIN DOCS)")"
	echo "  ARTIFACT_TYPE: $(yaml_str "$(field ARTIFACT_TYPE DOCS_RELEASE)")"
	echo "  DOCS_ROOT: $(yaml_str "$DOCS_ROOT")"
	echo "  PATH_BASE: $(yaml_str "${PATH_BASE:-$DOCS_ROOT}")"
	echo "  LAST_RELEASE: $(yaml_str "$LAST_RELEASE")"
	echo "  NO_GO_WORDS: $(yaml_str "$NO_GO_WORDS")"
	echo "  MAX_WORD_LOSS: \"$MAX_WORD_LOSS\""
	echo "  DOCUMENTS: \"$docs_count\""
	echo "  INDEX_MANIFESTS: \"$index_count\""
	items KNOWN_GAPS | yaml_items KNOWN_GAPS "  "
	items RETIRED_KEYS | yaml_items RETIRED_KEYS "  "
	items RULES | yaml_items RULES "  "
} > "$STEPGATE_OUT/BRIEF_TOKEN.yaml"

{
	echo "ENGINE_PLAN_TOKEN:"
	yaml_items required_eng_keys "  " < "$WORK/REQUIRED_ENGINES"
	# An empty list would allow nothing; no list allows all.
	if [ -s "$WORK/ALLOWED_ENGINES" ]; then
		yaml_items allowed_eng_keys "  " < "$WORK/ALLOWED_ENGINES"
	fi
	yaml_items no_go_eng_keys "  " < "$WORK/NO_GO_ENGINES"
	items EXPECTED_OUTPUTS | yaml_items expected_outputs "  "
} > "$STEPGATE_OUT/ENGINE_PLAN_TOKEN.yaml"

tree_before
echo "$TASK: $docs_count documents, $index_count of them INDEX_MANIFEST, under $DOCS_ROOT"
echo "engines: $(tr '\n' ' ' < "$WORK/REQUIRED_ENGINES")"
