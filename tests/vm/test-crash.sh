#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: open a dump that we saved in crash(8) with the matching debug kernel.
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
RELEASE=bookworm
[ "${1:-}" != --kernel ] || RELEASE=${2:?}
need crash dpkg-deb tar

# debug_kernel: sets VMLINUX, the kernel with its debug data; only that file is unpacked
debug_kernel()
{
	VMLINUX=$VMO/debug-$RELEASE/vmlinux-$K_VERSION
	[ ! -e "$VMLINUX" ] || return 0
	say "vm: fetching linux-image-$K_VERSION-dbg (860 MB)"
	rm -rf "$VMO/debug-$RELEASE"
	mkdir -p "$VMO/debug-$RELEASE"
	kernel_archive deb "$RELEASE" "linux-image-$K_VERSION-dbg" -- "$VMO/debug-$RELEASE"
	dpkg-deb --fsys-tarfile "$VMO/debug-$RELEASE"/*.deb |
		tar -x -C "$VMO/debug-$RELEASE" "./usr/lib/debug/boot/vmlinux-$K_VERSION"
	rm -f "$VMO/debug-$RELEASE"/*.deb
	mv "$VMO/debug-$RELEASE/usr/lib/debug/boot/vmlinux-$K_VERSION" "$VMLINUX"
}

# crash_says TEXT: in the answers of crash
crash_says()
{
	grep -qF -e "$1" crash.txt || fail "crash does not say: $1"
}

kernel_get "$RELEASE"
debug_kernel
sh "$VM/run" 10-ext4-device --kernel "$RELEASE" --keep
cd "$VMO/run/10-ext4-device-$RELEASE"
trap judge_close EXIT
disk_open vda.img
dump_find
printf '%s\n' sys log bt 'ps -s' 'kmem -i' mod files quit >crash.commands
crash -s -i crash.commands "$VMLINUX" "$DUMP/vmcore" >crash.txt 2>&1 || fail "crash ended with status $?"
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
echo "ok   crash $(crash --version | sed -n 's/^crash //p') opens our dump of $K_VERSION"
