#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# An NFS server (nfs-ganesha, with rpcbind) in its own network and mount namespaces: nothing of it is seen by the host.
#
#	ganesha.sh start DIR [size=64m] [squash=none|root|all] [access=rw|ro] [protocols=3,4] [graceless=true]
#	           [maxwrite=1048576]
#	ganesha.sh in DIR COMMAND...      runs COMMAND where the server is
#	ganesha.sh kill DIR [SIGNAL]      of the server alone: it can be started again
#	ganesha.sh again DIR              starts the server after it was killed
#	ganesha.sh stop DIR               ends all
#
# The export is /srv/dump, a tmpfs; its name in version 4 is the same. Addresses: 127.0.0.1, ::1, 10.99.0.1, fd99::1.
set -eu

die() {
	echo "ganesha.sh: $*" >&2
	exit 1
}

inside() {
	nsenter -t "$(cat "$dir/holder")" -n -m "$@"
}

answers() {
	inside rpcinfo -T tcp 127.0.0.1 nfs "$1" >/dev/null 2>&1
}

# Version 3 is registered with rpcbind when the server is ready; version 4 alone answers at its port.
wait_ready() {
	i=0
	until answers "$(cat "$dir/probe")"; do
		i=$((i + 1))
		[ "$i" -lt 200 ] || {
			tail -n 20 "$dir/log" >&2
			die "the server did not come up"
		}
		sleep 0.1
	done
}

run_server() {
	# shellcheck disable=SC2016 # the inner shell expands
	inside sh -c 'exec ganesha.nfsd -F -L "$1/log" -f "$1/conf" -p "$1/ganesha.pid" >/dev/null 2>&1 &
		echo $!' sh "$dir" >"$dir/server"
	wait_ready
}

write_conf() {
	case $squash in
	none) squash=No_Root_Squash ;;
	root) squash=Root_Squash ;;
	all) squash=All_Squash ;;
	esac
	cat >"$dir/conf" <<-END
	NFS_CORE_PARAM { Protocols = $protocols; Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false;
		mount_path_pseudo = true; }
	NFSV4 { Minor_Versions = $minor;
		Graceless = $graceless; Grace_Period = 10; Lease_Lifetime = 10; RecoveryBackend = fs; }
	EXPORT { Export_Id = 1; Path = /srv/dump; Pseudo = /srv/dump; Access_Type = $access; Squash = $squash;
		Anonymous_uid = 1234; Anonymous_gid = 1234; Protocols = $protocols; Transports = TCP; SecType = sys;
		MaxWrite = $maxwrite; PrefWrite = $maxwrite; FSAL { Name = VFS; } }
	LOG { Default_Log_Level = EVENT; }
	END
	case $protocols in *3*) echo 3 ;; *) echo 4 ;; esac >"$dir/probe"
}

start() {
	size=64m squash=none access=rw protocols=3,4 graceless=true maxwrite=1048576 minor=0,1,2
	for word; do
		case ${word%%=*} in
		size) size=${word#*=} ;;
		squash) squash=${word#*=} ;;
		access) access=${word#*=} ;;
		protocols) protocols=${word#*=} ;;
		graceless) graceless=${word#*=} ;;
		maxwrite) maxwrite=${word#*=} ;;
		minor) minor=${word#*=} ;;
		*) die "$word: unknown word" ;;
		esac
	done
	mkdir -p "$dir"
	# The holder of the namespaces; it says when it is ready.
	# shellcheck disable=SC2016 # the inner shell expands
	unshare -nm --propagation private sh -c '
		# A server that starts again wants its port at once, which old connections would hold for a minute.
		echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets
		echo 1 >/proc/sys/net/ipv4/tcp_fin_timeout
		ip link set lo up
		ip addr add 10.99.0.1/32 dev lo
		ip -6 addr add fd99::1/128 dev lo nodad
		mount -t tmpfs tmpfs /run
		mkdir -p /run/rpcbind /run/ganesha /srv
		mount -t tmpfs tmpfs /srv
		mkdir /srv/dump
		mount -t tmpfs -o "size=$2,mode=0777" tmpfs /srv/dump
		mount -t tmpfs tmpfs /var/lib/nfs
		mkdir -p /var/lib/nfs/ganesha
		echo $$ >"$1/holder.new" && mv "$1/holder.new" "$1/holder"
		exec sleep 3600' sh "$dir" "$size" >"$dir/setup.log" 2>&1 </dev/null &
	i=0
	until [ -s "$dir/holder" ]; do
		i=$((i + 1))
		[ "$i" -lt 100 ] || {
			cat "$dir/setup.log" >&2
			die "no namespace"
		}
		sleep 0.05
	done
	inside sh -c 'exec rpcbind -f -w >/dev/null 2>&1 & echo $!' >"$dir/rpcbind"
	until inside rpcinfo -p 127.0.0.1 >/dev/null 2>&1; do
		i=$((i + 1))
		[ "$i" -lt 200 ] || die "no rpcbind"
		sleep 0.05
	done
	write_conf
	run_server
}

kill_server() {
	[ -s "$dir/server" ] || return 0
	kill "-$1" "$(cat "$dir/server")" 2>/dev/null || true
}

# What was stopped has to go on to be able to end.
stop() {
	kill_server KILL
	for who in rpcbind holder; do
		[ ! -s "$dir/$who" ] || kill -KILL "$(cat "$dir/$who")" 2>/dev/null || true
	done
}

verb=${1:?} dir=${2:?}
shift 2
case $verb in
start) start "$@" ;;
in) inside "$@" ;;
kill) kill_server "${1:-KILL}" ;;
again) run_server ;;
stop) stop ;;
*) die "$verb: unknown" ;;
esac
