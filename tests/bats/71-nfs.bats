# SPDX-License-Identifier: GPL-2.0-or-later
# crashbox send to NFS servers that are real (nfs-ganesha in a namespace of its own), and worse than real (a
# relay in front of it). What counts is the file as the server has it: its hash, and under which name.

bats_require_minimum_version 1.5.0

setup_file()
{
	export data=$BATS_FILE_TMPDIR/data ganesha=$BATS_TEST_DIRNAME/../net/ganesha.sh
	head -c 30000000 /dev/urandom >"$data"
	hash=$(sha256sum <"$data")
	export hash
}

setup()
{
	server=$BATS_TEST_TMPDIR/server
}

teardown()
{
	[ ! -s "$BATS_TEST_TMPDIR/relay" ] || kill "$(cat "$BATS_TEST_TMPDIR/relay")"
	"$ganesha" stop "$server"
}

# serve WORD...: a server with that configuration, and nothing of the last one
serve()
{
	[ ! -d "$server" ] || "$ganesha" stop "$server"
	rm -rf "$server"
	"$ganesha" start "$server" size=400m "$@"
}

inside()
{
	"$ganesha" in "$server" "$@"
}

ours()
{
	inside "$CRASHBOX" send "$@"
}

stored()
{
	inside sha256sum "/srv/dump/$1" | awk '{ print $1 "  -" }'
}

absent()
{
	! inside test -e "/srv/dump/$1"
}

# relay WORD...: a bad server at port 3049
relay()
{
	inside sh -c 'exec "$@" >/dev/null 2>&1 & echo $!' sh "$O/mk/nfsrelay" 3049 2049 "$@" >"$BATS_TEST_TMPDIR/relay"
	until inside grep -qi ': [0-9a-f]*:0BE9 [0:]* 0A' /proc/net/tcp /proc/net/tcp6; do
		inside kill -0 "$(cat "$BATS_TEST_TMPDIR/relay")"
		sleep 0.05
	done
}

end_relay()
{
	kill "$(cat "$BATS_TEST_TMPDIR/relay")"
	while kill -0 "$(cat "$BATS_TEST_TMPDIR/relay")" 2>/dev/null; do
		sleep 0.05
	done
	rm "$BATS_TEST_TMPDIR/relay"
}

# with_break PERCENT COMMAND...: the data on standard output; after so much of them COMMAND is run
with_break()
{
	at=$(($(stat -c %s "$data") / 100 * $1))
	shift
	head -c "$at" "$data"
	sleep 0.2
	"$@" >&2
	tail -c "+$((at + 1))" "$data"
}

start_again()
{
	"$ganesha" kill "$server"
	sleep 0.3
	"$ganesha" again "$server" &
}

@test "versions 3 and 4, over IPv4 and IPv6: all of it, under its name, for its owner alone" {
	serve
	for vers in 3 4; do
		for host in 127.0.0.1 10.99.0.1 '[::1]' '[fd99::1]'; do
			name=$vers-$host
			run -0 ours -o "vers=$vers" -n "$name" "$host:/srv/dump" "$data"
			[[ $output == *"$host:/srv/dump/$name: 28.6 MiB in "* ]]
			[ "$(stored "$name")" = "$hash" ]
			[ "$(inside stat -c '%a %u' "/srv/dump/$name")" = '600 0' ]
			absent "$name-incomplete"
		done
	done
}

@test "a URL, a port, standard input, and a server that speaks only one version" {
	serve
	run -0 ours -n first nfs://127.0.0.1/srv/dump <"$data"
	[ "$(stored first)" = "$hash" ]
	ours -n second nfs://127.0.0.1:2049/srv/dump "$data"
	[ "$(stored second)" = "$hash" ]
	serve protocols=3
	ours -n third nfs://127.0.0.1/srv/dump "$data"
	[ "$(stored third)" = "$hash" ]
	run -1 ours -o vers=4 127.0.0.1:/srv/dump "$data"
	[[ $output == *"NFS version 4"* ]]
	serve protocols=4
	ours -n fourth nfs://127.0.0.1/srv/dump "$data"
	[ "$(stored fourth)" = "$hash" ]
	run -1 ours -o vers=3 127.0.0.1:/srv/dump "$data"
	[[ $output == *"NFS version 3"* ]]
}

@test "an empty file, one byte, and a file that an earlier attempt left longer" {
	serve
	for vers in 3 4; do
		ours -o "vers=$vers" -n "empty$vers" 127.0.0.1:/srv/dump /dev/null
		[ "$(inside stat -c %s "/srv/dump/empty$vers")" = 0 ]
		inside cp "$data" "/srv/dump/one$vers-incomplete"
		printf x | ours -o "vers=$vers" -n "one$vers" 127.0.0.1:/srv/dump
		[ "$(inside cat "/srv/dump/one$vers")" = x ]
		absent "one$vers-incomplete"
	done
}

@test "a directory below the export is made, with its parents; a file in its way is said" {
	serve
	for vers in 3 4; do
		ours -o "vers=$vers" -d "var/crash/$vers/" -n f 127.0.0.1:/srv/dump "$data"
		run -0 ours -o "vers=$vers" -d "/var//crash/$vers" -n g 127.0.0.1:/srv/dump "$data"
		[[ $output == "127.0.0.1:/srv/dump/var/crash/$vers/g: "* ]]
		[ "$(stored "var/crash/$vers/f")" = "$hash" ]
		[ "$(stored "var/crash/$vers/g")" = "$hash" ]
		[ "$(inside stat -c %a "/srv/dump/var/crash/$vers")" = 755 ]
		run -1 ours -o "vers=$vers" -d "var/crash/$vers/f/below" 127.0.0.1:/srv/dump "$data"
		[[ $output == *"mkdir /var/crash/$vers/f: it exists, and is no directory"* ]]
	done
}

@test "holes stay holes, at the end too" {
	serve
	truncate -s 3m "$BATS_TEST_TMPDIR/holes"
	printf middle | dd of="$BATS_TEST_TMPDIR/holes" bs=1M seek=1 conv=notrunc status=none
	truncate -s 20m "$BATS_TEST_TMPDIR/holes"
	for vers in 3 4; do
		ours -o "vers=$vers" -n "h$vers" 127.0.0.1:/srv/dump "$BATS_TEST_TMPDIR/holes"
		[ "$(stored "h$vers")" = "$(sha256sum <"$BATS_TEST_TMPDIR/holes")" ]
		[ "$(inside stat -c %b "/srv/dump/h$vers")" -le 1024 ]
	done
}

@test "root squash, all squash: the server says whose the file is" {
	for squash in root all; do
		serve "squash=$squash"
		for vers in 3 4; do
			ours -o "vers=$vers" -n "f$vers" 127.0.0.1:/srv/dump "$data"
			[ "$(stored "f$vers")" = "$hash" ]
			[ "$(inside stat -c '%a %u %g' "/srv/dump/f$vers")" = '600 1234 1234' ]
		done
	done
}

# An exclusive create of version 4 makes a file of mode 0000 on a Linux server until the mode is set; here a default ACL
# does so with every create.
@test "files that begin without a mode: they get it, also when an earlier attempt has left one so" {
	for squash in none root; do
		serve "squash=$squash"
		inside python3 -c 'import os, struct
acl = [struct.pack("<HHI", tag, 0, 0xffffffff) for tag in (1, 4, 0x20)]
os.setxattr("/srv/dump", "system.posix_acl_default", struct.pack("<I", 2) + b"".join(acl))'
		for vers in 3 4; do
			ours -o "vers=$vers" -n "f$vers" 127.0.0.1:/srv/dump "$data"
			[ "$(stored "f$vers")" = "$hash" ]
			[ "$(inside stat -c %a "/srv/dump/f$vers")" = 600 ]
			inside touch "/srv/dump/g$vers-incomplete"
			[ "$(inside stat -c %a "/srv/dump/g$vers-incomplete")" = 0 ]
			[ "$squash" = none ] || inside chown 1234:1234 "/srv/dump/g$vers-incomplete"
			ours -o "vers=$vers" -n "g$vers" 127.0.0.1:/srv/dump "$data"
			[ "$(stored "g$vers")" = "$hash" ]
			[ "$(inside stat -c %a "/srv/dump/g$vers")" = 600 ]
		done
	done
}

@test "a server that takes 64 KiB at once, and one that may not be asked for more" {
	serve maxwrite=65536
	for options in vers=3 vers=4 vers=4,wsize=4096; do
		ours -o "$options" -n "$options" 127.0.0.1:/srv/dump "$data"
		[ "$(stored "$options")" = "$hash" ]
	done
}

@test "what the server refuses is said: no such export, read-only, a directory in the way" {
	serve
	for vers in 3 4; do
		run -1 ours -o "vers=$vers" 127.0.0.1:/srv/none "$data"
		[[ $output == *"nfs 127.0.0.1:/srv/none: NFS version $vers: "* ]]
		inside mkdir -p "/srv/dump/taken$vers/by"
		run -1 ours -o "vers=$vers" -n "taken$vers" 127.0.0.1:/srv/dump "$data"
		[[ $output == *"rename 127.0.0.1:/srv/dump/taken$vers-incomplete to taken$vers: "* ]]
		inside test -d "/srv/dump/taken$vers/by"
		[ "$(stored "taken$vers-incomplete")" = "$hash" ]
	done
	serve access=ro
	for vers in 3 4; do
		run -1 ours -o "vers=$vers" -n f 127.0.0.1:/srv/dump "$data"
		[[ $output == *"create 127.0.0.1:/srv/dump/f-incomplete: "*ROFS* ]]
	done
}

@test "a full disk: said, and no file that looks whole" {
	for vers in 3 4; do
		serve size=16m
		run -1 ours -o "vers=$vers" -n f 127.0.0.1:/srv/dump "$data"
		[[ $output == *"write 127.0.0.1:/srv/dump/f-incomplete: "*"No space left on device"* ]]
		absent f
		inside test -s /srv/dump/f-incomplete
	done
}

@test "the server dies and starts again at 1, 25, 50 and 99 percent: the file goes on where it was" {
	serve
	for vers in 3 4; do
		for percent in 1 25 50 99; do
			name=$vers-$percent
			with_break "$percent" start_again | ours -t 20 -o "vers=$vers" -n "$name" 127.0.0.1:/srv/dump
			[ "$(stored "$name")" = "$hash" ]
		done
	done
}

@test "a server that has to wait for its old clients after it started again" {
	serve graceless=false
	ours -t 40 -o vers=4 -n before 127.0.0.1:/srv/dump "$data"
	with_break 50 start_again | ours -t 40 -o vers=4 -n f 127.0.0.1:/srv/dump
	[ "$(stored f)" = "$hash" ]
}

@test "the server is gone for good: an error in time" {
	serve
	for percent in 1 50 99; do
		begin=$(date +%s)
		run -1 ours -t 5 -o vers=3 -n f 127.0.0.1:/srv/dump < <(with_break "$percent" "$ganesha" kill "$server")
		[[ $output == *"Connection refused"* ]]
		[ $(($(date +%s) - begin)) -le 20 ]
		absent f
		"$ganesha" again "$server"
	done
}

@test "a server that stops answering: an error in time, and none when it goes on in time" {
	serve
	for vers in 3 4; do
		begin=$(date +%s)
		run -1 ours -t 4 -o "vers=$vers" -n "f$vers" 127.0.0.1:/srv/dump < <(with_break 50 "$ganesha" kill "$server" STOP)
		[[ $output == *"no answer for 4 seconds"* ]]
		[ $(($(date +%s) - begin)) -le 15 ]
		"$ganesha" kill "$server" CONT
		absent "f$vers"
		(sleep 5 && exec "$ganesha" kill "$server" CONT) &
		with_break 50 "$ganesha" kill "$server" STOP | ours -t 30 -o "vers=$vers" -n "f$vers" 127.0.0.1:/srv/dump
		[ "$(stored "f$vers")" = "$hash" ]
	done
}

@test "a server that is not there, or says nothing from the beginning: an error in time" {
	serve
	begin=$(date +%s)
	run -1 ours -t 2 -o vers=3,mountport=9 127.0.0.1:/srv/dump "$data"
	[[ $output == *"connect: Connection refused"* ]]
	serve
	"$ganesha" kill "$server" STOP
	run -1 ours -t 3 -o vers=4 127.0.0.1:/srv/dump "$data"
	[[ $output == *"nfs 127.0.0.1:/srv/dump: "*"no answer"* ]]
	[ $(($(date +%s) - begin)) -le 15 ]
}

@test "a link that is down for a while, and one that stays down" {
	serve
	for vers in 3 4; do
		(sleep 5 && exec "$ganesha" in "$server" ip link set lo up) &
		with_break 50 inside ip link set lo down | ours -t 40 -o "vers=$vers" -n "f$vers" 10.99.0.1:/srv/dump
		[ "$(stored "f$vers")" = "$hash" ]
		begin=$(date +%s)
		run -1 ours -t 4 -o "vers=$vers" -n "g$vers" 10.99.0.1:/srv/dump < <(with_break 50 inside ip link set lo down)
		[[ $output == *"write 10.99.0.1:/srv/dump/g$vers-incomplete: "* ]]
		[ $(($(date +%s) - begin)) -le 15 ]
		inside ip link set lo up
		absent "g$vers"
	done
}

# bears WORDS...: a server that is bad in each of these ways gets every byte, with both versions
bears()
{
	serve
	for words in "$@"; do
		for vers in 3 4; do
			# shellcheck disable=SC2086 # words
			relay $words
			ours -t 20 -o "vers=$vers,port=3049" -n "$vers-$words" 127.0.0.1:/srv/dump "$data"
			[ "$(stored "$vers-$words")" = "$hash" ]
			end_relay
		done
	done
}

@test "WRITEs that take half, \"try later\", a connection that breaks: nothing is lost" {
	bears short=2 busy=10 cut=20 'short=3 busy=11 cut=17'
}

@test "a server that forgets what it had not committed: it is sent once more" {
	bears forget=1 forget=9 forget=25 'forget=23 short=2 cut=40'
}

@test "a WRITE that takes nothing is an error, not an endless loop" {
	serve
	for vers in 3 4; do
		relay zero=20
		run -1 ours -t 20 -o "vers=$vers,port=3049" -n f 127.0.0.1:/srv/dump "$data"
		[[ $output == *"WRITE: nothing was taken"* ]]
		absent f
		end_relay
	done
}

@test "mount options: obeyed, told, or refused by name" {
	serve
	run -1 ours -o sec=krb5p 127.0.0.1:/srv/dump "$data"
	[[ $output == *"mount option sec=krb5p: only the kernel's NFS client can do that, with a program that no"* ]]
	run -1 ours -o rdma 127.0.0.1:/srv/dump "$data"
	[[ $output == *"mount option rdma: "* ]]
	run -1 ours -o nonsense 127.0.0.1:/srv/dump "$data"
	[[ $output == *"mount option nonsense: NFS has no such option"* ]]
	run -0 --separate-stderr ours -o vers=4.2,hard,noatime -n f 127.0.0.1:/srv/dump "$data"
	[[ $stderr == *"NFS 4.2 was asked for, 4.0 is spoken"* ]]
	[ "$(stored f)" = "$hash" ]
}

@test "a server of NFS 4.1 alone is told from one that fails" {
	serve
	sed -i 's/Minor_Versions = [0-9, ]*;/Minor_Versions = 1, 2;/' "$server/conf"
	"$ganesha" kill "$server" KILL
	"$ganesha" again "$server"
	run -1 ours -o vers=4 -n new 127.0.0.1:/srv/dump "$data"
	[[ $output == *"NFS version 4: the server takes no NFS 4.0, only newer: let it offer 4.0 or 3, or build the"* ]]
	absent new
	# 3 is taken where nothing is said
	ours -n new 127.0.0.1:/srv/dump "$data"
	[ "$(stored new)" = "$hash" ]
}

# evil FAULT OPTIONS SENTENCE: a server that wants the client to fall; it ends, soon, with that sentence
evil()
{
	port=2049
	[ "$1" != port ] || port=111
	run -1 unshare -n sh -c 'ip link set lo up
		"$1" "$2" "$3" 3>&- & evil=$!
		trap "kill $evil" EXIT
		until ss -Hltn | grep -q ":$2 "; do sleep 0.05; done
		head -c 3000000 /dev/zero | "$4" 65536 40 "$5" send -t 8 -o "$6" -n x 127.0.0.1:/srv/dump' \
		sh "$O/mk/evilnfs" "$port" "$1" "$O/mk/within" "$CRASHBOX" "$2"
	[[ $output == *"$3"* ]] || { echo "$1: $output"; false; }
}

@test "a server of version 3 that lies about lengths, or never ends" {
	for fault in mnt lookup create auth call; do
		evil $fault vers=3,port=2049,mountport=2049 'Message rejected by server'
	done
	evil fragments vers=3,port=2049,mountport=2049 'NFS version 3: RPC ERROR'
	evil flood vers=3,port=2049,mountport=2049 'NFS version 3: no answer'
	evil port vers=3 'Program is not available on 127.0.0.1'
}

@test "a server of version 4 that lies about lengths, counts and links" {
	evil empty vers=4,port=2049 'No SETCLIENTID result'
	evil owner vers=4,port=2049 'Not enough data in fattr4'
	evil owners vers=4,port=2049 'Not enough data in fattr4'
	evil results vers=4,port=2049 'Message rejected by server'
	evil links vers=4,port=2049 'Too many levels of symbolic links'
	evil parts vers=4,port=2049 'a symbolic link that is not in the path'
}
