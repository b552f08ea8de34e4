# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	TREE=$PWD/share
	rm -f backing
	dump_find || return 0
	judge_whole
	console_says 'virtiofs dump is mounted'
}
