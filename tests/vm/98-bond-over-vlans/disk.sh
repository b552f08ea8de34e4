# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$ROOT/tests/net/netns.sh"

disks_make()
{
	NET_CARDS=0
	net_server sshd port=22 size=300m
	net_ssh_keys
	net_vlan_cards sshd 5
}
