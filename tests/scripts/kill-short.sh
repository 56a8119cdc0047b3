#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# kill-short.sh - a sample of `make kill`: the same points every time, of every command.
set -eu
kill=${KILL:-$(dirname "${PLAY:?the folder of the player is that of kill}")/kill}
exec "$kill" -s 41 "${STEPGATE:?the program to kill}" \
	"${STEPGATE_ROOT:-$(cd "$(dirname "$0")/../.." && pwd -P)}"
