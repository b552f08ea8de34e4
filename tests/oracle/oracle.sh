#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/oracle: compares what we keep of a vmcore with what a current makedumpfile keeps, page for page.
# Promise: ends in "oracle: N passed, N failed"; a difference that differences.txt does not explain is a failure.
#
#   oracle.sh [--short] VMCORE...
#
# A VMCORE is a full ELF copy (level 0, nothing left out). For every level of 0 to 31: the kept sets are compared, every
# page of ours is unpacked and compared with the vmcore. All of it with -l, some levels with -c, -z, uncompressed, with
# threads, flattened and as ELF. Dumps that were cut short have the log. --short: few levels.
# Sets of the peer are kept in $O/oracle/sets.
# O=DIR is the build directory; CRASHBOX, OURS and PEER name other programs.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/oracle/tools.sh disable=SC1091
. "$ROOT/tests/oracle/tools.sh"

short=
if [ "${1:-}" = --short ]; then
	short=yes
	shift
fi
[ $# -gt 0 ] || die "usage: oracle.sh [--short] VMCORE..."
tools
mkdir -p "$WORK/sets"
run=$WORK/run.$$
mkdir -p "$run"
trap 'rm -rf "$run"' EXIT

# their_set LEVEL: sets SET to the file of what the peer keeps of $vmcore
their_set()
{
	SET=$WORK/sets/$(basename "$vmcore")-$(vmcore_key "$vmcore")-$peer_key.$1
	[ ! -s "$SET" ] || return 0
	rm -f "$run/theirs"
	"$PEER" -l -d "$1" --message-level 4 "$vmcore" "$run/theirs" >"$run/log" 2>&1 || return 1
	if [ "$1" -eq 0 ] || [ "$1" -eq 31 ]; then
		"$PAGES" verify "$vmcore" "$run/theirs" >"$run/log" 2>&1 || return 1
	fi
	"$PAGES" set "$run/theirs" "$SET.new" && mv "$SET.new" "$SET"
	rm -f "$run/theirs"
}

# one_level LEVEL OPTION...: our dump against theirs and against the vmcore
one_level()
{
	level=$1
	shift
	what="$name level $level $*"
	if ! their_set "$level"; then
		fail "$what: the peer has no result" "$run/log"
		return 0
	fi
	rm -f "$run/ours"
	status=0
	case " $* " in
	*' -F '*) "$OURS" "$@" -d "$level" "$vmcore" >"$run/ours" 2>"$run/log" || status=$? ;;
	*) "$OURS" "$@" -d "$level" "$vmcore" "$run/ours" >"$run/log" 2>&1 || status=$? ;;
	esac
	if [ "$status" -ne 0 ]; then
		fail "$what: status $status" "$run/log"
		return 0
	fi
	if ! "$PAGES" verify "$vmcore" "$run/ours" >"$run/log" 2>&1; then
		fail "$what: pages" "$run/log"
		return 0
	fi
	if ! wanted_codec "$@"; then
		fail "$what: incomplete, or another codec" "$run/log"
		return 0
	fi
	judge=compare
	case " $* " in
	*' -E '*) judge=cover ;;
	esac
	if "judge_$judge"; then
		pass "$what: $(tail -n 1 "$run/log")"
		! [ "$(wc -l <"$run/log")" -gt 1 ] || sed '$d; s/^/     /' "$run/log"
	else
		fail "$what: kept set" "$run/log"
	fi
	rm -f "$run/ours"
}

# wanted_codec OPTION...: the log of verify tells of a complete dump and of pages packed as asked
wanted_codec()
{
	grep -q ', complete:' "$run/log" || return 1
	case " $* " in
	*' -l '*) grep -q ' LZO [1-9]' "$run/log" ;;
	*' -c '*) grep -q ' zlib [1-9]' "$run/log" ;;
	*' -z '*) grep -q ' zstd [1-9]' "$run/log" ;;
	*) grep -q ' zlib 0 LZO 0 snappy 0 zstd 0$' "$run/log" ;;
	esac
}

judge_compare()
{
	"$PAGES" compare "$vmcore" "$SET" "$run/ours" "$ORACLE/differences.txt" >"$run/log" 2>&1
}

# An ELF file may hold more than was asked for: short gaps are filled. So it holds what we keep in the other format,
# which was compared with the peer's, and none of what it leaves out is anything but zero.
judge_cover()
{
	"$OURS" -l -d "$level" "$vmcore" "$run/flat.set.dump" >"$run/log" 2>&1 &&
		"$PAGES" cover "$vmcore" "$run/flat.set.dump" "$run/ours" >"$run/log" 2>&1
	covered=$?
	rm -f "$run/flat.set.dump"
	return "$covered"
}

# cut_short PERCENT: a dump that had to stop there has the log, for both programs, and verifies as far as it goes
cut_short()
{
	what="$name cut at $1 %"
	size=$(stat -c %s "$run/whole")
	rm -f "$run/cut" "$run/log.ours" "$run/log.theirs"
	status=0
	"$OURS" -l -d 31 -L "$((size * $1 / 100))" "$vmcore" "$run/cut" >"$run/log" 2>&1 || status=$?
	if [ "$status" -eq 1 ] && "$PAGES" verify "$vmcore" "$run/cut" >"$run/log" 2>&1 &&
		grep -q ', incomplete:' "$run/log" &&
		"$OURS" --dump-dmesg "$run/cut" "$run/log.ours" >"$run/log" 2>&1 &&
		"$PEER" --dump-dmesg "$run/cut" "$run/log.theirs" >"$run/log" 2>&1 &&
		grep -q 'Kernel panic' "$run/log.whole" && cmp "$run/log.whole" "$run/log.ours" >"$run/log" 2>&1 &&
		cmp "$run/log.peer" "$run/log.theirs" >"$run/log" 2>&1; then
		pass "$what: $(wc -l <"$run/log.ours") lines of the log"
	else
		fail "$what: status $status" "$run/log"
	fi
	rm -f "$run/cut"
}

cut_all()
{
	rm -f "$run/whole" "$run/log.whole" "$run/log.peer"
	if ! "$OURS" -l -d 31 "$vmcore" "$run/whole" >"$run/log" 2>&1 ||
		! "$OURS" --dump-dmesg "$vmcore" "$run/log.whole" >"$run/log" 2>&1 ||
		! "$PEER" --dump-dmesg "$vmcore" "$run/log.peer" >"$run/log" 2>&1; then
		fail "$name: the dump to be cut" "$run/log"
		return 0
	fi
	for percent in 10 25 50 90; do
		cut_short "$percent"
	done
	rm -f "$run/whole"
}

peer_key=$("$PEER" -v 2>&1 | sha256sum | cut -c 1-12)
for vmcore in "$@"; do
	name=$(basename "$vmcore")
	cut_all
	if [ -n "$short" ]; then
		for level in 0 1 2 4 8 16 31; do
			one_level "$level" -l
		done
		one_level 31 -c
		one_level 31 -z
		one_level 31 -E
		continue
	fi
	level=0
	while [ "$level" -le 31 ]; do
		one_level "$level" -l
		level=$((level + 1))
	done
	for level in 0 1 17 31; do
		one_level "$level" -c
		one_level "$level" -z
		one_level "$level"
		one_level "$level" -E
	done
	for options in '-l --num-threads 2' '-z --num-threads 2' '-F -l' '-F -E' '-F -z --num-threads 2' \
		'-E --num-threads 2'; do
		# shellcheck disable=SC2086 # words of a list above
		one_level 31 $options
		# shellcheck disable=SC2086
		one_level 1 $options
	done
done
finish oracle
