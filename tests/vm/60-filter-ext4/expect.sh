# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	disk_open vda.img
	dump_find || return 0
	judge_filtered kdump 31
	judge_private
	judge_codec lzo
	console_says '==== the dump is saved ===='
	console_says 'reboot: Restarting system'
}
