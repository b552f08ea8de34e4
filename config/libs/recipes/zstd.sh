# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# zstd: levels up to 3 use the fast and double-fast strategies only; leaving the others out saves 240 KB. A higher level
# still works, by the strategy that remains. The decoder stays: compressed kernel modules need it; it has one way for
# each kind of block in place of two that are chosen by speed, and no copies for processors with BMI2.
# What packing a page does not pass is compiled for size.
sed -i '1i #pragma GCC optimize ("Os")' lib/compress/zstd_ldm.c lib/compress/zstd_compress_superblock.c \
	lib/compress/zstd_preSplit.c lib/common/entropy_common.c lib/common/fse_decompress.c \
	lib/decompress/zstd_decompress.c lib/decompress/zstd_ddict.c
no=-DZSTD_EXCLUDE
sed -i '1i #define DYNAMIC_BMI2 0' lib/decompress/huf_decompress.c lib/decompress/zstd_decompress_block.c
make -C lib libzstd.a ZSTD_LEGACY_SUPPORT=0 ZSTD_LIB_DICTBUILDER=0 ZSTD_LIB_DEPRECATED=0 \
	CC="$CC" AR="$AR" CFLAGS="$CFLAGS_SPEED ${no}_GREEDY_BLOCK_COMPRESSOR ${no}_LAZY_BLOCK_COMPRESSOR \
	${no}_LAZY2_BLOCK_COMPRESSOR ${no}_BTLAZY2_BLOCK_COMPRESSOR ${no}_BTOPT_BLOCK_COMPRESSOR \
	${no}_BTULTRA_BLOCK_COMPRESSOR -DHUF_FORCE_DECOMPRESS_X1 -DZSTD_FORCE_DECOMPRESS_SEQUENCES_SHORT"
install_files lib/zstd.h lib/zstd_errors.h -- include
install_files lib/libzstd.a -- lib
