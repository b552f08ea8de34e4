# SPDX-License-Identifier: GPL-2.0-or-later
# Nothing is armed here: mkinitrd.sh alone is asked, as kdumpctl and the hooks of a kernel package ask it.
# shellcheck shell=sh disable=SC2154

by=/dev/disk/by-partlabel
name=/etc/hostname # any file is a key

# as_is: the sum of the disk up to the blank partition, which is the last one, past every cache
as_is()
{
	blockdev --flushbufs /dev/vdc
	dd if=/dev/vdc iflag=direct bs=1M count="$(($(cat /sys/class/block/vdc9/start) / 2048))" status=none | md5sum
}

# image TARGET
image()
{
	printf 'raw %s\npath /var/crash\n' "$1" >/root/kdump.conf
	/usr/lib/crashbox/mkinitrd.sh -f -c /root/kdump.conf --reserved 0 /root/image
}

check "install the package" dpkg -i /scenario/crashbox.deb
check "the disk is there" test -b "$by/blank"

# udev would start what was just made, and then it would be refused for being in use
rm -f /lib/udev/rules.d/*lvm* /lib/udev/rules.d/*md*
udevadm control --reload
check "make ext4" mkfs.ext4 -q "$by/ext4"
check "make xfs" mkfs.xfs -q "$by/xfs"
check "make btrfs" mkfs.btrfs -q "$by/btrfs"
check "make vfat" mkfs.vfat "$by/vfat"
check "make swap" mkswap "$by/swap"
check "make lvm" pvcreate -q "$by/lvm"
check "make md" mdadm --create /dev/md0 --run --level=1 --metadata=1.2 --raid-devices=2 \
	"$(readlink -f "$by/md")" missing
check "stop md" mdadm --stop /dev/md0
check "make luks" cryptsetup luksFormat -q --pbkdf pbkdf2 --pbkdf-force-iterations 1000 "$by/luks" "$name"
udevadm settle
before=$(as_is)

while read -r part kind; do
	check_not "$part is refused" image "PARTLABEL=$part"
	check_says "$part: it is said what lies there" "holds $kind: it is not written over"
done <<-END
	ext4 ext4
	xfs xfs
	btrfs btrfs
	vfat vfat
	swap swap
	lvm LVM2_member
	md linux_raid_member
	luks crypto_LUKS
END
check_not "the whole disk is refused" image /dev/vdc
check_says "the whole disk: it is said what lies there" "holds a gpt partition table"
check "no image was left" test ! -e /root/image
check "a blank one is taken" image PARTLABEL=blank
check "it is prepared" crashbox raw status "$by/blank"
crashbox cpio --cat /etc/crashbox/recipe /root/image >/root/recipe
check "the image names it by what stays" grep '^raw .*UUID=' /root/recipe
check "nothing else has changed" test "$(as_is)" = "$before"
