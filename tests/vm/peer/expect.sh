# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

# Good enough for either: a whole vmcore on the disk
expect()
{
	disk_open vda.img
	dump_find || return 0
	file_there vmcore
	judge_elf "$DUMP/vmcore"
}
