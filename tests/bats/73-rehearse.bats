#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What an image would do after a crash, tried on this system: real servers in namespaces of their own, a real disk.
bats_require_minimum_version 1.5.0

setup_file() {
	export ROOT="$BATS_TEST_DIRNAME/../.."
	export CRASHBOX="${CRASHBOX:-$ROOT/build/crashbox}" KROOT="$BATS_FILE_TMPDIR/kroot"
	local tree="$KROOT/lib/modules/6.0-test"
	mkdir -p "$tree/kernel/drivers/net"
	echo ELF >"$tree/kernel/drivers/net/card.ko"
	{ echo ELF; head -c 300000 /dev/zero; } >"$tree/kernel/drivers/net/large.ko"
	printf 'kernel/drivers/net/%s.ko:\n' card large >"$tree/modules.dep"
	: >"$tree/modules.alias"
	printf 'kernel/fs/ext4/ext4.ko\n' >"$tree/modules.builtin"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p host/root/.ssh host/etc
	export SYSROOT="$PWD/host" RECORD="$PWD/var/rehearsal"
	ORIGIN="$PWD/servers"
	mkdir "$ORIGIN"
}

teardown() {
	sh "$ROOT/tests/net/sshd.sh" stop "$ORIGIN/sshd"
	sh "$ROOT/tests/net/ganesha.sh" stop "$ORIGIN/ganesha"
	! mountpoint -q here || umount here
	[ ! -e loop ] || losetup -d "$(cat loop)"
}

ssh_server() {
	sh "$ROOT/tests/net/sshd.sh" start "$ORIGIN/sshd" port=22
	cp "$ORIGIN/sshd/key" host/root/.ssh/kdump_id_rsa
	cp "$ORIGIN/sshd/known" host/root/.ssh/known_hosts
}

image() {
	"$ROOT/mkinitrd.sh" -f -c kdump.conf --kernel-modules "$KROOT" --busybox none --reserved 0 --no-host-check \
		--crashbox "$CRASHBOX" "$@" image 6.0-test
}

# rehearse KIND [OPTION…]: where that server is
rehearse() {
	local kind=$1
	shift
	run -"${want:-0}" sh "$ROOT/tests/net/$kind.sh" in "$ORIGIN/$kind" "$CRASHBOX" rehearse --record "$RECORD" "$@" \
		"$PWD/image"
	echo "$output"
}

inside() {
	local kind=$1
	shift
	sh "$ROOT/tests/net/$kind.sh" in "$ORIGIN/$kind" "$@"
}

# row NUMBER WORD: the line of a target
row() {
	grep -E "^ *$1  $2 " <<<"$output"
}

@test "ssh: logs in with the key of the image, writes, reads back, and leaves nothing" {
	ssh_server
	printf 'ssh root@10.98.0.1\npath /srv/dump/crash\ncore_collector makedumpfile -l -d 31\n' >kdump.conf
	image
	rm -r host
	rehearse sshd
	row 1 '(fine|warning)' | grep -E ' ms .*/s .*/s .*iB .* ssh root@10\.98\.0\.1$'
	[[ "$output" == *"root@10.98.0.1:/srv/dump/crash/crashbox-rehearse"* ]]
	[[ "$output" == *"A dump of level 31 is at most "* ]]
	[ "${lines[-1]}" = "1 of 1 targets would take the dump" ]
	[ "$(inside sshd ls -A /srv/dump/crash)" = "" ]
	python3 - "$RECORD" <<-'END'
	import json, sys
	seen = json.load(open(sys.argv[1]))
	target = seen["targets"][0]
	assert seen["format"] == 1 and seen["failed"] == 0 and seen["good"] == 1 and seen["time"] > 1700000000
	assert target["write_bytes_per_second"] > 0 and target["read_bytes_per_second"] > 0, target
	END
}

@test "ssh: what is not ours stays, and the log of an earlier rehearsal as well" {
	ssh_server
	printf 'ssh root@10.98.0.1\npath /srv/dump\n' >kdump.conf
	image
	inside sshd sh -c 'mkdir /srv/dump/crashbox-rehearse; echo mine >/srv/dump/crashbox-rehearse/probe'
	rehearse sshd --no-record
	[[ "$output" == *"/srv/dump/crashbox-rehearse.1"* ]]
	[ "$(inside sshd find /srv/dump -mindepth 1 | sort | tr '\n' ' ')" = \
		"/srv/dump/crashbox-rehearse /srv/dump/crashbox-rehearse/probe " ]
	[ "$(inside sshd cat /srv/dump/crashbox-rehearse/probe)" = mine ]
	[ ! -e "$RECORD" ]
}

@test "ssh without SFTP: commands write, read back and remove" {
	sh "$ROOT/tests/net/sshd.sh" start "$ORIGIN/sshd" port=22 sftp=no
	cp "$ORIGIN/sshd/key" host/root/.ssh/kdump_id_rsa
	cp "$ORIGIN/sshd/known" host/root/.ssh/known_hosts
	printf 'ssh root@10.98.0.1\npath /srv/dump/crash\n' >kdump.conf
	image
	rehearse sshd
	row 1 '(fine|warning)' | grep -E '/s .*/s '
	[ "$(inside sshd ls -A /srv/dump/crash)" = "" ]
}

@test "ssh without SFTP that lets nobody read or remove: said, and no reason to fail" {
	# shellcheck disable=SC2016 # the server's shell expands
	sh "$ROOT/tests/net/sshd.sh" start "$ORIGIN/sshd" port=22 sftp=no \
		'ForceCommand case "$SSH_ORIGINAL_COMMAND" in tail*|rm*) exit 1;; *) exec sh -c "$SSH_ORIGINAL_COMMAND";; esac'
	cp "$ORIGIN/sshd/key" host/root/.ssh/kdump_id_rsa
	cp "$ORIGIN/sshd/known" host/root/.ssh/known_hosts
	printf 'ssh root@10.98.0.1\npath /srv/dump\n' >kdump.conf
	image
	rehearse sshd
	row 1 warning
	[[ "$output" == *"it cannot be read back: "* ]]
	[[ "$output" == *"the probe is left in root@10.98.0.1:/srv/dump/crashbox-rehearse: "* ]]
}

@test "ssh: another key of the server than that of the image, a user without the key, no key in the image" {
	ssh_server
	printf 'ssh root@10.98.0.1\nssh nobody@10.98.0.1\npath /srv/dump\n' >kdump.conf
	image
	want=1 rehearse sshd
	row 2 FAILED | grep -q 'ssh nobody@10\.98\.0\.1'
	[ "${lines[-1]}" = "1 of 2 targets would take the dump" ]
	rm "$ORIGIN/sshd/host" "$ORIGIN/sshd/host.pub"
	ssh-keygen -q -t ed25519 -N '' -f "$ORIGIN/sshd/host"
	sh "$ROOT/tests/net/sshd.sh" kill "$ORIGIN/sshd"
	sh "$ROOT/tests/net/sshd.sh" again "$ORIGIN/sshd"
	want=1 rehearse sshd
	row 1 FAILED
	[ "${lines[-1]}" = "0 of 2 targets would take the dump" ]
	"$CRASHBOX" cpio --cat /etc/crashbox/recipe image | sed 's,key=[^ ]*,key=/etc/crashbox/ssh/lost,' >recipe
	printf 'dir /etc 0755\ndir /etc/crashbox 0755\nfile /etc/crashbox/recipe 0600 %s\n' "$PWD/recipe" >list
	"$CRASHBOX" cpio -o over.cpio list
	cat over.cpio >>image
	want=1 rehearse sshd
	[[ "$output" == *"the key /etc/crashbox/ssh/lost is not in the image"* ]]
}

@test "NFS 3 and 4: written, read back, removed; a target that is too small for a dump, one too small for the log" {
	sh "$ROOT/tests/net/ganesha.sh" start "$ORIGIN/ganesha" size=24m
	printf 'nfs 10.99.0.1:/srv/dump\nnfs 127.0.0.1:/srv/dump\npath /crash\ncore_collector cp\n' >kdump.conf
	image
	"$CRASHBOX" cpio --cat /etc/crashbox/recipe image | sed 's,^nfs 127.*,& vers=3,' >recipe
	printf 'dir /etc 0755\ndir /etc/crashbox 0755\nfile /etc/crashbox/recipe 0600 %s\n' "$PWD/recipe" >list
	"$CRASHBOX" cpio -o over.cpio list
	cat over.cpio >>image
	rehearse ganesha
	row 1 warning | grep -E '/s .*/s '
	row 2 warning | grep -E '/s .*/s '
	[[ "$output" == *" free, and a dump may need up to "* ]]
	[ "$(inside ganesha ls -A /srv/dump/crash)" = "" ]
	inside ganesha mount -o remount,size=1m /srv/dump
	want=1 rehearse ganesha --json
	echo "$output" | python3 -c '
import json, sys
seen = json.load(sys.stdin)
target = seen["targets"][0]
assert seen["failed"] == 2 and not target["ok"] and target["target"] == "nfs 10.99.0.1:/srv/dump", seen
assert "not even the kernel log fits" in target["why"] and not target["warnings"], target'
	cmp "$RECORD" - <<<"$output"
	[ "$(inside ganesha ls -A /srv/dump/crash)" = "" ]
}

@test "a server that does not answer costs its time limit and no more" {
	ssh_server
	printf 'ssh root@10.98.0.1\npath /srv/dump\n' >kdump.conf
	image
	sh "$ROOT/tests/net/sshd.sh" kill "$ORIGIN/sshd" STOP
	want=1 rehearse sshd --timeout 2
	sh "$ROOT/tests/net/sshd.sh" kill "$ORIGIN/sshd" CONT
	[[ "$output" == *"not done after 2 s"* ]]
}

@test "a disk: mounted for the rehearsal alone, the probe is removed; a module is packed, one is missing" {
	truncate -s 64M disk
	mkfs.ext4 -q disk
	losetup -f --show disk >loop
	printf 'ext4 %s\npath /\n' "$(cat loop)" >kdump.conf
	image --add-drivers 'card large'
	"$CRASHBOX" cpio --list image | grep -q 'large\.ko\.gz$'
	run -0 "$CRASHBOX" rehearse --record "$RECORD" image
	row 1 '(fine|warning)' | grep -F "ext4 $(cat loop)"
	[[ "$output" == *"the image is for kernel 6.0-test, and this system runs "* ]]
	run -1 grep -q kdumproot /proc/self/mounts
	debugfs -R 'ls /' disk 2>/dev/null >names
	run -1 grep -q crashbox-rehearse names
	"$CRASHBOX" cpio --cat /etc/crashbox/recipe image | sed 's/^target 1/&\nmodule lost/' >recipe
	printf 'dir /etc 0755\ndir /etc/crashbox 0755\nfile /etc/crashbox/recipe 0600 %s\n' "$PWD/recipe" >list
	"$CRASHBOX" cpio -o over.cpio list
	cat over.cpio >>image
	run -1 "$CRASHBOX" rehearse --no-record image
	[[ "$output" == *"module lost is not in the image"* ]]
}

@test "a disk that is in use here already is not disturbed" {
	truncate -s 64M disk
	mkfs.ext4 -q disk
	losetup -f --show disk >loop
	mkdir here
	mount "$(cat loop)" here
	echo kept >here/file
	printf 'ext4 %s\npath /\n' "$(cat loop)" >kdump.conf
	image
	run -0 "$CRASHBOX" rehearse --no-record image
	[ "$(find here -mindepth 1 | sort | tr '\n' ' ')" = "here/file here/lost+found " ]
	[ "$(cat here/file)" = kept ]
}

@test "a raw partition: one that is blank, and one that holds a file system; nothing is written" {
	truncate -s 64M disk
	losetup -f --show disk >loop
	printf 'raw %s\n' "$(cat loop)" >kdump.conf
	image
	sum=$(sha256sum <disk)
	run -0 "$CRASHBOX" rehearse --no-record image
	row 1 '(fine|warning)' | grep -F "raw $(cat loop)"
	[[ "$output" == *"$(cat loop), which is "* ]]
	[ "$(sha256sum <disk)" = "$sum" ]
	mkfs.ext4 -q disk
	sum=$(sha256sum <disk)
	run -1 "$CRASHBOX" rehearse --no-record image
	row 1 FAILED
	[[ "$output" == *ext4* ]]
	[ "$(sha256sum <disk)" = "$sum" ]
}

@test "hooks: one that is not executable or lacks its interpreter fails the image, not the target" {
	truncate -s 64M disk
	mkfs.ext4 -q disk
	losetup -f --show disk >loop
	printf '#!/bin/sh\n' >hook
	chmod +x hook
	printf 'ext4 %s\npath /\nkdump_post %s\n' "$(cat loop)" "$PWD/hook" >kdump.conf
	image
	run -0 "$CRASHBOX" rehearse --no-record image
	[[ "$output" != *kdump_post* ]]
	printf '#!/lost/sh\n' >hook
	printf 'file %s 0755 %s\n' "$PWD/hook" "$PWD/hook" >list
	"$CRASHBOX" cpio -o over.cpio list
	cat over.cpio >>image
	run -1 "$CRASHBOX" rehearse --no-record image
	[[ "$output" == *"kdump_post: $PWD/hook needs /lost/sh, which is not in the image"* ]]
	[ "${lines[-1]}" = "1 of 1 targets would take the dump, but the image is not as it should be" ]
}

@test "usage" {
	run -2 "$CRASHBOX" rehearse --timeout
	run -2 "$CRASHBOX" rehearse --timeout 0
	run -2 "$CRASHBOX" rehearse one two
	run -1 "$CRASHBOX" rehearse --no-record /nowhere/image
	[[ "$output" == *"/nowhere/image"* ]]
}
