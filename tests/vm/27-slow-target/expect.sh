# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'slower than 65536 KiB/s for 20 s'
	console_says 'target   2 of 2: ext4 LABEL=crash'
	console_says '==== the dump is saved ===='
	disk_open slow.img
	dump_find || return 0
	judge_panic "$DUMP/vmcore-dmesg.txt"
	file_absent vmcore
	disk_open vda.img
	dump_find || return 0
	judge_panic "$DUMP/vmcore-dmesg.txt"
	file_there vmcore
	[ "$(dump_format "$DUMP/vmcore")" = kdump ] || fail "vmcore is not kdump-compressed"
	judge_crash "$DUMP/vmcore"
	grep -q 'another target is left' "$DUMP/crashbox-report.json" || fail "the report does not say why"
}
