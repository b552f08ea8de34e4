#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/oracle: damages the memory map, vmcoreinfo, log ring and page tables of a real vmcore and dumps it with -d 31.
# Promise: ends in "mutate: N passed, N failed". A run passes when we end in time with status 0, the dump opens in two
# readers, has the bytes of the (damaged) source, and holds every page table, log and text page of the kernel.
#
#   mutate.sh [--runs N] [--seed N] [--kind KIND] VMCORE
#
# VMCORE is a full ELF copy; a sparse copy of it is made once and repaired after each run. A run that fails prints its
# seed: --seed that --runs 1 repeats it.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/oracle/tools.sh disable=SC1091
. "$ROOT/tests/oracle/tools.sh"

runs=40 seed=1 kind=
while [ $# -gt 1 ]; do
	case $1 in
	--runs) runs=$2 ;;
	--seed) seed=$2 ;;
	--kind) kind=$2 ;;
	*) die "usage: mutate.sh [--runs N] [--seed N] [--kind KIND] VMCORE" ;;
	esac
	shift 2
done
vmcore=$1
LIMIT=60
tools
run=$WORK/mutate.$$
mkdir -p "$run"
trap 'rm -rf "$run"' EXIT
cp --reflink=auto --sparse=always "$vmcore" "$run/copy"
chmod u+w "$run/copy"

# kind_of SEED: the kinds take turns
kind_of()
{
	if [ -n "$kind" ]; then
		echo "$kind"
		return
	fi
	set -- "$1" pages sections info log tables claims all size pages
	shift "$((1 + $1 % 9))"
	echo "$1"
}

# opens_for_peer: the peer opens our dump; or fails on the damaged source as well
opens_for_peer()
{
	rm -f "$run/again"
	timeout -k 5 "$LIMIT" "$PEER" -l -d 31 --message-level 4 "$run/dump" "$run/again" >"$run/log" 2>&1 && return 0
	rm -f "$run/again"
	! timeout -k 5 "$LIMIT" "$PEER" -l -d 31 --message-level 4 "$run/copy" "$run/again" >>"$run/log" 2>&1
}

judge()
{
	status=0
	timeout -k 5 "$LIMIT" "$OURS" -l -d 31 "$run/copy" "$run/dump" >"$run/log" 2>&1 || status=$?
	[ "$status" -eq 0 ] || {
		why="status $status"
		return 1
	}
	why='does not open'
	"$PAGES" info "$run/dump" >"$run/log" 2>&1 || return 1
	why='pages'
	"$PAGES" bytes "$run/copy" "$run/dump" >"$run/log" 2>&1 || return 1
	why='pages that must be kept'
	"$PAGES" must "$vmcore" "$run/dump" "$run/copy" >"$run/log" 2>&1 || return 1
	why='the peer cannot open it'
	opens_for_peer
}

n=0
while [ "$n" -lt "$runs" ]; do
	now=$((seed + n)) what=$(kind_of "$((seed + n))")
	rm -f "$run/dump"
	"$MUTATE" "$vmcore" "$run/copy" "$what" "$now" >"$run/list"
	if judge; then
		passed=$((passed + 1))
	else
		fail "$(basename "$vmcore"), $what, seed $now: $why" "$run/log"
	fi
	"$MUTATE" undo "$vmcore" "$run/copy" <"$run/list"
	n=$((n + 1))
done
cmp -s "$vmcore" "$run/copy" || die "the copy was not repaired"
finish mutate
