# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

disks_make()
{
	make_disk vda ext4 1G crash
	make_disk slow ext4 256M slow
}
