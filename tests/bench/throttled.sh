#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures `auto` beside the fixed codecs and makedumpfile -l on targets of known speed: a pipe that is read with so
# many MB/s. Wall seconds count here: the machine has to be quiet. A table, never a verdict.
#
#   throttled.sh [--runs N] [--threads N] [--level N] [VMCORE [RATE...]]
#
# Defaults: 3 runs, 1 thread, level 31, 110 and 200 MB/s, what vmcore.sh makes. CRASHBOX names the program (default
# O/crashbox), PEER the other one (tests/oracle/peer.sh).
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$ROOT/build}
CRASHBOX=${CRASHBOX:-$O/crashbox}
runs=3 threads=1 level=31
while :; do
	case ${1:-} in
	--runs) runs=${2:?} ;;
	--threads) threads=${2:?} ;;
	--level) level=${2:?} ;;
	*) break ;;
	esac
	shift 2
done
if [ $# -gt 0 ]; then
	core=$1
	shift
else
	core=$(O=$O sh "$ROOT/tests/bench/vmcore.sh")
fi
[ $# -gt 0 ] || set -- 110 200
PEER=${PEER:-$(sh "$ROOT/tests/oracle/peer.sh")}
W=$O/bench-throttled
mkdir -p "$W"
gcc -O2 -o "$W/slowly" "$ROOT/tests/bench/slowly.c"
gcc -O2 -o "$W/timed" "$ROOT/tests/bench/timed.c"

# one RATE COMMAND...: "WALL CPU …" of a dump into the pipe, its bytes in W/bytes
one() {
	rate=$1
	shift
	# shellcheck disable=SC2016 # for the shell that is timed
	"$W/timed" sh -c 'o=$1 rate=$2; shift 2; "$@" 2>"$o/err" | "$o/slowly" "$rate" >"$o/bytes"' \
		sh "$W" "$rate" "$@" </dev/null | tail -n 1
}

# row RATE NAME COMMAND...: the median by wall seconds
row() {
	rate=$1 name=$2
	shift 2
	: >"$W/runs"
	i=0
	while [ "$i" -lt "$runs" ]; do
		one "$rate" "$@" >>"$W/runs"
		i=$((i + 1))
	done
	sort -n "$W/runs" | awk -v name="$name" -v rate="$rate" -v bytes="$(cat "$W/bytes")" '
		{ wall[NR] = $1; cpu[NR] = $2 }
		END {
			k = int((NR + 1) / 2)
			printf "%4d MB/s  %-22s %8.2f %8.2f %9.1f\n", rate, name, wall[k], cpu[k], bytes / 1048576
		}'
}

cksum <"$core" >/dev/null # into the page cache
printf '%-32s %8s %8s %9s\n' "$(basename "$core"), -d $level" 'wall s' 'cpu s' 'MiB'
for rate in "$@"; do
	for codec in auto lzo zstd:-1 zstd:1 zlib; do
		row "$rate" "$codec" "$CRASHBOX" makedumpfile -F -d "$level" --codec=$codec --num-threads="$threads" \
			--message-level 0 "$core"
	done
	row "$rate" 'makedumpfile -l' "$PEER" -F -d "$level" -l --message-level 0 "$core"
done
