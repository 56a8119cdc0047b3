#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# KEY:ENG.DOCS.LINKS: does each PATH of the INDEX_MANIFEST files exist, and each file that a
# document links to? All results are in LINKS.tsv; each broken one is said as file:line, and one
# is enough to fail.
#   OK           it is there, and is what KIND says
#   GAP          not there yet (or empty), and the entry says so: STATUS DRAFT, PLANNED or GAP,
#                or the marker GAP
#   KNOWN_GAP    not there, and the task's KNOWN_GAPS names the path
#   GONE         not there, and the entry is DEPRECATED
#   RAW_ONLY     no PATH, but a RAW address
#   BROKEN       anything else
# It reads the documents, not INDEX: after a repair only what failed is run again.
. "${0%/*}/../lib/docs.sh"
docs_brief
scratch

# nearest PATH: ", nearest is NAME" where a file of the same folder has almost that name.
nearest() {
	nearest_dir=$BASE/$1
	nearest_dir=${nearest_dir%/*}
	if [ ! -d "$nearest_dir" ]; then
		echo ", nor is its folder"
		return 0
	fi
	nearest_name=$(find "$nearest_dir" -mindepth 1 -maxdepth 1 |
		sed 's|.*/||' | LC_ALL=C sort |
		WANTED=${1##*/} LC_ALL=C awk -f "$LIB/nearest.awk")
	[ -z "$nearest_name" ] || echo ", nearest is $nearest_name"
}

# is_known PATH: one of the task's KNOWN_GAPS patterns fits.
is_known() {
	while IFS= read -r known; do
		# shellcheck disable=SC2254  # a pattern, on purpose
		case $1 in
		$known) return 0 ;;
		esac
	done < "$WORK/known"
	return 1
}

# escapes PATH: absolute, or with a .. in it; it may lead out of the documents.
escapes() {
	case /$1/ in
	//* | */../*) return 0 ;;
	esac
	return 1
}

# judge PATH KIND STATUS MARKERS RAW: sets state and note.
judge() {
	state=BROKEN
	note=
	if [ -z "$1" ]; then
		note="the entry has no PATH"
		if [ -n "$5" ]; then state=RAW_ONLY note=; fi
	elif escapes "$1"; then
		note="leads out of the documents"
		return 0
	elif [ "$2" = FOLDER ] && [ -d "$BASE/$1" ]; then
		state=OK
	elif [ "$2" = FOLDER ] && [ -e "$BASE/$1" ]; then
		note="KIND is FOLDER, and it is a file"
		return 0
	elif [ "$2" != FOLDER ] && [ -d "$BASE/$1" ]; then
		note="KIND is ${2:-empty}, and it is a folder"
		return 0
	elif [ -s "$BASE/$1" ]; then
		state=OK
	elif [ -e "$BASE/$1" ]; then
		note="the file is empty"
	else
		note="no such file$(nearest "$1")"
	fi
	[ "$state" = BROKEN ] || return 0
	if is_known "$1"; then
		state=KNOWN_GAP
		return 0
	fi
	case $3 in
	DEPRECATED) state=GONE ;;
	DRAFT | PLANNED | GAP) state=GAP ;;
	esac
	case $(printf '%s' "$4" | tr '[],' '   ') in
	*" GAP "*) state=GAP ;;
	esac
}

row() {
	printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$@" >> "$WORK/rows"
}

yaml_list "$BRIEF" KNOWN_GAPS > "$WORK/known"
: > "$WORK/rows"
: > "$WORK/broken"
docs_awk entries.awk > "$WORK/entries"
# shellcheck disable=SC2034  # uid, owner, updated and role only hold their places
while IFS=$US read -r file line key kind status path pathline uid owner updated markers raw \
	role; do
	judge "$path" "$kind" "$status" "$markers" "$raw"
	row "$state" "$file" "$pathline" "$key" "$path" "$note"
	[ "$state" != BROKEN ] || printf '%s/%s:%d: KEY %s: PATH %s: %s\n' \
		"$DOCS_ROOT" "$file" "$pathline" "$key" "$path" "$note" >> "$WORK/broken"
done < "$WORK/entries"

docs_awk links.awk > "$WORK/links"
while IFS=$US read -r file line target; do
	case $file in
	*/*) from=$ROOT/${file%/*} ;;
	*) from=$ROOT ;;
	esac
	case $target in
	/*) from=$BASE ;;
	esac
	state=OK note=
	if [ ! -e "$from/$target" ]; then
		state=BROKEN note="no such file"
		printf '%s/%s:%d: link to %s: %s\n' "$DOCS_ROOT" "$file" "$line" "$target" \
			"$note" >> "$WORK/broken"
	fi
	row "$state" "$file" "$line" "" "$target" "$note"
done < "$WORK/links"

{
	docs_stamp
	printf 'state\tfile\tline\tkey\tpath\tnote\n'
	LC_ALL=C sort -t "$TAB" -k2,2 -k3,3n "$WORK/rows"
} > "$STEPGATE_OUT/LINKS.tsv"
LC_ALL=C awk -F'\t' '
	{ n[$1]++ }
	END {
		printf "%d checked", NR
		m = split("OK GAP KNOWN_GAP GONE RAW_ONLY BROKEN", order, " ")
		for (i = 1; i <= m; i++)
			if (order[i] in n)
				printf ", %d %s", n[order[i]], order[i]
		print ""
	}' "$WORK/rows"
if [ -s "$WORK/broken" ]; then
	cat "$WORK/broken"
	exit 1
fi
