# SPDX-License-Identifier: GPL-2.0-or-later
# tests/vm: stock kernels of a distribution, fetched as packages, unpacked, never installed.
# shellcheck shell=sh disable=SC2034 # the K_* variables are for the callers

# kernel_get RELEASE: bookworm, trixie or sid. Sets
#   K_ROOT     directory with lib/modules/K_VERSION, modules.dep included
#   K_VERSION  what uname -r prints in it
#   K_VMLINUZ  the compressed kernel
kernel_get()
{
	K_RELEASE=$1
	K_ROOT=$VMO/kernel-$1
	[ -e "$K_ROOT/version" ] || once "kernel-$1" kernel_fetch "$1" "$K_ROOT"
	K_VERSION=$(cat "$K_ROOT/version")
	K_VMLINUZ=$K_ROOT/vmlinuz
}

# kernel_fetch RELEASE DIR: DIR appears only when it is whole
kernel_fetch()
{
	[ ! -e "$2/version" ] || return 0
	say "vm: fetching the newest kernel of $1"
	rm -rf "$2.new" "$2"
	mkdir -p "$2.new/deb"
	package=$(kernel_archive depends "$1" linux-image-amd64 | grep -m1 '^linux-image-[0-9]')
	# shellcheck disable=SC2046 # names of packages hold no spaces
	kernel_archive deb "$1" "$package" $(kernel_parts "$1" "$package") -- "$2.new/deb"
	for deb in "$2.new"/deb/*.deb; do
		dpkg-deb -x "$deb" "$2.new"
	done
	rm -rf "$2.new/deb" "$2.new/usr/share"
	kernel_settle "$2.new"
	mv "$2.new" "$2"
}

# kernel_parts RELEASE PACKAGE: since 7.x image, modules and their lists are packages of their own
kernel_parts()
{
	kernel_archive depends "$1" "$2" | grep '^linux-\(base\|binary\|modules\)-[0-9]' || :
}

kernel_archive()
{
	sh "$ROOT/config/libs/archive.sh" --state "${CRASHBOX_APT_STATE:-$O/apt}" "$@"
}

# kernel_settle DIR: the same places for every generation of the package
kernel_settle()
{
	[ -e "$1/lib" ] || ln -s usr/lib "$1/lib"
	version=$(basename "$(echo "$1"/lib/modules/*)")
	for image in "$1/boot/vmlinuz-$version" "$1/lib/modules/$version/vmlinuz"; do
		[ ! -e "$image" ] || cp "$image" "$1/vmlinuz"
	done
	[ -e "$1/vmlinuz" ] || die "no vmlinuz in the kernel package of $version"
	depmod -b "$1" "$version"
	echo "$version" >"$1/version"
}

# modules_of NAME...: files of the modules and of all they need, in loading order, below K_ROOT.
# Built-in ones print nothing; one that this kernel does not have is an error.
modules_of()
{
	for module in "$@"; do
		modprobe -d "$K_ROOT" -S "$K_VERSION" --show-depends "$module" ||
			die "kernel $K_VERSION has no module $module"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++'
}
