# SPDX-License-Identifier: GPL-2.0-or-later
# A wire from QEMU into the namespaces of a server (sshd.sh, ganesha.sh), with DHCP and names. Sourced by scenarios.
# shellcheck shell=sh disable=SC2034,SC2154
#
# The guest gets an address of 10.97.0.0/24, one of fd97::/64 and its routes from dnsmasq at 10.97.0.1; the servers are
# one hop further, at 10.98.0.1 (sshd.sh), 10.99.0.1 and fd99::1 (ganesha.sh), by name ssh.example and nfs.example.
# The first card has the address 52:54:00:c0:ff:ee, NET_CARDS says how many there are, NET_CARD
# is more words for each. QEMU starts in the namespace of the first server, by a program of its name in PATH.

# net_server KIND [WORD…]: starts KIND.sh with its words; the first one is what QEMU is joined to
net_server()
{
	kind=$1
	shift
	NET_ALL="${NET_ALL:-} $kind"
	trap 'net_stop; judge_close' EXIT
	sh "$ROOT/tests/net/$kind.sh" start "$PWD/net-$kind" "$@" >"net-$kind.log" 2>&1 ||
		die "$kind did not start: $(tail -3 "net-$kind.log")"
	[ -e qemu-bin/qemu-system-x86_64 ] || net_wire "$kind"
}

net_in()
{
	kind=$1
	shift
	sh "$ROOT/tests/net/$kind.sh" in "$PWD/net-$kind" "$@"
}

net_wire()
{
	net_in "$1" ip link add switch type bridge
	net_in "$1" ip address add 10.97.0.1/24 dev switch
	net_in "$1" ip -6 address add fd97::1/64 dev switch nodad
	net_in "$1" ip link set switch up
	card=0
	while [ "$card" -lt "${NET_CARDS:-1}" ]; do
		net_card "$1" "$card" "$(printf '52:54:00:c0:ff:%02x' $((0xee + card)))"
		card=$((card + 1))
	done
	net_in "$1" dnsmasq --conf-file=/dev/null --no-hosts --no-resolv --user=root \
		--interface=switch --bind-interfaces \
		--dhcp-range=10.97.0.100,10.97.0.120,"${NET_LEASE:-2m}" --dhcp-authoritative --no-ping \
		--enable-ra --dhcp-range=::,constructor:switch,ra-only \
		--dhcp-leasefile="$PWD/leases" --pid-file="$PWD/dnsmasq.pid" \
		--log-facility="$PWD/dnsmasq.log" --log-dhcp \
		--address=/ssh.example/10.98.0.1 --address=/nfs.example/10.99.0.1
	mkdir qemu-bin
	printf '#!/bin/sh\nexec nsenter -t %s -n %s "$@"\n' "$(cat "net-$1/holder")" \
		"$(command -v qemu-system-x86_64)" >qemu-bin/qemu-system-x86_64
	chmod +x qemu-bin/qemu-system-x86_64
	PATH=$PWD/qemu-bin:$PATH
}

# net_card KIND NUMBER ADDRESS: one more card of the guest, on the same wire
net_card()
{
	net_in "$1" ip tuntap add "tap$2" mode tap
	net_in "$1" ip link set "tap$2" master switch up
	VM_QEMU="$VM_QEMU -netdev tap,id=n$2,ifname=tap$2,script=no,downscript=no"
	VM_QEMU="$VM_QEMU -device virtio-net-pci,id=card$2,netdev=n$2,mac=$3${NET_CARD:-}"
}

# net_vlan_cards KIND ID: two cards of the guest on ports of a switch that lets nothing pass but frames of VLAN ID.
# Scenarios set NET_CARDS=0 before net_server: these are all of the guest's cards.
net_vlan_cards()
{
	tool_build vlanport net/vlanport.c
	net_in "$1" "$VMO/bin/vlanport" "$2" access "$PWD/card0" "$PWD/card1" >vlanport.pid 2>vlanport.log 9>&- &
	tries=0
	until [ -s vlanport.pid ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || die "vlanport did not start: $(cat vlanport.log)"
		sleep 0.1
	done
	net_in "$1" ip link set access master switch up
	for card in card0 card1; do
		VM_QEMU="$VM_QEMU -netdev dgram,id=$card,local.type=unix,local.path=$card.card"
		VM_QEMU="$VM_QEMU,remote.type=unix,remote.path=$card.switch"
		VM_QEMU="$VM_QEMU -device virtio-net-pci,netdev=$card,mac=52:54:00:c0:ff:e${card#card}"
	done
}

# net_join KIND: the server of another namespace is reached over a wire from that of the first one
net_join()
{
	first=$(echo "$NET_ALL" | awk '{ print $1 }')
	net_in "$first" ip link add wire type veth peer name wire netns "$(cat "net-$1/holder")"
	net_in "$first" ip address add 10.96.0.1/24 dev wire
	net_in "$first" ip link set wire up
	net_in "$1" ip address add 10.96.0.2/24 dev wire
	net_in "$1" ip link set wire up
	net_in "$1" ip route add default via 10.96.0.1
	for network in 10.98.0.0/16 10.99.0.0/16; do
		net_in "$first" ip route add "$network" via 10.96.0.2
	done
	net_in "$first" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'
}

# net_ssh_keys: what the machine that crashes has of the server: a key, and the server's own
net_ssh_keys()
{
	mkdir -p host/root/.ssh
	cp net-sshd/key host/root/.ssh/kdump_id_rsa
	{
		cat net-sshd/known
		sed -n 's/^10\.98\.0\.1 /ssh.example /p' net-sshd/known
	} >host/root/.ssh/known_hosts
	SYSROOT=$PWD/host
	export SYSROOT
}

# net_fetch KIND: sets TREE to a copy of what the server has below /srv/dump
net_fetch()
{
	rm -rf fetched
	mkdir fetched
	net_in "$1" tar -C /srv/dump -cf - . | tar -C fetched -xf -
	TREE=$PWD/fetched
}

# dump_of_guest [PATH]: as dump_find; the directory bears the address that dnsmasq gave the guest
dump_of_guest()
{
	dump_find "$@" || return 1
	case $(basename "$DUMP") in
	10.97.0.1[0-2][0-9]-*) ;;
	*) fail "the directory $(basename "$DUMP") does not bear the address of the guest" ;;
	esac
}

# judge_served FORMAT: everything that a whole filtered dump owes, in DUMP
judge_served()
{
	judge_saved
	[ "$(dump_format "$DUMP/vmcore")" = "$1" ] || fail "vmcore is $(dump_format "$DUMP/vmcore"), asked was $1"
	judge_refilter "$DUMP/vmcore"
	judge_dmesg "$DUMP/vmcore" "$DUMP/vmcore-dmesg.txt"
	judge_crash "$DUMP/vmcore"
	judge_records
	[ -z "$(find "$DUMP" -type f ! -perm 0600)" ] || fail "not every file has mode 0600"
}

net_stop()
{
	for pid in dnsmasq.pid vlanport.pid; do
		[ ! -s "$pid" ] || kill "$(cat "$pid")" 2>/dev/null || :
	done
	for kind in ${NET_ALL:-}; do
		sh "$ROOT/tests/net/$kind.sh" stop "$PWD/net-$kind" || :
	done
	NET_ALL=
}

# net_record CONF COMMAND IMAGE: builds IMAGE as a machine does that is on the wire: its card eth0 is the guest's first
# one, COMMAND (of sh) gives it addresses and routes, and the servers are tried. Files of the machine: host.
net_record()
{
	sys=$PWD/host/sys/devices/pci0000:00/0000:00:03.0
	mkdir -p "$sys/net/eth0" host/sys/class/net host/sys/drivers/virtio_net host/sys/module/virtio_net \
		host/proc/self host/proc/net/vlan host/dev host/etc host/root
	ln -sfn "$PWD/host/sys/module/virtio_net" host/sys/drivers/virtio_net/module
	ln -sfn "$PWD/host/sys/drivers/virtio_net" "$sys/driver"
	ln -sfn "$sys" "$sys/net/eth0/device"
	ln -sfn "$sys/net/eth0" host/sys/class/net/eth0
	echo 52:54:00:c0:ff:ee >"$sys/net/eth0/address"
	echo 1500 >"$sys/net/eth0/mtu"
	: >host/proc/self/mountinfo
	: >host/etc/resolv.conf
	first=$(echo "$NET_ALL" | awk '{ print $1 }')
	# shellcheck disable=SC2016 # the inner shells expand
	SYSROOT=$PWD/host unshare -n sh -euc '
		nsenter -t "$1" -n ip link add record type veth peer name eth0 netns $$
		nsenter -t "$1" -n ip link set record master switch up
		ip link set lo up
		ip link set eth0 up
		sh -euc "$2"
		exec "$3/mkinitrd.sh" -f -c "$4" --kernel-modules "$5" --add-drivers "$6" --busybox none \
			--reserved 0 --crashbox "$7" "$8" "$9"' \
		sh "$(cat "net-$first/holder")" "$2" "$ROOT" "$1" "$K_ROOT" "$VM_DRIVERS" "$O/crashbox" "$3" \
		"$K_VERSION" >record.log 2>&1 || die "mkinitrd.sh: $(tail -3 record.log)"
}
