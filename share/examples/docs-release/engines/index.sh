#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# KEY:ENG.DOCS.INDEX: every "- KEY:" entry of every INDEX_MANIFEST, as INDEX.tsv. It fails where
# an entry has no KEY, or a KEY stands twice in one manifest: an index that names two things
# alike leads nowhere.
. "${0%/*}/../lib/docs.sh"
docs_brief
scratch

docs_awk entries.awk > "$WORK/entries"
[ -s "$WORK/entries" ] || die "$DOCS_ROOT: no \"- KEY:\" entry in any INDEX_MANIFEST"
LC_ALL=C awk -F"$US" -v root="$DOCS_ROOT" '
	$3 == "" { printf "%s/%s:%d: entry without a KEY\n", root, $1, $2 }
	$3 != "" && ($1, $3) in seen {
		printf "%s/%s:%d: KEY %s stands twice, first in line %d\n", root, $1, $2, $3,
			seen[$1, $3]
	}
	!(($1, $3) in seen) { seen[$1, $3] = $2 }' "$WORK/entries" > "$WORK/bad"
if [ -s "$WORK/bad" ]; then
	cat "$WORK/bad"
	die "$(awk 'END { print NR }' "$WORK/bad") entries cannot be indexed"
fi
{
	docs_stamp
	printf 'manifest\tline\tkey\tkind\tstatus\tpath\tuid\towner\tupdated\tmarkers\trole\n'
	LC_ALL=C awk -F"$US" '{
		printf "%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n",
			$1, $2, $3, $4, $5, $6, $8, $9, $10, $11, $13
	}' "$WORK/entries"
} > "$STEPGATE_OUT/INDEX.tsv"
LC_ALL=C awk -F"$US" '
	{ n++; if (!($1 in m)) { m[$1] = 1; k++ } }
	END { printf "%d entries of %d INDEX_MANIFEST files\n", n, k }' "$WORK/entries"
