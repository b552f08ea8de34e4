# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A machine and its neighbours for the tests of links: two network namespaces that belong to nobody else.
# Promise: nothing of this outlives links_end, and the host's own network is never touched.

# The machine under test is a process of its own that sleeps in new namespaces; its neighbours are in `srv`.
links_begin() {
	unshare -nm sleep 900 &
	LINKS=$!
	for _ in $(seq 50); do
		[ "$(readlink "/proc/$LINKS/ns/net")" = "$(readlink /proc/self/ns/net)" ] || break
		sleep 0.05
	done
	[ "$(readlink "/proc/$LINKS/ns/net")" != "$(readlink /proc/self/ns/net)" ]
	[ "$(readlink "/proc/$LINKS/ns/mnt")" != "$(readlink /proc/self/ns/mnt)" ]
	here mount -t tmpfs tmpfs /run
	here mkdir /run/netns
	here mount -t sysfs sysfs /sys
	here ip link set lo up
	here ip netns add srv
	srv ip link set lo up
}

links_end() {
	local f
	for f in "$BATS_TEST_TMPDIR"/*.pid; do
		[ ! -s "$f" ] || kill "$(cat "$f")" 2>/dev/null || :
	done
	[ -z "${LINKS:-}" ] || { kill "$LINKS" && wait "$LINKS"; } 2>/dev/null || :
}

here() { nsenter -t "$LINKS" -n -m -- "$@"; }
srv() { here ip netns exec srv "$@"; }

# cable NUMBER [NAME]: a link between here (NAME, default vNUMBER, address 52:54:00:00:00:0NUMBER) and sNUMBER
cable() {
	here ip link add "${2:-v$1}" address "52:54:00:00:00:0$1" type veth peer name "s$1" netns srv
	srv sysctl -qw "net.ipv6.conf.s$1.dad_transmits=0"
	srv ip link set "s$1" up
}

# serve NAME LINE...: dnsmasq with these lines of configuration
serve() {
	local name=$1
	shift
	{
		printf '%s\n' bind-interfaces except-interface=lo no-resolv no-hosts leasefile-ro no-ping \
			dhcp-authoritative user=root log-dhcp log-queries "log-facility=$BATS_TEST_TMPDIR/$name.log" \
			"pid-file=$BATS_TEST_TMPDIR/$name.pid" "$@"
	} >"$BATS_TEST_TMPDIR/$name.conf"
	srv dnsmasq -C "$BATS_TEST_TMPDIR/$name.conf"
}

# up LINE...: plays the steps; options may come first, each one word
up() {
	local options=()
	while case ${1:-} in -*) true ;; *) false ;; esac; do
		options+=("$1")
		shift
	done
	printf '%s\n' "$@" | here "$CRASHBOX" net up "${options[@]}" -
}

# show LINE...: every one of them is a line of `net show`
show() {
	local line all
	all=$(here "$CRASHBOX" net show)
	for line; do
		grep -qxF -- "$line" <<<"$all" || {
			echo "missing: $line"
			echo "$all"
			return 1
		}
	done
}

# within SECONDS COMMAND...: it ends in that time, whatever its result
within() {
	local start=$EPOCHREALTIME limit=$1 status=0 ms
	shift
	"$@" || status=$?
	ms=$(((${EPOCHREALTIME/[.,]/} - ${start/[.,]/}) / 1000))
	[ "$ms" -le $((limit * 1000)) ] || {
		echo "took $ms ms, at most $limit s"
		return 99
	}
	return "$status"
}
