# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# OpenSSL: what an SSH and a TLS 1.2/1.3 client need. Error strings go: libssh2 has sentences of its own and shows none
# of them. Whoever lets libcurl speak puts them back (no-err), they are what it says when TLS fails.

# Cuts that no option makes. First, the algorithm tables of the default provider, and all of the base provider.
awk -f "$RECIPES/openssl-providers.awk" providers/defltprov.c >new
mv new providers/defltprov.c
cut_lines crypto/provider_predefined.c 'base_provider_init'
cut_lines providers/decoders.inc '448", der|msblob|pvk'

# The names that old interfaces look up: AES and SHA, no padding variants, none joined with a MAC.
for f in crypto/evp/c_allc.c crypto/evp/c_alld.c; do
	sed -i -E '/EVP_add_(cipher|digest)\(EVP_(aes_[0-9]+_(ecb|cbc|ctr|gcm)|chacha20.*|md5|sha[0-9]+)\(\)\);/!{
		/^[[:space:]]*EVP_add_[a-z_]*\(.*;/d; }' "$f"
done

# Curve448 takes 60 KB, and every server has Curve25519 or a NIST curve. Its key types are gone from the tables; the
# functions that code for both curves mentions fail.
cut_lines crypto/evp/pmeth_lib.c 'ossl_(ecx|ed)448_pkey_method,'
cut_lines crypto/asn1/standard_methods.h 'ossl_(ecx|ed)448_asn1_meth,'
: >crypto/ec/curve448/eddsa.c
cat >crypto/ec/curve448/curve448.c <<-'END'
	#include <string.h>
	#include "crypto/ecx.h"
	int ossl_x448(uint8_t out[56], const uint8_t key[56], const uint8_t peer[56])
	{
		return 0;
	}
	void ossl_x448_public_from_private(uint8_t out[56], const uint8_t key[56])
	{
		memset(out, 0, 56);
	}
	int ossl_ed448_public_from_private(OSSL_LIB_CTX *ctx, uint8_t out[57], const uint8_t key[57], const char *propq)
	{
		return 0;
	}
	int ossl_ed448_pubkey_verify(const uint8_t *pub, size_t pub_len)
	{
		return 0;
	}
	int ossl_ed448_sign(OSSL_LIB_CTX *ctx, uint8_t *out, const uint8_t *m, size_t n, const uint8_t pub[57],
			    const uint8_t key[57], const uint8_t *c, size_t nc, const uint8_t phflag, const char *propq)
	{
		return 0;
	}
	int ossl_ed448_verify(OSSL_LIB_CTX *ctx, const uint8_t *m, size_t n, const uint8_t sig[114],
			      const uint8_t pub[57], const uint8_t *c, size_t nc, const uint8_t phflag,
			      const char *propq)
	{
		return 0;
	}
END

# Of the curves, P-256, P-384 and P-521.
awk '/^    \{ NID_/ && !/NID_(X9_62_prime(_field|256v1)|secp384r1|secp521r1),/ { skipping = 1 }
	!skipping { print }
	/\},$/ { skipping = 0 }' crypto/ec/ec_curve.c >new
mv new crypto/ec/ec_curve.c

# Object identifiers that no source file names.
grep -rhoE --include='*.[ch]' --include='*.inc' --include='*.in' --exclude='obj_*.h' \
	'\b(NID|SN|LN|OBJ)_[A-Za-z0-9_]+' crypto providers ssl include | sed 's/^[A-Z]*_//' | sort -u >names
awk -f "$RECIPES/openssl-objects.awk" names crypto/objects/obj_dat.h >new
mv new crypto/objects/obj_dat.h
sed -i 's/nid_objs\[\([^]]*\)\]/kept_objs[nid_index[\1]]/' crypto/objects/obj_dat.c

case $ARCH in
x86_64)
	target=linux-x86_64
	# The precomputed P-256 table is 170 KB for faster handshakes; AES for processors with SSSE3 and no AES
	# instructions, where ChaCha20 is chosen; exponentiation for RSA with AVX2.
	sed -i '/EC\(ASM\|DEF\)_x86_64=/s/=ecp_nistz256.*\|=ECP_NISTZ256_ASM/=/' crypto/ec/build.info
	sed -i '/AES\(ASM\|DEF\)_x86_64=/,/^$/s/ bsaes-x86_64.s\| BSAES_ASM//' crypto/aes/build.info
	cut_lines crypto/bn/rsaz_exp.h '#define RSAZ_ENABLED'
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
	no-slh-dsa no-tfo no-err no-ml-kem no-multiblock no-cmac no-dh \
	--prefix=/usr --libdir=lib --openssldir=/etc/ssl

# Vector code is unrolled and there is a copy for each generation of processors. The generators emit what the assembler
# takes: with one that says it is older they leave out the newest copies, and the dispatch does not choose them.
# AVX-512 goes everywhere (800 KB); of the hashes AVX2 goes, too, of SHA-512 AVX; the SHA instructions stay.
if [ "$ARCH" = x86_64 ]; then
	cat >old-assembler <<-'SH'
	#!/bin/sh
	for a in "$@"; do
		case $a in
		-Wa,-v) echo "GNU assembler version $AS_VERSION (x86_64)"; exit 0 ;;
		-v) exit 1 ;;
		esac
	done
	exit 1
	SH
	chmod +x old-assembler
	generate() {
		AS_VERSION=$1 CC=$PWD/old-assembler perl "$2" elf "$3"
	}
	for f in crypto/modes/aes-gcm-avx512 crypto/aes/aesni-xts-avx512 crypto/bn/rsaz-2k-avx512 \
		crypto/bn/rsaz-3k-avx512 crypto/bn/rsaz-4k-avx512 crypto/bn/rsaz-2k-avxifma \
		crypto/bn/rsaz-3k-avxifma crypto/bn/rsaz-4k-avxifma crypto/sha/sha1-x86_64; do
		generate 2.21 "${f%/*}/asm/${f##*/}.pl" "$f.s"
	done
	generate 2.21 crypto/sha/asm/sha512-x86_64.pl crypto/sha/sha256-x86_64.s
	generate 2.18 crypto/sha/asm/sha512-x86_64.pl crypto/sha/sha512-x86_64.s
	generate 2.24 crypto/chacha/asm/chacha-x86_64.pl crypto/chacha/chacha-x86_64.s
	generate 2.24 crypto/poly1305/asm/poly1305-x86_64.pl crypto/poly1305/poly1305-x86_64.s
fi
make build_libs
install_files include/openssl/*.h -- include/openssl
install_files libcrypto.a libssl.a -- lib
