# SPDX-License-Identifier: GPL-2.0-or-later
# All three are recovered by the services alone, and the partition has room again.
# shellcheck shell=sh disable=SC2154

journalctl -b -o cat -u crashbox-savecore.service -u kdump.service
find /var/crash -type f
check "three dumps" test "$(dumps)" -eq 3
check "kdumpctl list" kdumpctl list
cat "$OUT"
check "nothing waits" crashbox savecore -n
crashbox raw status /dev/disk/by-partlabel/dump
check "armed" armed
umount /var/crash
