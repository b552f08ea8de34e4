# SPDX-License-Identifier: GPL-2.0-or-later
# The dump waits on the partition, its log is in the directory, the machine is armed again.
# shellcheck shell=sh disable=SC2154

crashbox raw status /dev/disk/by-partlabel/dump
check "the log is recovered" grep -q 'sysrq triggered crash' /var/crash/*/vmcore-dmesg.txt
check "no dump fits" test "$(dumps)" -eq 0
check "why is in the journal" journalctl -b -o cat -u crashbox-savecore.service -u kdump.service
cat "$OUT"
crash
