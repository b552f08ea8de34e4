#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links the built libraries into one static program and runs it; prints what each archive weighs.
# Promise: success means that every library asked for links statically with musl and does its work.
#
#   check.sh --out DIR [--only "LIBRARY..."]       DIR as given to build.sh

set -eu

here=$(cd "$(dirname "$0")" && pwd)

die() {
	printf 'libs: %s\n' "$*" >&2
	exit 1
}

# The archives of a library, in link order.
archives_of() {
	case $1 in
	zlib) echo z ;;
	libdeflate) echo deflate ;;
	zstd) echo zstd ;;
	lzo2) echo lzo2 ;;
	util-linux) echo blkid ;;
	xz-utils) echo lzma ;;
	openssl) echo ssl crypto ;;
	libssh2) echo ssh2 ssl crypto ;;
	libnfs) echo nfs ;;
	curl) echo curl ssl crypto ;;
	*) die "no library $1" ;;
	esac
}

out=
only=all
while [ $# -ge 2 ]; do
	case $1 in
	--out) out=$2 ;;
	--only) only=$2 ;;
	*) break ;;
	esac
	shift 2
done
if [ $# -ne 0 ] || [ -z "$out" ]; then
	die "usage: check.sh --out DIR [--only LIBRARIES]"
fi

case $only in
local | all) only=$(sh "$here/build.sh" --list "$only") ;;
esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
macros=
links=
for name in $only; do
	macros="$macros -DWITH_$(printf '%s' "$name" | tr 'a-z-' 'A-Z_')"
	for a in $(archives_of "$name"); do
		[ -f "$out/prefix/lib/lib$a.a" ] || die "$name: $out/prefix/lib/lib$a.a was not built"
		links="$links -l$a"
	done
done

awk 'BEGIN { for (i = 0; i < 100; i++) print "crashbox" }' | xz --check=crc32 --lzma2 -c |
	od -An -v -tx1 | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g' >"$work/xz-sample.h"

# shellcheck disable=SC2086 # lists of options
"${MUSL_CC:-musl-gcc}" -static -no-pie -fno-pie -std=gnu11 -Os -Wall -Wextra -Werror $macros -I"$work" \
	-I"$out/prefix/include" -idirafter "$out/kheaders" -ffunction-sections -Wl,--gc-sections -s \
	-o "$work/check" "$here/check.c" -L"$out/prefix/lib" -Wl,--start-group $links -Wl,--end-group
readelf -l "$work/check" | grep -q INTERP && die "the test program is not static"
"$work/check"
printf 'libs: all of it in one static program: %s bytes\n' "$(wc -c <"$work/check")"
(cd "$out/prefix/lib" && wc -c -- *.a)
