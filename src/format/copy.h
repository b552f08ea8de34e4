/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: the plain copy.
 * Every byte of the vmcore, in its own ELF form; pages of zeros become holes.
 */
#ifndef FORMAT_COPY_H
#define FORMAT_COPY_H

#include "base/err.h"
#include "iface/sink.h"
#include "iface/source.h"

#include <stdint.h>

struct copy_stat {
	uint64_t total;      /* bytes of the vmcore */
	uint64_t done;       /* bytes looked at */
	uint64_t written;    /* bytes handed to the sink */
	uint64_t zero;       /* bytes left as holes */
	uint64_t unreadable; /* bytes that could not be read and are holes now */
	uint64_t unlisted;   /* of them: bytes that the copy could not say of that they are lost, see copy_run() */
};

struct copy_opts {
	uint64_t keep_free; /* stop with -ENOSPC when the target has fewer bytes left; 0: never */
	/* Called after each window; a result other than 0 ends the copy with it. May be NULL. */
	int (*tick)(void *arg, const struct copy_stat *st);
	void *arg;
};

/*
 * Copies SRC into the file that was begun on OUT; the caller commits (size: ST->total) or abandons.
 * Memory: one window of 1 MiB. A page that cannot be read costs itself and is counted, not the dump: the copy is
 * marked incomplete and lists it in a note (NOTE_LOST_NAME) in the room behind the others. Where that is short, ranges
 * next to each other are joined, and what lies between counts as lost too; without any, or where OUT takes no offsets,
 * ST->unlisted tells.
 */
int must_check copy_run(struct source *src, struct sink *out, const struct copy_opts *how,
			struct copy_stat *st, struct err *e);

#endif
