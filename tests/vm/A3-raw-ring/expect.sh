# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says '/dev/vda is blank: it is taken'
	makedumpfile -R first <vda.img >rebuild.txt 2>&1 || fail "the first dump: $(tail -1 rebuild.txt)"
	for crash in 2 3; do
		scenario_boot
		console_says '/dev/vda is prepared for dumps'
		console_says '==== the dump is saved ===='
	done
	makedumpfile -R again <vda.img >rebuild.txt 2>&1 || fail "after three crashes: $(tail -1 rebuild.txt)"
	cmp -s first again || fail "byte 0 does not lead to the first dump any more"
	raw_recover vda.img
	set -- recovered/*/vmcore
	[ $# -eq 3 ] || fail "$# dumps of three were recovered"
	cmp -s first "$1" || fail "the first dump is another one now"
	for DUMP in recovered/*; do
		judge_saved
		judge_refilter_current "$DUMP/vmcore"
		judge_dmesg refiltered "$DUMP/vmcore-dmesg.txt"
	done
}
