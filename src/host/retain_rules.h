/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the rules for old dumps that hold on this system.
 */
#ifndef HOST_RETAIN_RULES_H
#define HOST_RETAIN_RULES_H

#include "base/err.h"
#include "conf/conf.h"
#include "iface/retain.h"

/*
 * Reads the rules of conf/settings.h from ROOT/etc/default/kdump-tools, when there is no ROOT/etc/kdump.conf, and
 * over them those of ROOT/etc/sysconfig/kdump. Files that are not there say nothing. WHO (may be NULL) hears of
 * values that make no sense. 0 or -errno.
 */
int must_check retain_rules_read(struct retain_rules *ret, const char *root, const struct conf_sayer *who,
				 struct err *e);

#endif
