# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch sshd
	dump_find . || return 0
	judge_served kdump
	console_says '==== the dump is saved ===='
	grep -q 'slave first): link status definitely down' "$DUMP/kexec-dmesg.log" ||
		fail "the bond did not lose its first card"
}
