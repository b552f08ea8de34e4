/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: where the image of a kernel lies.
 * Looks at the places that distributions use; what an image says itself goes over its name.
 */
#ifndef HOST_KERNEL_FIND_H
#define HOST_KERNEL_FIND_H

#include "host/host.h"

#include <stdbool.h>

struct kernel_ask {
	const char *version; /* as uname -r gives it */
	const char *bootdir; /* looked at first; "": none */
	const char *img;     /* names of images in front of -VERSION; "": the usual ones */
	const char *ext;     /* behind it */
};

struct kernel_found {
	char path[HOST_PATH]; /* of the system, "" when there is none */
	bool unified;         /* a UKI: uki_take_kernel() gives the kernel itself */
};

/*
 * Finds the kernel that ASK names. In this order: boot directories by name; entry directories of systemd-boot
 * (TOKEN/VERSION/linux); lib/modules/VERSION/vmlinuz; ostree; BOOT_IMAGE= of the running command line; entries of the
 * Boot Loader Specification; any image in the boot directories, those of vendors on the EFI partition, the running
 * system of NixOS, and UKIs, that names this version itself. An image that is found by its name and says that it is
 * another version is said and passed over.
 */
void kernel_find(const struct host *h, const struct kernel_ask *ask, struct kernel_found *ret);

/* Whether the file PATH is there and not of another version than VERSION; what is passed over is said. */
bool kernel_fits(const struct host *h, const char *path, const char *version, struct kernel_found *ret);

#endif
