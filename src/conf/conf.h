/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: /etc/kdump.conf to plan.
 * Pure: no file, clock, environment. Whatever the text holds, a usable plan comes out.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "base/err.h"
#include "iface/plan.h"

#include <stddef.h>

#define CONF_FILE     "/etc/kdump.conf"
#define CONF_MAX      (1u << 20) /* bytes of a configuration that are read */
#define CONF_SAID_MAX 200        /* complaints that are said; all are counted */

enum conf_severity {
	CONF_NOTE,   /* worth knowing, nothing is wrong; not counted */
	CONF_WARN,   /* taken, but old or likely not what was meant; counted in plan->warned */
	CONF_REFUSE, /* the line is skipped; counted in plan->refused */
};

/* Where complaints go. TEXT: printable ASCII, less than 512 bytes, valid during the call. */
struct conf_sayer {
	void (*say)(void *arg, enum conf_severity s, unsigned line, const char *text);
	void *arg;
};

/*
 * Fills RET from the N bytes at TEXT, line by line. A line that cannot be taken is reported to WHO
 * (may be NULL), skipped and counted; what it would have set keeps its default. NUL bytes, a byte
 * order mark, CR, leading blanks and a missing last newline do no harm; bytes behind CONF_MAX are
 * refused as one line. After CONF_SAID_MAX complaints a last note says that the others are only
 * counted: a file of garbage costs neither time nor console. 0, or -ENOMEM, the only failure. The
 * caller ends with plan_free().
 */
int must_check conf_parse(struct plan *ret, const char *text, size_t n,
			  const struct conf_sayer *who, struct err *e);

/* The plan of a system without a configuration. Owns nothing; plan_free() is allowed. Always 0. */
int plan_defaults(struct plan *ret);

/* Frees what P owns; NULL and a plan of zeros are fine. */
void plan_free(struct plan *p);

/* Enumerators as the words of the configuration, for messages: "dump_to_rootfs", "ssh", "zstd". */
const char *conf_action_name(enum plan_action a);
const char *conf_target_name(enum plan_target_kind k);
const char *conf_codec_name(enum plan_codec c);

/* The action called WORD, or -EINVAL. */
int conf_action(const char *word, enum plan_action *ret);

/* One row of the table of directives: I counts from 0; false behind the last. Static strings. */
struct conf_help {
	const char *name;
	const char *releases; /* "5 6 7 8 9 F": RHEL5 … RHEL9, Fedora */
	const char *text;
};

bool conf_help(unsigned i, struct conf_help *ret);

#endif
