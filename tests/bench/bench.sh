#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Measures in QEMU what the project promises, beside a hand-made busybox image: bench.sh [--quick] [--kernel RELEASE]
# --quick leaves out the smallest crashkernel= (about 20 crashes for each image). A table, never a verdict.
# shellcheck disable=SC1090,SC1091,SC2034,SC2154
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
for part in ../lib kernel image qemu scenario judge power; do
	. "$ROOT/tests/vm/lib/$part.sh"
done

RELEASE=bookworm
quick=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) quick=1 ;;
	--kernel)
		RELEASE=${2:?}
		shift
		;;
	*)
		echo "usage: bench.sh [--quick] [--kernel RELEASE]" >&2
		exit 2
		;;
	esac
	shift
done
B=$VMO/bench-$RELEASE
# Hooks keep their path in the capture kernel, where /tmp is a file system of its own.
case $B in
/tmp/*) B=/var/tmp/crashbox-bench-$(id -u)-$RELEASE ;;
esac
mkdir -p "$B"

limit() {
	awk -v n="$1" '$1 == n { print $2 }' "$ROOT/config/limits"
}

# crash NAME FOLDER CAPTURE: one crash and capture; results stay in B/NAME. A subshell: it changes directory.
crash() (
	NAME=$1
	CAPTURE=$3
	CRASHKERNEL=
	rm -rf "${B:?}/$1"
	mkdir -p "$B/$1"
	cd "$B/$1"
	trap judge_close EXIT
	scenario_defaults
	say "  bench    $1: a crash of $RELEASE, captured by $CAPTURE"
	scenario_prepare "$2" "$RELEASE"
	scenario_boot
	expect
	judge_close
	[ ! -s failures ] || sed "s/^/  bench    $1: /" failures >&2
	rm -f ./*.img
)

# number FILE KEY: of a report
number() {
	sed -n "s/^ *\"$2\": \([0-9]*\),*\$/\1/p" "$1" 2>/dev/null | head -n 1
}

# stage FILE NAME FIELD
stage() {
	sed -n "s/.*\"name\": \"$2\".*\"$3\": \([0-9]*\),.*/\1/p" "$1" 2>/dev/null | head -n 1
}

# said NAME WORD: the word behind WORD on a line "bench: …" of the console
said() {
	sed -n "s/.*bench: \(.* \)\{0,1\}$2 \([^ ]*\).*/\2/p" "$B/$1/serial.log" 2>/dev/null | tr -d '\r' | head -n 1
}

row() {
	printf '  %-58s %12s %12s %12s\n' "$1" "${2:--}" "${3:--}" "${4:--}"
}

# per BYTES MS: MiB/s
per() {
	awk -v b="${1:-0}" -v ms="${2:-0}" 'BEGIN {
		if (ms > 0)
			printf "%.1f", b / 1048576 / (ms / 1000)
		else
			print "-"
	}'
}

calc() {
	awk "BEGIN { $1 }"
}

smallest() {
	say "  bench    smallest crashkernel= for $1, 3 runs each"
	sh "$VM/smallest" --kernel "$RELEASE" --capture "$1" --from "$2" |
		tee "$B/smallest-$1" | sed 's/^/    /' >&2 || :
	sed -n 's/^smallest crashkernel .*: \(.*\)$/\1/p' "$B/smallest-$1"
}

crash memory ../bench/memory crashbox
crash speed ../bench/speed crashbox
crash baseline peer baseline
ours=skipped theirs=skipped
if [ -z "$quick" ]; then
	ours=$(smallest crashbox 96)
	theirs=$(smallest baseline 112)
fi

r=$B/speed/report.json
init=$(number "$r" init_ms)
copy=$(stage "$r" vmcore start_ms)
ms=$(stage "$r" vmcore ms)
bytes=$(number "$r" copied_bytes)
dd_s=$(said speed seconds)
dd_bytes=$(said speed bytes)
dd_ms=$(calc "print int(1000 * ${dd_s:-0})")
base=$B/baseline/serial.log
base_s=$(between "$B/baseline" 'baseline: copy' 'baseline: copied')

echo "Debian $RELEASE, 1 GiB guest, QEMU -accel tcg; the machine was not alone if others worked on it"
row what bar crashbox 'by hand'
row 'resident memory of our processes, peak of the copy, KiB' "$(limit copy-memory-kib)" "$(said memory resident)"
row '  high-water marks of each process, KiB' '' \
	"$(said memory highs)"
row '/init starts -> the copy begins, ms' "$(limit init-to-copy-ms)" \
	"$([ -z "$init" ] || [ -z "$copy" ] || echo "$((copy - init))")" \
	"$(calc "s = \"$(between "$B/baseline" 'baseline: init' 'baseline: copy')\"
		print (s == \"-\" ? s : int(s * 1000))")"
row '  of it loading modules, ms' '' "$(number "$r" module_ms)"
row 'kernel start -> /init, ms' '' "$init"
row 'plain copy to ext4, MiB/s of vmcore' '' "$(per "$bytes" "$ms")" \
	"$(calc "s = \"$base_s\"; if (s > 0) printf \"%.1f\", ${bytes:-0} / 1048576 / s; else print \"-\"")"
row '  dd bs=1M of it in the same boot, MiB/s' '' "$(per "$dd_bytes" "$dd_ms")"
row '  our speed in % of that' "$(limit copy-speed-percent)" \
	"$(calc "if (${ms:-0} > 0 && ${dd_bytes:-0} > 0 && $dd_ms > 0)
		printf \"%d\", 100 * (${bytes:-0} / ${ms:-1}) / (${dd_bytes:-1} / $dd_ms)
		else print \"-\"")"
written=$(number "$r" written_bytes)
row '  bytes really written, MiB (the rest are zeros)' '' "$(calc "printf \"%d\", ${written:-0} / 1048576")"
row 'smallest crashkernel= that captures 3 of 3 times' "$(limit crashkernel-mib)M" "$ours" "$theirs"
