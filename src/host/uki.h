/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: kernel images as files: which kernel one is, and the kernel out of a unified image (UKI).
 * Every size is held against the file's own.
 */
#ifndef HOST_UKI_H
#define HOST_UKI_H

#include "host/host.h"

#include <stdbool.h>
#include <stddef.h>

/*
 * The release that the kernel image PATH of the system names itself, into BUF of N bytes: of a bzImage its header, of a
 * UKI its section .uname, else that of the kernel in it, of any other kernel its banner, unpacked for that.
 * *UNIFIED: it is a UKI with a kernel. -ENODATA with "" in BUF: an image that does not say; -errno: it cannot be read.
 */
int must_check kernel_image_version(const struct host *h, const char *path, char *buf, size_t n, bool *unified);

/* The text of SECTION of a UKI, NUL and line ends at its end cut off, into BUF. -ENOENT, -EINVAL, -ENAMETOOLONG. */
int must_check uki_text(const struct host *h, const char *path, const char *section, char *buf, size_t n,
			struct err *e);

/*
 * Copies the kernel of the UKI PATH to the file TO of the system, as newfile_write() does. Nothing is written when TO
 * has the same bytes: size and time of two builds are the same where an image has a fixed time (NixOS, ostree). 0
 * or -errno.
 */
int must_check uki_take_kernel(const struct host *h, const char *path, const char *to, struct err *e);

#endif
