#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An OpenSSH server in its own network and mount namespaces: nothing of it is seen by the host.
#
#	sshd.sh start DIR [size=64m] [key=ed25519|ecdsa|rsa] [user=…] [port=2222]
#	           [sftp=yes|no|chroot|norename] [LINE…]
#	sshd.sh in DIR COMMAND...      runs COMMAND where the server is
#	sshd.sh kill DIR [SIGNAL]      of the server and everything it has started
#	sshd.sh drop DIR               breaks every connection, the server stays
#	sshd.sh again DIR              starts the server after it was killed
#	sshd.sh stop DIR               ends all
#
# key is the server's, user root's; LINE is a line of sshd_config. /srv/dump is a tmpfs, with sftp=chroot it is /dump.
# Addresses: 127.0.0.1, ::1, 10.98.0.1. DIR/key is root's private key; DIR/known is a known_hosts file that has the
# server under all of them.
set -eu

die() {
	echo "sshd.sh: $*" >&2
	exit 1
}

inside() {
	nsenter -t "$(cat "$dir/holder")" -n -m "$@"
}

# The process and all below it, parents first
tree() {
	echo "$1"
	for child in $(pgrep -P "$1" || :); do
		tree "$child"
	done
}

run_server() {
	inside /usr/sbin/sshd -f "$dir/conf" -E "$dir/log"
	i=0
	until [ -s "$dir/pid" ] && inside sh -c "ss -Hltn | grep -q ':$(cat "$dir/port") '"; do
		i=$((i + 1))
		[ "$i" -lt 100 ] || die "the server did not come up: $(tail -n 3 "$dir/log")"
		sleep 0.1
	done
}

write_conf() {
	{
		printf 'Port %s\nHostKey %s\nPidFile %s\n' "$port" "$dir/host" "$dir/pid"
		printf 'AuthorizedKeysFile %s\nStrictModes no\nUsePAM no\nPermitRootLogin yes\n' "$dir/key.pub"
		printf 'PasswordAuthentication no\nLogLevel DEBUG1\n'
		case $sftp in
		yes) echo 'Subsystem sftp /usr/lib/openssh/sftp-server' ;;
		norename) echo 'Subsystem sftp internal-sftp -P posix-rename,rename' ;;
		chroot) printf 'Subsystem sftp internal-sftp\nForceCommand internal-sftp\nChrootDirectory /srv\n' ;;
		esac
		cat "$dir/lines"
	} >"$dir/conf"
}

start() {
	size=64m key=ed25519 user=ed25519 sftp=yes port=2222
	mkdir -p "$dir"
	: >"$dir/lines"
	for word; do
		case $word in
		size=*) size=${word#*=} ;;
		key=*) key=${word#*=} ;;
		user=*) user=${word#*=} ;;
		sftp=*) sftp=${word#*=} ;;
		port=*) port=${word#*=} ;;
		*) echo "$word" >>"$dir/lines" ;;
		esac
	done
	rm -f "$dir/host" "$dir/key" "$dir/pid" "$dir/ready"
	ssh-keygen -q -t "$key" -N '' -f "$dir/host"
	ssh-keygen -q -t "$user" -N '' -f "$dir/key"
	echo "$port" >"$dir/port"
	words=$(cut -d' ' -f1,2 "$dir/host.pub")
	for at in 127.0.0.1 ::1 10.98.0.1; do
		if [ "$port" = 22 ]; then echo "$at $words"; else echo "[$at]:$port $words"; fi
	done >"$dir/known"
	write_conf
	# root has a plain shell and an empty home there: what a machine's own does at login is no part of a test.
	sed 's,^root:.*,root:x:0:0:root:/run/home:/bin/sh,' /etc/passwd >"$dir/passwd"
	# The holder of the namespaces; it says when it is ready.
	# shellcheck disable=SC2016 # the inner shell expands
	unshare -nm sh -euc 'ip link set lo up; ip addr add 10.98.0.1/32 dev lo
		mount -t tmpfs -o mode=755 tmpfs /run
		mkdir /run/sshd /run/home
		mount --bind "$1/passwd" /etc/passwd
		mount -t tmpfs -o mode=755 tmpfs /srv
		mkdir /srv/dump
		mount -t tmpfs -o "size=$2" tmpfs /srv/dump
		touch "$1/ready"
		exec sleep 100000' sh "$dir" "$size" >/dev/null 2>"$dir/holder.log" 3>&- &
	echo $! >"$dir/holder"
	i=0
	until [ -e "$dir/ready" ]; do
		i=$((i + 1))
		[ "$i" -lt 100 ] || die "no namespace: $(cat "$dir/holder.log")"
		sleep 0.05
	done
	run_server
}

command=${1:-}
dir=${2:-}
if [ -z "$dir" ]; then
	die "usage: sshd.sh start|in|kill|drop|again|stop DIR"
fi
shift 2
case $command in
start)
	mkdir -p "$dir"
	dir=$(cd "$dir" && pwd)
	start "$@"
	;;
in) inside "$@" ;;
kill)
	# shellcheck disable=SC2046 # numbers
	kill "-${1:-TERM}" $(tree "$(cat "$dir/pid")") 2>/dev/null || :
	;;
drop)
	for child in $(pgrep -P "$(cat "$dir/pid")" || :); do
		kill -KILL "$child" 2>/dev/null || :
	done
	;;
again)
	rm -f "$dir/pid"
	run_server
	;;
stop)
	for file in pid holder; do
		[ -s "$dir/$file" ] || continue
		# shellcheck disable=SC2046 # numbers
		kill -KILL $(tree "$(cat "$dir/$file")") 2>/dev/null || :
	done
	;;
*) die "$command: unknown word" ;;
esac
