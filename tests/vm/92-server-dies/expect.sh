# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch sshd
	dump_find || return 0
	file_there vmcore-dmesg.txt
	file_absent vmcore
	file_there vmcore-incomplete
	net_fetch ganesha
	dump_find srv/dump/var/crash || return 0
	judge_served kdump
	console_says 'target   1 of 2: ssh root@ssh.example'
	console_says 'target   2 of 2: nfs 10.99.0.1:/srv/dump'
	console_says 'now on target 2, nfs 10.99.0.1:/srv/dump'
	console_says 'vmcore-dmesg.txt is there already'
	console_says '==== the dump is saved ===='
	grep -q '"vmcore:' "$DUMP/crashbox-report.json" || fail "the report does not tell of the first target"
}
