# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# Teams. The capture kernel has no teamd, which is what a team consists of: the bond that does the same takes its place.
# Needs: network.sh; $work, $SYSROOT.

# "PATH VALUE" for every value of the JSON on standard input; PATH: names, and numbers in lists, with dots between.
json_values() {
	awk '
	{ text = text $0 "\n" }
	END {
		while (match(text, /^[ \t\r\n]*("([^"\\]|\\.)*"|[][{}:,]|[^][{}:,"\t\r\n ]+)/)) {
			word = substr(text, 1, RLENGTH)
			text = substr(text, RLENGTH + 1)
			sub(/^[ \t\r\n]+/, "", word)
			if (word ~ /^[[{]$/) {
				kind[++depth] = word
				key[depth] = word == "[" ? 0 : ""
			} else if (word ~ /^[]}]$/) {
				depth--
			} else if (word == ",") {
				key[depth] = kind[depth] == "[" ? key[depth] + 1 : ""
			} else if (word != ":") {
				gsub(/^"|"$/, "", word)
				if (kind[depth] == "{" && key[depth] == "") {
					key[depth] = word
					continue
				}
				path = key[1]
				for (i = 2; i <= depth; i++)
					path = path "." key[i]
				print path, word
			}
		}
	}'
}

# What is known of team $1, as JSON: from teamd, from its files, or from those of NetworkManager or the old scripts.
team_config() {
	if [ -z "$SYSROOT" ] && limited 20 teamdctl "$1" config dump actual; then
		return 0
	fi
	if [ -r "$SYSROOT/etc/teamd/$1.conf" ]; then
		cat "$SYSROOT/etc/teamd/$1.conf"
		return 0
	fi
	for path in "$SYSROOT"/etc/NetworkManager/system-connections/* \
		"$SYSROOT"/run/NetworkManager/system-connections/*; do
		! grep -qsx "interface-name=$1" "$path" || sed -n '/^\[team\]/,/^\[/ {
			s/\\n/ /g
			s/^config=//p
			s/^runner=\(.*\)/{ "runner": { "name": "\1" } }/p
		}' "$path"
	done
	path=$SYSROOT/etc/sysconfig/network-scripts/ifcfg-$1
	[ ! -r "$path" ] || sed -n "s/^TEAM_CONFIG=['\"]*//; t found
		b
		:found
		s/['\"]*\$//; s/\\\\\"/\"/g; p" "$path"
}

# The options of the bond that does what the team does whose JSON is on standard input; nothing when there is none.
team_options() {
	json_values | awk '
	{ value = $0; sub(/^[^ ]* /, "", value); v[$1] = value }
	$1 ~ /^runner\.tx_hash\./ { hash[value] }
	$1 ~ /^ports\..*\.prio$/ && (best == "" || value + 0 > most) {
		if (best != "") differ = 1
		best = $1
		most = value + 0
	}
	$1 ~ /^ports\..*\.prio$/ && value + 0 < most { differ = 1 }
	function watch(name) {
		return ("link_watch." name) in v ? v["link_watch." name] : v["link_watch.0." name]
	}
	function option(name, value) {
		if (value != "" && value != 0)
			out = out "," name "=" value
	}
	END {
		mode["activebackup"] = "active-backup"
		mode["lacp"] = "802.3ad"
		mode["loadbalance"] = "balance-xor"
		mode["broadcast"] = "broadcast"
		mode["roundrobin"] = "balance-rr"
		runner = v["runner.name"]
		if (!(runner in mode))
			exit
		out = "mode=" mode[runner]
		for (i = -1; i < 16; i++) {
			host = v["link_watch." (i < 0 ? "" : i ".") "target_host"]
			if (host ~ /^[0-9.]+$/)
				hosts = hosts (hosts == "" ? "" : ";") host
		}
		if (watch("name") == "arp_ping" && runner != "lacp" && hosts != "") {
			option("arp_interval", watch("interval") == "" ? 1000 : watch("interval"))
			option("arp_ip_target", hosts)
		} else {
			option("miimon", 100)
			option("updelay", watch("delay_up"))
			option("downdelay", watch("delay_down"))
		}
		if (runner == "lacp") {
			option("lacp_rate", v["runner.fast_rate"] == "true" ? "fast" : "")
			option("min_links", v["runner.min_ports"] > 1 ? v["runner.min_ports"] : "")
		}
		if (runner == "lacp" || runner == "loadbalance") {
			if ("l4" in hash || "tcp" in hash || "udp" in hash || "sctp" in hash)
				option("xmit_hash_policy", "layer3+4")
			else if ("l3" in hash || "ip" in hash || "ipv4" in hash || "ipv6" in hash)
				option("xmit_hash_policy", "layer2+3")
		}
		if (runner == "activebackup") {
			option("fail_over_mac", v["runner.hwaddr_policy"] == "by_active" ? "active" : "")
			sub(/^ports\./, "", best)
			sub(/\.prio$/, "", best)
			option("primary", differ ? best : "")
		}
		print out
	}'
}

# Team $2 as a bond; $1: what needs it.
link_team() {
	team_config "$2" >"$work/team.$2"
	options=$(team_options <"$work/team.$2")
	lower_links "$2" >"$work/slaves.$2"
	if [ -z "$options" ]; then
		if [ -s "$work/team.$2" ]; then
			reason="no bond does what team $2 does"
		else
			reason="neither teamd nor its files or NetworkManager's say what team $2 does"
		fi
		members=$(tr '\n' ',' <"$work/slaves.$2" | sed 's/,$//')
		refuse "$1: $reason: make it a bond, or build with --no-host-check and write" \
			"bond=$2:$members:mode=active-backup,miimon=100 ip=$2:dhcp on the capture kernel's command line"
		return 1
	fi
	note "$1: team $2 becomes a bond, $options"
	left=$(json_values <"$work/team.$2" | awk '
		$1 ~ /^runner\.(sys_prio|agg_select_policy|tx_balancer\.balancing_interval|retry_.*)$/ ||
		$1 ~ /^ports\..*\.(queue_id|lacp_prio|lacp_key|sticky|link_watch.*)$/ ||
		/^link_watch\.([0-9]+\.)?name nsna_ping$/ { print $1 "=" $2 }' | tr '\n' ' ')
	[ -z "$left" ] || note "$1: of team $2 is left out: $left"
	members=$(link_members "$1" "$2" <"$work/slaves.$2") || return 1
	echo bonding >>"$work/net-requests"
	network_step "bond $2 $options members $members"
}
