# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# How this system reaches a server, from the kernel's own tables: it does not matter who filled them. Steps for
# the recipe: words of src/conf/link_words.h. Needs: routes.sh, dhcp.sh, storage.sh, modules.sh, conf.sh; $work,
# $crashbox, $SYSROOT, $hostcheck.

network_built() {
	! echo 'nfs host:/export' | "$crashbox" plan -c - | grep -q 'not built in'
}

network_step() {
	grep -qxF "$*" "$work/links" || printf '%s\n' "$*" >>"$work/links"
}

is_address() {
	case $1 in
	*:*) return 0 ;;
	*[!0-9.]* | '') return 1 ;;
	*.*.*.*) return 0 ;;
	*) return 1 ;;
	esac
}

# --- what an interface is made of ----------------------------------------------------------------

# The address that the hardware of interface $1 came with: a bond gives all of its members one address.
permanent_mac() (
	sys=$SYSROOT/sys/class/net/$1
	mac=
	[ ! -r "$sys/bonding_slave/perm_hwaddr" ] || read -r mac <"$sys/bonding_slave/perm_hwaddr"
	[ -n "$mac" ] || mac=$(ip -o link show dev "$1" 2>/dev/null | sed -n 's/.* permaddr \([0-9a-f:]*\).*/\1/p')
	[ -n "$mac" ] || read -r mac <"$sys/address"
	printf '%s\n' "$mac"
)

# The first word of an option of bond $1, as sysfs shows it: "active-backup 1".
bond_option() {
	[ ! -r "$SYSROOT/sys/class/net/$1/bonding/$2" ] || cut -d' ' -f1 "$SYSROOT/sys/class/net/$1/bonding/$2"
}

# Every option that is not as the bonding driver has it anyway. In a list of addresses ';' parts the entries.
bond_options() {
	printf 'mode=%s' "$(bond_option "$1" mode)"
	for rule in miimon:0 updelay:0 downdelay:0 use_carrier:1 arp_interval:0 arp_validate:none \
		arp_all_targets:any arp_missed_max:2 lacp_active:on lacp_rate:slow ad_select:stable \
		ad_actor_sys_prio:65535 ad_actor_system:00:00:00:00:00:00 ad_user_port_key:0 \
		xmit_hash_policy:layer2 fail_over_mac:none primary: primary_reselect:always min_links:0 \
		all_slaves_active:0 num_grat_arp:1 peer_notif_delay:0 resend_igmp:1 lp_interval:1 \
		packets_per_slave:1 tlb_dynamic_lb:1; do
		value=$(bond_option "$1" "${rule%%:*}")
		[ -z "$value" ] || [ "$value" = "${rule#*:}" ] || printf ',%s=%s' "${rule%%:*}" "$value"
	done
	for list in arp_ip_target ns_ip6_target; do
		targets=$(tr -s ' \n' ';;' <"$SYSROOT/sys/class/net/$1/bonding/$list" 2>/dev/null) || targets=
		targets=${targets%;}
		[ -z "$targets" ] || printf ',%s=%s' "$list" "$targets"
	done
}

# bond, vlan, bridge, team, hardware, or what the kernel calls it.
link_kind() {
	sys=$SYSROOT/sys/class/net/$1
	if [ -d "$sys/bonding" ]; then
		echo bond
	elif [ -d "$sys/bridge" ] || [ -d "$sys/brif" ]; then
		echo bridge
	elif [ -e "$SYSROOT/proc/net/vlan/$1" ]; then
		echo vlan
	elif [ -e "$sys/device" ]; then
		echo hardware
	else
		ip -o -d link show dev "$1" 2>/dev/null | tr '\134' '\n' | awk '
			$1 == "team" || $1 == "team_slave" { print "team"; found = 1; exit }
			/^ +[a-z0-9_]+ / && !found && $1 !~ /^link\// { kind = $1 }
			END { if (!found) print kind == "" ? "virtual" : kind }'
	fi
}

# The interfaces right below $1.
lower_links() {
	for path in "$SYSROOT/sys/class/net/$1/lower_"*; do
		[ ! -e "$path" ] && [ ! -L "$path" ] || printf '%s\n' "${path##*/lower_}"
	done
}

# Steps that make interface $2, from the hardware upwards, and requests for its modules. $1: what needs it.
# Fails when /init cannot make it.
link_stack() (
	! grep -qxF "$2" "$work/walked" || exit 0
	printf '%s\n' "$2" >>"$work/walked"
	case $(link_kind "$2") in
	hardware) link_hardware "$1" "$2" ;;
	bond) link_bond "$1" "$2" ;;
	vlan) link_vlan "$1" "$2" ;;
	bridge) link_bridge "$1" "$2" ;;
	team) link_team "$1" "$2" ;;
	*)
		refuse "$1: interface $2 is of the kind $(link_kind "$2"), which the capture kernel cannot set up:" \
			"name an address of the server that is reached over a card, a bond, a VLAN, a bridge or a team"
		exit 1
		;;
	esac || exit 1
	mtu=1500
	[ ! -r "$SYSROOT/sys/class/net/$2/mtu" ] || read -r mtu <"$SYSROOT/sys/class/net/$2/mtu"
	[ "$mtu" = 1500 ] || network_step "mtu $2 $mtu"
	link_notes "$1" "$2"
)

# What the capture kernel does otherwise with interface $2. $1: what needs it.
link_notes() {
	sys=$SYSROOT/sys/class/net/$2
	[ ! -r "$sys/addr_assign_type" ] || read -r value <"$sys/addr_assign_type"
	# 3: NET_ADDR_SET of linux/netdevice.h; a bond gives its members addresses too
	if [ -r "$sys/addr_assign_type" ] && [ "$value" = 3 ] && [ ! -d "$sys/bonding_slave" ]; then
		read -r value <"$sys/address"
		note "$1: $2 was given the address $value here, the capture kernel leaves it with its own"
	fi
	case $(readlink "$sys/master" 2>/dev/null) in
	'') ;;
	*) [ "$(link_kind "$(link_master "$2")")" != vrf ] ||
		note "$1: $2 belongs to the VRF $(link_master "$2"), which the capture kernel does not have:" \
			"its routes are those to the server alone" ;;
	esac
	if [ -e "$SYSROOT/run/wpa_supplicant/$2" ] || [ -n "$(link_keyfiles "$2" | tr '\n' '\0' |
		xargs -0r grep -s '^\[802-1x\]')" ]; then
		note "$1: $2 logs in to its switch (802.1X), the capture kernel does not: the port must let the dump" \
			"through without it"
	fi
	value=$(link_detail "$2" | sed -n 's/.*\(egress-qos-map {[^}]*}\).*/\1/p')
	[ -z "$value" ] || note "$1: $2: left out: $value"
}

link_master() {
	path=$(readlink "$SYSROOT/sys/class/net/$1/master") || return 0
	printf '%s\n' "${path##*/}"
}

# NetworkManager's files about interface $1.
link_keyfiles() {
	for path in "$SYSROOT"/etc/NetworkManager/system-connections/* \
		"$SYSROOT"/run/NetworkManager/system-connections/*; do
		! grep -qsx "interface-name=$1" "$path" || printf '%s\n' "$path"
	done
}

# All that the kernel says of interface $1, a line.
link_detail() {
	ip -o -d link show dev "$1" 2>/dev/null | tr '\134' ' '
}

link_hardware() {
	if [ -e "$SYSROOT/sys/class/net/$2/wireless" ] || [ -e "$SYSROOT/sys/class/net/$2/phy80211" ]; then
		refuse "$1: interface $2 is wireless: no capture kernel joins a network of that kind"
		return 1
	fi
	set -- "$2"
	readlink -f "$SYSROOT/sys/class/net/$1/device" | chain_modules >>"$work/net-requests"
	network_step "link $1 mac $(permanent_mac "$1")"
}

# Each of the interfaces on standard input; prints those that can be made, with commas.
link_members() {
	while read -r member; do
		link_stack "$1" "$member" || return 1
		printf '%s\n' "$member"
	done >"$work/members.$2"
	if [ "$(wc -l <"$work/members.$2")" -gt 8 ]; then
		refuse "$1: $2 has more than 8 members, and a step of the recipe takes 8"
		return 1
	fi
	tr '\n' ',' <"$work/members.$2" | sed 's/,$//'
}

link_bond() {
	tr ' ' '\n' <"$SYSROOT/sys/class/net/$2/bonding/slaves" | grep . >"$work/slaves.$2" || :
	members=$(link_members "$1" "$2" <"$work/slaves.$2") || return 1
	if [ -z "$members" ]; then
		refuse "$1: bond $2 has no members"
		return 1
	fi
	echo bonding >>"$work/net-requests"
	network_step "bond $2 $(bond_options "$2") members $members"
}

# Layout of /proc/net/vlan/NAME: net/8021q/vlanproc.c, Linux 6.1.
link_vlan() {
	awk '$2 == "VID:" { id = $3 } $1 == "Device:" { parent = $2 } END { print parent, id }' \
		"$SYSROOT/proc/net/vlan/$2" >"$work/vlan.$2"
	read -r parent id <"$work/vlan.$2"
	link_stack "$1" "$parent" || return 1
	echo 8021q >>"$work/net-requests"
	network_step "vlan $2 $parent $id$(link_detail "$2" | vlan_words)"
	network_step "up $parent"
}

# What a VLAN is beside its id: "vlan protocol 802.1ad id 7 <REORDER_HDR,GVRP>" as ip(8) shows it.
vlan_words() {
	sed -n 's/.* vlan protocol \([^ ]*\) id [0-9]* <\([^>]*\)>.*/\1,\2/p' | tr ',' '\n' | awk '
		$1 == "802.1ad" || $1 == "GVRP" || $1 == "MVRP" { out = out " " tolower($1) }
		END { print out }'
}

# Options of bridge $2 with so many ports ($3). Without a spanning tree it forwards at once. $1: what needs it.
bridge_options() {
	sys=$SYSROOT/sys/class/net/$2/bridge
	stp=0
	[ ! -r "$sys/stp_state" ] || read -r stp <"$sys/stp_state"
	[ ! -r "$sys/vlan_filtering" ] || [ "$(cat "$sys/vlan_filtering")" = 0 ] ||
		note "$1: bridge $2 filters VLANs here, that of the capture kernel passes all of them as they come"
	[ "$stp" != 0 ] || return 0
	if [ "$3" -lt 2 ]; then
		note "$1: bridge $2 has a spanning tree here; the capture kernel's has one port and needs none"
		return 0
	fi
	[ "$stp" = 1 ] || note "$1: the spanning tree of bridge $2 is a program's here, the kernel's after a crash"
	printf 'stp_state=1'
	for option in priority forward_delay hello_time max_age; do
		[ ! -r "$sys/$option" ] || printf ',%s=%s' "$option" "$(cat "$sys/$option")"
	done
	printf ' '
}

# Ports of virtual machines and containers are left out: they crashed as well.
link_bridge() {
	for path in "$SYSROOT/sys/class/net/$2/brif/"*; do
		[ -e "$path" ] || [ -L "$path" ] || continue
		case $(link_kind "${path##*/}") in
		hardware | bond | vlan | team) printf '%s\n' "${path##*/}" ;;
		esac
	done >"$work/slaves.$2"
	members=$(link_members "$1" "$2" <"$work/slaves.$2") || return 1
	if [ -z "$members" ]; then
		refuse "$1: no port of bridge $2 is hardware, a bond or a VLAN"
		return 1
	fi
	echo bridge >>"$work/net-requests"
	network_step "bridge $2 $(bridge_options "$1" "$2" "$(wc -l <"$work/slaves.$2")")members $members"
	while read -r member; do
		network_step "up $member"
	done <"$work/slaves.$2"
}

# --- names ---------------------------------------------------------------------------------------

# Name servers for the capture kernel: what this system asks, but not a cache on itself.
name_servers() {
	file=$SYSROOT/etc/resolv.conf
	! grep -qs '^nameserver[[:space:]]*127\.0\.0\.53' "$file" || file=$SYSROOT/run/systemd/resolve/resolv.conf
	[ -r "$file" ] || return 0
	awk '$1 == "nameserver" && $2 !~ /^(127\.|::1$)/ && $2 !~ /%/ && n++ < 3 { print "nameserver " $2 }' "$file"
}

# Everything to reach host $2 that $1 needs: `module` and link steps of the recipe. Fails after a refusal.
network_links() (
	: >"$work/links"
	: >"$work/walked"
	echo '?af_packet' >"$work/net-requests"
	host_addresses "$2" >"$work/addresses" || :
	if [ ! -s "$work/addresses" ]; then
		refuse "$1: the name $2 has no address here"
		exit 1
	fi
	network_route "$1" "$2" || exit 1
	read -r dev source via table <"$work/route"
	case $server in
	*:*) family=6 && echo '?ipv6' >>"$work/net-requests" ;;
	*) family=4 ;;
	esac
	link_stack "$1" "$dev" || exit 1
	network_step "up $dev carrier 60"
	link_addresses "$dev" "$family" "$source" "$via" "$1"
	[ "$table" = - ] || [ "$table" = main ] || link_rule "$1" "$dev" "$source" "$via" "$table"
	[ -z "$(ip xfrm policy 2>/dev/null)" ] || note "$1: this system has IPsec policies, the capture kernel has none"
	! grep -q '^route .* via inet6 ' "$work/links" || echo '?ipv6' >>"$work/net-requests"
	is_address "$2" || network_names "$2"
	recipe_modules "$1" <"$work/net-requests"
	cat "$work/links" >>"$work/recipe"
)

# The first address of $work/addresses with a route: sets $server, writes $work/route.
network_route() {
	while read -r server; do
		route_to "$server" >"$work/route"
		[ ! -s "$work/route" ] || break
	done <"$work/addresses"
	if [ ! -s "$work/route" ]; then
		refuse "$1: no route to $2 ($(tr '\n' ' ' <"$work/addresses" | sed 's/ $//'))"
		return 1
	fi
	case $(cat "$work/route") in
	'lo '*)
		refuse "$1: $2 is this machine itself"
		return 1
		;;
	esac
}

# The addresses are known now, and a name server may give others then.
network_names() (
	printf 'host %s %s\n' "$1" "$server" >>"$work/links"
	while read -r address; do
		network_step "host $1 $address"
	done <"$work/addresses"
	name_servers >>"$work/links"
)

# --- targets -------------------------------------------------------------------------------------

network_unchecked() {
	note "$1: the image brings up every interface with DHCP unless the kernel command line has ip="
}

# Target $1: `nfs` $2 with mount options $3 or "-".
target_nfs() {
	what="target $1 (nfs $2)"
	recipe "target $1"
	given=$3
	[ "$given" != - ] || given=$(SOURCE=$2 awk "$octal_awk"'
		octal_text($5) == ENVIRON["SOURCE"] && $4 ~ /^nfs4?$/ { print $6; exit }' \
		"$work/mounts" 2>/dev/null | nfs_options) || given=
	network_nfs "$what" "$2" "$given"
}

# Of the options of a mounted export those that say how the server is to be spoken to. The kernel's client takes all of
# them, but what it has found out by itself.
nfs_options() {
	if [ "$kernel_nfs" = 1 ]; then
		tr ',' '\n' | grep -Ev '^(rw|ro|relatime|hard|sec=sys|sec=null)$' |
			grep -Ev '^(namlen|addr|clientaddr|local_lock|mount[a-z]*)=' |
			awk '!seen[$0]++ { out = out (out == "" ? "" : ",") $0 } END { print out }'
		return 0
	fi
	tr ',' '\n' | awk '/^(vers|nfsvers|minorversion|port|mountport|proto|sec|rsize|wsize|timeo|retrans)=/ &&
		$0 != "sec=sys" && $0 != "sec=null" && $0 != "mountport=65535" && !seen[$0]++ {
		out = out (out == "" ? "" : ",") $0 } END { print out }'
}

# Refuses what cannot be had, or only from the kernel's client. $1: what needs it, $2: options.
nfs_check() {
	word=$(printf '%s\n' "$2" | tr ',' '\n' | grep -E -m 1 '^(sec=krb5|rdma$|proto=rdma|xprtsec=m?tls)') || return 0
	case $word in
	sec=krb5*) refuse "$1: option $word needs a ticket and a program that renews it, which no capture kernel has" ;;
	xprtsec=*) refuse "$1: option $word needs a program for the TLS handshake, which no capture kernel has" ;;
	*)
		[ "$kernel_nfs" = 0 ] || return 0
		refuse "$1: option $word is for the kernel's own client: --with-kernel-nfs puts it into the image"
		;;
	esac
	return 1
}

# The modules of the kernel's client for the options $1. No modprobe answers the kernel, so each is named.
nfs_modules() {
	echo nfs
	case ,$1, in
	*,vers=3,* | *,nfsvers=3,* | *,v3,*) echo nfsv3 ;;
	*,vers=4* | *,nfsvers=4* | *,v4* | *,minorversion=*) echo nfsv4 ;;
	*) printf 'nfsv3\nnfsv4\n' ;;
	esac
	case ,$1, in
	*,rdma,* | *,proto=rdma*) echo rpcrdma ;;
	esac
}

# $1: what needs it, $2: HOST:/EXPORT, $3: options. The server is tried: one that speaks 4.1 and newer only is for the
# kernel's client.
network_nfs() {
	nfs_target=$(sed -n 's/^target //p' "$work/recipe" | tail -n 1)
	cp "$work/recipe" "$work/recipe.before"
	nfs_steps "$1" "$2" "$3" || return 1
	# the root file system and an image for another machine
	[ "$kernel_nfs" = 0 ] && tail -n 1 "$work/recipe" | grep -q '^nfs ' || return 0
	[ "$(grep -E '^(target|rootfs)' "$work/recipe" | tail -n 1)" = "target $nfs_target" ] || return 0
	set -- "$1" "$2" "$3" 0
	try_reach "$nfs_target" "$1" || set -- "$1" "$2" "$3" $?
	if [ "$4" != 4 ]; then
		[ "$4" = 0 ] || try_say "$1" "$4"
	elif printf '%s\n' "$3" | tr ',' '\n' | grep -qxE '(nfs)?vers=(3|4\.0)|v3|v4\.0|minorversion=0'; then
		refuse "$1: the server speaks NFS 4.1 and newer only, and the options ask for another version ($3):" \
			"leave that out, or write vers=4.2"
	else
		nfs_kernel "$1" "$2" "$(printf '%s\n' "$3" | tr ',' '\n' | grep -vxE '(nfs)?vers=4|v4' |
			awk '{ out = out (out == "" ? "" : ",") $0 } END { print out }')"
	fi
}

# The steps once more, for the kernel's own client.
nfs_kernel() {
	cp "$work/recipe.before" "$work/recipe"
	kernel_nfs=1
	nfs_steps "$@" || {
		kernel_nfs=0
		return 1
	}
	kernel_nfs=0
	note "$1: the server speaks NFS 4.1 and newer only: the kernel's own client goes into the image," \
		"$(nfs_cost) of memory at most (--with-kernel-nfs takes it for every NFS target)"
}

# What the modules of the kernel's client take, as files: in memory they are about as large.
nfs_cost() {
	awk '$3 ~ /\/(fs\/(nfs|lockd|nfs_common|fscache|netfs)|net\/sunrpc|net\/dns_resolver)\// { print $3 }' \
		"$work/modules" | sort -u | while read -r path; do
		unpack_module "$tree/$path" | wc -c
	done | awk '{ n += $1 } END { printf "%.1f MiB\n", n / 1048576 }'
}

nfs_steps() {
	host=${2%%:/*}
	host=${host#[}
	host=${host%]}
	nfs_word=nfs
	nfs_check "$1" "$3" || return 1
	if [ "$kernel_nfs" = 1 ]; then
		nfs_modules "$3" | recipe_modules "$1"
		nfs_word=kernel-nfs
	fi
	if [ "$hostcheck" = 1 ]; then
		network_links "$1" "$host" || return 1
	else
		network_unchecked "$1"
	fi
	recipe "$nfs_word $2${3:+ $3}"
}

# Target $1: `ssh` $2.
target_ssh() {
	what="target $1 (ssh $2)"
	recipe "target $1"
	ssh_settings "$2"
	ssh_ready=1
	ssh_jump "$what" "${2#*@}" || ssh_ready=0
	ssh_key "$what" "$1" || ssh_ready=0
	ssh_known "$what" || ssh_ready=0
	if [ "$hostcheck" = 1 ]; then
		network_links "$what" "$ssh_server" || return 0
	else
		network_unchecked "$what"
	fi
	words=
	[ "$ssh_server" = "${2#*@}" ] || words=" server=$ssh_server"
	[ "$ssh_port" = 22 ] || words="$words port=$ssh_port"
	[ -z "$ssh_alias" ] || words="$words alias=$ssh_alias"
	recipe "ssh $2$words key=/etc/crashbox/ssh/key.$1"
	[ "$ssh_ready" = 1 ] || return 0
	try_ssh_files "$1"
	try_server "$1" "$what"
}

# The nodes of the cluster that wait for word of this one.
fence_links() {
	conf_one fence_kdump_nodes | tr ' ' '\n' >"$work/nodes"
	[ -n "$(cat "$work/nodes")" ] || return 0
	if ! network_built; then
		warn "fence_kdump_nodes: networking is not built in, the cluster is not told that a dump is being saved"
		return 0
	fi
	recipe fence
	[ "$hostcheck" = 1 ] || return 0
	while read -r node; do
		case $(host_addresses "$node" | head -n 1 | while read -r a; do route_to "$a"; done) in
		'lo '*) continue ;;
		esac
		network_links "fence_kdump_nodes $node" "$node" || :
	done <"$work/nodes"
}

# Keys and known hosts, for the site archive.
network_list() {
	[ ! -s "$work/ssh.list" ] || cat "$work/ssh.list"
	[ ! -s "$work/known_hosts" ] || file_line /etc/crashbox/ssh/known_hosts 0600 "$work/known_hosts"
}
