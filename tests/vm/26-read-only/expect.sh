# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'module kvm_intel: init_module'
	console_says 'read-only'
	console_says '==== NOTHING was saved ===='
	# the last place for the log is the console
	console_says 'crashbox: | ['
	console_says 'reboot: Power down'
	disk_open vda.img
	for dir in "$TREE"/var/crash/*; do
		[ ! -e "$dir" ] || fail "something was written: $dir"
	done
}
