/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: dumps of raw partitions come into a directory.
 * A copy is durable under its final name before the label of the partition forgets the dump.
 */
#ifndef HOST_SAVECORE_H
#define HOST_SAVECORE_H

#include "base/err.h"
#include "host/host.h"
#include "iface/sink.h"
#include "sink/raw_dev.h"

#include <limits.h>
#include <stdbool.h>

#define SAVECORE_NOTE "savecore.txt" /* in each directory: where it came from, and which dump it is */

struct savecore {
	const struct host *host; /* takes the sentences; its root is not used */
	const char *dir;         /* where the directories of dumps are */
	bool dry;                /* only say what would be done */
};

struct savecore_stat {
	unsigned found;     /* dumps that wait */
	unsigned recovered; /* of them: now in the directory */
	unsigned kept;      /* of them: still on the partition, for want of room or because of damage */
};

/*
 * Recovers every dump that waits on DEV, oldest first, then lets the partition take new ones. NAMED: somebody says
 * that DEV is for dumps, so a stream that another program left there is taken too and the partition gets our label.
 * Neither label nor stream: nothing is done. Killed at any moment it loses nothing and begins where it was. 0, or the
 * -errno of the first dump that stays; what could be saved is.
 */
int must_check savecore_device(const struct savecore *s, const char *dev, bool named, struct savecore_stat *st,
			       struct err *e);

/* Makes vmcore of every vmcore.flat one directory below s->dir; the stream goes when the file is durable. */
int must_check savecore_flats(const struct savecore *s, struct savecore_stat *st, struct err *e);

/* ---- the parts ---- */

/* The directory of one dump, below that of all. */
struct savecore_place {
	int base, fd; /* of all; of this one; -1: not open */
	char name[NAME_MAX + 1];
	char path[HOST_PATH]; /* for sentences */
};

/*
 * The directory below s->dir whose note has ID, else a new one called NAME or with a number behind it. Durable, with
 * its note. It is root's (or this user's) alone: one that another user made, or can write to, is never taken. Closed
 * with savecore_leave(), which takes a zeroed one as well.
 */
int must_check savecore_place(const struct savecore *s, const char *name, const char *id, struct savecore_place *ret,
			      struct err *e);
void savecore_leave(struct savecore_place *p);

/* True when the directory has something called NAME. */
bool savecore_has(const struct savecore_place *p, const char *name);

/* A sink into the directory. The caller frees it. */
int must_check savecore_sink(const struct savecore_place *p, struct sink **ret, struct err *e);

/*
 * A sink that writes nothing: it compares with the file NAME that the directory has. write() and commit() are -EEXIST
 * when that file has other bytes there or another size. The caller frees it.
 */
int must_check savecore_compare(const struct savecore_place *p, const char *name, struct sink **ret, struct err *e);

/* -ENOSPC when the directory has no room for NEED bytes, with a sentence. */
int must_check savecore_room(const struct savecore_place *p, uint64_t need, struct err *e);

/* Which bytes of a partition are a stream. */
struct savecore_stream {
	struct raw_dev *d;
	uint64_t off, len; /* at most LEN bytes; the end mark may come before */
	bool check;        /* their checksum must be CRC, else the end mark is withheld */
	uint32_t crc;
	bool head; /* its first block is known and may not have been written yet */
};

/*
 * Makes the file NAME from the stream, as vmcore-incomplete until it is whole. Where there is a file NAME already, of
 * a run that was killed behind its last write, it is compared with the stream byte by byte: -EEXIST when it is another.
 * -EBADMSG: the checksum is wrong; -ENODATA: the stream was cut off. In both cases what there was is in
 * vmcore-incomplete.
 */
int must_check savecore_rebuild(const struct savecore_stream *in, const struct savecore_place *p, const char *name,
				struct err *e);

/*
 * Writes the kernel log that the dump FD (which goes), called FILE, holds to vmcore-dmesg.txt, unless there is one. The
 * dump is read in a child without privileges.
 */
int must_check savecore_log(const struct savecore_place *p, int fd, const char *file, struct err *e);

/*
 * Looks whether all of the vmcore of P, just made of a stream, is there; with PAGES at every page, for a stream that
 * has no checksum. It is reported, marked and called vmcore-incomplete where it is not; where that cannot be found out
 * it is reported. Read as above. -errno: it could not be renamed or marked.
 */
int must_check savecore_worth(const struct savecore *s, const struct savecore_place *p, bool pages, struct err *e);

/* Seconds since 1970 of the crash that the dump FD (which goes), called FILE, is of; 0: unknown. Read as above. */
int64_t savecore_when(int fd, const char *file);

#endif
