/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: settings that kdump.conf has no words for.
 * Pure. They stand in /etc/sysconfig/kdump or /etc/default/kdump-tools, and in the image in a file of their own.
 */
#ifndef CONF_SETTINGS_H
#define CONF_SETTINGS_H

#include "base/err.h"
#include "conf/conf.h"
#include "iface/retain.h"

#include <stdbool.h>
#include <stddef.h>

#define SETTINGS_FILE     "/etc/crashbox/settings" /* in the image */
#define SETTINGS_TEXT_MAX 256

/* The rules of a system that says nothing: all dumps stay, but for those in the middle of a boot loop. */
void settings_default(struct retain_rules *ret);

/*
 * Takes the assignments in N bytes of TEXT into RET, which holds what was said before: KDUMP_KEEP_OLD_DUMPS
 * (whole dumps besides the newest, 0 all, -1 none; SUSE), KDUMP_NUM_DUMPS (whole dumps, 0 all; Debian),
 * KDUMP_KEEP_DAYS, KDUMP_FREE_DISK_SIZE (MiB), KDUMP_BOOT_LOOP_MINUTES and KDUMP_RETAIN_FOREIGN (yes, no). Of two
 * rules for a number the one that keeps more holds. An invalid value, and a line or block that only a shell can read,
 * are reported to WHO (may be NULL) and delete nothing. 0 or -ENOMEM.
 */
int must_check settings_parse(struct retain_rules *ret, const char *text, size_t n, const struct conf_sayer *who,
			      struct err *e);

/* Whether settings_parse() reads the variable NAME. */
bool settings_is_rule(const char *name);

/* RULES as a text that settings_parse() turns into the same, for the image. Gives BUF. */
char *settings_text(const struct retain_rules *rules, char buf[SETTINGS_TEXT_MAX]);

#endif
