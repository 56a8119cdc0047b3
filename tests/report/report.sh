#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# report.sh REPORT [PART...] - runs the parts of tests/report/targets, all or only those named, and
# writes REPORT.md anew after each, so that an interrupted run loses nothing. What a part printed
# goes whole to $OUT/PART.txt; the lines that matter, with where and when, stand at the end of
# REPORT.md, and from there come those of the parts that are not run. PART none: writes it only.
# Called by the Makefile with MAKE, BUILD, OUT and COMPILER; TARGETS and CAUSES may name other files.
# Exit status: 0 all holds or says why it does not, 1 something does not, 2 it could not be written.
set -u
: "${MAKE:?}" "${BUILD:?}" "${OUT:?}"
report=$1
shift
here=tests/report
targets=${TARGETS:-$here/targets} causes=${CAUSES:-$here/causes}
root=$(pwd -P)
mkdir -p "$OUT" || exit 2

fs_of() { df --output=fstype "$1" 2>/dev/null | tail -n 1; }

# Nothing of this machine's own names and paths may get into the report.
public() {
	sed -e "s|$root/||g" -e "s|$BUILD/|build/|g" -e "s|${TMPDIR:-/tmp}/[^ ]*|TMP|g" \
		-e 's,/\(tmp\|home\|root\)/[^ ]*,PATH,g' -e "s/\\<$(uname -n)\\>/HOST/g"
}

commit() {
	changed=$(git status --porcelain -- Makefile include src tests 2>/dev/null | head -n 1)
	echo "$(git rev-parse --short HEAD 2>/dev/null || echo unknown)${changed:+ and changes}"
}

field() { # PART N
	awk -F ' [|] ' -v part="$1" -v n="$2" '$1 == "part" && $2 == part { print $n }' "$targets"
}

# The lines that one of the part's figures may come from.
lines() { # PART
	awk -F ' [|] ' -v part="$1" '
		NR == FNR { if (NF == 7 && $3 == part) line[++n] = $4; next }
		{ for (i = 1; i <= n; i++) if ($0 ~ line[i]) { print "| " $0; break } }
	' "$targets" FS='\n' "$OUT/$1.txt"
}

# The fuzz targets are clang's, whatever builds the rest.
compiler_of() { # PART
	[ "$1" = fuzz ] && echo clang || echo "${COMPILER:-cc}"
}

facts() { # PART COMMAND STATUS SECONDS LOAD
	cat <<-END
	command: $2
	seed: $(field "$1" 4)
	date: $(date -u '+%Y-%m-%d %H:%M') UTC
	commit: $(commit)
	kernel: $(uname -s) $(uname -r) $(uname -m), $(nproc) processors, load $5 before
	file system: $(fs_of "${TMPDIR:-/tmp}") for temporary files, $(fs_of "$BUILD") for the build, $(fs_of /dev/shm) for /dev/shm
	compiler: $("$(compiler_of "$1")" --version | head -n 1)
	seconds: $4
	exit status: $3
	END
}

run() { # PART
	command=$(field "$1" 3)
	[ -n "$command" ] || { echo "report: there is no part $1" >&2; return 2; }
	echo "-- $1: $command"
	load=$(cut -d ' ' -f 1 /proc/loadavg) from=$(date +%s)
	# shellcheck disable=SC2086 # it is a list of words
	$MAKE BUILD="$BUILD" ${command#make } >"$OUT/$1.txt" 2>&1
	status=$?
	{
		facts "$1" "$command" "$status" $(($(date +%s) - from)) "$load"
		lines "$1"
		[ "$status" = 0 ] || tail -n 3 "$OUT/$1.txt" | cut -c 1-200 | sed 's/^/! /'
	} | public >"$OUT/$1.part"
	sed -n 's/^[|!] /   /p' "$OUT/$1.part"
}

# Each part's facts and lines as they stand in the report, indented below its name.
take() {
	rm -f "$OUT"/*.part
	[ -f "$report" ] || return 0
	awk -v out="$OUT" '
		/^## / { printed = $0 == "## What was printed" }
		printed && /^### / { part = $2 }
		printed && part && /^    / { print substr($0, 5) >(out "/" part ".part") }
	' "$report"
}

assemble() {
	set --
	# shellcheck disable=SC2013 # it is a list of words
	for part in $(awk -F ' [|] ' '$1 == "part" { print $2 }' "$targets"); do
		[ ! -s "$OUT/$part.part" ] || set -- "$@" "part=$part" "$OUT/$part.part"
	done
	awk -v limits="$here/limits.md" -f "$here/assemble.awk" kind=targets "$targets" \
		kind=causes "$causes" kind=part "$@" >"$OUT/report.md"
	code=$?
	[ "$code" -lt 2 ] && mv "$OUT/report.md" "$report" || return 2
	return "$code"
}

take
# shellcheck disable=SC2046 # it is a list of words
[ $# -gt 0 ] || set -- $(awk -F ' [|] ' '$1 == "part" { print $2 }' "$targets")
[ "$1" != none ] || shift
for part; do
	run "$part" || exit 2
	assemble
	[ $? -lt 2 ] || exit 2
done
assemble
code=$?
sed -n 's/^\*\*\(.*\)\*\*$/report: \1/p' "$report"
exit "$code"
