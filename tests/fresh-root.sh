#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# fresh-root.sh [WORK [KEEP]] - proves the set-up: makes a new Debian 12 root with nothing in it but
# make and git, clones the last commit into it, and runs make demo and make test there, without a
# terminal. Needs root, debootstrap and Debian's mirror; takes some minutes. WORK (a new folder
# below $TMPDIR where none is given) holds the root, and is removed at the end but with KEEP.
set -eu
if [ "$(id -u)" != 0 ]; then
	echo "fresh-root: making a root needs root; run it as  sudo make fresh-root" >&2
	exit 1
fi
# The mounts live in a namespace of this script's own: whatever happens, they end with it.
if [ -z "${FRESH_ROOT_INSIDE:-}" ]; then
	FRESH_ROOT_INSIDE=1 exec unshare --mount --pid --fork --kill-child "$0" "$@"
fi
source=$(cd "$(dirname "$0")/.." && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"
root=$work/root

finish() {
	code=$?
	for folder in proc dev/pts dev; do
		umount "$root/$folder" 2>/dev/null || :
	done
	# A mount that would not go would be emptied with the rest: then better leave it all.
	if [ -z "${2:-}" ] && ! grep -q " $root/" /proc/self/mounts; then
		rm -rf "$work"
	fi
	exit $code
}
trap 'finish "$@"' EXIT
trap 'exit 130' INT TERM HUP

if [ ! -x "$root/usr/bin/apt-get" ]; then
	echo "fresh-root: debootstrap into $root"
	debootstrap --variant=minbase --include=make,git,ca-certificates bookworm "$root" \
		>"$work/debootstrap.log" 2>&1 || { tail "$work/debootstrap.log"; exit 1; }
fi
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=755 tmpfs "$root/dev"
for node in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
	mknod -m 666 "$root/dev/${node%%:*}" c "$(echo "$node" | cut -d: -f2)" "${node##*:}"
done
mkdir "$root/dev/pts" "$root/dev/shm"
chmod 1777 "$root/dev/shm"
ln -s /proc/self/fd "$root/dev/fd"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
cp /etc/resolv.conf "$root/etc/resolv.conf"
cp /etc/hosts "$root/etc/hosts"

git clone -q --bare "$source" "$work/bare"
rm -rf "$root/srv/stepgate.git" "$root/root/stepgate"
mv "$work/bare" "$root/srv/stepgate.git"

# pivot_root and not chroot alone: under a chroot the kernel gives nobody a user namespace, and a
# fresh machine does.
inside() {
	echo "fresh-root: $*"
	# shellcheck disable=SC2016 # said to the inner shell
	unshare --mount --propagation private env -i HOME=/root \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
		/bin/sh -c 'mount --rbind "$1" "$1" && cd "$1" && mkdir -p before &&
			pivot_root . before && exec chroot . /bin/sh -c "umount -l /before && cd /root && $2"' \
		sh "$root" "$*" </dev/null
}
inside 'if command -v gcc; then echo "there is a compiler already"; exit 1; fi'
inside 'git clone -q /srv/stepgate.git stepgate'
inside 'cd stepgate && make demo'
inside 'cd stepgate && make test'
inside 'cd stepgate && test -z "$(git status --porcelain)"'
echo "fresh-root: make demo and make test went through on a fresh root"
