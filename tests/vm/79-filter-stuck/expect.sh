# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'stopper: stops '
	console_says 'nothing moved for 15 s; every byte is copied instead'
	console_says '==== the dump is saved ===='
	disk_open vda.img
	dump_find || return 0
	file_there vmcore
	file_there vmcore-dmesg.txt
	judge_elf "$DUMP/vmcore"
	judge_dmesg "$DUMP/vmcore" "$DUMP/vmcore-dmesg.txt"
	judge_memory "$DUMP/vmcore"
	judge_records
}
