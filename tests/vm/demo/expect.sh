# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

# The same as a scenario of the suite: the whole cycle with the second boot
expect()
{
	console_says 'first: second boot, found'
	disk_open vda.img
	dump_find || return 0
	judge_whole
}
