# SPDX-License-Identifier: GPL-2.0-or-later
# crashbox send over a link that misbehaves, to servers that do: OpenSSH and nfs-ganesha at the other end of a wire.
# What counts is what the server has: a whole file under its name, or nothing of that name; and that there is an end.

bats_require_minimum_version 1.5.0

setup_file()
{
	export net=$BATS_TEST_DIRNAME/../net data=$BATS_FILE_TMPDIR/data
	head -c 12000000 /dev/urandom >"$data"
	hash=$(sha256sum <"$data")
	export hash
}

setup()
{
	server='' kind=''
}

teardown()
{
	for dir in "$BATS_TEST_TMPDIR"/*/client; do
		server=${dir%/client} kind=${server##*/}
		gone
	done
}

# serve sshd|ganesha [WORD…]: a server, and a client at the other end of a wire
serve()
{
	kind=$1 server=$BATS_TEST_TMPDIR/$1
	shift
	mkdir "$server"
	"$net/$kind.sh" start "$server" "$@"
	unshare -n sleep 300 3>&- &
	echo $! >"$server/client"
	until [ "$(readlink "/proc/$!/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
	inside ip link add wire type veth peer name wire netns "$!"
	inside ip addr add 10.97.0.1/24 dev wire
	inside ip link set wire up
	outside ip addr add 10.97.0.2/24 dev wire
	outside ip link set wire up
	outside ip route add default via 10.97.0.1
	# segments as they are on a wire, and what init sets in a capture kernel
	outside ip link set wire gso_max_segs 1
	outside sh -c 'echo 1 >/proc/sys/net/ipv4/tcp_mtu_probing'
}

gone()
{
	[ -s "$server/client" ] || return 0
	kill "$(cat "$server/client")"
	"$net/$kind.sh" stop "$server"
}

# both COMMAND...: with a server of either kind, at the same time
both()
{
	local ssh_ nfs_ status=0
	(serve sshd; "$@") &
	ssh_=$!
	(serve ganesha; "$@") &
	nfs_=$!
	wait "$ssh_" || status=$?
	wait "$nfs_" || status=$?
	return "$status"
}

inside()
{
	"$net/$kind.sh" in "$server" "$@"
}

outside()
{
	nsenter -t "$(cat "$server/client")" -n "$@"
}

fault()
{
	"$net/fault.sh" "$kind" "$server" "$@"
}

# ours NAME SECONDS: what comes on standard input; no byte for so many seconds is the end
ours()
{
	case $kind in
	sshd) outside "$CRASHBOX" send -q -k "$server/known" -i "$server/key" -t "$2" -n "$1" ssh://10.98.0.1:2222/srv/dump ;;
	ganesha) outside "$CRASHBOX" send -q -o vers=3 -t "$2" -n "$1" 10.99.0.1:/srv/dump ;;
	esac
}

# with PERCENT COMMAND...: the data; after so much of them COMMAND is run
with()
{
	at=$(($(stat -c %s "$data") * $1 / 100))
	shift
	head -c "$at" "$data"
	sleep 0.3
	"$@" >&2
	tail -c "+$((at + 1))" "$data"
}

# twice COMMAND... -- COMMAND...: the first one after a third of the data, the other one after half of them
twice()
{
	first=()
	while [ "$1" != -- ]; do
		first+=("$1")
		shift
	done
	shift
	head -c 4000000 "$data"
	sleep 0.3
	"${first[@]}" >&2
	with 50 "$@" | tail -c +4000001
}

whole()
{
	[ "$(inside sha256sum "/srv/dump/$1" | awk '{ print $1 "  -" }')" = "$hash" ]
	absent "$1-incomplete"
}

absent()
{
	! inside test -e "/srv/dump/$1"
}

# met: some packet felt the rules
met()
{
	[ "$(fault count)" -gt 0 ]
}

# ends COMMAND...: with that from the middle on there is an error in time, and no file of that name
ends()
{
	local begin
	begin=$(date +%s)
	! with 50 "$@" | ours f 2 || return 1
	[ $(($(date +%s) - begin)) -le 30 ]
	fault clear
	absent f
}

lossy_way()
{
	with 50 fault loss | ours f 20
	whole f
	met
}

narrow_way()
{
	fault narrow
	ours f 20 <"$data"
	whole f
	met
}

# flap: the cable is out three times, beginning now
flap()
{
	(
		for _ in 1 2 3; do
			outside ip link set wire down
			sleep 0.5
			outside ip link set wire up
			outside ip route replace default via 10.97.0.1
			sleep 0.5
		done
	) 3>&- &
}

bad_while()
{
	twice fault reset 1.5 -- fault_later | ours f 20
	whole f
	met
}

# fault_later: silence, once the resets are over
fault_later()
{
	while inside nft list table inet fault >/dev/null 2>&1; do sleep 0.1; done
	fault silence 1.5
}

# any_packet: the connection breaks once: in the handshake, at the login, when the file is made, filled, ended
any_packet()
{
	local n broke=0
	for n in 5 9 18 21 24 36 37; do
		fault once "$n"
		ours f 20 <"$BATS_FILE_TMPDIR/short"
		cmp "$BATS_FILE_TMPDIR/short" <(inside cat /srv/dump/f)
		absent f-incomplete
		! met || broke=$((broke + 1))
		inside rm /srv/dump/f
	done
	[ "$broke" -ge 5 ]
}

@test "a connection that breaks, wherever that is: the file is whole" {
	head -c 300000 "$data" >"$BATS_FILE_TMPDIR/short"
	both any_packet
}

@test "resets for a while, then nothing for a while: the file goes on where it was" {
	both bad_while
}

@test "resets without end: an error in time" {
	both ends fault reset
}

@test "every packet is lost: an error in time" {
	both ends fault silence
}

@test "one packet of twenty is lost: no byte is" {
	both lossy_way
}

@test "a path that drops large packets and tells nobody" {
	both narrow_way
}

pulled_out()
{
	with 50 flap | ours f 20
	whole f
}

@test "a cable that comes and goes" {
	both pulled_out
}

@test "ssh: the server is gone at 1, 25, 50 and 99 percent, and comes back" {
	serve sshd
	for percent in 1 25 50 99; do
		with "$percent" fault kill 0.3 | ours "f$percent" 20
		whole "f$percent"
	done
}

@test "ssh: the server is gone for good at 1 and 99 percent" {
	serve sshd
	for percent in 1 99; do
		begin=$(date +%s)
		run -1 ours f 4 < <(with "$percent" fault kill)
		echo "$output"
		[[ $output == *"the connection broke, and connecting again: "* ]]
		[ $(($(date +%s) - begin)) -le 20 ]
		absent f
		"$net/sshd.sh" again "$server"
	done
}

@test "ssh: who comes back with another key gets nothing more" {
	serve sshd
	run -1 ours f 10 < <(with 50 fault newkey)
	[[ $output == *"the key of 10.98.0.1 port 2222 is not the one in known_hosts"* ]]
	absent f
	[ "$(grep -c 'Accepted publickey' "$server/log")" -eq 1 ]
}

@test "a name that no server answers for: an error in time" {
	serve sshd
	echo 'nameserver 10.97.0.1' >"$BATS_TEST_TMPDIR/resolv.conf"
	fault nameless
	begin=$(date +%s)
	run -1 outside unshare -m sh -c 'mount --bind "$1" /etc/resolv.conf && shift && exec "$@"' sh \
		"$BATS_TEST_TMPDIR/resolv.conf" "$CRASHBOX" send -t 2 -k "$server/known" -i "$server/key" \
		ssh://dumps.example:2222/srv/dump "$data"
	[[ $output == *"dumps.example"* ]]
	[ $(($(date +%s) - begin)) -le 15 ]
}

# eventually COMMAND...: it succeeds within half a minute
eventually()
{
	for _ in $(seq 100); do
		! "$@" || return 0
		sleep 0.3
	done
	echo "never: $*" >&2
	return 1
}

# ended PID: of a process where the server is, which nobody has asked for its status yet
ended()
{
	inside grep -q '^State:.*Z' "/proc/$1/status"
}

# clogged: the client has sent something, the server has not taken it, and that does not change any more
clogged()
{
	local before=$now
	now=$(outside ss -Htn dst 10.98.0.1 | awk '{ n += $3 } END { print n + 0 }')
	[ "$now" -gt 0 ] && [ "$now" -eq "$before" ]
}

@test "ssh without SFTP: the program ends while a packet is sent in part, and why is told" {
	cat >"$BATS_TEST_TMPDIR/program" <<-'END'
	case "$SSH_ORIGINAL_COMMAND" in
	*" dd "*) ;;
	*) exec sh -c "$SSH_ORIGINAL_COMMAND" ;;
	esac
	echo $$ $PPID >/run/program
	kill -STOP $PPID
	until [ -e /run/go ]; do sleep 0.1; done
	echo "the disk has gone" >&2
	exit 7
	END
	serve sshd sftp=no "ForceCommand . $BATS_TEST_TMPDIR/program"
	# Little is on the way, and the server stops when the program has begun: a part of a packet waits to be sent.
	outside sh -c 'echo 4096 16384 65536 >/proc/sys/net/ipv4/tcp_wmem'
	inside sh -c 'echo 4096 32768 65536 >/proc/sys/net/ipv4/tcp_rmem'
	outside timeout 60 "$CRASHBOX" send -q -k "$server/known" -i "$server/key" -t 20 -n f \
		ssh://10.98.0.1:2222/srv/dump "$data" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- &
	sender=$!
	eventually inside test -s /run/program
	read -r program session < <(inside cat /run/program)
	now=0
	eventually clogged
	# from now on the server is heard, but no data reach it
	fault acks
	inside touch /run/go
	eventually ended "$program"
	kill -CONT "$session"
	sleep 2
	fault clear
	status=0
	wait "$sender" || status=$?
	cat "$BATS_TEST_TMPDIR/said"
	[ "$status" -eq 1 ]
	grep -q 'status 7 on the server: the disk has gone' "$BATS_TEST_TMPDIR/said"
	absent f
}
