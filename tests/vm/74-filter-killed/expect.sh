# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'killer: kills '
	console_says 'reboot: Power down'
	disk_open vda.img
	dump_find || return 0
	file_there vmcore-dmesg.txt
	judge_panic "$DUMP/vmcore-dmesg.txt"
	file_absent vmcore
	file_there vmcore-incomplete
	judge_incomplete "$DUMP/vmcore-incomplete" 1
}
