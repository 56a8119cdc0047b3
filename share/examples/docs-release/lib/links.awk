# SPDX-License-Identifier: GPL-3.0-or-later
# Names of documents on stdin; their Markdown links [text](target) to other files, one a line:
# document, line, target as a path, separated by US (octal 037). Links with a scheme or to an
# anchor of the same page lead to no file; what stands in code is no link.
function digit(c) {
	return index("0123456789abcdef", tolower(c)) - 1
}

function decode(s,   out, c) {
	out = ""
	while (match(s, /%[0-9A-Fa-f][0-9A-Fa-f]/)) {
		c = digit(substr(s, RSTART + 1, 1)) * 16 + digit(substr(s, RSTART + 2, 1))
		out = out substr(s, 1, RSTART - 1) (c < 32 ? "?" : sprintf("%c", c))
		s = substr(s, RSTART + 3)
	}
	return out s
}

function target(s) {
	if (s ~ /^</) {
		sub(/^</, "", s)
		sub(/>.*/, "", s)
	} else
		sub(/[ \t].*/, "", s)
	sub(/[#?].*/, "", s)
	return decode(s)
}

function scan(line,   s, t) {
	gsub(/`[^`]*`/, "", line)
	while (match(line, /\]\([^()]*(\([^()]*\)[^()]*)*\)/)) {
		s = substr(line, RSTART + 2, RLENGTH - 3)
		line = substr(line, RSTART + RLENGTH)
		if (s ~ /^[A-Za-z][A-Za-z0-9+.-]*:/)
			continue
		t = target(s)
		gsub(/[\001-\037]/, "?", t)
		if (t != "")
			printf "%s\037%d\037%s\n", name, n, t
	}
}

{
	file = name = $0
	sub(/^\.\//, "", name)
	n = fence = 0
	while ((got = (getline line < file)) > 0) {
		n++
		if (line ~ /^ *(```|~~~)/)
			fence = !fence
		else if (!fence)
			scan(line)
	}
	close(file)
	if (got < 0) {
		print name ": cannot be read" > "/dev/stderr"
		exit 2
	}
}
