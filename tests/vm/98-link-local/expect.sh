# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch ganesha
	dump_find || return 0
	case $(basename "$DUMP") in
	fe80::*) ;;
	*) fail "the directory $(basename "$DUMP") does not bear the link-local address of the guest" ;;
	esac
	judge_served kdump
	console_says '==== the dump is saved ===='
}
