#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# report.sh - what tests/report makes of what commands print: held, missed, without a figure, not
# run; and that REPORT.md is what its own lines give.
set -u
cd "${STEPGATE_ROOT:?}" || exit 1
box=$(mktemp -d)
trap 'rm -rf "$box"' EXIT
failed=0

same() { # WHAT EXPECTED FOUND
	[ "$2" = "$3" ] || { echo "not ok $1: expected '$2', found '$3'"; failed=1; }
}
has() { # WHAT TEXT
	grep -qF -- "$2" "$box/REPORT.md" || { echo "not ok $1: no '$2'"; failed=1; }
}
hasnt() { # WHAT TEXT
	! grep -qF -- "$2" "$box/REPORT.md" || { echo "not ok $1: there is '$2'"; failed=1; }
}

# A make that prints what stands in $box/says.TARGET and ends as $box/ends.TARGET says.
cat >"$box/make" <<END
#!/bin/sh
for word; do target=\$word; done
cat "$box/says.\$target"
exit "\$(cat "$box/ends.\$target" 2>/dev/null || echo 0)"
END
chmod +x "$box/make"
cat >"$box/targets" <<'END'
# a comment
part | kill | make kill | -
part | bench | make bench | 7
R | kill | kill | ^kill: | kill points | 2,000, 0 lost | points >= 2000; lost = 0
R | mutants | kill | ^mutants: | mistakes | all | of >= 2; all
S | key | bench | ^goal 6 | a key | under 1.25 x | ratio < 1.25
END
: >"$box/causes"

report() { # EXPECTED STATUS, WHAT, PART...
	expected=$1 what=$2
	shift 2
	MAKE="$box/make" BUILD="$box/build" OUT="$box/out" COMPILER=cc TARGETS="$box/targets" \
		CAUSES="$box/causes" tests/report/report.sh "$box/REPORT.md" "$@" >"$box/said" 2>&1
	same "$what" "$expected" $?
}

says() { # TARGET LINE...
	target=$1
	shift
	printf '%s\n' "$@" >"$box/says.$target"
}

mkdir "$box/build"
report 1 'nothing was run' none
has 'nothing was run' '| kill points | 2,000, 0 lost | - | not run |'

says kill 'kill: 12,345 points, 0 lost' 'mutants: 31 of 31 seeded mistakes found'
says bench "goal 6  a key, 80x24, at $(pwd)/x and $box/y on $(uname -n)   1.10 x curses alone (goal under 1.25)  met  [1.00..1.20]"
report 0 'all holds'
has 'a figure' '| kill points | 2,000, 0 lost | 12,345 points, 0 lost | yes |'
has 'a ratio' ' 1.10 x curses alone [1.00..1.20] | yes |'
has 'a seed' 'seed: 7'
hasnt 'the folder of the sources' "$(pwd)"
hasnt 'the folder of temporary files' "$box"
grep -qw -- "$(uname -n)" "$box/REPORT.md" && same 'the name of the machine' absent there
cp "$box/REPORT.md" "$box/first"
report 0 'written again' none
cmp -s "$box/first" "$box/REPORT.md" || same 'written again' 'the same bytes' others

says kill 'kill: 1,999 points, 0 lost' 'mutants: 30 of 31 seeded mistakes found'
report 1 'missed' kill
has 'too few' '| ✗ 1,999 points, 0 lost | **MISSED** |'
has 'not all' '| ✗ 30 of 31 seeded mistakes found | **MISSED** |'
has 'the other part is kept' ' 1.10 x curses alone [1.00..1.20] | yes |'

says kill 'kill: many points' 'mutants: 31 of 31'
report 1 'without a figure' kill
has 'without a figure' '| 2,000, 0 lost | no figure | **MISSED** |'

says kill 'kill: 2000 points, 0 lost' 'kill: 2000 points, 3 lost' 'kill: 2000 points, 0 lost' \
	'mutants: 2 of 2'
report 1 'one of three lines' kill
has 'the line that does not hold' '| 2000 points, 0 lost<br>✗ 2000 points, 3 lost<br>2000 points, 0 lost | **MISSED** |'

says kill 'kill: 2000 points, 0 lost' 'mutants: 2 of 2'
echo 2 >"$box/ends.kill"
report 1 'ended badly' kill
has 'ended badly' '| 2000 points, 0 lost; the command ended with 2 | **MISSED** |'
rm "$box/ends.kill"
report 0 'good again' kill

says bench 'goal 6  a key   1.31 x curses alone (goal under 1.25)  missed  [1.00..1.40]'
report 1 'a goal without a cause' bench
echo 'key: The terminal takes longer.' >"$box/causes"
report 0 'a goal with its cause' none
has 'a cause' '| **MISSED**: The terminal takes longer. |'

report 2 'a part that is none' nothing

# the tree's own
MAKE=false BUILD="$box/build" OUT="$box/own" COMPILER=cc
export MAKE BUILD OUT COMPILER
[ ! -f REPORT.md ] || cp REPORT.md "$box/REPORT.md"
tests/report/report.sh "$box/REPORT.md" none >/dev/null
[ $? -lt 2 ] || same 'the targets' readable 'something else'
[ ! -f REPORT.md ] || cmp REPORT.md "$box/REPORT.md" ||
	same 'REPORT.md' "what 'make report PARTS=none' writes" 'something else'
exit $failed
