#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Binds a language model's command line in place of a role's script:
#   argv: [./roles/llm.sh, roles/spc.prompt.md, "BRIEF_TOKEN,ENGINE_PLAN_TOKEN", llm, -m, MODEL]
# The command after the second argument gets, on its standard input, the prompt, the task file
# and the present outputs, and answers on its standard output. From the answer each fenced block
# whose first line is "NAME:" becomes STEPGATE_OUT/NAME.yaml; for a NAME with .md, QA_REPORT.md,
# the whole answer does. What the model says it did counts for nothing: only files do, and the
# gates judge them.
. "${0%/*}/../lib/docs.sh"
need STEPGATE_MANIFEST STEPGATE_IN STEPGATE_OUT
[ $# -ge 3 ] || die "usage: llm.sh PROMPT NAME[,NAME…] COMMAND…"
scratch
PROMPT=$1
NAMES=$2
shift 2
[ -f "$PROMPT" ] || die "$PROMPT: no such prompt file"

part() {
	printf '\n===== %s =====\n' "$1"
	cat -- "$2"
}

{
	cat -- "$PROMPT"
	task=$(yaml_get "$STEPGATE_MANIFEST" ACTIVE_FILE)
	[ ! -f "$task" ] || part "$task" "$task"
	for file in "$STEPGATE_IN"/*; do
		[ ! -f "$file" ] || part "${file##*/}" "$file"
	done
} > "$WORK/question"
"$@" < "$WORK/question" > "$WORK/answer" || die "$1 ended with status $?"
[ -s "$WORK/answer" ] || die "$1 answered nothing"
cat "$WORK/answer"

IFS=,
for name in $NAMES; do
	case $name in
	*.md) cp "$WORK/answer" "$STEPGATE_OUT/$name" ;;
	*)
		LC_ALL=C awk -v name="$name" '
			{ sub(/\r$/, "") }
			/^ *```/ { fence = !fence; first = fence; on = 0; next }
			first { on = index($0, name ":") == 1; first = 0 }
			on { print }' "$WORK/answer" > "$STEPGATE_OUT/$name.yaml"
		[ -s "$STEPGATE_OUT/$name.yaml" ] ||
			die "the answer has no fenced block that begins with $name:"
		;;
	esac
done
unset IFS

# What the files were like before is no model's to say.
if [ "${STEPGATE_ROLE:-}" = SPC ]; then
	DOCS_ROOT=$(yaml_get "$STEPGATE_OUT/BRIEF_TOKEN.yaml" DOCS_ROOT)
	[ -n "$DOCS_ROOT" ] || die "the answer's BRIEF_TOKEN has no DOCS_ROOT"
	docs_root "$DOCS_ROOT" "$(yaml_get "$STEPGATE_OUT/BRIEF_TOKEN.yaml" PATH_BASE)"
	tree_before
fi
