/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: may this partition be written over?
 * Only what carries our label, or is blank and known to nobody. Whatever else lies there stays.
 */
#ifndef DUMP_RAW_GUARD_H
#define DUMP_RAW_GUARD_H

#include "base/err.h"
#include "sink/raw_dev.h"

/*
 * Opens PATH for writing when it may be written to: it carries our label, made for its size, and libblkid finds nothing
 * or the first MiB is as we left it; or it has no label, its first and last MiB are zeros and libblkid finds nothing.
 * Else -EMEDIUMTYPE with a sentence that names what lies there; -EBUSY: in use. The caller frees with raw_dev_free().
 */
int must_check raw_guard_open(struct raw_dev **ret, const char *path, struct err *e);

/* The same judgement of a device that is open: 0, or -EMEDIUMTYPE. */
int must_check raw_guard_check(struct raw_dev *d, struct err *e);

/*
 * Compares the program BINARY with the checksum in SUMS, a line "crc32 HEX BYTES" that the image builder wrote.
 * -EBADMSG when it is not the program that was built in; 1 when there is no such file.
 */
int must_check raw_guard_self(const char *sums, const char *binary, struct err *e);

/* Writes that line for BINARY into BUF. */
int must_check raw_guard_sum(const char *binary, char *buf, size_t n, struct err *e);

#endif
