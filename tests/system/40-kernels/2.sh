# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154

other=$(cat /scenario/other.version)
first=$(cat "$STATE/first")
check "the other kernel runs" test "$(uname -r)" = "$other"
check "kdumpctl status" kdumpctl status
check_says "armed for the other kernel" "$other"
timed "remove the first kernel" dpkg --purge --force-depends "linux-image-$first"
check_not "its image is gone" test -e "/boot/initramfs-${first}kdump.img"
check_not "what it was made of is forgotten" ls /var/lib/crashbox/image-"$first".stamp
crash
