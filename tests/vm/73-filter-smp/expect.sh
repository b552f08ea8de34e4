# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	disk_open vda.img
	dump_find || return 0
	judge_filtered kdump 31
	judge_codec lzo
	console_says '==== the dump is saved ===='
	grep -q ' 2 CPUs,' memcmp.txt || fail 'expected the registers of two CPUs'
	[ "$(grep -c 'capture: cpu' serial.log)" -eq 2 ] || fail 'expected two CPUs in the capture kernel'
}
