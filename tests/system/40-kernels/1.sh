# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154

check "install crashbox" dpkg -i /scenario/crashbox.deb
check "armed" armed
timed "install another kernel" dpkg -i /scenario/other.deb
check "it has an image" test -s "/boot/initramfs-$(cat /scenario/other.version)kdump.img"
check "this one still has an image" test -s "/boot/initramfs-$(uname -r)kdump.img"
check "still armed for this one" kdumpctl status
check_says "status names this one" "$(uname -r)"
uname -r >"$STATE/first"
