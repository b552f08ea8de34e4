# SPDX-License-Identifier: GPL-2.0-or-later
# Routes over one interface as steps of the recipe, from `ip -o route show` of one family. Input variables: dev; which:
# "all", or "lent": only those that an administrator or a routing daemon set beside DHCP or router advertisements;
# family: 4 or 6; gw: the gateway to the server, "-" for none.
# Output, a line each: "step ORDER route …", routes to gateways before routes over them; "note SENTENCE" for what a
# step cannot say.

function words(from, to,    i, s) {
	for (i = from; i <= to; i++)
		s = s (s == "" ? "" : " ") $i
	return s
}

# Reads the words of one hop or of the route before its hops, up to the next "nexthop": hop_via[n] and so on. Gives the
# index behind them.
function read_words(i, n,    name) {
	for (; i <= NF && $i != "nexthop"; i++) {
		if ($i == "via") {
			if ($(i + 1) == "inet6" || $(i + 1) == "inet")
				hop_via[n] = $(++i) " "
			hop_via[n] = hop_via[n] $(++i)
			sub(/^inet /, "", hop_via[n])
		} else if ($i == "dev")
			hop_dev[n] = $(++i)
		else if ($i == "onlink")
			hop_onlink[n] = 1
		else if ($i == "dead")
			hop_dead[n] = 1
		else if ($i == "mtu" || $i == "advmss") {
			name = $i
			if ($(i + 1) == "lock")
				i++
			rest = rest " " name " " $(++i)
		} else if ($i == "metric" || $i == "proto" || $i == "src" || $i == "scope")
			value[$i] = $(++i)
		else if ($i in flag)
			;
		else if ($i in passed)
			i++
		else if ($i in tuning)
			tuned = tuned " " $i " " $(++i)
		else if (odd == "")
			odd = $i (i < NF ? " " $(i + 1) : "")
	}
	return i
}

function wanted(proto, to) {
	if (proto == "kernel" || proto == "redirect")
		return 0
	if (which == "all" || proto == "static")
		return 1
	# what DHCP gave bears no mark everywhere: a default route is the server's to say
	return proto != "ra" && proto != "dhcp" && (family == 6 || to != "default")
}

BEGIN {
	split("linkdown dead offload trap rt_offload rt_trap offload_failed cache pervasive notify unresolved", w)
	for (i in w)
		flag[w[i]]
	split("expires pref error nhid weight hoplimit realm realms uid age users used", w)
	for (i in w)
		passed[w[i]]
	split("window rtt rttvar rto_min ssthresh cwnd initcwnd initrwnd reordering quickack congctl features", w)
	for (i in w)
		tuning[w[i]]
}

{ gsub(/\\/, " ") }

$1 ~ /^(broadcast|local|multicast|anycast)$/ || $1 ~ /^(ff00::\/8|fe80::\/64)$/ { next }

$1 ~ /^(unreachable|blackhole|prohibit|throw)$/ {
	if (!/ proto kernel/ && !/ dev lo /)
		print "note the route " $1 " " $2 " is left out: a dump needs no destination that is barred"
	next
}

{
	split("", value)
	split("", hop_via)
	split("", hop_dev)
	split("", hop_onlink)
	split("", hop_dead)
	rest = tuned = odd = ""
	hops = 0
	i = read_words($1 == "unicast" ? 3 : 2, 0)
	to = $1 == "unicast" ? $2 : $1
	while (i <= NF)
		i = read_words(i + 1, ++hops)
	taken = ""
	others = ""
	for (n = hops ? 1 : 0; n <= hops; n++)
		if (hop_dev[n] == dev && (taken == "" || (hop_dead[taken] && !hop_dead[n]) || hop_via[n] == gw))
			taken = n
	if (taken == "" || !wanted(value["proto"], to))
		next
	if (odd != "") {
		print "note the route " words(1, NF) " is left out: the recipe cannot say '" odd "'"
		next
	}
	for (n = 1; n <= hops; n++)
		if (n != taken)
			others = others (others == "" ? "" : ", ") (hop_via[n] == "" ? "the link" : hop_via[n]) \
				" over " hop_dev[n]
	if (others != "")
		print "note the route to " to " has " hops " next hops: " \
			(hop_via[taken] == "" ? "the link" : hop_via[taken]) " over " dev " is taken, left out: " others
	if (tuned != "")
		print "note of the route to " to " is left out:" tuned
	line = "route " to (hop_via[taken] == "" ? "" : " via " hop_via[taken]) " dev " dev
	if (value["metric"] != "")
		line = line " metric " value["metric"]
	if (value["src"] != "")
		line = line " src " value["src"]
	line = line rest
	if (hop_onlink[taken] && hop_via[taken] != "")
		line = line " onlink"
	# A gateway has to be on the link, by a route that is there before: fib_check_nh_v4_gw() of Linux 6.1.
	print "step", hop_via[taken] == "" ? 0 : 1, line
}
