/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: kernel command line to boot_args.
 * Pure and lenient: a word that makes no sense is kept as a fault to print, everything else counts.
 */
#ifndef CONF_CMDLINE_H
#define CONF_CMDLINE_H

#include "iface/boot.h"

#include <stddef.h>

/*
 * Fills RET from the N bytes at TEXT, the contents of /proc/cmdline. Quotes are read as the kernel
 * does (lib/cmdline.c next_arg, Linux 6.12): "a b" and name="a b" are one word without the quotes.
 * Words behind "--" belong to init and are left out. A later word replaces an earlier one, and
 * crashbox.* goes before rd.*. Words of others are ignored, unknown crashbox.* words become faults,
 * and so do words beyond what the arrays hold and a text longer than BOOT_READ.
 */
void boot_parse(struct boot_args *ret, const char *text, size_t n);

#endif
