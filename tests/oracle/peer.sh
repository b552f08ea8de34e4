#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# tests/oracle: gets a current makedumpfile, the one our results are compared with, out of Debian.
# Promise: prints the path of a program of version 1.7.6 or newer with zlib, LZO and zstd, or fails with a sentence.
#
#   peer.sh [RELEASE...]        releases of Debian, in order of preference (default: sid trixie)
#
# It is built from the source package, with snappy too. An archive may name a source package and not hold it: then the
# same version's binary package is unpacked (not installed) beside the libraries of its own release.
# SOURCES=DIR builds the makedumpfile_*.orig.tar.* of DIR instead, if there is one.
# The result is kept in $O/peer/makedumpfile, what it is in $O/peer/version; a second call only names it.
# Nothing of it is part of the product.
set -eu

top=$(cd "$(dirname "$0")/../.." && pwd)
O=${O:-$top/build}
OLDEST=1.7.6
[ $# -gt 0 ] || set -- sid trixie
peer=$O/peer

die() {
	printf 'peer: %s\n' "$*" >&2
	exit 1
}

archive() {
	sh "$top/config/libs/archive.sh" "$@"
}

# accept PROGRAM VERSION CODEC...: it runs on this machine, is that version and has the codecs
accept() {
	"$1" -v >"$peer/said" 2>&1 || return 1
	grep -q "version $2" "$peer/said" || return 1
	shift 2
	for codec in "$@"; do
		grep -q "^$codec.*enabled" "$peer/said" || return 1
	done
}

# build_archive FILE VERSION: from an upstream archive
build_archive() {
	rm -rf "$peer/tree"
	mkdir "$peer/tree"
	tar -x -f "$1" -C "$peer/tree" --strip-components=1
	make -s -C "$peer/tree" -j "$(nproc)" LINKTYPE=dynamic USELZO=on USESNAPPY=on USEZSTD=on \
		>"$peer/build.log" 2>&1 || return 1
	accept "$peer/tree/makedumpfile" "$2" lzo snappy zstd || return 1
	strip -o "$peer/makedumpfile.new" "$peer/tree/makedumpfile"
	rm -rf "$peer/tree"
	mv "$peer/makedumpfile.new" "$peer/makedumpfile"
	printf '%s, built here\n' "$2" >"$peer/version"
}

from_directory() {
	for file in "${SOURCES:-/nonexistent}"/makedumpfile_*.orig.tar.*; do
		[ -f "$file" ] || continue
		version=${file##*/makedumpfile_}
		build_archive "$file" "${version%.orig.tar.*}" && return 0
	done
	return 1
}

# source_of RELEASE: "VERSION FILE" of the upstream archive of its newest version
source_of() {
	archive source "$1" makedumpfile |
		awk '$2 ~ /\.orig\.tar\./ && $2 !~ /\.asc$/ { print $1, $2; exit }'
}

# from_source VERSION FILE RELEASE
from_source() {
	archive source "$3" "makedumpfile=$1" "$2" -- "$peer/sources" 2>"$peer/source.log" || return 1
	build_archive "$peer/sources/$2" "$upstream"
}

# from_binary RELEASE
from_binary() {
	sh "$top/tests/oracle/borrow.sh" "$1" makedumpfile usr/bin/makedumpfile "$peer/borrowed" || return 1
	accept "$peer/borrowed" "$upstream" lzo zstd || return 1
	ln -sf borrowed "$peer/makedumpfile"
	printf '%s, package of Debian %s\n' "$upstream" "$1" >"$peer/version"
}

# from_release RELEASE
from_release() {
	found=$(source_of "$1")
	[ -n "$found" ] || return 1
	version=${found% *}
	upstream=${version#*:}
	upstream=${upstream%-*}
	dpkg --compare-versions "$upstream" ge "$OLDEST" || return 1
	from_source "$version" "${found#* }" "$1" || from_binary "$1"
}

mkdir -p "$peer"
exec 8>"$peer/lock"
flock 8
if [ ! -x "$peer/makedumpfile" ] && ! from_directory; then
	for release in "$@"; do
		! from_release "$release" || break
		echo "peer: no makedumpfile from Debian $release" >&2
	done
fi
[ -x "$peer/makedumpfile" ] || die "no current makedumpfile was to be had; see $peer"
printf '%s\n' "$peer/makedumpfile"
