# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch sshd
	dump_of_guest . || return 0
	judge_served kdump
	console_says '==== the dump is saved ===='
	console_says 'bond0 has 10.97.0.'
	grep -q 'bond0: (slave a5): Enslaving' "$DUMP/kexec-dmesg.log" || fail "a5 is no member of the bond"
}
