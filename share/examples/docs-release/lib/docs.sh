# SPDX-License-Identifier: GPL-3.0-or-later
# What the roles and engines of docs-release share. Sourced, never run.
#
# stepgate starts each script in the manifest's folder with STEPGATE_IN, STEPGATE_OUT and
# STEPGATE_MANIFEST set. A script that ends with another status than 0 has failed, and none of
# its outputs counts; so every doubt ends in die, and no message is lost in a pipe.

set -eu
LC_ALL=C.UTF-8
export LC_ALL
LIB=${0%/*}/../lib
US=$(printf '\037')     # between fields; a tab would let the shell swallow empty ones
TAB=$(printf '\t')

# The log, also where a function's own output goes to a file.
exec 3>&1

# die MESSAGE: in a subshell it ends only that one, so callers add || exit 1.
die() {
	printf '%s\n' "$*" >&3
	exit 1
}

need() {
	for need_name in "$@"; do
		eval "[ -n \"\${$need_name:-}\" ]" ||
			die "$need_name is not set: run this through stepgate"
	done
}

# A private folder that is gone when the script ends.
scratch() {
	WORK=$(mktemp -d "${TMPDIR:-/tmp}/docs-release.XXXXXX") || die "no scratch folder"
	trap 'rm -rf "$WORK"' EXIT
	trap 'exit 130' INT TERM
}

# yaml_get FILE FIELD: the value of the last line "FIELD: value" that is no <placeholder>.
yaml_get() {
	LC_ALL=C awk -v field="$2" -v want=scalar -f "$LIB/yaml.awk" "$1"
}

# yaml_list FILE FIELD: the items of the list FIELD, one a line.
yaml_list() {
	LC_ALL=C awk -v field="$2" -v want=list -f "$LIB/yaml.awk" "$1"
}

# yaml_str TEXT: TEXT as a double-quoted YAML string.
yaml_str() {
	printf '"%s"' "$(printf '%s' "$1" | tr -d '\000-\037\177' | sed 's/[\\"]/\\&/g')"
}

# yaml_items FIELD INDENT <lines>: a YAML list of the lines on stdin, [] if there are none.
yaml_items() {
	yaml_any=
	while IFS= read -r yaml_item; do
		[ -n "$yaml_any" ] || printf '%s%s:\n' "$2" "$1"
		yaml_any=1
		printf '%s  - %s\n' "$2" "$(yaml_str "$yaml_item")"
	done
	[ -n "$yaml_any" ] || printf '%s%s: []\n' "$2" "$1"
}

# input NAME: the path of the present output NAME, be it NAME or NAME.<ext>.
input() {
	for input_file in "$STEPGATE_IN/$1" "$STEPGATE_IN/$1".*; do
		if [ -f "$input_file" ]; then
			printf '%s\n' "$input_file"
			return 0
		fi
	done
	die "$1 is not among the present outputs"
}

# Reads BRIEF_TOKEN: DOCS_ROOT (as given), ROOT (absolute), BASE (absolute: where PATHs begin).
docs_brief() {
	need STEPGATE_IN STEPGATE_OUT
	BRIEF=$(input BRIEF_TOKEN) || exit 1
	DOCS_ROOT=$(yaml_get "$BRIEF" DOCS_ROOT)
	[ -n "$DOCS_ROOT" ] || die "BRIEF_TOKEN has no DOCS_ROOT"
	docs_root "$DOCS_ROOT" "$(yaml_get "$BRIEF" PATH_BASE)"
}

# docs_root ROOT BASE: sets ROOT and BASE; an empty BASE is the root itself.
docs_root() {
	[ -d "$1" ] || die "$1: the documents root is no folder"
	ROOT=$(cd -- "$1" && pwd -P)
	docs_base=${2:-$1}
	[ -d "$docs_base" ] || die "$docs_base: the path base is no folder"
	BASE=$(cd -- "$docs_base" && pwd -P)
}

# The documents under ROOT, one ./path a line, in byte order. stepgate's own files are none.
# Lines can only hold names without control characters: docs_names_ok sees to that.
docs_list() {
	(cd "$ROOT" && find . \( -name .git -o -name .stepgate \) -prune -o \
		-type f -name '*.md' ! -path './RUNTIME_MANIFEST*' \
		! -path ./CHANGELOG.md -print) |
		LC_ALL=C sort
}

# Refuses names that the lists and reports here could not carry: control characters, no UTF-8.
docs_names_ok() {
	names_bad=$(cd "$ROOT" && find . -name '*[[:cntrl:]]*' -print | head -n 1 | cat -v)
	[ -n "$names_bad" ] || names_bad=$(docs_list | grep -axv '.*' | head -n 1 | cat -v)
	[ -z "$names_bad" ] || die "$DOCS_ROOT/${names_bad#./}: rename it: no plain UTF-8 name"
}

# One number for names and contents of all documents: equal only if nothing was edited between.
docs_fingerprint() {
	(cd "$ROOT" && docs_list | tr '\n' '\0' | xargs -0 cksum) | cksum | tr ' ' '-'
}

# docs_awk PROGRAM: runs lib/PROGRAM over the documents; cwd is ROOT, so names are short.
docs_awk() {
	docs_prog=$(cd -- "$LIB" && pwd -P)/$1
	docs_names_ok
	docs_list > "$WORK/list"
	[ -s "$WORK/list" ] || die "$DOCS_ROOT: no document (*.md) in it"
	(cd "$ROOT" && LC_ALL=C awk -f "$docs_prog" "$WORK/list") || die "$DOCS_ROOT: $1 failed"
}

# The first line of each engine's output says which documents it was made from.
docs_stamp() {
	printf '# DOCS %s\n' "$(docs_fingerprint)"
}

# The same line in a Markdown output, where a bare # would be a heading.
docs_stamp_md() {
	printf '<!-- %s -->\n' "$(docs_stamp)"
}

# The files of the manifest's folder outside the documents root, with checksums. What stepgate
# itself writes there is left out.
tree_outside() {
	tree_here=$(pwd -P)
	case $ROOT in
	"$tree_here") tree_skip=. ;;
	"$tree_here"/*) tree_skip=./${ROOT#"$tree_here"/} ;;
	*) tree_skip= ;;
	esac
	tree_own=./$(basename "$STEPGATE_MANIFEST")
	find . \( -name .git -o -name .stepgate \) -prune -o -type f \
		! -path './RUNTIME_MANIFEST*' ! -path './.RUNTIME_MANIFEST*' ! -path ./CHANGELOG.md -print | LC_ALL=C sort |
		SKIP=$tree_skip OWN=$tree_own LC_ALL=C awk '
			BEGIN { skip = ENVIRON["SKIP"]; own = ENVIRON["OWN"] }
			skip != "" && index($0, skip "/") == 1 { next }
			$0 != own { print }' |
		tr '\n' '\0' | xargs -0 -r cksum --
}

# Writes TREE_BEFORE, which CTL compares with the end.
tree_before() {
	{
		echo "# the manifest's folder without $DOCS_ROOT: checksum, size, file"
		tree_outside
	} > "$STEPGATE_OUT/TREE_BEFORE.txt"
}
