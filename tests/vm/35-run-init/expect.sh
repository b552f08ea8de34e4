# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'root init: pid 1, vmcore '
	console_says 'reboot: Power down'
}
