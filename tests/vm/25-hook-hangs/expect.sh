# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'pre hook: hangs'
	console_says 'crashbox: ===='
	console_says 'reboot: Restarting system'
	waited=$(between . 'pre hook: hangs' 'crashbox: ====')
	[ "${waited%.*}" -lt 60 ] || fail "the hook held the capture for $waited s, allowed were 5 s"
}
