/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the words of the kernel command line that bring links up.
 * Pure. The forms of dracut.cmdline(7) and of the kernel's own ip= (Documentation/admin-guide/nfs/nfsroot.rst, 6.1).
 */
#ifndef CONF_NETARGS_H
#define CONF_NETARGS_H

#include "iface/boot.h"

/*
 * Takes the word KEY=VALUE into RET; VALUE may be NULL and is cut in place. NULL when it was taken (then RET->note says
 * what of it is not honoured), or is none of ours; else a static sentence that says what was expected, and RET is as
 * before.
 */
const char *netargs_take(struct boot_net *ret, const char *key, char *value);

/* True when KEY is one of netargs_take(). */
bool netargs_key(const char *key);

/*
 * Puts the steps of RET into the order in which they can be played, and adds those that go without saying: waiting
 * for the interfaces and taking them up: members before what is made of them, however deep; routes to gateways before
 * routes over them. NULL, or a static sentence: there is no room for all of them, links are made of each other, or
 * BOOTIF stands for an interface and no word says for which.
 */
const char *netargs_finish(struct boot_net *ret);

#endif
