/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the plain copy says what it lost.
 * Its headers are the vmcore's own: the list has to fit into the room that they leave.
 */
#ifndef FORMAT_COPY_MARK_H
#define FORMAT_COPY_MARK_H

#include "base/err.h"
#include "iface/sink.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stdint.h>

#define COPY_HOLES 256u /* ranges that are told apart; room for more is hardly ever there */

/* Bytes [from, to) of the file that could not be read. */
struct copy_hole {
	uint64_t from, to;
};

struct copy_holes {
	struct copy_hole at[COPY_HOLES]; /* ascending */
	unsigned n;
};

/* Adds bytes [FROM, TO), which lie behind all others. Without room the two that lie nearest become one. */
void copy_hole_add(struct copy_holes *h, uint64_t from, uint64_t to);

/*
 * Marks the copy of SRC in OUT incomplete and lists the memory of H as lost. *LISTED: the list is there. A failure
 * is the sink's.
 */
int must_check copy_mark(struct source *src, struct sink *out, struct copy_holes *h, bool *listed, struct err *e);

#endif
