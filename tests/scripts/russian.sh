#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# The operator's language on the built program: who gets Russian and who does not, that nothing is
# left to translate, and that what is stored and JSON are the same bytes in either language.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"
unset LC_ALL LC_MESSAGES LANG LANGUAGE
english='RUNTIME_MANIFEST.yaml here or in a folder above'
russian='RUNTIME_MANIFEST.yaml не найден'
mkdir "$BOX/nothing"
cd "$BOX/nothing" || exit 1

# speaks TEXT NAME=VALUE...: with that environment a status where no run is says it.
speaks() {
	wanted_text=$1
	shift
	checks=$((checks + 1))
	env "$@" "$STEPGATE" status >"$BOX/out" 2>"$BOX/err"
	grep -qF -- "$wanted_text" "$BOX/err" || {
		not_ok "$*: expected: $wanted_text"
		show "$BOX/err"
	}
}

begin "Russian by the locale, whether Debian has generated it or not"
speaks "$russian" LANG=ru_RU.UTF-8
speaks "$russian" LC_ALL=ru_RU.UTF-8
speaks "$russian" LC_MESSAGES=ru_RU.UTF-8 LANG=C.UTF-8
speaks "$russian" LANG=ru_RU
speaks "$russian" LANG=ru_RU.KOI8-R
speaks "$russian" LC_ALL=C.UTF-8 LANGUAGE=ru

begin "a locale that was generated"
if localedef -i ru_RU -f UTF-8 "$BOX/ru_RU.UTF-8" 2>/dev/null; then
	speaks "$russian" LOCPATH="$BOX" LC_ALL=ru_RU.UTF-8
	speaks "$english" LOCPATH="$BOX" LC_ALL=ru_RU.UTF-8 LANGUAGE=en
fi

begin "English everywhere else"
speaks "$english" LC_ALL=C.UTF-8
speaks "$english" LC_ALL=C LANGUAGE=ru
speaks "$english" LANG=en_US.UTF-8
speaks "$english" LANG=de_DE.UTF-8
speaks "$english" LANG=ru_RU.UTF-8 LC_MESSAGES=C
speaks "$english" LANG=ru_RU.UTF-8 LC_ALL=C.UTF-8
speaks "$english" _=_

begin "a catalogue elsewhere, and none"
cp -R "$(dirname "$STEPGATE")/locale" "$BOX/locale"
speaks "$russian" LANG=ru_RU.UTF-8 STEPGATE_LOCALEDIR="$BOX/locale"
speaks "$english" LANG=ru_RU.UTF-8 STEPGATE_LOCALEDIR="$BOX/nothing"

begin "the usage and a refusal"
export LANG=ru_RU.UTF-8
exits 2 step
complains 'нельзя выполнить step: не хватает GOAL; вызов: step GOAL'
exits 2 --colour
complains 'stepgate: нет такой опции: --colour'
exits 0 help record
says 'записать ручную работу ожидаемой роли или движка'
exits 4 го
complains 'сигнал не принят'

# walk FOLDER: the example up to its second brief, at a prompt; every row of it in $BOX/screen
walk() {
	mini "$1"
	{
		ready
		printf 'send го\nwait ✓ ROUTE\n'
		ready
		printf 'send го\nwait ✓ SPC\n'
		ready
		leaves
	} >"$BOX/session"
	played
}

begin "a session at the prompt"
walk spoken
has "$BOX/screen" '«го» запустит ROUTE: прочесть и проверить'
has "$BOX/screen" 'Изменено с открытия STEP:'
has "$BOX/screen" 'нет "причина" — остановить: STOP_GAP'
hasnt "$BOX/screen" 'Changed since'
same "events" 6 "$(events)"

begin "what is stored is English, and JSON is the same in both"
for query in status brief ledger contract fix report history; do
	LC_ALL=C.UTF-8 "$STEPGATE" $query --json >"$BOX/english" 2>&1
	"$STEPGATE" $query --json >"$BOX/out" 2>&1
	checks=$((checks + 1))
	cmp -s "$BOX/english" "$BOX/out" || not_ok "$query --json is another in Russian"
done
exits 2 next FILE
exits 1 no "enough"
says 'STOP_GAP'
checks=$((checks + 1))
if sed 's/«[^»]*»//g; s/"goal":"[^"]*"//g' .stepgate/trace.jsonl RUNTIME_MANIFEST.yaml |
	grep -E 'запуст|прочест|нельзя|движк|сигнал|причин'; then
	not_ok "the trace or the manifest holds the screen's Russian"
fi

begin "nothing is left to translate"
if command -v xgettext >/dev/null 2>&1; then
	${MAKE:-make} -C "$STEPGATE_ROOT" --no-print-directory BUILD="$BOX/build" pot \
		>"$BOX/out" 2>"$BOX/err"
	checks=$((checks + 1))
	msgcmp "$STEPGATE_ROOT/share/po/ru.po" "$BOX/build/release/stepgate.pot" \
		>"$BOX/out" 2>&1 || {
		not_ok "share/po/ru.po is not complete: make po"
		show "$BOX/out"
	}
fi
finish
