#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The operator's settings: where their file is, what wins over it, and what a slip in it does.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"

config=$XDG_CONFIG_HOME/stepgate/config
mkdir -p "$XDG_CONFIG_HOME/stepgate"
mini run

begin "no file, an empty one and one of comments set nothing"
exits 0 status
cp "$BOX/out" "$BOX/before"
for text in '' '# nothing'; do
	printf '%s\n' "$text" >"$config"
	exits 0 status
	cmp -s "$BOX/out" "$BOX/before" || not_ok "'$text' changed the rows"
done

begin "what is set holds for every command"
echo 'ascii = yes' >"$config"
exits 0 status
! LC_ALL=C grep -q '…' "$BOX/out" || not_ok "expected no glyph"
echo 'color = always' >"$config"
exits 0 status
grep -q "$(printf '\033')" "$BOX/out" || not_ok "expected colours"

begin "options and environment win over it"
exits 0 --color=never status
! grep -q "$(printf '\033')" "$BOX/out" || not_ok "--color=never: expected no colours"
NO_COLOR=1
export NO_COLOR
exits 0 status
! grep -q "$(printf '\033')" "$BOX/out" || not_ok "NO_COLOR: expected no colours"
unset NO_COLOR
echo 'color = never' >"$config"
exits 0 --color=always status
grep -q "$(printf '\033')" "$BOX/out" || not_ok "--color=always: expected colours"

begin "its language wins over the locale, LANGUAGE over both"
echo 'language = ru' >"$config"
exits 0 status
says 'запустит ROUTE'
exits 2 nonsense
complains 'нет такой команды'
LANGUAGE=en
export LANGUAGE
exits 0 status
says 'starts ROUTE'
unset LANGUAGE
echo 'language = en' >"$config"
LC_ALL=ru_RU.UTF-8
exits 0 status
says 'starts ROUTE'
rm "$config"
exits 0 status
says 'запустит ROUTE'
LC_ALL=C.UTF-8

begin "what JSON says does not follow it"
echo 'language = ru' >"$config"
exits 0 status --json
mv "$BOX/out" "$BOX/json"
rm "$config"
exits 0 status --json
cmp -s "$BOX/out" "$BOX/json" || not_ok "expected the same JSON"

begin "a slip is an error at its line, and nothing is done"
printf 'ui = plain\n\ncolour = never\n' >"$config"
exits 3 status
complains "$config:3:1:"
complains 'there is no setting "colour"'
exits 3 init --blank
printf 'color = blue\n' >"$config"
exits 3 verify
complains "$config:1:9:"
complains 'expected auto|always|never, found "blue"'
exits 0 --version
exits 0 --help
says "config"

begin "a file that cannot be read is an error, too"
rm "$config"
mkdir "$config"
exits 3 status
complains "$config"
rmdir "$config"
head -c 70000 /dev/zero | tr '\0' '#' >"$config"
exits 3 status
complains "$config"
rm "$config"

begin "it is looked for below HOME where XDG_CONFIG_HOME is not set, and a relative one is none"
unset XDG_CONFIG_HOME
HOME=$BOX/home
export HOME
mkdir -p "$HOME/.config/stepgate"
echo 'ascii = yes' >"$HOME/.config/stepgate/config"
exits 0 status
! LC_ALL=C grep -q '…' "$BOX/out" || not_ok "expected no glyph"
XDG_CONFIG_HOME=relative
export XDG_CONFIG_HOME
exits 0 status
! LC_ALL=C grep -q '…' "$BOX/out" || not_ok "expected no glyph"
unset HOME XDG_CONFIG_HOME
exits 0 status
says '…'

finish
