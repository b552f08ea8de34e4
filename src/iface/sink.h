/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: where bytes go.
 * One sink is one reached target directory; files are written into it one after another.
 */
#ifndef IFACE_SINK_H
#define IFACE_SINK_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

enum sink_cap {
	SINK_SEEK = 1,      /* write() takes any offset, bytes never written read as zero */
	SINK_RENAME = 2,    /* a file has its final name only when it is whole */
	SINK_SPACE = 4,     /* space() knows */
	SINK_DURABLE = 8,   /* commit() returns after the bytes are on stable storage */
	SINK_PARALLEL = 16, /* write() may be called from several threads */
	SINK_ONCE = 32,     /* with SINK_SEEK: no byte may be written twice */
};

struct sink;

/*
 * begin, write…, then commit or abandon; repeated for every file. begin() keeps what an earlier attempt
 * left under TEMP, empty() throws it away. A sink without SINK_SEEK takes ascending offsets without gaps.
 * A sink holds all of its state. No call but remove() ever removes what an earlier file left.
 */
struct sink_ops {
	const char *scheme;
	unsigned caps;
	/* Bytes that can still be written. -ETIMEDOUT: the target does not answer any more, nor will it take bytes. */
	int (*space)(struct sink *s, uint64_t *ret, struct err *e);
	/* Starts a file. It is called TEMP until commit gives it the name NAME. Mode 0600. */
	int (*begin)(struct sink *s, const char *temp, const char *name, struct err *e);
	/* Makes the file that was begun empty, for a second attempt with another layout. May be NULL. */
	int (*empty)(struct sink *s, struct err *e);
	/* All of the N bytes at OFF, or an error. */
	int (*write)(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e);
	/*
	 * Takes room for the N bytes at OFF, which read as zero until they are written: no later write there
	 * fails for want of space. -ENOSPC; -EOPNOTSUPP: the sink cannot, writes may fail. May be NULL.
	 */
	int (*reserve)(struct sink *s, uint64_t off, uint64_t n, struct err *e);
	/* Lets the file that was begun have SIZE bytes at least; takes no room where it can. May be NULL. */
	int (*extend)(struct sink *s, uint64_t size, struct err *e);
	/* Makes a file of SIZE bytes durable, then durable under NAME. */
	int (*commit)(struct sink *s, uint64_t size, struct err *e);
	/* Makes durable what was written and leaves it under TEMP. */
	int (*abandon)(struct sink *s, struct err *e);
	/*
	 * Between two files: all of the N bytes at OFF of the file NAME. -ENODATA: it ends before. NULL: the sink
	 * gives nothing back.
	 */
	int (*read)(struct sink *s, const char *name, uint64_t off, void *buf, size_t n, struct err *e);
	/* Between two files: removes the file NAME; with NULL the directory, which must be empty. May be NULL. */
	int (*remove)(struct sink *s, const char *name, struct err *e);
	void (*free)(struct sink *s);
};

struct sink {
	const struct sink_ops *ops;
	char dir[512]; /* the directory as the administrator will look for it */
};

#endif
