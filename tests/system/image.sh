#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/system: the disk of a small real Debian system: stock kernel, systemd, udev, an ext4 root, a serial console.
#
#   image.sh [bookworm|trixie [VARIANT PACKAGE...]]
#
# A variant is a disk of its own that has more packages, RELEASE-VARIANT in place of RELEASE.
# Built once by mmdebstrap from the archive that this machine's apt is set up with; no loop device is needed.
# Made below O/system/RELEASE: disk.img (sparse), vmlinuz, initrd.img, version. O=DIR is the build directory.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/vm/lib.sh disable=SC1091
. "$ROOT/tests/vm/lib.sh"

RELEASE=${1:-bookworm}
VARIANT=${2:-}
DIR=$O/system/$RELEASE${VARIANT:+-$VARIANT}
# What a small server has. The package depends on no more than that.
PACKAGES=systemd-sysv,udev,kmod,e2fsprogs,linux-image-amd64,dbus,xz-utils
DISK_SIZE=2G

image_sources()
{
	sh "$ROOT/config/libs/archive.sh" --state "${CRASHBOX_APT_STATE:-$O/apt}" depends "$RELEASE" linux-image-amd64 \
		>/dev/null
	cat "${CRASHBOX_APT_STATE:-$O/apt}/$RELEASE-deb/parts/debian.sources"
}

# Files that must be there before the kernel is configured: its initrd needs the disk and its file system only.
image_before()
{
	mkdir -p "$1/etc/initramfs-tools/conf.d" "$1/usr/share/initramfs-tools/modules.d" "$1/etc/default"
	echo MODULES=list >"$1/etc/initramfs-tools/conf.d/crashbox-test"
	printf '%s\n' virtio_pci virtio_blk ext4 >"$1/usr/share/initramfs-tools/modules.d/crashbox-test"
}

# What an administrator would have set up, and the unit that runs the steps of a scenario.
image_after()
{
	echo 'LABEL=system / ext4 errors=remount-ro 0 1' >"$1/etc/fstab"
	echo system >"$1/etc/hostname"
	: >"$1/etc/machine-id"
	chroot "$1" passwd -q -d root
	mkdir -p "$1/scenario"
	install -m 644 "$ROOT/tests/system/lib/scenario.service" "$1/etc/systemd/system/"
	chroot "$1" systemctl -q enable scenario.service
	# Nothing may run beside the steps that a quiet server would not run in its first minutes.
	chroot "$1" systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
		e2scrub_reap.service fstrim.timer
}

image_make()
{
	! up_to_date "$DIR/version" "$ROOT/tests/system/image.sh" "$ROOT/tests/system/lib/scenario.service" || return 0
	say "system: making the disk of Debian $RELEASE"
	new=$DIR.new
	rm -rf "$new" "$DIR"
	mkdir -p "$new"
	image_sources >"$new/debian.sources"
	# What is mounted below the root goes with the name space, also where mmdebstrap leaves it.
	unshare -m --propagation private mmdebstrap --quiet --variant=minbase --mode=root --include="$PACKAGES" \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt=force-unsafe-io \
		--setup-hook="sh '$ROOT/tests/system/image.sh' --before \"\$1\"" \
		--customize-hook="sh '$ROOT/tests/system/image.sh' --after \"\$1\"" \
		"$RELEASE" "$new/root" "$new/debian.sources" >"$new/log" 2>&1 ||
		die "mmdebstrap failed: $(grep -m1 '^E:' "$new/log" || tail -n 1 "$new/log"), all of it in $new/log"
	image_pack "$new"
	mv "$new" "$DIR"
}

image_pack()
{
	version=$(basename "$(echo "$1"/root/lib/modules/*)")
	cp "$1/root/boot/vmlinuz-$version" "$1/vmlinuz"
	cp "$1/root/boot/initrd.img-$version" "$1/initrd.img"
	rm -rf "$1"/root/var/cache/apt/archives/*.deb "$1"/root/var/lib/apt/lists/*
	truncate -s "$DISK_SIZE" "$1/disk.img"
	mke2fs -q -t ext4 -L system -d "$1/root" "$1/disk.img"
	rm -rf "$1/root"
	echo "$version" >"$1/version"
}

case $RELEASE in
--before) image_before "${2:?}" ;;
--after) image_after "${2:?}" ;;
bookworm | trixie)
	need mmdebstrap mke2fs
	if [ -n "$VARIANT" ]; then
		shift 2
		PACKAGES=$PACKAGES$(printf ',%s' "$@")
	fi
	once "$(basename "$DIR")-disk" image_make
	;;
*)
	sed -n 's/^#   //p' "$0" >&2
	exit 2
	;;
esac
