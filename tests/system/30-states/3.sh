# SPDX-License-Identifier: GPL-2.0-or-later
# Back to normal, the machine is armed by itself; then what it needs goes away.
# shellcheck shell=sh disable=SC2154

image=/boot/initramfs-$(uname -r)kdump.img
check "armed at boot" armed
check "the image is there" test -s "$image"

rm "$image"
restart "restart without the image"
check "the image is built again" test -s "$image"
check "armed with it" armed

rm "$image"
mount --bind /boot /boot
mount -o remount,bind,ro /boot
restart "restart with a read-only /boot"
check "the image is elsewhere" test -s "/var/lib/kdump/initramfs-$(uname -r)kdump.img"
check "armed with that" armed
check "kdumpctl status" kdumpctl status
umount /boot

echo 'ext4 /dev/nowhere' >/etc/kdump.conf
check_not "restart with a target that does not exist" systemctl restart kdump.service
journalctl -b -o cat -n 5 -u kdump.service
check "the kernel that was loaded stays" armed

echo 'nonsense' >/etc/kdump.conf
check_not "restart with a line that means nothing" systemctl restart kdump.service
check "its journal" journalctl -b -o cat -n 20 -u kdump.service
cat "$OUT"
check_says "the line is named" "kdump.conf:1: unknown directive 'nonsense'"
check "the kernel that was loaded still stays" armed
