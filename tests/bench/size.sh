#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# What the binary, each library and the image weigh, beside the bars of config/limits. A table, never a verdict.
# shellcheck disable=SC1091
set -eu

ROOT=$(cd "$(dirname "$0")/../.." && pwd)
. "$ROOT/tests/vm/lib.sh"
. "$VM/lib/kernel.sh"
cd "$ROOT"
libs=$O/libs
S=$O/size
mkdir -p "$S"

limit() {
	awk -v n="$1" '$1 == n { print $2 }' config/limits
}

# row NAME BYTES LIMIT
row() {
	awk -v name="$1" -v n="$2" -v bar="${3:-}" 'BEGIN {
		printf "  %-54s %10d", name, n
		if (bar != "")
			printf "  bar %8d  %3d %%%s", bar, n * 100 / bar, (n > bar) ? "  OVER" : ""
		print ""
	}'
}

# The same code without networking, in O/local; the libraries are those of O.
build_local() {
	mkdir -p "$O/local/libs"
	ln -sfn "$libs/prefix" "$O/local/libs/prefix"
	ln -sfn "$libs/kheaders" "$O/local/libs/kheaders"
	touch "$O/local/libs/ready-local"
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make --no-print-directory -j "$(nproc)" O="$O/local" WITH_NET=0 \
		>"$S/local.log" 2>&1 || die "the local-only build failed, see $S/local.log"
}

# by_archive MAP: "ARCHIVE BYTES" of what each archive put into the file, from the map of the linker
by_archive() {
	awk -v unloaded='^[.](bss|tbss|debug|comment|stab|note)' '
		/^Linker script and memory map/ { on = 1; next }
		!on { next }
		/^[.][A-Za-z_]/ { section = $1 }
		/^ [.*][^ ]*$/ { held = 1; next }
		{
			if (held || $1 ~ /^[.]/) {
				size = held ? $2 : $3
				file = held ? $3 : $4
				if (section !~ unloaded && size ~ /^0x/ && file ~ /[.]a[(]/) {
					sub(/[(].*/, "", file)
					sub(/.*\//, "", file)
					print file, size
				}
			}
			held = 0
		}' "$1" | while read -r file size; do echo "$file $((size))"; done |
		awk '{ n[$1] += $2 } END { for (f in n) print f, n[f] }' | sort -k2,2nr
}

# A program that uses each library the way the product does or will: config/libs/check.c.
map_everything() {
	sh config/libs/check.sh --out "$libs" >"$S/check.log" 2>&1 || die "the libraries do not link, see $S/check.log"
	awk 'BEGIN { for (i = 0; i < 100; i++) print "crashbox" }' | xz --check=crc32 --lzma2 -c |
		od -An -v -tx1 | sed 's/ *\([0-9a-f][0-9a-f]\)/0x\1,/g' >"$S/xz-sample.h"
	defines=$(sh config/libs/build.sh --list all | tr 'a-z-' 'A-Z_' | tr ' ' '\n' | sed 's/^/-DWITH_/')
	# shellcheck disable=SC2086 # a list of options
	musl-gcc -static -no-pie -fno-pie -std=gnu11 -Os $defines -I"$S" -I"$libs/prefix/include" \
		-idirafter "$libs/kheaders" -ffunction-sections -Wl,--gc-sections,-Map="$S/check.map" -s \
		-o "$S/check" config/libs/check.c -L"$libs/prefix/lib" -Wl,--start-group -lz -ldeflate -lzstd \
		-llzo2 -lblkid -llzma -lssh2 -lnfs -lcurl -lssl -lcrypto -Wl,--end-group
}

seconds_of() {
	[ ! -e "$O/test/build.log" ] ||
		sed -n "s/^libs: $1  *[^ ]*  *\([0-9]*\) s\$/\1/p" "$O/test/build.log" | tail -n 1
}

libraries() {
	printf '  %-14s %-28s %12s %12s %8s\n' library version 'whole probe' 'crashbox' 'build s'
	for name in $(sh config/libs/build.sh --list all); do
		case $name in
		zlib) archives=libz ;;
		lzo2) archives=liblzo2 ;;
		util-linux) archives=libblkid ;;
		xz-utils) archives=liblzma ;;
		openssl) archives='libssl libcrypto' ;;
		curl) archives=libcurl ;;
		zstd) archives=libzstd ;;
		*) archives=lib${name#lib} ;;
		esac
		printf '  %-14s %-28s %12s %12s %8s\n' "$name" "$(sed -n 2p "$libs/stamp/$name" 2>/dev/null)" \
			"$(weight "$S/check.by" "$archives")" "$(weight "$S/crashbox.by" "$archives")" \
			"$(seconds_of "$name" | grep . || echo -)"
	done
	printf '  %-14s %-28s %12s %12s\n' 'C library' musl "$(weight "$S/check.by" libc)" \
		"$(weight "$S/crashbox.by" libc)"
	printf '  %-14s %-28s %12s %12s\n' crashbox '' '' "$(weight "$S/crashbox.by" libcrashbox)"
}

# weight FILE "ARCHIVE...": their bytes together
weight() {
	awk -v want=" $2 " '{ name = $1; sub(/[.]a$/, "", name) } index(want, " " name " ") { n += $2 }
		END { print n + 0 }' "$1"
}

# The image for ext4 on virtio of Debian 12's kernel, with the program for local targets
image() {
	kernel_get bookworm
	cp "$VM/peer/conf" "$S/kdump.conf"
	CRASHBOX=$O/local/crashbox sh mkinitrd.sh -c "$S/kdump.conf" --no-host-check --kernel-modules "$K_ROOT" \
		--add-drivers 'virtio_pci virtio_blk ext4' --reserved 0 --print-size '' "$K_VERSION" >"$S/image"
	part() { awk -v p="$1" '$1 == p { print $3 }' "$S/image"; }
	row "local image without modules and rescue shell (base, site)" $(($(part base) + $(part site))) \
		"$(limit image-plain)"
	row "local image with modules and busybox" "$(part all)" "$(limit image-modules-shell)"
	sed 's/^/    /' "$S/image"
}

build_local
map_everything
by_archive "$S/check.map" >"$S/check.by"
by_archive "$O/crashbox.map" >"$S/crashbox.by"
echo "bytes"
row 'crashbox, everything, stripped' "$(wc -c <"$O/crashbox")" "$(limit binary-all)"
row 'crashbox, local targets only, stripped' "$(wc -c <"$O/local/crashbox")" "$(limit binary-local)"
row 'a program that uses every library' "$(wc -c <"$S/check")"
image
echo
libraries
