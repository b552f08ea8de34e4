/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: dumps of raw partitions come into a directory.
 * A copy is durable under its final name before the partition is told that it may forget.
 */
#ifndef HOST_SAVECORE_H
#define HOST_SAVECORE_H

#include "base/err.h"
#include "host/host.h"
#include "sink/raw_dev.h"

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

/*
 * The directory below s->dir whose note has ID, else a new one called NAME or with a number behind it. Durable, with
 * its note. In RET of N bytes.
 */
int must_check savecore_place(const struct savecore *s, const char *name, const char *id, char *ret, size_t n,
			      struct err *e);

/* True when DIR has the file NAME. */
bool savecore_has(const char *dir, const char *name);

/* -ENOSPC when DIR has no room for NEED bytes, with a sentence. */
int must_check savecore_room(const char *dir, uint64_t need, struct err *e);

/* Which bytes of a partition are a stream. */
struct savecore_stream {
	struct raw_dev *d;
	uint64_t off, len; /* at most LEN bytes; the end mark may come before */
	bool check;        /* their checksum must be CRC, else the end mark is withheld */
	uint32_t crc;
	bool head; /* its first block is known and may not have been written yet */
};

/*
 * Makes the file NAME of DIR from the stream, as vmcore-incomplete until it is whole. -EBADMSG: the checksum is wrong;
 * -ENODATA: the stream was cut off. In both cases what there was is in vmcore-incomplete.
 */
int must_check savecore_rebuild(const struct savecore_stream *in, const char *dir, const char *name, struct err *e);

/* Writes the kernel log that the dump FILE holds to vmcore-dmesg.txt of DIR, unless there is one. */
int must_check savecore_log(const char *dir, const char *file, struct err *e);

#endif
