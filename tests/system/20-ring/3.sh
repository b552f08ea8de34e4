# SPDX-License-Identifier: GPL-2.0-or-later
# The third crash; after it the directory has room.
# shellcheck shell=sh disable=SC2154

crashbox raw status /dev/disk/by-partlabel/dump
check "no dump fits" test "$(dumps)" -eq 0
sed -i 's|^tmpfs /var/crash .*|LABEL=crash /var/crash ext4 defaults 0 2|' /etc/fstab
crash
