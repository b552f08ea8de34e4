#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/readers: readers that need no debug data: our reader of pages, makedumpfile, libkdumpfile,
# crash --osrelease, and
# each filtering what the other wrote. Promise: ends in "readers: N passed, N failed".
#
#   refilter.sh [--short] VMCORE [QEMU]
#
# VMCORE is a full ELF copy; QEMU, when there is one, the memory of the same machine as dump-guest-memory wrote it.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/oracle/tools.sh disable=SC1091
. "$ROOT/tests/oracle/tools.sh"
# shellcheck source=tests/readers/tools.sh disable=SC1091
. "$ROOT/tests/readers/tools.sh"

if [ "${1:-}" = --short ]; then
	SHAPES='kdump-zstd elf flat split incomplete'
	shift
fi
[ $# -gt 0 ] || die "usage: refilter.sh [--short] VMCORE [QEMU]"
vmcore=$1 qemu=${2:-}
tools
KDUMPFILE=$(reader_build kdumpfile)
run=$WORK/readers.$$
mkdir -p "$run"
trap 'rm -rf "$run"' EXIT
name=$(basename "$vmcore")
release=$(release_of "$vmcore")

# check SENTENCE COMMAND...: passes when the command does
check()
{
	sentence="$name $1"
	shift
	if "$@" >"$run/said" 2>&1; then
		pass "$sentence"
	else
		fail "$sentence" "$run/said"
	fi
}

crash_reads()
{
	[ "$(crash --osrelease "$1" 2>"$run/err" | tail -n 1)" = "$release" ]
}

# library_can SHAPE: old versions of libkdumpfile know no flattened files, whoever wrote them
library_can()
{
	case $1 in
	flat*) ;;
	*) return 0 ;;
	esac
	"$PEER" -F -l -d 31 --message-level 4 "$vmcore" >"$run/peer.flat" 2>"$run/log" &&
		! "$KDUMPFILE" "$vmcore" "$run/peer.flat" 2>&1 | grep -q 'Unknown file format'
	known=$?
	rm -f "$run/peer.flat"
	return "$known"
}

# refilter READER FILE LEVEL OUT
refilter()
{
	rm -f "$4"
	"$1" -l -d "$3" --message-level 4 "$2" "$4"
}

# same_pages THEIRS OURS: kept sets without a difference that is not explained
same_pages()
{
	"$PAGES" compare "$vmcore" "$1" "$2" "$ORACLE/differences.txt"
}

shape_of_pages()
{
	check "$1: pages equal the vmcore" "$PAGES" verify "$vmcore" "$(commas "$DUMP")"
	[ -z "$qemu" ] || check "$1: pages equal the memory as QEMU saw it" "$PAGES" verify "$qemu" "$(commas "$DUMP")"
	# shellcheck disable=SC2086 # the files of a split dump
	! library_can "$1" || check "$1: libkdumpfile reads it" "$KDUMPFILE" "$vmcore" $DUMP
	[ "$1" = split ] || check "$1: crash knows the kernel" crash_reads "$DUMP"
}

for shape in $SHAPES; do
	if ! shape "$shape" 17; then
		fail "$name $shape: cannot be made" "$run/log"
		continue
	fi
	shape_of_pages "$shape"
	case $shape in
	kdump-zstd | elf)
		check "$shape: the peer filters it again" refilter "$PEER" "$DUMP" 31 "$run/again"
		check "$shape: we filter it again" refilter "$OURS" "$DUMP" 31 "$run/ours"
		check "$shape: filtered again, both keep the same" same_pages "$run/again" "$run/ours"
		rm -f "$run/again" "$run/ours"
		;;
	esac
	shape_drop
done

# Ours of level 1, filtered by them to 31, theirs by us: both equal the direct way.
check 'level 31 at once' refilter "$OURS" "$vmcore" 31 "$run/direct"
check 'ours of level 1' refilter "$OURS" "$vmcore" 1 "$run/ours.1"
check 'theirs of level 1' refilter "$PEER" "$vmcore" 1 "$run/theirs.1"
check 'ours filtered by them' refilter "$PEER" "$run/ours.1" 31 "$run/ours.theirs"
check 'theirs filtered by us' refilter "$OURS" "$run/theirs.1" 31 "$run/theirs.ours"
check 'ours filtered by them: the same pages' same_pages "$run/ours.theirs" "$run/direct"
check 'theirs filtered by us: the same pages' same_pages "$run/direct" "$run/theirs.ours"
check 'theirs filtered by us: equal the vmcore' "$PAGES" verify "$vmcore" "$run/theirs.ours"
check 'level 31: page tables, log and text are there' "$PAGES" must "$vmcore" "$run/direct"

# A flattened stream is put together again by either.
"$OURS" -F -l -d 31 "$vmcore" >"$run/flat" 2>"$run/log" || fail "$name: flattened" "$run/log"
for rebuild in "$PEER" "$OURS"; do
	rm -f "$run/rebuilt"
	if "$rebuild" -R "$run/rebuilt" <"$run/flat" >"$run/log" 2>&1; then
		check "$(basename "$rebuild") -R: the same pages" same_pages "$run/direct" "$run/rebuilt"
		check "$(basename "$rebuild") -R: equal the vmcore" "$PAGES" verify "$vmcore" "$run/rebuilt"
	else
		fail "$name: $(basename "$rebuild") -R" "$run/log"
	fi
done
finish readers
