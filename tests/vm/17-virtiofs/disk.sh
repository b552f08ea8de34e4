# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034,SC2154

# The server ends with the connection, that is with QEMU.
disks_make()
{
	mkdir -p share/var/crash
	server=$(command -v virtiofsd /usr/lib/qemu/virtiofsd /usr/libexec/virtiofsd | head -1)
	"$server" --socket-path=fs.sock -o source="$PWD/share" >virtiofsd.log 2>&1 &
}
