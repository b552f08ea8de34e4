#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Raw partitions beside dd, in pairs that alternate, the best of each: raw.sh [MIB [TIMES [DEV]]]
# DEV is a blank partition or absent: a file below O/bench then. Random bytes, read from the page cache. savecore reads
# a copy of it in memory: reading and writing one disk at once would be measured, not the program.
set -eu
O=${O:-build}
mib=${1:-600}
times=${2:-7}
work=$O/bench/raw
dev=${3:-$work/dev}
rm -rf "$work"
mkdir -p "$work"
memory=$(mktemp -d /dev/shm/crashbox.XXXXXX)
trap 'rm -rf "$work" "$memory"' EXIT

now_ms() { echo $(($(date +%s%N) / 1000000)); }

# best NAME COMMAND...: the milliseconds of the quickest run so far of that name, in $work/NAME
best() {
	sync
	name=$1
	shift
	start=$(now_ms)
	"$@" >/dev/null 2>&1
	took=$(($(now_ms) - start))
	old=$(cat "$work/$name" 2>/dev/null || echo "$took")
	[ "$took" -lt "$old" ] || took=$old
	echo "$took" >"$work/$name"
}

head -c "${mib}M" /dev/urandom >"$work/source"
[ -e "$dev" ] || fallocate -l "$((mib + mib / 16 + 64))M" "$dev"
fallocate -l "$((mib + 64))M" "$work/plain"
i=0
while [ "$i" -lt "$times" ]; do
	i=$((i + 1))
	best dd-write dd if="$work/source" of="$work/plain" bs=1M oflag=direct conv=notrunc,fdatasync
	"$O/crashbox" raw prepare --force "$dev" >/dev/null
	best raw-write "$O/crashbox" raw put "$dev" "$work/source"
	[ -e "$memory/dev" ] || dd if="$dev" of="$memory/first" bs=1M status=none
	cp "$memory/first" "$memory/dev"
	best dd-read dd if="$memory/dev" of=/dev/null bs=1M count="$mib"
	rm -rf "$work/copy" "$work/out"
	best dd-file dd if="$work/source" of="$work/copy" bs=1M conv=fsync
	rm -f "$work/copy"
	best savecore "$O/crashbox" savecore --dev "$memory/dev" --dir "$work/out" /dev/null
done
for name in dd-write raw-write dd-read dd-file savecore; do
	echo "$name $(cat "$work/$name")"
done | awk -v mib="$mib" '{ ms[$1] = $2; printf "%-10s %6d ms %8.1f MiB/s\n", $1, $2, mib * 1000 / $2 }
	END {
		slow = ms["dd-read"] > ms["dd-file"] ? ms["dd-read"] : ms["dd-file"]
		printf "raw write / dd  %.2f (bar 0.95)\n", ms["dd-write"] / ms["raw-write"]
		printf "savecore / the slower of reading and writing  %.2f (bar 0.90)\n", slow / ms["savecore"]
	}'
