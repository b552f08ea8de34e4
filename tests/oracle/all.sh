#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/oracle: what `make test` asks of it: a machine crashes, all of its memory is saved, and that is what
# oracle.sh, refilter.sh and damaged.sh of tests/readers, and mutate.sh judge by. Promise: ends in "all: N passed,
# N failed", the sum.
#
#   all.sh [--full] [RELEASE]      --full: every level, shape and debugger (a download of 1 GB); default trixie
#
# O=DIR is the build directory.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
VM=$ROOT/tests/vm
# shellcheck source=tests/vm/lib.sh disable=SC1091
. "$VM/lib.sh"
# shellcheck source=tests/vm/lib/judge.sh disable=SC1091
. "$VM/lib/judge.sh"
export O

full=
if [ "${1:-}" = --full ]; then
	full=yes
	shift
fi
release=${1:-trixie}
place=$O/oracle/$release
mkdir -p "$place"
passed=0 failed=0

# part NAME COMMAND...: adds what its last line counts; one that broke off failed once more than it says
part()
{
	name=$1 status=0
	shift
	"$@" >"$place/$name.log" 2>&1 || status=$?
	cat "$place/$name.log"
	numbers=$(sed -n 's/^[a-z]*: \([0-9]*\) passed, \([0-9]*\) failed$/\1 \2/p' "$place/$name.log" | tail -n 1)
	[ -n "$numbers" ] || numbers='0 0'
	passed=$((passed + ${numbers% *})) failed=$((failed + ${numbers#* }))
	if [ "$status" -ne 0 ] && [ "${numbers#* }" -eq 0 ]; then
		echo "FAIL $name: status $status"
		failed=$((failed + 1))
	fi
}

# Called where errors do not end the shell: each step tells whether it went well.
capture()
{
	sh "$VM/run" memory-1g --kernel "$release" --keep &&
		(cd "$O/vm/run/memory-1g-$release" && take_vmcore) &&
		rm -rf "$O/vm/run/memory-1g-$release" &&
		echo "capture: 1 passed, 0 failed"
}

# take_vmcore: out of the disk of the run in the current directory
take_vmcore()
{
	trap judge_close EXIT
	disk_open vda.img && dump_find var/crash && cp --sparse=always "$DUMP/vmcore" "$place/vmcore"
}

rm -f "$place/vmcore"
part capture capture
if [ -s "$place/vmcore" ] && [ -z "$full" ]; then
	part oracle sh "$ROOT/tests/oracle/oracle.sh" --short "$place/vmcore"
	part readers sh "$ROOT/tests/readers/refilter.sh" --short "$place/vmcore"
	part damaged sh "$ROOT/tests/readers/damaged.sh" --short "$place/vmcore"
	part mutate sh "$ROOT/tests/oracle/mutate.sh" --runs 24 "$place/vmcore"
elif [ -s "$place/vmcore" ]; then
	part oracle sh "$ROOT/tests/oracle/oracle.sh" "$place/vmcore"
	part readers sh "$ROOT/tests/readers/refilter.sh" "$place/vmcore"
	part damaged sh "$ROOT/tests/readers/damaged.sh" "$place/vmcore"
	part mutate sh "$ROOT/tests/oracle/mutate.sh" --runs 80 "$place/vmcore"
	part debuggers sh "$ROOT/tests/readers/crash.sh" "$place/vmcore"
fi
rm -f "$place/vmcore"
echo "all: $passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
