# shellcheck shell=sh disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What ssh on this system knows of a target: its configuration, the key, the keys of the server. What a capture cannot
# use is refused with the line to write. Needs: files.sh, conf.sh; $work $SYSROOT.

# What ssh itself makes of its configuration for $1: sets $ssh_server $ssh_port $ssh_alias, writes $work/ssh-config. A
# command of `Match exec` and the name servers of CanonicalizeHostname have 60 seconds.
ssh_settings() {
	: >"$work/ssh-config"
	ssh_server=${1#*@}
	ssh_port=22
	ssh_alias=
	command -v ssh >/dev/null || return 0
	if [ -z "$SYSROOT" ]; then
		limited 60 ssh -G "$1" >"$work/ssh-config" || :
	elif [ -r "$SYSROOT/root/.ssh/config" ]; then
		limited 60 ssh -F "$SYSROOT/root/.ssh/config" -G "$1" >"$work/ssh-config" || :
	fi
	ssh_server=$(ssh_word hostname)
	ssh_server=${ssh_server:-${1#*@}}
	ssh_port=$(ssh_word port)
	ssh_port=${ssh_port:-22}
	ssh_alias=$(ssh_word hostkeyalias)
}

ssh_word() {
	awk -v k="$1" '$1 == k { print $2; exit }' "$work/ssh-config"
}

# Files that the values of keyword $1 name.
ssh_files() {
	awk -v k="$1" '$1 == k { for (i = 2; i <= NF; i++) print $i }' "$work/ssh-config" |
		sed "s:^~/:/root/:" | while read -r path; do
		[ ! -f "$SYSROOT$path" ] || printf '%s\n' "$SYSROOT$path"
	done
}

# Refuses a server that ssh reaches through another one or a program: a capture connects to the server itself. $1: what
# needs it, $2: the host as kdump.conf has it.
ssh_jump() (
	word=$(awk '($1 == "proxyjump" || $1 == "proxycommand") && $2 != "none" { print; exit }' "$work/ssh-config")
	[ -n "$word" ] || exit 0
	refuse "$1: ssh_config reaches $2 through \`$word\`, which no capture kernel can:" \
		"if this machine reaches it without, write \`Host $2\` and \`ProxyJump none\` at the top of" \
		"/root/.ssh/config; else name a server that it reaches itself"
	exit 1
)

# The private key: the one of kdump.conf, else the first that ssh would offer.
ssh_key() (
	key=$SYSROOT$(conf_one sshkey)
	[ -f "$key" ] || key=$(ssh_files identityfile | head -n 1)
	if [ -z "$key" ]; then
		refuse "$1: no private key: $(conf_one sshkey) is not there (sshkey in kdump.conf names one)"
		exit 1
	fi
	ssh_usable "$1" "$key" || exit 1
	file_line "/etc/crashbox/ssh/key.$2" 0600 "$key" >>"$work/ssh.list"
)

# What could not be used after a crash is refused. ssh-keygen is given a copy: it takes no key that others may read, and
# the one in the image is for root alone.
ssh_usable() (
	command -v ssh-keygen >/dev/null || exit 0
	cp "$2" "$work/key" && chmod 600 "$work/key"
	[ -z "$(find -L "$2" -perm /077)" ] || warn "$1: $2 can be read by others (chmod 600 $2)"
	if ! ssh-keygen -y -P '' -f "$work/key" </dev/null >"$work/key.public" 2>"$work/key.said"; then
		refuse "$1: $2 is no private key, or needs a passphrase, which cannot be typed after a crash:" \
			"$(head -n 1 "$work/key.said" | sed "s:$work/key:it:") (ssh-keygen -p -N '' -f a copy of it," \
			"or another key: sshkey in kdump.conf)"
		rm -f "$work/key"
		exit 1
	fi
	rm -f "$work/key"
	read -r kind _ <"$work/key.public"
	case $kind in
	sk-*) refuse "$1: $2 is of the kind $kind: it works with its token and a touch alone, which cannot be given" \
		"after a crash (ssh-keygen -t ed25519 -N '' -f /root/.ssh/kdump_id_rsa, then kdumpctl propagate)" ;;
	ssh-dss) refuse "$1: $2 is of the kind ssh-dss, which no server takes any more" \
		"(ssh-keygen -t ed25519 -N '' -f /root/.ssh/kdump_id_rsa, then kdumpctl propagate)" ;;
	*) exit 0 ;;
	esac
	exit 1
)

# Lines of known_hosts that name the server, hashed or not.
ssh_known() (
	name=${ssh_alias:-$ssh_server}
	{
		ssh_files userknownhostsfile
		ssh_files globalknownhostsfile
		[ -s "$work/ssh-config" ] || for path in /root/.ssh/known_hosts /etc/ssh/ssh_known_hosts; do
			[ ! -f "$SYSROOT$path" ] || printf '%s\n' "$SYSROOT$path"
		done
	} >"$work/known-files"
	: >"$work/known"
	while read -r path; do
		if ! command -v ssh-keygen >/dev/null; then
			cat "$path"
		else
			# an alias stands for the name and the port
			[ "$ssh_port" = 22 ] || [ -n "$ssh_alias" ] ||
				ssh-keygen -F "[$name]:$ssh_port" -f "$path" 2>/dev/null || :
			ssh-keygen -F "$name" -f "$path" 2>/dev/null || :
		fi
	done <"$work/known-files" | grep -v '^#' >>"$work/known" || :
	if [ ! -s "$work/known" ]; then
		refuse "$1: the host key of $name$([ "$ssh_port" = 22 ] || echo ", port $ssh_port,") is in none of" \
			"$(tr '\n' ' ' <"$work/known-files")(ssh to it once, and accept its key)"
		exit 1
	fi
	cat "$work/known" >>"$work/known_hosts"
	if ! grep -qv '^@' "$work/known"; then
		scan=$([ "$ssh_port" = 22 ] || printf -- '-p %s ' "$ssh_port")
		marks=$(awk '{ print $1 }' "$work/known" | sort -u | tr '\n' ' ')
		refuse "$1: known_hosts has only ${marks}lines for $name:" \
			"certificates of servers are not verified after a crash: add the server's own key" \
			"(ssh-keyscan $scan$name >>/root/.ssh/known_hosts, and compare it)"
		exit 1
	fi
)
