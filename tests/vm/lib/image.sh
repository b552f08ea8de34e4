# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: images of the guests: the system that crashes, and the helper guest.
# shellcheck shell=sh disable=SC2086

# pack DIR FILE: a directory as an uncompressed cpio (TCG unpacks plain bytes fastest)
pack()
{
	(cd "$1" && find . | sort | cpio -o -H newc -R 0:0 --quiet) >"$2.new"
	mv "$2.new" "$2"
}

# with_libraries DIR PROGRAM TO: a dynamic program and what its loader needs
with_libraries()
{
	mkdir -p "$1/$(dirname "$3")"
	cp -L "$2" "$1/$3"
	ldd "$2" | grep -o '/[^ ]*' | sort -u | while read -r library; do
		mkdir -p "$1/$(dirname "$library")"
		cp -L "$library" "$1/$library"
	done
}

busybox_tree()
{
	rm -rf "$1"
	mkdir -p "$1/bin" "$1/proc" "$1/sys" "$1/dev" "$1/tmp" "$1/mnt"
	cp "$(command -v busybox)" "$1/bin/busybox"
	ln -s busybox "$1/bin/sh"
	mknod -m 600 "$1/dev/console" c 5 1
}

# modules_into DIR NAME...: modules as plain .ko in DIR/modules, their loading order in modules.list
modules_into()
{
	tree=$1
	shift
	mkdir -p "$tree/modules"
	modules_of "$@" | while read -r file; do
		name=$(basename "$file")
		case $name in
		*.xz) xz -dc "$file" >"$tree/modules/${name%.xz}" ;;
		*.zst) zstd -qdc "$file" >"$tree/modules/${name%.zst}" ;;
		*) cp "$file" "$tree/modules/" ;;
		esac
		echo "/modules/${name%.ko*}.ko"
	done >"$tree/modules.list"
}

# first_base: the part of the first guest's image that is the same for every scenario of a kernel
first_base()
{
	FIRST_BASE=$VMO/first-$K_RELEASE.cpio
	up_to_date "$FIRST_BASE" "$VM/first/init" "$VM/lib/image.sh" "$K_VMLINUZ" ||
		once "first-$K_RELEASE" first_base_make
}

first_base_make()
{
	up_to_date "$FIRST_BASE" "$VM/first/init" "$VM/lib/image.sh" "$K_VMLINUZ" && return 0
	tree=$VMO/tree/first-$K_RELEASE
	busybox_tree "$tree"
	install -m 755 "$VM/first/init" "$tree/init"
	with_libraries "$tree" "$(command -v kexec)" bin/kexec
	modules_into "$tree" virtio_pci virtio_blk ext4
	cp "$K_VMLINUZ" "$tree/vmlinuz"
	pack "$tree" "$FIRST_BASE"
}

# first_image DIR CAPTURE-IMAGE: DIR/first.img; DIR/scenario.env is what its /init reads
first_image()
{
	first_base
	tree=$1/tree
	rm -rf "$tree"
	mkdir -p "$tree"
	cp "$2" "$tree/capture.img"
	cp "$VM/cmdline.sh" "$ROOT/config/capture-cmdline" "$1/scenario.env" "$tree/"
	[ ! -e "$1/arm" ] || cp "$1/arm" "$O/crashbox" "$tree/"
	pack "$tree" "$1/scenario.cpio"
	WORK_IMAGE=
	[ -z "$VM_WORK" ] || work_image
	cat "$FIRST_BASE" ${WORK_IMAGE:+"$WORK_IMAGE"} "$1/scenario.cpio" >"$1/first.img"
	rm -rf "$tree" "$1/scenario.cpio"
}
