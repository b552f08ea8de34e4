# SPDX-License-Identifier: GPL-2.0-or-later
# Locked down: only a kernel whose signature this machine trusts is loaded, anything else is explained.
# shellcheck shell=sh disable=SC2154

grep . /sys/kernel/security/lockdown
check "the system is locked down" grep -qF '[integrity]' /sys/kernel/security/lockdown
if armed; then
	check "kdumpctl status" kdumpctl status
	cp "/boot/vmlinuz-$(uname -r)" /root/vmlinuz
	printf x | dd of=/root/vmlinuz bs=1 seek=2000000 conv=notrunc status=none
	check_not "a damaged kernel is refused" crashbox kexec -p /root/vmlinuz
	rm /root/vmlinuz
else
	check_not "kdumpctl status fails" kdumpctl status
	check_not "kdumpctl start fails" kdumpctl start
fi
cat "$OUT"
check_says "why is said" "the kernel is locked down and takes only a capture kernel that is signed"
