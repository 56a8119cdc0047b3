# SPDX-License-Identifier: GPL-3.0-or-later
# Judges every #include of the files given. `list` names all files that exist, so that a quoted
# name can be resolved the way the compiler does it: beside the file, then src/, then include/.

BEGIN {
	n = split(list, names, " ")
	for (i = 1; i <= n; i++)
		exists[names[i]] = 1
	may["base"] = " base "
	may["core"] = " base core "
	may["format"] = " base core format "
	may["store"] = " base core format store "
	may["exec"] = " base core format store exec "
	may["cmd"] = " base core cmd "
	may["ui"] = " base core ui "
	may["complete"] = " base core ui cmd "
	may["app"] = " base core format store exec cmd ui app "
	may["public"] = " "
	split("assert errno float inttypes limits stdalign stdarg stdbool stddef stdint stdio " \
		"stdlib string", words, " ")
	for (w in words)
		harmless[words[w] ".h"] = 1
	bad = 0
}

function say(text) {
	print FILENAME ":" FNR ": " text
	bad++
}

function layer(path,   parts) {
	if (path ~ /^include\//)
		return "public"
	if (path ~ /^src\/(app[^\/]*|main)\.[ch]$/)
		return "app"
	if (path ~ /^src\/ui\/complete[^\/]*$/)
		return "complete"
	split(path, parts, "/")
	return parts[2]
}

function is_pure(path) {
	return path ~ /^src\/core\// || path ~ /^src\/ui\/view[^\/]*$/
}

function project(name,   here, target) {
	here = FILENAME
	sub(/[^\/]*$/, "", here)
	if ((here name) in exists)
		target = here name
	else if (("src/" name) in exists)
		target = "src/" name
	else if (("include/" name) in exists)
		target = "include/" name
	return target
}

# A library has one room. Two files of a family that both include it are one too many where the
# family's rule says so: what a library leaks is leaked into one file only.
function library(name,   room, one) {
	if (name ~ /^yaml\.h$/) {
		room = "^src/format/yaml_tree\\.c$"
	} else if (name ~ /^(ncursesw?\/)?(n?curses|term|termcap|panel)\.h$/) {
		room = "^src/ui/screen[^/]*\\.c$"; one = "curses"
	} else if (name ~ /^readline\//) {
		room = "^src/ui/prompt[^/]*\\.c$"
	} else if (name ~ /^openssl\//) {
		room = "^src/base/hash\\.c$"
	} else if (name ~ /^jansson\.h$/) {
		room = "^src/format/json[^/]*\\.c$"
	} else if (name ~ /^utf8proc\.h$/) {
		room = "^src/base/utf8[^/]*\\.c$"
	} else {
		return
	}
	if (FILENAME !~ room) {
		say("includes " name ", which belongs to " room)
	} else if (one != "") {
		if (one in taken && taken[one] != FILENAME)
			say("includes " name ", which " taken[one] " does already: one file only")
		taken[one] = FILENAME
	}
}

FNR == 1 {
	mine = layer(FILENAME)
	if (!(mine in may)) {
		say("is in no layer: " mine)
		nextfile
	}
}

/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
	name = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
	quoted = substr(name, 1, 1) == "\""
	name = substr(name, 2)
	sub(/[>"].*/, "", name)
	target = project(name)
	if (name ~ /\.\.\//) {
		say("includes " name ": write it from src/")
	} else if (target == "" && quoted) {
		say("includes \"" name "\", which is not there")
	} else if (target == "") {
		library(name)
		if (is_pure(FILENAME) && !(name in harmless))
			say("includes <" name ">, but has to be pure")
	} else {
		theirs = layer(target)
		if (theirs == "complete")
			theirs = "ui"
		if (theirs != "public" && index(may[mine], " " theirs " ") == 0)
			say(mine " may not include " target)
		if (is_pure(FILENAME) && target ~ /^src\/base\/(fs|clock|proc|sys)[^\/]*$/)
			say("includes " target ", but has to be pure")
		if (is_pure(FILENAME) && mine == "ui" && theirs == "ui" && !is_pure(target))
			say("includes " target ", but a view has to be pure")
	}
}

END {
	exit bad != 0
}
