# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	# the part of it on the first target stays and can be opened
	disk_open vda.img
	dump_find || return 0
	file_absent vmcore
	file_there vmcore-incomplete
	judge_incomplete "$DUMP/vmcore-incomplete" 1000
	disk_open vdb.img
	dump_find || return 0
	judge_filtered kdump 31
	console_says 'left on the target'
	console_says '==== the dump is saved ===='
}
