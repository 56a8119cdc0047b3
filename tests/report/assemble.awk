# SPDX-License-Identifier: GPL-3.0-or-later
# assemble.awk - REPORT.md from targets, causes, and the facts and lines of each part; see
# report.sh. Exit status 1 where a target is missed, or a goal of speed without a stated cause.
function trim(s) { gsub(/^[ \t]+|[ \t]+$/, "", s); return s }

# 1,000,000 as 1000000
function plain(s) {
	while (match(s, /[0-9],[0-9][0-9][0-9]/))
		s = substr(s, 1, RSTART) substr(s, RSTART + 2)
	return s
}

# The number before the word, or "" where there is none.
function number(line, word,   s) {
	if (!match(line, "[0-9][0-9.]* *" (word == "ratio" ? "x " : word)))
		return ""
	s = substr(line, RSTART, RLENGTH)
	match(s, /[0-9][0-9.]*/)
	return substr(s, RSTART, RLENGTH) + 0
}

# 1 it holds, 0 it does not, -1 the line has no such number
function holds(line, condition,   at, word, op, limit, n, pair) {
	if (condition ~ /^"/)
		return index(line, substr(condition, 2, length(condition) - 2)) > 0
	if (condition == "all") {
		if (!match(line, /[0-9]+ of [0-9]+/))
			return -1
		split(substr(line, RSTART, RLENGTH), pair, " of ")
		return pair[1] + 0 == pair[2] + 0
	}
	if (!match(condition, / (<|>|=|<=|>=) [0-9.]+$/)) {
		print "assemble.awk: no condition: " condition >"/dev/stderr"
		exit broken = 2
	}
	word = substr(condition, 1, RSTART - 1)
	split(substr(condition, RSTART + 1), pair, " ")
	op = pair[1]; limit = pair[2] + 0
	n = number(line, word)
	if (n == "")
		return -1
	return op == "<" ? n < limit : op == ">" ? n > limit : op == "=" ? n == limit : \
		op == "<=" ? n <= limit : n >= limit
}

function judge(line, how,   n, i, one, all, condition) {
	line = plain(line) " "
	n = split(how, condition, ";")
	all = 1
	for (i = 1; i <= n; i++) {
		one = holds(line, trim(condition[i]))
		if (one < 0)
			return -1
		if (!one)
			all = 0
	}
	return all
}

# What a line says, without its head and, of a measurement, its goal and verdict.
function figure(line) {
	sub(/^[a-z]+: /, "", line)
	sub(/^goal [0-9]+ +/, "", line)
	sub(/\(goal [^)]*\) +(met|missed)/, "", line)
	gsub(/  +/, " ", line)
	gsub(/\|/, "\\|", line)
	return trim(line)
}

# Of a row: "yes", "MISSED" or "not run"; in said each of its lines, those that do not hold marked.
function look(row,   i, part, one, seen, bad) {
	part = part_of[row]
	said = ""
	if (!(part in facts))
		return "not run"
	for (i = 1; i <= n_lines[part]; i++) {
		if (line_of[part, i] !~ pattern[row])
			continue
		one = judge(line_of[part, i], how[row])
		if (one < 0)
			continue
		said = said (seen++ ? "<br>" : "") (one ? "" : "✗ ") figure(line_of[part, i])
		if (!one)
			bad = 1
	}
	if (!seen) {
		said = "no figure"
		return "MISSED"
	}
	if (bad)
		return "MISSED"
	if (facts[part, "exit status"] != 0 && kind_of[row] == "R") {
		said = said "; the command ended with " facts[part, "exit status"]
		return "MISSED"
	}
	return "yes"
}

# Each row once, before anything is printed: the result, its figure, and what remains open.
function look_at_all(   i, row) {
	for (i = 1; i <= n_rows; i++) {
		row = rows[i]
		result[row] = look(row)
		said_of[row] = said == "" ? "-" : said
		tally[kind_of[row], result[row]]++
		if (result[row] != "yes" && !(kind_of[row] == "S" && row in cause))
			open++
	}
}

function summary(of) {
	return tally[of, "yes"] + 0 " hold, " tally[of, "MISSED"] + 0 " are missed, " \
		tally[of, "not run"] + 0 " were not run"
}

function table(of, head, rule,   i, row, part) {
	print head
	print rule
	for (i = 1; i <= n_rows; i++) {
		row = rows[i]
		part = part_of[row]
		if (kind_of[row] != of)
			continue
		printf "| %s | %s | %s | %s%s |", what[row], target[row], said_of[row], \
			result[row] == "MISSED" ? "**MISSED**" : result[row], \
			result[row] == "MISSED" && row in cause ? ": " cause[row] : ""
		if (of == "R")
			printf " `%s` | %s |", command[part], seed[part]
		printf " %s |\n", part in facts ? \
			facts[part, "commit"] ", " substr(facts[part, "date"], 1, 10) : "-"
	}
	print ""
}

function where_row(part,   k, names, n) {
	printf "| %s | `%s` | %s |", part, command[part], seed[part]
	n = split("date;commit;kernel;file system;compiler;seconds;exit status", names, ";")
	for (k = 1; k <= n; k++)
		printf " %s |", part in facts ? facts[part, names[k]] : k == 1 ? "not run" : "-"
	print ""
}

function lines_of(part,   k) {
	print "\n### " part "\n"
	for (k = 1; k <= n_stored[part]; k++)
		print "    " stored[part, k]
}

BEGIN { FS = " [|] " }
/^#/ && kind != "part" { next }
kind == "targets" && $1 == "part" {
	parts[++n_parts] = $2; command[$2] = $3; seed[$2] = $4
	next
}
kind == "targets" && NF == 7 {
	rows[++n_rows] = $2; kind_of[$2] = $1; part_of[$2] = $3; pattern[$2] = $4
	what[$2] = $5; target[$2] = $6; how[$2] = $7
	next
}
kind == "targets" && NF { print "assemble.awk: not a target: " $0 >"/dev/stderr"; exit broken = 2 }
kind == "causes" && NF {
	at = index($0, ":")
	cause[substr($0, 1, at - 1)] = trim(substr($0, at + 1))
	next
}
kind == "part" {
	facts[part] = 1
	stored[part, ++n_stored[part]] = $0
	if ($0 ~ /^\| /)
		line_of[part, ++n_lines[part]] = substr($0, 3)
	else if (match($0, /^[a-z ]+: /))
		facts[part, substr($0, 1, RLENGTH - 2)] = substr($0, RLENGTH + 1)
}

END {
	if (broken)
		exit broken
	look_at_all()
	print "# What was measured\n"
	print "Written by `make report` from what its commands print; `make report PARTS=\"kill crash\"` runs"
	print "only those anew. Targets and commands stand in tests/report/targets. Where a command prints"
	print "no figure, the target is missed.\n"
	print "**Reliability: " summary("R") ". Speed: " summary("S") ".**\n"
	print "## Reliability\n"
	table("R", "| what | target | figure | holds | command | seed | commit, date |", \
		"|---|---|---|---|---|---|---|")
	print "## Speed\n"
	print "Ratios of one run of `make bench`: medians, [lowest..highest, ratio of CPU time, pairs]. Other"
	print "work on the machine moves them; beside a goal that is missed stands the cause, once it is known.\n"
	table("S", "| goal | target | figure | holds, or the cause | commit, date |", "|---|---|---|---|---|")
	print "## What stepgate does not defend against\n"
	while ((getline text <limits) > 0)
		print text
	print "\n## What was run where\n"
	print "| part | command | seed | date | commit | kernel | file system | compiler | seconds | exit status |"
	print "|---|---|---|---|---|---|---|---|---|---|"
	for (i = 1; i <= n_parts; i++)
		where_row(parts[i])
	print "\n## What was printed\n"
	print "The lines that the figures come from. `make report` reads them again for what it does not run."
	for (i = 1; i <= n_parts; i++)
		if (parts[i] in facts)
			lines_of(parts[i])
	exit open > 0
}
