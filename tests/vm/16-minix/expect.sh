# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says 'compare: vmcore equals memory, status 0'
	console_says '==== the dump is saved ===='
	console_says 'minix /dev/vda'
	fsck.minix -f vda.img >fsck.log 2>&1 || fail "fsck.minix: $(tail -1 fsck.log)"
}
