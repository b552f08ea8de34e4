# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$ROOT/tests/net/netns.sh"

disks_make()
{
	net_server sshd port=22 size=300m
	net_ssh_keys
	net_in sshd ip address add 10.97.0.2/24 dev switch
	net_in sshd ip route add 10.95.0.5 dev switch
}

capture_image()
{
	net_record conf '
		ip address add 10.97.0.5/32 dev eth0
		ip address add 10.95.0.5/32 dev lo
		ip route add 10.97.0.1 dev eth0
		ip route add 10.97.0.2 dev eth0
		ip route add default src 10.95.0.5 nexthop via 10.97.0.1 dev eth0 nexthop via 10.97.0.2 dev eth0
		ip route add blackhole 10.128.0.0/9' "$1"
	cat record.log
}
