#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What a command may change, what it may not, what is the operator's, and whose checker judges: through the
# built program, in the tier where nothing but the look at the tree tells.
# profiles: release asan
. "${0%/*}/lib/common.sh"
. "${0%/*}/lib/mini.sh"

# writes WHAT: engine A may write that
writes() { sed -i "s|outputs: \[A_OUT\]}|outputs: [A_OUT], write: [$1]}|" profiles/MINI.yaml; }
forbids() { sed -i "s|NO_GO_LIST: \[\]|NO_GO_LIST: [$1]|" route.yaml; }

begin "an engine that changes what it was not given stops the STEP"
mini strays
echo "echo more >>docs/one.md; echo two >docs/two.md" | hook ENG.A
to ROUTE SPC
stops ORC SCOPE_VIOLATION
has "$MANIFEST" "docs/one.md: expected it as it was before KEY:ENG.A ran, found it changed"
has "$MANIFEST" "docs/two.md: expected it as it was before KEY:ENG.A ran, found it new"
exits 0 fix
says "Restore docs/one.md, or add it to write of KEY:ENG.A in the profile"
exits 0 ledger
says "changed 2 paths out of its scope"
exits 4 resume
says "it is still as the command left it"

begin "one path restored is not both"
echo "One document." >docs/one.md
exits 4 resume
says "docs/two.md"

begin "what was restored is resumed, and ends well once the engine keeps to its scope"
rm docs/two.md
: | hook ENG.A
exits 0 resume
to ORC CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'
exits 0 verify

begin "what the profile opens is the engine's to write"
mini opened
echo "echo two >docs/two.md" | hook ENG.A
to ROUTE SPC
stops ORC SCOPE_VIOLATION
writes docs/
exits 0 resume --from ROUTE
to ROUTE SPC ORC CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'
has "$MANIFEST" '- "docs/two.md"'

begin "NO_GO_LIST keeps a path that the profile opens, and only that kind of item is checked"
mini kept
writes docs/
forbids '"no new claims", "PATH:docs/*.md"'
echo "echo fine >docs/fine.txt; echo more >>docs/one.md" | hook ENG.A
to ROUTE SPC
exits 0 brief
says "NO_GO_LIST: no new claims"
hasnt "$BOX/out" "NO_GO_LIST: PATH:"
stops ORC SCOPE_VIOLATION
has "$MANIFEST" "for NO_GO_LIST says PATH:docs/*.md, found it changed"
hasnt "$MANIFEST" "docs/fine.txt: expected"

begin "what the operator edits between phases is told, and is nobody's fault"
mini edits
to ROUTE SPC
echo "By hand." >>docs/one.md
exits 0 brief
says "Changed by hand since SPC: 1 file: docs/one.md"
exits 0 brief --json
says '"edited_since":"SPC","edited":["docs/one.md"]'
to ORC
exits 0 brief
hasnt "$BOX/out" "Changed by hand"

begin "a patch that holds what NO_GO_LIST keeps is not packed"
mini packs
forbids '"PATH:docs/**"'
to ROUTE SPC ORC CTL
echo "By hand." >>docs/one.md
stops PACK SCOPE_VIOLATION
exits 0 fix
says "Restore docs/one.md"
echo "One document." >docs/one.md
exits 0 resume
to PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'

begin "a checker that the step changed does not judge it"
mini checker
mkdir gates
printf '#!/bin/sh\necho "judged and found wanting"\nexit 1\n' >gates/check.sh
chmod +x gates/check.sh
sed -i 's|CONTRACT_GATE"\]|CONTRACT_GATE", "KEY:VAL.CHECK"]|' route.yaml
echo '    KEY:VAL.CHECK: {argv: [gates/check.sh]}' >>profiles/MINI.yaml
writes gates/
echo 'printf "#!/bin/sh\nexit 0\n" >gates/check.sh' | hook ENG.A
to ROUTE SPC ORC
exits 0 brief
says "gates/check.sh changed since ROUTE"
to CTL PACK
stops VAL MARKER_NOT_CONFIRMED
has "$MANIFEST" "KEY:VAL.CHECK: expected the checker pinned at ROUTE, found gates/check.sh changed"
exits 0 fix
says "resume --from ROUTE takes the new checker"

begin "the new checker is taken by a resume from ROUTE"
: | hook ENG.A
exits 0 resume --from ROUTE
to ROUTE SPC ORC CTL PACK VAL
has "$MANIFEST" 'STEP_STATUS: "PASS"'
exits 0 verify

begin "a gate that changes what it judges leaves no verdict"
mini gate
mkdir gates
printf '#!/bin/sh\necho >>docs/one.md\n' >gates/check.sh
chmod +x gates/check.sh
sed -i 's|CONTRACT_GATE"\]|CONTRACT_GATE", "KEY:VAL.CHECK"]|' route.yaml
echo '    KEY:VAL.CHECK: {argv: [gates/check.sh]}' >>profiles/MINI.yaml
to ROUTE SPC ORC CTL PACK
stops VAL SCOPE_VIOLATION
has "$MANIFEST" "docs/one.md: expected it as it was before KEY:VAL.CHECK ran, found it changed"

finish
