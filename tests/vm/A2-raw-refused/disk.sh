# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154

disks_make()
{
	make_disk vda ext4 64M
	make_disk vdb raw 64M
	mkswap vdb.img >/dev/null 2>&1
	# prepared once, a file system was made over it later: the label is still there
	make_disk vdc raw 64M
	raw_older vdc.img
	mkfs.ext4 -q -F -E nodiscard vdc.img
	make_disk vdd raw 256M
	sha256sum vda.img vdb.img vdc.img >before
}
