# SPDX-License-Identifier: GPL-2.0-or-later
# kdump.conf is still a bad one, the last good image lies where it was built for a read-only /boot: it is loaded, and
# what happened is said. Such a machine crashes.
# shellcheck shell=sh disable=SC2154

check "no image in /boot" test ! -e "/boot/initramfs-$(uname -r)kdump.img"
check_not "the unit has failed" systemctl is-active kdump.service
check "armed all the same" armed
check "the journal" journalctl -b -o cat -u kdump.service
cat "$OUT"
check_says "the journal names the line" "kdump.conf:1: unknown directive 'nonsense'"
check_says "the journal says what is loaded" "armed with the image of before"
check "kdumpctl status" kdumpctl status
cat "$OUT"
check_says "status names the image" "image /var/lib/kdump/initramfs-$(uname -r)kdump.img"
check_says "status says what is wrong" "NOT GOOD"
crash
