# SPDX-License-Identifier: GPL-2.0-or-later
# The dump waits on the partition, its log is in the directory, the machine is armed again.
# shellcheck shell=sh disable=SC2154

crash_dir='/srv/50%done'
check "the sandbox of the recovery" systemctl show -p ReadWritePaths --value crashbox-savecore.service
check_says "it opens this directory" "-$crash_dir"
cat "$OUT"
crashbox raw status /dev/disk/by-partlabel/dump
check "the log is recovered" grep -q 'sysrq triggered crash' "$crash_dir"/*/vmcore-dmesg.txt
check "no dump fits" test "$(dumps "$crash_dir")" -eq 0
check "why is in the journal" journalctl -b -o cat -u crashbox-savecore.service -u kdump.service
cat "$OUT"
crash
