# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# The target never appears: the capture waits as long as kdump.conf says, and ends as it says.

expect()
{
	for word in rd.emergency=halt rd.retry=0 rd.timeout=0 unknown_nmi_panic sysctl.vm.nr_hugepages=4 retain_initrd \
		crashbox.device_timeout=0; do
		console_says "first: dropped $word: "
		! grep 'first: capture line: ' serial.log | grep -q " $word" || fail "$word reached the capture kernel"
	done
	console_says 'LABEL=nowhere'
	waited=$(between . "$CRASH_MARK" 'reboot: Power down')
	[ "${waited%.*}" -lt 60 ] || fail "gave up after $waited s, asked for 5 s"
	for name in kernel/hung_task_panic kernel/panic_on_warn kernel/panic_on_oops vm/panic_on_oom vm/nr_hugepages \
		vm/overcommit_memory; do
		console_says "emergency hook: $name is 0"
	done
	console_says 'emergency hook: kernel/panic is -1'
	reserve=$(sed -n 's/.*emergency hook: vm\/min_free_kbytes is \([0-9]*\).*/\1/p' serial.log)
	[ "${reserve:-24576}" -lt 4096 ] || fail "${reserve:-?} KiB of the capture kernel's memory stay set aside"
	console_says 'reboot: Power down'
}
