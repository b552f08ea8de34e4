# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# xz-utils: the .xz decoder that compressed kernel modules need: LZMA2, the x86 filter, CRC32 and CRC64; one
# thread; checksums with small tables. With this choice the sources need no more than the macros below, so the 15 s of
# configure are saved.
flags="-DHAVE_DECODERS -DHAVE_DECODER_LZMA1 -DHAVE_DECODER_LZMA2 -DHAVE_DECODER_X86 -DHAVE_CHECK_CRC32
	-DHAVE_CHECK_CRC64 -DHAVE_SMALL -DHAVE_FUNC_ATTRIBUTE_CONSTRUCTOR
	-DHAVE_STDBOOL_H -DHAVE_STDINT_H -DHAVE_INTTYPES_H -DHAVE_VISIBILITY=0
	-DHAVE__BOOL -DTUKLIB_SYMBOL_PREFIX=lzma_ -DSIZEOF_SIZE_T=8 -DNDEBUG -std=gnu11"
for d in common api common check lz rangecoder lzma simple delta; do
	flags="$flags -Isrc/liblzma/$d"
done
set -- stream_decoder stream_buffer_decoder stream_flags_common stream_flags_decoder block_decoder \
	block_header_decoder block_util common filter_common filter_decoder filter_flags_decoder index_hash \
	vli_decoder vli_size
for f; do
	shift
	set -- "$@" "src/liblzma/common/$f.c"
done
compile liblzma.a "$CFLAGS_SIZE -Isrc/common $flags" "$@" src/liblzma/check/check.c \
	src/liblzma/check/crc32_small.c src/liblzma/check/crc64_small.c src/liblzma/lz/lz_decoder.c \
	src/liblzma/lzma/lzma_decoder.c src/liblzma/lzma/lzma2_decoder.c src/liblzma/simple/simple_coder.c \
	src/liblzma/simple/simple_decoder.c src/liblzma/simple/x86.c
install_files src/liblzma/api/lzma.h -- include
install_files src/liblzma/api/lzma/*.h -- include/lzma
install_files liblzma.a -- lib
