#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures the collector beside a current makedumpfile, in pairs, on vmcores in the page cache.
#
#   collector.sh [--runs N] [VMCORE...]      default: what vmcore.sh makes
#
# Each row: our command and theirs in turn, N times (default 5); medians of CPU and wall seconds, the ratios of the
# medians, both file sizes. CRASHBOX names the program (default O/crashbox), PEER the other one (tests/oracle/peer.sh).
# A table, never a verdict.
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$ROOT/build}
CRASHBOX=${CRASHBOX:-$O/crashbox}
runs=5
case ${1:-} in
--runs)
	runs=${2:?}
	shift 2
	;;
esac
[ $# -gt 0 ] || set -- "$(O=$O sh "$ROOT/tests/bench/vmcore.sh")"
PEER=${PEER:-$(sh "$ROOT/tests/oracle/peer.sh")}
W=$O/bench-collector
mkdir -p "$W"
timed=$W/timed
gcc -O2 -o "$timed" "$ROOT/tests/bench/timed.c"
trap 'rm -f "$W"/out.*' EXIT

# once WHO COMMAND...: one measured run, its line appended to WHO.runs
once() {
	who=$1
	shift
	rm -f "$W/out.$who"
	"$timed" "$@" 2>"$W/$who.err" >"$W/line" </dev/null
	tail -n 1 "$W/line" >>"$W/$who.runs"
	read -r _ _ _ status <<-END
	$(tail -n 1 "$W/line")
	END
	[ "$status" -eq 0 ] || echo "  $who failed with $status: $(tail -n 1 "$W/$who.err")" >&2
}

# median FILE COLUMN
median() {
	cut -d ' ' -f "$2" "$1" | sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

size_of() {
	[ -e "$W/out.$1" ] && stat -c %s "$W/out.$1" || echo 0
}

# row NAME "OUR OPTIONS" "THEIR OPTIONS" VMCORE
row() {
	rm -f "$W"/*.runs
	i=0
	while [ "$i" -lt "$runs" ]; do
		# shellcheck disable=SC2086 # options are words
		once ours "$CRASHBOX" makedumpfile $2 "$4" "$W/out.ours"
		# shellcheck disable=SC2086
		once theirs "$PEER" $3 "$4" "$W/out.theirs"
		i=$((i + 1))
	done
	report "$1" "$(size_of ours)" "$(size_of theirs)"
}

# report NAME OUR_SIZE THEIR_SIZE
report() {
	awk -v name="$1" -v ow="$(median "$W/ours.runs" 1)" -v oc="$(median "$W/ours.runs" 2)" \
		-v om="$(median "$W/ours.runs" 3)" -v tw="$(median "$W/theirs.runs" 1)" \
		-v tc="$(median "$W/theirs.runs" 2)" -v tm="$(median "$W/theirs.runs" 3)" \
		-v os="$2" -v ts="$3" '
		function over(a, b) { return b > 0 ? sprintf("%.2f", a / b) : "-" }
		BEGIN {
			printf "%-30s %7.2f %7.2f %6s %8.2f %8.2f %6s %8.1f %8.1f %6s %6.1f %6.1f\n",
				name, oc, tc, over(tc, oc),
				ow, tw, over(tw, ow), os / 1048576, ts / 1048576, over(os, ts), om / 1024, tm / 1024
		}'
}

heading() {
	printf '\n%s, %s MiB, %s runs each\n' "$(basename "$1")" "$(($(stat -c %s "$1") >> 20))" "$runs"
	printf '%-30s %7s %7s %6s %8s %8s %6s %8s %8s %6s %6s %6s\n' '' 'cpu s' theirs ratio 'wall s' theirs ratio \
		'MiB' theirs ours/ 'peak' theirs
}

for core in "$@"; do
	cksum <"$core" >/dev/null # into the page cache
	heading "$core"
	for level in 31 1 0; do
		row "-d $level -c" "-d $level -c --num-threads=1" "-d $level -c" "$core"
		row "-d $level zstd against their -c" "-d $level -z --num-threads=1" "-d $level -c" "$core"
	done
	row "-d 31 -l" "-d 31 -l --num-threads=1" "-d 31 -l" "$core"
	row "-d 31 -z" "-d 31 -z --num-threads=1" "-d 31 -z" "$core"
	row "-d 1 -l" "-d 1 -l --num-threads=1" "-d 1 -l" "$core"
	row "-d 1 -l, 2 threads each" "-d 1 -l --num-threads=2" "-d 1 -l --num-threads=2" "$core"
	row "-d 1 -c, 2 threads each" "-d 1 -c --num-threads=2" "-d 1 -c --num-threads=2" "$core"
	row "-d 1 -z, 2 threads each" "-d 1 -z --num-threads=2" "-d 1 -z --num-threads=2" "$core"
	row "--dry-run -d 31" "--dry-run -d 31 --num-threads=1" "--dry-run -d 31" "$core"
done
