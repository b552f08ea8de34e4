# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	disk_open vda.img
	for day in 2024-01-01 2024-02-01; do
		[ ! -e "$TREE/var/crash/127.0.0.1-$day-00:00:00" ] || fail "the dump of $day is still there"
		console_says "old dump 127.0.0.1-$day-00:00:00: deleted"
	done
	for kept in 2024-03-01-00:00:00/vmcore 2023-01-01-00:00:00/vmcore 2023-01-01-00:00:00/notes; do
		[ -s "$TREE/var/crash/127.0.0.1-$kept" ] || fail "$kept is gone"
	done
	rm -f found
	for DUMP in "$TREE"/var/crash/127.0.0.1-202[5-9]-*; do
		[ ! -s "$DUMP/vmcore" ] || echo "$DUMP" >>found
	done
	[ "$(wc -l <found)" -eq 1 ] || fail "there is not one new dump"
	judge_panic "$DUMP/vmcore-dmesg.txt"
	file_there vmcore
	file_absent vmcore-incomplete
	console_says 'reboot: Restarting system'
}
