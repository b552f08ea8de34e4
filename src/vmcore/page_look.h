/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: every page of a dump, read once.
 * Headers and descriptors can be sound where the data behind them is not: only reading finds that.
 */
#ifndef VMCORE_PAGE_LOOK_H
#define VMCORE_PAGE_LOOK_H

#include "base/err.h"
#include "iface/source.h"

/* A look at all pages: how it is done, and what it finds. */
struct page_look {
	int64_t deadline; /* as of clock_ms(); DEADLINE_NEVER: none */
	/* Gets a sentence for each page that is bad; or NULL. */
	void (*each_bad)(void *arg, const char *why);
	void *arg;
	/* Set by page_look(): */
	uint64_t read;          /* pages that were tried */
	uint64_t bad;           /* of them those that do not read or unpack: lost beside those of info.lost */
	char why[ERR_TEXT_MAX]; /* of the first bad one; else "" */
	bool failed;            /* an I/O error of the system was among them */
};

/*
 * Reads every page that S holds. 0 whatever the pages are; -ETIMEDOUT after the deadline, when some were not tried;
 * -ENOMEM.
 */
int must_check page_look(struct source *s, struct page_look *l, struct err *e);

/*
 * True where page_look() takes less than a second, or few: 64 MiB of files, of which 1 GiB of memory comes. S is a
 * source of source_open() or source_from().
 */
bool page_look_small(const struct source *s);

#endif
