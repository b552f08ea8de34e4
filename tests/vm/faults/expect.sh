# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	[ "$STATUS" -eq 0 ] || fail "the capture did not come to an end"
	fault_happened
	case $F_WHOLE in
	first) fault_whole "$F_FIRST" ;;
	then)
		fault_broken
		fault_whole "$F_THEN"
		fault_percent
		;;
	none)
		fault_broken
		console_says 'the dump is INCOMPLETE'
		console_says 'failure  failure action: reboot'
		fault_console | grep -qF -e "$F_SAYS" || fail "the console does not say: $F_SAYS"
		;;
	esac
	fault_after
}
