# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'LABEL=nowhere'
	console_says 'reboot: Power down'
	waited=$(between . "$CRASH_MARK" 'reboot: Power down')
	[ "${waited%.*}" -lt 60 ] || fail "gave up after $waited s, asked for 5 s"
}
