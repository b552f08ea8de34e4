# SPDX-License-Identifier: GPL-2.0-or-later
# A blank partition is named; arming it marks it. The directory for recovered dumps is too small for any.
# shellcheck shell=sh disable=SC2154

check "install the package" dpkg -i /scenario/crashbox.deb
echo 'tmpfs /var/crash tmpfs size=2m,nofail 0 0' >>/etc/fstab
mount /var/crash
cat >/etc/kdump.conf <<-END
	raw PARTLABEL=dump
	path /var/crash
	final_action reboot
	failure_action reboot
END
restart "arm for the partition"
check "the partition is prepared" crashbox raw status /dev/disk/by-partlabel/dump
check "kdumpctl status" kdumpctl status
cat "$OUT"
crash
