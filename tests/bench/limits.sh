#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Memory that the program takes beside the limits that it sets itself: files of this tree, a real ssh server 20 ms away,
# a real NFS server. A table, never a verdict. O=DIR is the build directory. MIB=N (256): size of the file that is sent.
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$ROOT/build}
CRASHBOX=${CRASHBOX:-$O/crashbox}
W=$(mktemp -d)

finish()
{
	[ ! -s "$W/wire" ] || kill "$(cat "$W/wire")"
	sh "$ROOT/tests/net/sshd.sh" stop "$W/ssh"
	sh "$ROOT/tests/net/sshd.sh" stop "$W/near"
	sh "$ROOT/tests/net/ganesha.sh" stop "$W/nfs"
	rm -rf "$W"
}

chmod 755 "$W"
trap finish EXIT
gcc -O2 -D_GNU_SOURCE -o "$W/peaks" "$ROOT/tests/bench/peaks.c"
gcc -O2 -o "$W/farwire" "$ROOT/tests/bench/farwire.c" -lpthread
head -c "${MIB:-256}M" /dev/urandom >"$W/blob"

# peaks WHAT COMMAND...: a row for each of the program's own processes
peaks()
{
	what=$1
	shift
	"$@" >"$W/said" 2>"$W/err" || { tail -n 3 "$W/err" >&2; return 1; }
	awk -v what="$what" 'NF == 6 && $2 > 0 && $1 !~ /^(sh|nsenter|unshare|ip|sleep)$/ {
		printf "| %s | %s | %.1f | %.1f | %.1f", what, $1, $2 / 1024, $3 / 1024, $4 / 1024
		printf " | %s | %s |\n", mib($5), mib($6)
	}
	function mib(kib) {
		return kib == "-" ? "none" : kib == "?" ? "?" : sprintf("%.0f", kib / 1024)
	}' "$W/err"
}

files()
{
	# 7 MiB with something in it, and 512 MiB without
	sed '1,/^load/s/^load.*/&\nload 0x10000000 0xffff888010000000 0x20000000/' \
		"$ROOT/tests/data/flatmem.spec" >"$W/spec"
	"$O/mk/mkvmcore" "$W/spec" "$W/vmcore"
	for codec in -c -l -z; do
		peaks "makedumpfile $codec" "$W/peaks" "$CRASHBOX" makedumpfile "$codec" -d 0 --num-threads 4 \
			"$W/vmcore" "$W/dump$codec"
	done
	"$CRASHBOX" makedumpfile -F -l -d 0 "$W/vmcore" >"$W/flat" 2>/dev/null
	truncate -s 64M "$W/dev"
	"$CRASHBOX" raw put "$W/dev" "$W/flat"
	mkdir -m 700 "$W/out"
	peaks savecore "$W/peaks" "$CRASHBOX" savecore --dev "$W/dev" --dir "$W/out" /dev/null
	peaks 'kdumpctl list' "$W/peaks" "$CRASHBOX" kdumpctl list "$W/out"
	mkdir -p "$W/logs/one"
	yes '[    5.123] a line of a log that is not short' | head -c 67000000 >"$W/logs/one/vmcore-dmesg.txt"
	peaks 'kdumpctl list, a log' "$W/peaks" "$CRASHBOX" kdumpctl list "$W/logs"
}

ssh_server()
{
	sh "$ROOT/tests/net/sshd.sh" start "$W/ssh" size=600m
	in_ssh="sh $ROOT/tests/net/sshd.sh in $W/ssh"
	sed 's/:2222/:2223/' "$W/ssh/known" >"$W/far"
	cat "$W/far" >>"$W/ssh/known"
	# shellcheck disable=SC2016,SC2086 # the inner shell expands; a list of words
	$in_ssh sh -c '"$1" 2223 127.0.0.1 2222 10 >/dev/null 2>&1 & echo $! && sleep 1' sh "$W/farwire" >"$W/wire"
	# shellcheck disable=SC2086
	peaks 'send, ssh, lanes' $in_ssh "$W/peaks" "$CRASHBOX" send -q -k "$W/ssh/known" -i "$W/ssh/key" \
		ssh://127.0.0.1:2223/srv/dump "$W/blob"
}

# The image of a machine made of files, for an ssh server
rehearsal()
{
	sh "$ROOT/tests/net/sshd.sh" start "$W/near" port=22
	tree=$W/kroot/lib/modules/6.0-test
	mkdir -p "$tree" "$W/host/root/.ssh" "$W/host/etc"
	: >"$tree/modules.dep"
	: >"$tree/modules.alias"
	: >"$tree/modules.builtin"
	cp "$W/near/key" "$W/host/root/.ssh/kdump_id_rsa"
	cp "$W/near/known" "$W/host/root/.ssh/known_hosts"
	printf 'ssh root@10.98.0.1\npath /srv/dump/crash\n' >"$W/conf"
	SYSROOT=$W/host "$ROOT/mkinitrd.sh" -f -c "$W/conf" --kernel-modules "$W/kroot" --busybox none --reserved 0 \
		--no-host-check --no-try --crashbox "$CRASHBOX" "$W/image" 6.0-test >/dev/null 2>&1
	for command in 'reach --timeout 20' 'rehearse --no-record'; do
		# shellcheck disable=SC2086 # a list of words
		peaks "${command%% *}, ssh" sh "$ROOT/tests/net/sshd.sh" in "$W/near" "$W/peaks" "$CRASHBOX" $command \
			"$W/image"
	done
}

nfs_server()
{
	sh "$ROOT/tests/net/ganesha.sh" start "$W/nfs" size=600m
	for vers in 3 4; do
		peaks "send, nfs $vers" sh "$ROOT/tests/net/ganesha.sh" in "$W/nfs" "$W/peaks" "$CRASHBOX" send -q \
			-o "vers=$vers" 127.0.0.1:/srv/dump "$W/blob"
	done
}

echo "| what | process | resident MiB | data MiB | address space MiB | limit of data | of address space |"
echo "|---|---|---|---|---|---|---|"
files
ssh_server
rehearsal
nfs_server
