# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$ROOT/tests/net/netns.sh"

disks_make()
{
	net_server ganesha size=300m protocols=4 minor=1,2
}

capture_image()
{
	net_record conf 'ip address add 10.97.0.5/24 dev eth0; ip route add default via 10.97.0.1' "$1"
	cat record.log
}
