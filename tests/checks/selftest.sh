#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# selftest.sh layers|hdr-check|style [CC] - a check that never refuses is worth nothing: each is
# given small trees that break one rule, and must refuse every one, and one that breaks none.
set -eu
check=$1 cc=${2:-cc}
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# A tree that keeps all rules.
tree() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/include/stepgate" "$work/tree/src/base" "$work/tree/src/core" \
		"$work/tree/src/format" "$work/tree/src/ui" "$work/tree/src/exec" "$work/tree/src/cmd"
	cd "$work/tree"
	put include/stepgate/types.h '#ifndef T_H' '#define T_H' 'struct sg_t { int a; };' '#endif'
	put src/base/err.h '#ifndef E_H' '#define E_H' 'int sg_err_put(char *to);' '#endif'
	put src/base/err.c '#include "base/err.h"' '#include <stdio.h>' \
		'int sg_err_put(char *to) { return snprintf(to, 3, "x"); }'
	put src/core/step.h '#ifndef S_H' '#define S_H' '#include <stepgate/types.h>' \
		'int sg_step(const struct sg_t *t);' '#endif'
	put src/core/step.c '#include "core/step.h"' '#include "base/err.h"' '#include <string.h>' \
		'static const char *const names[] = {"a", "b"};' \
		'int sg_step(const struct sg_t *t)' '{' '	char b[9];' \
		'	return (int)strlen(names[t->a]) + sg_err_put(b);' '}'
	put src/format/yaml_tree.c '#include <yaml.h>'
	put src/ui/screen.c '#include <curses.h>'
	put src/ui/prompt.c '#include <readline/readline.h>'
	put src/ui/complete.c '#include "cmd/table.h"'
	put src/cmd/table.h '#include "core/step.h"'
	put src/app.c '#include "ui/view.h"' '#include "exec/spawn.h"'
	put src/ui/view.h '#include "core/step.h"'
	put src/exec/spawn.h '#include "core/step.h"'
}

put() { # FILE LINE...
	file=$1
	shift
	printf '%s\n' '/* SPDX-License-Identifier: GPL-3.0-or-later */' "$@" >"$file"
}

objects() {
	for source in src/base/*.c src/core/*.c; do
		mkdir -p "$work/obj/$(dirname "$source")"
		$cc -O2 -fPIE -fdata-sections -D_GNU_SOURCE -Iinclude -Isrc -c \
			-o "$work/obj/${source%.c}.o" "$source"
	done
}

run() {
	case $check in
	layers)
		rm -rf "$work/obj"
		objects
		(cd "$here/../.." && tests/checks/layers.sh "$work/tree" "$work/obj")
		;;
	*) (cd "$here/../.." && "tests/checks/$check.sh" "$work/tree") ;;
	esac >"$work/log" 2>&1
}

accepts() {
	if ! run; then
		echo "selftest: $check refused what is right:"
		sed 's/^/    /' "$work/log"
		failed=1
	fi
}

# refuses WHAT-IT-SAYS: and for that reason, not for another
refuses() {
	if run; then
		echo "selftest: $check let pass: $1"
		failed=1
	elif ! grep -qF -- "$1" "$work/log"; then
		echo "selftest: $check refused, but did not say: $1"
		sed 's/^/    /' "$work/log"
		failed=1
	fi
	tree
}

tree
accepts
case $check in
layers)
	put src/base/up.c '#include "core/step.h"'
	refuses 'base may not include src/core/step.h'
	put src/core/up.c '#include "exec/spawn.h"'
	refuses 'core may not include src/exec/spawn.h'
	put src/cmd/side.c '#include "ui/view.h"'
	refuses 'cmd may not include src/ui/view.h'
	put src/ui/side.c '#  include "cmd/table.h"'
	refuses 'ui may not include src/cmd/table.h'
	put include/stepgate/leak.h '#include "core/step.h"'
	refuses 'public may not include src/core/step.h'
	put src/format/other.c '#include <yaml.h>'
	refuses 'other.c:2: includes yaml.h'
	put src/ui/screen_two.c '#include <ncurses.h>'
	refuses 'one file only'
	put src/ui/plain.c '#include <readline/history.h>'
	refuses 'includes readline/history.h'
	put src/core/sum.c '#include <openssl/sha.h>'
	refuses 'includes openssl/sha.h'
	put src/format/tree.c '#include <jansson.h>'
	refuses 'includes jansson.h'
	put src/core/clock.c '#include <time.h>'
	refuses 'includes <time.h>, but has to be pure'
	put src/ui/view_log.c '#include <unistd.h>'
	refuses 'includes <unistd.h>, but has to be pure'
	put src/ui/view_log.c '#include "ui/pane.h"'
	put src/ui/pane.h
	refuses 'a view has to be pure'
	put src/core/out.c '#include <stdio.h>' 'int out(void); int out(void) { return puts("x"); }'
	refuses 'src/core/out.c: needs puts, which is not pure'
	put src/core/env.c '#include <stdlib.h>' \
		'const char *env(void); const char *env(void) { return getenv("X"); }'
	refuses 'needs getenv, which is not pure'
	put src/base/err.c '#include "base/err.h"' '#include <time.h>' \
		'int sg_err_put(char *to) { return to[0] + (int)time(0); }'
	refuses 'needs time (used by src/core/step.c), which is not pure'
	put src/core/state.c 'int count(void); int count(void) { static int n; return n++; }'
	refuses 'src/core/state.c: keeps state in'
	put src/other.c ''
	refuses 'is in no layer'
	put src/core/lost.c '#include "core/lost.h"'
	refuses 'which is not there'
	;;
hdr-check)
	put include/stepgate/needs.h '#ifndef N_H' '#define N_H' 'size_t sg_n(void);' '#endif'
	refuses 'does not stand alone as C11'
	put include/stepgate/word.h '#ifndef N_H' '#define N_H' 'int sg_n(int class);' '#endif'
	refuses 'does not stand alone as C++17'
	put include/stepgate/lib.h '#include <yaml.h>'
	refuses 'shows a library'
	put src/core/twice.h 'struct twice { int a; };'
	refuses 'does not stand alone as C17'
	;;
style)
	put src/core/wide.c "$(printf '\t/* %090d */' 0)"
	refuses 'wide.c:2: is wider than 96 columns'
	put src/core/word.c "/* TO""DO */"
	refuses 'means: not done'
	put src/core/long.c 'int f(void)' '{' "$(yes '	f();' | head -n 81)" '}'
	refuses 'ends a function of 81 lines'
	put src/core/long.c "$(yes 'int a;' | head -n 600)"
	refuses 'longer than 600 lines'
	echo 'int a;' >src/core/free.c
	refuses 'no licence line'
	;;
esac
[ "$failed" = 0 ] || exit 1
