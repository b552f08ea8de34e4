# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# OpenSSL: what an SSH and a TLS 1.2/1.3 client need. Error strings stay: they are the only diagnosis a capture
# kernel has.

# Three cuts that no option makes: the algorithm tables of the default provider; the precomputed P-256 table (170 KB for
# faster handshakes); the AVX-512 code (800 KB, fully unrolled). The last goes by telling the generators that the
# assembler is too old for it; they then emit empty functions and the dispatch does not choose them.
awk -f "$RECIPES/openssl-providers.awk" providers/defltprov.c >defltprov.new
mv defltprov.new providers/defltprov.c

case $ARCH in
x86_64)
	target=linux-x86_64
	sed -i '/EC\(ASM\|DEF\)_x86_64=/s/=ecp_nistz256.*\|=ECP_NISTZ256_ASM/=/' crypto/ec/build.info
	;;
aarch64) target=linux-aarch64 ;;
s390x) target=linux64-s390x ;;
ppc64le) target=linux-ppc64le ;;
*) target=linux-generic64 ;;
esac

# shellcheck disable=SC2086 # CFLAGS_SIZE is a list
CFLAGS="$CFLAGS_SIZE -Wa,--noexecstack" ./Configure $target no-shared no-pic no-module no-dso no-tests no-apps no-docs \
	no-legacy no-engine no-afalgeng no-async no-deprecated no-comp no-zlib no-ssl3 no-tls1 no-tls1_1 no-dtls \
	no-quic no-srp no-psk no-srtp no-sctp no-ocsp no-cms no-cmp no-ct no-ts no-gost no-idea no-seed no-bf \
	no-cast no-camellia no-aria no-des no-md4 no-mdc2 no-rc2 no-rc4 no-rmd160 no-whirlpool no-siphash no-sm2 \
	no-sm3 no-sm4 no-scrypt no-blake2 no-ocb no-siv no-dsa no-ec2m no-rfc3779 no-nextprotoneg no-unit-test \
	no-uplink no-http no-ssl-trace no-static-engine no-ui-console no-autoload-config no-argon2 no-ml-dsa \
	no-slh-dsa no-tfo no-ml-kem no-multiblock no-cmac no-dh \
	--prefix=/usr --libdir=lib --openssldir=/etc/ssl

if [ "$ARCH" = x86_64 ]; then
	cat >old-assembler <<-'SH'
	#!/bin/sh
	for a in "$@"; do
		case $a in
		-Wa,-v) echo "GNU assembler version 2.21 (x86_64)"; exit 0 ;;
		-v) exit 1 ;;
		esac
	done
	exit 1
	SH
	chmod +x old-assembler
	for f in crypto/modes/aes-gcm-avx512 crypto/aes/aesni-xts-avx512 crypto/bn/rsaz-2k-avx512 \
		crypto/bn/rsaz-3k-avx512 crypto/bn/rsaz-4k-avx512 crypto/bn/rsaz-2k-avxifma \
		crypto/bn/rsaz-3k-avxifma crypto/bn/rsaz-4k-avxifma; do
		CC=$PWD/old-assembler perl "${f%/*}/asm/${f##*/}.pl" elf "$f.s"
	done
fi
make build_libs
install_files include/openssl/*.h -- include/openssl
install_files libcrypto.a libssl.a -- lib
