/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= of the next boot.
 * Finds what boots this machine and sets the word at the place that decides.
 */
#ifndef HOST_KDUMPCTL_BOOT_H
#define HOST_KDUMPCTL_BOOT_H

#include "host/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a capture of this program takes, as a value for any machine of this kind. Static. */
const char *boot_default_crashkernel(void);

struct boot_ask {
	const char *value;  /* "256M", "1G,high 128M,low": as crashkernel_set() takes it */
	const char *kernel; /* path of one kernel, NULL: all. Files that hold for every kernel are set all the same */
	bool dry;           /* only say */
};

/*
 * Sets crashkernel= where the boot loaders of H take their command lines from: rpm-ostree or grubby where these are,
 * else GRUB's files, entries of the Boot Loader Specification and grubenv, /etc/kernel/cmdline, extlinux.conf, u-boot's
 * file, zipl.conf, cmdline.txt. Tools that make menus of them are run. Each place is read again, and what it gives is
 * said, as is what a unified kernel image carries. *HOLDS: the next boot has it. -ENOENT: no boot loader that is
 * known; the sentence tells what to do by hand.
 */
int must_check boot_set_crashkernel(const struct host *h, const struct boot_ask *ask, bool *holds, struct err *e);

#endif
