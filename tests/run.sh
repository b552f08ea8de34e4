#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Builds and runs every test: run.sh [--full]. O=DIR is the build directory (default build).
# A line when a part starts and when it ends, all it says in O/test/PART.log, the last line "N passed, N failed".
#
# Two lanes use two cores: crashes in QEMU in one, everything else in the other. While the other lane works it holds
# one of the two places for guests, so that a guest never waits for a core.
#
# The short form ends within 85 minutes, whatever hangs: the limit of a part is cut to the time that is left.
set -eu

ROOT=$(cd "$(dirname "$0")/.." && pwd)
cd "$ROOT"
O=${O:-$ROOT/build}
mkdir -p "$O/test"
O=$(cd "$O" && pwd)
export O
full=
vm_limit=4200
oracle_limit=1800
all_limit=5100
case ${1:-} in
--full)
	full=--full
	vm_limit=14400
	oracle_limit=14400
	all_limit=43200
	;;
'') ;;
*)
	echo "usage: run.sh [--full]" >&2
	exit 2
	;;
esac
# The parts choose their own numbers of jobs.
unset MAKEFLAGS MFLAGS MAKELEVEL
exec </dev/null
T=$O/test
rm -f "$T"/*.log "$T"/*.result
began=$(date +%s)

# The seconds that are left of all_limit; at least 1, as 0 is no limit to timeout(1)
left() {
	rest=$((began + all_limit - $(date +%s)))
	[ "$rest" -gt 0 ] || rest=1
	echo "$rest"
}

build() {
	timeout -k 10 "$(left)" make --no-print-directory -j "$(nproc)" O="$O" "$@"
}

# count_tap LOG: "PASSED FAILED"; a skipped test did not pass
count_tap() {
	awk '/^ok .*# skip/ || /^not ok / { bad++; next } /^ok / { good++ } END { print good + 0, bad + 0 }' "$1"
}

# count_line LOG: the numbers of the last line "NAME: N passed, N failed" or "N passed, N failed"
count_line() {
	sed -n 's/^\([a-z]*: \)\{0,1\}\([0-9]*\) passed, \([0-9]*\) failed$/\2 \3/p' "$1" | tail -n 1
}

# count_vm LOG: the last line, or, when the suite broke off, the scenarios that had ended and one failure
count_vm() {
	count_line "$1" | grep . ||
		awk '/^ok  / { good++ } /^FAIL / { bad++ } END { print good + 0, bad + 1 }' "$1"
}

# What failed, and the end of what the part said
show_failure() {
	grep -E '^(not ok|FAIL|  FAIL|  lint .* findings)|: failed: ' "$1" | head -n 20 | sed 's/^/    /' || :
	echo "    --- the end of $1"
	tail -n 25 "$1" | sed 's/^/    /'
}

# settle PART COUNTER STATUS SECONDS: writes "PASSED FAILED" to PART.result and says how it went
settle() {
	log=$T/$1.log
	numbers=$($2 "$log")
	passed=${numbers% *} failed=${numbers#* }
	[ -n "$numbers" ] || passed=0 failed=0
	# A part that broke off, or that tested nothing, failed.
	if [ "$failed" -eq 0 ] && { [ "$3" -ne 0 ] || [ "$passed" -eq 0 ]; }; then
		failed=1
	fi
	echo "$passed $failed" >"$T/$1.result"
	if [ "$failed" -eq 0 ]; then
		echo "  ok       $1: $passed passed, $4 s"
	else
		echo "  FAILED   $1: $passed passed, $failed failed, status $3, $4 s"
		show_failure "$log"
	fi
}

# part NAME COUNTER SECONDS COMMAND...: one part of the test, with a time limit
part() {
	name=$1 counter=$2 limit=$3
	shift 3
	[ "$limit" -le "$(left)" ] || limit=$(left)
	echo "  start    $name"
	start=$(date +%s)
	status=0
	timeout -k 10 "$limit" "$@" >"$T/$name.log" 2>&1 7>&- || status=$?
	settle "$name" "$counter" "$status" $(($(date +%s) - start))
}

j=-j$(nproc)

lane_other() {
	slot=
	exec 7>>"${TMPDIR:-/tmp}/crashbox-vm-slot.2"
	! flock -n 7 || slot=2
	part lint count_line 1800 nice sh tests/lint/all.sh
	part unit count_line 1200 nice make --no-print-directory "$j" O="$O" unit
	part bats count_tap 1800 nice make --no-print-directory "$j" O="$O" bats
	part fuzz count_line 1800 nice make --no-print-directory "$j" O="$O" fuzz-fixed
	# Its one guest runs in the place that this lane holds.
	# shellcheck disable=SC2086 # empty or one word
	part oracle count_line "$oracle_limit" nice env CRASHBOX_VM_SLOT="$slot" sh tests/oracle/all.sh $full
	exec 7>&-
}

# The scenarios' own lines are shown as they come.
lane_vm() {
	# shellcheck disable=SC2086 # empty or one word
	part vm count_vm "$vm_limit" sh tests/vm/suite $full &
	suite=$!
	tail -n +1 -F --pid=$suite "$T/vm.log" 2>/dev/null |
		grep --line-buffered -E '^(ok  |FAIL) ' | sed -u 's/^/    /' || :
	wait "$suite"
	# A whole Debian takes minutes to install and to boot: in the long form only.
	[ -z "$full" ] || part system count_vm 7200 sh tests/system/suite "$full"
}

echo "  start    build"
start=$(date +%s)
if ! build all >"$T/build.log" 2>&1; then
	echo "  FAILED   build"
	show_failure "$T/build.log"
	echo "0 passed, 1 failed"
	exit 1
fi
echo "  ok       build: $(($(date +%s) - start)) s"

lane_vm &
vm=$!
lane_other
wait "$vm" || :

passed=0 failed=0
for part in lint unit bats fuzz oracle vm ${full:+system}; do
	numbers=$(cat "$T/$part.result" 2>/dev/null || echo "0 1")
	passed=$((passed + ${numbers% *})) failed=$((failed + ${numbers#* }))
done
echo "  all      $(($(date +%s) - began)) s, logs in $T"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
