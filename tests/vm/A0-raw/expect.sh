# SPDX-License-Identifier: GPL-2.0-or-later
# A blank partition takes the dump: makedumpfile reads it from byte 0, savecore brings all of it back.
# shellcheck shell=sh disable=SC2034,SC2154

expect()
{
	console_says '/dev/vda1 is blank: it is taken'
	console_says '==== the dump is saved ===='
	console_says 'reboot: Restarting system'
	sfdisk -q --verify vda.img >verify.txt 2>&1 || fail "the partition table is damaged: $(head -1 verify.txt)"
	dd if=vda.img of=part.img bs=1M skip=1 count=1020 conv=sparse status=none
	makedumpfile -R theirs <part.img >rebuild.txt 2>&1 ||
		fail "makedumpfile -R refuses the partition: $(tail -1 rebuild.txt)"
	: >older
	raw_recover part.img
	raw_find || return 0
	cmp -s theirs "$DUMP/vmcore" || fail "makedumpfile -R rebuilds another file than savecore"
	judge_filtered kdump 31
	judge_codec lzo
}
