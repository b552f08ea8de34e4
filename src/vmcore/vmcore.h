/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a source made of /proc/vmcore or of any ELF core file.
 * Headers are read once at open; everything else is read where it lies.
 */
#ifndef VMCORE_VMCORE_H
#define VMCORE_VMCORE_H

#include "base/err.h"
#include "iface/source.h"
#include "vmcore/file.h"

#define VMCORE_PATH "/proc/vmcore"

/*
 * Opens PATH. Memory that begins or ends inside a page: a read_pa() that covers the whole page gets zeros
 * for the bytes that are in no segment, a smaller one -EFAULT. Where the page size is unknown, the pages
 * of held() and max_pfn have 4096 bytes. A file without vmcoreinfo, or with some unusable segments, opens
 * (see vmcore_flaws()); one whose headers cannot be read does not. -errno with a sentence. The caller
 * frees *RET with vmcore_free(), which accepts NULL; ret->ops->free is the same.
 */
int must_check vmcore_open(struct source **ret, const char *path, struct err *e);

/* The same from FILE, which the source owns from now on; it is freed too when this fails. */
int must_check vmcore_from(struct source **ret, struct dfile *file, struct err *e);

void vmcore_free(struct source *s);

/*
 * How many segments were left out or cut when S, a source of vmcore_open(), was opened. *WHY (may
 * be NULL) gets the first reason, owned by S, "" when there was none.
 */
unsigned vmcore_flaws(const struct source *s, const char **why);

/* Whether S, of the same kind, is a flattened stream that ended before its end mark. */
bool vmcore_cut(const struct source *s);

/* Bytes of the file of S, of the same kind: more than info.file_size for a flattened stream. */
uint64_t vmcore_stored(const struct source *s);

#endif
