# SPDX-License-Identifier: GPL-2.0-or-later
# A blank partition is named; arming it marks it. The directory for recovered dumps is not the usual one, and too small
# for any. Settings of the running kernel are made in the sandbox, too.
# shellcheck shell=sh disable=SC2154

check "install the package" dpkg -i /scenario/crashbox.deb
crash_dir='/srv/50%done'
mkdir "$crash_dir"
echo "tmpfs $crash_dir tmpfs size=2m,nofail 0 0" >>/etc/fstab
mount "$crash_dir"
cat >/etc/kdump.conf <<-END
	raw PARTLABEL=dump
	path $crash_dir
	final_action reboot
	failure_action reboot
END
cat >/etc/default/kdump-tools <<-END
	KDUMP_SYSCTL="kernel.panic_on_oops=1 kernel.hung_task_timeout_secs=77 kernel.panic_print=3 vm.swappiness=7"
END
restart "arm for the partition"
check "the journal" journalctl -b -o cat -n 20 -u kdump.service
check_says "the journal names the setting that is not made" "vm.swappiness=7 is not set"
check_says "and what helps" "ReadWritePaths=/proc/sys/vm/swappiness"
check "what makes a machine panic is set" sh -c "cd /proc/sys && cat kernel/panic_on_oops \
	kernel/hung_task_timeout_secs kernel/panic_print | tr '\n' ' ' | grep -qx '1 77 3 '"
rm /etc/default/kdump-tools
check "the partition is prepared" crashbox raw status /dev/disk/by-partlabel/dump
check "kdumpctl status" kdumpctl status
cat "$OUT"
crash
