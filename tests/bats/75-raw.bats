#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Raw partitions, on files that are the image of one: what is written over, what never, what others read.
# Promise: nothing that somebody else put there is lost, and a stream that is found is whole.

bats_require_minimum_version 1.5.0

setup()
{
	cd "$BATS_TEST_TMPDIR" || return
	truncate -s 64M dev
}

crashbox()
{
	"${CRASHBOX:-build/crashbox}" "$@"
}

# bytes OFFSET ESCAPES: writes them into dev
bytes()
{
	# shellcheck disable=SC2059 # the escapes are meant
	printf "$2" | dd of=dev bs=1 seek="$1" conv=notrunc status=none
}

# A dump of N MiB that nobody can mistake for another one
noise()
{
	head -c "$((1048576 * $2 + 12345))" /dev/urandom >"$1"
}

# saved FILE: one of the vmcores in out is the same
saved()
{
	for saved in out/*/vmcore; do
		! cmp -s "$saved" "$1" || return 0
	done
	echo "$1 is lost" >&2
	return 1
}

# refused WHAT: neither prepared nor written to, and not a byte of it changes
refused()
{
	cp --sparse=always dev before
	run -1 crashbox raw prepare dev
	[[ $output == *"$1"*"not written over"* ]] || { echo "$output"; return 1; }
	run -1 crashbox raw put dev "$BATS_TEST_DIRNAME/../../Makefile"
	[[ $output == *"$1"*"not written over"* ]]
	run -1 crashbox raw status dev
	cmp dev before
}

@test "a blank one is prepared once, and its label says so" {
	run -0 crashbox raw prepare dev
	[[ $output == "dev is prepared: "*" MiB for dumps, "*" MiB for logs" ]]
	cp dev before
	run -0 crashbox raw prepare dev
	[ "$output" = "dev is prepared already" ]
	cmp dev before
	run -0 crashbox raw status dev
	[[ $output == "label 2, partition "*"from byte 0 on"* ]]
}

@test "a blank one is taken without being prepared" {
	noise dump 1
	crashbox raw put dev dump
	run -0 crashbox raw status dev
	[[ $output == *"waits for savecore"* ]]
}

@test "too small, no device, a directory: each is said" {
	truncate -s 4M dev
	run -1 crashbox raw prepare dev
	[[ $output == *"too small"* ]]
	run -1 crashbox raw prepare nowhere
	[[ $output == *"No such file"* ]]
	run -1 crashbox raw prepare .
	[[ $output == *"neither a block device nor an ordinary file"* ]]
	run -2 crashbox raw prepare
	run -2 crashbox raw status
}

@test "refused: file systems and swap" {
	mkfs.ext4 -q -F dev
	refused ext4
	truncate -s 0 dev
	truncate -s 320M dev
	mkfs.xfs -q -f dev
	refused xfs
	truncate -s 0 dev
	truncate -s 160M dev
	mkfs.btrfs -q -f dev >/dev/null
	refused btrfs
	truncate -s 0 dev
	truncate -s 64M dev
	mkfs.vfat dev >/dev/null
	refused vfat
	truncate -s 0 dev
	truncate -s 64M dev
	mkswap dev >/dev/null 2>&1
	refused swap
}

@test "refused: partition tables" {
	echo 'label: gpt' | sfdisk -q dev
	refused "a gpt partition table"
	truncate -s 0 dev
	truncate -s 64M dev
	printf 'label: dos\n,16M\n' | sfdisk -q dev
	refused "a dos partition table"
}

# Layouts: LVM2 physical volume (label_header in the second sector), md superblock 1.2 (drivers/md, md_p.h of Linux 6.1),
# LUKS2 (on-disk format 1.0.0). blkid, not ours, says that they are what they shall be.
@test "refused: members of LVM and RAID, encryption" {
	bytes 512 'LABELONE\1\0\0\0\0\0\0\0\0\0\0\0\40\0\0\0LVM2 001abcdefghijklmnopqrstuvwxyz012345'
	refused LVM2_member
	truncate -s 0 dev
	truncate -s 64M dev
	bytes 4096 '\374\116\053\251\1\0\0\0'
	bytes 4240 '\10\0\0\0\0\0\0\0'
	refused linux_raid_member
	truncate -s 0 dev
	truncate -s 64M dev
	bytes 0 'LUKS\272\276\0\2\0\0\0\0\0\0\100\0'
	[ "$(blkid -p -o value -s TYPE dev)" = crypto_LUKS ]
	refused crypto_LUKS
}

@test "refused: data that nobody knows, at either end" {
	bytes 700000 x
	refused "is not blank"
	truncate -s 0 dev
	truncate -s 64M dev
	bytes $((64 * 1048576 - 500000)) x
	refused "is not blank"
}

@test "a label does not protect what was put over it" {
	crashbox raw prepare dev
	mkfs.ext4 -q -F -E nodiscard dev
	refused ext4
}

@test "forced: what lies there is given up" {
	mkfs.ext4 -q -F dev
	crashbox raw prepare --force dev
	[ -z "$(blkid -p -o value -s TYPE dev)" ]
	noise dump 1
	crashbox raw put dev dump
}

@test "one at a time" {
	crashbox raw prepare dev
	noise dump 3
	mkfifo pipe
	crashbox raw put dev pipe &
	exec 9>pipe
	head -c 3000000 dump >&9
	run -1 crashbox raw put dev dump
	[[ $output == *"another crashbox"* ]]
	exec 9>&-
	wait $!
}

@test "makedumpfile rebuilds the dump from byte 0, as kdump-utils does" {
	mk=${O:-build}/mk/mkvmcore
	"$mk" "$BATS_TEST_DIRNAME/../data/flatmem.spec" vmcore
	makedumpfile -F -l -d 1 vmcore >flat
	makedumpfile -R want <flat
	crashbox raw put dev flat
	makedumpfile -R got <dev
	cmp want got
}

@test "three crashes: each is kept, the first one where others look" {
	for i in 1 2 3; do
		noise "dump$i" 5
		crashbox raw put dev "dump$i" "$BATS_TEST_DIRNAME/../../Makefile"
	done
	[ "$(crashbox raw status dev | grep -c 'waits for savecore')" -eq 3 ]
	# Noise in a stream is rebuilt, and said to be no dump.
	run -1 crashbox makedumpfile -R got <dev
	cmp got dump1
}

@test "full: neither the first nor the last dump is given up" {
	for i in 1 2 3 4 5; do
		noise "dump$i" 14
		crashbox raw put dev "dump$i"
	done
	crashbox savecore --dev dev --dir out /dev/null
	saved dump1
	saved dump5
	[ "$(find out -name vmcore | wc -l)" -ge 3 ]
}

@test "no room at all: the dump is cut, its log is there, the older one is untouched" {
	noise dump1 55
	crashbox raw put dev dump1
	noise dump2 20
	run -1 crashbox raw put dev dump2 "$BATS_TEST_DIRNAME/../../Makefile"
	[[ $output == *"room are full"* ]]
	crashbox savecore --dev dev --dir out /dev/null
	saved dump1
	[ "$(find out -name vmcore | wc -l)" -eq 1 ]
	[ "$(find out -name vmcore-incomplete | wc -l)" -eq 1 ]
	cmp "$(find out -name vmcore-dmesg.txt)" "$BATS_TEST_DIRNAME/../../Makefile"
}

# What is on the partition when the writer is killed: 25 times, at other moments.
@test "killed while writing: never a lost older dump, never a false whole one" {
	noise dump1 8
	noise dump2 24
	crashbox raw put dev dump1
	RANDOM=75 # the same moments each time
	for i in $(seq 25); do
		cp --sparse=always dev cut
		"$CRASHBOX" raw put cut dump2 &
		pid=$!
		sleep "0.0$((RANDOM % 90 + 10))"
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" || :
		run -1 crashbox makedumpfile -R first <"./cut"
		cmp first dump1
		rm -rf out first
		crashbox savecore -q --dev cut --dir out /dev/null 2>/dev/null
		saved dump1
		for file in out/*/vmcore; do
			cmp "$file" dump1 2>/dev/null || cmp "$file" dump2
		done
	done
}

@test "the checksum of the program: the line of the image" {
	printf 'program' >program
	run -0 crashbox raw sum program
	[ "$output" = "crc32 $(gzip -c program | tail -c 8 | od -An -N4 -tx4 | tr -d ' ') 7" ]
}
