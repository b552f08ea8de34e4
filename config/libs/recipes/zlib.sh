# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# zlib: only the library target; the example programs do not link with -fno-pie. Its tables of CRC-32 do not pack: they
# are made when they are needed first.
CFLAGS="$CFLAGS_SIZE -DDYNAMIC_CRC_TABLE" ./configure --static --prefix="$PREFIX"
make libz.a
install_files zlib.h zconf.h -- include
install_files libz.a -- lib
