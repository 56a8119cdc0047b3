# SPDX-License-Identifier: GPL-3.0-or-later
# Names of documents on stdin; a Markdown table of contents: a section a document, its headings
# as a nested list with their lines. Fenced blocks hold no headings.
function heading(line,   level, text) {
	sub(/^ +/, "", line)
	match(line, /^#+/)
	level = RLENGTH
	text = substr(line, level + 1)
	sub(/^[ \t]+/, "", text)
	sub(/[ \t\r]+$/, "", text)
	sub(/[ \t]+#+$/, "", text)
	gsub(/[\001-\037]/, " ", text)
	if (level > 6 || text == "")
		return
	printf "%s- %s (%d)\n", substr("          ", 1, 2 * (level - 1)), text, n
	count++
}

{
	file = name = $0
	sub(/^\.\//, "", name)
	printf "\n## %s\n", name
	n = fence = count = 0
	while ((got = (getline line < file)) > 0) {
		n++
		if (line ~ /^ *(```|~~~)/)
			fence = !fence
		else if (!fence && line ~ /^ ? ? ?#+[ \t]/)
			heading(line)
	}
	close(file)
	if (!count)
		print "- (no heading)"
	if (got < 0) {
		print name ": cannot be read" > "/dev/stderr"
		exit 2
	}
}
