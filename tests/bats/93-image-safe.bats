#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Images hold private keys, and come from elsewhere.
# Promise: no other user reads or exchanges one while it is written; looking at a hostile one changes no file outside of it.

bats_require_minimum_version 1.5.0

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	REPO="$BATS_TEST_DIRNAME/../.."
	chmod 755 . # the other user looks in
	ino=1
	# Not below /tmp, where the view of an image is mounted.
	outside=$(mktemp -d /var/tmp/crashbox-outside.XXXXXX)
}

teardown() {
	rm -rf "$outside"
}

# --- archives that mkinitrd.sh does not write ----------------------------------------------------

zeros() {
	head -c "$1" /dev/zero
}

# An entry of a newc archive: NAME MODE(octal) DATA [SIZE that the header claims]
entry() {
	local name=$((${#1} + 1)) data=${#3}
	printf '070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s\0' $((ino++)) "0$2" 0 0 1 0 \
		"${4:-$data}" 0 0 8 1 "$name" 0 "$1"
	zeros $(((4 - (110 + name) % 4) % 4))
	printf '%s' "$3"
	zeros $(((4 - data % 4) % 4))
}

# An image of the entries that the function $1 writes, with a configuration behind them.
image() {
	{
		"$1"
		[ "${bare:-}" ] || entry etc 40755 ''
		[ "${bare:-}" ] || entry etc/kdump.conf 100644 "path /var/crash"
		entry 'TRAILER!!!' 0 ''
	} >image
}

rehearse() {
	run timeout 60 "$CRASHBOX" rehearse --no-record --timeout 5 image
	printf "%s\n" "$output"
	[ "$status" -ne 124 ]
	[ -z "$(ls -A "$outside")" ]
}

through_link() {
	entry a 120777 "$outside"
	entry a/made 100755 '#!/bin/sh'
}

up_link() {
	entry up 120777 "../../../../../../../..$outside"
	entry up/made 100644 text
	entry up/sub 40755 ''
	entry up/link 120777 target
}

etc_link() {
	entry etc 120777 "$outside"
	entry etc/kdump.conf 100644 "path /var/crash"
}

dev_link() {
	entry dev 120777 "$outside"
	entry dev/made 100644 text
	entry proc 100644 'no directory'
}

dots() {
	entry "../..$outside/made" 100644 text
}

absolute() {
	entry "$outside/made" 100644 text
}

twice() {
	entry a 100644 first
	entry a 120777 "$outside/made"
	entry a 100644 second
	entry d 40755 ''
	entry d 120777 "$outside"
	entry d/made 100644 text
	entry n 60666 ''
	entry suid 104755 '#!/bin/sh'
}

giant() {
	entry big 100644 text 4294967295
}

# --- helpers -------------------------------------------------------------------------------------

neighbour() {
	setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
}

# A machine that is enough for mkinitrd.sh, and an image of it in the directory $1.
build() {
	mkdir -p machine/proc/self machine/lib/modules/6.0-test
	: >machine/proc/self/mountinfo
	: >machine/lib/modules/6.0-test/modules.dep
	: >machine/lib/modules/6.0-test/modules.builtin
	printf 'kernel/fs/ext4/ext4.ko\n' >machine/lib/modules/6.0-test/modules.builtin
	echo 'ext4 UUID=1' >kdump.conf
	SYSROOT="$PWD/machine" run "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules machine --no-host-check --busybox none \
		--reserved 0 --crashbox "$CRASHBOX" -f "${@:2}" "$1/image" 6.0-test
	printf "%s\n" "$output"
}

# --- hostile images ------------------------------------------------------------------------------

@test "rehearse: entries below links, with absolute names, or twice, stay inside the image" {
	local kind
	for kind in through_link up_link absolute twice; do
		image "$kind"
		rehearse
		grep -Eq '(create /.*|open /etc/crashbox/recipe): No such file' <<<"$output"
	done
	for kind in etc_link dev_link; do
		bare=1 image "$kind"
		rehearse
	done
}

@test "rehearse: a name with two dots, or a size beyond the file, ends in a sentence" {
	image dots
	rehearse
	[ "$status" -eq 1 ]
	[[ "$output" == *"leads out of its directory: not an image of mkinitrd.sh"* ]]
	image giant
	rehearse
	[ "$status" -eq 1 ]
	[[ "$output" == *"image: archive 1 at byte 0: cpio archive is cut off inside the data"* ]]
}

@test "rehearse: another user gets a sentence and changes nothing" {
	image through_link
	chmod 777 "$outside"
	run -1 setpriv --reuid=65534 --regid=65534 --clear-groups "$CRASHBOX" rehearse --no-record image
	[[ "$output" == *"a view of its own: Operation not permitted"* ]]
	[ -z "$(ls -A "$outside")" ]
}

@test "estimate and list: a hostile image is only read" {
	image through_link
	"$CRASHBOX" cpio -t image | grep -q 'a/made'
	[ -z "$(ls -A "$outside")" ]
}

# --- a directory with neighbours -----------------------------------------------------------------

@test "image: its temporary file cannot be prepared or read by others" {
	local last
	for mode in 777 1777; do
		mkdir "shared$mode"
		chmod "$mode" "shared$mode"
		# The names that a process number gives, some thousand ahead.
		read -r _ _ _ _ last </proc/loadavg
		(cd "shared$mode" && neighbour bash -c "umask 0; for ((i = $last; i < $last + 6000; i++)); do : >.image.\$i; done")
		build "shared$mode"
		[ -z "$(find "shared$mode" -user 65534 ! -empty)" ]
	done
	[ "$status" -eq 0 ]
	[ "$(stat -c '%u %a' shared1777/image)" = "0 600" ]
	[ ! -e shared777/image ]
}

@test "image: a directory where others exchange files, or of another user, is refused" {
	mkdir theirs ours
	chown 65534 theirs
	chmod 777 ours
	build theirs
	[ "$status" -eq 1 ]
	[[ "$output" == *"theirs belongs to user 65534: not used"* ]]
	build ours
	[ "$status" -eq 1 ]
	[[ "$output" == *"ours can be written by other users (mode 777)"* ]]
	[ -z "$(find theirs ours -type f)" ]
}

@test "image: a link in its place is not followed, and what it leads to stays" {
	mkdir dir
	echo victim >victim
	ln -s ../victim dir/image
	build dir
	[ "$status" -eq 1 ]
	[[ "$output" == *"dir/image is a symbolic link: not replaced"* ]]
	[ "$(cat victim)" = victim ]
	echo "dir /a 0755" >list
	ln -s victim out
	run -1 "$CRASHBOX" cpio -o out list
	[[ "$output" == *"out is a symbolic link: not replaced"* ]]
	[ "$(cat victim)" = victim ]
	mkfifo pipe
	run -1 timeout 10 "$CRASHBOX" cpio -o pipe list
	[[ "$output" == *"pipe is no regular file: not replaced"* ]]
}

@test "image: without room the one before stays and nothing else is left" {
	mkdir small
	echo "dir /a 0755" >list
	"$CRASHBOX" cpio -o first list
	{ cat first && zeros 4194304; } >large
	cat >run.sh <<-'RUN'
	mount -t tmpfs -o size=1m,mode=0755 none small
	"$CRASHBOX" cpio --install -o small/image first
	! "$CRASHBOX" cpio --install -o small/image large || exit 3
	cmp first small/image
	[ "$(ls -A small)" = image ]
	RUN
	run -0 unshare -m sh -e run.sh
	[[ "$output" == *"write small/image: No space left on device"* ]]
	# A limit, whose signal would end the program in the middle.
	run -1 bash -c "ulimit -f 100; exec '$CRASHBOX' cpio --install -o small/image large"
	[[ "$output" == *"write small/image: File too large"* ]]
	[ -z "$(ls -A small)" ]
}

@test "image: an old one that others may read becomes mode 0600; what is no image is not installed" {
	echo "dir /a 0755" >list
	echo old >out
	chmod 644 out
	"$CRASHBOX" cpio -o out list
	[ "$(stat -c %a out)" = 600 ]
	echo text >text
	run -1 "$CRASHBOX" cpio --install -o out text
	"$CRASHBOX" cpio -t out
	run -2 "$CRASHBOX" cpio --install out
}

@test "image: the stamp is not written through a name that can be guessed" {
	mkdir -p state dir
	echo victim >victim
	ln -s ../victim state/stamp.new
	build dir --stamp state/stamp
	[ "$status" -eq 0 ]
	[ "$(cat victim)" = victim ]
	[ "$(head -n 1 state/stamp)" = "crashbox-stamp 1" ]
}

@test "image: nothing of it is put into a TMPDIR in which other users exchange files" {
	mkdir -p dir theirs open sticky
	chown 65534 theirs
	chmod 777 open
	chmod 1777 sticky
	neighbour ln -s "$PWD/theirs" sticky/link
	for tmp in theirs open sticky/link; do
		TMPDIR=$PWD/$tmp build dir
		[ "$status" -eq 1 ]
		[[ "$output" == *"TMPDIR $PWD/$tmp: others can exchange files there"* ]]
	done
	for tmp in sticky dir; do
		TMPDIR=$PWD/$tmp build dir
		[ "$status" -eq 0 ]
	done
}
