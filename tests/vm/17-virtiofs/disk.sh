# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

# The server ends with the connection, that is with QEMU. It confines itself by chroot: its name spaces
# need a root directory that is a mount point, which a build root is not.
disks_make()
{
	mkdir -p share/var/crash
	for server in /usr/libexec/virtiofsd /usr/lib/qemu/virtiofsd; do
		[ ! -x "$server" ] || break
	done
	"$server" --socket-path=fs.sock -o source="$PWD/share" -o sandbox=chroot >virtiofsd.log 2>&1 &
}
