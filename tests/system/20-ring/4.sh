# SPDX-License-Identifier: GPL-2.0-or-later
# All three are recovered by the services alone, and the partition has room again.
# shellcheck shell=sh disable=SC2154

crash_dir='/srv/50%done'
journalctl -b -o cat -u crashbox-savecore.service -u kdump.service
find "$crash_dir" -type f
check "three dumps" test "$(dumps "$crash_dir")" -eq 3
check "kdumpctl list" kdumpctl list
cat "$OUT"
check "nothing waits" crashbox savecore -n
crashbox raw status /dev/disk/by-partlabel/dump
check "armed" armed
check "the recovery has not failed" systemctl is-active crashbox-savecore.service
umount "$crash_dir"
