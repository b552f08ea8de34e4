# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	grep -q 'damage: [0-9]* pages' damage.log || fail "nothing was damaged: $(tail -1 damage.log)"
	rm -f backing
	disk_open vda.img
	dump_find || return 0
	file_there vmcore
	memory_compare "$DUMP/vmcore"
	judge_status 0
	[ "$(compared 'pages equal')" -gt $((VM_MEM * 32)) ] || fail "too little was saved: $(tail -1 memcmp.txt)"
	judge_crash "$DUMP/vmcore"
	console_says '==== the dump is saved ===='
}
