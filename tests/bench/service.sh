#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What `kdumpctl start` costs up to the load: nothing changed, kdump.conf edited, all built. Stock kernel's modules, a
# machine made of files (its disks and mounts are what a start looks at). A table, never a verdict.
# RUNS=N (5): the least of so many. GIB=N (4): size of the dump that waits. O=DIR is the build directory.
# shellcheck disable=SC1091,SC2154
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/tests/vm/lib.sh"
. "$VM/lib/kernel.sh"
RUNS=${RUNS:-5}
S=$O/bench/service
rm -rf "$S"
mkdir -p "$S"
kernel_get bookworm

# A disk on virtio with an ext4 file system, mounted as root
machine()
{
	host=$S/host
	pci=$host/sys/devices/pci0000:00/0000:00:05.0
	mkdir -p "$host/boot" "$host/etc/sysconfig" "$host/var/crash" "$host/proc/self" "$host/dev/disk/by-uuid" \
		"$host/sys/kernel" "$host/sys/class/block" \
		"$pci/virtio1/block/vda/vda1" "$host/lib" "$host/sys/drivers/blk"
	ln -s "$K_ROOT/lib/modules" "$host/lib/modules"
	echo "virtio:d00000002v00001AF4" >"$pci/virtio1/modalias"
	echo "pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00" >"$pci/modalias"
	ln -s ../../../../drivers/blk "$pci/virtio1/driver"
	echo 254:0 >"$pci/virtio1/block/vda/dev"
	echo 254:1 >"$pci/virtio1/block/vda/vda1/dev"
	ln -s "$pci/virtio1/block/vda" "$host/sys/class/block/vda"
	ln -s "$pci/virtio1/block/vda/vda1" "$host/sys/class/block/vda1"
	: >"$host/dev/vda1"
	ln -s ../../vda1 "$host/dev/disk/by-uuid/0b0a-1"
	echo "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw" >"$host/proc/self/mountinfo"
	printf "%s 1 0 - Live 0x0\n" ext4 jbd2 mbcache virtio_blk virtio_pci >"$host/proc/modules"
	echo 1073741824 >"$host/sys/kernel/kexec_crash_size"
	echo 0 >"$host/sys/kernel/kexec_crash_loaded"
	cp "$K_VMLINUZ" "$host/boot/vmlinuz-$K_VERSION"
	echo "KDUMP_KERNELVER=$K_VERSION" >"$host/etc/sysconfig/kdump"
	echo "path /var/crash" >"$host/etc/kdump.conf"
	image=$host/boot/initramfs-${K_VERSION}kdump.img
}


# once KIND: prepares that state, runs, prints wall and CPU seconds
once_of()
{
	case $1 in
	full) rm -f "$image" ;;
	edit) echo "# $(now_ms)" >>"$host/etc/kdump.conf" ;;
	esac
	SYSROOT=$host /usr/bin/time -f '%e %U %S' -o "$S/time" "$O/crashbox" kdumpctl --mkinitrd "$ROOT/mkinitrd.sh" \
		--no-savecore start >"$S/said" 2>&1 || :
	tail -1 "$S/time" | awk '{ print $1, $2 + $3 }'
	[ -e "$image" ] || die "no image: $(tail -2 "$S/said")"
}

row()
{
	n=0
	while [ "$n" -lt "$RUNS" ]; do
		once_of "$2"
		n=$((n + 1))
	done | awk -v what="$1" -v bar="$3" 'NR == 1 || $1 < wall { wall = $1 } NR == 1 || $2 < cpu { cpu = $2 }
		END { printf "| %s | %.2f | %.2f | %s |\n", what, wall, cpu, bar }'
}

# The same with a dump of $GIB GiB on a raw partition: until the load, and until all ends with the recovery. The
# partition is a loop device, and savecore sees nothing else of this machine.
waiting()
{
	rm -rf "$S/raw" "$S/crash"
	mkdir "$S/crash"
	truncate -s $((GIB + 1))G "$S/raw"
	truncate -s "${GIB}G" "$S/dump"
	"$O/crashbox" raw put "$S/raw" "$S/dump"
	rm "$S/dump"
	loop=$(losetup -f --show "$S/raw")
	printf 'raw %s\npath %s\n' "$loop" "$S/crash" >"$S/conf"
	[ -e /etc/kdump.conf ] || : >/etc/kdump.conf
	start=$(now_ms)
	# shellcheck disable=SC2016
	SYSROOT=$host unshare -m sh -ec 'mount --bind "$1" /etc/kdump.conf
		mount -t tmpfs none /sys/class/block
		exec "$2" kdumpctl --mkinitrd "$3" start 2>&1' sh "$S/conf" "$O/crashbox" "$ROOT/mkinitrd.sh" |
		while read -r line; do
			case $line in
			"kdumpctl: load "* | *"was loaded before"* | armed:*) echo "$(($(now_ms) - start))" ;;
			*": vmcore, from "* | "not all"* | *"kept where they are") echo "$(($(now_ms) - start))" ;;
			esac
		done >"$S/times"
	[ -s /etc/kdump.conf ] || rm -f /etc/kdump.conf
	awk -v gib="$GIB" 'NR == 1 { load = $1 } { last = $1 } END {
		printf "| nothing changed, a dump of %d GiB waits: until the load | %.2f | | 0.5 |\n", gib, load / 1000
		printf "| the same: until it is recovered | %.2f | | |\n", last / 1000 }' "$S/times"
	losetup -d "$loop"
	rm -rf "$S/raw" "$S/crash"
}

GIB=${GIB:-4}
machine
once_of full >/dev/null
echo "| \`kdumpctl start\` | seconds | CPU seconds | bar |"
echo "|---|---|---|---|"
row "nothing changed" same 0.1
row "kdump.conf edited" edit 0.5
row "all built" full 5

waiting
