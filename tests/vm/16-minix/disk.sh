# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

disks_make()
{
	truncate -s 1G vda.img
	mkfs.minix -3 vda.img >/dev/null
}
