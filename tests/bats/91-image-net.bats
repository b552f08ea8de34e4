#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mkinitrd.sh with targets on servers: addresses and routes are real ones, in a network namespace of the test; what the
# interfaces are made of is a tree of files, as this machine has neither cards nor bonds.
# Promise: the recipe brings up what this system uses to reach the server, and nothing else.

bats_require_minimum_version 1.5.0

setup_file() {
	# shellcheck source=tests/bats/image.sh disable=SC1091
	. "$BATS_TEST_DIRNAME/image.sh"
	image_begin
	make_modules
	make_machine
	make_keys
}

setup() {
	cd "$BATS_TEST_TMPDIR" || return
	echo "nfs 10.9.0.2:/srv/dump" >kdump.conf
	echo "ip address add 10.9.0.5/24 dev eth0" >addresses
	: >"$MACHINE/etc/resolv.conf"
	printf '10.9.0.2 store.example store\n' >"$MACHINE/etc/hosts"
	echo "40 1 0:60 / /net rw - nfs4 10.9.0.2:/srv/mounted rw,vers=4.0,rsize=65536,addr=10.9.0.2,sec=sys,soft" \
		>"$MACHINE/proc/self/mountinfo"
}

module() {
	mkdir -p "$KROOT/lib/modules/6.0-test/kernel/${1%/*}"
	printf 'ELF\0name=%s\0%s\0' "${1##*/}" license=GPL >"$KROOT/lib/modules/6.0-test/kernel/$1"
	printf 'kernel/%s:%s\n' "$1" "${2:-}" >>"$KROOT/lib/modules/6.0-test/modules.dep"
}

make_modules() {
	module drivers/virtio/virtio_pci.ko
	module net/core/failover.ko
	module drivers/net/virtio_net.ko " kernel/net/core/failover.ko"
	module drivers/net/ethernet/acme.ko
	module drivers/net/bonding/bonding.ko
	module net/8021q/8021q.ko
	module net/bridge/bridge.ko
	module net/ipv6/ipv6.ko
	module net/sunrpc/sunrpc.ko
	module fs/nfs/nfs.ko " kernel/net/sunrpc/sunrpc.ko"
	module fs/nfs/nfsv3.ko " kernel/fs/nfs/nfs.ko kernel/net/sunrpc/sunrpc.ko"
	module fs/nfs/nfsv4.ko " kernel/fs/nfs/nfs.ko kernel/net/sunrpc/sunrpc.ko"
	: >"$KROOT/lib/modules/6.0-test/modules.alias"
}

# Interface $1, a card with driver and module $2 and address $3.
card() {
	local sys="$MACHINE/sys/devices/pci0000:00/0000:00:0$4.0"
	mkdir -p "$sys/net/$1" "$MACHINE/sys/drivers/$2" "$MACHINE/sys/class/net"
	ln -sfn "$MACHINE/sys/module/$2" "$MACHINE/sys/drivers/$2/module"
	ln -sfn "$MACHINE/sys/drivers/$2" "$sys/driver"
	ln -sfn "$sys" "$sys/net/$1/device"
	ln -sfn "$sys/net/$1" "$MACHINE/sys/class/net/$1"
	echo "$3" >"$sys/net/$1/address"
	echo 1500 >"$sys/net/$1/mtu"
}

made() {
	mkdir -p "$MACHINE/sys/class/net/$1"
	echo "${2:-1500}" >"$MACHINE/sys/class/net/$1/mtu"
}

make_machine() {
	local bond="$MACHINE/sys/class/net/bond0/bonding"
	card eth0 virtio_net 52:54:00:00:00:01 3
	card eth1 acme 52:54:00:00:00:99 4
	card eth2 acme 52:54:00:00:00:99 5
	card eth3 acme 52:54:00:00:00:04 6
	made bond0
	mkdir -p "$bond" "$MACHINE/sys/class/net/eth1/bonding_slave" "$MACHINE/sys/class/net/eth2/bonding_slave"
	echo 52:54:00:00:00:02 >"$MACHINE/sys/class/net/eth1/bonding_slave/perm_hwaddr"
	echo 52:54:00:00:00:03 >"$MACHINE/sys/class/net/eth2/bonding_slave/perm_hwaddr"
	echo "802.3ad 4" >"$bond/mode"
	echo 100 >"$bond/miimon"
	echo "fast 1" >"$bond/lacp_rate"
	echo "layer3+4 1" >"$bond/xmit_hash_policy"
	echo "stable 0" >"$bond/ad_select"
	echo "eth1 eth2" >"$bond/slaves"
	: >"$bond/primary"
	made bond0.7 1400
	made br0
	mkdir -p "$MACHINE/sys/class/net/br0/bridge" "$MACHINE/sys/class/net/br0/brif/bond0.7" \
		"$MACHINE/sys/class/net/br0/brif/vnet0" "$MACHINE/proc/net/vlan" "$MACHINE/proc/self" \
		"$MACHINE/etc/ssh" "$MACHINE/root/.ssh" "$MACHINE/dev"
	made vnet0
	cat >"$MACHINE/proc/net/vlan/bond0.7" <<-'VLAN'
	bond0.7  VID: 7	 REORDER_HDR: 1  dev->priv_flags: 1021
	         total frames received            0
	Device: bond0
	INGRESS priority mappings: 0:0  1:0  2:0  3:0  4:0  5:0  6:0 7:0
	VLAN
}

make_keys() {
	ssh-keygen -q -t ed25519 -N '' -f "$MACHINE/root/.ssh/kdump_id_rsa"
	ssh-keygen -q -t ed25519 -N secret -f "$MACHINE/root/.ssh/locked"
	ssh-keygen -q -t ed25519 -N '' -f "$MACHINE/root/.ssh/other"
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_FILE_TMPDIR/host"
	{
		echo "unrelated.example $(cut -d' ' -f1,2 "$BATS_FILE_TMPDIR/host.pub")"
		echo "10.9.0.2,store.example $(cut -d' ' -f1,2 "$BATS_FILE_TMPDIR/host.pub")"
		echo "[store.example]:2222 $(cut -d' ' -f1,2 "$BATS_FILE_TMPDIR/host.pub")"
	} >"$MACHINE/root/.ssh/known_hosts"
	ssh-keygen -q -H -f "$MACHINE/root/.ssh/known_hosts"
}

# Runs mkinitrd.sh where interface `dev` (eth0) and the commands of the file `addresses` are.
mk() {
	# shellcheck disable=SC2016 # the inner shell expands
	SYSROOT="$MACHINE" run -"${want:-0}" unshare -n sh -euc '
		ip link set lo up
		ip link add "$0" type veth peer name peer
		ip link set "$0" up
		ip link set peer up
		echo 0 >"/proc/sys/net/ipv6/conf/$0/accept_dad"
		. ./addresses
		exec "$@"' "${dev:-eth0}" "$REPO/mkinitrd.sh" -c kdump.conf --kernel-modules "$KROOT" --busybox none \
		--reserved 0 --no-try --crashbox "$CRASHBOX" "$@" image 6.0-test
	echo "$output"
}

refused() {
	want=1 mk
	[[ "$output" == *"$1"* ]]
	[ ! -e image ]
}

# The recipe from `target 1` on.
recipe() {
	"$CRASHBOX" cpio --cat /etc/crashbox/recipe image | sed '1,3d'
}

@test "a static address: the card by its address, its modules, the routes of this system" {
	cat >>addresses <<-'END'
	ip route add default via 10.9.0.1
	ip route add 10.8.0.0/16 via 10.9.0.7 metric 50
	ip route add 192.0.2.1 via 192.0.2.9 dev eth0 onlink
	ip address add 10.9.0.6/24 dev eth0
	END
	mk
	cat >expected <<-'END'
	target 1
	module virtio_net
	link eth0 mac 52:54:00:00:00:01
	up eth0 carrier 60
	address eth0 10.9.0.5/24
	address eth0 10.9.0.6/24
	route default via 10.9.0.1 dev eth0
	route 10.8.0.0/16 via 10.9.0.7 dev eth0 metric 50
	route 192.0.2.1 via 192.0.2.9 dev eth0 onlink
	nfs 10.9.0.2:/srv/dump
	END
	recipe | diff expected -
}

# Makes tables.sh: addresses and routes of eth0, without what only time tells.
make_tables() {
	cat >tables.sh <<-'END'
	{
		ip -o addr show dev eth0 scope global | sed 's/.*inet/inet/; s/ eth0.*//'
		ip route show dev eth0
		ip -6 route show dev eth0
	} | sed 's/ brd [0-9.]*//; s/ proto [a-z]*//; s/ pref medium//; s/ metric 1024//; s/ metric 256//; s/ *$//' | sort
	END
}

@test "what was recorded, played on a bare card, gives the addresses and routes of this system" {
	make_tables
	cat >>addresses <<-END
	ip address add 10.9.0.6/24 dev eth0
	ip address add fd09::5/64 dev eth0 nodad
	ip route add default via 10.9.0.1 metric 7
	ip route add 10.8.0.0/16 via 10.9.0.7 metric 50
	ip route add 192.0.2.1 via 192.0.2.9 dev eth0 onlink
	sh tables.sh >before
	END
	for host in 10.9.0.2 '[fd09::2]'; do
		echo "nfs $host:/srv" >kdump.conf
		mk -f
		recipe | grep -Ev '^(target|module|nfs) ' >>steps
	done
	# shellcheck disable=SC2016 # the inner shell expands
	unshare -n sh -euc '
		ip link add wire type veth peer name peer
		ip link set wire address 52:54:00:00:00:01
		ip link set peer up
		"$1" net up steps >up.log
		sh tables.sh >after' sh "$CRASHBOX"
	grep -q 'inet6 fd09::5/64' before
	diff before after
}

# Plays the links of the recipe on a card with the address of eth0, then runs the shell commands $1 there.
play() {
	recipe | grep -Ev '^(target|module|nfs|ssh) ' >steps
	# shellcheck disable=SC2016 # the inner shell expands
	unshare -n sh -euc '
		ip link set lo up
		ip link add wire type veth peer name peer
		ip link set wire address 52:54:00:00:00:01
		ip link set peer up
		"$1" net up steps >up.log 2>&1 || { cat up.log; exit 1; }
		sh -euc "$2" sh "$1"' sh "$CRASHBOX" "$1"
}

@test "a gateway outside of the net: the route to it comes before the one over it" {
	cat >addresses <<-'END'
	ip address add 10.9.0.5/32 dev eth0
	ip route add 10.132.0.1 dev eth0
	ip route add default via 10.132.0.1 dev eth0
	END
	mk
	recipe | grep '^route' | diff - <(printf 'route 10.132.0.1 dev eth0\nroute default via 10.132.0.1 dev eth0\n')
	run play 'ip route'
	[ "$status" -eq 0 ]
	grep -q '^default via 10.132.0.1 dev eth0' <<<"$output"
	cat >addresses <<-'END'
	ip address add fd09::5/128 dev eth0 nodad
	ip -6 route add fd01::1 dev eth0
	ip -6 route add default via fd01::1 dev eth0
	END
	echo "nfs [fd09::2]:/srv" >kdump.conf
	mk -f
	run play 'ip -6 route'
	[ "$status" -eq 0 ]
	grep -q '^default via fd01::1 dev eth0' <<<"$output"
}

@test "several next hops: one is taken, the others are named" {
	cat >>addresses <<-'END'
	ip address add 10.8.0.5/24 dev eth0
	ip address add fd09::5/64 dev eth0 nodad
	ip route add default proto bgp nexthop via 10.9.0.1 weight 1 nexthop via 10.8.0.1 weight 1
	ip -6 route add default nexthop via fd09::1 dev eth0 nexthop via fd09::7 dev eth0
	END
	mk
	[[ "$output" == *"the route to default has 2 next hops: 10.9.0.1 over eth0 is taken, left out: 10.8.0.1 over eth0"* ]]
	recipe | grep -qx 'route default via 10.9.0.1 dev eth0'
	echo "nfs [fd77::2]:/srv" >kdump.conf
	mk -f
	[[ "$output" == *"the route to default has 2 next hops: fd09::"*" over eth0 is taken, left out: fd09::"* ]]
	run play 'ip -6 route'
	grep -q '^default via fd09::[17] dev eth0' <<<"$output"
}

@test "hosts that speak BGP: the address is on lo, the gateway of IPv4 an IPv6 one" {
	echo "nfs 10.77.0.2:/srv" >kdump.conf
	cat >addresses <<-'END'
	ip address add 10.9.0.5/32 dev lo
	ip -4 route add default via inet6 fe80::1 dev eth0 src 10.9.0.5
	END
	mk
	recipe | sed -n '/^up lo/,/^route/p' | diff - <(printf '%s\n' 'up lo' 'address lo 10.9.0.5/32' \
		'route default via inet6 fe80::1 dev eth0 src 10.9.0.5')
	recipe | grep -qx 'module ipv6'
	# shellcheck disable=SC2016 # the inner shell expands
	run play 'ip route; "$1" net show'
	[ "$status" -eq 0 ]
	grep -q '^default via inet6 fe80::1 dev eth0 .*src 10.9.0.5' <<<"$output"
	grep -qx 'route default via inet6 fe80::1 dev eth0' <<<"$output"
}

@test "addresses: a peer, one without a net of its own, one of IPv4 with the scope of the link" {
	echo "ip address add 10.9.0.5 peer 10.9.0.9/24 dev eth0" >addresses
	mk
	recipe | grep -qx 'address eth0 10.9.0.5 peer 10.9.0.9/24'
	# shellcheck disable=SC2016 # the inner shell expands
	run play 'ip address show; "$1" net show'
	[ "$status" -eq 0 ]
	grep -q 'inet 10.9.0.5 peer 10.9.0.9/24' <<<"$output"
	grep -qx 'address eth0 10.9.0.5 peer 10.9.0.9/24' <<<"$output"
	cat >addresses <<-'END'
	ip address add 10.9.0.5/16 dev eth0 noprefixroute
	ip address add 169.254.7.7/16 dev eth0 scope link
	ip route add 10.9.0.1 dev eth0
	ip route add default via 10.9.0.1
	END
	mk -f
	[[ "$output" == *"eth0 has no route to the net of its address 10.9.0.5/16: the capture kernel has the address alone"* ]]
	recipe | grep -qx 'address eth0 10.9.0.5/32'
	recipe | grep -qx 'address eth0 169.254.7.7/16'
	# NetworkManager makes these routes itself, with the kernel's mark
	echo 'ip route add 10.9.0.0/16 dev eth0 proto kernel scope link src 10.9.0.5 metric 100' >>addresses
	mk -f
	recipe | grep -qx 'address eth0 10.9.0.5/16'
}

@test "routes: what a step can say is kept, what it cannot say is named" {
	cat >>addresses <<-'END'
	ip route add 10.41.0.0/16 via 10.9.0.1 mtu lock 1400 advmss 1300 src 10.9.0.5 metric 3
	ip route add 10.42.0.0/16 via 10.9.0.1 initcwnd 30 congctl reno
	ip route add 10.43.0.0/16 tos 0x10 via 10.9.0.1
	ip route add blackhole 10.44.0.0/16
	ip route add unreachable 10.45.0.0/16 metric 9
	ip nexthop add id 5 via 10.9.0.1 dev eth0
	ip route add 10.46.0.0/16 nhid 5
	END
	mk
	recipe | grep -qx 'route 10.41.0.0/16 via 10.9.0.1 dev eth0 metric 3 src 10.9.0.5 mtu 1400 advmss 1300'
	recipe | grep -qx 'route 10.42.0.0/16 via 10.9.0.1 dev eth0'
	recipe | grep -qx 'route 10.46.0.0/16 via 10.9.0.1 dev eth0'
	run -1 grep -q '10.43\|10.44\|10.45' <(recipe)
	mk -f
	[[ "$output" == *"of the route to 10.42.0.0/16 is left out: initcwnd 30 congctl reno"* ]]
	[[ "$output" == *"the route 10.43.0.0/16 tos 0x10 via 10.9.0.1 dev eth0 is left out: the recipe cannot say 'tos 0x10'"* ]]
	[[ "$output" == *"the route blackhole 10.44.0.0/16 is left out"* ]]
	[[ "$output" == *"the route unreachable 10.45.0.0/16 is left out"* ]]
	# shellcheck disable=SC2016 # the inner shell expands
	run play '"$1" net show'
	[ "$status" -eq 0 ]
	grep -qx 'route 10.41.0.0/16 via 10.9.0.1 dev eth0 metric 3 mtu 1400 advmss 1300' <<<"$output"
}

@test "thousands of routes: those that lead to the server are taken, and that is said" {
	echo "nfs 10.77.0.2:/srv" >kdump.conf
	cat >>addresses <<-'END'
	for n in $(seq 100 199); do echo "route add 10.$n.0.0/16 via 10.9.0.1 proto bird"; done | ip -batch -
	ip route add 10.132.0.1 dev eth0 || :
	ip route add 10.76.0.0/15 via 10.132.0.1 dev eth0 onlink proto bird
	ip route add default via 10.9.0.1 proto bird
	END
	mk
	[[ "$output" == *"routes over eth0 those that lead to 10.77.0.2 alone are taken"* ]]
	[ "$(recipe | grep -c '^route')" -lt 6 ]
	recipe | grep -qx 'route 10.132.0.1 dev eth0'
	recipe | grep -qx 'route 10.76.0.0/15 via 10.132.0.1 dev eth0 onlink'
	play 'ip route get 10.77.0.2'
}

@test "rules: the route to the server is taken from its table, and that is said" {
	echo "nfs 10.77.0.2:/srv" >kdump.conf
	cat >>addresses <<-'END'
	ip route add 10.132.0.1 dev eth0 table 55
	ip route add default via 10.132.0.1 dev eth0 onlink table 55
	ip rule add to 10.77.0.0/16 table 55
	END
	mk
	[[ "$output" == *"the route to 10.77.0.2 is in table 55 here; the capture kernel has that one route of it"* ]]
	recipe | grep -qx 'route 10.77.0.2 via 10.132.0.1 dev eth0 src 10.9.0.5 onlink'
	play 'ip route get 10.77.0.2'
}

@test "a static address of IPv6 keeps the router that advertisements gave" {
	echo "nfs [fd77::2]:/srv" >kdump.conf
	cat >addresses <<-'END'
	ip address add fd09::5/64 dev eth0 nodad
	ip -6 route add default via fe80::1 dev eth0 proto ra metric 1024 expires 600
	END
	mk
	recipe | grep -qx 'route default via fe80::1 dev eth0 metric 1024'
}

@test "DHCP beside routes that an administrator added, and beside an address on lo" {
	cat >addresses <<-'END'
	ip address add 10.9.0.5/24 dev eth0 valid_lft 600 preferred_lft 600
	ip route add default via 10.9.0.1
	ip route add 10.7.0.0/16 via 10.9.0.3
	END
	mk
	recipe | grep -qx 'dhcp4 eth0'
	recipe | grep -qx 'route 10.7.0.0/16 via 10.9.0.3 dev eth0'
	run -1 grep -q 'route default' <(recipe)
	echo "nfs 10.77.0.2:/srv" >kdump.conf
	cat >addresses <<-'END'
	ip address add 10.9.0.5/24 dev eth0 valid_lft 600 preferred_lft 600
	ip address add 10.66.0.1/32 dev lo
	ip route add 10.77.0.0/16 via 10.9.0.1 src 10.66.0.1 proto bird
	END
	mk -f
	recipe | grep -qx 'dhcp4 eth0'
	recipe | grep -qx 'address lo 10.66.0.1/32'
	recipe | grep -qx 'route 10.77.0.0/16 via 10.9.0.1 dev eth0 src 10.66.0.1'
}

@test "a bond over VLANs over cards: members first" {
	local bond="$MACHINE/sys/class/net/bond1/bonding"
	made bond1
	made eth1.5
	made eth3.5
	mkdir -p "$bond"
	echo "active-backup 1" >"$bond/mode"
	echo 100 >"$bond/arp_interval"
	echo "all 3" >"$bond/arp_validate"
	echo "192.0.2.1 192.0.2.3 " >"$bond/arp_ip_target"
	echo 3 >"$bond/num_grat_arp"
	echo "eth1.5 eth3.5" >"$bond/slaves"
	for card in eth1 eth3; do
		sed "s/bond0/$card/; s/bond0/$card/; s/VID: 7/VID: 5/" "$MACHINE/proc/net/vlan/bond0.7" \
			>"$MACHINE/proc/net/vlan/$card.5"
	done
	echo "ip address add 10.9.0.5/24 dev bond1" >addresses
	dev=bond1 mk
	rm -r "$MACHINE/sys/class/net/bond1" "$MACHINE/sys/class/net/eth1.5" "$MACHINE/sys/class/net/eth3.5"
	cat >expected <<-'END'
	link eth1 mac 52:54:00:00:00:02
	vlan eth1.5 eth1 5
	up eth1
	link eth3 mac 52:54:00:00:00:04
	vlan eth3.5 eth3 5
	up eth3
	bond bond1 mode=active-backup,arp_interval=100,arp_validate=all,num_grat_arp=3,arp_ip_target=192.0.2.1;192.0.2.3 members eth1.5,eth3.5
	up bond1 carrier 60
	END
	recipe | sed -n '/^link eth1/,/^up bond1/p' | diff expected -
}

@test "links: what the capture kernel does otherwise is named, a wireless one is refused" {
	local sys="$MACHINE/sys/class/net"
	echo 3 >"$sys/eth0/addr_assign_type"
	mkdir -p "$MACHINE/etc/NetworkManager/system-connections"
	printf '[connection]\ninterface-name=eth0\n[802-1x]\neap=tls;\n' \
		>"$MACHINE/etc/NetworkManager/system-connections/wired"
	mk
	rm -r "$MACHINE/etc/NetworkManager" "$sys/eth0/addr_assign_type"
	[[ "$output" == *"eth0 was given the address 52:54:00:00:00:01 here, the capture kernel leaves it with its own"* ]]
	[[ "$output" == *"eth0 logs in to its switch (802.1X), the capture kernel does not"* ]]
	mkdir "$sys/eth0/wireless"
	want=1 mk -f
	rmdir "$sys/eth0/wireless"
	[[ "$output" == *"interface eth0 is wireless"* ]]
	# a spanning tree where two ports could make a ring
	mkdir "$sys/br0/brif/eth3"
	echo 1 >"$sys/br0/bridge/stp_state"
	echo 400 >"$sys/br0/bridge/forward_delay"
	echo 1 >"$sys/br0/bridge/vlan_filtering"
	echo "ip address add 10.9.0.5/24 dev br0" >addresses
	dev=br0 mk -f
	recipe | grep -qx 'bridge br0 stp_state=1,forward_delay=400 members bond0.7,eth3'
	[[ "$output" == *"bridge br0 filters VLANs here"* ]]
	rmdir "$sys/br0/brif/eth3"
	dev=br0 mk -f
	rm "$sys/br0/bridge/"*
	recipe | grep -qx 'bridge br0 members bond0.7'
	[[ "$output" == *"bridge br0 has a spanning tree here; the capture kernel's has one port and needs none"* ]]
}

@test "VLANs: what they are beside their number" {
	# shellcheck disable=SC2016 # the inner shell expands
	words() { printf '%s\n' "$1" | sh -euc '. "$0/initramfs/lib/network.sh"; vlan_words' "$REPO"; }
	[ -z "$(words '5: a.7@a: <UP> mtu 1500 vlan protocol 802.1Q id 7 <REORDER_HDR> addrgenmode none')" ]
	[ "$(words '5: a.7@a: <UP> mtu 1500 vlan protocol 802.1ad id 7 <REORDER_HDR,MVRP> numtxqueues 1')" = " 802.1ad mvrp" ]
}

@test "modules: those of the link with what they need, and of no other card" {
	mk
	"$CRASHBOX" cpio --list image | awk '/\.ko$/ { print $3 }' >files
	printf 'lib/modules/6.0-test/kernel/%s\n' drivers/net/virtio_net.ko net/core/failover.ko | diff - files
}

@test "an address with a lifetime came from a server: DHCP" {
	echo "ip address add 10.9.0.5/24 dev eth0 valid_lft 600 preferred_lft 600" >addresses
	echo "ip route add default via 10.9.0.1 proto dhcp" >>addresses
	echo "ip route add 10.7.0.0/16 via 10.9.0.3 proto static" >>addresses
	mk
	recipe | grep -qx 'dhcp4 eth0'
	recipe | grep -qx 'route 10.7.0.0/16 via 10.9.0.3 dev eth0'
	run -1 grep -q '^address\|^route default' <(recipe)
}

@test "DHCP: the server is told what it knows this system by" {
	echo "ip address add 10.9.0.5/24 dev eth0 valid_lft 600 preferred_lft 600" >addresses
	mkdir -p "$MACHINE/run/systemd/netif/leases"
	echo 3 >"$MACHINE/sys/class/net/eth0/ifindex"
	echo "node7.example.org" >"$MACHINE/etc/hostname"
	printf '# a lease\nADDRESS=10.9.0.5\nCLIENTID=ffb6220feb00020000ab11\n' >"$MACHINE/run/systemd/netif/leases/3"
	mk
	recipe | grep -qx 'dhcp4 eth0 id ffb6220feb00020000ab11 hostname node7'
	echo localhost >"$MACHINE/etc/hostname"
	echo 'CLIENTID=no hex' >"$MACHINE/run/systemd/netif/leases/3"
	mk -f
	rm -r "$MACHINE/run" "$MACHINE/etc/hostname"
	recipe | grep -qx 'dhcp4 eth0'
}

@test "DHCP: dhclient's file counts when the address in it is the one that is used" {
	echo "ip address add 10.9.0.5/24 dev eth0 valid_lft 600 preferred_lft 600" >addresses
	mkdir -p "$MACHINE/var/lib/dhcp"
	cat >"$MACHINE/var/lib/dhcp/dhclient.eth0.leases" <<-'END'
	default-duid "\000\001\000\0012\224\326\\RT\000\000\000\001";
	lease {
	  interface "eth0";
	  fixed-address 10.9.0.5;
	}
	END
	mk
	recipe | grep -qx 'dhcp4 eth0 id ff00000001000100013294d65c525400000001'
	sed -i 's/10.9.0.5/10.9.0.55/' "$MACHINE/var/lib/dhcp/dhclient.eth0.leases"
	mk -f
	rm -r "$MACHINE/var/lib/dhcp"
	recipe | grep -qx 'dhcp4 eth0'
}

@test "DHCP: four bytes of dhcpcd's identifier are the number of a VLAN" {
	echo "ip address add 10.9.0.5/24 dev bond0.7 valid_lft 600 preferred_lft 600" >addresses
	mkdir -p "$MACHINE/var/lib/dhcpcd"
	printf '%016d\12\11\0\5' 0 >"$MACHINE/var/lib/dhcpcd/bond0.7.lease"
	echo 00:01:00:01:32:94:d6:63:52:54:00:00:00:01 >"$MACHINE/var/lib/dhcpcd/duid"
	echo duid >"$MACHINE/etc/dhcpcd.conf"
	dev=bond0.7 mk
	rm -r "$MACHINE/var/lib/dhcpcd" "$MACHINE/etc/dhcpcd.conf"
	recipe | grep -qx 'dhcp4 bond0.7 id ffff000007000100013294d663525400000001'
}

@test "IPv6: a server that only its link knows" {
	echo "nfs [fe80::2%eth0]:/srv" >kdump.conf
	echo 'while ip -6 -o address show dev eth0 tentative | grep -q .; do sleep 0.2; done' >addresses
	mk
	printf '%s\n' 'target 1' 'module virtio_net' '?' 'link eth0 mac 52:54:00:00:00:01' 'up eth0 carrier 60' \
		'nfs [fe80::2%eth0]:/srv' >expected
	recipe | sed 's/^module ipv6$/?/' | diff <(sort expected) <(recipe | sed 's/^module ipv6$/?/' | sort)
	echo "nfs [fe80::2%eth7]:/srv" >kdump.conf
	want=1 mk -f
	[[ "$output" == *"no route to fe80::2%eth7"* ]]
}

@test "IPv6: static addresses, or router advertisements" {
	echo "nfs [fd09::2]:/srv" >kdump.conf
	echo "ip address add fd09::5/64 dev eth0 nodad" >addresses
	mk
	recipe | grep -qx 'module ipv6'
	recipe | grep -qx 'address eth0 fd09::5/64'
	run -1 grep -q '^ra\|fe80' <(recipe)
	echo "ip address add fd09::5/64 dev eth0 nodad valid_lft 600 preferred_lft 600" >addresses
	mk -f
	recipe | grep -qx 'ra eth0'
	recipe | grep -qx 'nfs \[fd09::2\]:/srv'
}

@test "a bridge over a VLAN over a bond: bottom up, members by the address of their hardware" {
	echo "ip address add 10.9.0.5/24 dev br0" >addresses
	dev=br0 mk
	cat >expected <<-'END'
	target 1
	module acme
	module bonding
	module 8021q
	module bridge
	link eth1 mac 52:54:00:00:00:02
	link eth2 mac 52:54:00:00:00:03
	bond bond0 mode=802.3ad,miimon=100,lacp_rate=fast,xmit_hash_policy=layer3+4 members eth1,eth2
	vlan bond0.7 bond0 7
	up bond0
	mtu bond0.7 1400
	bridge br0 members bond0.7
	up bond0.7
	up br0 carrier 60
	address br0 10.9.0.5/24
	nfs 10.9.0.2:/srv/dump
	END
	recipe | diff expected -
}

@test "an interface that cannot be made again is refused by its kind" {
	echo "ip address add 10.9.0.5/24 dev vnet0" >addresses
	dev=vnet0 refused "target 1 (nfs 10.9.0.2:/srv/dump): interface vnet0 is of the kind veth"
}

# The bond of the team whose JSON is $1.
bond_of() {
	# shellcheck disable=SC2016 # the inner shell expands
	printf '%s\n' "$1" | sh -euc '. "$0/initramfs/lib/team.sh"; team_options' "$REPO"
}

@test "a team is the bond that does the same" {
	[ "$(bond_of '{ "runner": { "name": "roundrobin" } }')" = mode=balance-rr,miimon=100 ]
	[ "$(bond_of '{
		"device": "team0",
		"link_watch": { "delay_up": 200, "name": "ethtool" },
		"ports": { "eth1": { "prio": -10, "sticky": true }, "eth0.5": { "prio": 100 } },
		"runner": { "hwaddr_policy": "by_active", "name": "activebackup" } }')" = \
		mode=active-backup,miimon=100,updelay=200,fail_over_mac=active,primary=eth0.5 ]
	[ "$(bond_of '{"runner":{"active":true,"fast_rate":true,"min_ports":2,"name":"lacp",
		"tx_balancer":{"name":"basic"},"tx_hash":["eth","ipv4","tcp"]},"link_watch":{"name":"ethtool"}}')" = \
		mode=802.3ad,miimon=100,lacp_rate=fast,min_links=2,xmit_hash_policy=layer3+4 ]
	[ "$(bond_of '{"runner":{"name":"loadbalance","tx_hash":["eth","ip"]},
		"link_watch":[{"name":"arp_ping","interval":100,"target_host":"10.0.0.1"}]}')" = \
		mode=balance-xor,arp_interval=100,arp_ip_target=10.0.0.1,xmit_hash_policy=layer2+3 ]
	[ "$(bond_of '{"runner":{"name":"activebackup"},"link_watch":[{"name":"arp_ping","target_host":"10.0.0.1"},
		{"name":"arp_ping","target_host":"10.0.0.2"}]}')" = \
		"mode=active-backup,arp_interval=1000,arp_ip_target=10.0.0.1;10.0.0.2" ]
	[ -z "$(bond_of '{"runner":{"name":"random"}}')" ]
	[ -z "$(bond_of '{"runner":{"tx_balancer":{"name":"lacp"}}')" ]
	[ -z "$(bond_of 'team0 is not there')" ]
}

# The configuration of team0 that is found on $MACHINE.
config_of() {
	# shellcheck disable=SC2016 # the inner shell expands
	SYSROOT="$MACHINE" sh -euc '. "$0/initramfs/lib/team.sh"; team_config team0 | team_options' "$REPO"
}

@test "a team: teamd's file, NetworkManager's, that of the old scripts" {
	[ -z "$(config_of)" ]
	mkdir -p "$MACHINE/etc/teamd" "$MACHINE/etc/NetworkManager/system-connections" \
		"$MACHINE/etc/sysconfig/network-scripts"
	echo "TEAM_CONFIG='{\"runner\": {\"name\": \"broadcast\"}}'" \
		>"$MACHINE/etc/sysconfig/network-scripts/ifcfg-team0"
	[ "$(config_of)" = mode=broadcast,miimon=100 ]
	printf '%s\n' 'TYPE=Team' 'TEAM_CONFIG="{\"runner\": {\"name\": \"roundrobin\"}}"' \
		>"$MACHINE/etc/sysconfig/network-scripts/ifcfg-team0"
	[ "$(config_of)" = mode=balance-rr,miimon=100 ]
	rm "$MACHINE/etc/sysconfig/network-scripts/ifcfg-team0"
	printf '%s\n' '[connection]' 'id=other' 'interface-name=team1' '[team]' 'runner=lacp' \
		>"$MACHINE/etc/NetworkManager/system-connections/other.nmconnection"
	printf '%s\n' '[connection]' 'id=a team' 'interface-name=team0' '[team]' \
		'config={ "runner":\n { "name": "lacp" } }' '[ipv4]' 'method=auto' \
		>"$MACHINE/etc/NetworkManager/system-connections/a team.nmconnection"
	[ "$(config_of)" = mode=802.3ad,miimon=100 ]
	sed -i 's/^config=.*/runner=activebackup/' "$MACHINE/etc/NetworkManager/system-connections/a team.nmconnection"
	[ "$(config_of)" = mode=active-backup,miimon=100 ]
	rm -r "$MACHINE/etc/NetworkManager"
	echo '{ "runner": { "name": "loadbalance" } }' >"$MACHINE/etc/teamd/team0.conf"
	[ "$(config_of)" = mode=balance-xor,miimon=100 ]
	rm -r "$MACHINE/etc/teamd"
}

@test "a team that no bond can replace is refused, with what to write instead" {
	mkdir -p "$MACHINE/etc/teamd" "$MACHINE/sys/class/net/team0/lower_eth1" "$MACHINE/sys/class/net/team0/lower_eth2"
	echo '{ "runner": { "name": "random" } }' >"$MACHINE/etc/teamd/team0.conf"
	# shellcheck disable=SC2016 # the inner shell expands
	SYSROOT="$MACHINE" work=. run -1 sh -uc 'cd "$1" && . "$0/say.sh" && . "$0/network.sh" && . "$0/team.sh"
		link_team "target 1" team0' "$REPO/initramfs/lib" "$PWD"
	rm -r "$MACHINE/etc/teamd" "$MACHINE/sys/class/net/team0"
	[[ "$output" == *"target 1: no bond does what team team0 does: make it a bond, or build with --no-host-check and"* ]]
	[[ "$output" == *"write bond=team0:eth1,eth2:mode=active-backup,miimon=100 ip=team0:dhcp on the capture"* ]]
	[ "$(wc -l <refused)" = 1 ]
}

@test "a name: every address it has, and name servers, but not a cache on this machine" {
	echo "nfs store:/srv" >kdump.conf
	printf '10.9.0.3 store\n' >>"$MACHINE/etc/hosts"
	printf 'nameserver 127.0.0.1\nnameserver 10.9.0.53\nnameserver ::1\n' >"$MACHINE/etc/resolv.conf"
	mk
	recipe >text
	grep -qx 'host store 10.9.0.2' text
	grep -qx 'host store 10.9.0.3' text
	[ "$(grep nameserver text)" = "nameserver 10.9.0.53" ]
	echo "nfs nowhere:/srv" >kdump.conf
	want=1 mk -f
	[[ "$output" == *"target 1 (nfs nowhere:/srv): the name nowhere has no address here"* ]]
}

@test "no route, and this machine itself, are refused" {
	echo "nfs 10.77.0.2:/srv" >kdump.conf
	refused "target 1 (nfs 10.77.0.2:/srv): no route to 10.77.0.2"
	echo "nfs 10.9.0.5:/srv" >kdump.conf
	refused "10.9.0.5 is this machine itself"
}

@test "NFS: the mount options that speak to the server are kept, the kernel client's own are refused" {
	echo "nfs 10.9.0.2:/srv/mounted" >kdump.conf
	mk
	recipe | grep -qx 'nfs 10.9.0.2:/srv/mounted vers=4.0,rsize=65536'
	sed -i 's/sec=sys/sec=krb5p/' "$MACHINE/proc/self/mountinfo"
	want=1 mk -f
	[[ "$output" == *"option sec=krb5p needs a ticket and a program that renews it"* ]]
	want=1 mk -f --with-kernel-nfs
	[[ "$output" == *"option sec=krb5p needs a ticket and a program that renews it"* ]]
	sed -i 's/sec=krb5p/proto=rdma/' "$MACHINE/proc/self/mountinfo"
	want=1 mk -f
	[[ "$output" == *"option proto=rdma is for the kernel's own client: --with-kernel-nfs puts it into the image"* ]]
}

@test "NFS: the mount of an export whose name the kernel writes with escapes is found" {
	printf '%s\n' '40 1 0:60 / /net rw - nfs4 10.9.0.2:/srv/a\134b rw,vers=4.0,rsize=8192,addr=10.9.0.2,sec=sys' \
		>"$MACHINE/proc/self/mountinfo"
	printf '%s\n' 'nfs 10.9.0.2:/srv/a\b' >kdump.conf
	mk
	recipe | grep -qxF 'nfs 10.9.0.2:/srv/a\b vers=4.0,rsize=8192'
}

@test "NFS: an option that would fail after the crash is refused before it" {
	printf 'dracut_args --mount "10.9.0.2:/srv/dump /mnt nfs vers=3,migration"\n' >kdump.conf
	want=1 mk
	[[ "$output" == *"nfs 10.9.0.2:/srv/dump: mount option migration: only the kernel's NFS client can do that"* ]]
	mk -f --with-kernel-nfs
	recipe | grep -qx 'kernel-nfs 10.9.0.2:/srv/dump vers=3,migration'
}

@test "NFS through the kernel's own client: its modules, every option that is not its own finding" {
	echo "nfs 10.9.0.2:/srv/mounted" >kdump.conf
	sed -i 's/vers=4\.0/vers=4.2/; s/sec=sys/&,clientaddr=10.9.0.5,local_lock=none,nconnect=2,hard/' \
		"$MACHINE/proc/self/mountinfo"
	mk --with-kernel-nfs
	recipe | grep -x 'kernel-nfs 10.9.0.2:/srv/mounted vers=4.2,.*nconnect=2,soft'
	recipe >seen
	run -1 grep -E 'clientaddr|local_lock|hard' seen
	[ "$(grep -n '^module nfsv4$' seen | cut -d: -f1)" -lt "$(grep -n '^kernel-nfs' seen | cut -d: -f1)" ]
	run -1 grep -q '^module nfsv3$' seen
}

@test "a root file system on a server takes a dump, but nothing is started from it" {
	echo "25 1 0:50 / / rw - nfs4 10.9.0.2:/roots/node7 rw,vers=4.0,addr=10.9.0.2,sec=sys" \
		>>"$MACHINE/proc/self/mountinfo"
	printf 'nfs 10.9.0.2:/srv/dump\nfailure_action dump_to_rootfs\n' >kdump.conf
	mk
	recipe | sed -n '/^rootfs$/,$p' | tr '\n' ' ' >rootfs
	grep -q '^rootfs .*link eth0 mac 52:54:00:00:00:01 .*nfs 10.9.0.2:/roots/node7 vers=4.0 $' rootfs
	mkdir -p "$MACHINE/var/crash"
	echo 'path /var/crash' >kdump.conf
	mk -f
	recipe | sed -n '/^target 0$/,$p' | tr '\n' ' ' >target
	grep -q '^target 0 .*link eth0 mac 52:54:00:00:00:01 .*nfs 10.9.0.2:/roots/node7 vers=4.0 path /var/crash $' target
	printf 'nfs 10.9.0.2:/srv/dump\nfailure_action mount_root_run_init\n' >kdump.conf
	want=1 mk -f
	[[ "$output" == *"refused: failure_action mount_root_run_init: the root file system is on a server"* ]]
}

@test "path on an NFS mount needs no target line" {
	mkdir -p "$MACHINE/net/crash/here"
	echo "path /net/crash/here" >kdump.conf
	mk
	recipe | grep -qx 'target 0'
	recipe | grep -qx 'nfs 10.9.0.2:/srv/mounted vers=4.0,rsize=65536'
	recipe | grep -qx 'path /crash/here'
}

@test "ssh: the key and the server's lines of known_hosts, mode 0600" {
	echo "ssh kdump@store.example" >kdump.conf
	mk
	recipe | tail -n 1 | grep -qx 'ssh kdump@store.example key=/etc/crashbox/ssh/key.1'
	"$CRASHBOX" cpio --cat /etc/crashbox/ssh/key.1 image | cmp - "$MACHINE/root/.ssh/kdump_id_rsa"
	"$CRASHBOX" cpio --cat /etc/crashbox/ssh/known_hosts image >known
	[ "$(wc -l <known)" = 1 ]
	ssh-keygen -F store.example -f known
	"$CRASHBOX" cpio --list image | grep -q '^-rw------- .* etc/crashbox/ssh/key.1$'
}

@test "ssh: HostName, Port, HostKeyAlias and IdentityFile of ssh_config" {
	cat >"$MACHINE/root/.ssh/config" <<-'END'
	Host dumps
	  HostName 10.9.0.2
	  Port 2222
	  HostKeyAlias store.example
	  IdentityFile ~/.ssh/other
	  UserKnownHostsFile ~/.ssh/known_hosts
	END
	printf 'ssh kdump@dumps\nsshkey /root/.ssh/none\n' >kdump.conf
	mk
	rm "$MACHINE/root/.ssh/config"
	recipe | tail -n 1 | grep -qx \
		'ssh kdump@dumps server=10.9.0.2 port=2222 alias=store.example key=/etc/crashbox/ssh/key.1'
	"$CRASHBOX" cpio --cat /etc/crashbox/ssh/key.1 image | cmp - "$MACHINE/root/.ssh/other"
	"$CRASHBOX" cpio --cat /etc/crashbox/ssh/known_hosts image >known
	[ "$(wc -l <known)" = 1 ]
	ssh-keygen -F store.example -f known
	printf 'Host dumps\n  HostName store.example\n  Port 2222\n' >"$MACHINE/root/.ssh/config"
	echo '  UserKnownHostsFile ~/.ssh/known_hosts' >>"$MACHINE/root/.ssh/config"
	echo 'ssh kdump@dumps' >kdump.conf
	mk -f
	rm "$MACHINE/root/.ssh/config"
	"$CRASHBOX" cpio --cat /etc/crashbox/ssh/known_hosts image >known
	ssh-keygen -F "[store.example]:2222" -f known
}

@test "ssh: no key, one with a passphrase, an unknown server are refused" {
	printf 'ssh kdump@store.example\nsshkey /root/.ssh/none\n' >kdump.conf
	refused "no private key: /root/.ssh/none is not there"
	printf 'ssh kdump@store.example\nsshkey /root/.ssh/locked\n' >kdump.conf
	refused "is no private key, or needs a passphrase"
	printf 'ssh kdump@10.9.0.3\n' >kdump.conf
	refused "the host key of 10.9.0.3 is in none of"
}

@test "two targets, each with its own way; the cluster's nodes without this one" {
	cat >kdump.conf <<-'END'
	nfs 10.9.0.2:/srv
	ssh kdump@store.example
	fence_kdump_nodes 10.9.0.3 10.9.0.5
	END
	mk
	[ "$(recipe | grep -c '^target ')" = 2 ]
	recipe | sed -n '/^fence$/,$p' >fence
	printf '%s\n' fence 'module virtio_net' 'link eth0 mac 52:54:00:00:00:01' 'up eth0 carrier 60' \
		'address eth0 10.9.0.5/24' | diff - fence
}

@test "--no-host-check: the target alone, and a note on the links" {
	mk --no-host-check --add-drivers virtio_net
	[[ "$output" == *"brings up every interface with DHCP unless the kernel command line has ip="* ]]
	[ "$(recipe | tail -n 2 | tr '\n' ' ')" = "target 1 nfs 10.9.0.2:/srv/dump " ]
}
