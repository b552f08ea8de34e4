#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# dev: block devices by identity, modules in order; real file systems in image files stand for the devices.
# shellcheck disable=SC2154 # stderr is set by `run --separate-stderr`
bats_require_minimum_version 1.5.0

setup_file() {
	export ROOT="$BATS_FILE_TMPDIR/root"
	mkdir -p "$ROOT/dev/cciss"
	U=11111111-2222-3333-4444-55555555555
	disk vda 8 && mkfs.ext4 -q -F -U ${U}1 -L 'two words' "$ROOT/dev/vda"
	disk vdb 320 && mkfs.xfs -q -m uuid=${U}2 -L crash "$ROOT/dev/vdb"
	disk vdc 8 && mkfs.vfat -i abcd1234 -n EFI "$ROOT/dev/vdc" >/dev/null
	disk vdd 120 && mkfs.btrfs -q -U ${U}3 -L bt "$ROOT/dev/vdd"
	disk vde 8 && mkswap -q -U ${U}4 "$ROOT/dev/vde" 2>/dev/null
	disk vdf 8                                     # nothing on it
	disk vdg 8 && mkfs.minix "$ROOT/dev/vdg" >/dev/null
	disk 'cciss!c0d0' 8 && mkfs.ext2 -q -F -U ${U}5 "$ROOT/dev/cciss/c0d0"
	disk vda10 8 && mkfs.ext4 -q -F -U ${U}6 "$ROOT/dev/vda10"
	disk vda9 8 && mkfs.ext4 -q -F -U ${U}6 "$ROOT/dev/vda9"
	disk vdq 8 && mkfs.ext4 -q -F -U ${U}7 "$ROOT/dev/vdq"
	disk sda 8 && mkfs.ext4 -q -F -U ${U}7 "$ROOT/dev/sda" # a stick with the same identity, first by its name
	echo 1 >"$ROOT/sys/class/block/sda/removable"
	disk dm-0 8 && mkdir "$ROOT/sys/class/block/dm-0/dm" &&
		echo vg-crash >"$ROOT/sys/class/block/dm-0/dm/name"
	# left alone: no medium, ram disk, unused loop device, floppy
	disk sr0 0 && disk ram0 8 && disk loop0 8 && disk fd0 8
	for d in ram0 loop0 fd0; do cp "$ROOT/dev/vda" "$ROOT/dev/$d"; done
	partitions
}

# disk NAME MIB: an empty device
disk() {
	local node="$ROOT/dev/${1//!//}"
	mkdir -p "$ROOT/sys/class/block/$1"
	echo $(($2 * 2048)) >"$ROOT/sys/class/block/$1/size"
	truncate -s "$2M" "$node"
}

# A disk with a hand-made GPT: two entries; its checksums are right.
partitions() {
	local n
	disk vdp 8
	rm -r "$ROOT/sys/class/block/vdp"
	mkdir -p "$ROOT/sys/devices/pci/block/vdp"
	echo 16384 >"$ROOT/sys/devices/pci/block/vdp/size"
	ln -s ../../devices/pci/block/vdp "$ROOT/sys/class/block/vdp"
	for n in 1 2; do
		mkdir "$ROOT/sys/devices/pci/block/vdp/vdp$n"
		echo "$n" >"$ROOT/sys/devices/pci/block/vdp/vdp$n/partition"
		echo 4096 >"$ROOT/sys/devices/pci/block/vdp/vdp$n/size"
		ln -s "../../devices/pci/block/vdp/vdp$n" "$ROOT/sys/class/block/vdp$n"
		truncate -s 2M "$ROOT/dev/vdp$n"
	done
	# MBR: signature aa55, disk id 0badcafe, two Linux partitions of 4096 sectors
	printf '\376\312\255\013\0\0' | dd of="$ROOT/dev/vdp" bs=1 seek=440 conv=notrunc status=none
	printf '\0\0\0\0\203\0\0\0\0\010\0\0\0\020\0\0' | dd of="$ROOT/dev/vdp" bs=1 seek=446 conv=notrunc status=none
	printf '\0\0\0\0\203\0\0\0\0\030\0\0\0\020\0\0' | dd of="$ROOT/dev/vdp" bs=1 seek=462 conv=notrunc status=none
	printf '\125\252' | dd of="$ROOT/dev/vdp" bs=1 seek=510 conv=notrunc status=none
}

# found SPEC NODE TYPE
found() {
	run --separate-stderr "$CRASHBOX" blkwait -v -t 0 -r "$ROOT" "$1"
	[ "$status" -eq 0 ]
	[ "${output% *}" = "$ROOT/dev/$2 $3" ]
}

@test "a device is found by the UUID of every target file system" {
	found UUID=11111111-2222-3333-4444-555555555551 vda ext4
	found UUID=11111111-2222-3333-4444-555555555552 vdb xfs
	found UUID=ABCD-1234 vdc vfat
	found UUID=abcd-1234 vdc vfat
	found UUID=11111111-2222-3333-4444-555555555553 vdd btrfs
	found UUID=11111111-2222-3333-4444-555555555554 vde swap
	found 'UUID="11111111-2222-3333-4444-555555555555"' cciss/c0d0 ext2
}

@test "a device is found by label, with blanks, in both spellings" {
	found "LABEL=two words" vda ext4
	found "LABEL='two words'" vda ext4
	found '/dev/disk/by-label/two\x20words' vda ext4
	found LABEL=crash vdb xfs
	found LABEL=EFI vdc vfat
	found LABEL=bt vdd btrfs
}

@test "a device is found by its path" {
	found /dev/vdb vdb xfs
	found /dev/vdg vdg minix
	found /dev/vdf vdf -
	found /dev/cciss/c0d0 cciss/c0d0 ext2
	found /dev/mapper/vg-crash dm-0 -
}

@test "a partition is found by the table of its disk" {
	found PARTUUID=0badcafe-01 vdp1 -
	found PARTUUID=0BADCAFE-02 vdp2 -
	found /dev/disk/by-partuuid/0badcafe-02 vdp2 -
}

@test "the same UUID twice: the first by name, and it is said" {
	run --separate-stderr "$CRASHBOX" blkwait -t 0 -r "$ROOT" UUID=11111111-2222-3333-4444-555555555556
	[ "$status" -eq 0 ]
	[ "$output" = "$ROOT/dev/vda9" ]
	[ "$stderr" = "blkwait: UUID=11111111-2222-3333-4444-555555555556 is also on $ROOT/dev/vda10" ]
}

@test "the same UUID on a stick: the disk is taken, and a stick alone is not when the recipe says fixed" {
	local uuid=UUID=11111111-2222-3333-4444-555555555557
	run --separate-stderr "$CRASHBOX" blkwait -t 0 -r "$ROOT" "$uuid"
	[ "$output" = "$ROOT/dev/vdq" ]
	[ "$stderr" = "blkwait: $uuid is also on $ROOT/dev/sda" ]
	mv "$ROOT/sys/class/block/vdq" "$BATS_TEST_TMPDIR"
	run --separate-stderr "$CRASHBOX" blkwait -t 0 -r "$ROOT" "$uuid"
	[ "$output" = "$ROOT/dev/sda" ]
	run "$CRASHBOX" blkwait -f -t 0 -r "$ROOT" "$uuid"
	mv "$BATS_TEST_TMPDIR/vdq" "$ROOT/sys/class/block"
	[ "$status" -eq 1 ]
	run --separate-stderr "$CRASHBOX" blkwait -f -t 0 -r "$ROOT" "$uuid"
	[ "$output" = "$ROOT/dev/vdq" ]
	[ -z "$stderr" ]
}

@test "ram disks, floppies, unused loop devices and empty drives are left alone" {
	run "$CRASHBOX" blkwait -l -r "$ROOT"
	[ "$status" -eq 0 ]
	[[ "$output" != *ram0* && "$output" != *loop0* && "$output" != *fd0* && "$output" != *sr0* ]]
	[[ "$output" == *"vdb 320.0 MiB xfs UUID=11111111-2222-3333-4444-555555555552"* ]]
	[[ "$output" == *"vdf 8.0 MiB -"* ]]
}

@test "the deadline names what was awaited and what is there" {
	run --separate-stderr "$CRASHBOX" blkwait -t 1 -r "$ROOT" UUID=none
	[ "$status" -eq 1 ]
	[ -z "$output" ]
	[[ "$stderr" == *"blkwait: UUID=none did not appear; block devices: "*"vda 8.0 MiB ext4 UUID=11111111-2222-3333-4444-555555555551, vda9 "* ]]
}

@test "what can never appear is refused at once" {
	run "$CRASHBOX" blkwait -t 60 -r "$ROOT" /dev/disk/by-id/wwn-0x5000
	[ "$status" -eq 1 ]
	[ "$output" = "blkwait: /dev/disk/by-id/wwn-0x5000: a name that only udev gives, use UUID=" ]
	run "$CRASHBOX" blkwait -t 60 -r "$ROOT" vda1
	[ "$status" -eq 1 ]
	[ "$output" = "blkwait: vda1: not a device: /dev/… UUID= LABEL= PARTUUID= PARTLABEL=" ]
	run "$CRASHBOX" blkwait -t x UUID=1
	[ "$status" -eq 2 ]
}

@test "a file system that is cut short is no reason to fail" {
	cp "$ROOT/dev/vda" "$BATS_TEST_TMPDIR/save"
	truncate -s 1100 "$ROOT/dev/vda"
	run --separate-stderr "$CRASHBOX" blkwait -t 0 -r "$ROOT" LABEL=crash
	mv "$BATS_TEST_TMPDIR/save" "$ROOT/dev/vda"
	[ "$output" = "$ROOT/dev/vdb" ]
}

modules() {
	cat >"$1/modules.dep" <<-END
		kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/jbd2/jbd2.ko
		kernel/fs/jbd2/jbd2.ko:
		kernel/lib/crc16.ko:
		kernel/crypto/crc32c_generic.ko:
		kernel/drivers/block/virtio_blk.ko: kernel/drivers/virtio/virtio.ko
		kernel/drivers/virtio/virtio.ko:
	END
	printf 'alias crc32c crc32c_generic\nalias virtio:d00000002v* virtio_blk\n' >"$1/modules.alias"
	printf 'softdep ext4 pre: crc32c\n' >"$1/modules.softdep"
	printf 'kernel/lib/libcrc32c.ko\n' >"$1/modules.builtin"
}

@test "modules come in the order of their dependencies" {
	modules "$BATS_TEST_TMPDIR"
	run "$CRASHBOX" modload -n -S "$BATS_TEST_TMPDIR" ext4
	[ "$status" -eq 0 ]
	[ "$output" = "kernel/crypto/crc32c_generic.ko
kernel/lib/crc16.ko
kernel/fs/jbd2/jbd2.ko
kernel/fs/ext4/ext4.ko" ]
	run "$CRASHBOX" modload -n -S "$BATS_TEST_TMPDIR" virtio:d00000002v00001AF4
	[ "$output" = "kernel/drivers/virtio/virtio.ko
kernel/drivers/block/virtio_blk.ko" ]
	run "$CRASHBOX" modload -n -S "$BATS_TEST_TMPDIR" libcrc32c
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "a module that is not there, or no module, is named" {
	modules "$BATS_TEST_TMPDIR"
	run --separate-stderr "$CRASHBOX" modload -S "$BATS_TEST_TMPDIR" virtio-blk nonesuch
	[ "$status" -eq 1 ]
	[ "${stderr_lines[0]}" = "modload: module virtio-blk: needs virtio: open $BATS_TEST_TMPDIR/kernel/drivers/virtio/virtio.ko: No such file or directory" ]
	[ "${stderr_lines[1]}" = "modload: module nonesuch: no module and no alias of this name" ]
	[ "$output" = "loaded 0, present 0" ]
	run "$CRASHBOX" modload -S "$BATS_TEST_TMPDIR/none" ext4
	[ "$status" -eq 1 ]
	[ "$output" = "modload: modules: open $BATS_TEST_TMPDIR/none/modules.dep: No such file or directory" ]
}

@test "a damaged compressed module is named with its codec" {
	modules "$BATS_TEST_TMPDIR"
	mkdir -p "$BATS_TEST_TMPDIR/kernel/lib"
	head -c 100000 /dev/zero | tr '\0' x | zstd -q >"$BATS_TEST_TMPDIR/kernel/lib/crc16.ko.zst"
	truncate -s -8 "$BATS_TEST_TMPDIR/kernel/lib/crc16.ko.zst"
	run "$CRASHBOX" modload -S "$BATS_TEST_TMPDIR" crc16
	[ "$status" -eq 1 ]
	[ "${lines[0]}" = "modload: module crc16: unpack $BATS_TEST_TMPDIR/kernel/lib/crc16.ko.zst: zstd: the file ends early" ]
}
