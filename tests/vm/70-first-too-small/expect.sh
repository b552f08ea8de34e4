# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	# the part of it on the first target stays and can be opened
	disk_open vda.img
	dump_find || return 0
	file_absent vmcore
	file_there vmcore-incomplete
	judge_incomplete "$DUMP/vmcore-incomplete" 1000
	disk_open vdb.img
	dump_find || return 0
	judge_filtered kdump 31
	for word in '"log_2": "saved"' '"log_3": "saved"' '"log_4": "failed"'; do
		grep -qF "$word" "$DUMP/crashbox-report.json" || fail "the report does not say $word"
	done
	cp "$DUMP/vmcore-dmesg.txt" second.txt
	disk_open vdc.img
	dump_find || return 0
	cmp -s "$DUMP/vmcore-dmesg.txt" second.txt || fail "the third target has no log, or another one"
	file_absent vmcore-incomplete
	# before anything of the dump is written
	awk '/ now on target 4, / { last = NR } / vmcore +[^ ]/ && !first { first = NR }
		END { exit !(last && first && last < first) }' serial.log || fail "the log came after the dump"
	console_says 'vmcore-dmesg.txt is there already'
	console_says 'left on the target'
	console_says '==== the dump is saved ===='
}
