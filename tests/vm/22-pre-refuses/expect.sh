# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'pre hook: no dump today'
	console_says 'reboot: Power down'
	disk_open vda.img
	[ -z "$(find "$TREE" -name 'vmcore*')" ] || fail "something was saved although the pre hook refused"
}
