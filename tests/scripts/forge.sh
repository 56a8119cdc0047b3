#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Every way to give the signal from inside the run, at both front ends: none is taken in tier full, and at a
# prompt that takes no care most are. As root too: `make torture`.
set -u
tools=$(cd "$(dirname "${PLAY:?}")" && pwd)
exec "$tools/forge" "${STEPGATE:?}"
