#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# hdr-check.sh [ROOT] - every header stands alone, and may be included twice. The public ones do so
# as C11 and as C++17, see only include/, and name no library of ours; those of src/ as C17.
set -u
root=${1:-.}
bad=0
warn='-Wall -Wextra -Wpedantic -Werror -fsyntax-only'
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# compile WHO HEADER COMMAND...: the header twice, and a name, as an empty unit is no C
compile() {
	who=$1 header=$2
	shift 2
	if ! printf '#include "%s"\n#include "%s"\nextern int hdr_check;\n' "$header" "$header" |
		"$@" - >"$log" 2>&1; then
		echo "hdr-check: $header does not stand alone as $who:"
		sed 's/^/    /' "$log"
		bad=$((bad + 1))
	fi
}

# each COMMAND words: headers below a folder, one a line, relative to that folder
each() {
	[ -d "$root/$1" ] || return 0
	(cd "$root/$1" && find . -name '*.h' | sed 's,^\./,,' | LC_ALL=C sort)
}

count=0
for header in $(each include); do
	count=$((count + 1))
	compile C11 "$header" gcc -std=c11 $warn -I "$root/include" -x c
	compile C++17 "$header" g++ -std=c++17 $warn -I "$root/include" -x c++
	if grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"](yaml|n?curses|term|readline|openssl|jansson|utf8proc)' \
		"$root/include/$header" >"$log"; then
		echo "hdr-check: include/$header shows a library to those who include it:"
		sed 's/^/    /' "$log"
		bad=$((bad + 1))
	fi
done
for header in $(each src); do
	count=$((count + 1))
	compile C17 "$header" gcc -std=c17 -D_GNU_SOURCE $warn \
		-I "$root/include" -I "$root/src" -x c
done
if [ "$bad" != 0 ]; then
	echo "hdr-check: $bad faults in $count headers"
	exit 1
fi
echo "hdr-check: $count headers stand alone"
