#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: the demonstration: one whole crash, from a running system to a dump that others read.
# The machine reboots after the capture; the second boot finds the dump and powers off.
#
#   demo.sh [--kernel bookworm|trixie|sid] [--capture crashbox|baseline]
#
# shellcheck disable=SC1090,SC1091,SC2034,SC2154
set -eu
ROOT=$(cd "$(dirname "$0")/../.." && pwd)
for part in ../lib kernel image workload qemu scenario judge dump power; do
	. "$ROOT/tests/vm/lib/$part.sh"
done

RELEASE=bookworm
CAPTURE=crashbox
NAME=demo
while [ $# -gt 0 ]; do
	case $1 in
	--kernel) RELEASE=${2:?}; shift ;;
	--capture) CAPTURE=${2:?}; shift ;;
	*) die "usage: demo.sh [--kernel bookworm|trixie|sid] [--capture crashbox|baseline]" ;;
	esac
	shift
done

step()
{
	printf '\n== %s\n' "$*"
}

demo_prepare()
{
	need qemu-system-x86_64 busybox cpio modprobe kexec mkfs.ext4 debugfs readelf makedumpfile socat
	RUN=$VMO/run/demo-$RELEASE
	rm -rf "$RUN"
	mkdir -p "$RUN"
	cd "$RUN"
	trap judge_close EXIT
	scenario_defaults
	step "Stock kernel of Debian $RELEASE, target disk, capture image"
	scenario_prepare demo "$RELEASE"
	echo "  kernel $K_VERSION, capture image $(stat -c %s capture.img) bytes"
	sed 's/^/  kdump.conf: /' conf
}

demo_crash()
{
	step "Boot it in QEMU (emulated: seconds here are not seconds on hardware), load, panic, capture, reboot"
	VM_SHOW='first crashbox'
	scenario_boot
	[ "$STATUS" -eq 0 ] || die "the guest did not come back, see $RUN/serial.log"
}

demo_stages()
{
	step "Time per stage (host clock, seconds)"
	printf '  %-42s %8s\n' \
		'boot of the first kernel' "$(at . 'first: up' | cut -c -5)" \
		'filling memory, loading the capture kernel' "$(between . 'first: up' "$CRASH_MARK")" \
		'panic to the first line of /init' "$(between . "$CRASH_MARK" "$SAYS")" \
		'/init to the reset of the machine' "$(between . "$SAYS" 'reboot: Restarting')" \
		'reset to the dump seen by the second boot' "$(between . 'reboot: Restarting' 'second boot')"
}

demo_saved()
{
	disk_open vda.img
	dump_find || die "nothing was saved, see $RUN/serial.log"
	step "What is on the disk: /${DUMP#"$TREE/"}"
	for file in "$DUMP"/*; do
		printf '  %-24s %12d bytes, %6d MiB on disk\n' "$(basename "$file")" \
			"$(stat -c %s "$file")" "$(($(stat -c %b "$file") / 2048))"
	done
	log=$DUMP/vmcore-dmesg.txt
	[ -e "$log" ] || {
		makedumpfile --dump-dmesg "$DUMP/vmcore" dmesg.theirs >/dev/null
		log=dmesg.theirs
	}
	step "The panic, and the last lines of the crashed kernel's log"
	sed -n 's/^/  /; /Kernel panic/p' "$log"
	echo "  ..."
	tail -5 "$log" | cut -c -100 | sed 's/^/  /'
}

demo_verdict()
{
	step "What independent readers say"
	judge_elf "$DUMP/vmcore"
	echo "  readelf: $(grep -c ' LOAD ' readelf.txt) segments, $(grep -c NT_PRSTATUS readelf.txt) CPU, vmcoreinfo $(
		grep -q VMCOREINFO readelf.txt && echo present || echo absent)"
	judge_refilter "$DUMP/vmcore"
	grep -E 'Original pages|Excluded pages|Remaining pages' refilter.log | tr -s ' ' | sed 's/^/  makedumpfile: /'
	[ "$CAPTURE" = baseline ] || judge_dmesg "$DUMP/vmcore" "$log"
	if [ -s failures ]; then
		sed 's/^/  WRONG: /' failures
		exit 1
	fi
	printf '\nThe crash was captured and the dump is whole. Everything is in %s\n' "$RUN"
}

demo_prepare
SAYS='crashbox: '
[ "$CAPTURE" = crashbox ] || SAYS='baseline: '
demo_crash
demo_stages
demo_saved
demo_verdict
