# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What the DHCP server knows this system by: a lease that hangs on an identifier is given to nobody who does not say it.
# Read from what each client leaves behind, see dhclient(8), dhclient.conf(5), dhcpcd(8), dhcpcd.conf(5). Needs: $lib,
# $SYSROOT.

# Words of the step for interface $1, whose address is $2. Without an identifier the capture kernel says what
# NetworkManager says as well, the address of the hardware.
dhcp_who() {
	id=$(dhcp_networkd "$1")
	[ -n "$id" ] || id=$(dhcp_manager "$1")
	[ -n "$id" ] || id=$(dhcp_dhclient "$1" "$2")
	[ -n "$id" ] || id=$(dhcp_dhcpcd "$1" "$2")
	host=
	if [ -n "$SYSROOT" ]; then
		[ ! -r "$SYSROOT/etc/hostname" ] || read -r host <"$SYSROOT/etc/hostname" || :
	else
		host=$(uname -n)
	fi
	host=${host%%.*}
	! printf '%s\n' "$id" | grep -qxE '([0-9a-f]{2}){1,64}' || printf ' id %s' "$id"
	case $host in
	'' | localhost | *[!A-Za-z0-9_-]*) ;;
	*) printf ' hostname %s' "$host" ;;
	esac
}

dhcp_networkd() (
	index=
	[ ! -r "$SYSROOT/sys/class/net/$1/ifindex" ] || read -r index <"$SYSROOT/sys/class/net/$1/ifindex"
	lease=$SYSROOT/run/systemd/netif/leases/$index
	[ -z "$index" ] || [ ! -r "$lease" ] || sed -n 's/^CLIENTID=//p' "$lease"
)

dhcp_manager() {
	[ -z "$SYSROOT" ] || return 0
	limited 20 nmcli -t -f DHCP4.OPTION device show "$1" |
		sed -n 's/.*dhcp_client_identifier = //p' | tr -d '\\:'
}

# The hardware address of interface $1, without colons.
dhcp_mac() {
	[ ! -r "$SYSROOT/sys/class/net/$1/address" ] || tr -d ':\n' <"$SYSROOT/sys/class/net/$1/address"
}

# The newest file of dhclient that has a lease for address $2 of interface $1 tells; its settings are read before it.
dhcp_dhclient() (
	dev=$1
	address=$2
	lease=$(grep -lsF "fixed-address $address;" "$SYSROOT"/var/lib/dhcp/*.lease* \
		"$SYSROOT"/var/lib/dhclient/*.lease* | xargs -r ls -t | head -n 1)
	[ -n "$lease" ] || exit 0
	conf=
	for conf in "$SYSROOT/etc/dhcp/dhclient-$dev.conf" "$SYSROOT/etc/dhcp/dhclient.conf" \
		"$SYSROOT/etc/dhclient-$dev.conf" "$SYSROOT/etc/dhclient.conf" /dev/null; do
		[ ! -r "$conf" ] || break
	done
	awk -v dev="$dev" -v address="$address" -v mac="$(dhcp_mac "$dev")" -f "$lib/dhclient.awk" "$conf" "$lease"
)

# The lease that dhcpcd keeps is the server's message itself: the address is at byte 16 (RFC 2131). An identifier is
# sent only when its settings say so: `clientid` (type and address of the hardware, or what is written there) or `duid`
# (255, four bytes that stand for the interface, the DUID: RFC 4361). The last one of both counts. The four bytes are
# 255 and the number of a VLAN, or the last ones of the hardware address.
dhcp_dhcpcd() (
	lease=$SYSROOT/var/lib/dhcpcd/$1.lease
	[ -r "$lease" ] || exit 0
	[ "$(od -An -tu1 -j16 -N4 "$lease" | awk '{ print $1 "." $2 "." $3 "." $4 }')" = "$2" ] || exit 0
	duid=
	for file in "$SYSROOT/var/lib/dhcpcd/duid" "$SYSROOT/etc/dhcpcd.duid"; do
		[ -n "$duid" ] || [ ! -r "$file" ] || duid=$(tr -d ':\n' <"$file")
	done
	[ -r "$SYSROOT/etc/dhcpcd.conf" ] || exit 0
	vlan=
	[ ! -r "$SYSROOT/proc/net/vlan/$1" ] || vlan=$(awk '$2 == "VID:" { print $3 }' "$SYSROOT/proc/net/vlan/$1")
	awk -v dev="$1" -v mac="$(dhcp_mac "$1")" -v vlan="$vlan" -v duid="$duid" '
		BEGIN {
			iaid = vlan == "" ? substr(mac, length(mac) - 7) : sprintf("ff%06x", vlan)
			for (i = 32; i < 127; i++)
				hex[sprintf("%c", i)] = sprintf("%02x", i)
		}
		{ sub(/#.*/, "") }
		$1 == "interface" { other = $2 != dev }
		$1 == "profile" || $1 == "ssid" { other = 1 }
		other { next }
		$1 == "iaid" { iaid = $2 ~ /^[0-9]+$/ ? sprintf("%08x", $2) : "?" }
		$1 == "duid" { kind = "duid" }
		$1 == "clientid" { kind = "id"; id = $2 }
		END {
			if (kind == "duid" && duid != "")
				print "ff" iaid duid
			else if (kind == "id" && id == "")
				print "01" mac
			else if (kind == "id" && id ~ /^[0-9a-fA-F][0-9a-fA-F](:[0-9a-fA-F][0-9a-fA-F])+$/) {
				gsub(/:/, "", id)
				print tolower(id)
			} else if (kind == "id") {
				gsub(/"/, "", id)
				out = "00"
				for (i = 1; i <= length(id); i++)
					out = out hex[substr(id, i, 1)]
				print out
			}
		}' "$SYSROOT/etc/dhcpcd.conf"
)
