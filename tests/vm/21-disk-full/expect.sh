# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	disk_open vda.img
	dump_find || return 0
	file_there vmcore-dmesg.txt
	judge_panic "$DUMP/vmcore-dmesg.txt"
	file_absent vmcore
	console_says 'No space left on device'
	console_says 'reboot: Power down'
}
