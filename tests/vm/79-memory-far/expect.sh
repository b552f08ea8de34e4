# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	grep -q 'damage: range' damage.log || fail "nothing was damaged: $(tail -1 damage.log)"
	rm -f backing
	grep -Eq 'no end is seen|vmcore +nothing moved for 12 s' serial.log || fail "the filter was not given up"
	console_says 'every byte is copied instead'
	disk_open vda.img
	dump_find || return 0
	judge_panic "$DUMP/vmcore-dmesg.txt"
	file_there vmcore
	[ "$(dump_format "$DUMP/vmcore")" = elf ] || fail "vmcore is not the plain copy"
	judge_elf "$DUMP/vmcore"
}
