# SPDX-License-Identifier: GPL-3.0-or-later
# Names on stdin; prints the one nearest to ENVIRON["WANTED"], if it is near enough to be a slip
# of the pen: at most 4 bytes inserted, dropped or changed.
function distance(a, b,   la, lb, i, j, cost, row, old, up) {
	la = length(a)
	lb = length(b)
	if (la - lb > 4 || lb - la > 4)
		return 99
	for (j = 0; j <= lb; j++)
		row[j] = j
	for (i = 1; i <= la; i++) {
		old = row[0]
		row[0] = i
		for (j = 1; j <= lb; j++) {
			up = row[j]
			cost = old + (substr(a, i, 1) != substr(b, j, 1))
			if (up + 1 < cost)
				cost = up + 1
			if (row[j - 1] + 1 < cost)
				cost = row[j - 1] + 1
			row[j] = cost
			old = up
		}
	}
	return row[lb]
}

BEGIN {
	wanted = ENVIRON["WANTED"]
	best = 5
}

{
	d = distance(wanted, $0)
	if (d < best) {
		best = d
		name = $0
	}
}

END {
	if (best < 5)
		print name
}
