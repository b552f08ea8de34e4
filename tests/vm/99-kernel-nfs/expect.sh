# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch ganesha
	# Over version 4.2 the kernel of Debian 13 cannot read back from this server, that of Debian 12 can.
	case $RELEASE in
	bookworm) console_says '2 of 2 targets would take the dump' ;;
	*)
		console_says 'crashbox-rehearse/probe: I/O error'
		console_says '1 of 2 targets would take the dump'
		;;
	esac
	[ -z "$(find "$TREE" -name 'crashbox-rehearse*')" ] || fail "the rehearsal has left something on the server"
	dump_of_guest || return 0
	judge_served kdump
	cmp -s "$DUMP/vmcore-dmesg.txt" "$DUMP.1/vmcore-dmesg.txt" || fail "no log over version 3, or another one"
	console_says 'nfs nfs.example:/srv/dump is mounted by the kernel'
	console_says 'nfs 10.99.0.1:/srv/dump is mounted by the kernel'
	console_says '==== the dump is saved ===='
}
