# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh

disks_make()
{
	make_disk vda raw 512M
	raw_older vda.img
}
