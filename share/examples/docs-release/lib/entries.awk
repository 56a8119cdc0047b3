# SPDX-License-Identifier: GPL-3.0-or-later
# Names of documents on stdin; for each that is an INDEX_MANIFEST its "- KEY: X" entries, a line
# each, fields separated by US (octal 037):
#   manifest, line of KEY, KEY, KIND, STATUS, PATH, line of PATH, UID, OWNER, UPDATED, MARKERS,
#   RAW, ROLE
# An entry ends at the next one, at a heading, at a rule. Fenced blocks, the ENTRY_SCHEMA section
# and entries whose KEY is a <PLACEHOLDER> describe entries and are none.
function value(s) {
	sub(/^[^:]*:/, "", s)
	gsub(/[\001-\037]/, " ", s)
	sub(/^ +/, "", s)
	sub(/ +$/, "", s)
	return s
}

function flush() {
	if (open && key !~ /^[<(]/)
		printf "%s\037%d\037%s\037%s\037%s\037%s\037%d\037%s\037%s\037%s\037%s\037%s\037%s\n",
			name, at, key, f["KIND"], f["STATUS"], f["PATH"], pathline, f["UID"],
			f["OWNER"], f["UPDATED"], f["MARKERS"], f["RAW"], f["ROLE"]
	open = 0
}

function take(line,   word) {
	if (line ~ /^ *- KEY:/) {
		flush()
		split("", f)
		key = value(line)
		open = 1
		at = pathline = n
	} else if (line ~ /^#/ || line ~ /^---/) {
		flush()
		if (line ~ /^#/)
			schema = line ~ /ENTRY_SCHEMA/
	} else if (open && line ~ /^ +[A-Z_]+:/) {
		word = line
		sub(/^ +/, "", word)
		sub(/:.*/, "", word)
		f[word] = value(line)
		if (word == "PATH")
			pathline = n
	}
}

{
	file = name = $0
	sub(/^\.\//, "", name)
	base = name
	sub(/.*\//, "", base)
	if (base !~ /INDEX_MANIFEST/)
		next
	n = fence = schema = 0
	while ((got = (getline line < file)) > 0) {
		n++
		if (line ~ /^ *(```|~~~)/)
			fence = !fence
		else if (!fence && (!schema || line ~ /^#/))
			take(line)
	}
	close(file)
	flush()
	if (got < 0) {
		print name ": cannot be read" > "/dev/stderr"
		exit 2
	}
}
