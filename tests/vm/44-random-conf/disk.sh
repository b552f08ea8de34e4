# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

disks_make()
{
	make_disk vda ext4 1G
	# noise, the same each time
	LC_ALL=C awk 'BEGIN {
		s = 44
		for (i = 0; i < 65536; i++) {
			s = s * 16807 % 2147483647
			printf "%c", int(s / 256) % 256
		}
	}' >random.conf
}
