# SPDX-License-Identifier: GPL-2.0-or-later
# The package is installed on a system that reserved memory: it is armed at once. Then an edit, and a crash.
# shellcheck shell=sh disable=SC2154

all_files >"$STATE/before"
timed "install the package" dpkg -i /scenario/crashbox.deb
restart "start again, nothing changed"
check "the unit is active" systemctl is-active kdump.service
check "the unit is enabled" systemctl is-enabled kdump.service
check "armed" armed
check "kdumpctl status" kdumpctl status
check_says "the sandbox of the unit sees the same system" "up to date"
cat "$OUT"

stamp=/var/lib/crashbox/image-$(uname -r).stamp
grep '^segment' "$stamp" >"$STATE/segments"
printf 'final_action reboot\nfailure_action reboot\n' >>/etc/kdump.conf
restart "restart after an edit"
check "armed after the edit" armed
check "only the site segment is another" sh -c "grep '^segment' $stamp | diff $STATE/segments - | grep '^[<>]' |
	awk '\$3 != \"site\" { bad = 1 } END { exit bad || NR != 2 }'"
check "kdumpctl status after the edit" kdumpctl status
crash
