# SPDX-License-Identifier: GPL-3.0-or-later
# Compares two release lists: retired keys, the last list, the list of now, in this order.
# Writes lines that begin with SAY (a sum), ROW (a difference) or BAD (a finding).
FILENAME ~ /retired$/ {
	retired[$0] = 1
	next
}

FILENAME ~ /last$/ {
	if ($1 == "DOC") {
		old[$2] = $3
		oldwords += $3
		olddocs++
	} else if ($1 == "KEY")
		oldkey[$2 "\t" $3] = 1
	next
}

$1 == "DOC" {
	words += $3
	docs++
	if (!($2 in old))
		row[++rows] = "- new document: " $2 ", " $3 " words"
	else if (old[$2] != $3)
		row[++rows] = sprintf("- %s: %d words, %+d", $2, $3, $3 - old[$2])
	delete old[$2]
}

$1 == "KEY" {
	if (!(($2 "\t" $3) in oldkey)) {
		newkeys++
		if (first == "0")
			row[++rows] = "- new KEY: " $3 " of " $2
	}
	delete oldkey[$2 "\t" $3]
	keys++
}

# for-in has no order of its own; the report must be the same each time.
function sorted(set, out,   n, i, j, t, k) {
	n = 0
	for (k in set)
		out[++n] = k
	for (i = 2; i <= n; i++) {
		t = out[i]
		for (j = i - 1; j >= 1 && out[j] > t; j--)
			out[j + 1] = out[j]
		out[j + 1] = t
	}
	return n
}

END {
	if (first != "0") {
		printf "SAY - first release: %d documents, %d words, %d keys\n",
			docs, words, keys
		exit
	}
	printf "SAY - documents: %d, %+d\n", docs, docs - olddocs
	printf "SAY - words: %d, %+d\n", words, words - oldwords
	for (i = 1; i <= rows; i++)
		print "ROW " row[i]
	n = sorted(old, gone)
	for (i = 1; i <= n; i++)
		print "ROW - document gone: " gone[i] ", " old[gone[i]] " words"
	m = sorted(oldkey, lost)
	for (i = 1; i <= m; i++) {
		split(lost[i], part, "\t")
		if (part[2] in retired)
			print "ROW - KEY retired: " part[2] " of " part[1]
		else
			printf "BAD KEY %s of %s was in the last release and is gone\n",
				part[2], part[1]
	}
	printf "SAY - keys: %d, %d new, %d gone\n", keys, newkeys, m
	if (oldwords > 0 && (oldwords - words) * 100 > max * oldwords)
		printf "BAD %d of %d words are gone, more than %d per cent\n",
			oldwords - words, oldwords, max
}
