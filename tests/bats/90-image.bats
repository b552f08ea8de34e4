#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkinitrd.sh and `crashbox cpio`, on a machine made of files: a fake /proc, /sys, /dev and module tree.
# Promise: what would fail after a crash is refused here by name, and the image is the same every time.

bats_require_minimum_version 1.5.0

setup_file() {
	# shellcheck source=tests/bats/image.sh disable=SC1091
	. "$BATS_TEST_DIRNAME/image.sh"
	image_begin
	make_modules
	make_machine
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	echo "ext4 /dev/vda1" >kdump.conf
}

# --- the machine ---------------------------------------------------------------------------------

# One module file: text that no kernel takes, with the fields that the build reads.
module() {
	mkdir -p "$KROOT/lib/modules/6.0-test/kernel/${1%/*}"
	printf 'ELF\0name=%s\0%s\0' "${1##*/}" "${2:-license=GPL}" >"$KROOT/lib/modules/6.0-test/kernel/$1"
}

make_modules() {
	local tree="$KROOT/lib/modules/6.0-test"
	module drivers/virtio/virtio.ko
	module drivers/virtio/virtio_ring.ko
	module drivers/virtio/virtio_pci.ko
	module drivers/block/virtio_blk.ko
	module drivers/nvme/host/nvme.ko
	module drivers/nvme/host/nvme-core.ko
	module drivers/scsi/acme.ko "firmware=acme/boot.bin"
	module drivers/net/virtio_net.ko
	module drivers/watchdog/i6300esb.ko
	module fs/ext4/ext4.ko
	module fs/jbd2/jbd2.ko
	module fs/fat/vfat.ko
	module fs/nls/nls_cp850.ko
	module fs/nls/nls_ascii.ko
	module crypto/crc32c_generic.ko
	module sound/snd.ko
	xz -f "$tree/kernel/fs/ext4/ext4.ko"
	gzip -nf "$tree/kernel/fs/jbd2/jbd2.ko"
	zstd -q --rm "$tree/kernel/drivers/block/virtio_blk.ko"
	mkdir -p "$KROOT/lib/firmware/acme"
	echo firmware >"$KROOT/lib/firmware/acme/boot.bin"
	cat >"$tree/modules.dep" <<-'DEP'
	kernel/drivers/virtio/virtio_ring.ko:
	kernel/drivers/virtio/virtio.ko: kernel/drivers/virtio/virtio_ring.ko
	kernel/drivers/virtio/virtio_pci.ko: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
	kernel/drivers/block/virtio_blk.ko.zst: kernel/drivers/virtio/virtio.ko kernel/drivers/virtio/virtio_ring.ko
	kernel/drivers/nvme/host/nvme-core.ko:
	kernel/drivers/nvme/host/nvme.ko: kernel/drivers/nvme/host/nvme-core.ko
	kernel/drivers/scsi/acme.ko:
	kernel/drivers/net/virtio_net.ko:
	kernel/drivers/watchdog/i6300esb.ko:
	kernel/fs/ext4/ext4.ko.xz: kernel/fs/jbd2/jbd2.ko.gz
	kernel/fs/jbd2/jbd2.ko.gz:
	kernel/fs/fat/vfat.ko:
	kernel/fs/nls/nls_cp850.ko:
	kernel/fs/nls/nls_ascii.ko:
	kernel/crypto/crc32c_generic.ko:
	kernel/sound/snd.ko:
	DEP
	cat >"$tree/modules.alias" <<-'ALIAS'
	# Aliases extracted from modules themselves.
	alias crypto-crc32c crc32c_generic
	alias fs-ext3 ext4
	alias pci:v00001AF4d*sv*sd*bc*sc*i* virtio_pci
	alias virtio:d00000002v* virtio_blk
	alias pci:v*d*sv*sd*bc01sc08i02* nvme
	alias snd-card-0 snd
	ALIAS
	echo "softdep ext4 pre: crypto-crc32c" >"$tree/modules.softdep"
	printf 'kernel/fs/%s.ko\n' xfs/xfs btrfs/btrfs fuse/virtiofs >"$tree/modules.builtin"
}

# A driver with its module, bound to device directory $1 (below sys/devices).
bind_driver() {
	mkdir -p "$MACHINE/sys/drivers/$2" "$MACHINE/sys/devices/$1"
	ln -s "$MACHINE/sys/drivers/$2" "$MACHINE/sys/devices/$1/driver"
	[ -z "${3:-}" ] || ln -sfn "$MACHINE/sys/module/$3" "$MACHINE/sys/drivers/$2/module"
}

# A block device: name, number, directory below sys/devices.
block() {
	mkdir -p "$MACHINE/sys/devices/$3/$1" "$MACHINE/sys/class/block" "$MACHINE/dev"
	echo "$2" >"$MACHINE/sys/devices/$3/$1/dev"
	ln -s "$MACHINE/sys/devices/$3/$1" "$MACHINE/sys/class/block/$1"
	: >"$MACHINE/dev/$1"
}

by() {
	mkdir -p "$MACHINE/dev/disk/by-$1"
	ln -s "../../$3" "$MACHINE/dev/disk/by-$1/$2"
}

mapped() {
	block "$1" "$2" virtual/block
	mkdir -p "$MACHINE/sys/class/block/$1/dm" "$MACHINE/dev/mapper"
	echo "$3" >"$MACHINE/sys/class/block/$1/dm/uuid"
	echo "$4" >"$MACHINE/sys/class/block/$1/dm/name"
	ln -s "../$1" "$MACHINE/dev/mapper/$4"
}

make_machine() {
	local pci=pci0000:00/0000:00:05.0
	bind_driver "$pci" virtio-pci virtio_pci
	bind_driver "$pci/virtio1" virtio_blk
	echo "virtio:d00000002v00001AF4" >"$MACHINE/sys/devices/$pci/virtio1/modalias"
	block vda 254:0 "$pci/virtio1/block"
	block vda1 254:1 "$pci/virtio1/block/vda"
	block vda2 254:2 "$pci/virtio1/block/vda"
	block vda3 254:3 "$pci/virtio1/block/vda"
	by uuid 0b0a-vda1 vda1
	by label dump vda1
	by partuuid 77aa-02 vda2
	by uuid 2222-vda3 vda3
	mapped dm-0 253:0 LVM-abcdef vg-root
	mapped dm-1 253:1 CRYPT-LUKS2-00 secret
	mapped dm-2 253:2 mpath-3600 mpatha
	mapped dm-3 253:3 '' odd
	block md0 9:0 virtual/block
	mkdir "$MACHINE/sys/class/block/md0/md"
	block loop0 7:0 virtual/block
	block nbd0 43:0 virtual/block
	block sda 8:0 platform/host2/session1/target2:0:0/2:0:0:1/block
	make_nvme
	make_mounts
}

# A disk with two controllers, which the kernel joins: the disk is a virtual device.
make_nvme() {
	local virtual="virtual/nvme-subsystem/nvme-subsys0" pci=pci0000:00/0000:00:07.0
	bind_driver "$pci" nvme nvme
	mkdir -p "$MACHINE/sys/devices/$pci/nvme/nvme0"
	block nvme0n1 259:0 "$virtual"
	ln -s "$MACHINE/sys/devices/$pci/nvme/nvme0" "$MACHINE/sys/devices/$virtual/nvme0"
	by uuid aaaa-nvme nvme0n1
}

make_mounts() {
	mkdir -p "$MACHINE/proc/self" "$MACHINE/var/crash" "$MACHINE/srv/dump/var/crash" "$MACHINE/mnt/bind" \
		"$MACHINE/pool/crash" "$MACHINE/etc/kdump"
	cat >"$MACHINE/proc/self/mountinfo" <<-'MOUNTS'
	22 1 254:3 / / rw,relatime shared:1 - ext4 /dev/vda3 rw,seclabel,errors=remount-ro
	23 22 0:21 / /proc rw - proc proc rw
	31 22 254:1 / /srv/dump ro,noatime - ext4 /dev/vda1 ro,seclabel,data=ordered
	32 22 254:3 /home/crash /mnt/bind rw - ext4 /dev/vda3 rw
	33 22 0:44 /@data /pool rw,noatime - btrfs /dev/nvme0n1 rw,space_cache=v2,subvolid=257,subvol=/@data
	34 22 253:0 / /lvm rw - ext4 /dev/mapper/vg-root rw
	35 22 0:50 / /tank rw - tmpfs tmpfs rw
	MOUNTS
	echo "LABEL=other /x ext4 noauto 0 0" >"$MACHINE/etc/fstab"
	echo "PARTUUID=77aa-02 /dump2 vfat noauto,nofail,x-systemd.automount,codepage=850,ro 0 2" >>"$MACHINE/etc/fstab"
}

# --- helpers -------------------------------------------------------------------------------------

mk() {
	SYSROOT="$MACHINE" run -"${want:-0}" "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules "$KROOT" \
		--busybox none --reserved 0 --crashbox "$CRASHBOX" "$@" image 6.0-test
	echo "$output"
}

# Builds and is refused with this sentence; there is no image then.
refused() {
	local sentence="$1"
	shift
	want=1 mk "$@"
	[[ "$output" == *"$sentence"* ]]
	[ ! -e image ]
}

recipe() {
	"$CRASHBOX" cpio --cat /etc/crashbox/recipe image
}

entries() {
	"$CRASHBOX" cpio --list image
}

hook() {
	printf '%s\n' "$2" >"$1"
	chmod 755 "$1"
}

# --- the image -----------------------------------------------------------------------------------

@test "image: two builds are the same bytes, mode 0600" {
	mk
	[ "$(stat -c %a image)" = 600 ]
	mv image first
	sleep 1
	touch kdump.conf
	mk
	cmp image first
}

@test "image: three archives, the base one does not depend on host or configuration" {
	mk
	[ "$(entries | grep -c '^archive ')" = 3 ]
	size=$("$CRASHBOX" cpio --sizes image | awk '$2 == 1 { print $5 }')
	head -c "$size" image >base
	hook pre.sh '#!/bin/true'
	printf 'virtiofs tag\nkdump_pre %s\n' "$PWD/pre.sh" >kdump.conf
	mk -f --no-host-check --add-drivers acme
	head -c "$size" image | cmp - base
}

@test "image: /init, console, configuration and applet links are in it" {
	mk
	entries >list
	grep -q '^lrwx.* init -> bin/crashbox$' list
	grep -q '^crw------- *5,1 dev/console$' list
	grep -q '^-rwxr-xr-x .* bin/crashbox$' list
	grep -q '^-rw------- .* etc/kdump.conf$' list
	grep -q ' bin/cpio -> crashbox$' list
	"$CRASHBOX" cpio --cat /etc/kdump.conf image | cmp - kdump.conf
}

@test "image: --list shows what mkinitrd.sh built" {
	mk
	run -0 "$REPO/mkinitrd.sh" --list --crashbox "$CRASHBOX" image
	[[ "$output" == *etc/crashbox/recipe* ]]
}

@test "image: an existing one is only replaced with -f, and only by a whole one" {
	echo old >image
	want=1 mk
	[[ "$output" == *"image exists: -f replaces it"* ]]
	echo "ext4 /dev/none" >kdump.conf
	want=1 mk -f
	[ "$(cat image)" = old ]
	echo "ext4 /dev/vda1" >kdump.conf
	mk -f
	entries >/dev/null
	[ -z "$(find . -name '.image*')" ]
}

@test "image: the last line says what was built" {
	mk
	[[ "${lines[-1]}" == "image: "*" MiB for kernel 6.0-test: base "*", host "*", site "*" bytes; "*" modules" ]]
}

@test "image: --print-size tells each part and needs no image" {
	SYSROOT="$MACHINE" run -0 "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules "$KROOT" --busybox none \
		--crashbox "$CRASHBOX" --reserved 0 --print-size "" 6.0-test
	[[ "$output" == *"base  packed "* ]]
	[[ "$output" == *"site  packed "* ]]
	[ ! -e image ]
}

@test "image: one larger than the reservation allows is refused with the size that would do" {
	refused "reserved are 64.0: crashkernel=" --reserved 67108864
	mk --reserved 134217728
}

@test "image: local time comes along" {
	echo TZif2 >"$MACHINE/etc/localtime"
	mk
	rm "$MACHINE/etc/localtime"
	[ "$("$CRASHBOX" cpio --cat /etc/localtime image)" = TZif2 ]
}

# --- the recipe ----------------------------------------------------------------------------------

@test "recipe: a mounted target, drivers first, by its UUID, made writable" {
	mk
	cat >expected <<-'EXPECTED'
	crashbox-recipe 1
	kernel 6.0-test
	mode host
	target 1
	module virtio_pci
	module virtio_blk
	module crc32c_generic
	module ext4
	device UUID=0b0a-vda1
	mount ext4 rw,noatime,data=ordered
	EXPECTED
	recipe | diff expected -
}

@test "recipe: LABEL= in kdump.conf is recorded as the UUID" {
	echo "ext4 LABEL=dump" >kdump.conf
	mk
	recipe | grep -qx 'device UUID=0b0a-vda1'
}

@test "recipe: a target that is not mounted takes the options of fstab, and vfat its code page" {
	echo "vfat /dev/vda2" >kdump.conf
	mk
	[[ "$output" == *"not mounted here, so the directory /var/crash on it was not looked at"* ]]
	recipe | grep -qx 'device PARTUUID=77aa-02'
	recipe | grep -qx 'mount vfat codepage=850,rw'
	recipe | grep -qx 'module nls_cp850'
	recipe | grep -qx 'module nls_ascii'
}

@test "recipe: without a target it is the file system that holds path" {
	echo "path /var/crash" >kdump.conf
	mk
	recipe | grep -qx 'target 0'
	recipe | grep -qx 'device UUID=2222-vda3'
	recipe | grep -qx 'mount ext4 rw,relatime,errors=remount-ro'
	recipe | grep -qx 'path /var/crash'
}

@test "recipe: path on a bind mount is translated to the file system behind it" {
	echo "path /mnt/bind" >kdump.conf
	mk
	recipe | grep -qx 'path /home/crash'
}

@test "recipe: path on a btrfs subvolume is relative to it; NVMe controllers behind a joined disk are found" {
	echo "path /pool/crash" >kdump.conf
	mk
	recipe | grep -qx 'path /crash'
	recipe | grep -qx 'mount btrfs rw,noatime,space_cache=v2,subvol=/@data'
	recipe | grep -qx 'module nvme'
	recipe | grep -qx 'device UUID=aaaa-nvme'
}

@test "recipe: dump_to_rootfs adds the way to the root file system" {
	printf 'ext4 /dev/vda1\nfailure_action dump_to_rootfs\n' >kdump.conf
	mk
	recipe | sed -n '/^rootfs$/,$p' | grep -qx 'device UUID=2222-vda3'
}

@test "recipe: an active watchdog and asked-for modules come before every target" {
	mkdir -p "$MACHINE/sys/class/watchdog/watchdog0/device"
	echo active >"$MACHINE/sys/class/watchdog/watchdog0/state"
	mkdir -p "$MACHINE/sys/drivers/wd"
	ln -s "$MACHINE/sys/module/i6300esb" "$MACHINE/sys/drivers/wd/module"
	ln -s "$MACHINE/sys/drivers/wd" "$MACHINE/sys/class/watchdog/watchdog0/device/driver"
	echo "extra_modules snd" >>kdump.conf
	mk --add-drivers "acme"
	rm -r "$MACHINE/sys/class/watchdog"
	[ "$(recipe | sed -n '4,7p' | tr '\n' ' ')" = "module i6300esb module acme module snd target 1 " ]
}

@test "recipe: parameters of modprobe.d stay, unless kdump.conf has its own" {
	mkdir -p "$MACHINE/etc/modprobe.d" "$MACHINE/lib/modprobe.d"
	printf '# text\noptions virtio-ring a=1 b=2\noptions snd c=3\n' >"$MACHINE/etc/modprobe.d/disk.conf"
	echo 'options virtio_ring hidden=1' >"$MACHINE/lib/modprobe.d/disk.conf"
	mk
	recipe >first
	echo "options virtio_ring d=4" >>kdump.conf
	mk -f
	rm -r "$MACHINE/etc/modprobe.d" "$MACHINE/lib/modprobe.d"
	grep -qx 'module virtio_ring a=1 b=2' first
	run -1 grep -q 'hidden\|snd' first
	recipe >second
	run -1 grep -q 'a=1' second
}

@test "recipe: blacklist leaves a module out" {
	echo "blacklist crc32c-generic" >>kdump.conf
	mk
	recipe >text
	run -1 grep -q crc32c text
	entries >text
	run -1 grep -q crc32c_generic.ko text
}

@test "recipe: --no-host-check writes down what kdump.conf says" {
	printf 'ext4 UUID=not-here\nxfs LABEL=nor-this\n' >kdump.conf
	mk --no-host-check --add-drivers "virtio_pci,virtio_blk"
	recipe | grep -qx 'device UUID=not-here'
	recipe | grep -qx 'device LABEL=nor-this'
	[ "$(recipe | grep -c '^target ')" = 2 ]
	recipe | sed -n '/^target/q;p' | grep -qx 'module virtio_blk'
}

@test "recipe: virtiofs needs no device" {
	echo "virtiofs tag" >kdump.conf
	mk
	recipe | grep -qx 'device tag'
	recipe | grep -qx 'mount virtiofs'
}

@test "recipe: a root that the kernel mounted is found by its number" {
	cp "$MACHINE/proc/self/mountinfo" saved
	sed -i 's:ext4 /dev/vda3 rw,seclabel:ext4 /dev/root rw:' "$MACHINE/proc/self/mountinfo"
	mkdir -p "$MACHINE/sys/dev/block"
	ln -s "$MACHINE/sys/class/block/vda3" "$MACHINE/sys/dev/block/254:3"
	echo "path /var/crash" >kdump.conf
	mk
	cp saved "$MACHINE/proc/self/mountinfo"
	rm -r "$MACHINE/sys/dev"
	recipe | grep -qx 'device UUID=2222-vda3'
}

# --- modules -------------------------------------------------------------------------------------

@test "modules: what is needed, unpacked, and nothing else; tables cut to it" {
	mk
	entries | awk '/\.ko$/ { print $3 }' >files
	cat >expected <<-'EXPECTED'
	lib/modules/6.0-test/kernel/crypto/crc32c_generic.ko
	lib/modules/6.0-test/kernel/drivers/block/virtio_blk.ko
	lib/modules/6.0-test/kernel/drivers/virtio/virtio.ko
	lib/modules/6.0-test/kernel/drivers/virtio/virtio_pci.ko
	lib/modules/6.0-test/kernel/drivers/virtio/virtio_ring.ko
	lib/modules/6.0-test/kernel/fs/ext4/ext4.ko
	lib/modules/6.0-test/kernel/fs/jbd2/jbd2.ko
	EXPECTED
	diff expected files
	for name in fs/ext4/ext4 fs/jbd2/jbd2 drivers/block/virtio_blk; do
		"$CRASHBOX" cpio --cat "lib/modules/6.0-test/kernel/$name.ko" image | grep -qa "name=${name##*/}.ko"
	done
	"$CRASHBOX" cpio --cat lib/modules/6.0-test/modules.dep image >dep
	grep -qx 'kernel/fs/ext4/ext4.ko: kernel/fs/jbd2/jbd2.ko' dep
	run -1 grep -q snd dep
	"$CRASHBOX" cpio --cat lib/modules/6.0-test/modules.alias image >aliases
	grep -q 'virtio_blk$' aliases
	run -1 grep -q 'snd$' aliases
	"$CRASHBOX" cpio --cat lib/modules/6.0-test/modules.softdep image | grep -qx 'softdep ext4 pre: crypto-crc32c'
}

@test "modules: -d tells the load order, dependencies first" {
	mk -d
	order=$(echo "$output" | awk '/debug: target 1/ && / kernel\// { print $(NF - 1) }' | tr '\n' ' ')
	[ "$order" = "virtio_ring virtio virtio_pci virtio_blk crc32c_generic jbd2 ext4 " ]
}

@test "modules: a built-in file system needs no file" {
	echo "xfs /dev/nvme0n1" >kdump.conf
	mk --no-host-check
	recipe >text
	run -1 grep -q 'module xfs' text
	"$CRASHBOX" cpio --cat lib/modules/6.0-test/modules.builtin image | grep -qx 'kernel/xfs.ko'
}

@test "modules: firmware that a driver names comes along" {
	mk --add-drivers acme
	[ "$("$CRASHBOX" cpio --cat /lib/firmware/acme/boot.bin image)" = firmware ]
}

@test "modules: --generic takes all common storage and network drivers, or the groups it is given" {
	mk --generic --no-host-check
	[[ "$output" == *"network drivers are included though kdump.conf does not use the network"* ]]
	recipe | grep -qx 'mode generic'
	entries >list
	grep -q 'nvme-core.ko$' list
	grep -q 'virtio_net.ko$' list
	run -1 grep -q 'snd.ko$' list
	mk -f --generic=storage,fs --no-host-check
	entries >list
	grep -q 'nvme-core.ko$' list
	run -1 grep -q 'virtio_net.ko$' list
}

@test "modules: of the real kernel of Debian 12" {
	tree=$(echo "$O"/vm/kernel-bookworm*/lib/modules/*)
	if [ ! -r "$tree/modules.dep" ]; then
		mkdir deb
		(cd deb && sh "$REPO/config/libs/archive.sh" --state "$O/vm/apt" deb bookworm \
			"$(apt-cache depends linux-image-amd64 | awk '/Depends: linux-image/ { print $2; exit }')" -- .)
		for file in deb/*.deb; do
			dpkg-deb -x "$file" root
		done
		tree=$(echo root/lib/modules/*)
		depmod -b root "${tree##*/}"
	fi
	run -0 "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules "${tree%/lib/modules/*}" --busybox none --reserved 0 \
		--crashbox "$CRASHBOX" --no-host-check --add-drivers "virtio_pci virtio_blk" image "${tree##*/}"
	[ "$(recipe | grep -n 'module crc32c_generic' | cut -d: -f1)" -lt "$(recipe | grep -n 'module ext4' | cut -d: -f1)" ]
	entries | grep -q '/jbd2.ko.gz$'
}

# --- programs ------------------------------------------------------------------------------------

@test "programs: a hook brings its interpreter and every shared library" {
	hook pre.sh '#!/bin/bash'
	echo "kdump_pre $PWD/pre.sh" >>kdump.conf
	mk
	entries | awk '{ print $3 }' >list
	grep -qx "${PWD#/}/pre.sh" list
	grep -qx bin/bash list
	ldd /bin/bash | awk '$2 == "=>" { print $3 } $1 ~ /^\// { print $1 }' >libraries
	[ -s libraries ]
	while read -r path; do
		grep -qx "${path#/}" list
	done <libraries
}

@test "programs: the program that env starts comes along too" {
	hook post.sh '#!/usr/bin/env awk'
	echo "kdump_post $PWD/post.sh" >>kdump.conf
	mk
	entries | grep -q ' usr/bin/env$'
	entries | grep -q ' usr/bin/awk$'
	hook post.sh '#!/usr/bin/env no-such-program'
	rm image
	refused "no program no-such-program in PATH"
}

@test "programs: the image with busybox runs #!/bin/sh by it and keeps the binary's own names" {
	hook pre.sh '#!/bin/sh'
	echo "kdump_pre $PWD/pre.sh" >>kdump.conf
	mk --busybox "$(command -v busybox)"
	entries >list
	grep -q ' bin/sh -> busybox$' list
	grep -q ' bin/busybox.gz$' list
	"$CRASHBOX" cpio --cat bin/busybox.gz image | gzip -dc | cmp - "$(command -v busybox)"
	grep -q ' bin/cpio -> crashbox$' list
	run -1 grep -q ' bin/cpio -> busybox$' list
	run -1 grep -q ' bin/init -> busybox$' list
	run -1 grep -q ' bin/dash$' list
}

@test "programs: a busybox that needs libraries is refused" {
	want=1 mk --busybox /bin/ls
	[[ "$output" == *"--busybox /bin/ls: not statically linked"* ]]
}

@test "programs: extra_bins and hook directories; what is not executable is named and left out" {
	mkdir -p "$MACHINE/etc/kdump/pre.d"
	hook "$MACHINE/etc/kdump/pre.d/10-run" '#!/bin/bash'
	echo text >"$MACHINE/etc/kdump/pre.d/README"
	echo "extra_bins /usr/bin/cmp" >>kdump.conf
	mk
	rm -r "$MACHINE/etc/kdump/pre.d"
	[[ "$output" == *"/etc/kdump/pre.d/README is not executable: left out"* ]]
	entries | grep -q ' etc/kdump/pre.d/10-run$'
	entries | grep -q ' usr/bin/cmp$'
	entries >text
	run -1 grep -q README text
}

@test "programs: names with blanks, and a text without #!, work in the directories of hooks" {
	for dir in pre.d post.d emergency.d; do
		mkdir -p "$MACHINE/etc/kdump/$dir"
		hook "$MACHINE/etc/kdump/$dir/10 tell  two" 'echo hi'
	done
	hook "$MACHINE/etc/kdump/post.d/20\\040x" '#!/bin/sh'
	mk --stamp stamp
	for dir in pre.d post.d emergency.d; do
		entries | grep -q " etc/kdump/$dir/10 tell  two$"
		"$CRASHBOX" cpio --cat "/etc/kdump/$dir/10 tell  two" image | grep -qx 'echo hi'
	done
	entries | grep -qF ' etc/kdump/post.d/20\040x'
	grep -qx "input $MACHINE/etc/kdump/post.d/10 tell  two" stamp
	hook "$MACHINE/etc/kdump/post.d/10 tell  two" 'echo other'
	mk --stamp stamp --update
	"$CRASHBOX" cpio --cat "/etc/kdump/post.d/10 tell  two" image | grep -qx 'echo other'
	rm -r "$MACHINE/etc/kdump"
}

@test "programs: an external core_collector comes along, or is refused when there is none" {
	echo "core_collector /usr/bin/cmp -s" >>kdump.conf
	mk
	entries | grep -q ' usr/bin/cmp$'
	rm image
	printf 'ext4 /dev/vda1\ncore_collector /usr/bin/no-such -s\n' >kdump.conf
	refused "core_collector: /usr/bin/no-such does not exist"
}

# --- refusals ------------------------------------------------------------------------------------

@test "refused: a configuration with errors, whose complaints are shown" {
	echo "ext5 /dev/vda1" >kdump.conf
	want=1 mk
	[[ "$output" == *"kdump.conf:1: "* ]]
	[[ "$output" == *"kdump.conf is refused"* ]]
	rm kdump.conf
	want=1 mk
	[[ "$output" == *"kdump.conf: cannot be read"* ]]
}

@test "refused: a missing hook, one that is not executable, one that is no program" {
	echo "kdump_pre $PWD/none.sh" >>kdump.conf
	refused "kdump_pre: $PWD/none.sh does not exist"
	echo '#!/bin/sh' >none.sh
	refused "kdump_pre: $PWD/none.sh is not executable"
	echo 'just text' >none.sh
	chmod 755 none.sh
	mk
	entries | grep -q " ${PWD#/}/none.sh$"
	rm image
	printf 'text\001\002\n' >none.sh
	refused "kdump_pre: $PWD/none.sh is neither a script nor an ELF program"
	printf 'text\0\n' >none.sh
	refused "kdump_pre: $PWD/none.sh is neither a script nor an ELF program"
	: >none.sh
	refused "kdump_pre: $PWD/none.sh is empty"
	printf '#!/bin/sh\r\necho hi\r\n' >none.sh
	refused "kdump_pre: $PWD/none.sh: \\r at the end of the first line"
	printf 'echo hi\r\n' >none.sh
	refused "kdump_pre: $PWD/none.sh: \\r at the end of the first line"
	printf '\357\273\277#!/bin/sh\n' >none.sh
	refused "kdump_pre: $PWD/none.sh: U+FEFF (byte order mark) before the first line"
	hook none.sh '#!/no/such/interpreter'
	refused "/no/such/interpreter does not exist"
}

@test "refused: a missing module, a missing file system, a missing kernel" {
	echo "extra_modules nosuch" >>kdump.conf
	refused "extra_modules: module nosuch is neither in $KROOT/lib/modules/6.0-test nor built into kernel 6.0-test"
	echo "minix /dev/vda2" >kdump.conf
	refused "module minix is neither in"
	want=1 run -1 "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules "$KROOT" --crashbox "$CRASHBOX" image 9.9-none
	[[ "$output" == *"is kernel 9.9-none installed?"* ]]
}

@test "refused: a device that is not there" {
	echo "ext4 UUID=dead-beef" >kdump.conf
	refused "target 1 (ext4 UUID=dead-beef): no device UUID=dead-beef on this system"
}

@test "refused: another file system than the one mounted" {
	echo "xfs /dev/vda1" >kdump.conf
	refused "target 1 (xfs /dev/vda1): the device is mounted as ext4 on /srv/dump"
}

@test "refused: a directory that does not exist on the target, or here" {
	printf 'ext4 /dev/vda1\npath /nowhere\n' >kdump.conf
	refused "no directory /nowhere on it (that is /srv/dump/nowhere here)"
	echo "path /nowhere" >kdump.conf
	refused "path /nowhere: no such directory on this system"
}

@test "refused: every device stack, by the name of its step" {
	while read -r device sentence; do
		echo "ext4 $device" >kdump.conf
		refused "target 1 (ext4 $device): $device: $sentence is not built in"
	done <<-'STACKS'
	/dev/mapper/vg-root LVM logical volume: step 'lvm'
	/dev/mapper/secret encrypted device: step 'luks'
	/dev/mapper/mpatha multipath device: step 'multipath'
	/dev/mapper/odd device-mapper device: step 'dm'
	/dev/md0 RAID array: step 'md'
	/dev/loop0 loop device: step 'loop'
	/dev/nbd0 network block device: step 'nbd'
	/dev/sda iSCSI disk: step 'iscsi'
	STACKS
}

@test "refused: path on LVM or on a file system without a device" {
	mkdir -p "$MACHINE/lvm" "$MACHINE/tank"
	echo "path /lvm" >kdump.conf
	refused "path /lvm: /dev/mapper/vg-root: LVM logical volume: step 'lvm' is not built in"
	echo "path /tank" >kdump.conf
	refused "path /tank: /tank is tmpfs on tmpfs, which is no block device"
}

@test "a raw target: the partition by a name that stays, its drivers, nothing to mount" {
	echo "raw /dev/vda1" >kdump.conf
	mk
	recipe | grep -qx 'module virtio_blk'
	recipe | grep -qx 'raw UUID=0b0a-vda1'
	[ "$(recipe | grep -c '^mount ')" -eq 0 ]
	echo "raw /dev/vdz9" >kdump.conf
	rm image
	refused "target 1 (raw /dev/vdz9): no device /dev/vdz9 on this system"
}

@test "the image carries the checksum of its program" {
	mk
	"$CRASHBOX" cpio --cat /etc/crashbox/self image >self
	"$CRASHBOX" raw sum "$CRASHBOX" | cmp - self
}

@test "refused: all of it is told at once, and nothing is left behind" {
	printf 'ext4 UUID=dead-beef\nextra_modules nosuch\nkdump_pre /none\n' >kdump.conf
	mkdir temp
	TMPDIR="$PWD/temp" want=1 mk
	[[ "$output" == *"no device UUID=dead-beef"* ]]
	[[ "$output" == *"module nosuch"* ]]
	[[ "$output" == *"kdump_pre: /none does not exist"* ]]
	[[ "$output" == *"no image was built: 3 refusals, see above"* ]]
	[ -z "$(ls temp)" ]
}

@test "refused: --no-host-check without a target" {
	echo "path /var/crash" >kdump.conf
	refused "names no target, and with --no-host-check nothing else tells where /var/crash is" --no-host-check
}

@test "options: those of mkdumprd and dracut are refused by name, with what to say instead" {
	while read -r option sentence; do
		run -2 "$REPO/mkinitrd.sh" "$option" image
		[[ "$output" == *"$option: $sentence"* ]]
	done <<-'OPTIONS'
	--no-hostonly say --generic
	--kver the kernel version is the second word
	--add there are no dracut modules here
	--omit-drivers say `blacklist MODULE` in kdump.conf
	--install say `extra_bins PATH` in kdump.conf
	--mount the target is named in kdump.conf
	--frobnicate no such option
	OPTIONS
	run -2 "$REPO/mkinitrd.sh" --crashbox "$CRASHBOX"
	[[ "$output" == *"an image file is expected"* ]]
	run -0 "$REPO/mkinitrd.sh" --help
}

# --- crashbox cpio -------------------------------------------------------------------------------

@test "cpio: another program reads what it writes" {
	printf 'data' >file
	cat >list <<-LIST
	# comment
	file /dir/sub/file 0640 $PWD/file
	link /dir/link sub/file
	node /dev/null 0666 c 1 3
	dir /empty 1777
	LIST
	"$CRASHBOX" cpio -o plain list
	"$CRASHBOX" cpio -z -o packed list
	gzip -dc packed | cmp - plain
	[ $(($(stat -c %s plain) % 512)) = 0 ]
	cpio -itv --quiet <plain >seen
	grep -q '^-rw-r-----.* 4 .* dir/sub/file$' seen
	grep -q '^drwxrwxrwt.* empty$' seen
	grep -q ' dir/link -> sub/file$' seen
	grep -q '^crw-rw-rw-.* 1, *3 .* dev/null$' seen
}

@test "cpio: the order of the list does not matter" {
	printf 'dir /b 0755\ndir /a 0755\n' | "$CRASHBOX" cpio -o one -
	printf 'dir /a 0755\ndir /b 0755\ndir /a 0755\n' | "$CRASHBOX" cpio -o two -
	cmp one two
}

@test "cpio: bad lists are refused with the line" {
	while IFS='|' read -r line sentence; do
		run -1 "$CRASHBOX" cpio - <<<"$line"
		[[ "$output" == *"line 1: $sentence"* ]]
	done <<-'LINES'
	dir a 0755|a is not a plain absolute path
	dir /a/../b 0755|/a/../b is not a plain absolute path
	pipe /a 0755|unknown word pipe, expected dir, file, link or node
	file /a 0644 b c|expected `file PATH MODE SOURCE` (a blank in a path is \040)
	dir /a 0999|the mode is not an octal number up to 7777
	node /a 0600 x 1 3|expected `node PATH MODE c|b MAJOR MINOR`
	file /a 0644 /none/here|open /none/here: No such file or directory
	LINES
	printf 'link /a b\nlink /a c\n' >list
	run -1 "$CRASHBOX" cpio list
	[[ "$output" == *"line 2: /a is already in line 1, with other contents"* ]]
	printf 'link /a b\ndir /a/c 0755\n' >list
	run -1 "$CRASHBOX" cpio list
	[[ "$output" == *"/a is used as a directory elsewhere"* ]]
}

@test "cpio: damaged images end in a sentence" {
	echo "dir /a 0755" | "$CRASHBOX" cpio -z -o image -
	head -c 40 image >short
	run -1 "$CRASHBOX" cpio -t short
	[[ "$output" == *"archive 1 at byte 0: gzip: damaged or cut off"* ]]
	echo "dir /a 0755" | "$CRASHBOX" cpio -o plain -
	head -c 130 plain >short
	run -1 "$CRASHBOX" cpio -t short
	[[ "$output" == *"without a trailer"* ]]
	echo "no archive at all" >short
	run -1 "$CRASHBOX" cpio -t short
	[[ "$output" == *"short: no image but a text: an image is what \`mkinitrd.sh\` builds"* ]]
	gzip -c short >packed
	run -1 "$CRASHBOX" cpio -t packed
	[[ "$output" == *"gzip data, and in it a text: an image is what \`mkinitrd.sh\` builds"* ]]
	run -1 "$CRASHBOX" cpio -t "$CRASHBOX"
	[[ "$output" == *"no image but an ELF file, such as a program or a vmlinux"* ]]
	printf '\1\2\3' >short
	run -1 "$CRASHBOX" cpio -t short
	[[ "$output" == *"no image but bytes that begin neither a cpio archive nor gzip data"* ]]
	: >short
	run -1 "$CRASHBOX" cpio -t short
	[[ "$output" == *"short: no image: the file is empty"* ]]
	run -1 "$CRASHBOX" cpio --cat /none image
	[[ "$output" == *"no file /none in it"* ]]
}
