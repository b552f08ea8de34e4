# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

# Three names of one node; a message is what fence_kdump of fence-agents waits for, on x86_64.
expect()
{
	disk_open vda.img
	dump_find || return 0
	judge_served kdump
	[ "$(wc -l <told)" -ge 6 ] || fail "the nodes got $(wc -l <told) messages"
	! grep -vqx ' 40 2a 30 1b 01 00 00 00' told || fail "another message: $(sort -u told | head -3)"
	grep -q '"fence": *"3 of 3 nodes told"' "$DUMP/crashbox-report.json" ||
		fail "the report does not tell of the nodes"
	console_says '3 nodes of the cluster are told'
}
