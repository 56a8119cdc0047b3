# SPDX-License-Identifier: GPL-3.0-or-later
# Reads one field of the flat YAML that stepgate and these scripts write: -v field=NAME, and
# -v want=scalar or list. No YAML reader: block lists, simple [a, b] lists, quoted or bare text.
function plain(s,   out, i, c) {
	sub(/^[ \t]+/, "", s)
	sub(/[ \t\r]+$/, "", s)
	if (s ~ /^'.*'$/) {
		s = substr(s, 2, length(s) - 2)
		gsub(/''/, "'", s)
		return s
	}
	if (s !~ /^".*"$/)
		return s
	s = substr(s, 2, length(s) - 2)
	out = ""
	for (i = 1; i <= length(s); i++) {
		c = substr(s, i, 1)
		if (c == "\\")
			c = substr(s, ++i, 1)
		out = out c
	}
	return out
}

function flow(s,   n, i, part) {
	count = 0
	sub(/^\[/, "", s)
	sub(/\][ \t\r]*$/, "", s)
	n = split(s, part, ",")
	for (i = 1; i <= n; i++)
		if (plain(part[i]) != "")
			item[++count] = plain(part[i])
}

{
	line = $0
	if (inside && line ~ /^ *- /) {
		if (!seen++)
			count = 0
		sub(/^ *- /, "", line)
		item[++count] = plain(line)
		next
	}
	inside = 0
	key = line
	sub(/^ */, "", key)
	if (index(key, field ":") != 1)
		next
	text = substr(key, length(field) + 2)
	if (plain(text) ~ /^</)
		next
	if (want == "scalar")
		value = plain(text)
	else if (text ~ /^[ \t]*\[/) {
		sub(/^[ \t]*/, "", text)
		flow(text)
	} else {
		inside = 1
		seen = 0
	}
}

END {
	if (want == "scalar")
		print value
	else
		for (i = 1; i <= count; i++)
			print item[i]
}
