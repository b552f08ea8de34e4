#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# A third-party header has one home: the files that are named beside it here, and no other.
set -eu
# shellcheck source=tests/lint/lib.sh disable=SC1091
. "$(dirname "$0")/lib.sh"

homes() {
	cat <<-'END'
	blkid/ src/dev/probe.c
	zlib.h src/dev/unpack_gz.c
	lzma.h src/dev/unpack_xz.c
	zstd.h src/dev/unpack_zst.c src/codec/zstd.c
	libdeflate.h src/base/crc32.c src/format/gzip.c src/codec/zlib.c
	lzo/ src/codec/lzo.c
	curl/ src/sink/net_curl.c
	libssh2 src/sink/net_ssh
	nfsc/ src/sink/net_nfs
	openssl/ src/sink/net_ssh_cipher.c
	END
}

# shellcheck disable=SC2046 # paths without blanks
grep -nE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' $(files '^(src|applets)/.*\.[ch]$') |
	sed 's/^\([^:]*:[0-9]*\):.*<\([^>]*\)>.*/\1 \2/' >"$O/lint/includes"
homes | while read -r header home; do
	awk -v h="$header" -v homes="$home" '
		index($2, h) == 1 {
			n = split(homes, home, " ")
			split($1, at, ":")
			for (i = 1; i <= n; i++)
				if (index(at[1], home[i]) == 1)
					next
			print $1 ": <" $2 "> has its home in " homes
		}' "$O/lint/includes"
done >>"$found"

# A header that is neither of the C library, the kernel nor above has no home yet.
awk '$2 !~ /^(linux|sys|net|netinet|arpa|asm)\// && $2 !~ /^(blkid|lzo|curl|nfsc|openssl)\// &&
	$2 !~ /^(zlib|lzma|zstd|libdeflate|libssh2(_sftp)?)\.h$/ { print $1, $2 }' "$O/lint/includes" |
	while read -r at header; do
		case $header in
		assert.h | ctype.h | dirent.h | elf.h | endian.h | err.h | errno.h | fcntl.h | fnmatch.h | \
			ftw.h | getopt.h | glob.h | grp.h | inttypes.h | libgen.h | limits.h | netdb.h | poll.h | \
			pthread.h | regex.h | sched.h | \
			setjmp.h | signal.h | spawn.h | stdalign.h | stdarg.h | stdatomic.h | stdbool.h | stddef.h | \
			stdint.h | stdio.h | stdlib.h | string.h | strings.h | syslog.h | termios.h | time.h | \
			unistd.h | wchar.h | immintrin.h | byteswap.h | mntent.h | syscall.h) ;;
		*) echo "$at: <$header> has no home yet: name one in tests/lint/homes.sh" ;;
		esac
	done >>"$found"
verdict
