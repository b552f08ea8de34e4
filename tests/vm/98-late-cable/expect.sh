# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch sshd
	dump_find . || return 0
	judge_served kdump
	console_says 'no links are named: DHCP on every interface'
	console_says 'eth0 has 10.97.0.'
	console_says '==== the dump is saved ===='
	[ "$(at . 'eth0: asking')" != "$(at . 'eth1: asking')" ] || fail "the cable of eth0 was not late"
}
