/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a dump whose vmcoreinfo is told from outside.
 * A source around a source; dumps written from it carry the text as a note of their own.
 */
#ifndef VMCORE_TOLD_H
#define VMCORE_TOLD_H

#include "base/err.h"
#include "iface/source.h"

#include <stddef.h>

/*
 * Puts around *INOUT, which must have no vmcoreinfo, one that has the N bytes
 * at TEXT ("KEY=VALUE\n…", NUL-terminated), and
 * works out anew what follows from it: page size, release, page tables. The new source owns the old one.
 * -EINVAL when there is vmcoreinfo already or TEXT has no OSRELEASE; -ENOMEM. *INOUT is untouched then.
 */
int must_check told_wrap(struct source **inout, const char *text, size_t n, struct err *e);

#endif
