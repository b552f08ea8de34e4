# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'killer: kills '
	console_says 'killed by signal 9'
	disk_open vda.img
	dump_find || return 0
	judge_filtered kdump 31
}
