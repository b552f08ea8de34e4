# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says '==== the dump is saved ===='
	grep -q 'damage: ' damage.log || fail "nothing was damaged: $(tail -1 damage.log)"
	rm -f backing
	disk_open vda.img
	dump_find || return 0
	file_there vmcore
	judge_memory "$DUMP/vmcore"
	judge_status 0
	judge_records
}
