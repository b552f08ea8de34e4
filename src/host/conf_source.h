/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which configuration holds on this system.
 * /etc/kdump.conf; without it, what another distribution's file amounts to.
 */
#ifndef HOST_CONF_SOURCE_H
#define HOST_CONF_SOURCE_H

#include "base/err.h"
#include "conf/conf.h"

#include <stddef.h>

struct conf_source {
	char *text; /* owned, ends in a NUL */
	size_t n;
	char file[256];   /* where it comes from */
	unsigned refused; /* what of another dialect could not be carried over, see conf/dialect.h */
};

/*
 * Reads ROOT/etc/kdump.conf (ROOT "" is this system), else /etc/sysconfig/kdump in the words of SUSE, else
 * /etc/default/kdump-tools, the latter two turned into the text of a kdump.conf; WHO hears what that loses.
 * 0, -ENOENT when there is none of them, -errno. The caller ends with conf_source_free().
 */
int must_check conf_source_read(struct conf_source *ret, const char *root, const struct conf_sayer *who,
				struct err *e);

/* Frees what S owns; NULL and zeros are fine. */
void conf_source_free(struct conf_source *s);

#endif
