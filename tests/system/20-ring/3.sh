# SPDX-License-Identifier: GPL-2.0-or-later
# The third crash; after it the directory has room.
# shellcheck shell=sh disable=SC2154

crash_dir='/srv/50%done'
crashbox raw status /dev/disk/by-partlabel/dump
check "no dump fits" test "$(dumps "$crash_dir")" -eq 0
sed -i "s|^tmpfs $crash_dir .*|LABEL=crash $crash_dir ext4 defaults 0 2|" /etc/fstab
crash
