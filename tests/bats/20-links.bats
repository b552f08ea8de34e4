#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Links: real servers over veth pairs between network namespaces, and servers that are dead or answer wrong.
# shellcheck disable=SC2154 # output, stderr and status are set by run
bats_require_minimum_version 1.5.0

setup() {
	: "${CRASHBOX:?CRASHBOX names the binary under test}"
	# shellcheck source=tests/net/links.sh disable=SC1091
	. "$BATS_TEST_DIRNAME/../net/links.sh"
	links_begin
}

teardown() {
	[ -z "${NEIGHBOUR:-}" ] || "$BATS_TEST_DIRNAME/../net/$NEIGHBOUR" stop "$BATS_TEST_TMPDIR/neighbour"
	links_end
}

# The server's side of link 1 and 2: 10.9.N.1, 2001:db8:N::1
addressed() {
	local n
	for n; do
		srv ip addr add "10.9.$n.1/24" dev "s$n"
		srv ip addr add "2001:db8:$n::1/64" dev "s$n" nodad
	done
}

@test "an interface is found by its address and named, whoever has the name" {
	cable 1 eth0
	cable 2 eth1
	up 'link eth1 mac 52:54:00:00:00:01' 'link eth0 mac 52:54:00:00:00:02' 'link eth1'
	show 'link eth1 mac 52:54:00:00:00:01 mtu 1500 down kind veth' \
		'link eth0 mac 52:54:00:00:00:02 mtu 1500 down kind veth'
}

@test "an interface that comes later is waited for, one that never comes is named" {
	{ sleep 1 && cable 1; } 3>&- &
	run up -t8 'link lan0 mac 52:54:00:00:00:01'
	[ "$status" -eq 0 ]
	wait $!
	show 'link lan0 mac 52:54:00:00:00:01 mtu 1500 down kind veth'
	run within 20 up -t2 'link lan1 mac 52:54:00:00:00:09'
	[ "$status" -eq 1 ]
	grep -qx 'crashbox: network: no interface has the address 52:54:00:00:00:09' <<<"$output"
}

@test "static addresses and routes, and the same steps once more" {
	cable 1
	addressed 1
	steps=('mtu v1 1400' 'up v1 carrier 5' 'address v1 10.9.1.2/24' 'address v1 2001:db8:1::2/64'
		'route default via 10.9.1.1' 'route default via 2001:db8:1::1 dev v1 metric 7'
		'route 192.0.2.128/24 via 10.77.0.1 dev v1 onlink')
	up "${steps[@]}"
	up "${steps[@]}"
	show 'link v1 mac 52:54:00:00:00:01 mtu 1400 up kind veth' 'address v1 10.9.1.2/24' \
		'address v1 2001:db8:1::2/64' 'route default via 10.9.1.1 dev v1' \
		'route ::/0 via 2001:db8:1::1 dev v1 metric 7' 'route 192.0.2.0/24 via 10.77.0.1 dev v1 onlink'
	here ping -q -c 1 -W 3 10.9.1.1
	here ping -q -c 1 -W 3 2001:db8:1::1
	# TCP finds out by itself what a path takes that drops large packets without a word
	[ "$(here cat /proc/sys/net/ipv4/tcp_mtu_probing)" = 1 ]
	run here "$CRASHBOX" net route 10.50.0.1
	[ "$output" = 'route 10.50.0.1/32 via 10.9.1.1 dev v1 from 10.9.1.2' ]
	run here "$CRASHBOX" net route 2001:db8:99::1
	grep -qx 'route 2001:db8:99::1/128 via 2001:db8:1::1 dev v1 metric 7 from 2001:db8:1::2' <<<"$output"
}

@test "the steps are shown as they are understood, and nothing is done" {
	cable 1
	run up -n '# a comment' '' '  link lan0 mac 52-54-00-00-00-01' 'up lan0' 'dhcp4 lan0' 'route default dev lan0'
	[ "$output" = 'link lan0 mac 52:54:00:00:00:01
up lan0
dhcp4 lan0 60
route default dev lan0' ]
	show 'link v1 mac 52:54:00:00:00:01 mtu 1500 down kind veth'
}

@test "a refusal of the kernel comes with its own sentence" {
	cable 1
	run up 'up v1' 'route 10.0.0.0/8 via 10.9.1.1'
	[ "$status" -eq 1 ]
	grep -qx 'crashbox: network: route to 10.0.0.0/8: Nexthop has invalid gateway: Network unreachable' <<<"$output"
	run up 'up v9'
	[ "$output" = 'crashbox: network: there is no interface v9' ]
	run up 'up v1' 'address v1 10.0.0.1'
	[ "$output" = "crashbox: -: line 2: address: expected 'address NAME ADDRESS/PREFIX'" ]
}

@test "a gateway that no route knows is tried on the link, a route without its src, and both are said" {
	cable 1
	addressed 1
	run up 'up v1' 'address v1 10.9.1.2/32' 'route default via 10.9.1.1 dev v1 src 10.88.0.1' \
		'address v1 fd01::2/128' 'route default via fd09::1 dev v1'
	[ "$status" -eq 0 ]
	grep -q 'the route is made without src' <<<"$output"
	[ "$(grep -c 'the gateway is taken to be on the link of v1' <<<"$output")" -eq 2 ]
	show 'route default via 10.9.1.1 dev v1 onlink'
	here "$CRASHBOX" net show | grep -q '^route ::/0 via fd09::1 dev v1 .*onlink$'
	here ping -q -c 1 -W 3 10.9.1.1
}

@test "IPv4 over an IPv6 gateway carries packets, and an address with a peer" {
	cable 1
	srv ip addr add 10.77.0.1/32 dev lo
	srv ip addr add fe80::1/64 dev s1 nodad
	srv ip -4 route add 10.66.0.5 via inet6 fe80::2 dev s1
	up 'up lo' 'up v1 carrier 5' 'address v1 fe80::2/64' 'address lo 10.66.0.5/32' \
		'route default via inet6 fe80::1 dev v1 src 10.66.0.5' 'address v1 10.9.1.5 peer 10.9.1.9/24'
	show 'route default via inet6 fe80::1 dev v1' 'address v1 10.9.1.5 peer 10.9.1.9/24'
	here ping -q -c 1 -W 3 10.77.0.1
}

@test "a bridge has the options that are given" {
	cable 1
	cable 2
	up 'bridge br0 stp_state=1,forward_delay=400,priority=4096 members v1,v2'
	[ "$(here cat /sys/class/net/br0/bridge/stp_state)" = 1 ]
	[ "$(here cat /sys/class/net/br0/bridge/forward_delay)" = 400 ]
	[ "$(here cat /sys/class/net/br0/bridge/priority)" = 4096 ]
	run up 'bridge br1 nonsense=1 members v1'
	[ "$status" -eq 1 ]
	grep -q 'bridge br1: option nonsense' <<<"$output"
}

@test "DHCPv4: address, routes, MTU, name servers and domain" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=10.9.1.50,10.9.1.99,255.255.255.0,1h dhcp-option=option:mtu,1400 \
		dhcp-option=121,192.168.7.0/24,10.9.1.7,0.0.0.0/0,10.9.1.1 dhcp-option=6,10.9.1.1,10.9.1.8 \
		domain=example.org dhcp-host=52:54:00:00:00:01,10.9.1.60
	run --separate-stderr within 20 up 'up v1 carrier 5' 'dhcp4 v1 10'
	[ "$status" -eq 0 ]
	[ "$output" = 'lease v1 10.9.1.60/24 seconds 3600
nameserver 10.9.1.1
nameserver 10.9.1.8
domain example.org' ]
	show 'link v1 mac 52:54:00:00:00:01 mtu 1400 up kind veth' 'address v1 10.9.1.60/24'
	here "$CRASHBOX" net show | grep -qE '^route default via 10.9.1.1 dev v1 metric 10[0-9]+$'
	here "$CRASHBOX" net show | grep -qE '^route 192.168.7.0/24 via 10.9.1.7 dev v1 metric 10[0-9]+$'
}

@test "DHCPv4: a lease of a single address, with a router that is outside of it" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=10.9.1.50,10.9.1.99,255.255.255.0,1h dhcp-option=1,255.255.255.255 \
		dhcp-host=52:54:00:00:00:01,10.9.1.60
	up 'up v1 carrier 5' 'dhcp4 v1 10'
	show 'address v1 10.9.1.60/32'
	here "$CRASHBOX" net show | grep -qE '^route default via 10.9.1.1 dev v1 metric 10[0-9]+ onlink$'
	here ping -q -c 1 -W 3 10.9.1.1
}

@test "DHCP on several interfaces at once, of both families" {
	cable 1
	cable 2
	addressed 1 2
	serve one interface=s1 dhcp-range=10.9.1.50,10.9.1.99,1h
	serve two interface=s2 dhcp-range=10.9.2.50,10.9.2.99,1h dhcp-range=2001:db8:2::100,2001:db8:2::1ff,64,1h
	run within 20 up 'up v1 carrier 5' 'up v2 carrier 5' 'dhcp4 v1' 'dhcp4 v2' 'dhcp6 v2'
	[ "$status" -eq 0 ]
	grep -qE '^lease v1 10\.9\.1\.[0-9]+/24 seconds 3600$' <<<"$output"
	grep -qE '^lease v2 10\.9\.2\.[0-9]+/24 seconds 3600$' <<<"$output"
	grep -qE '^lease v2 2001:db8:2::1[0-9a-f]+ seconds 3600$' <<<"$output"
	[ "$(here "$CRASHBOX" net show | grep -c '^route default via ')" -eq 2 ]
}

@test "DHCPv4: a lease is prolonged before it ends, and kept when the server is gone" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=10.9.1.50,10.9.1.99,2m dhcp-option=option:T1,5
	run --separate-stderr up -k7 'up v1 carrier 5' 'dhcp4 v1'
	[ "$status" -eq 0 ]
	grep -qx 'renewed' <<<"$stderr"
	[ "$(grep -c DHCPREQUEST "$BATS_TEST_TMPDIR/dhcp.log")" -eq 2 ]
	[ "$(grep -c DHCPDISCOVER "$BATS_TEST_TMPDIR/dhcp.log")" -eq 1 ]

	{ sleep 3 && kill "$(cat "$BATS_TEST_TMPDIR/dhcp.pid")"; } 3>&- &
	run --separate-stderr up -k8 'up v1 carrier 5' 'dhcp4 v1'
	wait $!
	[ "$status" -eq 1 ]
	grep -qx 'crashbox: dhcp4 v1: no server answered' <<<"$stderr"
	here "$CRASHBOX" net show | grep -qE '^address v1 10\.9\.1\.[0-9]+/24$'
}

@test "DHCPv4: when the server is silent, any other may prolong the lease" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=10.9.1.50,10.9.1.99,2m dhcp-option=option:T1,5 dhcp-option=option:T2,8
	{
		sleep 3
		kill "$(cat "$BATS_TEST_TMPDIR/dhcp.pid")"
		srv ip addr del 10.9.1.1/24 dev s1
		srv ip addr add 10.9.1.2/24 dev s1
		serve other interface=s1 dhcp-range=10.9.1.50,10.9.1.99,2m
	} 3>&- &
	run --separate-stderr up -k16 'up v1 carrier 5' 'dhcp4 v1'
	wait $!
	[ "$status" -eq 0 ]
	[ "$(grep -c '^crashbox: dhcp4 v1: no server answered$\|^renewed$' <<<"$stderr")" -eq 2 ]
	grep -q 'DHCPACK(s1)' "$BATS_TEST_TMPDIR/other.log"
	! grep -q DHCPDISCOVER "$BATS_TEST_TMPDIR/other.log" || false
}

@test "DHCPv4: the server knows this machine by its hardware, or by what it is told, also when it prolongs" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=10.9.1.50,10.9.1.99,1h dhcp-host=id:01:52:54:00:00:00:01,10.9.1.62 \
		dhcp-host=id:ff:01:02:03:04,10.9.1.61
	run --separate-stderr up 'up v1 carrier 5' 'dhcp4 v1 10'
	grep -qx 'lease v1 10.9.1.62/24 seconds 3600' <<<"$output"
	! grep -q 'client provides name' "$BATS_TEST_TMPDIR/dhcp.log" || false
	run --separate-stderr up -r 'dhcp4 v1 10 id FF01020304 hostname box7'
	[ "$status" -eq 0 ]
	grep -qx 'lease v1 10.9.1.61/24 seconds 3600' <<<"$output"
	[ "$(grep -c 'client provides name: box7' "$BATS_TEST_TMPDIR/dhcp.log")" -eq 3 ]
}

# was_given DEVICE COMMAND...: the address that a client of the running system gets is the one that we get with the words
# which mkinitrd.sh makes of what the client left behind. Without them it is another one.
was_given() {
	local dev=$1 lib="$BATS_TEST_DIRNAME/../../initramfs/lib" words
	shift
	here ip addr flush dev "$dev"
	here ip link set "$dev" up
	here "$@" 3>&-
	given=$(here ip -o -4 addr show dev "$dev" | awk '{ sub("/.*", "", $4); print $4 }')
	[ -n "$given" ]
	# shellcheck disable=SC2016 # the inner shell expands
	words=$(here env LC_ALL=C lib="$lib" SYSROOT= sh -euc '. "$lib/dhcp.sh"; dhcp_who "$0" "$1"' "$dev" "$given")
	here ip addr flush dev "$dev"
	up "dhcp4 $dev 10${words%% hostname*}"
	show "address $dev $given/24"
	id=${words#* id }
	id=${id%% *}
}

@test "DHCP: what dhclient and dhcpcd were given is given again" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=10.9.1.50,10.9.1.99,1h
	cd "$BATS_TEST_TMPDIR" || return
	mkdir dhclient dhcpcd etc
	: >dhcpcd.conf
	# the clients' scripts set up a whole machine: none of them is run
	cp /etc/resolv.conf before
	here mount --bind "$PWD/dhclient" /var/lib/dhcp
	here mount --bind "$PWD/dhcpcd" /var/lib/dhcpcd
	here mount --bind "$PWD/etc" /etc/dhcp
	here mount --bind "$PWD/dhcpcd.conf" /etc/dhcpcd.conf
	cat >client <<-'END'
	#!/bin/sh
	[ -z "$new_ip_address" ] || ip addr replace "$new_ip_address/24" dev "$interface" valid_lft 600 preferred_lft 600
	END
	chmod +x client
	dhclient=(dhclient -4 -1 -sf "$PWD/client" -pf "$PWD/dhclient.pid" -lf /var/lib/dhcp/dhclient.v1.leases)
	echo '# send dhcp-client-identifier "not this";' >etc/dhclient.conf
	# as ifupdown of Debian does it
	was_given v1 "${dhclient[@]}" -i v1
	[[ "$id" == ff000000010001* ]]
	kill "$(cat dhclient.pid)"
	cat >etc/dhclient.conf <<-'END'
	send host-name = gethostname();
	interface "v2" { send dhcp-client-identifier "other"; }
	interface "v1" {
		send dhcp-client-identifier "a \"b\"\001"; # quoted
	}
	END
	rm dhclient/*
	was_given v1 "${dhclient[@]}" v1
	[ "$id" = 612022622201 ]
	kill "$(cat dhclient.pid)"
	rm dhclient/*
	for line in duid clientid 'clientid rack7' 'clientid 00:aa:0B' $'duid\niaid 77'; do
		printf '%s\n' 'interface v1' "$line" 'interface v9' 'clientid not-this' >dhcpcd.conf
		was_given v1 dhcpcd -q -A -4 -1 -t 20 -c /bin/true v1
		ids+=("$id")
	done
	cmp /etc/resolv.conf before
	duid=$(tr -d ':\n' <dhcpcd/duid)
	[ "${ids[*]}" = "ff00000001$duid 01525400000001 007261636b37 00aa0b ff0000004d$duid" ]
}

@test "DHCP: an interface that vanishes, and one without a server, do not end it for the others" {
	cable 1
	cable 2
	cable 3
	addressed 1
	{
		sleep 1
		here ip link del v2
		serve late interface=s1 dhcp-range=10.9.1.50,10.9.1.99,1h
	} 3>&- &
	run within 50 up 'up v1' 'up v2' 'up v3' 'dhcp4 v2' 'dhcp4 v7' 'dhcp4 v3' 'dhcp4 v1' 'dhcp6 v2'
	wait $!
	[ "$status" -eq 0 ]
	grep -qE '^dhcp4 v2: (send|receive): ' <<<"$output"
	grep -qx 'there is no interface v7' <<<"$output"
	grep -qx 'dhcp4 v3: no server answered' <<<"$output"
	grep -qE '^lease v1 10\.9\.1\.[0-9]+/24 seconds 3600$' <<<"$output"
	run up -t1 'dhcp4 v7' 'dhcp4 v2'
	[ "$status" -eq 1 ]
	grep -qx 'crashbox: network: there is no interface v7' <<<"$output"
}

@test "DHCPv6: a lease, and the same once more when it is prolonged" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=2001:db8:1::100,2001:db8:1::1ff,64,2m \
		dhcp-option=option6:dns-server,'[2001:db8:1::1]'
	run --separate-stderr within 20 up -r 'up v1 carrier 5' 'dhcp6 v1'
	[ "$status" -eq 0 ]
	grep -qE '^lease v1 2001:db8:1::1[0-9a-f]+ seconds 120$' <<<"$output"
	grep -qx 'nameserver 2001:db8:1::1' <<<"$output"
	[ "$stderr" = "v1: asking for an address by DHCPv6
$(grep '^v1 has 2001:db8:1::1.* by DHCPv6$' <<<"$stderr")
renewed" ]
	grep -q 'DHCPRENEW(s1)' "$BATS_TEST_TMPDIR/dhcp.log"
	run up -rr 'dhcp6 v1'
	grep -qx renewed <<<"$output"
	grep -q 'DHCPREBIND(s1)' "$BATS_TEST_TMPDIR/dhcp.log"
}

@test "DHCP: a dead server ends at the deadline, in one sentence" {
	cable 1
	run within 20 up 'up v1 carrier 5' 'dhcp4 v1 2'
	[ "$status" -eq 1 ]
	grep -qx 'crashbox: network: dhcp4 v1: no server answered' <<<"$output"
	run within 20 up 'dhcp6 v1 2'
	[ "$status" -eq 1 ]
	grep -qx 'crashbox: network: dhcp6 v1: no server answered' <<<"$output"
	run within 20 up -t1 'dhcp4 v1 60'
	[ "$status" -eq 1 ]
}

@test "DHCP: a server that comes late is found" {
	cable 1
	addressed 1
	{ sleep 2 && serve late interface=s1 dhcp-range=10.9.1.50,10.9.1.99,1h; } 3>&- &
	run within 24 up 'up v1 carrier 5' 'dhcp4 v1 10'
	wait $!
	[ "$status" -eq 0 ]
}

@test "DHCP: a cable that comes back, and a link that loses every third packet" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=10.9.1.50,10.9.1.99,1h dhcp-range=2001:db8:1::100,2001:db8:1::1ff,64,1h
	srv ip link set s1 down
	{ sleep 2 && srv ip link set s1 up; } 3>&- &
	run within 24 up 'up v1' 'dhcp4 v1 10'
	wait $!
	[ "$status" -eq 0 ]
	here ip addr flush dev v1 scope global
	srv ip addr add 2001:db8:1::1/64 dev s1 nodad # went with the cable
	srv nft 'add table netdev t; add chain netdev t c { type filter hook ingress device s1 priority 0; };
		add rule netdev t c numgen inc mod 3 0 drop'
	run within 35 up 'dhcp4 v1 20' 'dhcp6 v1 20'
	[ "$status" -eq 0 ]
	srv nft list ruleset | grep -q numgen
}

# garble PROTOCOL: a server on s1 whose answers are wrong
garble() {
	# shellcheck disable=SC2016 # the inner shell expands
	srv sh -c 'echo $$ >"$0"; exec "$@"' "$BATS_TEST_TMPDIR/garble.pid" "$O/mk/netgarble" s1 "$1" 3>&- &
}

@test "DHCP: wrong answers are no answers" {
	cable 1
	addressed 1
	garble dhcp
	sleep 0.3
	run within 20 up 'up v1 carrier 5' 'dhcp4 v1 2'
	[ "$status" -eq 1 ]
	grep -qxE 'crashbox: network: dhcp4 v1: [0-9]+ answers, none of them usable' <<<"$output"
	run here "$CRASHBOX" net show
	! grep -q '^address v1 10' <<<"$output" || false
}

@test "a lost carrier is waited for and then named" {
	cable 1
	srv ip link set s1 down
	run within 20 up 'up v1 carrier 2'
	[ "$status" -eq 1 ]
	grep -qx 'v1: waiting for the carrier' <<<"$output"
	grep -qx 'crashbox: network: v1 has no carrier' <<<"$output"
	{ sleep 1 && srv ip link set s1 up; } 3>&- &
	run within 20 up 'up v1 carrier 10'
	wait $!
	[ "$status" -eq 0 ]
}

@test "a bridge forwards at once" {
	cable 1
	cable 2
	addressed 1
	serve dhcp interface=s1 dhcp-range=10.9.1.50,10.9.1.99,1h
	run within 20 up 'bridge br0 members v1,v2' 'up br0 carrier 5' 'dhcp4 br0 5'
	[ "$status" -eq 0 ]
	show 'link v1 mac 52:54:00:00:00:01 mtu 1500 up kind veth master br0' \
		'link v2 mac 52:54:00:00:00:02 mtu 1500 up kind veth master br0'
	[ "$(here cat /sys/class/net/br0/bridge/stp_state /sys/class/net/br0/bridge/forward_delay)" = '0
0' ]
}

# A kernel that has no such module is told apart from one that has it: both are checked.
@test "a VLAN on a link" {
	cable 1
	if srv ip link add link s1 name s1.5 type vlan id 5; then
		srv ip addr add 10.9.5.1/24 dev s1.5
		srv ip link set s1.5 up
		up 'vlan v1.5 v1 5' 'up v1.5 carrier 5' 'address v1.5 10.9.5.2/24'
		show 'link v1.5 mac 52:54:00:00:00:01 mtu 1500 up kind vlan parent v1'
		here ping -q -c 1 -W 3 10.9.5.1
	else
		run up 'vlan v1.5 v1 5'
		[ "$status" -eq 1 ]
		grep -q 'make v1.5: this kernel has no vlan interfaces (module missing)' <<<"$output"
	fi
}

@test "a bond with its options" {
	cable 1
	cable 2
	if srv ip link add b0 type bond mode active-backup miimon 100; then
		for s in s1 s2; do srv ip link set "$s" down && srv ip link set "$s" master b0; done
		srv ip link set b0 type bond primary s2
		srv ip link set b0 up
		srv ip addr add 10.9.6.1/24 dev b0
		up 'bond bond0 mode=active-backup,miimon=50,primary=v2,arp_validate=none members v1,v2' \
			'up bond0 carrier 10' 'address bond0 10.9.6.2/24'
		here grep -qx v2 /sys/class/net/bond0/bonding/primary
		here grep -qx 50 /sys/class/net/bond0/bonding/miimon
		here ping -q -c 4 -W 5 10.9.6.1
		# an option that hangs on the mode, named before it
		cable 3
		up 'bond bond2 lacp_rate=fast,mode=802.3ad,miimon=100 members v3'
		[ "$(here cat /sys/class/net/bond2/bonding/mode /sys/class/net/bond2/bonding/lacp_rate)" = '802.3ad 4
fast 1' ]
		run up 'bond bond1 mode=nonsense members v1'
		[ "$status" -eq 1 ]
		grep -q 'bond bond1: option mode:' <<<"$output"
	else
		run up 'bond bond0 mode=active-backup members v1,v2'
		[ "$status" -eq 1 ]
		grep -q 'make bond0: this kernel has no bond interfaces (module missing)' <<<"$output"
	fi
}

# advertise LINE...: radvd on s1 with these lines in the interface's block
advertise() {
	{
		echo 'interface s1 { AdvSendAdvert on; MinRtrAdvInterval 3; MaxRtrAdvInterval 4;'
		printf '%s\n' "$@" '};'
	} >"$BATS_TEST_TMPDIR/radvd.conf"
	srv sysctl -qw net.ipv6.conf.all.forwarding=1
	srv radvd -C "$BATS_TEST_TMPDIR/radvd.conf" -p "$BATS_TEST_TMPDIR/radvd.pid" -m stderr_clean 3>&- \
		2>"$BATS_TEST_TMPDIR/radvd.log"
}

@test "a router advertisement gives an address, a route and name servers" {
	cable 1
	addressed 1
	advertise 'prefix 2001:db8:1::/64 { };' 'RDNSS 2001:db8:1::53 { };'
	run within 20 up 'up v1 carrier 5' 'ra v1 10'
	[ "$status" -eq 0 ]
	grep -qx 'v1 has 2001:db8:1:0:5054:ff:fe00:1/64 by router advertisement' <<<"$output"
	grep -qx 'nameserver 2001:db8:1::53' <<<"$output"
	here "$CRASHBOX" net show | grep -qE '^route ::/0 via fe80::[0-9a-f:]+ dev v1 metric'
	here ping -q -c 1 -W 3 2001:db8:1::1
}

@test "a router that says so has DHCPv6 asked for the address" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=2001:db8:1::100,2001:db8:1::1ff,64,1h \
		dhcp-option=option6:dns-server,'[2001:db8:1::1]'
	advertise 'AdvManagedFlag on;' 'prefix 2001:db8:1::/64 { AdvAutonomous off; };'
	run within 20 up 'up v1 carrier 5' 'ra v1 10'
	[ "$status" -eq 0 ]
	grep -qx 'v1: the router wants DHCPv6' <<<"$output"
	grep -qE '^lease v1 2001:db8:1::1[0-9a-f]+ seconds 3600$' <<<"$output"
}

@test "a router that says so has DHCPv6 asked for name servers alone" {
	cable 1
	addressed 1
	serve dhcp interface=s1 dhcp-range=2001:db8:1::,ra-stateless dhcp-option=option6:dns-server,'[2001:db8:1::7]' \
		dhcp-option=option6:domain-search,lan.example.org
	run within 20 up 'up v1 carrier 5' 'ra v1 10'
	[ "$status" -eq 0 ]
	grep -qx 'v1 has 2001:db8:1:0:5054:ff:fe00:1/64 by router advertisement' <<<"$output"
	grep -qx 'nameserver 2001:db8:1::7' <<<"$output"
	grep -qx 'domain lan.example.org' <<<"$output"
	! grep -q '^lease' <<<"$output" || false
}

# neighbour SCRIPT WORD...: its server in namespaces of its own, at the other end of v1; sets LOCAL to its address there
neighbour() {
	local dir="$BATS_TEST_TMPDIR/neighbour" pid
	NEIGHBOUR=$1
	shift
	"$BATS_TEST_DIRNAME/../net/$NEIGHBOUR" start "$dir" "$@"
	pid=$(cat "$dir/holder")
	here ip link add v1 address 52:54:00:00:00:01 type veth peer name s1 netns "$pid"
	nsenter -t "$pid" -n sysctl -qw net.ipv6.conf.s1.dad_transmits=0
	nsenter -t "$pid" -n ip link set s1 up
	up 'up v1 carrier 5'
	LOCAL=$(nsenter -t "$pid" -n ip -6 -o address show dev s1 scope link | awk '{ sub("/.*", "", $4); print $4 }')
	[ -n "$LOCAL" ]
	until here ip -6 -o address show dev v1 scope link -tentative | grep -q .; do sleep 0.1; done
}

@test "a server that only its link knows: ssh" {
	neighbour sshd.sh
	dir="$BATS_TEST_TMPDIR/neighbour" blob="$BATS_TEST_TMPDIR/blob"
	sed "s/^\[::1\]/[$LOCAL%v1]/" "$dir/known" >"$dir/known-local"
	head -c 3000000 /dev/urandom >"$blob"
	here "$CRASHBOX" send -t 20 -k "$dir/known-local" -i "$dir/key" "sftp://[$LOCAL%v1]:2222/srv/dump" "$blob"
	nsenter -t "$(cat "$dir/holder")" -m cat /srv/dump/blob | cmp - "$blob"
}

@test "a server that only its link knows: NFS" {
	neighbour ganesha.sh
	dir="$BATS_TEST_TMPDIR/neighbour" blob="$BATS_TEST_TMPDIR/blob"
	head -c 3000000 /dev/urandom >"$blob"
	for vers in 4 3; do
		here "$CRASHBOX" send -t 20 -o "vers=$vers" -n "blob$vers" "[$LOCAL%v1]:/srv/dump" "$blob"
		nsenter -t "$(cat "$dir/holder")" -m cat "/srv/dump/blob$vers" | cmp - "$blob"
	done
	run -1 here "$CRASHBOX" send -t 5 "[$LOCAL]:/srv/dump" "$blob"
}

@test "no router ends at the deadline" {
	cable 1
	run within 20 up 'up v1 carrier 5' 'ra v1 2'
	[ "$status" -eq 1 ]
	grep -qx 'crashbox: network: ra v1: no router answered' <<<"$output"
}

# A link with 10.9.1.2 here and a name server at 10.9.1.1.
names() {
	cable 1
	addressed 1
	up 'up v1 carrier 5' 'address v1 10.9.1.2/24'
	serve dns interface=s1 local=/example.org/ host-record=dump.example.org,10.9.1.1,2001:db8:1::1 \
		cname=alias.example.org,dump.example.org "$@"
}

@test "names: both families, those with a route first, aliases, what is not there" {
	names
	run here "$CRASHBOX" net resolve dump.example.org 10.9.1.1
	[ "$output" = '10.9.1.1
2001:db8:1::1' ]
	run here "$CRASHBOX" net resolve ALIAS.example.org. 10.9.1.1
	[ "$output" = '10.9.1.1
2001:db8:1::1' ]
	run here "$CRASHBOX" net resolve nothing.example.org 10.9.1.1
	[ "$status" -eq 1 ]
	[ "$output" = 'crashbox: resolve nothing.example.org: there is no such name' ]
	run here "$CRASHBOX" net resolve 192.0.2.7
	[ "$output" = 192.0.2.7 ]
	run here "$CRASHBOX" net resolve 'a b' 10.9.1.1
	[ "$output" = 'crashbox: resolve a b: not a host name' ]
}

@test "names: an answer that does not fit a datagram is asked for over TCP" {
	records=()
	for i in $(seq 60); do records+=("host-record=big.example.org,10.9.7.$i"); done
	names "${records[@]}"
	run here "$CRASHBOX" net resolve big.example.org 10.9.1.1
	[ "$status" -eq 0 ]
	[ "$(grep -c '^10\.9\.7\.' <<<"$output")" -eq 8 ]
	grep -q 'query\[A\] big.example.org' "$BATS_TEST_TMPDIR/dns.log"
}

@test "names: a dead name server and a failing one are passed over" {
	names
	run within 20 here "$CRASHBOX" net resolve dump.example.org 10.9.1.77 10.9.1.1
	[ "$status" -eq 0 ]
	# nobody listens on port 53 of this machine itself
	run within 20 here "$CRASHBOX" net resolve dump.example.org 127.0.0.1 10.9.1.1
	[ "$status" -eq 0 ]
	run within 26 here "$CRASHBOX" net resolve dump.example.org 10.9.1.77
	[ "$status" -eq 1 ]
	grep -qE 'crashbox: resolve dump.example.org: (no answer from the name servers \(10.9.1.77\)|.*No route to host)' <<<"$output"
	run here "$CRASHBOX" net resolve www.elsewhere.net 10.9.1.1
	[ "$output" = 'crashbox: resolve www.elsewhere.net: the name servers (10.9.1.1) failed, code 5' ]
}

@test "names: wrong answers are no answers" {
	cable 1
	addressed 1
	up 'up v1 carrier 5' 'address v1 10.9.1.2/24'
	garble dns
	sleep 0.3
	run within 26 here "$CRASHBOX" net resolve dump.example.org 10.9.1.1
	[ "$status" -eq 1 ]
	[ "$output" = 'crashbox: resolve dump.example.org: no answer from the name servers (10.9.1.1)' ]
}
