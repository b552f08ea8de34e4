# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
. "$ROOT/tests/net/netns.sh"

disks_make()
{
	NET_CARDS=0
	net_server sshd port=22 size=300m
	net_ssh_keys
	tool_build vlanport net/vlanport.c
	net_in sshd "$VMO/bin/vlanport" 5 access "$PWD/card0" "$PWD/card1" >vlanport.pid 2>vlanport.log 9>&- &
	trap 'kill "$(cat vlanport.pid)" || :; net_stop; judge_close' EXIT
	tries=0
	until [ -s vlanport.pid ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || die "vlanport did not start: $(cat vlanport.log)"
		sleep 0.1
	done
	net_in sshd ip link set access master switch up
	for card in card0 card1; do
		VM_QEMU="$VM_QEMU -netdev dgram,id=$card,local.type=unix,local.path=$card.card"
		VM_QEMU="$VM_QEMU,remote.type=unix,remote.path=$card.switch"
		VM_QEMU="$VM_QEMU -device virtio-net-pci,netdev=$card,mac=52:54:00:c0:ff:e${card#card}"
	done
}
