# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch sshd
	dump_find . || return 0
	case $(basename "$DUMP") in
	10.97.0.1[0-2][0-9]-*) ;;
	*) fail "the directory $(basename "$DUMP") does not bear the address that was lent" ;;
	esac
	judge_served kdump
	console_says '==== the dump is saved ===='
	console_says 'bond0.0005 has 10.97.0.'
}
