# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch ganesha
	dump_of_guest || return 0
	judge_served kdump
	console_says 'nfs.example is 10.99.0.1'
	console_says '==== the dump is saved ===='
}
