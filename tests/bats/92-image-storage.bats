#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkinitrd.sh and what a file system lies on, over a machine made of files.
# Promise: everything between `path` and the disk controller is found, or named and refused.

bats_require_minimum_version 1.5.0

setup() {
	# shellcheck source=tests/bats/image.sh disable=SC1091
	. "$BATS_TEST_DIRNAME/image.sh"
	image_begin
	MACHINE="$BATS_TEST_TMPDIR/machine" KROOT="$BATS_TEST_TMPDIR/kroot"
	cd "$BATS_TEST_TMPDIR" || return
	mkdir -p "$MACHINE"/{dev,etc,proc/self,sys/class/block,var/crash} "$KROOT/lib/modules/6.0-test"
	modules
	bound pci0000:00/0000:00:05.0 virtio-pci virtio_pci
	bound pci0000:00/0000:00:05.0/virtio1 virtio_blk virtio_blk
	disk vda 254:0 pci0000:00/0000:00:05.0/virtio1/block
	disk vda1 254:1 pci0000:00/0000:00:05.0/virtio1/block/vda
	disk vda2 254:2 pci0000:00/0000:00:05.0/virtio1/block/vda
	by uuid root-1 vda1
	by uuid data-2 vda2
	root_mount='22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw'
	mounts "$root_mount"
	echo "path /var/crash" >kdump.conf
}

teardown() {
	[ -z "${daemon:-}" ] || kill "$daemon"
}

# --- the machine ---------------------------------------------------------------------------------

# Modules without needs of their own; their files are text.
modules() {
	local tree="$KROOT/lib/modules/6.0-test" name
	for name in virtio_pci virtio_blk ext4 lpc_ich iTCO_wdt i2c_i801 vmd nvme xhci_pci usbcore usb_storage sd_mod \
		clk_acme pmic_acme sdhci_acme mmc_block virtio_console acme; do
		mkdir -p "$tree/kernel"
		echo "$name" >"$tree/kernel/$name.ko"
		echo "kernel/$name.ko:" >>"$tree/modules.dep"
	done
	: >"$tree/modules.alias"
	printf 'kernel/fs/%s.ko\n' xfs/xfs btrfs/btrfs f2fs/f2fs >"$tree/modules.builtin"
}

# A device below sys/devices with driver $2, which is in module $3.
bound() {
	mkdir -p "$MACHINE/sys/devices/$1" "$MACHINE/sys/drivers/$2" "$MACHINE/sys/module/${3:-$2}"
	ln -sfn "$MACHINE/sys/drivers/$2" "$MACHINE/sys/devices/$1/driver"
	ln -sfn "$MACHINE/sys/module/${3:-$2}" "$MACHINE/sys/drivers/$2/module"
}

# A block device: name, number, directory below sys/devices.
disk() {
	mkdir -p "$MACHINE/sys/devices/$3/$1"
	echo "$2" >"$MACHINE/sys/devices/$3/$1/dev"
	ln -s "$MACHINE/sys/devices/$3/$1" "$MACHINE/sys/class/block/$1"
	mkdir -p "$(dirname "$MACHINE/dev/${1//!//}")"
	: >"$MACHINE/dev/${1//!//}"
}

by() {
	mkdir -p "$MACHINE/dev/disk/by-$1"
	ln -sfn "../../$3" "$MACHINE/dev/disk/by-$1/$2"
}

mounts() {
	printf '%s\n' "$@" >"$MACHINE/proc/self/mountinfo"
}

# The root on a disk of its own at that place: name, directory below sys/devices.
root_disk() {
	disk "$1" 250:7 "$2"
	by uuid odd-7 "$1"
	mounts "22 1 250:7 / / rw,relatime shared:1 - ext4 /dev/$1 rw"
}

# --- helpers -------------------------------------------------------------------------------------

mk() {
	SYSROOT="$MACHINE" run -"${want:-0}" "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules "$KROOT" \
		--busybox none --reserved 0 --crashbox "$CRASHBOX" -f "$@" image 6.0-test
	echo "$output"
	[ "${want:-0}" = 1 ] || "$CRASHBOX" cpio --cat /etc/crashbox/recipe image >recipe
}

refused() {
	rm -f image
	want=1 mk
	[[ "$output" == *"$1"* ]]
	[ ! -e image ]
}

# The modules of the recipe in a line.
loaded() {
	awk '$1 == "module" { printf "%s ", $2 }' recipe
}

# --- several devices -----------------------------------------------------------------------------

@test "devices: a log, journal or realtime section that a mount option names is refused by name" {
	while IFS='|' read -r type options sentence; do
		mounts "22 1 254:1 / / rw,relatime shared:1 - $type /dev/vda1 rw,$options"
		refused "path /var/crash: /dev/vda1 ($type): $sentence: a file system on several devices is not built in"
	done <<-'MOUNTS'
	xfs|attr2,logdev=/dev/nvme0n1p4,noquota|its log is on /dev/nvme0n1p4
	xfs|rtdev=/dev/sdb|its realtime section is on /dev/sdb
	xfs|logdev=/dev/mapper/a\040b|its log is on /dev/mapper/a b
	ext4|journal_path=/dev/sdc1|its journal is on /dev/sdc1
	ext3|journal_dev=0x0821|its journal is on device number 0x0821
	btrfs|device=/dev/sdd,subvol=/|a member is on /dev/sdd
	MOUNTS
}

@test "devices: the options of fstab and of --mount count as those of a mount do" {
	echo 'UUID=data-2 /dump xfs logdev=/dev/sdz9 0 0' >"$MACHINE/etc/fstab"
	echo 'xfs UUID=data-2' >kdump.conf
	refused "target 1 (xfs UUID=data-2): UUID=data-2 (xfs): its log is on /dev/sdz9"
	rm "$MACHINE/etc/fstab"
	echo 'dracut_args --mount "/dev/vda2 /mnt xfs logdev=/dev/sdy8"' >kdump.conf
	refused "its log is on /dev/sdy8"
}

@test "devices: members that the kernel has joined are named" {
	mkdir -p "$MACHINE"/sys/fs/btrfs/{features,aaaa-1/devices/vda1,aaaa-1/devices/sdb,aaaa-1/devices/sdc,bbbb-2/devices/sdd}
	mounts '22 1 0:33 / / rw - btrfs /dev/vda1 rw,subvol=/'
	refused "a member is on /dev/sdb, /dev/sdc: a file system on several devices"
	rm -r "$MACHINE/sys/fs/btrfs/aaaa-1/devices/"sd?
	mk
	grep -qx 'device UUID=root-1' recipe
	mounts '22 1 0:26 / / rw,relatime shared:1 - bcachefs /dev/vda1:/dev/vdb1 rw,relatime'
	refused "/ is bcachefs on /dev/vda1:/dev/vdb1: a file system on several devices is not built in"
}

@test "devices: the superblock tells of an external log where no option does" {
	truncate -s 320M "$MACHINE/dev/vda1" log
	mkfs.xfs -q -f -l logdev=log,size=64m "$MACHINE/dev/vda1"
	mounts '22 1 254:1 / / rw,relatime shared:1 - xfs /dev/vda1 rw'
	refused "/dev/vda1 (xfs): its log is on another device: a file system on several devices"
	mkfs.xfs -q -f "$MACHINE/dev/vda1"
	mk
	truncate -s 0 "$MACHINE/dev/vda1"
	truncate -s 320M "$MACHINE/dev/vda1" second
	mkfs.btrfs -q -f "$MACHINE/dev/vda1" second
	mounts '22 1 0:33 / / rw - btrfs /dev/vda1 rw,subvol=/'
	refused "a member is on another device: it has 2"
	mkfs.btrfs -q -f "$MACHINE/dev/vda1"
	mk
}

# --- names with blanks ---------------------------------------------------------------------------

@test "names: a mount point with a blank, tab, backslash or number sign is found" {
	local name code
	while IFS='|' read -r name code; do
		name=$(printf '%b' "$name")
		mkdir -p "$MACHINE/srv/$name/sub"
		mounts "$root_mount" "40 22 254:2 / /srv/$code rw,relatime - ext4 /dev/vda2 rw"
		printf 'path "/srv/%s/sub"\n' "$name" >kdump.conf
		mk
		grep -qx 'device UUID=data-2' recipe
		grep -qx 'path /sub' recipe
		printf 'ext4 UUID=data-2\npath /sub\n' >kdump.conf
		mk
		[[ "$output" != *"no directory"* && "$output" != *"not mounted"* ]]
	done <<-'NAMES'
	crash dumps|crash\040dumps
	two  blanks|two\040\040blanks
	back\\slash|back\134slash
	number#sign|number\043sign
	\\040 itself|\134040\040itself
	NAMES
}

@test "names: a directory with blanks below the mount point stays what it is" {
	mkdir -p "$MACHINE/var/crash/my  dumps"
	echo 'path "/var/crash/my  dumps"' >kdump.conf
	mk
	grep -qxF 'path /var/crash/my  dumps' recipe
	"$CRASHBOX" plan -c kdump.conf -r recipe | grep -qF 'save below   /var/crash/my  dumps'
}

@test "names: a bind mount and a subvolume with blanks" {
	mkdir -p "$MACHINE/mnt/bind" "$MACHINE/pool/crash"
	mounts "$root_mount" '41 22 254:2 /my\040dumps /mnt/bind rw - ext4 /dev/vda2 rw' \
		'42 22 0:44 /@my\040data /pool rw - btrfs /dev/vda2 rw,subvolid=257,subvol=/@my\040data'
	echo "path /mnt/bind" >kdump.conf
	mk
	grep -qx 'path /my dumps' recipe
	echo "path /pool/crash" >kdump.conf
	mk
	grep -qx 'path /crash' recipe
	grep -qx 'mount btrfs rw,subvol=/@my data' recipe
}

@test "names: a source with blanks, and a label with blanks in fstab, kdump.conf and the recipe" {
	rm "$MACHINE/dev/disk/by-uuid/data-2"
	by label 'two\x20words\x2f' vda2
	printf '%s\n' 'LABEL=two\040words/ /dump ext4 noauto,noatime 0 0' >"$MACHINE/etc/fstab"
	echo 'ext4 LABEL="two words/"' >kdump.conf
	mk
	grep -qxF 'device /dev/disk/by-label/two\x20words\x2f' recipe
	grep -qx 'mount ext4 noatime' recipe
	mk --no-host-check
	grep -qxF 'device /dev/disk/by-label/two\x20words\x2f' recipe
	ln -s ../vda2 "$MACHINE/dev/mapper-dir" && mkdir "$MACHINE/dev/my" && ln -s ../vda2 "$MACHINE/dev/my/own disk"
	mkdir "$MACHINE/srv"
	mounts "$root_mount" '40 22 9:9 / /srv rw - ext4 /dev/my/own\040disk rw'
	echo "path /srv" >kdump.conf
	mk
	grep -qxF 'device /dev/disk/by-label/two\x20words\x2f' recipe
}

@test "names: a disk whose name has a slash" {
	bound pci0000:00/0000:00:06.0 acme
	disk 'cciss!c0d0p1' 104:1 'pci0000:00/0000:00:06.0/cciss0/block/cciss!c0d0'
	bound pci0000:00/0000:00:06.0/cciss0 acme
	mkdir -p "$MACHINE/dev/disk/by-uuid" && ln -s ../../cciss/c0d0p1 "$MACHINE/dev/disk/by-uuid/ccc-1"
	mounts '22 1 104:1 / / rw - ext4 /dev/cciss/c0d0p1 rw'
	mk
	grep -qx 'device UUID=ccc-1' recipe
	[ "$(loaded)" = "acme ext4 " ]
}

# --- what / and path can be ----------------------------------------------------------------------

@test "automount: the directory is opened so that it mounts, then looked at" {
	auto='30 22 0:40 / /var/crash rw,relatime shared:9 - autofs systemd-1 rw,fd=55,direct'
	mounts "$root_mount" "$auto" '40 30 254:2 / /var/crash rw,relatime - ext4 /dev/vda2 rw'
	mv "$MACHINE/proc/self/mountinfo" mounted
	mounts "$root_mount" "$auto"
	cat >run.sh <<-'RUN'
	"$1" "$MACHINE/var/crash" "mount -t tmpfs none $MACHINE/var/crash; cp mounted $MACHINE/proc/self/mountinfo" 3>&- &
	trap "kill $!" EXIT
	sleep 1
	SYSROOT="$MACHINE" "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules "$KROOT" --busybox none --reserved 0 \
		--crashbox "$CRASHBOX" -f image 6.0-test
	RUN
	run -0 unshare -m sh -e run.sh "${O:-$REPO/build}/mk/automounter"
	"$CRASHBOX" cpio --cat /etc/crashbox/recipe image | grep -qx 'device UUID=data-2'
}

@test "automount: one that does not mount is refused as such" {
	mounts "$root_mount" '30 22 0:40 / /var/crash rw,relatime shared:9 - autofs systemd-1 rw,fd=55,direct'
	refused "path /var/crash: /var/crash is an automount that did not mount when it was opened"
}

composefs() {
	mounts '60 1 0:33 / / ro,relatime shared:1 - overlay composefs ro,lowerdir+=/run/lower,datadir+=/sysroot/ostree' \
		'61 60 254:1 /ostree/deploy/os/deploy/01.0/etc /etc rw - xfs /dev/vda1 rw' \
		'62 60 254:1 / /sysroot ro,relatime shared:3 - xfs /dev/vda1 rw,inode64' \
		'63 60 254:1 /ostree/deploy/os/var /var rw,relatime shared:4 - xfs /dev/vda1 rw,inode64'
}

@test "root: of an image-based system it is what /sysroot has, and path where /var lies on it" {
	composefs
	printf 'path /var/crash\nfailure_action dump_to_rootfs\n' >kdump.conf
	mk
	sed -n '/^rootfs$/,$p' recipe >root
	grep -qx 'device UUID=root-1' root
	grep -qx 'mount xfs rw,relatime,inode64' root
	grep -qx 'path /ostree/deploy/os/var/crash' root
	printf 'path /var/crash\nfailure_action mount_root_run_init\n' >kdump.conf
	refused "failure_action mount_root_run_init: / is a part of its file system or layers over it"
}

@test "root: of a read-only system under an overlay it is what root= names" {
	mounts '60 1 0:33 / / rw,relatime - overlay overlayroot rw,lowerdir=/media/root-ro,upperdir=/media/root-rw/overlay' \
		'61 60 254:1 / /media/root-ro ro,relatime - ext4 /dev/vda1 ro'
	echo 'BOOT_IMAGE=/vmlinuz root=UUID=root-1 ro overlayroot=tmpfs' >"$MACHINE/proc/cmdline"
	printf 'ext4 UUID=data-2\nfailure_action dump_to_rootfs\n' >kdump.conf
	mk
	sed -n '/^rootfs$/,$p' recipe | grep -qx 'device UUID=root-1'
	echo 'root=live:CDLABEL=disc' >"$MACHINE/proc/cmdline"
	refused "failure_action dump_to_rootfs: / is overlay on overlayroot, which is no block device: these are layers"
}

@test "root: a deployment that is bound from its file system keeps path where it is" {
	mounts '22 1 254:1 /ostree/deploy/os/deploy/01.0 / rw - xfs /dev/vda1 rw' \
		'23 22 254:1 /ostree/deploy/os/var /var rw - xfs /dev/vda1 rw'
	printf 'ext4 UUID=data-2\nfailure_action dump_to_rootfs\n' >kdump.conf
	mk
	sed -n '/^rootfs$/,$p' recipe | grep -qx 'path /ostree/deploy/os/var/crash'
}

@test "root: a subvolume beside that of path is not mixed up with it" {
	mounts '22 1 0:33 /@ / rw - btrfs /dev/vda1 rw,subvol=/@' '23 22 0:33 /@var /var rw - btrfs /dev/vda1 rw,subvol=/@var'
	printf 'path /var/crash\nfailure_action dump_to_rootfs\n' >kdump.conf
	mk
	sed -n '/^target 0$/,/^rootfs$/p' recipe | grep -qx 'path /crash'
	sed -n '/^rootfs$/,$p' recipe >root
	grep -qx 'mount btrfs rw,subvol=/@' root
	run -1 grep '^path' root
}

@test "types: file systems without a device are refused with what to do instead" {
	while IFS='|' read -r line sentence; do
		mounts "22 1 0:26 / / rw - $line rw"
		refused "path /var/crash: / is ${line%% *} on ${line#* }, which is no block device: $sentence"
	done <<-'TYPES'
	zfs rpool/ROOT/debian|the capture kernel has no ZFS; name a partition
	tmpfs tmpfs|it is in memory and lost in a crash
	overlay overlay|these are layers; name the file system below
	fuse.sshfs me@store:/|a program serves it, which a crash ends
	cifs //store/share|of the file systems of servers only NFS is built in
	weird none|name a partition, a raw partition, nfs or ssh
	TYPES
}

@test "types: a file system that no kernel can write to alone is refused" {
	for type in squashfs iso9660 gfs2 ocfs2 erofs; do
		mounts "22 1 254:1 / / ro - $type /dev/vda1 ro"
		refused "path /var/crash: / is $type, which the capture kernel cannot write to"
	done
}

@test "path: on the target's file system a link leads to where it will lead after a crash" {
	mkdir -p "$MACHINE/srv/data/real" "$MACHINE/elsewhere"
	ln -s /data "$MACHINE/srv/abs"
	ln -s /elsewhere "$MACHINE/srv/out"
	mounts "$root_mount" '40 22 254:2 / /srv rw - ext4 /dev/vda2 rw'
	printf 'ext4 UUID=data-2\npath /abs/real\n' >kdump.conf
	mk
	printf 'ext4 UUID=data-2\npath /out\n' >kdump.conf
	refused "no directory /out on it (that is /srv/out here)"
}

# --- drivers -------------------------------------------------------------------------------------

@test "drivers: a disk whose own device has none is refused, whatever its name" {
	while read -r name dir sentence; do
		root_disk "$name" "$dir"
		refused "path /var/crash: /dev/$name: $sentence"
		rm "$MACHINE/sys/class/block/$name"
	done <<-'DISKS'
	zd0 virtual/block ZFS volume: step 'zfs' is not built in
	zd16p1 virtual/block/zd16 ZFS volume: step 'zfs' is not built in
	vxdmp virtual/block virtual disk of a driver that is not known here (vxdmp): step 'vxdmp'
	emcpowera1 virtual/block/emcpowera virtual disk of a driver that is not known here (emcpowera1): step 'emcpowera'
	sdz virtual/block virtual disk of a driver that is not known here (sdz): step 'sdz'
	ublkb0 virtual/block disk that a program serves: step 'ublk'
	scinia pci0000:00/scini/block disk without a driver that sysfs shows (scinia): step 'scinia'
	mtdblock0 platform/spi/mtd/mtd0 disk without a driver that sysfs shows (mtdblock0): step 'mtdblock'
	sdc pseudo_0/adapter0/host7/target7:0:0/7:0:0:0/block RAM disk, lost in a crash: step 'ram'
	DISKS
}

@test "drivers: a disk that hangs on another machine, or on this one, is refused though its driver is known" {
	while read -r name dir sentence; do
		bound "${dir%%/block*}" sd sd_mod
		root_disk "$name" "$dir"
		refused "path /var/crash: /dev/$name: $sentence"
		rm "$MACHINE/sys/class/block/$name"
	done <<-'DISKS'
	sdd platform/vhci_hcd.0/usb3/3-1/3-1:1.0/host9/target9:0:0/9:0:0:0/block disk over USB/IP: step 'usbip'
	sde platform/dummy_hcd.0/usb4/4-1/4-1:1.0/host8/target8:0:0/8:0:0:0/block disk that this system shows itself over USB: step 'gadget'
	sdg pci0000:00/0000:00:03.0/host3/session4/target3:0:0/3:0:0:1/block iSCSI disk: step 'iscsi'
	sdi tcm_loop_0/tcm_loop_adapter_1/host10/target10:0:1/10:0:1:0/block RAM disk, lost in a crash: step 'ram'
	DISKS
}

@test "drivers: NVMe over fabrics behind a joined disk is seen by its controllers" {
	local joined=virtual/nvme-subsystem/nvme-subsys0
	root_disk nvme0n1 "$joined"
	mkdir -p "$MACHINE/sys/devices/virtual/nvme-fabrics/ctl/nvme0"
	ln -s "$MACHINE/sys/devices/virtual/nvme-fabrics/ctl/nvme0" "$MACHINE/sys/devices/$joined/nvme0"
	refused "/dev/nvme0n1: NVMe over fabrics: step 'nvmf'"
}

@test "drivers: everything between disk and root of the device tree, VMD and USB hubs too" {
	bound pci0000:00/0000:00:0e.0 vmd
	bound pci0000:00/0000:00:0e.0/pci10000:e0/10000:e1:00.0 nvme
	root_disk nvme0n1 pci0000:00/0000:00:0e.0/pci10000:e0/10000:e1:00.0/nvme/nvme0
	mk
	[ "$(loaded)" = "vmd nvme ext4 " ]
	bound pci0000:00/0000:00:14.0 xhci_hcd xhci_pci
	bound pci0000:00/0000:00:14.0/usb2 usb usbcore
	bound pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0 usb-storage usb_storage
	bound pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0 sd sd_mod
	root_disk sdb pci0000:00/0000:00:14.0/usb2/2-1/2-1:1.0/host6/target6:0:0/6:0:0:0/block
	mk
	[ "$(loaded)" = "xhci_pci usbcore usb_storage sd_mod ext4 " ]
}

@test "drivers: the suppliers of a device come before it" {
	bound platform/soc/clk clk clk_acme
	bound platform/soc/i2c/0-0010 pmic pmic_acme
	bound platform/soc/sdhci sdhci sdhci_acme
	bound platform/soc/sdhci/mmc_host/mmc0/mmc0:0001 mmcblk mmc_block
	mkdir -p "$MACHINE"/sys/devices/virtual/devlink/{a,b,c}
	ln -s "$MACHINE/sys/devices/platform/soc/i2c/0-0010" "$MACHINE/sys/devices/virtual/devlink/a/supplier"
	ln -s "$MACHINE/sys/devices/platform/soc/clk" "$MACHINE/sys/devices/virtual/devlink/b/supplier"
	ln -s "$MACHINE/sys/devices/platform/soc/sdhci" "$MACHINE/sys/devices/virtual/devlink/c/supplier"
	ln -s "$MACHINE/sys/devices/virtual/devlink/a" "$MACHINE/sys/devices/platform/soc/sdhci/supplier:i2c:0-0010"
	ln -s "$MACHINE/sys/devices/virtual/devlink/b" "$MACHINE/sys/devices/platform/soc/i2c/0-0010/supplier:platform:clk"
	ln -s "$MACHINE/sys/devices/virtual/devlink/c" "$MACHINE/sys/devices/platform/soc/clk/supplier:platform:sdhci"
	root_disk mmcblk0p2 platform/soc/sdhci/mmc_host/mmc0/mmc0:0001/block/mmcblk0
	mk
	[ "$(loaded)" = "clk_acme pmic_acme sdhci_acme mmc_block ext4 " ]
}

@test "drivers: a watchdog brings the driver that makes it, an idle one brings none" {
	bound pci0000:00/0000:00:1f.0 lpc_ich
	bound pci0000:00/0000:00:1f.0/iTCO_wdt.1.auto iTCO_wdt
	bound pci0000:00/0000:00:1f.4 i801_smbus i2c_i801
	mkdir -p "$MACHINE/sys/devices/pci0000:00/0000:00:1f.0/iTCO_wdt.1.auto/watchdog/watchdog0" \
		"$MACHINE/sys/devices/pci0000:00/0000:00:1f.4/watchdog/watchdog1" "$MACHINE/sys/class/watchdog"
	for at in 1f.0/iTCO_wdt.1.auto/watchdog/watchdog0 1f.4/watchdog/watchdog1; do
		ln -s ../.. "$MACHINE/sys/devices/pci0000:00/0000:00:$at/device"
		ln -s "$MACHINE/sys/devices/pci0000:00/0000:00:$at" "$MACHINE/sys/class/watchdog/${at##*/}"
	done
	echo active >"$MACHINE/sys/class/watchdog/watchdog0/state"
	echo inactive >"$MACHINE/sys/class/watchdog/watchdog1/state"
	mk
	[ "$(loaded)" = "lpc_ich iTCO_wdt virtio_pci virtio_blk ext4 " ]
	rm "$MACHINE/sys/class/watchdog/watchdog0/state"
	mk
	[[ "$(loaded)" == "lpc_ich iTCO_wdt "* ]]
}

@test "drivers: those of the consoles come before every target" {
	bound pci0000:00/0000:00:08.0/virtio3 virtio_console
	bound pci0000:00/0000:00:08.0 virtio-pci virtio_pci
	ln -s "$MACHINE/sys/devices/pci0000:00/0000:00:08.0/virtio3" "$MACHINE/sys/drivers/virtio_console/virtio3"
	mkdir -p "$MACHINE/sys/class/tty/console" "$MACHINE/sys/bus/virtio/drivers"
	ln -s "$MACHINE/sys/drivers/virtio_console" "$MACHINE/sys/bus/virtio/drivers/virtio_console"
	echo 'tty0 hvc0' >"$MACHINE/sys/class/tty/console/active"
	mk
	[ "$(sed -n '/^target/q;p' recipe | awk '$1 == "module" { printf "%s ", $2 }')" = "virtio_pci virtio_console " ]
}

@test "drivers: a disk that cannot be plugged in is recorded as such" {
	local dir
	for dir in pci0000:00/0000:00:05.0/virtio1/block/vda pci0000:00/0000:00:05.0/virtio1/block/vda/vda1; do
		echo 0 >"$MACHINE/sys/devices/$dir/removable"
	done
	echo 1 >"$MACHINE/sys/devices/$dir/partition"
	mk
	grep -qx 'device UUID=root-1 fixed' recipe
	echo 1 >"$MACHINE/sys/devices/${dir%/*}/removable"
	mk
	grep -qx 'device UUID=root-1' recipe
}
