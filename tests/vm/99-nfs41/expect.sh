# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	grep -q "speaks NFS 4.1 and newer only: the kernel's own client goes into the image" record.log ||
		fail "mkinitrd.sh does not say why the kernel's client is in the image"
	net_fetch ganesha
	dump_find || return 0
	judge_served kdump
	console_says 'nfs 10.99.0.1:/srv/dump is mounted by the kernel'
	console_says '==== the dump is saved ===='
}
