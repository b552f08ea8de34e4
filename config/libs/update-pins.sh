#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Rewrites config/libs/pins to what the signed index of the pinned release names now.
# Promise: pins changes only when every library has a version whose files were downloaded and checked.
#
#   update-pins.sh --update [--out DIR]     DIR holds the download cache and the apt state; default $O, else
#                                           build of the source tree
#
# It is not named pins.sh: make knows a rule by which a file NAME.sh makes NAME, and would overwrite pins.

set -eu

here=$(cd "$(dirname "$0")" && pwd)
pins=${PINS:-$here/pins}
out=${O:-$here/../../build}
. "$here/common.sh"

usage() {
	die "usage: update-pins.sh --update [--out DIR]"
}

# Prints the three lines of LIBRARY $1: the newest version whose archives can really be had. An index may name
# files that the archive does not hold (yet).
newest_pin() {
	name=$1
	src=$(pin "$name" source)
	archive source "$(release)" "$src" >"$cache/.index.$$"
	versions=$(cut -d' ' -f1 "$cache/.index.$$" | uniq)
	for v in $versions; do
		o=$(index_entry orig "$v" <"$cache/.index.$$")
		d=$(index_entry debian "$v" <"$cache/.index.$$")
		if [ -n "$o" ] && have_version "$src" "$v" "$o" "$d" "$(pin "$name" patches)"; then
			rm -f "$cache/.index.$$"
			printf '%s version %s\n%s orig %s\n' "$name" "$v" "$name" "$o"
			[ -z "$d" ] || printf '%s debian %s\n' "$name" "$d"
			return 0
		fi
		loud "$name: the index names $src $v, but the archive does not hold all of it; looking for an older one"
	done
	die "$name: no version of $src can be had from the archive"
}

have_version() {
	get_file "$1" "$2" "${3%% *}" "${3#* }" || return 4
	[ -n "$4" ] && get_file "$1" "$2" "${4%% *}" "${4#* }" && return 0
	[ "$5" = optional ]
}

[ "${1:-}" = --update ] || usage
shift
if [ $# -eq 2 ] && [ "$1" = --out ]; then
	out=$2
	shift 2
fi
[ $# -eq 0 ] || usage

unset SOURCES
mkdir -p "$out/libs/dl"
cache=$(cd "$out/libs/dl" && pwd)
state=${CRASHBOX_APT_STATE:-$out/apt}
archive update "$(release)" deb-src
new=$cache/.pins.$$
trap 'rm -f "$new" "$cache/.index.$$"' EXIT
while IFS= read -r line; do
	read -r lib key _ <<-LINE
	$line
	LINE
	case $key in
	version | orig | debian) [ "$lib" = '#' ] || continue ;;
	esac
	printf '%s\n' "$line"
	[ "$lib" = '#' ] || [ "$key" != source ] || newest_pin "$lib" </dev/null
done <"$pins" >"$new"
if cmp -s "$new" "$pins"; then
	echo "pins: nothing newer"
else
	diff -u "$pins" "$new" || :
	cat "$new" >"$pins"
fi
