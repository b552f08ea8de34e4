# SPDX-License-Identifier: GPL-2.0-or-later
# The dump is there; a good kdump.conf sets all right.
# shellcheck shell=sh disable=SC2154

check "one dump" test "$(dumps)" -eq 1
check "armed with the image of before again" armed
echo 'path /var/crash' >/etc/kdump.conf
restart "restart with a good kdump.conf"
check "armed" armed
check "the image is in /boot" test -s "/boot/initramfs-$(uname -r)kdump.img"
check "kdumpctl status" kdumpctl status
check_says "status names it" "image /boot/initramfs-$(uname -r)kdump.img"
