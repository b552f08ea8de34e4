/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a whole input into the file that was begun.
 * Reads to the end of the input, whatever it is: a file, a pipe, a device.
 */
#ifndef SINK_SINK_COPY_H
#define SINK_SINK_COPY_H

#include "iface/sink.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * Writes all that FD still gives into OUT, between its begin() and commit(), from offset 0 on. With SPARSE zeros of
 * 64 KiB and more are left out where OUT takes any offset. *TOTAL counts the bytes, holes too, also after a failure:
 * then those before it. 0 or -errno; neither commits nor abandons.
 */
int must_check sink_copy(struct sink *out, int fd, bool sparse, uint64_t *total, struct err *e);

#endif
