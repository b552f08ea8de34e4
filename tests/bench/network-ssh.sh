#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Uploads over SFTP and over a command of the server beside OpenSSH's client in the same mode: over loopback and 10 ms
# away, AES-GCM. What both do at the end is the same: the file is on the server's disk before the client ends. The last
# rows are beside what kdump-utils does, which does not wait for the disk.
# Run by network.sh.
set -eu
. "$ROOT/tests/bench/network-lib.sh"

SSHD="$ROOT/tests/net/sshd.sh"
data=$W/data
rm -f "$W"/ssh-*.runs

stop() {
	for kind in sftp exec; do
		[ ! -s "$W/$kind.wire" ] || kill "$(cat "$W/$kind.wire")" 2>/dev/null || :
		rm -f "$W/$kind.wire"
		sh "$SSHD" stop "$W/$kind" 2>/dev/null || :
	done
}
trap stop EXIT

inside() {
	sh "$SSHD" in "$W/$kind" "$@"
}

# serve KIND [WORD]: a server of its own at port 2222, and 10 ms away at port 2223
serve() {
	kind=$1
	shift
	rm -rf "${W:?}/$kind"
	sh "$SSHD" start "$W/$kind" "size=$((bytes / 1024 / 1024 + 64))m" 'Ciphers aes128-gcm@openssh.com' \
		'LogLevel ERROR' "$@" >"$W/$kind.log" 2>&1
	sed 's/:2222/:2223/' "$W/$kind/known" >"$W/$kind/known.far"
	cat "$W/$kind/known.far" >>"$W/$kind/known"
	# shellcheck disable=SC2016 # the inner shell expands
	inside sh -c '"$1" 2223 127.0.0.1 2222 5 >/dev/null 2>&1 & echo $!' sh "$W/farwire" >"$W/$kind.wire"
}

# theirs PORT: options of OpenSSH's client
options() {
	echo "-F none -o UserKnownHostsFile=$W/$kind/known -o IdentityFile=$W/$kind/key -o IdentitiesOnly=yes" \
		"-o Ciphers=aes128-gcm@openssh.com -o BatchMode=yes"
}

# round KIND PORT NAME: one upload by each
round() {
	kind=$1
	case $kind in
	sftp) way=sftp ;;
	exec) way=ssh ;;
	esac
	note "ssh-$3-ours" inside "$W/timed" "$CRASHBOX" send -q -k "$W/$kind/known" -i "$W/$kind/key" -n dump \
		"$way://127.0.0.1:$2/srv/dump" "$data"
	inside rm -f /srv/dump/dump
	# shellcheck disable=SC2046 # options
	case $kind in
	sftp)
		printf 'put -f %s /srv/dump/dump-incomplete\nrename /srv/dump/dump-incomplete /srv/dump/dump\n' \
			"$data" >"$W/batch"
		note "ssh-$3-theirs" inside "$W/timed" sftp -q $(options) -P "$2" -b "$W/batch" root@127.0.0.1
		;;
	exec)
		# shellcheck disable=SC2016 # for the shell that is timed
		note "ssh-$3-theirs" inside "$W/timed" sh -c 'd=$1; shift; exec ssh "$@" <"$d"' sh "$data" \
			$(options) -p "$2" root@127.0.0.1 'umask 0077; cat >/srv/dump/dump-incomplete &&
				sync /srv/dump/dump-incomplete && mv -f /srv/dump/dump-incomplete /srv/dump/dump'
		;;
	esac
	inside rm -f /srv/dump/dump
	[ "$kind" = sftp ] || as_kdump_utils "$2" "$3"
}

# as_kdump_utils PORT NAME: what that does today: blocks of 512 bytes, a second login for the name, no sync
as_kdump_utils() {
	# shellcheck disable=SC2016,SC2046 # for the shell that is timed; options
	note "ssh-$2-kdump-utils" inside "$W/timed" sh -c 'd=$1; shift
		ssh "$@" "umask 0077 && dd bs=512 of=/srv/dump/dump-incomplete" <"$d" &&
		exec ssh "$@" "mv /srv/dump/dump-incomplete /srv/dump/dump"' sh "$data" \
		$(options) -p "$1" root@127.0.0.1
	inside rm -f /srv/dump/dump
}

bytes=$(stat -c %s "$data")
serve sftp
serve exec sftp=no
sleep 0.5
i=0
while [ "$i" -lt "$RUNS" ]; do
	for kind in sftp exec; do
		round "$kind" 2222 "$kind-near"
		round "$kind" 2223 "$kind-far"
	done
	i=$((i + 1))
done

echo "Upload of $(numfmt --to=iec "$bytes"), AES-GCM, beside $(ssh -V 2>&1 | cut -d, -f1), least of $RUNS:"
echo
echo "| what | wall s | theirs | ratio | bar | CPU s | theirs | ratio | bar |"
echo "|---|---|---|---|---|---|---|---|---|"
pair 'SFTP, loopback' ssh-sftp-near-ours ssh-sftp-near-theirs '≥ 1.2' '≤ 0.8'
pair 'exec, loopback' ssh-exec-near-ours ssh-exec-near-theirs '≥ 1.2' '≤ 0.8'
pair 'SFTP, 10 ms' ssh-sftp-far-ours ssh-sftp-far-theirs '≥ 1.2' ''
pair 'exec, 10 ms' ssh-exec-far-ours ssh-exec-far-theirs '≥ 1.2' ''
pair 'exec, loopback, beside dd and mv as in kdump-utils' ssh-exec-near-ours ssh-exec-near-kdump-utils '' ''
pair 'exec, 10 ms, beside dd and mv as in kdump-utils' ssh-exec-far-ours ssh-exec-far-kdump-utils '' ''
