#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures the scan of machines with terabytes of memory, on vmcores that tests/mk/mkmem.c makes: CPU seconds for each
# TiB and resident memory, beside the bars of the project. A table, never a verdict.
#
#   terabyte.sh [TIB...]      default 1 4 16
#
# Level 30: 31 looks for zeros as well, and so reads the memory. The file is small and lies in the page cache: the
# seconds are those of the scan. "in windows" is what happens where one bit a page does not fit into memory.
# CRASHBOX names the program (default O/crashbox), DIR where the vmcores go (default O/bench-terabyte).
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$ROOT/build}
CRASHBOX=${CRASHBOX:-$O/crashbox}
W=${DIR:-$O/bench-terabyte}
[ $# -gt 0 ] || set -- 1 4 16
mkdir -p "$W"
gcc -O2 -o "$W/timed" "$ROOT/tests/bench/timed.c"
gcc -O2 -std=gnu11 -D_GNU_SOURCE -o "$W/mkmem" "$ROOT/tests/mk/mkmem.c"
trap 'rm -f "$W/core"' EXIT

# row TIB KIND NAME LIMIT_KIB OPTION...
row() {
	tib=$1 kind=$2 name=$3 limit=$4
	shift 4
	"$W/timed" "$CRASHBOX" makedumpfile --dry-run -d 30 --num-threads=1 "$@" "$W/core" /dev/null \
		>"$W/out" 2>"$W/err" || :
	tail -n 1 "$W/out" | awk -v tib="$tib" -v kind="$kind" -v name="$name" -v limit="$limit" '{
		printf "%3d TiB  %-6s %-14s %8.2f %8.2f %10.1f %10.1f %s\n", tib, kind, name, $2, $2 / tib,
			$3 / 1024, limit / 1024, $4 ? "failed with " $4 : ""
	}'
}

printf '%-31s %8s %8s %10s %10s\n' '' 'cpu s' 'per TiB' 'peak MiB' 'bar MiB'
for tib in "$@"; do
	for kind in idle busy worst; do
		"$W/mkmem" "$W/core" "$tib" "$kind"
		# 8 MiB, 1 MiB for the thread, and one bit for each of the 2^28 pages of a TiB: 32 MiB
		row "$tib" "$kind" 'one bit a page' $(((9 + 32 * tib) * 1024)) --mem-limit=2G
		row "$tib" "$kind" 'in windows' $((12 * 1024)) --mem-limit=10M
	done
done
