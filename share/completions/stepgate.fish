# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for stepgate. The signal is never offered.

# The command on the line, behind stepgate's own options; fails where there is none yet.
function __stepgate_command
    set -l skip
    for word in (commandline -opc)[2..-1]
        if set -q skip[1]
            set -e skip
        else if contains -- $word -m -c -f
            set skip 1
        else if not string match -q -- '-*' $word
            echo $word
            return 0
        end
    end
    return 1
end

function __stepgate_first
    not __stepgate_command >/dev/null
end

function __stepgate_on
    contains -- (__stepgate_command; or echo -) $argv
end

complete -c stepgate -f
complete -c stepgate -n __stepgate_first -s m -r -F -d 'the manifest'
complete -c stepgate -n __stepgate_first -s c -x -d 'do this command line'
complete -c stepgate -n __stepgate_first -s f -r -F -d 'do the commands of this file'
complete -c stepgate -n __stepgate_first -l plain -d 'the line prompt'
complete -c stepgate -n __stepgate_first -l ascii -d 'no glyphs beyond ASCII'
complete -c stepgate -n __stepgate_first -l keep-going -d 'a batch goes on behind a failure'
complete -c stepgate -n __stepgate_first -l color -x -a 'auto always never' -d 'colours'
complete -c stepgate -n __stepgate_first -s h -l help -d 'say how to call it'
complete -c stepgate -n __stepgate_first -l version -d 'say which version it is'

# Held to the command table (src/cmd/table.c) by tests/unit/cmd/test_completions.c.
# begin rows
complete -c stepgate -n __stepgate_first -a init -d 'start a run here: RUNTIME_MANIFEST.yaml and its trace'
complete -c stepgate -n '__stepgate_on init' -l blank -d 'only the DEFAULT TEMPLATE, no run'
complete -c stepgate -n '__stepgate_on init' -l owner -x -d 'OWNER of the session'
complete -c stepgate -n __stepgate_first -a step -d 'open a STEP'
complete -c stepgate -n __stepgate_first -a шаг -d 'open a STEP'
complete -c stepgate -n '__stepgate_on step шаг' -l file -r -F -d 'ACTIVE_FILE, beneath the manifest\'s folder'
complete -c stepgate -n '__stepgate_on step шаг' -l route -r -F -d 'the ROUTE_TOKEN that ROUTE reads'
complete -c stepgate -n '__stepgate_on step шаг' -l profile -r -F -d 'the PROFILE in place of profiles/<PROFILE_KEY>.yaml'
complete -c stepgate -n __stepgate_first -a route -d 'name the route that the phase ROUTE will read'
complete -c stepgate -n __stepgate_first -a маршрут -d 'name the route that the phase ROUTE will read'
complete -c stepgate -n '__stepgate_on route маршрут' -l profile -r -F -d 'the PROFILE in place of profiles/<PROFILE_KEY>.yaml'
complete -c stepgate -n '__stepgate_on route маршрут' -F
complete -c stepgate -n __stepgate_first -a no -d 'refuse the awaited phase: STOP_GAP, USER_STOP'
complete -c stepgate -n __stepgate_first -a нет -d 'refuse the awaited phase: STOP_GAP, USER_STOP'
complete -c stepgate -n __stepgate_first -a stop -d 'close the STEP as FAIL; it cannot be resumed'
complete -c stepgate -n __stepgate_first -a стоп -d 'close the STEP as FAIL; it cannot be resumed'
complete -c stepgate -n __stepgate_first -a record -d 'record work by hand for the awaited role or engine'
complete -c stepgate -n '__stepgate_on record' -l note -x -d 'one line for the ledger\'s notes'
complete -c stepgate -n '__stepgate_on record' -a 'start stop'
complete -c stepgate -n '__stepgate_on record' -F
complete -c stepgate -n __stepgate_first -a gates -d 'both gates now; nothing is written'
complete -c stepgate -n __stepgate_first -a гейты -d 'both gates now; nothing is written'
complete -c stepgate -n '__stepgate_on gates гейты' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a brief -d 'what ran, what it proved, what the signal starts'
complete -c stepgate -n __stepgate_first -a повтори -d 'what ran, what it proved, what the signal starts'
complete -c stepgate -n '__stepgate_on brief повтори' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a status -d 'STEP, state, phase, and what is awaited'
complete -c stepgate -n __stepgate_first -a статус -d 'STEP, state, phase, and what is awaited'
complete -c stepgate -n '__stepgate_on status статус' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a ledger -d 'roles and engines with status, outputs and provenance'
complete -c stepgate -n '__stepgate_on ledger' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a contract -d 'the output contract, present and missing'
complete -c stepgate -n '__stepgate_on contract' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a fix -d 'why it stopped, what to mend, what a resume needs'
complete -c stepgate -n '__stepgate_on fix' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a log -d 'the log of a role or engine, by default the last one'
complete -c stepgate -n '__stepgate_on log' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a report -d 'the STOP_GAP or PASS block of the STEP'
complete -c stepgate -n '__stepgate_on report' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a resume -d 'after STOP_GAP: check the requirements and go on'
complete -c stepgate -n __stepgate_first -a дальше -d 'after STOP_GAP: check the requirements and go on'
complete -c stepgate -n '__stepgate_on resume дальше' -l from -x -a 'ROUTE SPC ORC CTL QA PACK VAL' -d 'an earlier phase to run again'
complete -c stepgate -n '__stepgate_on resume дальше' -l all -d 'of ORC, run every engine again'
complete -c stepgate -n __stepgate_first -a next -d 'set the next file and goal'
complete -c stepgate -n '__stepgate_on next' -l route -r -F -d 'the ROUTE_TOKEN that ROUTE reads'
complete -c stepgate -n '__stepgate_on next' -l profile -r -F -d 'the PROFILE in place of profiles/<PROFILE_KEY>.yaml'
complete -c stepgate -n '__stepgate_on next' -F
complete -c stepgate -n __stepgate_first -a history -d 'the trace, a line each event'
complete -c stepgate -n __stepgate_first -a история -d 'the trace, a line each event'
complete -c stepgate -n '__stepgate_on history история' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a show -d 'the manifest as it was after event N'
complete -c stepgate -n '__stepgate_on show' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a diff -d 'what changed in the manifest between events N and M'
complete -c stepgate -n '__stepgate_on diff' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a verify -d 'judge the run by its evidence: chain, replay, hashes, gates'
complete -c stepgate -n '__stepgate_on verify' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a check -d 'judge any manifest by its ledgers alone'
complete -c stepgate -n '__stepgate_on check' -l plan -r -F -d 'the ENGINE_PLAN_TOKEN'
complete -c stepgate -n '__stepgate_on check' -l profile -r -F -d 'the PROFILE in place of profiles/<PROFILE_KEY>.yaml'
complete -c stepgate -n '__stepgate_on check' -l json -d 'one JSON value on standard output'
complete -c stepgate -n '__stepgate_on check' -F
complete -c stepgate -n __stepgate_first -a restore -d 'write the trace\'s state back over a tampered manifest'
complete -c stepgate -n __stepgate_first -a adopt -d 'take over a manifest changed or written elsewhere'
complete -c stepgate -n __stepgate_first -a watch -d 'follow the run from any terminal, read-only'
complete -c stepgate -n __stepgate_first -a dump -d 'write all rows of a pane into a new file'
complete -c stepgate -n '__stepgate_on dump' -a 'roles engines contract brief fix log'
complete -c stepgate -n '__stepgate_on dump' -F
complete -c stepgate -n __stepgate_first -a doctor -d 'the walls that can be built around a command here, and what is missing'
complete -c stepgate -n '__stepgate_on doctor' -l json -d 'one JSON value on standard output'
complete -c stepgate -n __stepgate_first -a help -d 'the commands, or one of them'
complete -c stepgate -n __stepgate_first -a помощь -d 'the commands, or one of them'
complete -c stepgate -n '__stepgate_on help помощь' -a 'init step route no stop record gates brief status ledger contract fix log report resume next history show diff verify check restore adopt watch plain dump doctor help quit'
# end rows
