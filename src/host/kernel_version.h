/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which kernel a kernel image is.
 * Pure: the bytes of the file to the release that `uname -r` will give.
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

/*
 * The same from the banner "Linux version RELEASE (" in the LEN bytes of a kernel that is not packed (init/version.c,
 * linux_banner). -ENODATA: there is none.
 */
int kernel_version_banner(const uint8_t *image, size_t len, char *buf, size_t n);

/* Where a kernel of SIZE bytes, the first LEN at IMAGE, has its banner. */
struct kernel_inner {
	uint64_t at, n;
	const char *suffix; /* how these bytes are packed, as dev/unpack.h takes it; "": not at all */
};

/*
 * Finds the kernel in an image that is no bzImage: an Image of arm64, riscv or loongarch, an ELF vmlinux, gzip of one,
 * or an EFI zboot image (drivers/firmware/efi/libstub/zboot-header.S, Linux 6.1). 0, or -ENODATA: it is none of these,
 * or is packed in another way. *RET then is as it was.
 */
int kernel_inner_find(const uint8_t *image, size_t len, uint64_t size, struct kernel_inner *ret);

#endif
