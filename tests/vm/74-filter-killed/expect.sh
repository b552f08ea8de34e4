# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

# After the second loss the capture stops filtering and copies every byte
expect()
{
	console_says 'killer: kills '
	console_says 'every byte is copied instead'
	disk_open vda.img
	dump_find || return 0
	file_there vmcore-dmesg.txt
	judge_panic "$DUMP/vmcore-dmesg.txt"
	file_there vmcore
	judge_elf "$DUMP/vmcore"
}
