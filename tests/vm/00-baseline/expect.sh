# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC1091,SC2034,SC2154
expect()
{
	disk_open vda.img
	dump_find || return 0
	file_there vmcore
	judge_elf "$DUMP/vmcore"
	judge_refilter "$DUMP/vmcore"
	judge_memory "$DUMP/vmcore"
	judge_crash "$DUMP/vmcore"
}
