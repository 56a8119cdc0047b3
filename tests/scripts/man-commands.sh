#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# man-commands.sh - what the unit tests of the pages cannot see: that bash completes by the table,
# that the program's own options are those of the page and of the completions, that README.md's
# map is true, and, where zsh, fish and mandoc are installed, that they take the files. STEPGATE is
# the program, STEPGATE_ROOT the sources.
set -u
cd "${STEPGATE_ROOT:-$(dirname "$0")/../..}" || exit 1
: "${STEPGATE:?the program}"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
checks=0

not_ok() {
	echo "not ok: $*"
	failed=1
}

# same WHAT EXPECTED FOUND
same() {
	checks=$((checks + 1))
	[ "$2" = "$3" ] || not_ok "$1: expected '$2', found '$3'"
}

# --- bash ---

# offers EXPECTED WORD...: what is offered for the last word, behind the ones before it
offers() {
	expected=$1
	shift
	same "bash, stepgate $*" "$expected" "$(cd "$work" && bash --norc --noprofile -c '
		. "$1"
		shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_stepgate
		printf "%s" "${COMPREPLY[*]}" | tr -s " " | sed "s/ $//"' \
		bash "$root/share/completions/stepgate.bash" stepgate "$@")"
}

root=$(pwd)
: >"$work/route.yaml"
mkdir "$work/notes"
offers "step stop status" st
offers "шаг" ш
offers "" quit
offers "гейты" г
offers "--file --route --profile" step --
offers "--file --route --profile" шаг "цель" --
offers "--from --all" resume --
offers "ROUTE SPC ORC CTL QA PACK VAL" resume --from ""
offers "PACK" resume --from P
offers "PACK" resume --from = P
offers "route.yaml" route r
offers "route.yaml" step "a goal" --route r
offers "route.yaml" step "a goal" --route = r
offers "start stop" record ""
offers "" record start ""
offers "route.yaml" record stop SPC r
offers "route.yaml" record stop SPC A=b --note x r
offers "" show 1 ""
offers "--json" show 1 -
offers "history help" help h
offers "route.yaml" -m r
offers "step stop status" -m route.yaml st
offers "step stop status" --plain --color=never st
offers "step stop status" --color = never st
offers "auto always" --color = a
offers "--plain" --p
offers "" -c st
offers "" no_such_command ""

# --- the program's own options ---

"$STEPGATE" --help >"$work/help" || not_ok "--help exits $?"
options=$(grep -oE '(^|[^A-Za-z-])--?[a-z][a-z-]*' "$work/help" | grep -oE -- '--?[a-z-]+' | sort -u)
same "options in --help, at least" yes "$([ "$(echo "$options" | wc -l)" -ge 9 ] && echo yes)"
for option in $options; do
	checks=$((checks + 1))
	bare=${option#-}
	grep -q -- "^\.It Fl .*$bare\( \|$\)" man/stepgate.1 || not_ok "stepgate.1 has no $option"
	case $option in
	--*) long=${option#--} fish="-l $long" ;;
	*) fish="-s $bare" ;;
	esac
	grep -q -- "[ |]$option\( \|=\|$\)" share/completions/stepgate.bash ||
		not_ok "stepgate.bash has no $option"
	grep -q -- "[',{)*]${option}[]=+',}[]" share/completions/_stepgate ||
		not_ok "_stepgate has no $option"
	grep -q -- "__stepgate_first .*$fish " share/completions/stepgate.fish ||
		not_ok "stepgate.fish has no $option"
done

# Each command that help lists is in the page, in both languages.
"$STEPGATE" --ascii help >"$work/list" || not_ok "help exits $?"
for name in init step record gates resume verify check quit шаг помощь выход; do
	checks=$((checks + 1))
	grep -qF "$name" "$work/list" || not_ok "help does not list $name"
	grep -qE "^\.(Ic|Pq also Ic) (.* )?$name( |$)" man/stepgate.1 || not_ok "stepgate.1: $name"
done

# --- README.md ---

# What the map, the links and the targets name is there.
sed -n '/^## The map/,/^## /s/^    \([a-z][^ ]*\) .*/\1/p' README.md >"$work/map"
grep -oE 'tests/[a-z]+/' README.md >>"$work/map"
grep -oE '\]\([^)]*\)' README.md | sed 's/^](//; s/)$//' >>"$work/map"
same "paths in README.md, at least" yes "$([ "$(wc -l <"$work/map")" -ge 20 ] && echo yes)"
while IFS= read -r path; do
	checks=$((checks + 1))
	[ -e "$path" ] || not_ok "README.md names $path, which is not there"
done <"$work/map"
for target in $(grep -oE '`make [a-z-]+`' README.md | sed 's/`make //; s/`//'); do
	checks=$((checks + 1))
	grep -q "^$target:" Makefile || not_ok "README.md names make $target, which is none"
done

# --- what is installed ---

if command -v zsh >/dev/null; then
	zsh -fn share/completions/_stepgate || not_ok "zsh does not take _stepgate"
fi
if command -v fish >/dev/null; then
	same "fish, st" "status step stop" "$(HOME=$work XDG_CONFIG_HOME=$work fish --no-config -c '
		source share/completions/stepgate.fish
		complete -C "stepgate st"' | cut -f1 | sort | tr '\n' ' ' | sed 's/ $//')"
fi
if command -v mandoc >/dev/null; then
	for page in man/*.[15]; do
		checks=$((checks + 1))
		mandoc -T lint -W warning "$page" >"$work/lint" 2>&1 || not_ok "$(cat "$work/lint")"
	done
fi

[ "$failed" -eq 0 ] || exit 1
echo "ok man-commands ($checks checks)"
