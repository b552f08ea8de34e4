# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch sshd
	dump_find || return 0
	case $(basename "$DUMP") in
	10.97.0.5-*) ;;
	*) fail "the directory $(basename "$DUMP") does not bear the address of the guest" ;;
	esac
	judge_served kdump
	# The guest's processor has AES, in software.
	grep -q 'client->server cipher: chacha20' net-sshd/log ||
		fail 'the cipher is not the one that is cheap in an emulator'
	console_says '==== the dump is saved ===='
}
