# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# lzo2: its headers find the machine's properties without a configure run (which would take 15 s).
compile liblzo2.a "$CFLAGS_SPEED -Iinclude -Isrc" src/*.c
install_files include/lzo/*.h -- include/lzo
install_files liblzo2.a -- lib
