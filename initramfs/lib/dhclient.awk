# SPDX-License-Identifier: GPL-2.0-or-later
# Files of dhclient -> the identifier that it sends for interface `dev`, in hexadecimal digits; nothing when it sends
# none. First its settings (dhclient.conf(5)), then a file of leases (dhclient.leases(5)), which has the same grammar:
# statements that end in ";", blocks in braces. `address` is the one that is used now, `mac` that of the hardware.
#
# In a file of leases for IPv4 "default-duid" is there only when dhclient runs with -i, as ifupdown starts it: then the
# identifier is 255, the last four bytes of the hardware address, the DUID (RFC 4361).

BEGIN {
	for (i = 32; i < 127; i++)
		ord[sprintf("%c", i)] = i
}

{
	text = text $0 "\n"
}

END {
	n = split(text, c, "")
	for (i = 1; i <= n; i++)
		i = one(i)
	if (known != "")
		print known
	else if (sent != "")
		print sent
	else if (duid != "")
		print "ff" substr(mac, length(mac) - 7) duid
}

# The character at I; gives the place of the last one that was used.
function one(i) {
	if (c[i] == "#") {
		while (i < n && c[i] != "\n")
			i++
		word_end()
	} else if (c[i] == "\"") {
		word = word "\""
		for (i++; i <= n && c[i] != "\""; i++)
			word = word (c[i] == "\\" ? "\\" c[++i] : c[i])
		word = word "\""
	} else if (c[i] == "{") {
		word_end()
		block_begin()
	} else if (c[i] == "}") {
		block_end()
	} else if (c[i] == ";") {
		word_end()
		statement()
		words = 0
	} else if (c[i] ~ /[ \t\r\n=,]/) {
		word_end()
	} else {
		word = word c[i]
	}
	return i
}

function word_end() {
	if (word != "")
		w[++words] = word
	word = ""
}

function block_begin() {
	depth++
	if (w[1] == "lease") {
		lease = depth
		lease_dev = lease_address = lease_id = ""
	} else if (!(w[1] == "interface" && plain(w[2]) == dev) && !foreign) {
		foreign = depth
	}
	words = 0
}

function block_end() {
	if (lease == depth) {
		if (lease_dev == dev && lease_address == address)
			known = lease_id
		lease = 0
	}
	if (foreign == depth)
		foreign = 0
	depth--
	words = 0
	word = ""
}

function statement() {
	if (foreign)
		return
	if (lease && w[1] == "interface")
		lease_dev = plain(w[2])
	else if (lease && w[1] == "fixed-address")
		lease_address = w[2]
	else if (lease && w[1] == "option" && w[2] == "dhcp-client-identifier")
		lease_id = digits(w[3])
	else if (w[1] == "send" && w[2] == "dhcp-client-identifier" && words == 3)
		sent = w[3] == "hardware" ? "01" mac : digits(w[3])
	else if (w[1] == "default-duid")
		duid = digits(w[2])
}

function plain(s) {
	gsub(/"/, "", s)
	return s
}

# "text\001" or 1:2:ab as digits; "" for anything else.
function digits(s,    at, end, out, part, k, value) {
	if (s ~ /^([0-9a-fA-F][0-9a-fA-F]?:)*[0-9a-fA-F][0-9a-fA-F]?$/) {
		k = split(tolower(s), part, ":")
		for (at = 1; at <= k; at++)
			out = out (length(part[at]) == 1 ? "0" : "") part[at]
		return out
	}
	if (s !~ /^".*"$/)
		return ""
	end = length(s) - 1
	for (at = 2; at <= end; at++) {
		if (substr(s, at, 1) != "\\") {
			out = out sprintf("%02x", ord[substr(s, at, 1)])
		} else if (substr(s, at + 1, 3) ~ /^[0-7][0-7][0-7]$/) {
			value = 0
			for (k = 0; k < 3; k++)
				value = value * 8 + substr(s, ++at, 1)
			out = out sprintf("%02x", value)
		} else {
			out = out sprintf("%02x", ord[substr(s, ++at, 1)])
		}
	}
	return out
}
