# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Addresses and routes of this system as steps of the recipe. What no step can say is said here. Needs: network.sh,
# dhcp.sh; $lib $work $SYSROOT.

# Addresses of host $1, a line each; the ones that this system prefers come first.
host_addresses() {
	if is_address "$1"; then
		printf '%s\n' "$1"
	elif [ -n "$SYSROOT" ]; then
		HOST=$1 awk '!/^#/ { for (i = 2; i <= NF; i++) if ($i == ENVIRON["HOST"]) print $1 }' \
			"$SYSROOT/etc/hosts"
	else
		limited 60 getent ahosts "$1" | awk '{ print $1 }' | awk '!seen[$0]++'
	fi
}

# "DEV SOURCE GATEWAY TABLE" of the route to address $1, "-" for what is not there; nothing without a route. Of a
# link-local address the interface stands behind "%". A gateway of the other family is "inet6,ADDRESS".
route_to() {
	case $1 in
	*%*) ip -o route get "${1%%%*}" dev "${1#*%}" 2>/dev/null ;;
	*) ip -o route get "$1" 2>/dev/null ;;
	esac | head -n 1 | awk '
		{ dev = src = via = table = "-"
		  for (i = 1; i < NF; i++) {
			if ($i == "dev") dev = $(i + 1)
			if ($i == "src") src = $(i + 1)
			if ($i == "via") via = $(i + 1) == "inet6" ? "inet6," $(i + 2) : $(i + 1)
			if ($i == "table") table = $(i + 1)
		  }
		  if ($1 == "local") dev = "lo"
		  if (dev != "-") print dev, src, via, table }'
}

# Steps for addresses of interface $1 in family $2 (4 or 6), whose address $3 is used: by hand when the kernel keeps it
# for ever, else from where it came. $4: the gateway to the server, $5: what needs it.
link_addresses() (
	ip -o "-$2" addr show dev "$1" >"$work/addr" 2>/dev/null || :
	which=all
	if address_is "$3" "$work/addr"; then
		! address_is "$3" "$work/addr" dynamic || which=lent
	elif [ "$3" != - ]; then
		link_elsewhere "$@"
		grep -v ' dynamic ' "$work/addr" | grep -q ' scope global ' || ! grep -q ' dynamic ' "$work/addr" ||
			which=lent
	fi
	if [ "$which" = all ]; then
		awk '!/ dynamic / && !/ scope host / && !($3 == "inet6" && / scope link /) {
			peer = $5 == "peer" ? " peer " $6 : ""
			print $4 peer, / noprefixroute / ? "bare" : "" }' "$work/addr" >"$work/static"
		while read -r address word peer _; do
			link_address "$1" "$2" "$address" "$word" "$peer" "$5"
		done <"$work/static"
	elif [ "$2" = 4 ]; then
		network_step "dhcp4 $1$(dhcp_who "$1" "$3")"
	else
		network_step "ra $1"
	fi
	link_routes "$1" "$2" "$which" "$4" "$5"
)

# True when address $1 is one of those in file $2, with the word $3 where that is given.
address_is() {
	awk -v a="$1" -v word=" ${3:-}" '{ split($4, p, "/") }
		p[1] == a && index($0, word) { found = 1 } END { exit !found }' "$2"
}

# One address that stays: $3 of interface $1, "peer" $5 or "bare", which is one whose net has no route of its own.
# $2: the family, $6: what needs it.
link_address() {
	case $4 in
	peer) network_step "address $1 $3 peer $5" ;;
	bare)
		net=$(ip -o "-$2" route show exact "$3" dev "$1" 2>/dev/null | grep -v ' via ') || net=
		if [ -n "$net" ]; then
			network_step "address $1 $3"
		else
			note "$6: $1 has no route to the net of its address $3:" \
				"the capture kernel has the address alone"
			network_step "address $1 ${3%/*}/$([ "$2" = 4 ] && echo 32 || echo 128)"
		fi
		;;
	*) network_step "address $1 $3" ;;
	esac
}

# The address $3 that is used over interface $1 is another one's, as of routers and hosts that speak BGP: it is put on
# lo. $2: the family, $5: what needs it.
link_elsewhere() {
	at=$(ip -o "-$2" addr show to "$3" 2>/dev/null | awk '{ print $2; exit }')
	[ -n "$at" ] || return 0
	[ "$at" = lo ] || note "$5: the address $3 belongs to $at here, to lo in the capture kernel"
	network_step "up lo"
	network_step "address lo $3/$([ "$2" = 4 ] && echo 32 || echo 128)"
}

# Routes over $1 of family $2 in the main table, without those that the kernel makes of an address; $3: see routes.awk.
# $4: the gateway to the server, $5: what needs it.
link_routes() {
	ip -o "-$2" route show table main 2>/dev/null | route_lines "$@"
	count=$(grep -c '^step ' "$work/routes" || :)
	if [ "$count" -gt 32 ]; then
		# as of a host that speaks BGP
		note "$5: of $count routes over $1 those that lead to $server alone are taken"
		for to in "$server" "${4#inet6,}"; do
			[ "$to" = - ] || ip -o "-$2" route show table main match "$to" 2>/dev/null || :
		done | awk '!seen[$0]++' | route_lines "$@"
	fi
	sed -n 's/^note //p' "$work/routes" >"$work/routes.notes"
	while read -r line; do
		note "$5: $line"
	done <"$work/routes.notes"
	sed -n 's/^step //p' "$work/routes" | sort -s -n -k 1,1 | cut -d ' ' -f 2- >"$work/routes.steps"
	while read -r line; do
		network_step "$line"
	done <"$work/routes.steps"
}

# What routes.awk makes of the routes on standard input, in $work/routes. Words as of link_routes().
route_lines() {
	awk -v dev="$1" -v family="$2" -v which="$3" -v gw="$(printf '%s\n' "$4" | tr ',' ' ')" \
		-f "$lib/routes.awk" >"$work/routes"
}

# The route to the server alone, which a rule of this system has looked up in another table. $1: what needs it, $2:
# interface, $3: our address, $4: gateway, $5: table.
link_rule() (
	note "$1: the route to $server is in table $5 here; the capture kernel has that one route of it"
	far=
	if [ "$4" != - ]; then
		# a gateway that no route of the main table knows as a neighbour
		case $(route_to "${4#inet6,}") in
		"$2 "*" - "*) ;;
		*) far=" onlink" ;;
		esac
	fi
	[ "$3" = - ] || far=" src $3$far"
	network_step "route $server$([ "$4" = - ] || printf ' via %s' "$4" | tr ',' ' ') dev $2$far"
)
