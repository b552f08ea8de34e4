# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

# A root file system whose init says that it runs and powers off
disks_make()
{
	mkdir -p root/bin root/sbin root/proc root/sys root/dev root/run root/tmp
	cp "$(command -v busybox)" root/bin/busybox
	install -m 755 root-init root/sbin/init
	truncate -s 64M vda.img
	mkfs.ext4 -q -F -d root vda.img
	rm -rf root
}
