#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Fetches, checks, unpacks and patches the source of one library.
# Promise: DEST holds the pinned source with Debian's patches, or the run failed and said why; a departure from the pins
# (no patches where pins allows that, another version where UNPINNED=yes does) is said loudly.
#
#   fetch.sh --cache DIR --state DIR LIBRARY DEST      prints the version it unpacked
#
# SOURCES=DIR takes every file from DIR by name and never asks the archive. PINS=FILE reads other pins. UNPINNED=yes
# takes the newest version that the signed index names where the pinned one has left the archive.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
pins=${PINS:-$here/pins}
. "$here/common.sh"

# get_pair SOURCE VERSION "ORIG SHA" "DEBIAN SHA" PATCHES: both archives of one version. Sets $orig and $debian
# (empty when it is optional and not to be had). Returns 4 when the version cannot be had.
get_pair() {
	orig=${3%% *}
	debian=${4%% *}
	get_file "$1" "$2" "$orig" "${3#* }" || return 4
	[ -n "$debian" ] && get_file "$1" "$2" "$debian" "${4#* }" && return 0
	[ "$5" = optional ] || return 4
	loud "$name: no Debian patches to be had for $1 $2; building the upstream archive $orig as it is"
	debian=
}

# The pinned version has left the archive: with UNPINNED=yes the newest version that the signed index names and the
# archive has. Its patches here, and what was looked at upstream, are those of another version.
get_other_version() {
	[ -z "${SOURCES:-}" ] ||
		die "$name: the directory of sources lacks a file of $source_name $version" \
			"(pinned: ${orig_pin%% *}, ${debian_pin%% *})"
	[ "${UNPINNED:-}" = yes ] ||
		die "$name: the pinned $source_name $version has left the archive. Pin a newer version with" \
			"\`make pins\` and read what has changed, give its files with SOURCES=DIR, or build an" \
			"unpinned one with UNPINNED=yes"
	archive source "$(release)" "$source_name" >"$cache/.index.$$"
	others=$(cut -d' ' -f1 "$cache/.index.$$" | uniq)
	for v in $others; do
		[ "$v" != "$version" ] || continue
		o=$(index_entry orig "$v" <"$cache/.index.$$")
		d=$(index_entry debian "$v" <"$cache/.index.$$")
		[ -n "$o" ] || continue
		if get_pair "$source_name" "$v" "$o" "$d" "$patches"; then
			rm -f "$cache/.index.$$"
			loud "$name: the pinned $source_name $version has left the archive; building $v, which the" \
				"signed index of Debian $(release) names. Run \`make pins\` to pin it."
			version=$v
			return 0
		fi
	done
	rm -f "$cache/.index.$$"
	die "$name: neither the pinned $source_name $version nor another version can be had from the archive"
}

# Applies debian/patches/series in $1. A patch that fails ends the run, unless pins says that it may.
apply_patches() {
	[ -f "$1/debian/patches/series" ] || return 0
	sed 's/[[:space:]]*#.*//; /^[[:space:]]*$/d' "$1/debian/patches/series" | while read -r p opts; do
		strip=-p1
		case $opts in
		-p[0-9]) strip=$opts ;;
		esac
		if patch -d "$1" "$strip" --dry-run -s -f -i "debian/patches/$p" >"$1.patch" 2>&1; then
			patch -d "$1" "$strip" -s -f -i "debian/patches/$p"
		elif pin "$name" may-fail | grep -qxF -e "$p"; then
			printf 'libs: %s: patch %s does not apply; pins allows that\n' "$name" "$p" >&2
		else
			cat "$1.patch" >&2
			die "$name: patch $p does not apply"
		fi
	done
}

cache=
state=
while [ $# -gt 2 ]; do
	case $1 in
	--cache) cache=$2 ;;
	--state) state=$2 ;;
	*) die "usage: fetch.sh --cache DIR --state DIR LIBRARY DEST" ;;
	esac
	shift 2
done
if [ $# -ne 2 ] || [ -z "$cache" ] || [ -z "$state" ]; then
	die "usage: fetch.sh --cache DIR --state DIR LIBRARY DEST"
fi
name=$1
dest=$2

source_name=$(pin "$name" source)
[ -n "$source_name" ] || die "no library $name in the pins"
version=$(pin "$name" version)
orig_pin=$(pin "$name" orig)
debian_pin=$(pin "$name" debian)
patches=$(pin "$name" patches)
mkdir -p "$cache"
get_pair "$source_name" "$version" "$orig_pin" "$debian_pin" "$patches" || get_other_version

rm -rf "$dest" "$dest.patch"
mkdir -p "$dest"
tar -xf "$cache/$orig" -C "$dest" --strip-components=1
if [ -n "$debian" ]; then
	tar -xf "$cache/$debian" -C "$dest"
	apply_patches "$dest"
fi
rm -f "$dest.patch"
printf '%s\n' "$version"
