/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a raw partition and its label on the device.
 * The label has two copies that are written in turn: whatever is torn, the one before it is still there.
 */
#ifndef SINK_RAW_DEV_H
#define SINK_RAW_DEV_H

#include "base/err.h"
#include "sink/raw_label.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum raw_how {
	RAW_READ,  /* look: others may use the device meanwhile */
	RAW_WRITE, /* -EBUSY when it is mounted, swapped to, a part of something, or opened by another of us */
};

struct raw_dev {
	char path[256];
	int fd;
	bool direct;    /* transfers bypass the page cache */
	bool labelled;  /* `label` is what was read, else it is empty */
	unsigned copy;  /* the one that was read */
	uint64_t size;  /* bytes of the device */
	uint8_t *block; /* RAW_HEAD bytes, aligned */
	struct raw_label label;
};

/*
 * Opens PATH, a block device or an ordinary file (an image of one), and reads its label. No label is no error, and
 * nothing is judged here: see dump/raw_guard.h. The caller frees with raw_dev_free().
 */
int must_check raw_dev_open(struct raw_dev **ret, const char *path, enum raw_how how, struct err *e);
void raw_dev_free(struct raw_dev *d);

/* Makes a fresh label in memory, with an identity of its own; raw_dev_store() writes it. -ENOSPC: too small. */
int must_check raw_dev_label(struct raw_dev *d, struct err *e);

/*
 * Writes d->label in place of the older copy, durably, and reads it back: -EIO when something else comes back. What was
 * written to the device before is durable with it.
 */
int must_check raw_dev_store(struct raw_dev *d, struct err *e);

/* The same twice, so that neither copy remembers. */
int must_check raw_dev_store_both(struct raw_dev *d, struct err *e);

/* N bytes at OFF through a bounce buffer: whole blocks; what is missing to one is zeros. Not for much. */
int must_check raw_dev_write(struct raw_dev *d, uint64_t off, const void *p, size_t n, struct err *e);
int must_check raw_dev_read(struct raw_dev *d, uint64_t off, void *p, size_t n, struct err *e);
int must_check raw_dev_sync(struct raw_dev *d, struct err *e);

/* CRC-32 of the first RAW_HEAD bytes as they are on the device. */
int must_check raw_dev_head(struct raw_dev *d, uint32_t *ret, struct err *e);
/* Puts that checksum into the label. */
int must_check raw_dev_know_head(struct raw_dev *d, struct err *e);

/* *RET: the first and the last MiB are zeros. */
int must_check raw_dev_blank(struct raw_dev *d, bool *ret, struct err *e);

/* *RET: a flattened stream begins at OFF. */
int must_check raw_dev_stream(struct raw_dev *d, uint64_t off, bool *ret, struct err *e);

/* Takes the beginning of a stream away, durably, so that it is not recovered twice. */
int must_check raw_dev_forget(struct raw_dev *d, uint64_t off, struct err *e);

#endif
