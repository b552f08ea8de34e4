# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: power failures in the middle of a capture.
# The guest is stopped at random moments and its disk copied, which is what a power failure at that
# moment leaves; the last moment is a real SIGKILL of QEMU. Each copy is judged on its own.
# shellcheck shell=sh

POWER_CUTS=${POWER_CUTS:-6}
# The console line after the fsync of the log
SAVED_LOG='vmcore-dmesg.txt saved'

# power_cuts [MOST]: the command of a watch; MOST is that of power-cuts
power_cuts()
{
	echo "'$VM/power-cuts' $POWER_CUTS ${1:-} >/dev/null 2>power.log &"
}

# judge_power_cuts [JUDGE]: JUDGE IMAGE LOG says what must hold after each. By default: a file called vmcore is
# whole, and the kernel log is there if the console had said so before.
judge_power_cuts()
{
	[ -e cut-3.img ] || fail "fewer than three power failures happened: $(tail -1 power.log)"
	grep -q "$SAVED_LOG" serial.log || fail "the console never says \"$SAVED_LOG\""
	for image in cut-*.img; do
		"${1:-judge_cut}" "$image" "${image%.img}.log"
	done
}

judge_cut()
{
	disk_open "$1"
	seen=none
	for file in "$TREE"/var/crash/*/vmcore; do
		[ -e "$file" ] || continue
		seen=whole
		[ "$(dump_format "$file")" != elf ] || judge_elf "$file"
		judge_refilter "$file"
	done
	! grep -q "$SAVED_LOG" "$2" || judge_cut_log
	echo "$1: vmcore $seen, $(tail -1 "$2")" >>cuts.txt
	judge_close
}

judge_cut_log()
{
	set -- "$TREE"/var/crash/*/vmcore-dmesg.txt
	if [ -s "$1" ]; then
		judge_panic "$1"
	else
		fail "the console said that the log is saved, a power failure later it is not there"
	fi
}
