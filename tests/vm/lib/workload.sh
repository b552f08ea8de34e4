# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: what the workload of the system that crashes needs: disks with real files, its programs.
# shellcheck shell=sh disable=SC2034

# The disks are shared by all guests; QEMU throws away what a guest writes to them.
WORK_FILES=$VMO/work-files.img # ext4: real programs, libraries and texts of this machine
WORK_XFS=$VMO/work-xfs.img     # xfs, empty: large folios in the page cache

# work_disks MIB: the guest has both, with at least MIB of files, and a balloon
work_disks()
{
	once work-disks work_disks_make "$1"
	VM_QEMU="$VM_QEMU $(work_disk files "$WORK_FILES" 1d) $(work_disk xfs "$WORK_XFS" 1e)
		-device virtio-balloon-pci"
	VM_FIRST="$VM_FIRST movablecore=$((VM_MEM * 9 / 14))M" # a memory block can go offline
}

# work_disk SERIAL IMAGE SLOT: QEMU's words for it; the guest finds a disk by its serial number. The
# last slots of the bus: the targets stay vda, vdb, ...
work_disk()
{
	echo "-drive if=none,id=work-$1,file=$2,format=raw,snapshot=on,cache=unsafe
		-device virtio-blk-pci,drive=work-$1,serial=work-$1,addr=0x$3"
}

work_disks_make()
{
	if [ ! -e "$WORK_XFS" ]; then
		truncate -s 512M "$WORK_XFS.new"
		mkfs.xfs -q -f "$WORK_XFS.new"
		mv "$WORK_XFS.new" "$WORK_XFS"
	fi
	[ ! -e "$WORK_FILES" ] || [ "$(cat "$WORK_FILES.mib")" -lt "$1" ] || return 0
	work_files "$1"
	truncate -s "$(($1 * 2 + 256))M" "$WORK_FILES.new"
	mkfs.ext4 -q -F -d "$VMO/tree/load" "$WORK_FILES.new"
	rm -rf "$VMO/tree/load"
	echo "$1" >"$WORK_FILES.mib"
	mv "$WORK_FILES.new" "$WORK_FILES"
}

# work_files MIB: files "0", "1", ... of 4 MiB, cut from the files of this machine in mixed order
work_files()
{
	rm -rf "$VMO/tree/load"
	mkdir -p "$VMO/tree/load"
	find /usr/bin /usr/lib /usr/share -xdev -type f -size +8k -size -65536k |
		awk 'BEGIN { srand(7) } { print rand() "\t" $0 }' | sort | cut -f2- |
		tr '\n' '\0' | xargs -0 cat 2>/dev/null | head -c "${1}M" |
		split -b 4M -d -a 4 - "$VMO/tree/load/part-" || :
}

# work_image: sets WORK_IMAGE, what the image of the first guest needs besides the plain one
work_image()
{
	WORK_IMAGE=$VMO/work-$K_RELEASE.cpio
	once "work-$K_RELEASE" work_image_make
}

work_image_make()
{
	up_to_date "$WORK_IMAGE" "$VM/first/fill.c" "$VM/first/workload" "$VM/lib/workload.sh" "$K_VMLINUZ" &&
		return 0
	tool_build fill vm/first/fill.c -- -static
	tree=$VMO/tree/load-$K_RELEASE
	rm -rf "$tree"
	mkdir -p "$tree/bin"
	install -m 755 "$VMO/bin/fill" "$tree/bin/fill"
	install -m 755 "$VM/first/workload" "$tree/workload"
	modules_into "$tree" virtio_pci virtio_blk ext4 xfs virtio_balloon
	pack "$tree" "$WORK_IMAGE"
	rm -rf "$tree"
}
