# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$ROOT/tests/net/netns.sh"

disks_make()
{
	make_disk vda ext4 1G
	net_server sshd port=22
	net_in sshd ip address add 10.99.0.1/32 dev lo
	# a process that is what $! says: it has to be ended
	nsenter -t "$(cat net-sshd/holder)" -n socat -u UDP-RECVFROM:7411,fork "SYSTEM:od -A n -t x1 >>'$PWD/told'" &
	echo $! >listener
	trap 'kill "$(cat listener)"; net_stop; judge_close' EXIT
}
