# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# shellcheck disable=SC2154 # the caller sets here, pins, cache, state
#
# What the library scripts share: reading pins, talking loudly, getting one verified file.
# Promise: a file is in the cache only after its SHA-256 was the wanted one.
#
# The caller sets $here (this directory), $pins, $cache and $state.

die() {
	printf 'libs: %s\n' "$*" >&2
	exit 1
}

# A notice nobody should miss in a long build log.
loud() {
	printf '\n*** libs: %s\n\n' "$*" >&2
}

# pin LIBRARY KEY: the values of that key, one line each.
pin() {
	awk -v l="$1" -v k="$2" '$1 == l && $2 == k { sub(/^[^ ]+ +[^ ]+ +/, ""); print }' "$pins"
}

release() {
	awk '$1 == "release" { print $2 }' "$pins"
}

sha256_is() {
	[ "$(sha256sum <"$1" | cut -d' ' -f1)" = "$2" ]
}

archive() {
	sh "$here/archive.sh" --state "$state" "$@"
}

# from_directory FILE SHA256: takes the file from $SOURCES. Returns 4 when it is not there; a file with another
# content ends the build, whatever else could be done, since somebody put it there on purpose.
from_directory() {
	[ -f "$SOURCES/$1" ] || return 4
	sha256_is "$SOURCES/$1" "$2" ||
		die "$1 in the directory of sources has not the pinned SHA-256 $2"
	cp "$SOURCES/$1" "$cache/$1"
}

# from_archive SOURCE VERSION FILE SHA256. Returns 4 when the archive cannot give that file. The archive tool
# has checked the file against the index; the pin is checked here.
from_archive() {
	rm -rf "$cache/.get.$$"
	archive source "$(release)" "$1=$2" "$3" -- "$cache/.get.$$" || {
		rm -rf "$cache/.get.$$"
		return 4
	}
	if ! sha256_is "$cache/.get.$$/$3" "$4"; then
		rm -rf "$cache/.get.$$"
		die "$3 from the archive has not the pinned SHA-256 $4"
	fi
	mv "$cache/.get.$$/$3" "$cache/$3"
	rmdir "$cache/.get.$$"
}

# get_file SOURCE VERSION FILE SHA256: puts the file into $cache. Returns 4 when it is not to be had.
get_file() {
	if [ -f "$cache/$3" ]; then
		sha256_is "$cache/$3" "$4" && return 0
		rm -f "$cache/$3"
	fi
	if [ -n "${SOURCES:-}" ]; then
		from_directory "$3" "$4"
	else
		from_archive "$1" "$2" "$3" "$4"
	fi
}

# Reads "VERSION FILE SHA256" lines and prints the one of the upstream (orig) or patch (debian) archive of version $2.
index_entry() {
	case $1 in
	orig) pattern='[.]orig[.]tar[.][a-z0-9]+$' ;;
	*) pattern='[.]debian[.]tar[.][a-z0-9]+$' ;;
	esac
	awk -v v="$2" -v p="$pattern" '$1 == v && $2 ~ p { print $2, $3; exit }'
}
