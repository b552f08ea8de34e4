/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: kdump-compressed files.
 * From the end of begin() on the file opens at every moment and says that it is incomplete until it is not.
 */
#ifndef FORMAT_KDUMP_OUT_H
#define FORMAT_KDUMP_OUT_H

#include "base/err.h"
#include "iface/format.h"

/*
 * A writer of kdump-compressed files, header version 6, for a dumped machine of 64 bits and this machine's
 * byte order. The sink must have SINK_SEEK; begin() empties its file where the sink can. No page's descriptor
 * reaches the sink before its data. After a failed put() all earlier batches can be read: room for
 * descriptors is taken in begin(), or, where the sink cannot do that, before the data that they describe.
 * With SINK_ONCE the four bytes of the status are the last that are written.
 * Memory: 64 KiB and, without sink->reserve, one bit for 2730 pages. -ENOMEM. The caller frees with
 * ops->free().
 */
int must_check format_kdump_open(struct format **ret, struct err *e);

#endif
