# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh

# A blank partition of a GPT disk, known by its name
disks_make()
{
	truncate -s 1G vda.img
	printf 'label: gpt\nsize=1020M, name=crashdump\n' | sfdisk -q vda.img
}
