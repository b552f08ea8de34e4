# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	disk_open vda.img
	dump_find || return 0
	judge_whole
	[ "$(grep -c NT_PRSTATUS readelf.txt)" -eq 2 ] || fail 'expected the registers of two CPUs'
	console_says 'crashbox: ===='
}
