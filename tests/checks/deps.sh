#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# deps.sh PACKAGE... - installs the Debian packages that are missing, and nothing where none is.
# Without root and sudo it says in one sentence what to install, and fails.
set -eu

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "deps: no dpkg here, so nothing was looked at; needed is what Debian calls: $*"
	exit 0
fi
missing=
for package; do
	state=$(dpkg-query -W -f '${db:Status-Status} ' "$package" 2>/dev/null || :)
	case $state in
	*installed*) case $state in *not-installed*) missing="$missing $package" ;; esac ;;
	*) missing="$missing $package" ;;
	esac
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
	as_root=sudo
else
	echo "deps: missing:$missing" >&2
	echo "deps: installing needs root, and neither root nor sudo is at hand;" \
		"run as root:  apt-get install$missing" >&2
	exit 1
fi
echo "deps: installing$missing"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
	$as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y \
		-o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0 "$@"
}
# A failed update is not the end: what is asked for may be in the lists that are there already.
apt update >"$log" 2>&1 || echo "deps: apt-get update failed, trying with the lists there are"
# shellcheck disable=SC2086 # a list of package names
if ! apt install --no-install-recommends $missing >>"$log" 2>&1 </dev/null; then
	tail -n 30 "$log" >&2
	echo "deps: apt-get could not install:$missing" >&2
	exit 1
fi
