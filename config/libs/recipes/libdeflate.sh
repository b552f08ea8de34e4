# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# libdeflate: compression and decompression of raw, zlib and gzip streams. Every file is self-contained, so a plain
# compile loop does what its cmake project does. Checksums with AVX-512 and its kin are for others. The packer, which
# only an image builder uses, and what has no loops of its own are compiled for size.
sed -i '1i #pragma GCC optimize ("Os")' lib/deflate_compress.c lib/gzip_*.c lib/adler32.c lib/x86/cpu_features.c
no=-DLIBDEFLATE_ASSEMBLER_DOES_NOT_SUPPORT
compile libdeflate.a "$CFLAGS_SPEED -I. -DNDEBUG ${no}_VPCLMULQDQ ${no}_AVX_VNNI ${no}_AVX512VNNI" lib/*.c \
	lib/x86/cpu_features.c lib/arm/cpu_features.c
install_files libdeflate.h -- include
install_files libdeflate.a -- lib
