# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch ganesha
	dump_find srv/dump/crash || return 0
	file_there vmcore-dmesg.txt
	file_absent vmcore
	net_fetch sshd
	dump_find crash || return 0
	[ "$(dump_format "$DUMP/vmcore.flat")" = flat ] || fail "vmcore.flat is not flattened"
	makedumpfile -R "$DUMP/vmcore" <"$DUMP/vmcore.flat" >/dev/null ||
		fail "makedumpfile cannot put vmcore.flat together"
	chmod 600 "$DUMP/vmcore"
	judge_served kdump
	console_says 'target   2 of 2: ssh root@10.98.0.1'
	console_says '==== the dump is saved ===='
}
