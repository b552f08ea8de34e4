# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	net_fetch ganesha
	dump_find || return 0
	judge_saved
	cp "$DUMP/crashbox-report.json" report.json
}
