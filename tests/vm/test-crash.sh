#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: open a dump that we saved in crash(8) with the matching debug kernel, then filter it in every
# way and ask crash, drgn and gdb again (tests/readers/crash.sh).
# The debug package is a download of 860 MB, which is why this is not part of the suite.
#
#   test-crash.sh [--kernel bookworm|trixie|sid]
#
# shellcheck disable=SC1090,SC1091,SC2034,SC2154
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
for part in ../lib kernel judge dump; do
	. "$ROOT/tests/vm/lib/$part.sh"
done
ORACLE=$ROOT/tests/oracle
. "$ROOT/tests/readers/tools.sh"
RELEASE=bookworm
[ "${1:-}" != --kernel ] || RELEASE=${2:?}
need crash dpkg-deb tar

# crash_says TEXT: in the answers of crash
crash_says()
{
	grep -qF -e "$1" crash.txt || fail "crash does not say: $1"
}

kernel_get "$RELEASE"
debug_kernel "$K_VERSION"
crash_for "$K_VERSION"
sh "$VM/run" 10-ext4-device --kernel "$RELEASE" --keep
cd "$VMO/run/10-ext4-device-$RELEASE"
trap judge_close EXIT
disk_open vda.img
dump_find
printf '%s\n' sys log bt 'ps -s' 'kmem -i' mod files quit >crash.commands
"$CRASH" -s -i crash.commands "$VMLINUX" "$DUMP/vmcore" >crash.txt 2>&1 || fail "crash ended with status $?"
crash_says "RELEASE: $K_VERSION"
crash_says 'sysrq triggered crash'
crash_says 'sysrq_handle_crash'
crash_says 'TOTAL MEM'
# the open files of the process that asked for the crash
crash_says '/proc/sysrq-trigger'
if [ -s failures ]; then
	sed 's/^/     /' failures
	exit 1
fi
sed -n '/KERNEL:/,/^$/p' crash.txt | head -24
echo "ok   crash $("$CRASH" --version | sed -n 's/^crash //p') opens our dump of $K_VERSION"
O=$O sh "$ROOT/tests/readers/crash.sh" "$DUMP/vmcore"
