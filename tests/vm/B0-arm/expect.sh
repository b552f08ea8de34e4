# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154
# Loaded by kdumpctl without kexec-tools, loaded again by it after a refusal, crashed by its test.

expect()
{
	disk_open vda.img
	for DUMP in "$TREE"/var/crash/kdump-test-*; do
		:
	done
	[ -d "$DUMP" ] || {
		fail "there is no dump with the id of the test"
		return 0
	}
	judge_whole
	console_says 'not a kernel that this machine can load'
	console_says 'armed       yes: kernel'
	console_says 'dump level 31 '
	console_says 'last dump   none below /disk/var/crash'
	console_says "its dump will be called ${DUMP##*/}"
	console_says 'the capture kernel that was loaded before is loaded again'
	grep -q 'first: capture line: .*nr_cpus=1 .*initcall_blacklist=[a-z_,]*tracer_init_tracefs' serial.log ||
		fail "the command line does not have the words of the list"
	console_says 'crashbox: ===='
}
