/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: any dump file as a source.
 * The signature decides: ELF, kdump-compressed (whole or split), either of them as a flattened stream.
 */
#ifndef VMCORE_SOURCE_H
#define VMCORE_SOURCE_H

#include "base/err.h"
#include "iface/codec.h"
#include "iface/source.h"

/*
 * Opens the N files at PATHS as one source: one ELF vmcore, or one kdump-compressed dump or the parts of a
 * split one, in any order. UNPACK outlives the source. -errno with a sentence. The
 * caller frees with (*ret)->ops->free().
 */
int must_check source_open(struct source **ret, const char *const *paths, unsigned n,
			   const struct unpack_ops *unpack, struct err *e);

/*
 * The same of one file that is open already: FD is the source's from here on, failure or not; sentences call it
 * NAME.
 */
int must_check source_from(struct source **ret, int fd, const char *name, const struct unpack_ops *unpack,
			   struct err *e);

#endif
