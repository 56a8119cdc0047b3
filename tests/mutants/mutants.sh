#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# mutants.sh [NAME] - builds proof with one seeded mistake in the store at a time, and says which part
# finds it. The mistakes are edits of a copy: the sources know nothing of them. Called by the Makefile
# with CC, CFLAGS, LDFLAGS, LIBS, OBJECTS, LIB, PROOF and WORK. With FIT=1 it only looks whether each
# edit still fits its file and compiles, which needs CC, CFLAGS and WORK alone.
# Exit status: 0 all were found, 1 one was not, 2 one could not be tried.
set -u
: "${CC:?}" "${CFLAGS:?}" "${WORK:?}"
[ -n "${FIT:-}" ] || : "${OBJECTS:?}" "${LIB:?}" "${PROOF:?}"
only=${1:-}
mistakes=0 found=0
rm -rf "$WORK"
mkdir -p "$WORK"

# A part is crash, fault, storm or flip, and may say how finely (each so manieth point), and in which
# workload only: crash:3:command step
try() { # BINARY PART
	part=${2%%:*} stride= only_in=
	case $2 in
	*:*:*) only_in=${2#*:*:} stride=${2#*:} stride=${stride%%:*} ;;
	*:*) stride=${2#*:} ;;
	crash) stride=31 ;;
	fault) stride=17 ;;
	*) stride=197 ;;
	esac
	timeout -k 5 900 "$1" -x -j 2 -s "$stride" ${only_in:+-o "$only_in"} "$part" \
		>"$WORK/said" 2>&1
}

# The parts in turn, the likeliest first: what finds it, in one line.
hunt() { # BINARY PART...
	binary=$1
	shift
	for how; do
		try "$binary" "$how"
		code=$?
		if [ $code = 1 ]; then
			echo "$part: $(grep -v 'violations' "$WORK/said" | head -n 1 | sed 's/^[a-z]*: //' | cut -c 1-130)"
			return 0
		elif [ $code != 0 ]; then
			echo "$part: it did not come to its end: $(tail -n 1 "$WORK/said" | cut -c 1-90)"
			return 0
		fi
	done
	return 1
}

# mutant NAME FILE 'SED SCRIPT' PART...
mutant() {
	name=$1 file=$2 edit=$3
	shift 3
	[ -z "$only" ] || [ "$only" = "$name" ] || return 0
	mistakes=$((mistakes + 1))
	mkdir -p "$WORK/$name"
	sed "$edit" "$file" >"$WORK/$name/$(basename "$file")"
	if cmp -s "$file" "$WORK/$name/$(basename "$file")"; then
		echo "mutants: $name: its edit no longer fits $file"
		exit 2
	fi
	if [ -n "${FIT:-}" ]; then
		# shellcheck disable=SC2086 # a list of words
		$CC $CFLAGS -w -O0 -U_FORTIFY_SOURCE -I"$(dirname "$file")" -fsyntax-only \
			"$WORK/$name/$(basename "$file")" || exit 2
		rm -rf "${WORK:?}/$name"
		found=$((found + 1))
		return 0
	fi
	# shellcheck disable=SC2086 # these are lists of words
	if ! $CC $CFLAGS -Wno-error -w -I"$(dirname "$file")" -c -o "$WORK/$name/mutant.o" \
		"$WORK/$name/$(basename "$file")" ||
		! $CC ${LDFLAGS:-} -o "$WORK/$name/proof" $OBJECTS "$WORK/$name/mutant.o" "$LIB" $LIBS; then
		echo "mutants: $name cannot be built"
		exit 2
	fi
	if by=$(hunt "$WORK/$name/proof" "$@"); then
		found=$((found + 1))
		echo "found   $name: $by"
	else
		echo "MISSED  $name"
	fi
	rm -rf "${WORK:?}/$name"
}

# What is found has to be the mistake: without one, the same parts find nothing.
whole="fault crash storm flip fault:1:two_writers crash:3:command_step crash:3:trace_not_synced crash:3:QA crash:17:late_manifest flip:5"
[ -z "$only${FIT:-}" ] || whole=
for how in $whole; do
	how=$(echo "$how" | tr _ ' ')
	if ! try "$PROOF" "$how"; then
		cat "$WORK/said"
		echo "mutants: $how does not hold without a mistake"
		exit 2
	fi
done

fs=src/base/fs_write.c
trace=src/store/trace_io.c
recover=src/store/session_recover.c
commit=src/store/session_commit.c

mutant trace-not-synced $trace \
	's/^\treturn sg_fs_sync_data(fd, SG_TRACE_FILE, err);/\treturn SG_OK;/' crash fault storm flip
mutant temp-not-synced $fs \
	's/rc = sg_fs_sync_fd(\*fd, name, err);/rc = SG_OK;/' crash fault storm flip
mutant folder-not-synced $fs \
	's/^\treturn sg_fs_sync_fd(parent, path, err);/\treturn SG_OK;/' crash fault storm flip
mutant new-name-not-synced $fs \
	's/^\t\treturn sg_fs_sync_fd(parent, path, err);/\t\treturn SG_OK;/' crash fault storm flip
mutant made-folder-not-synced src/base/fs_tree.c \
	's/rc = sg_fs_sync_dir(\*at, "\.", err);/rc = SG_OK;/' crash fault storm flip
mutant first-line-name-not-synced $trace \
	's/rc == SG_OK \&\& end->seq == 0/rc == SG_OK \&\& end->seq == -1/' crash fault storm flip
mutant base-copies-not-synced src/base/fs_dir.c \
	's/rc == SG_OK \&\& how->sync/rc == SG_OK \&\& how->sync \&\& rc < 0/' \
	'crash:3:command step' fault storm flip
mutant evidence-not-synced $fs \
	's/fill_rc = fill(&fd, path, &(struct content){"", 0, 0444}, NULL, err);/fill_rc = sg_fs_set_mode(fd, path, 0444, err); sg_fd_close(\&fd);/' \
	crash:3:QA fault storm flip
mutant written-in-place $fs \
	's/int temp = open_temp(parent, name, temp_name);/int temp = sg_fs_open_raw(parent, name, O_WRONLY | O_CREAT | O_TRUNC, NEW_FILE_MODE); snprintf(temp_name, sizeof(temp_name), "%s", name);/' \
	fault crash storm flip
mutant manifest-before-trace $commit \
	's/rc = sg_trace_append(s->dir, &s->end, event, err);/{ if (p.write_manifest) rc = sg_disk_write(s, err); if (rc == SG_OK) rc = sg_trace_append(s->dir, \&s->end, event, err); }/' \
	fault crash storm flip
mutant snapshot-not-durable src/store/session_adopt.c \
	's/rc = sg_fs_replace(s->dir, path, bytes, n_bytes, err);/rc = sg_fs_write_new(s->dir, path, 0644, bytes, n_bytes, err);/' \
	crash fault storm flip
mutant tail-not-cut-by-append $trace \
	's/if (st.st_size == end->good_bytes)/if (st.st_size >= end->good_bytes)/' fault crash storm flip
mutant tail-not-cut-by-recovery $recover \
	's/return s->end.tail == SG_TAIL_TORN \&\& state != SG_DISK_DIFFERS;/return false;/' \
	flip fault crash storm
mutant half-line-left $trace \
	's/^\t\tsg_fs_truncate(fd, SG_TRACE_FILE, end->good_bytes, NULL);//; s/^\tif (st.st_size == end->good_bytes)$/\tif (st.st_size >= end->good_bytes)/' \
	fault crash storm flip
mutant wrong-prev $trace \
	'/^\tsg_sha256_of(line.bytes, line.n_bytes - 1, end->head);/d' fault crash storm flip
mutant link-not-checked $trace \
	's/if (strcmp(event->prev, end->head) != 0)/if (strlen(event->prev) != strlen(end->head))/' \
	flip fault crash storm
mutant lock-not-taken src/base/fs_lock.c \
	's/result = sg_fs->fcntl_lock(fd, F_OFD_SETLK, &lock);/result = 0;/' storm fault crash flip
mutant others-not-read $commit \
	's/^\trc = sg_session_look(s, &changed, &state, err);/\tstate = SG_DISK_EQUAL; (void)changed;/' \
	storm fault crash flip
mutant short-write-ignored $fs \
	's/^\t\tn_bytes -= (size_t)n;/\t\tn_bytes = 0;/' fault crash storm flip
mutant interrupt-is-an-error $fs \
	's/if (n < 0 \&\& errno == EINTR)/if (n < 0 \&\& errno == -1)/' fault crash storm flip
mutant poison-ignored $fs \
	's/^\tatomic_store(&poisoned, true);//' storm fault crash flip
mutant poisoned-file-ignored $commit \
	's/^\tif (sg_fs_exists(s->dir, SG_POISON_FILE))/\tif (false)/' storm fault crash flip
mutant sync-tried-again $fs \
	's/return synced(sg_fs->fdatasync(fd), name, err);/return synced(sg_fs->fdatasync(fd) == 0 ? 0 : sg_fs->fdatasync(fd), name, err);/' \
	crash fault storm flip
mutant not-built-anew $recover \
	's/rc = sg_fs_replace(s->dir, SG_TRACE_FILE, prefix.bytes, prefix.n_bytes, err);/rc = SG_OK;/' \
	crash fault storm flip
mutant behind-not-rewritten $recover \
	's/state == SG_DISK_BEHIND/false/' fault crash storm flip
mutant effects-not-redone $recover \
	's/return s->replay.closing_seq > 0 \&\& .*/return false;/' fault crash storm flip
mutant temp-files-left $fs \
	's/(void)sg_fs->unlinkat(parent, names.v\[i\], 0);/(void)parent;/' fault crash storm flip
mutant effects-not-done $commit \
	's/rc = sg_effects_do(s, &p.effects, err);/rc = SG_OK;/' \
	fault crash storm flip

mutant left-mark-ignored src/base/fs_lock.c \
	's/return !write_mark(fd, AT_WORK) || !was_finished;/(void)was_finished; return !write_mark(fd, AT_WORK);/; s/mark == AT_WORK \&\&/mark == 0 \&\&/' \
	crash fault storm flip
mutant left-only-synced $recover \
	's/return s->end.tail == SG_TAIL_CLEAN ? write_trace_anew(s, err) : sync_trace(s, err);/return sync_trace(s, err);/' \
	'crash:3:trace not synced' fault storm flip
mutant unread-taken-for-read src/store/session_replay.c \
	's/s->trace_stamp = (struct sg_stamp){.there = true};/(void)s;/' 'fault:1:two writers' fault storm crash flip
mutant late-taken-for-tampered src/store/session_replay.c \
	's/r->n_late = r->n_engines + 1;/r->n_late = 0;/' 'crash:17:late manifest' fault storm flip
mutant head-not-read src/store/session_replay.c \
	's/if (s->end.seq == 0 || s->end.seq > said->seq/if (said->seq >= 0/' flip:5 fault crash storm

if [ -n "${FIT:-}" ]; then
	echo "mutants: $mistakes seeded mistakes fit their sources"
else
	echo "mutants: $found of $mistakes seeded mistakes found"
fi
[ "$found" = "$mistakes" ]
