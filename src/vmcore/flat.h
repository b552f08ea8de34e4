/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the index of a flattened stream.
 * A stream is records of (offset, size, bytes) in any order; the index finds the bytes of the file they make.
 */
#ifndef VMCORE_FLAT_H
#define VMCORE_FLAT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLAT_HEAD     4096       /* bytes before the first record */
#define FLAT_SIGN     32         /* bytes of them that say something */
#define FLAT_RECORDS  (1u << 24) /* records of one stream: 1 TiB in pieces of 64 KiB */
#define FLAT_FILE_MAX (1ull << 62)

struct flat_record {
	uint64_t off, len; /* bytes [off, off + len) of the file */
	uint64_t at;       /* lie here in the stream */
	uint64_t top;      /* where this record or one before it ends at the latest */
};

struct flat {
	struct flat_record *record; /* by `off`, then by `at`; owned */
	size_t n;
	uint64_t size;  /* bytes of the file */
	uint64_t bytes; /* of all records */
	bool cut;       /* the stream ended, or made no sense, before its end mark */
};

/* N bytes at OFF of the stream. 0 or -errno. */
typedef int (*flat_read)(void *arg, uint64_t off, void *buf, size_t n);

/* Whether the first FLAT_SIGN bytes of a file begin a flattened stream of version 1. */
bool flat_is(const uint8_t sign[FLAT_SIGN]);

/*
 * Reads the heads of all records of a stream of SIZE bytes. A stream that is cut gives what is there. -EFBIG
 * with more than FLAT_RECORDS records, -ENOMEM, or what READ gave. The caller frees with flat_free().
 * Layout, big endian: signature and s64 type 1, s64 version 1, padded to 4096 bytes; records of s64 offset,
 * s64 size and the bytes; offset and size -1 end it (makedumpfile -F).
 */
int must_check flat_scan(struct flat *ret, flat_read read, void *arg, uint64_t size, struct err *e);

/*
 * Where byte OFF of the file is: 1, *AT its place in the stream and *LEN the bytes from there on; 0: no record
 * has it, it and *LEN bytes in all are zeros (UINT64_MAX: to the end). A later record wins over an earlier
 * one. -EINVAL: the records lie over each other too deeply to be meant.
 */
int flat_find(const struct flat *f, uint64_t off, uint64_t *at, uint64_t *len);

void flat_free(struct flat *f);

#endif
