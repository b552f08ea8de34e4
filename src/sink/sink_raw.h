/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: one dump on a raw partition.
 * The log first, then the flattened dump; another reader sees a stream only when it is whole.
 */
#ifndef SINK_SINK_RAW_H
#define SINK_SINK_RAW_H

#include "base/err.h"
#include "iface/sink.h"
#include "sink/raw_dev.h"

#include <stdbool.h>

/*
 * A sink over D, which it owns from here on, also when this fails. NAME is the directory that the dump is meant for;
 * FRESH: a new dump, else the newest of that name (-ENOENT). Files have the names of raw_kind_name(); others are
 * -EOPNOTSUPP. A stream each, ascending; wrap with sink_flat_wrap() for the dump. Every change is in the label before a
 * byte of a file is written, and again every few seconds: how much of it is durable. Takes 5 MiB and two threads
 * while a file is open. The caller frees with s->ops->free(s).
 */
int must_check sink_raw_open(struct sink **ret, struct raw_dev *d, const char *name, int64_t crash_time, bool fresh,
			     struct err *e);

/* The name in use: NAME, or with a number. */
const char *sink_raw_name(struct sink *s);

#endif
