#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# layers.sh ROOT [OBJECTS] - who may include whom, and that the pure parts are pure.
#
# ROOT holds src/ and include/. OBJECTS holds the compiled src/base, src/core and src/ui/view*
# (as OBJECTS/src/core/step.o); without it only the includes are looked at.
# The include rules are judged by layers.awk. Purity is judged twice: there, by the system headers
# that are included; and by pure.awk on the symbols that core and the views need, following them
# through base: whatever is reached in the end must be on its list of harmless functions.
set -u
here=$(dirname "$0")
root=${1:?usage: layers.sh ROOT [OBJECTS]}
objects=${2:-}
files=$(cd "$root" && for folder in src include; do
	[ ! -d $folder ] || find $folder -name '*.[ch]'
done | LC_ALL=C sort)
if [ -z "$files" ]; then
	echo "layers: nothing to look at in $root/src and $root/include"
	exit 1
fi
bad=0
# shellcheck disable=SC2086 # our file names hold no spaces
(cd "$root" && awk -v list="$(echo "$files" | tr '\n' ' ')" \
	-f "$OLDPWD/$here/layers.awk" $files) 2>&1 || bad=1

if [ -n "$objects" ]; then
	table=$(mktemp)
	trap 'rm -f "$table"' EXIT
	(
		cd "$objects" || exit 1
		# Not what is left of a source that has gone.
		objs=$(echo "$files" | sed -n 's/\.c$/.o/p' | while read -r obj; do
			[ ! -f "$obj" ] || echo "$obj"
		done)
		[ -n "$objs" ] || exit 0
		nm -A -P $objs | sed 's/^\([^:]*\.o\): */S \1 /'
		for obj in $(echo "$objs" | grep -E '^src/(core/|ui/view)'); do
			objdump -t "$obj" | sed -n "s,^[0-9a-f]\{16\} ......\(O\) ,D $obj ,p"
		done
	) >"$table"
	awk -f "$here/pure.awk" "$table" || bad=1
fi
[ "$bad" = 0 ] || exit 1
echo "layers: $(echo "$files" | wc -l) files keep to their rooms"
