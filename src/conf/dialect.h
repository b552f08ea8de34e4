/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: what other distributions wrote, as a kdump.conf.
 * Pure. Every variable is carried over, or named with what becomes of it; none is lost in silence.
 */
#ifndef CONF_DIALECT_H
#define CONF_DIALECT_H

#include "base/err.h"
#include "conf/conf.h"

#include <stdbool.h>
#include <stddef.h>

struct dialect_text {
	char *text;       /* owned, ends in a NUL */
	size_t n;         /* without it */
	unsigned refused; /* sentences of CONF_REFUSE */
};

enum dialect {
	DIALECT_SUSE,   /* the kdump package of SUSE, 2.x */
	DIALECT_DEBIAN, /* kdump-tools of Debian and Ubuntu, 1.x */
	DIALECTS,
};

/* The word for D ("suse") and the file that its distribution keeps. */
const char *dialect_name(enum dialect d);
const char *dialect_file(enum dialect d);

/* The dialect called WORD, or -EINVAL. */
int dialect_named(const char *word, enum dialect *ret);

/*
 * True when the N bytes of TEXT say where dumps go in the words of D. Fedora's file of the same name as SUSE's
 * does not.
 */
bool dialect_is(enum dialect d, const char *text, size_t n);

/*
 * Turns N bytes of TEXT, assignments of dialect D, into the text of a kdump.conf that does the same. What has no
 * counterpart is said to WHO (may be NULL) with its line of TEXT, and stands in the result as a comment: CONF_NOTE:
 * it is set elsewhere or needs nothing; CONF_WARN: something will be different; CONF_REFUSE: dumps would go
 * elsewhere, or a value cannot be known. 0 or -ENOMEM; the caller frees RET->text.
 */
int must_check dialect_convert(struct dialect_text *ret, enum dialect d, const char *text, size_t n,
			       const struct conf_sayer *who, struct err *e);

#endif
