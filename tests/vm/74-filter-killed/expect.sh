# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

# After the second loss the capture stops filtering and copies every byte. What the filter had written
# stays beside that, marked as what it is, and the report tells what happened.
expect()
{
	console_says 'killer: kills '
	console_says 'killed by signal 9'
	console_says '==== the dump is saved ===='
	disk_open vda.img
	dump_find || return 0
	file_there vmcore
	file_there vmcore-dmesg.txt
	judge_elf "$DUMP/vmcore"
	judge_refilter "$DUMP/vmcore"
	judge_dmesg "$DUMP/vmcore" "$DUMP/vmcore-dmesg.txt"
	judge_memory "$DUMP/vmcore"
	judge_records
	for note in 'once more from the start' 'every byte is copied instead'; do
		grep -q "\"vmcore: killed by signal 9.*; $note\"" "$DUMP/crashbox-report.json" ||
			fail "the report does not say: $note"
	done
	judge_broken "$DUMP/vmcore-incomplete"
}

# judge_broken FILE: a filtered dump whose writer was killed
judge_broken()
{
	file_there vmcore-incomplete
	[ "$(dump_format "$1")" = kdump ] || fail "vmcore-incomplete is $(dump_format "$1")"
	memory_compare "$1"
	judge_status 8
	judge_crash "$1"
}
