# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	sha256sum --quiet -c before >changed.txt 2>&1 ||
		fail "a disk that was refused has changed: $(head -1 changed.txt)"
	console_says '/dev/vda holds ext4'
	console_says '/dev/vdb holds swap'
	console_says '/dev/vdc holds ext4'
	console_says '==== the dump is saved ===='
	raw_recover vdd.img
	raw_find || return 0
	judge_saved
	judge_refilter_current "$DUMP/vmcore"
	judge_dmesg refiltered "$DUMP/vmcore-dmesg.txt"
}
