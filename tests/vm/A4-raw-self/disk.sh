# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2154

# A blank disk, which any other day is taken, and one with a file system. The bit lies in a text of another applet,
# where nothing but the checksum can notice it.
disks_make()
{
	make_disk vda raw 64M
	make_disk vdb ext4 1G
	cp "$O/crashbox" damaged
	at=$(grep -obUa -e 'Set by .crashbox setup.' damaged | head -n 1 | cut -d: -f1)
	printf 'R' | dd of=damaged bs=1 seek="${at:?}" conv=notrunc status=none # S is 0x53, R 0x52
	[ "$(cmp -l damaged "$O/crashbox" | wc -l)" -eq 1 ] || die "the program was not damaged"
}
