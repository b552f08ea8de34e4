/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what the readers of the kernel command line's links share.
 * Pure. Steps are added as the lines of text that link_words.h takes.
 */
#ifndef CONF_NETARGS_ADD_H
#define CONF_NETARGS_ADD_H

#include "iface/boot.h"

#define NETARGS_FULL "more links than are kept (48)"

/* Adds one step. -EINVAL: the line is none; -E2BIG: there is no room. */
int netargs_add(struct boot_net *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* The name of the interface with the address M where nothing else gives it one: as systemd names by addresses. */
void netargs_mac_name(char name[LINK_NAME], const uint8_t m[6]);

/* The same, or the name that a step of B gives it; without such a step one is added. */
int netargs_name(struct boot_net *b, char name[LINK_NAME], const uint8_t m[6]);

#endif
