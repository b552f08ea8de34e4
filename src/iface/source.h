/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: memory of the crashed kernel.
 * src/vmcore gives a source from /proc/vmcore or a file; all later stages read through it.
 */
#ifndef IFACE_SOURCE_H
#define IFACE_SOURCE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

/* One PT_LOAD of the vmcore. */
struct segment {
	uint64_t pa;     /* physical address of its first byte */
	uint64_t va;     /* kernel virtual address of its first byte */
	uint64_t offset; /* of its first byte in the vmcore file */
	uint64_t len;    /* bytes present in the file (p_filesz) */
};

/* What is known of the crashed kernel without reading its memory. Strings are "" when unknown. */
struct dump_info {
	uint64_t file_size;            /* bytes of the whole ELF file */
	uint64_t page_size;            /* bytes; 0 when vmcoreinfo does not tell */
	int64_t crash_time;            /* seconds since 1970, 0 when vmcoreinfo does not tell */
	uint16_t machine;              /* e_machine */
	const struct segment *segment; /* in file order; owned by the source */
	unsigned nsegment;
	const char *vmcoreinfo; /* "KEY=VALUE\n…", NUL-terminated, owned by the source; "" when absent */
	size_t vmcoreinfo_len;
	char osrelease[65];
};

struct source;

/* All of read() are positional, keep no state and may be called from several threads. */
struct source_ops {
	const char *name;
	/* Bytes [off, off + n) of the ELF file. 0 or -errno; a short file is -EIO. */
	int (*read_file)(struct source *s, uint64_t off, void *buf, size_t n, struct err *e);
	/*
	 * A read-only window of the ELF file. OFF and N are multiples of 4096. The window stays until
	 * unmap(). -EOPNOTSUPP when the file cannot be mapped: use read_file. Touching a window can
	 * raise SIGBUS when the file is not /proc/vmcore but a file that shrinks.
	 */
	int (*map_file)(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e);
	void (*unmap)(struct source *s, const void *p, size_t n);
	/* Memory at physical address PA; a range outside every PT_LOAD is -EFAULT. */
	int (*read_pa)(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e);
	/* Memory at a kernel virtual address, by the PT_LOAD addresses only (image, direct map). */
	int (*read_va)(struct source *s, uint64_t va, void *buf, size_t n, struct err *e);
	void (*free)(struct source *s);
};

struct source {
	const struct source_ops *ops;
	struct dump_info info; /* constant after open */
};

#endif
