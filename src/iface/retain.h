/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: which old dumps may go.
 * src/conf reads the rules, src/dump applies them, in the capture kernel and on the running system.
 */
#ifndef IFACE_RETAIN_H
#define IFACE_RETAIN_H

#include <stdbool.h>
#include <stdint.h>

#define RETAIN_LOOP_MIN 15 /* minutes between crashes of a boot loop, when nothing else is said */

/* Zeros mean: no such rule. */
struct retain_rules {
	unsigned keep;       /* whole dumps that stay, the newest among them */
	unsigned days;       /* older ones go */
	uint64_t free_bytes; /* the oldest go until so much is free */
	unsigned loop_min;   /* crashes less minutes apart are a boot loop: its first and last dump stay */
	bool foreign;        /* the dumps that other programs left here go by the same rules; else they all stay */
};

#endif
