#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Plays the scripts of share/examples/docs-release by hand, with the environment that stepgate gives
# them, on the bundled documents and on broken variants of them. Needs no stepgate. Prints
# "ok example-scripts", or what failed, and exits 1.
set -u
HERE=$(cd -- "$(dirname -- "$0")" && pwd -P)
SOURCE=$HERE/../../share/examples/docs-release
CORPUS=${STEPGATE_CORPUS:-$HERE/../../../shared/corpus}
BOX=$(mktemp -d "${TMPDIR:-/tmp}/example-scripts.XXXXXX") || exit 1
trap 'chmod -R u+w "$BOX"; rm -rf "$BOX"' EXIT
trap 'exit 130' INT TERM
failed=0
checks=0
case_name=
ENGINES="links index toc words"
MANIFEST=00__INDEX_MANIFEST__DOCS.md

not_ok() {
	echo "not ok: $case_name: $*"
	[ ! -s "$BOX/log" ] || sed 's/^/    /' "$BOX/log"
	failed=1
}

# begin NAME: a fresh copy of the example, in a folder whose name has a space and Cyrillic in it.
begin() {
	case_name=$1
	rm -rf "$BOX/run" "$BOX/in" "$BOX/out" "$BOX/log"
	mkdir -p "$BOX/run/мой выпуск" "$BOX/in" "$BOX/tmp"
	RUN="$BOX/run/мой выпуск"
	cp -R "$SOURCE/." "$RUN/"
	cd "$RUN" || exit 1
	task tasks/release.task.md
	ledger LINKS INDEX TOC WORDS
}

# task FILE: the manifest of a STEP on FILE. The PATH of its file goes first: a placeholder.
task() {
	mkdir -p "$BOX/m"
	cat > "$BOX/m/RUNTIME_MANIFEST.yaml" <<END
CURRENT_STEP:
  STEP_ID: "0001"
  STEP_GOAL: "A goal"
  ACTIVE_FOLDER: "tasks"
  ACTIVE_FILE: "<e.g. 00_BOOT/08.md>"
  ACTIVE_FILE: "$1"

ROUTING:
  NO_GO_LIST:
    - "KEY:ENG.NET.*"
    - "Nothing is \"published\""

LEDGERS:
  ROLE_LEDGER: []
END
}

ledger() {
	{
		printf 'ENGINE_RUN_LEDGER:\n  run_id: "0001.1"\n  entries:\n'
		for key in "$@"; do
			case $key in
			*.*) ;;
			*) key=ENG.DOCS.$key ;;
			esac
			printf '    - eng_key: "KEY:%s"\n      status: "ran"\n' "$key"
			printf '      outputs_produced: []\n      notes: ""\n'
		done
	} > "$BOX/in/ENGINE_RUN_LEDGER.yaml"
}

# run ROLE SCRIPT ARG…: its exit status; if 0, its outputs join the present ones.
run() {
	role=$1
	shift
	rm -rf "$BOX/out"
	mkdir "$BOX/out"
	chmod -R a-w "$BOX/in"
	env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$BOX/tmp" TMPDIR="$BOX/tmp" LANG=C.UTF-8 \
		STEPGATE_STEP_ID=0001 STEPGATE_ATTEMPT=1 STEPGATE_ROLE="$role" STEPGATE_ENG_KEY= \
		STEPGATE_PROFILE_KEY=PROFILE.DOCS.RELEASE STEPGATE_IN="$BOX/in" STEPGATE_OUT="$BOX/out" \
		STEPGATE_MANIFEST="$BOX/m/RUNTIME_MANIFEST.yaml" "$@" > "$BOX/log" 2>&1 < /dev/null
	status=$?
	chmod -R u+w "$BOX/in"
	[ "$status" -ne 0 ] || cp "$BOX"/out/* "$BOX/in/"
	left=$(find "$BOX/tmp" -mindepth 1 | head -n 1)
	[ -z "$left" ] || not_ok "$1 left $left behind"
	return "$status"
}

passes() {
	checks=$((checks + 1))
	run "$@" || not_ok "$2: expected exit status 0, found $?"
}

# fails TEXT ROLE SCRIPT…: it exits 1, and says TEXT.
fails() {
	text=$1
	shift
	checks=$((checks + 1))
	run "$@"
	found=$?
	[ "$found" -eq 1 ] || not_ok "$2: expected exit status 1, found $found"
	grep -qF -- "$text" "$BOX/log" || not_ok "$2: expected the message: $text"
}

# has FILE TEXT: an output holds the text.
has() {
	checks=$((checks + 1))
	grep -qF -- "$2" "$BOX/in/$1" || not_ok "$1: expected: $2"
}

same() {
	checks=$((checks + 1))
	[ "$2" = "$3" ] || not_ok "$1: expected $2, found $3"
}

engines() {
	for engine in $ENGINES; do
		passes ORC "./engines/$engine.sh"
	done
}

all() {
	passes SPC ./roles/spc.sh
	engines
	passes CTL ./roles/ctl.sh
	passes QA ./roles/qa.sh
}

# words_of FOLDER: as wc counts them, file by file.
words_of() {
	find "$1" -name '*.md' -exec wc -w {} \; | awk '{ n += $1 } END { print n }'
}

states() {
	LC_ALL=C awk -F'\t' -v want="$1" 'NR > 2 && $1 == want { n++ } END { print n + 0 }' \
		"$BOX/in/LINKS.tsv"
}

begin "the bundled documents pass"
all
entries=$(find docs -name '*INDEX_MANIFEST*' -exec grep -hE '^ *- KEY: [^<(]' {} + | wc -l)
same "entries in INDEX.tsv" "$entries" "$(sed 1,2d "$BOX/in/INDEX.tsv" | wc -l)"
words=$(words_of docs)
same "words in WORDS.tsv" "$words" "$(awk -F'\t' '$1 == "TOTAL" { print $3 }' "$BOX/in/WORDS.tsv")"
same "documents in WORDS.tsv" "$(find docs -name '*.md' | wc -l)" \
	"$(sed '1,2d;$d' "$BOX/in/WORDS.tsv" | wc -l)"
same "gaps" 1 "$(states GAP)"
same "gone" 1 "$(states GONE)"
same "by RAW only" 1 "$(states RAW_ONLY)"
same "Cyrillic words" "$(find docs -name '*.md' -exec cat {} + | tr -s ' \t' '\n' |
	LC_ALL=C.UTF-8 grep -cP '\p{Cyrillic}')" \
	"$(awk -F'\t' '$1 == "TOTAL" { print $4 }' "$BOX/in/WORDS.tsv")"
has TOC.md "## 10_ПРАВИЛА/11__Как взять инструмент.md"
has TOC.md "  - Продление (14)"
grep -qF "this is not a heading" "$BOX/in/TOC.md" && not_ok "TOC.md takes fenced text for a heading"
has ENGINE_PLAN_TOKEN.yaml '    - "KEY:ENG.DOCS.LINKS"'
has POLICY_REPORT.yaml 'STATUS: "PASS"'
has POLICY_REPORT.yaml '- "Nothing is \"published\""'
has QA_REPORT.md "- keys: 21, 3 new, 1 gone"
has QA_REPORT.md "- KEY retired: TL.PRICES.2023"
has QA_REPORT.md "- 01__START.md: 120 words, +21"
cp "$BOX/in/QA_REPORT.md" "$BOX/first"
passes QA ./roles/qa.sh
cmp -s "$BOX/first" "$BOX/in/QA_REPORT.md" || not_ok "QA_REPORT differs from run to run"

begin "the released list is no difference to itself"
passes SPC ./roles/spc.sh
engines
passes QA ./roles/qa.sh
cp "$BOX/in/RELEASE_LIST.tsv" release/last.tsv
passes QA ./roles/qa.sh
has QA_REPORT.md "- words: $words, +0"
has QA_REPORT.md "- keys: $entries, 0 new, 0 gone"

begin "the broken path is said, repaired as README says, and passes"
task tasks/release-broken.task.md
passes SPC ./roles/spc.sh
broken=docs-broken/00__INDEX_MANIFEST__NEWS.md
line=$(grep -n 'PATH: .*Winter_hours' "$broken" | cut -d: -f1)
fails "$broken:$line: KEY TL.NEWS.HOURS: PATH docs-broken/42__Winter_hours.md: no such file," \
	ORC ./engines/links.sh
fails "nearest is 42__Winter hours.md" ORC ./engines/links.sh
repair=$(sed -n "s/^    \(sed -i .*docs-broken.*\)/\1/p" README.md)
[ -n "$repair" ] || not_ok "README.md names no repair"
eval "$repair"
engines
passes CTL ./roles/ctl.sh
passes QA ./roles/qa.sh
has QA_REPORT.md "none, this is the first"

begin "an absolute documents root gives the same"
passes SPC ./roles/spc.sh
passes ORC ./engines/links.sh
cp "$BOX/in/LINKS.tsv" "$BOX/relative"
mv docs "$BOX/run/docs"
sed -i "s|^DOCS_ROOT:.*|DOCS_ROOT: $BOX/run/docs|; s|^PATH_BASE:.*|PATH_BASE: $BOX/run|" \
	tasks/release.task.md
all
cmp -s "$BOX/relative" "$BOX/in/LINKS.tsv" || not_ok "LINKS.tsv differs"

begin "the manifest's own folder may be the documents root"
sed -i 's|^DOCS_ROOT:.*|DOCS_ROOT: .|; s|^PATH_BASE:.*|PATH_BASE: .|; s|^LAST_RELEASE:.*|LAST_RELEASE:|' \
	tasks/release.task.md
sed -i 's/42__Winter_hours/42__Winter hours/' "$broken"
all

begin "odd file names are only names"
for odd in "a=b.md" "-n.md" "it's \$HOME.md" '%s%n.md' 'back\slash "quoted".md' ' lead.md' 'x  y.md'; do
	printf '# Odd\n\nOne two.\n' > "docs/$odd"
	printf '\n- KEY: ODD.%s\n  KIND: FILE\n  PATH: docs/%s\n  STATUS: ACTIVE\n' \
		"$(printf '%s' "$odd" | cksum | cut -d' ' -f1)" "$odd" >> "docs/$MANIFEST"
done
all
same "words, odd names too" "$(words_of docs)" \
	"$(awk -F'\t' '$1 == "TOTAL" { print $3 }' "$BOX/in/WORDS.tsv")"

begin "a name that no list can carry is refused"
: > "docs/two
lines.md"
fails "rename it" SPC ./roles/spc.sh
begin "a name that is no UTF-8 is refused"
: > "docs/$(printf '\377').md"
fails "rename it" SPC ./roles/spc.sh

begin "what stands at a PATH must be what KIND says"
passes SPC ./roles/spc.sh
add() {
	printf '\n- KEY: T.%s\n  UID:\n  KIND: %s\n  PATH: %s\n  MARKERS: [%s]\n  STATUS: %s\n' \
		"$1" "$2" "$3" "$4" "$5" >> "docs/$MANIFEST"
}
: > docs/empty.md
add A FILE docs/20_CATALOG "" ACTIVE
add B FOLDER docs/01__START.md "" ACTIVE
add C FILE docs/../docs/01__START.md "" ACTIVE
add D FILE /etc/passwd "" ACTIVE
add E FILE docs/empty.md "" ACTIVE
add F FILE "" "" ACTIVE
add G FILE docs/later.md "" DRAFT
add H FILE docs/later.md "X, GAP" ACTIVE
add I FILE docs/later.md "MIND_THE_GAP" ACTIVE
add J FILE docs/../../x.md "" DRAFT
add K FILE docs/later.md "" GAP
add L FILE docs/later.md "" PLANNED
add M FILE docs/later.md "" DEPRECATED
printf '\n```\n- KEY: T.N\n  PATH: docs/only-an-example.md\n  STATUS: ACTIVE\n```\n' \
	>> "docs/$MANIFEST"
printf '[lost](Nowhere%%20now.md), [found](01__START.md#x), [web](https://x.example/y)\n' \
	>> docs/90__GLOSSARY.md
fails "KEY T.A: PATH docs/20_CATALOG: KIND is FILE, and it is a folder" ORC ./engines/links.sh
for text in "KEY T.B: PATH docs/01__START.md: KIND is FOLDER, and it is a file" \
	"KEY T.C: PATH docs/../docs/01__START.md: leads out" "KEY T.D: PATH /etc/passwd: leads out" \
	"KEY T.E: PATH docs/empty.md: the file is empty" "KEY T.F: PATH : the entry has no PATH" \
	"KEY T.I: PATH docs/later.md: no such file" "KEY T.J: PATH docs/../../x.md: leads out" \
	"docs/90__GLOSSARY.md:$(wc -l < docs/90__GLOSSARY.md): link to Nowhere now.md: no such file"; do
	grep -qF -- "$text" "$BOX/log" || not_ok "links: expected: $text"
done
same "broken paths and links" 9 "$(grep -c '^docs/.*:[0-9]*: ' "$BOX/log")"

begin "a known gap is accepted, and said"
sed -i '/TL.SAFETY.LAW/,$s|^  PATH:|  PATH: docs/drafts/law.md|' docs/30_SAFETY/*INDEX_MANIFEST*
passes SPC ./roles/spc.sh
fails "PATH docs/drafts/law.md: no such file, nor is its folder" ORC ./engines/links.sh
sed -i 's|^## KNOWN_GAPS|&\n- docs/drafts/*|' tasks/release.task.md
all
same "known gaps" 1 "$(states KNOWN_GAP)"
has QA_REPORT.md "1 known gaps"

begin "a manifest that names two things alike is no index"
passes SPC ./roles/spc.sh
printf '\n- KEY: TL.START\n  PATH: docs/01__START.md\n\n- KEY:\n  PATH: docs/01__START.md\n' \
	>> "docs/$MANIFEST"
fails "KEY TL.START stands twice, first in line 44" ORC ./engines/index.sh
grep -qF "$MANIFEST:$(($(wc -l < "docs/$MANIFEST") - 1)): entry without a KEY" "$BOX/log" ||
	not_ok "index: an entry without a KEY is not said"

begin "a no-go phrase is found in any case and any alphabet"
passes SPC ./roles/spc.sh
printf '\nНЕ ДЛЯ ПУБЛИКАЦИИ. Lorem Ipsum.\n' >> docs/01__START.md
engines
fails "NO_GO_WORDS: 01__START.md:$(wc -l < docs/01__START.md):НЕ ДЛЯ ПУБЛИКАЦИИ" CTL ./roles/ctl.sh
grep -qF 'status: "broken"' "$BOX/out/POLICY_REPORT.yaml" || not_ok "POLICY_REPORT hides it"

begin "a file outside the documents that changes is found"
passes SPC ./roles/spc.sh
engines
echo x > "новый файл.txt"
echo >> steps.yaml
rm policy/../release/last.tsv
mkdir .stepgate && echo x > .stepgate/trace.jsonl && echo x > RUNTIME_MANIFEST.yaml
echo x > CHANGELOG.md
fails "OUTSIDE_UNCHANGED: ./steps.yaml: changed" CTL ./roles/ctl.sh
same "files changed outside" 3 "$(grep -c '^OUTSIDE_UNCHANGED' "$BOX/log")"
grep -qF "./новый файл.txt: new" "$BOX/log" || not_ok "a new file is not said"
grep -qF "./release/last.tsv: removed" "$BOX/log" || not_ok "a removed file is not said"

begin "outputs of documents that have changed since do not pass"
passes SPC ./roles/spc.sh
engines
echo "one more line" >> docs/01__START.md
fails "OUTPUTS_CURRENT: INDEX was made from other documents" CTL ./roles/ctl.sh
same "stale outputs" 4 "$(grep -c '^OUTPUTS_CURRENT' "$BOX/log")"

begin "an engine that route or plan forbid is found"
passes SPC ./roles/spc.sh
engines
ledger LINKS PUBLISH ENG.NET.FETCH
fails "engine ENG.DOCS.PUBLISH ran, and ENG.DOCS.PUBLISH is no-go" CTL ./roles/ctl.sh
grep -qF "engine ENG.NET.FETCH ran, and ENG.NET.* is no-go" "$BOX/log" ||
	not_ok "the route's pattern is not applied"

begin "a lost KEY and lost words are findings"
passes SPC ./roles/spc.sh
printf 'KEY\t%s\tTL.LOST\nDOC\tgone.md\t900\n' "$MANIFEST" >> release/last.tsv
engines
fails "KEY TL.LOST of $MANIFEST was in the last release and is gone" QA ./roles/qa.sh
grep -q "words are gone, more than 20 per cent" "$BOX/log" || not_ok "the lost words are not said"

begin "a git revision can be the last release"
git init -q .
git add docs
git -c user.name=t -c user.email=t@example.org -c commit.gpgsign=false commit -q -m "release" ||
	not_ok "git cannot commit"
sed -i 's/^LAST_RELEASE:.*/LAST_RELEASE: git:HEAD/' tasks/release.task.md
echo "three more words" >> docs/01__START.md
all
has QA_REPORT.md "- words: $((words + 3)), +3"
has QA_REPORT.md "- keys: $entries, 0 new, 0 gone"
has QA_REPORT.md "1 files not committed"
sed -i 's/^LAST_RELEASE:.*/LAST_RELEASE: git:v9/' tasks/release.task.md
passes SPC ./roles/spc.sh
fails "LAST_RELEASE: git:v9: " QA ./roles/qa.sh

begin "a task that cannot be done is refused, with the reason"
for edit in "s/^DOCS_ROOT:.*/DOCS_ROOT:/|no DOCS_ROOT" \
	"s/^DOCS_ROOT:.*/DOCS_ROOT: nowhere/|nowhere: the documents root is no folder" \
	"s/^DOCS_ROOT:.*/DOCS_ROOT: policy/|policy: no document" \
	"s/^LAST_RELEASE:.*/LAST_RELEASE: no.tsv/|LAST_RELEASE: no.tsv: no such file" \
	"s/^MAX_WORD_LOSS:.*/MAX_WORD_LOSS: few/|MAX_WORD_LOSS: few: expected" \
	"/^- KEY:ENG.DOCS.[A-Z]*$/d|no section ## REQUIRED_ENGINES" \
	"s/^- KEY:ENG.DOCS.TOC/- TOC, please/|REQUIRED_ENGINES: TOC, please: an engine is named"; do
	sed "${edit%|*}" "$SOURCE/tasks/release.task.md" > tasks/release.task.md
	fails "${edit#*|}" SPC ./roles/spc.sh
done
task ""
fails "open it with --file" SPC ./roles/spc.sh
task tasks/none.task.md
fails "tasks/none.task.md: no such file" SPC ./roles/spc.sh

begin "a task file from another system reads the same"
passes SPC ./roles/spc.sh
cp "$BOX/in/BRIEF_TOKEN.yaml" "$BOX/in/ENGINE_PLAN_TOKEN.yaml" "$BOX/run/"
sed -i 's/$/\r/' tasks/release.task.md
passes SPC ./roles/spc.sh
for name in BRIEF_TOKEN ENGINE_PLAN_TOKEN; do
	cmp -s "$BOX/run/$name.yaml" "$BOX/in/$name.yaml" || not_ok "$name differs with CR LF"
done

begin "a missing input fails a script"
fails "BRIEF_TOKEN is not among the present outputs" ORC ./engines/links.sh
passes SPC ./roles/spc.sh
fails "WORDS is not among the present outputs" QA ./roles/qa.sh
rm "$BOX/in/ENGINE_RUN_LEDGER.yaml"
fails "ENGINE_RUN_LEDGER is not among the present outputs" CTL ./roles/ctl.sh

begin "a model's answer plays SPC, and nothing but its blocks counts"
passes SPC ./roles/spc.sh
{
	printf 'I have run every engine. All passed.\n\n```yaml\n'
	cat "$BOX/in/BRIEF_TOKEN.yaml"
	printf '```\n\n```yaml\n'
	cat "$BOX/in/ENGINE_PLAN_TOKEN.yaml"
	printf '```\n'
} > "$BOX/answer"
rm -f "$BOX"/in/BRIEF_TOKEN.* "$BOX"/in/ENGINE_PLAN_TOKEN.* "$BOX"/in/TREE_BEFORE.*
cp "$BOX/answer" "$BOX/m/answer"
passes SPC ./roles/llm.sh roles/spc.prompt.md BRIEF_TOKEN,ENGINE_PLAN_TOKEN \
	sh -c 'grep -q "^===== tasks/release.task.md =====" && cat "$1"' sh "$BOX/m/answer"
same "files SPC left" "BRIEF_TOKEN.yaml ENGINE_PLAN_TOKEN.yaml TREE_BEFORE.txt " \
	"$(cd "$BOX/out" && printf '%s ' *)"
engines
passes CTL ./roles/ctl.sh
passes QA ./roles/qa.sh
fails "no fenced block that begins with ENGINE_PLAN_TOKEN:" SPC ./roles/llm.sh roles/spc.prompt.md \
	ENGINE_PLAN_TOKEN echo "It is done."
fails "false ended with status 1" SPC ./roles/llm.sh roles/spc.prompt.md BRIEF_TOKEN false
fails "answered nothing" SPC ./roles/llm.sh roles/spc.prompt.md BRIEF_TOKEN true

if [ -d "$CORPUS" ]; then
	begin "the same scripts run on a large set of documents"
	CORPUS=$(cd "$CORPUS" && pwd -P)
	sed -i "s|^DOCS_ROOT:.*|DOCS_ROOT: $CORPUS|; s|^PATH_BASE:.*|PATH_BASE:|; s|^LAST_RELEASE:.*|LAST_RELEASE:|" \
		tasks/release.task.md
	passes SPC ./roles/spc.sh
	run ORC ./engines/links.sh
	# What the folder really lacks becomes the known gaps of the task; then all passes.
	sed -n 's/.*: PATH \(.*\): no such file.*/- \1/p' "$BOX/log" | sort -u > "$BOX/gaps"
	sed -i "/^## KNOWN_GAPS/r $BOX/gaps" tasks/release.task.md
	all
	same "known gaps" "$(wc -l < "$BOX/gaps")" "$(states KNOWN_GAP)"
	same "words" "$(words_of "$CORPUS")" \
		"$(awk -F'\t' '$1 == "TOTAL" { print $3 }' "$BOX/in/WORDS.tsv")"
	same "entries" "$(find "$CORPUS" -name '*INDEX_MANIFEST*' -exec grep -hE '^ *- KEY: *[^ <(]' {} + |
		wc -l)" "$(sed 1,2d "$BOX/in/INDEX.tsv" | wc -l)"
else
	echo "skipped: the large set of documents is not there (STEPGATE_CORPUS)"
fi

cd /
[ "$failed" -eq 0 ] || exit 1
echo "ok example-scripts ($checks checks)"
