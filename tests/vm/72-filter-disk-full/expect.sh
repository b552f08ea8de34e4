# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	disk_open vda.img
	dump_find || return 0
	file_absent vmcore
	file_there vmcore-incomplete
	file_there vmcore-dmesg.txt
	judge_incomplete "$DUMP/vmcore-incomplete" 5000
	console_says 'left on the target'
	console_says '==== the dump is INCOMPLETE ===='
	console_says 'reboot: Power down'
}
