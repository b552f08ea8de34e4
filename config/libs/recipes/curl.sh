# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# needs: openssl
# libcurl: HTTP(S) and FTP(S). SSH goes through libssh2 directly. Verbose strings stay: without them every error reads
# "Error". The host's .pc files are kept out of sight.
CFLAGS="$CFLAGS_SIZE" CPPFLAGS="-I$PREFIX/include" LDFLAGS="-L$PREFIX/lib -static -no-pie" \
	PKG_CONFIG_LIBDIR="$PREFIX/lib/pkgconfig" \
	./configure --host="$HOST" --prefix=/usr --disable-shared --enable-static --with-openssl="$PREFIX" \
	--without-libssh2 --disable-docs --disable-manual --disable-libcurl-option --disable-ldap --disable-ldaps \
	--disable-rtsp --disable-dict --disable-telnet --disable-tftp --disable-pop3 --disable-imap --disable-smb \
	--disable-smtp --disable-gopher --disable-mqtt --disable-ipfs --disable-websockets --disable-ares \
	--disable-threaded-resolver --disable-cookies --disable-alt-svc --disable-hsts --disable-netrc \
	--disable-doh --disable-dateparse --disable-mime --disable-form-api --disable-headers-api \
	--disable-bindlocal --disable-get-easy-options --disable-kerberos-auth --disable-negotiate-auth \
	--disable-aws --disable-ntlm --disable-tls-srp --disable-unix-sockets --disable-socketpair \
	--disable-httpsrr --disable-ech --disable-proxy --disable-progress-meter --disable-sha512-256 \
	--disable-ca-search --disable-openssl-auto-load-config --disable-symbol-hiding --without-libpsl \
	--without-libidn2 --without-brotli --without-zstd --without-zlib --without-nghttp2 --without-librtmp \
	--without-libgsasl --with-ca-bundle=/etc/ssl/cert.pem --without-ca-path
make -C lib libcurl.la
install_files include/curl/*.h -- include/curl
install_files lib/.libs/libcurl.a -- lib
