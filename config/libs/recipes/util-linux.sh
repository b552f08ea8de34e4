# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# util-linux: libblkid alone, without its chain of topologies; a hostile BeFS is refused.
for p in "$HERE"/patches/util-linux-*.patch; do
	patch -s -f -p1 <"$p"
done
CFLAGS="$CFLAGS_SIZE -Oz" LDFLAGS="-static -no-pie" ./configure --host="$HOST" --prefix="$PREFIX" \
	--disable-all-programs --enable-libblkid --disable-shared --enable-static --disable-nls \
	--disable-asciidoc --without-python --without-systemd --without-udev
make libblkid.la
install_files libblkid/src/blkid.h -- include/blkid
install_files .libs/libblkid.a -- lib
