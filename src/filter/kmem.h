/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: memory of the crashed kernel by virtual address.
 * By its page tables, else by the addresses of PT_LOAD.
 */
#ifndef FILTER_KMEM_H
#define FILTER_KMEM_H

#include "iface/source.h"

/* Physical address of VA and the bytes that follow it without a gap. 0, or -errno of the source. */
int must_check kmem_find(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len);

/* N bytes at VA. All or -errno; BUF may be half written then. */
int must_check kmem_read(struct source *s, uint64_t va, void *buf, size_t n);

/* The value of KEY in vmcoreinfo; false when it is not there. */
bool kmem_key(const struct source *s, const char *key, uint64_t *ret);

/* Reads the 8 bytes at the symbol KEY, "SYMBOL(x)". False when it is not exported or cannot be read. */
bool kmem_pointer(struct source *s, const char *key, uint64_t *ret);

#endif
