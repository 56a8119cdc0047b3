#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# A command that attacks everything it can reach, as an ordinary user (and as root where this is): none of
# its tries succeeds in tier full, and most do without a sandbox. `make torture` runs every column.
set -u
tools=$(cd "$(dirname "${PLAY:?}")" && pwd)
exec "$tools/hostile" -c none -c full -c "by bubblewrap" -c "root full" "${STEPGATE:?}" "$tools/deny"
