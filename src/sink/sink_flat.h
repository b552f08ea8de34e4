/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the flattened form.
 * Makes any stream a sink with offsets, as long as no byte is written twice.
 */
#ifndef SINK_SINK_FLAT_H
#define SINK_SINK_FLAT_H

#include "base/err.h"
#include "iface/sink.h"

/*
 * Replaces *INOUT by a sink that writes a flattened dump to it and owns the wrapped one. Neighbouring writes
 * become one record of up to 1 MiB: readers sort records. commit() and abandon() end the stream with the
 * mark of its end, what lies below gets the same call; a stream that failed once gets no further byte, and no
 * mark. -ENOMEM leaves *INOUT alone. Takes 1 MiB of memory.
 */
int must_check sink_flat_wrap(struct sink **inout, struct err *e);

#endif
