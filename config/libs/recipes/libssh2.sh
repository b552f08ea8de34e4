# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# needs: openssl
# libssh2: without compression and the ciphers and hashes nobody should use; with packets encrypted in one piece.
for p in "$HERE"/patches/libssh2-*.patch; do
	patch -s -f -p1 <"$p"
done
CFLAGS="$CFLAGS_SIZE -DLIBSSH2_NO_MD5 -DLIBSSH2_NO_MD5_PEM -DLIBSSH2_NO_HMAC_RIPEMD -DLIBSSH2_NO_BLOWFISH
	-DLIBSSH2_NO_RC4 -DLIBSSH2_NO_CAST -DLIBSSH2_NO_3DES"
CFLAGS=$(printf '%s' "$CFLAGS" | tr -s '\n\t' '  ')
CFLAGS="$CFLAGS" CPPFLAGS="-I$PREFIX/include" LDFLAGS="-L$PREFIX/lib -static -no-pie" \
	./configure --host="$HOST" --prefix="$PREFIX" --disable-shared --enable-static --disable-examples-build \
	--disable-docker-tests --disable-sshd-tests --without-libz --disable-rpath --with-crypto=openssl \
	--with-libssl-prefix="$PREFIX"
# Loops over every byte: a quarter faster in an emulator, for 500 bytes more.
make -C src CFLAGS="$CFLAGS_SPEED" chacha.lo poly1305.lo
make -C src
install_files include/libssh2*.h -- include
install_files src/.libs/libssh2.a -- lib
