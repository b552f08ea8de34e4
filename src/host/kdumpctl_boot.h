/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= of the next boot.
 * Finds what boots this machine (GRUB, systemd-boot, grubby) and sets the word there.
 */
#ifndef HOST_KDUMPCTL_BOOT_H
#define HOST_KDUMPCTL_BOOT_H

#include "host/host.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a capture of this program takes, as a value for any machine of this kind. Static. */
const char *boot_default_crashkernel(void);

/*
 * Sets crashkernel=VALUE in every boot loader file of H: through grubby where it is, else /etc/default/grub
 * followed by update-grub or grub2-mkconfig, entries below loader/entries, /etc/kernel/cmdline. Each change is said.
 * DRY: only say. -ENOENT: no boot loader that is known; the sentence tells what to do by hand.
 */
int must_check boot_set_crashkernel(const struct host *h, const char *value, bool dry, struct err *e);

#endif
