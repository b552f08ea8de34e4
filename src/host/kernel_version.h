/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which kernel a kernel image is.
 * Pure: the first bytes of the file to the release that `uname -r` will give.
 */
#ifndef HOST_KERNEL_VERSION_H
#define HOST_KERNEL_VERSION_H

#include <stddef.h>
#include <stdint.h>

#define KERNEL_HEAD_BYTES   (256u * 512) /* the setup part of a bzImage is never longer */
#define KERNEL_RELEASE_ROOM 96           /* __NEW_UTS_LEN is 64 */

/*
 * The release, as "6.12.9-amd64", that a bzImage names in its setup header, into BUF of N bytes. IMAGE holds the
 * file's first LEN bytes, of which KERNEL_HEAD_BYTES are enough. 0, or -ENODATA with "" in BUF: no bzImage, or it
 * names none. Layout: Documentation/arch/x86/boot.rst, fields setup_sects and kernel_version, protocol 2.00.
 */
int kernel_version_bzimage(const uint8_t *image, size_t len, char *buf, size_t n);

#endif
