# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'post hook: 1 argument, status 0'
	console_says 'reboot: Power down'
	disk_open vda.img
	dump_find || return 0
	judge_filtered kdump 31
}
