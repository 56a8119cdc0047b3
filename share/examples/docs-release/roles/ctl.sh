#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# CTL: applies the no-go rules of route, plan and task, and writes POLICY_REPORT. A rule that is
# broken fails the role. What stands in NO_GO_LIST as prose no script can judge: it is passed on
# to the operator, as NOT_CHECKED.
. "${0%/*}/../lib/docs.sh"
docs_brief
need STEPGATE_MANIFEST
scratch
PLAN=$(input ENGINE_PLAN_TOKEN) || exit 1
LEDGER=$(input ENGINE_RUN_LEDGER) || exit 1
TREE=$(input TREE_BEFORE) || exit 1
: > "$WORK/all"

# rule NAME WHAT: takes the findings in $WORK/found as the result of a rule.
rule() {
	rule_status=kept
	[ ! -s "$WORK/found" ] || rule_status=broken
	{
		echo "    - rule: $(yaml_str "$1")"
		echo "      what: $(yaml_str "$2")"
		echo "      status: \"$rule_status\""
		yaml_items findings "      " < "$WORK/found"
	} >> "$WORK/report"
	sed "s/^/$1: /" "$WORK/found" >> "$WORK/all"
	: > "$WORK/found"
}
: > "$WORK/found"
: > "$WORK/report"

# NO_GO_ENGINES: what ran is not in the plan's no_go_eng_keys, nor a KEY: of the route's list.
{
	yaml_list "$PLAN" no_go_eng_keys
	yaml_list "$STEPGATE_MANIFEST" NO_GO_LIST | grep '^KEY:' || :
} | sed 's/^KEY://' > "$WORK/nogo"
LC_ALL=C awk '
	{ gsub(/["\r]/, ""); sub(/^ *(- )?/, "") }
	/^eng_key:/ { key = $2; sub(/^KEY:/, "", key) }
	/^status:/ { if ($2 == "ran") print key }' "$LEDGER" > "$WORK/ran"
while IFS= read -r eng; do
	while IFS= read -r nogo; do
		# shellcheck disable=SC2254  # a pattern, on purpose
		case $eng in
		$nogo) echo "engine $eng ran, and $nogo is no-go" >> "$WORK/found" ;;
		esac
	done < "$WORK/nogo"
done < "$WORK/ran"
rule NO_GO_ENGINES "no engine ran that route or plan forbid"

# NO_GO_WORDS: no document holds a phrase of the list, in whatever case.
WORDS=$(yaml_get "$BRIEF" NO_GO_WORDS)
[ -f "$WORDS" ] || die "NO_GO_WORDS: $WORDS: no such file"
sed 's/\r$//; /^[[:space:]]*$/d; /^#/d' "$WORDS" > "$WORK/phrases"
if [ -s "$WORK/phrases" ]; then
	docs_names_ok
	docs_list > "$WORK/list"
	# xargs says 123 where a grep found nothing; anything else is a real error.
	(cd "$ROOT" && tr '\n' '\0' < "$WORK/list" |
		xargs -0 grep -HnaioF -f "$WORK/phrases" --) > "$WORK/hits" || [ $? -eq 123 ] ||
		die "$DOCS_ROOT: cannot be searched for no-go words"
	sed "s|^\./||" "$WORK/hits" > "$WORK/found"
fi
rule NO_GO_WORDS "no phrase of $WORDS in any document"

# OUTSIDE_UNCHANGED: the manifest's folder, without the documents, is as SPC found it.
{
	sed 1d "$TREE"
	echo
	tree_outside
} | LC_ALL=C awk '
	$0 == "" { now = 1; next }
	{ file = $0; sub(/^[0-9]+ [0-9]+ /, "", file) }
	!now { before[file] = $1 " " $2; next }
	!(file in before) { print file ": new" }
	file in before && before[file] != $1 " " $2 { print file ": changed" }
	{ delete before[file] }
	END { for (file in before) print file ": removed" }' | LC_ALL=C sort > "$WORK/found"
rule OUTSIDE_UNCHANGED "no file outside the documents root changed since SPC"

# OUTPUTS_CURRENT: each engine's output was made from the documents as they are now.
fingerprint=$(docs_fingerprint)
for name in LINKS INDEX TOC WORDS; do
	for file in "$STEPGATE_IN/$name".*; do
		[ -f "$file" ] || continue
		stamp=$(sed -n '1s/.*# DOCS \([0-9-]*\).*/\1/p' "$file")
		[ "$stamp" = "$fingerprint" ] ||
			echo "$name was made from other documents: resume --from ORC --all"
	done
done > "$WORK/found"
rule OUTPUTS_CURRENT "the engines' outputs belong to the documents as they are"

if [ -s "$WORK/all" ]; then status=FAIL; else status=PASS; fi
{
	echo "POLICY_REPORT:"
	echo "  STATUS: \"$status\""
	echo "  RULES:"
	cat "$WORK/report"
	{
		yaml_list "$STEPGATE_MANIFEST" NO_GO_LIST | grep -v '^KEY:' || :
		yaml_list "$BRIEF" RULES
	} | yaml_items NOT_CHECKED "  "
} > "$STEPGATE_OUT/POLICY_REPORT.yaml"
if [ "$status" = FAIL ]; then
	cat "$WORK/all"
	exit 1
fi
echo "4 rules kept"
