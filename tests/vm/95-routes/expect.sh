# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	grep -q 'the route to default has 2 next hops: 10.97.0.[12] over eth0 is taken' record.log ||
		fail "mkinitrd.sh does not say that there are two next hops"
	grep -q 'not tried\|refused' record.log && fail "the server was not tried: $(tail -3 record.log)"
	net_fetch sshd
	dump_find . || return 0
	case $(basename "$DUMP") in
	10.95.0.5-*) ;;
	*) fail "the directory $(basename "$DUMP") does not bear the address of lo" ;;
	esac
	judge_served kdump
	console_says '==== the dump is saved ===='
}
