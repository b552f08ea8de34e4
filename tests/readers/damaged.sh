#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/readers: what other readers see in dumps that we made of damaged input: libkdumpfile, crash, gdb, drgn,
# makedumpfile. Promise: ends in "damaged: N passed, N failed". Every file opens; a page that was sound has the bytes of
# the vmcore, one that was lost is an error, or zeros where the reader has no other word for it
# (docs/crashbox-makedumpfile.8).
#
#   damaged.sh [--short] VMCORE
#
# VMCORE is a full ELF copy. Without --short crash is asked too, with the kernel's debug data: a download of 1 GB, once.
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/oracle/tools.sh disable=SC1091
. "$ROOT/tests/oracle/tools.sh"
# shellcheck source=tests/readers/tools.sh disable=SC1091
. "$ROOT/tests/readers/tools.sh"

inputs='lzo-data zlib-descriptors zstd-cut flat-cut part-cut elf-cut' outputs='kdump elf flat flat-elf split'
short=
if [ "${1:-}" = --short ]; then
	inputs='lzo-data elf-cut' outputs='kdump elf flat' short=yes
	shift
fi
[ $# -eq 1 ] || die "usage: damaged.sh [--short] VMCORE"
vmcore=$1
tools
KDUMPFILE=$(reader_build kdumpfile)
DAMAGE=$(reader_build damage)
PYTHON=${PYTHON:-/usr/bin/python3}
run=$WORK/damaged.$$
mkdir -p "$run"
trap 'rm -rf "$run"' EXIT
release=$(release_of "$vmcore")
if [ -z "$short" ]; then
	debug_kernel "$release"
	crash_for "$release"
fi

# cut FILE TENTHS: the file ends there, at a page
cut()
{
	pages=$(($(stat -c %s "$1") / 4096))
	pages=$((pages * $2 / 10))
	truncate -s "$((pages * 4096))" "$1"
}

# input NAME: makes $run/in, and sets IN to the files that are given to us, DAMAGED to what the judge compares with
input()
{
	rm -f "$run"/in*
	IN=$run/in DAMAGED=$run/in
	case $1 in
	lzo-data) "$OURS" -l -d 31 "$vmcore" "$IN" && "$DAMAGE" "$IN" data 1 300 ;;
	zlib-descriptors) "$OURS" -c -d 31 "$vmcore" "$IN" && "$DAMAGE" "$IN" descriptor 2 300 ;;
	zstd-cut) "$OURS" -z -d 31 "$vmcore" "$IN" && cut "$IN" 7 ;;
	flat-cut) "$OURS" -F -c -d 31 "$vmcore" >"$IN" && cut "$IN" 7 ;;
	part-cut) part_input ;;
	elf-cut) cp --sparse=always "$vmcore" "$IN" && chmod u+w "$IN" && cut "$IN" 7 ;;
	*) die "no input $1" ;;
	esac >>"$run/log" 2>&1
}

part_input()
{
	"$OURS" -l -d 31 --split "$vmcore" "$run/in.1" "$run/in.2" && cut "$run/in.2" 6 || return 1
	IN="$run/in.1 $run/in.2" DAMAGED=$(commas "$IN")
}

# convert OUTPUT FILE: our command, which must say by its status that pages are lost
convert()
{
	status=0
	rm -f "$2" "$2".*
	# shellcheck disable=SC2086 # the files of a split dump
	case $1-$what in
	kdump-part-cut) "$OURS" --reassemble $IN "$2" ;;
	kdump-flat-cut) "$OURS" -R "$2" <"$IN" ;;
	kdump-*) "$OURS" -z -d 31 "$IN" "$2" ;;
	elf-*) "$OURS" -E -d 31 "$IN" "$2" ;;
	flat-elf-*) "$OURS" -F -E -d 31 "$IN" >"$2" ;;
	flat-*) "$OURS" -F -l -d 31 "$IN" >"$2" ;;
	split-*) "$OURS" -c -d 31 --split "$IN" "$2.1" "$2.2" ;;
	esac >"$run/log" 2>&1 || status=$?
	[ "$status" -eq 1 ]
}

# words_judge ANSWERS strict|zeros|any: the words of sound pages, and for lost ones an error, zeros too, or anything
words_judge()
{
	awk -v lost="$2" '
		FNR == NR { answer[$1] = $2; next }
		{ is = $2 in answer ? answer[$2] : "no answer"; asked++ }
		$1 == "sound" && is != $4 { print $2 ": sound, but " is " instead of " $4; bad++ }
		$1 == "lost" && is != "error" && lost != "any" && (lost != "zeros" || is !~ /^0+$/) {
			print $2 ": lost, but " is
			bad++
		}
		END { exit bad > 0 || !asked }' "$1" "$run/words" >"$run/said"
}

# verdict READER strict|zeros|any: what $run/answers is worth
verdict()
{
	if words_judge "$run/answers" "$2"; then
		pass "$what, $shape: $1"
	else
		cat "$run/raw" >>"$run/said"
		fail "$what, $shape: $1" "$run/said"
	fi
}

# check SENTENCE COMMAND...
check()
{
	sentence="$what, $shape: $1"
	shift
	if "$@" >"$run/said" 2>&1; then
		pass "$sentence"
	else
		fail "$sentence" "$run/said"
	fi
}

# addresses FIELD: of the pages that are asked for
addresses()
{
	awk -v field="$1" '{ print $field }' "$run/words"
}

# drgn_reads FILE LOST
drgn_reads()
{
	# shellcheck disable=SC2046 # numbers
	timeout 300 "$PYTHON" "$READERS/words.py" "$1" $(addresses 2) >"$run/answers" 2>"$run/raw" || :
	verdict drgn "$2"
}

# gdb_reads FILE LOST: a virtual address each, as gdb has no other
gdb_reads()
{
	(
		set -- -batch -nx -ex "core-file $1"
		for address in $(addresses 3); do
			set -- "$@" -ex "x/1gx 0x$address"
		done
		timeout 300 gdb "$@" 2>&1
	) >"$run/raw" || :
	awk 'FNR == NR { pa["0x" $3] = $2; next }
		/^0x[0-9a-f]*:/ { sub(":", "", $1); print pa[$1], substr($2, 3) }
		/^Cannot access memory at address/ { print pa[$NF], "error" }' "$run/words" "$run/raw" >"$run/answers"
	verdict gdb "$2"
}

# crash_reads FILE LOST: not for every input, as a session takes a minute, and none begins where the end of memory, with
# the data of each CPU, is cut off
crash_reads()
{
	check 'crash knows the kernel' osrelease "$1"
	[ -z "$short" ] || return 0
	case $what in
	lzo-data | zlib-descriptors) ;;
	*) return 0 ;;
	esac
	{
		addresses 2 | sed 's/.*/rd -p & 1/'
		echo quit
	} >"$run/questions"
	timeout 600 "$CRASH" --no_modules -s -i "$run/questions" "$VMLINUX" "$1" >"$run/raw" 2>&1 </dev/null || :
	awk '/^ *[0-9a-f]+:  / { sub(":", "", $1); print $1, $2 }
		/^rd: .*physical address: / { sub(/.*physical address: /, ""); print $1, "error" }
	' "$run/raw" >"$run/answers"
	verdict crash "$2"
}

osrelease()
{
	[ "$(crash --osrelease "$1" 2>/dev/null | tail -n 1)" = "$release" ]
}

# library_reads FILE...: every page, and what lost ones are
library_reads()
{
	check libkdumpfile "$KDUMPFILE" --damaged "$DAMAGED" "$vmcore" "$@"
}

# peer_opens FILE: makedumpfile filters it into $run/again; false: it cannot, nor what we were given (its section table
# lies at the end of memory)
peer_opens()
{
	rm -f "$run/again"
	timeout 300 "$PEER" -l -d 31 --message-level 4 "$1" "$run/again" >"$run/said" 2>&1 && return 0
	rm -f "$run/again"
	timeout 300 "$PEER" -l -d 31 --message-level 4 "$IN" "$run/again" >/dev/null 2>&1 &&
		fail "$what, $shape: makedumpfile" "$run/said"
	return 1
}

# words_after_peer: what it made, $run/again; what it makes of lost pages is in docs/crashbox-makedumpfile.8
words_after_peer()
{
	# shellcheck disable=SC2046 # numbers
	timeout 300 "$PYTHON" "$READERS/words.py" "$run/again" $(addresses 2) >"$run/answers" 2>"$run/raw" || :
	verdict 'makedumpfile keeps what was sound' any
	rm -f "$run/again"
}

peer_reads()
{
	! peer_opens "$1" || words_after_peer
}

# peer_rearranges HOW FILE...: one plain file out of parts, or of a flattened one
peer_rearranges()
{
	rm -f "$run/again"
	case $1 in
	-R) "$PEER" -R "$run/again" <"$2" ;;
	*) "$PEER" "$@" "$run/again" ;;
	esac
}

# peer_rebuilds FILE: every page stays what it is
peer_rebuilds()
{
	check 'makedumpfile rebuilds it' peer_rearranges -R "$1"
	library_reads "$run/again"
	rm -f "$run/again"
}

# peer_joins FILE...
peer_joins()
{
	check 'makedumpfile puts the parts together' peer_rearranges --reassemble "$@"
	words_after_peer
}

# read_all FILE: each reader of that shape
read_all()
{
	case $shape in
	kdump)
		library_reads "$1"
		drgn_reads "$1" strict
		crash_reads "$1" strict
		peer_reads "$1"
		;;
	elf)
		library_reads "$1"
		drgn_reads "$1" zeros
		gdb_reads "$1" zeros
		crash_reads "$1" zeros
		peer_reads "$1"
		;;
	flat)
		crash_reads "$1" any
		peer_rebuilds "$1"
		;;
	flat-elf)
		crash_reads "$1" zeros
		peer_rebuilds "$1"
		;;
	split)
		library_reads "$1.1" "$1.2"
		peer_joins "$1.1" "$1.2"
		;;
	esac
}

for what in $inputs; do
	if ! input "$what" || ! "$KDUMPFILE" --pages "$DAMAGED" "$vmcore" >"$run/words" 2>>"$run/log"; then
		fail "$what: cannot be made" "$run/log"
		continue
	fi
	for shape in $outputs; do
		[ "$what" != part-cut ] || [ "$shape" = kdump ] || continue
		if convert "$shape" "$run/out"; then
			read_all "$run/out"
		else
			fail "$what, $shape: status $status instead of 1" "$run/log"
		fi
	done
done
finish damaged
