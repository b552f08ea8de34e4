#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures what dumps over a network cost, each beside its peer in the same run. Wall seconds count: the machine has to
# be quiet. Tables in Markdown, never a verdict.
#
#   network.sh [PART...]       size ssh nfs init share reserve; default all of them
#
#   SIZE=2G    of what is sent to the servers
#   RUNS=3     of each, in turn with its peer; the least counts
#
# CRASHBOX names the program (default O/crashbox).
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$ROOT/build}
CRASHBOX=${CRASHBOX:-$O/crashbox}
SIZE=${SIZE:-2G}
RUNS=${RUNS:-3}
W=$O/bench-network
export ROOT O CRASHBOX SIZE RUNS W

mkdir -p "$W"
for tool in timed farwire; do
	gcc -O2 -o "$W/$tool" "$ROOT/tests/bench/$tool.c" -lpthread
done

# Bytes that no cipher or server finds short cuts for, in the page cache.
bytes=$(numfmt --from=iec "$SIZE")
[ "$(stat -c %s "$W/data" 2>/dev/null)" = "$bytes" ] || head -c "$bytes" /dev/urandom >"$W/data"
cksum <"$W/data" >/dev/null

limit() {
	awk -v n="$1" '$1 == n { print $2 }' "$ROOT/config/limits"
}

size() {
	echo "| what | bytes | bar |"
	echo "|---|---|---|"
	printf '| binary with NFS and ssh, without libcurl | %d | %d |\n' "$(wc -c <"$CRASHBOX")" "$(limit binary-all)"
	sh "$ROOT/tests/bench/network-guest.sh" size
}

[ $# -gt 0 ] || set -- size ssh nfs init share reserve
for part; do
	echo
	case $part in
	size) size ;;
	ssh | nfs) sh "$ROOT/tests/bench/network-$part.sh" ;;
	init | share | reserve) sh "$ROOT/tests/bench/network-guest.sh" "$part" ;;
	*)
		sed -n 's/^#   //p' "$0" >&2
		exit 2
		;;
	esac
done
