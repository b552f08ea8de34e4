# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch sshd
	dump_find || return 0
	file_there vmcore-dmesg.txt
	file_absent vmcore-incomplete
	gunzip -c "$DUMP/vmcore" >whole || fail "vmcore is not what gzip wrote"
	judge_elf whole
	grep -q '"vmcore": "saved"' "$DUMP/crashbox-report.json" ||
		fail "the report does not say that the dump is saved"
	console_never_says 'every byte is copied instead'
	console_says '==== the dump is saved ===='
}
