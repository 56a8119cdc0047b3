# SPDX-License-Identifier: GPL-3.0-or-later
# Names of documents on stdin; a line each, tabs between: document, lines, words, words with a
# Cyrillic letter, words with Latin letters only, characters. The last line is the TOTAL. It reads
# bytes: D0 and D1 lead the Cyrillic letters in UTF-8, 80 to BF continue a character.
{
	file = name = $0
	sub(/^\.\//, "", name)
	lines = words = cyrillic = latin = chars = 0
	while ((got = (getline line < file)) > 0) {
		lines++
		count = split(line, word)
		words += count
		for (i = 1; i <= count; i++)
			if (word[i] ~ /[\320\321]/)
				cyrillic++
			else if (word[i] ~ /[A-Za-z]/)
				latin++
		chars += length(line) + 1 - gsub(/[\200-\277]/, "", line)
	}
	close(file)
	if (got < 0) {
		print name ": cannot be read" > "/dev/stderr"
		exit 2
	}
	printf "%s\t%d\t%d\t%d\t%d\t%d\n", name, lines, words, cyrillic, latin, chars
	all[1] += lines
	all[2] += words
	all[3] += cyrillic
	all[4] += latin
	all[5] += chars
}

END {
	printf "TOTAL\t%d\t%d\t%d\t%d\t%d\n", all[1], all[2], all[3], all[4], all[5]
}
