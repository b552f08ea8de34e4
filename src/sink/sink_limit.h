/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a file of limited size.
 * A wrapper: beyond the limit the target is full.
 */
#ifndef SINK_SINK_LIMIT_H
#define SINK_SINK_LIMIT_H

#include "base/err.h"
#include "iface/sink.h"

/*
 * Replaces *INOUT by a sink whose files have at most LIMIT bytes, holes included, and owns the wrapped one. A
 * write or a reservation that reaches beyond is -ENOSPC and does nothing. -ENOMEM leaves *INOUT alone.
 */
int must_check sink_limit_wrap(struct sink **inout, uint64_t limit, struct err *e);

#endif
