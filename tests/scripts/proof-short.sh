#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# proof-short.sh - a sample of `make fault crash storm flip`: the same points every time.
# profiles: release asan
set -eu
proof=${PROOF:-$(dirname "${PLAY:?the folder of the player is that of proof}")/proof}
case $proof in
*/asan/*)
	"$proof" -s 1301 fault
	"$proof" -s 4001 memory
	;;
*)
	"$proof" -s 61 fault
	"$proof" -s 251 memory
	"$proof" -s 12 crash
	"$proof" storm
	"$proof" -s 61 flip
	;;
esac
