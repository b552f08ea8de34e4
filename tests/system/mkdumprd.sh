#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# kdump-utils' own kdumpctl, unmodified, builds its image with mkinitrd.sh in the place of mkdumprd.
#
#   mkdumprd.sh SOURCES
#
# SOURCES: a directory with kdumpctl, kdump-lib*.sh, kdump-logger.sh and gen-kdump-sysconfig.sh of kdump-utils. The
# host needs bash, dracut-core (whose functions kdumpctl reads) and makedumpfile; O=DIR is a build with O/vm's kernel.
# Everything happens in a throw-away copy of this system (overlay in a mount namespace); nothing stays.
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$ROOT/build}
if [ "${1:-}" != --inside ]; then
	sources=$(cd "${1:?a directory with the files of kdump-utils}" && pwd)
	crash=$(mktemp -d)
	trap 'rmdir "$crash"' EXIT
	unshare -m --propagation private sh "$0" --inside "$sources" "$crash"
	exit
fi
sources=$2
crash=$3

kernel=$O/vm/kernel-bookworm
version=$(ls "$kernel/lib/modules")
mount -t tmpfs none /mnt
mkdir /mnt/upper /mnt/work /mnt/root
mount -t overlay -o lowerdir=/,upperdir=/mnt/upper,workdir=/mnt/work none /mnt/root
root=/mnt/root
mount -t proc none $root/proc
mount --rbind /dev $root/dev
mount --rbind /sys $root/sys
mount -t tmpfs none $root/run
mkdir -p $root/var/crash $root/var/lib/kdump $root/usr/lib/kdump $root/usr/lib/modules $root/etc/sysconfig \
	$root/run/lock
# `path` has to lie on a disk, which the overlay is not.
mount --bind "$crash" $root/var/crash

DESTDIR=$root PREFIX=/usr sh "$ROOT/config/install.sh" "$O/crashbox"
ln -sf /usr/lib/crashbox/mkinitrd.sh $root/usr/sbin/mkdumprd
rm $root/usr/sbin/kdumpctl
install -m 755 "$sources/kdumpctl" $root/usr/sbin/kdumpctl
cp "$sources/kdump-lib.sh" "$sources/kdump-lib-initramfs.sh" "$sources/kdump-logger.sh" $root/usr/lib/kdump/
bash "$sources/gen-kdump-sysconfig.sh" x86_64 |
	sed "s/^KDUMP_KERNELVER=.*/KDUMP_KERNELVER=$version/" >$root/etc/sysconfig/kdump
printf 'path /var/crash\ncore_collector makedumpfile -l --message-level 7 -d 31\n' >$root/etc/kdump.conf
cp -a "$kernel/lib/modules/$version" $root/usr/lib/modules/
cp "$kernel/boot/vmlinuz-$version" $root/boot/

chroot $root bash /usr/sbin/kdumpctl rebuild
image=$(find $root/boot $root/var/lib/kdump -name "initramfs-${version}kdump.img")
"$O/crashbox" cpio --list "$image" | grep -q 'bin/crashbox'
"$O/crashbox" cpio --cat etc/crashbox/recipe "$image" | grep -qx "kernel $version"
cmp "$sources/kdumpctl" $root/usr/sbin/kdumpctl
echo "ok   kdumpctl of kdump-utils has built ${image#"$root"} with mkinitrd.sh"
