#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Writes to an NFS server, versions 3 and 4, over loopback and 1 ms away, beside a plain writer (nfsdepth.c) with 1 to
# 32 writes in flight on the same server. Run by network.sh.
set -eu
. "$ROOT/tests/bench/network-lib.sh"

GANESHA="$ROOT/tests/net/ganesha.sh"
data=$W/data
depths='1 2 4 8 16 32'
rm -f "$W"/nfs-*.runs
musl-gcc -static -no-pie -fno-pie -O2 -isystem "$O/libs/prefix/include" -idirafter "$O/libs/kheaders" \
	-o "$W/nfsdepth" "$ROOT/tests/bench/nfsdepth.c" -L"$O/libs/prefix/lib" -lnfs

stop() {
	[ ! -s "$W/nfs.wire" ] || kill "$(cat "$W/nfs.wire")" 2>/dev/null || :
	rm -f "$W/nfs.wire"
	sh "$GANESHA" stop "$W/nfs" 2>/dev/null || :
}
trap stop EXIT

inside() {
	sh "$GANESHA" in "$W/nfs" "$@"
}

# clear: a server that still has a file open keeps its bytes unless it is cut
clear() {
	# shellcheck disable=SC2016 # the inner shell expands
	inside sh -c 'for f in /srv/dump/*; do truncate -s 0 "$f"; rm -f "$f"; done'
	n=$((n + 1))
}

# round VERSION PORT NAME: writes by ours and by the peer at every depth in turn; each file has a name of its own
round() {
	for depth in $depths; do
		case $depth in
		1 | 4 | 16)
			note "nfs-$3-ours" inside "$W/timed" "$CRASHBOX" send -q -o "vers=$1,port=$2" -n "d$n" \
				127.0.0.1:/srv/dump "$data"
			clear
			;;
		esac
		note "nfs-$3-$depth" inside "$W/timed" "$W/nfsdepth" \
			"nfs://127.0.0.1/srv/dump?version=$1&nfsport=$2" "/d$n" "$data" "$depth"
		clear
	done
}

# row TEXT NAME: ours beside the best depth
row() {
	best='' at=''
	for depth in $depths; do
		s=$(least "nfs-$2-$depth" 1)
		[ -n "$s" ] || continue
		if [ -z "$best" ] || awk "BEGIN { exit !($s < $best) }"; then
			best=$s at=$depth
		fi
	done
	cp "$W/nfs-$2-${at:-1}.runs" "$W/nfs-$2-best.runs" 2>/dev/null || :
	pair "$1, best of theirs with ${at:-?} in flight" "nfs-$2-ours" "nfs-$2-best" '≥ 0.95' ''
}

bytes=$(stat -c %s "$data")
rm -rf "$W/nfs"
sh "$GANESHA" start "$W/nfs" "size=$((bytes / 1024 / 1024 + 64))m" >"$W/nfs.log" 2>&1
# shellcheck disable=SC2016 # the inner shell expands
inside sh -c '"$1" 2050 127.0.0.1 2049 0.5 >/dev/null 2>&1 & echo $!' sh "$W/farwire" >"$W/nfs.wire"
sleep 0.5
i=0 n=0
while [ "$i" -lt "$RUNS" ]; do
	for vers in 3 4; do
		round "$vers" 2049 "$vers-near"
		round "$vers" 2050 "$vers-far"
	done
	i=$((i + 1))
done

echo "Write of $(numfmt --to=iec "$bytes") to nfs-ganesha, least of $RUNS:"
echo
echo "| what | wall s | theirs | ratio | bar | CPU s | theirs | ratio | bar |"
echo "|---|---|---|---|---|---|---|---|---|"
for vers in 3 4; do
	row "NFS v$vers, loopback" "$vers-near"
	row "NFS v$vers, 1 ms" "$vers-far"
done
echo
printf 'Seconds with 1, 2, 4, 8, 16, 32 in flight:'
for name in 3-near 3-far 4-near 4-far; do
	printf ' %s' "$name"
	for depth in $depths; do
		printf ' %s' "$(least "nfs-$name-$depth" 1)"
	done
	printf ';'
done
echo
