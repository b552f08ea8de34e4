#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2030,SC2031 # every test is a subshell, on purpose
# Files sent to real ssh servers, each in namespaces of its own: what arrives, who is trusted, what failures look like.
bats_require_minimum_version 1.5.0

setup_file() {
	export ROOT="$BATS_TEST_DIRNAME/../.."
	export CRASHBOX="${CRASHBOX:-$ROOT/build/crashbox}" SSHD="$ROOT/tests/net/sshd.sh"
	export BLOB="$BATS_FILE_TMPDIR/blob"
	head -c 12345678 /dev/urandom >"$BLOB"
	export WIRE="$BATS_FILE_TMPDIR/farwire" REWRITE="$BATS_FILE_TMPDIR/rewrite" BUILD="${O:-$ROOT/build}"
	gcc -O2 -o "$WIRE" "$ROOT/tests/bench/farwire.c" -lpthread
	musl-gcc -static -std=gnu11 -D_GNU_SOURCE -O1 -I"$ROOT/src" -o "$REWRITE" "$ROOT/tests/net/rewrite.c" \
		"$BUILD/libcrashbox.a" -L"$BUILD/libs/prefix/lib" -lssh2 -lssl -lcrypto
}

setup() {
	D="$BATS_TEST_TMPDIR/d"
	export HOME="$BATS_TEST_TMPDIR/home"
	mkdir -p "$HOME"
}

teardown() {
	[ ! -s "$BATS_TEST_TMPDIR/wire" ] || kill "$(cat "$BATS_TEST_TMPDIR/wire")"
	sh "$SSHD" stop "$D"
}

server() {
	sh "$SSHD" start "$D" "$@"
}

inside() {
	sh "$SSHD" in "$D" "$@"
}

# send ARGUMENTS...: with the server's key and ours
send() {
	inside "$CRASHBOX" send -k "$D/known" -i "$D/key" "$@"
}

# same LOCAL REMOTE
same() {
	[ "$(sha256sum <"$1")" = "$(inside cat "$2" | sha256sum)" ]
}

# nothing FILE: it is not there under its own name
nothing() {
	inside test ! -e "$1"
}

now() {
	date +%s
}

# away MS: the server at port 2223 too, so many milliseconds away, there and back
away() {
	sed 's/:2222/:2223/' "$D/known" >"$D/known.far"
	cat "$D/known.far" >>"$D/known"
	# shellcheck disable=SC2016 # the inner shell expands
	inside sh -c '"$1" 2223 127.0.0.1 2222 "$2" >/dev/null 2>&1 3>&- & echo $!' sh "$WIRE" $(($1 / 2)) \
		>"$BATS_TEST_TMPDIR/wire"
	until inside sh -c "ss -Hltn | grep -q ':2223 '"; do sleep 0.05; done
}

# channels: with an SFTP server, that there ever were
channels() {
	grep -c "session: subsystem 'sftp'" "$D/log"
}

# A pipe that gives PART bytes at once and the rest after SECONDS
slowly() {
	head -c "$1" "$BLOB"
	sleep "$2"
	tail -c "+$(($1 + 1))" "$BLOB"
}

@test "sftp: the file has its name, its mode, its bytes; directories are made" {
	server
	run -0 send ssh://127.0.0.1:2222/srv/dump/a/b "$BLOB"
	[[ $output == "root@127.0.0.1:/srv/dump/a/b/blob: 11.7 MiB in "* ]]
	same "$BLOB" /srv/dump/a/b/blob
	[ "$(inside stat -c %a /srv/dump/a/b/blob)" = 600 ]
	[ "$(inside ls -A /srv/dump/a/b)" = blob ]
	grep -q "session: subsystem 'sftp'" "$D/log"
	# again, from a pipe, shorter, over the old one and over what an attempt has left
	inside sh -c 'head -c 500000 /dev/urandom >/srv/dump/a/b/blob-incomplete'
	send -q -n blob sftp://127.0.0.1:2222/srv/dump/a/b <"$ROOT/LICENSE"
	same "$ROOT/LICENSE" /srv/dump/a/b/blob
	[ "$(inside ls -A /srv/dump/a/b)" = blob ]
	# nothing at all
	send -q -n empty sftp://127.0.0.1:2222/srv/dump/a </dev/null
	[ "$(inside stat -c %s /srv/dump/a/empty)" = 0 ]
}

@test "sftp: zeros stay holes, also at the end" {
	server size=8m
	truncate -s 300M "$BATS_TEST_TMPDIR/holes"
	for at in 0 70 200; do
		dd if="$BLOB" of="$BATS_TEST_TMPDIR/holes" bs=1M seek="$at" count=1 conv=notrunc status=none
	done
	send -q ssh://127.0.0.1:2222/srv/dump "$BATS_TEST_TMPDIR/holes"
	same "$BATS_TEST_TMPDIR/holes" /srv/dump/holes
	[ "$(inside stat -c %b /srv/dump/holes)" -le 6200 ]
}

@test "no SFTP on the server: its commands write the same file" {
	server sftp=no
	run -0 send "ssh://127.0.0.1:2222/srv/dump/it's a \$(dir)" "$BLOB"
	same "$BLOB" "/srv/dump/it's a \$(dir)/blob"
	[ "$(inside stat -c %a "/srv/dump/it's a \$(dir)/blob")" = 600 ]
	[ "$(inside ls -A "/srv/dump/it's a \$(dir)")" = blob ]
	run -1 send sftp://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"the server refuses the subsystem sftp"* ]]
}

@test "an SFTP server that is not there, or talks before it works, is none" {
	server sftp=no 'Subsystem sftp /bin/false'
	send -q ssh://127.0.0.1:2222/srv/dump "$BLOB"
	same "$BLOB" /srv/dump/blob
	sh "$SSHD" stop "$D"
	server sftp=no 'Subsystem sftp /bin/echo welcome to this host'
	send -q ssh://127.0.0.1:2222/srv/dump "$BLOB"
	same "$BLOB" /srv/dump/blob
}

@test "chrooted internal-sftp" {
	server sftp=chroot
	send -q ssh://127.0.0.1:2222/dump/x "$BLOB"
	same "$BLOB" /srv/dump/x/blob
	# what looks like the server's own directory is one below /srv
	send -q ssh://127.0.0.1:2222/etc "$BLOB"
	same "$BLOB" /srv/etc/blob
}

@test "servers without fsync and posix-rename" {
	server sftp=no 'Subsystem sftp internal-sftp -P fsync,posix-rename,statvfs,limits'
	send -q ssh://127.0.0.1:2222/srv/dump "$BLOB"
	send -q ssh://127.0.0.1:2222/srv/dump "$BLOB"
	same "$BLOB" /srv/dump/blob
	[ "$(inside ls -A /srv/dump)" = blob ]
}

@test "a server that refuses to rename: an error, and no final name" {
	server sftp=no 'Subsystem sftp internal-sftp -P posix-rename,rename'
	run -1 send ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *": rename /srv/dump/blob-incomplete: "* ]]
	nothing /srv/dump/blob
	same "$BLOB" /srv/dump/blob-incomplete
}

@test "keys: ed25519, ECDSA and RSA with SHA-2, of the server and of the user" {
	for type in ed25519 ecdsa rsa; do
		server key=$type user=$type
		send -q ssh://127.0.0.1:2222/srv/dump "$BLOB"
		same "$BLOB" /srv/dump/blob
		sh "$SSHD" stop "$D"
	done
}

@test "a server with many keys is asked for the one that is known" {
	ssh-keygen -q -t rsa -N '' -f "$BATS_TEST_TMPDIR/rsa"
	ssh-keygen -q -t ecdsa -N '' -f "$BATS_TEST_TMPDIR/ecdsa"
	server "HostKey $BATS_TEST_TMPDIR/rsa" "HostKey $BATS_TEST_TMPDIR/ecdsa"
	for type in rsa ecdsa; do
		echo "[127.0.0.1]:2222 $(cut -d' ' -f1,2 "$BATS_TEST_TMPDIR/$type.pub")" >"$D/known"
		send -q ssh://127.0.0.1:2222/srv/dump "$BLOB"
	done
	same "$BLOB" /srv/dump/blob
}

@test "a server whose key is not known gets nothing" {
	server
	: >"$D/known"
	run -1 send ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"no key of 127.0.0.1 port 2222 is in known_hosts"* ]]
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/other"
	echo "[127.0.0.1]:2222 $(cat "$BATS_TEST_TMPDIR/other.pub")" >"$D/known"
	run -1 send ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"the key of 127.0.0.1 port 2222 is not the one in known_hosts"* ]]
	printf '@revoked * %s\n[127.0.0.1]:2222 %s\n' "$(cat "$D/host.pub")" "$(cat "$D/host.pub")" >"$D/known"
	run -1 send ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"is marked @revoked"* ]]
	echo "@cert-authority *.1,[127.*]:2222 $(cat "$D/host.pub")" >"$D/known"
	run -1 send ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"host certificates are not supported"* ]]
	[ -z "$(inside ls -A /srv/dump)" ]
	run ! grep -q 'Accepted publickey' "$D/log"
}

@test "hashed names, patterns, and the plain name beside another port" {
	server
	ssh-keygen -q -H -f "$D/known"
	run ! grep -q 127.0.0.1 "$D/known"
	send -q ssh://127.0.0.1:2222/srv/dump/hashed "$BLOB"
	echo "!127.0.0.2,127.0.?.* $(cat "$D/host.pub")" >"$D/known"
	send -q ssh://127.0.0.1:2222/srv/dump/pattern "$BLOB"
	same "$BLOB" /srv/dump/hashed/blob
	same "$BLOB" /srv/dump/pattern/blob
	echo "!127.0.0.1,127.0.?.* $(cat "$D/host.pub")" >"$D/known"
	run -1 send ssh://127.0.0.1:2222/srv/dump/not "$BLOB"
	nothing /srv/dump/not
}

@test "IPv6, and port 22 where none is given" {
	server port=22
	send -q 'ssh://[::1]/srv/dump' "$BLOB"
	same "$BLOB" /srv/dump/blob
	send -q 'root@[::1]:/srv/dump/two' "$BLOB"
	same "$BLOB" /srv/dump/two/blob
}

@test "a key that the server does not want, or that needs a passphrase" {
	server
	ssh-keygen -q -t ed25519 -N '' -f "$BATS_TEST_TMPDIR/wrong"
	run -1 send -i "$BATS_TEST_TMPDIR/wrong" ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"login of root: the server takes none of 1 keys"* ]]
	ssh-keygen -q -t ed25519 -N 'secret words' -f "$BATS_TEST_TMPDIR/locked"
	run -1 send -i "$BATS_TEST_TMPDIR/locked" ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"no private key that can be read without a passphrase"* ]]
	run -1 send -i "$BATS_TEST_TMPDIR/none" ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"$BATS_TEST_TMPDIR/none"*"No such file"* ]]
	nothing /srv/dump/blob
}

@test "ssh_config: name, port, alias, user, key, known_hosts; the first value wins" {
	server
	mkdir -p "$HOME/.ssh"
	sed 's/^\[127.0.0.1\]:2222/crashes/' "$D/known" >"$HOME/.ssh/mine"
	cp "$D/key" "$HOME/.ssh/dumper"
	cat >"$HOME/.ssh/config" <<-END
	Host other
		Port 1
	Host store* !storekeeper
		HostName 127.0.0.1
		Port = 2222
		HostKeyAlias crashes
		IdentityFile "~/.ssh/dumper"
		UserKnownHostsFile %d/.ssh/mine
	Host *
		Port 3
		User root
	END
	run -0 inside "$CRASHBOX" send ssh://store1/srv/dump "$BLOB"
	[[ $output == "root@127.0.0.1:/srv/dump/blob: "* ]]
	same "$BLOB" /srv/dump/blob
	run -1 inside "$CRASHBOX" send -t 2 ssh://storekeeper/srv/dump "$BLOB"
	printf 'Match user root\n\tPort 4\n' >>"$HOME/.ssh/config"
	run -0 inside "$CRASHBOX" send ssh://store1/srv/dump "$BLOB"
	[[ $output == *"config:12: Match is not understood"* ]]
	sed -i '1i Host store1\n\tProxyJump jump@192.0.2.77' "$HOME/.ssh/config"
	run -1 inside "$CRASHBOX" send ssh://store1/srv/dump "$BLOB"
	[[ $output == *"config:2: store1 is reached through another server, which is not supported"* ]]
	sed -i '2s/.*/\tProxyJump none/' "$HOME/.ssh/config"
	run -0 inside "$CRASHBOX" send ssh://store1/srv/dump "$BLOB"
}

@test "every cipher, and new keys every 16 MB" {
	server size=300m 'RekeyLimit 16M'
	head -c 100000000 /dev/urandom >"$BATS_TEST_TMPDIR/long"
	send -q ssh://127.0.0.1:2222/srv/dump "$BATS_TEST_TMPDIR/long"
	same "$BATS_TEST_TMPDIR/long" /srv/dump/long
	grep -q 'client->server cipher: aes128-gcm@openssh.com' "$D/log" || grep -q chacha20 "$D/log"
	[ "$(grep -c 'SSH2_MSG_NEWKEYS received' "$D/log")" -ge 6 ]
	for cipher in aes256-gcm@openssh.com chacha20-poly1305@openssh.com aes128-ctr aes256-ctr; do
		sh "$SSHD" stop "$D"
		server size=300m sftp=no 'RekeyLimit 16M' "Ciphers $cipher"
		send -q ssh://127.0.0.1:2222/srv/dump "$BATS_TEST_TMPDIR/long"
		same "$BATS_TEST_TMPDIR/long" /srv/dump/long
		grep -q "cipher: $cipher" "$D/log"
		[ "$(grep -c 'SSH2_MSG_NEWKEYS received' "$D/log")" -ge 6 ]
	done
	for mac in hmac-sha2-256 hmac-sha2-512-etm@openssh.com; do
		sh "$SSHD" stop "$D"
		server 'Ciphers aes128-ctr' "MACs $mac"
		send -q ssh://127.0.0.1:2222/srv/dump "$BLOB"
		same "$BLOB" /srv/dump/blob
	done
}

@test "disk full: said by that name, and no final name" {
	server size=4m
	run -1 send ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"no space left on the server"* ]]
	nothing /srv/dump/blob
	sh "$SSHD" stop "$D"
	server size=4m sftp=no
	full_by_commands
	sh "$SSHD" stop "$D"
	# a server that says more than it is asked
	# shellcheck disable=SC2016 # its shell expands
	server size=4m sftp=no 'ForceCommand echo welcome; exec sh -c "$SSH_ORIGINAL_COMMAND"'
	full_by_commands
}

# A name so long that more is said than is kept
full_by_commands() {
	local long start said
	long=/srv/dump/$(printf 'd%.0s' {1..100})
	start=$(now)
	! said=$(send -t 20 "ssh://127.0.0.1:2222$long" "$BLOB" 2>&1) || return 1
	[[ $said == *"No space left on device"* ]]
	[ $(($(now) - start)) -lt 15 ]
	nothing "$long/blob"
}

@test "a directory that cannot be made or written" {
	server
	inside sh -c 'mkdir /srv/dump/ro && mount -t tmpfs -o ro tmpfs /srv/dump/ro && : >/srv/dump/file'
	run -1 send ssh://127.0.0.1:2222/srv/dump/ro/x "$BLOB"
	[[ $output == *"mkdir /srv/dump/ro/x: "* ]]
	run -1 send ssh://127.0.0.1:2222/srv/dump/file/x "$BLOB"
	[[ $output == *"mkdir /srv/dump/file/x: "* ]]
	run -1 send ssh://127.0.0.1:2222/srv/dump/ro "$BLOB"
	[[ $output == *"create /srv/dump/ro/blob-incomplete: "* ]]
	sh "$SSHD" stop "$D"
	server sftp=no
	inside sh -c 'mkdir /srv/dump/ro && mount -t tmpfs -o ro tmpfs /srv/dump/ro'
	run -1 send ssh://127.0.0.1:2222/srv/dump/ro/x "$BLOB"
	[[ $output == *"Read-only file system"* ]]
	run -1 send ssh://127.0.0.1:2222/srv/dump/ro "$BLOB"
	[[ $output == *"Read-only file system"* ]]
}

@test "the server dies in the middle: an error soon, and no final name" {
	for sftp in yes no; do
		server sftp=$sftp
		start=$(now)
		(sleep 1 && sh "$SSHD" kill "$D" KILL) &
		run -1 send -t 3 -n blob ssh://127.0.0.1:2222/srv/dump < <(slowly 6000000 2)
		echo "$output"
		wait
		[ $(($(now) - start)) -lt 15 ]
		nothing /srv/dump/blob
		sh "$SSHD" stop "$D"
	done
}

@test "sftp: several channels over a long way, one over a short one" {
	server size=200m
	away 40
	head -c 67108864 /dev/urandom >"$BATS_TEST_TMPDIR/long"
	send -q ssh://127.0.0.1:2223/srv/dump "$BATS_TEST_TMPDIR/long"
	same "$BATS_TEST_TMPDIR/long" /srv/dump/long
	[ "$(inside ls -A /srv/dump)" = long ]
	[ "$(channels)" -eq 4 ]
	# what is short needs no more than one
	send -q -n short ssh://127.0.0.1:2223/srv/dump <"$ROOT/LICENSE"
	[ "$(channels)" -eq 5 ]
	# no request of a whole login takes 4 ms here, but for a machine that is very busy
	for _ in 1 2 3 4 5; do
		before=$(channels)
		send -q ssh://127.0.0.1:2222/srv/dump "$BATS_TEST_TMPDIR/long"
		same "$BATS_TEST_TMPDIR/long" /srv/dump/long
		[ "$(channels)" -gt $((before + 1)) ] || break
	done
	[ "$(channels)" -eq $((before + 1)) ]
}

@test "sftp: a server that gives no more than one channel, or two" {
	for sessions in 1 2; do
		server size=80m "MaxSessions $sessions"
		away 40
		head -c 40000000 /dev/urandom >"$BATS_TEST_TMPDIR/long"
		run -0 send ssh://127.0.0.1:2223/srv/dump "$BATS_TEST_TMPDIR/long"
		[ "${#lines[@]}" -eq 1 ]
		same "$BATS_TEST_TMPDIR/long" /srv/dump/long
		[ "$(channels)" -eq "$sessions" ]
		grep -q 'no more sessions' "$D/log"
		kill "$(cat "$BATS_TEST_TMPDIR/wire")"
		sh "$SSHD" stop "$D"
		rm "$BATS_TEST_TMPDIR/wire" "$D/log"
	done
}

# rewrite MIB: from port 2223
rewrite() {
	inside "$REWRITE" 2223 "$D/key" /srv/dump "$BATS_TEST_TMPDIR/copy" "$1"
	same "$BATS_TEST_TMPDIR/copy" /srv/dump/f
	[ "$(inside ls -A /srv/dump)" = f ]
}

@test "sftp: what is written twice has the newer bytes, whatever channel they took" {
	server size=80m
	away 20
	rewrite 48
	[ "$(channels)" -gt 1 ]
}

@test "sftp: a connection with several channels that breaks" {
	server size=200m
	away 80
	# twice, each time with all four of them filled
	for n in 4 8; do
		until [ "$(channels)" -ge "$n" ]; do sleep 0.05; done
		sleep 0.3
		sh "$SSHD" drop "$D"
	done &
	rewrite 160
	wait
	[ "$(grep -c 'Accepted publickey' "$D/log")" -eq 3 ]
	[ "$(channels)" -gt 8 ]
}

@test "sftp: the server dies and comes back: the file is whole all the same" {
	server
	(sleep 1 && sh "$SSHD" kill "$D" KILL && sleep 1 && sh "$SSHD" again "$D") &
	send -q -t 20 -n blob ssh://127.0.0.1:2222/srv/dump < <(slowly 6000000 3)
	wait
	same "$BLOB" /srv/dump/blob
	[ "$(inside ls -A /srv/dump)" = blob ]
	[ "$(grep -c 'Accepted publickey' "$D/log")" -eq 2 ]
}

@test "sftp: a connection that breaks again and again" {
	server
	for _ in 1 2 3; do
		sleep 1.5
		sh "$SSHD" drop "$D"
	done &
	send -q -t 20 -n blob ssh://127.0.0.1:2222/srv/dump < <(
		for part in 0 1 2 3 4; do
			tail -c "+$((part * 2500000 + 1))" "$BLOB" | head -c 2500000
			sleep 1.2
		done
	)
	wait
	same "$BLOB" /srv/dump/blob
	[ "$(inside ls -A /srv/dump)" = blob ]
	[ "$(grep -c 'Accepted publickey' "$D/log")" -ge 3 ]
}

@test "sftp: a server that was started anew may have lost what it had" {
	server
	(
		sleep 1
		sh "$SSHD" kill "$D" KILL
		cat /proc/sys/kernel/random/uuid >"$BATS_TEST_TMPDIR/boot_id"
		inside mount --bind "$BATS_TEST_TMPDIR/boot_id" /proc/sys/kernel/random/boot_id
		sh "$SSHD" again "$D"
	) &
	run -1 send -t 20 -n blob ssh://127.0.0.1:2222/srv/dump < <(slowly 6000000 3)
	[[ $output == *"the server was started anew, and may have lost what it had"* ]]
	wait
	nothing /srv/dump/blob
}

@test "the server stops answering: an error at the deadline, and no final name" {
	for sftp in yes no; do
		server sftp=$sftp
		start=$(now)
		(sleep 1 && sh "$SSHD" kill "$D" STOP) &
		run -1 send -t 3 -n blob ssh://127.0.0.1:2222/srv/dump < <(slowly 2000000 2)
		[[ $output == *"has not answered in time"* ]]
		[ $(($(now) - start)) -lt 25 ]
		nothing /srv/dump/blob
		wait
		sh "$SSHD" stop "$D"
	done
}

@test "a server that does not listen, or never says a word" {
	server
	start=$(now)
	run -1 send ssh://127.0.0.1:2223/srv/dump "$BLOB"
	[[ $output == *"port 2223: Connection refused"* ]]
	sh "$SSHD" kill "$D" STOP
	run -1 send -t 2 ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *"handshake: the server has not answered in time"* ]]
	[ $(($(now) - start)) -lt 12 ]
}

@test "wrong targets and arguments" {
	server
	for target in ssh:// ssh://host:0/x ssh://host:70000/x 'ssh://[::1/x' ssh://:22/x; do
		run -2 "$CRASHBOX" send "$target" "$BLOB"
	done
	run -2 "$CRASHBOX" send
	run -2 "$CRASHBOX" send -t 0 /tmp "$BLOB"
	run -2 "$CRASHBOX" send -n a/b /tmp "$BLOB"
	run -1 "$CRASHBOX" send /tmp "$BATS_TEST_TMPDIR/none"
	"$CRASHBOX" send -q -n copy "$BATS_TEST_TMPDIR/here" "$BLOB"
	cmp "$BLOB" "$BATS_TEST_TMPDIR/here/copy"
}

# evil FAULT SENTENCE: a server that wants the client to fall, or to wait without end
evil() {
	# shellcheck disable=SC2016 # the inner shell expands
	run -1 unshare -n sh -c 'ip link set lo up
		"$1" 2222 "$2" 3>&- & evil=$!
		trap "kill $evil" EXIT
		until ss -Hltn | grep -q ":2222 "; do sleep 0.05; done
		"$3" 65536 30 "$4" send -t 5 -k "$5" -i "$6" ssh://127.0.0.1:2222/srv/dump "$7"' \
		sh "$BUILD/mk/evilssh" "$1" "$BUILD/mk/within" "$CRASHBOX" "$D/known" "$D/key" "$BLOB"
	[[ $output == *"$2"* ]] || { echo "$1: $output"; false; }
}

@test "a server that talks without end before its key is shown, or shows none" {
	server
	evil keep 'the server sent more than 256 KiB before the login'
	evil ignore 'the server sent more than 256 KiB before the login'
	evil lines 'handshake: '
	evil slow 'handshake: the server has not answered in time'
	evil drip 'handshake: the server has not answered in time'
	evil extension 'handshake: '
	evil group 'handshake: '
}

@test "sftp: a server that answers old requests on a new connection" {
	server sftp=no "Subsystem sftp $BUILD/mk/evilsftp $BATS_TEST_TMPDIR/ids"
	run -1 inside "$BUILD/mk/within" 131072 60 "$CRASHBOX" send -t 10 -k "$D/known" -i "$D/key" \
		ssh://127.0.0.1:2222/srv/dump "$BLOB"
	[[ $output == *'the server answered a request that was not made'* ]]
}
