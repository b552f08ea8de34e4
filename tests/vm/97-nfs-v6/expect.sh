# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch ganesha
	dump_find || return 0
	case $(basename "$DUMP") in
	fd97:*) ;;
	*) fail "the directory $(basename "$DUMP") does not bear the address of the guest" ;;
	esac
	judge_served kdump
	console_says '==== the dump is saved ===='
}
