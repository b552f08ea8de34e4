#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/readers: what crash, drgn and gdb say of our filtered dumps, beside what they say of the whole vmcore.
# Promise: ends in "debuggers: N passed, N failed". The answers must be the same, word for word.
# The kernel with debug data is a download of 1 GB, which is why this is not part of `make test`.
#
#   crash.sh VMCORE...            full ELF copies, of kernels of Debian 12, 13 or unstable
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source=tests/oracle/tools.sh disable=SC1091
. "$ROOT/tests/oracle/tools.sh"
# shellcheck source=tests/readers/tools.sh disable=SC1091
. "$ROOT/tests/readers/tools.sh"

[ $# -gt 0 ] || die "usage: crash.sh VMCORE..."
tools
PYTHON=${PYTHON:-/usr/bin/python3}
run=$WORK/debuggers.$$
mkdir -p "$run"
trap 'rm -rf "$run"' EXIT
LIMIT=600

# crash_runs DUMP...: its answers to the questions
crash_runs()
{
	timeout "$LIMIT" "$CRASH" ${no_modules:+"$no_modules"} -s -i "$run/questions" "$VMLINUX" "$@" \
		>"$run/raw" 2>&1 </dev/null
}

# crash_asks OUT DUMP...: the answers, without the lines that name a file
crash_asks()
{
	answers=$1
	shift
	for question in 'bt -a' ps log 'kmem -i' ${no_modules:-mod} quit; do
		[ "$question" = "$no_modules" ] || echo "$question"
	done >"$run/questions"
	crash_runs "$@" || return 1
	grep -vF "$run" "$run/raw" | grep -vF "$vmcore" >"$answers"
}

drgn_asks()
{
	timeout "$LIMIT" "$PYTHON" "$READERS/tasks.py" "$VMLINUX" "$2" >"$1" 2>"$run/err"
}

# gdb knows no page tables: it reads what has a virtual address in the headers
gdb_asks()
{
	offset=$(LC_ALL=C grep -a -o -m1 'KERNELOFFSET=[0-9a-f]*' "$vmcore" | head -n 1 | cut -d= -f2)
	timeout "$LIMIT" gdb -batch -nx -ex 'set pagination off' -ex "symbol-file $VMLINUX -o 0x$offset" \
		-ex "core-file $2" -ex 'print init_uts_ns.name' -ex 'print linux_banner' -ex 'print init_task.comm' \
		-ex 'x/16i panic' "$VMLINUX" 2>/dev/null | grep -E '^(\$|   0x|=> 0x)' >"$1"
}

# sane ANSWERS: the debugger found its way in the whole vmcore
crash_sane()
{
	grep -q 'sysrq_handle_crash' "$1" && grep -q 'swapper' "$1" && grep -q 'TOTAL MEM' "$1" &&
		grep -q 'Kernel panic' "$1"
}

drgn_sane()
{
	grep -qF "release $release" "$1" && grep -q '^task 1 ' "$1"
}

gdb_sane()
{
	grep -qF "$release" "$1" && grep -q 'swapper' "$1"
}

# compare DEBUGGER SHAPE DUMP...: its answers for this dump equal those for the vmcore
compare()
{
	debugger=$1 what="$name: $1 on $2"
	shift 2
	if ! "${debugger}_asks" "$run/answers" "$@"; then
		tail -n 5 "$run/raw" "$run/err" 2>/dev/null >"$run/said" || :
		fail "$what: no answer" "$run/said"
	elif cmp -s "$run/$debugger.full" "$run/answers"; then
		pass "$what: $(wc -l <"$run/answers") lines alike"
	else
		diff "$run/$debugger.full" "$run/answers" >"$run/diff" || :
		fail "$what: other answers" "$run/diff"
	fi
}

# first DEBUGGER: the answers for the vmcore itself. A kernel can be newer than every crash: crash 9.0.2 ends at
# the modules of Linux 7.2, whoever wrote the file. Then it is asked about everything else.
first()
{
	for no_modules in '' --no_modules; do
		if "$1_asks" "$run/$1.full" "$vmcore" && "$1_sane" "$run/$1.full"; then
			[ -z "$no_modules" ] || echo "     $name: this crash knows no modules of $release"
			return 0
		fi
		grep -q 'module_init()' "$run/raw" || break
	done
	cat "$run/raw" "$run/err" "$run/$1.full" 2>/dev/null | tail -n 8 >"$run/said" || :
	fail "$name: $1 cannot read the whole vmcore" "$run/said"
	return 1
}

for vmcore in "$@"; do
	name=$(basename "$vmcore")
	release=$(release_of "$vmcore")
	debug_kernel "$release"
	crash_for "$release"
	with=''
	for debugger in drgn gdb crash; do
		: >"$run/raw"
		: >"$run/err"
		! first "$debugger" || with="$with $debugger"
	done
	for shape in kdump-lzo kdump-zlib kdump-zstd elf flat split; do
		if ! shape "$shape" 31; then
			fail "$name $shape: cannot be made" "$run/log"
			continue
		fi
		for debugger in $with; do
			case $debugger-$shape in
			gdb-elf | drgn-kdump-zlib | drgn-kdump-zstd | drgn-elf | crash-*)
				# shellcheck disable=SC2086 # the files of a split dump
				compare "$debugger" "$shape" $DUMP
				;;
			esac
		done
		shape_drop
	done
	# Cut short: the important pages come first, so the log is there.
	if shape incomplete 31 && echo 'log' >"$run/questions" && echo quit >>"$run/questions" &&
		crash_runs "$DUMP" &&
		grep -q 'Kernel panic' "$run/raw"; then
		pass "$name: crash reads the log of a dump that was cut"
	else
		fail "$name: crash on a dump that was cut" "$run/raw"
	fi
done
finish debuggers
