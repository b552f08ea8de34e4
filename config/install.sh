#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Puts everything that belongs to the program into place: install.sh BINARY. DESTDIR is a root to install below,
# PREFIX (/usr/local) where programs go; configuration is in /etc whatever PREFIX is, and never overwritten.
set -eu

binary=${1:?the binary}
here=$(cd "$(dirname "$0")/.." && pwd)
DESTDIR=${DESTDIR:-}
PREFIX=${PREFIX:-/usr/local}
sbindir=$PREFIX/sbin
libdir=$PREFIX/lib/crashbox
units=$PREFIX/lib/systemd/system
man=$PREFIX/share/man
umask 022

# place MODE FILE PATH
place() {
	install -D -m "$1" "$2" "$DESTDIR$3"
}

# The same with the paths of this installation filled in.
fill() {
	place "$1" "$2" "$3"
	sed -e "s:@SBINDIR@:$sbindir:g" -e "s:@LIBDIR@:$libdir:g" "$2" >"$DESTDIR$3"
}

programs() {
	place 755 "$binary" "$sbindir/crashbox"
	for name in kdumpctl kdump-config; do
		ln -sf crashbox "$DESTDIR$sbindir/$name"
	done
	place 755 "$here/mkinitrd.sh" "$libdir/mkinitrd.sh"
	for file in files.list generic-modules; do
		place 644 "$here/initramfs/$file" "$libdir/initramfs/$file"
	done
	for file in "$here"/initramfs/lib/*; do
		place 644 "$file" "$libdir/initramfs/lib/${file##*/}"
	done
}

service() {
	for unit in kdump.service crashbox-savecore.service; do
		fill 644 "$here/config/systemd/$unit" "$units/$unit"
	done
	fill 755 "$here/config/systemd/crashbox-generator" "$PREFIX/lib/systemd/system-generators/crashbox-generator"
	place 644 "$here/config/udev/98-crashbox.rules" "$PREFIX/lib/udev/rules.d/98-crashbox.rules"
	place 755 "$here/config/kernel-hooks/kernel-hook" "$libdir/kernel-hook"
	fill 755 "$here/config/kernel-hooks/60-crashbox.install" "$PREFIX/lib/kernel/install.d/60-crashbox.install"
	fill 755 "$here/config/kernel-hooks/postinst" /etc/kernel/postinst.d/crashbox
	fill 755 "$here/config/kernel-hooks/postrm" /etc/kernel/postrm.d/crashbox
}

# kexec-tools has a page vmcore-dmesg(8) of its own.
manuals() {
	for page in "$here"/docs/*.[1-9]; do
		name=${page##*/}
		case $name in
		crashbox* | kdump* | mkinitrd.sh*) ;;
		*) name=crashbox-$name ;;
		esac
		place 644 "$page" "$man/man${name##*.}/$name"
	done
}

settings() {
	[ -e "$DESTDIR/etc/kdump.conf" ] || place 644 "$here/config/kdump.conf" /etc/kdump.conf
	place 644 "$here/config/completion/crashbox.bash" "$PREFIX/share/bash-completion/completions/crashbox"
	for name in kdumpctl kdump-config; do
		ln -sf crashbox "$DESTDIR$PREFIX/share/bash-completion/completions/$name"
	done
	place 644 "$here/config/completion/_crashbox" "$PREFIX/share/zsh/site-functions/_crashbox"
}

programs
service
manuals
settings
