# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$ROOT/tests/net/netns.sh"

disks_make()
{
	net_server ganesha size=300m
	net_in ganesha ip -6 address add fe80::97/64 dev switch nodad
}
