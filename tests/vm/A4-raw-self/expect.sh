# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says '/bin/crashbox is not the program'
	console_says 'nothing raw is written'
	tr -d '\0' <vda.img | cmp -s - /dev/null || fail "the raw disk was written to"
	disk_open vdb.img
	dump_find || return 0
	judge_saved
	judge_refilter_current "$DUMP/vmcore"
	judge_dmesg refiltered "$DUMP/vmcore-dmesg.txt"
	judge_records
	grep -q 'is not the program' "$DUMP/crashbox-report.json" || fail "the report does not tell why"
}
