/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the running system, as the service sees it.
 * Where its files are looked for and where sentences go; no state.
 */
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include "base/err.h"

#include <stddef.h>

#define HOST_PATH 512 /* bytes of a path */

enum host_say {
	HOST_SAY,  /* what was done */
	HOST_NOTE, /* worth knowing */
	HOST_WARN, /* something is not as it should be */
};

struct host {
	const char *root; /* in front of every path, "" on a real system; not NULL */
	void (*say)(void *arg, enum host_say kind, const char *sentence);
	void *arg;
};

/* Says a sentence of at most 1,023 bytes. */
void host_say(const struct host *h, enum host_say kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* PATH of the system with the root in front. -ENAMETOOLONG when it is cut. */
int must_check host_path(const struct host *h, char buf[HOST_PATH], const char *path, struct err *e);

/* The whole file PATH of the system; see file_read(). */
int must_check host_read(const struct host *h, const char *path, size_t max, char **ret, size_t *len,
			 struct err *e);

/* The first line of PATH into BUF of N bytes; "" when it cannot be read. */
void host_line(const struct host *h, const char *path, char *buf, size_t n);

/*
 * Replaces the file PATH of the system by N bytes of TEXT: written beside it, synced, renamed. MODE
 * is that of a new file; an old one keeps its own. Directories on the way are made. A link stays: what it leads to
 * is replaced; -EXDEV when that is outside of the root.
 */
int must_check host_write(const struct host *h, const char *path, const char *text, size_t n, unsigned mode,
			  struct err *e);

#endif
