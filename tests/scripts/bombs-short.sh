#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# bombs-short.sh - `make bombs`, with time for other tests beside it; memory as there.
set -eu
bombs=${BOMBS:-$(dirname "${PLAY:?the folder of the player is that of bombs}")/bombs}
exec "$bombs" -t 200 "${STEPGATE:?the program to feed}"
