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
	echo 'kernel/drivers/net/card.ko:' >"$tree/modules.dep"
	: >"$tree/modules.alias"
	printf 'kernel/fs/ext4/ext4.ko\n' >"$tree/modules.builtin"
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p host/root/.ssh host/etc
	export SYSROOT="$PWD/host"
	ORIGIN="$PWD/servers"
	mkdir "$ORIGIN"
}

teardown() {
	sh "$ROOT/tests/net/sshd.sh" stop "$ORIGIN/sshd"
	sh "$ROOT/tests/net/ganesha.sh" stop "$ORIGIN/ganesha"
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
	run -"${want:-0}" sh "$ROOT/tests/net/$kind.sh" in "$ORIGIN/$kind" "$CRASHBOX" rehearse "$@" "$PWD/image"
	echo "$output"
}

@test "ssh: logs in with the key of the image, writes, and leaves an empty file" {
	ssh_server
	printf 'ssh root@10.98.0.1\npath /srv/dump/crash\n' >kdump.conf
	image
	rm -r host
	rehearse sshd
	[[ "$output" == *"1  fine   ssh root@10.98.0.1"* ]]
	[[ "$output" == *"root@10.98.0.1:/srv/dump/crash/crashbox-rehearse: there after "* ]]
	[[ "$output" == *"/s, "*" free; an empty file is left there"* ]]
	[ "${lines[-1]}" = "1 of 1 targets would take the dump" ]
	[ "$(sh "$ROOT/tests/net/sshd.sh" in "$ORIGIN/sshd" stat -c %s /srv/dump/crash/crashbox-rehearse/probe)" = 0 ]
}

@test "ssh: another key of the server than that of the image, a user without the key" {
	ssh_server
	printf 'ssh root@10.98.0.1\nssh nobody@10.98.0.1\npath /srv/dump\n' >kdump.conf
	image
	want=1 rehearse sshd
	[[ "$output" == *"2  FAILED ssh nobody@10.98.0.1"* ]]
	[ "${lines[-1]}" = "1 of 2 targets would take the dump" ]
	rm "$ORIGIN/sshd/host" "$ORIGIN/sshd/host.pub"
	ssh-keygen -q -t ed25519 -N '' -f "$ORIGIN/sshd/host"
	sh "$ROOT/tests/net/sshd.sh" kill "$ORIGIN/sshd"
	sh "$ROOT/tests/net/sshd.sh" again "$ORIGIN/sshd"
	want=1 rehearse sshd
	[[ "$output" == *"1  FAILED ssh root@10.98.0.1"* ]]
	[ "${lines[-1]}" = "0 of 2 targets would take the dump" ]
}

@test "NFS and a target that is too small for the probe, as JSON" {
	sh "$ROOT/tests/net/ganesha.sh" start "$ORIGIN/ganesha" size=8m
	printf 'nfs 10.99.0.1:/srv/dump\npath /crash\n' >kdump.conf
	image
	want=1 rehearse ganesha --json
	echo "$output" | python3 -c '
import json, sys
seen = json.load(sys.stdin)
target = seen["targets"][0]
assert seen["failed"] == 1 and not target["ok"] and target["target"] == "nfs 10.99.0.1:/srv/dump"
assert target["where"].startswith("10.99.0.1:/srv/dump/crash/") and "space" in target["why"], target'
}

@test "a disk: mounted for the rehearsal alone, the probe is removed; a module that is missing is told" {
	truncate -s 64M disk
	mkfs.ext4 -q disk
	losetup -f --show disk >loop
	printf 'ext4 %s\npath /\n' "$(cat loop)" >kdump.conf
	image --add-drivers card
	run -0 "$CRASHBOX" rehearse image
	[[ "$output" == *"1  fine   ext4 $(cat loop)"* ]]
	[[ "$output" != *"left there"* ]]
	run -1 grep -q kdumproot /proc/self/mounts
	debugfs -R 'ls /' disk 2>/dev/null >names
	run -1 grep -q crashbox-rehearse names
	"$CRASHBOX" cpio --cat /etc/crashbox/recipe image | sed 's/^target 1/&\nmodule lost/' >recipe
	printf 'dir /etc 0755\ndir /etc/crashbox 0755\nfile /etc/crashbox/recipe 0600 %s\n' "$PWD/recipe" >list
	"$CRASHBOX" cpio -o over.cpio list
	cat over.cpio >>image
	run -1 "$CRASHBOX" rehearse image
	[[ "$output" == *"module lost is not in the image"* ]]
}
