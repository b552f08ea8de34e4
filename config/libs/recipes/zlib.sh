# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# zlib: only the library target; the example programs do not link with -fno-pie.
CFLAGS="$CFLAGS_SIZE" ./configure --static --prefix="$PREFIX"
make libz.a
install_files zlib.h zconf.h -- include
install_files libz.a -- lib
