# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for stepgate. Needs nothing but bash. The signal is never offered.

# One command a line: its names : what each argument is : its options and what their value is.
# Held to the command table (src/cmd/table.c) by tests/unit/cmd/test_completions.c.
_stepgate_rows='
# begin rows
init::--blank --owner=text
step шаг:text:--file=file --route=file --profile=file
route маршрут:file:--profile=file
no нет:text:
stop стоп:text:
record:start|stop name file*:--note=text
gates гейты::--json
brief повтори::--json
status статус::--json
ledger::--json
contract::--json
fix::--json
log:name:--json
report::--json
resume дальше::--from=phase --all
next:file text:--route=file --profile=file
history история::--json
show:seq:--json
diff:seq seq:--json
verify::--json
check:file:--plan=file --profile=file --json
restore::
adopt:text:
watch::
dump:roles|engines|contract|brief|fix|log file:
doctor::--json
help помощь:command:
# end rows
'

# Offers the words that begin as $cur does, with a space behind each.
_stepgate_words() {
	local word
	for word in "$@"; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$word ")
	done
}

_stepgate_files() {
	local file
	compopt -o filenames 2>/dev/null
	while IFS= read -r file; do
		COMPREPLY+=("$file")
	done < <(compgen -f -- "$cur")
	compopt +o nospace 2>/dev/null
}

_stepgate_names() {
	local names
	while IFS=: read -r names _; do
		[[ -z $names || $names == '#'* ]] || printf '%s\n' $names
	done <<<"$_stepgate_rows"
}

# One of the kinds of the rows.
_stepgate_kind() {
	case ${1%\*} in
	file) _stepgate_files ;;
	phase) _stepgate_words ROUTE SPC ORC CTL QA PACK VAL ;;
	command) _stepgate_words $(_stepgate_names) ;;
	*'|'*) _stepgate_words ${1//|/ } ;;
	esac
}

# The row of a command name, in args and options.
_stepgate_row() {
	local names
	while IFS=: read -r names args options; do
		[[ $names == '#'* || " $names " != *" $1 "* ]] || return 0
	done <<<"$_stepgate_rows"
	return 1
}

# In front of the command: stepgate's own options.
_stepgate_global() {
	case $prev in
	-m | -f)
		_stepgate_files
		return 0
		;;
	-c) return 0 ;;
	--color)
		_stepgate_words auto always never
		return 0
		;;
	esac
	case $cur in
	-*) _stepgate_words -m -c -f --plain --ascii --keep-going --color=auto \
		--color=always --color=never --help --version ;;
	*) _stepgate_words $(_stepgate_names) ;;
	esac
}

# Behind it: first is where the command stands.
_stepgate_command() {
	local args options option word n=0 skip=
	_stepgate_row "${words[first]}" || return 0
	for option in $options; do
		[[ $option == *=* && ${option%%=*} == "$prev" ]] || continue
		_stepgate_kind "${option#*=}"
		return 0
	done
	if [[ $cur == -* ]]; then
		for option in $options; do
			_stepgate_words "${option%%=*}"
		done
		return 0
	fi
	for word in "${words[@]:first+1:cword-first-1}"; do
		if [[ -n $skip ]]; then
			skip=
		elif [[ $word == --* ]]; then
			[[ " $options" != *" $word="* ]] || skip=1
		else
			((n += 1))
		fi
	done
	local -a kinds=($args)
	if ((n >= ${#kinds[@]})); then
		n=$((${#kinds[@]} - 1))
		((n >= 0)) && [[ ${kinds[n]} == *'*' ]] || return 0
	fi
	_stepgate_kind "${kinds[n]}"
}

_stepgate() {
	local cur prev word cword first=1
	local -a words=()
	COMPREPLY=()
	# bash breaks --file=x into three words; as two they are read like --file x
	for word in "${COMP_WORDS[@]:0:COMP_CWORD+1}"; do
		if [[ $word == = && ${#words[@]} -gt 0 && ${words[-1]} == --* ]]; then
			words+=("")
		elif [[ ${#words[@]} -gt 2 && -z ${words[-1]} ]]; then
			words[-1]=$word
		else
			words+=("$word")
		fi
	done
	cword=$((${#words[@]} - 1))
	cur=${words[cword]} prev=${words[cword - 1]}
	while ((first < cword)); do
		case ${words[first]} in
		-m | -c | -f | --color) ((first += 2)) ;;
		-*) ((first += 1)) ;;
		*) break ;;
		esac
	done
	if ((first < cword)); then
		_stepgate_command
	else
		_stepgate_global
	fi
}

complete -o nospace -F _stepgate stepgate
