/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: memory of the crashed kernel.
 * src/vmcore gives a source from /proc/vmcore or a dump file; all later stages read through it.
 */
#ifndef IFACE_SOURCE_H
#define IFACE_SOURCE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One PT_LOAD of the vmcore; of a kdump-compressed file: one run of pages that existed (bitmap1). */
struct segment {
	uint64_t pa;     /* physical address of its first byte */
	uint64_t va;     /* kernel virtual address of its first byte, UINT64_MAX: unknown */
	uint64_t offset; /* of its first byte in the vmcore file; no meaning for kdump-compressed files */
	uint64_t len;    /* bytes present in the file (p_filesz) */
	uint64_t full;   /* bytes that the file should have of it (p_filesz): those above `len` are lost */
	uint64_t memlen; /* bytes of memory, at least `len` and `full` (p_memsz); the rest was left out of the dump */
};

enum source_kind {
	SOURCE_ELF,
	SOURCE_KDUMP, /* kdump-compressed */
};

/* struct new_utsname of the crashed kernel, NUL-terminated (include/uapi/linux/utsname.h, Linux 6.1). */
struct dump_uts {
	char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

/* What is known of the crashed kernel without its memory model. Strings are "" when unknown. */
struct dump_info {
	enum source_kind kind;
	bool flattened;                /* the file was a flattened stream */
	bool cheap_read;               /* reading costs less than mapping: a file of a disk, not /proc/vmcore */
	bool incomplete;               /* pages that belong into the dump are missing, or its writer says so */
	const char *why;               /* a sentence for `incomplete`, owned by the source; "" or NULL: complete */
	uint64_t lost;                 /* pages that the headers name and the file does not have, see lost() */
	uint64_t file_size;            /* bytes of the whole ELF file; of a kdump file: of the file */
	uint64_t page_size;            /* bytes; 4096 when nothing tells */
	int64_t crash_time;            /* seconds since 1970, 0 when nothing tells */
	uint16_t machine;              /* e_machine; 0 when nothing tells, see vmcore/machine.h */
	const struct segment *segment; /* in file order; owned by the source */
	unsigned nsegment;
	uint64_t max_pfn;       /* one above the highest pfn of any segment, partial pages included */
	const char *vmcoreinfo; /* "KEY=VALUE\n…", NUL-terminated, owned by the source; "" when absent */
	size_t vmcoreinfo_len;
	char osrelease[65];
	struct dump_uts uts; /* from memory at SYMBOL(init_uts_ns), else from the header or vmcoreinfo */
	/* The ELF notes as one blob, read with read_notes(). */
	uint64_t notes_len;
	uint64_t vmcoreinfo_at; /* offset in that blob of the vmcoreinfo text; 0: none */
	uint64_t erase_at;      /* the same of the text that tells which data was erased on purpose */
	uint64_t erase_len;     /* bytes of it */
	unsigned ncpu;          /* as the header of a kdump file says, else NT_PRSTATUS notes named CORE */
	uint32_t crash_us;      /* microseconds to crash_time */
	uint32_t panic_cpu;     /* header.current_cpu of a kdump file */
	uint64_t phys_base;     /* x86_64: where the image is relative to its link address, two's complement */
	unsigned level;         /* dump level that the file was already filtered with */
};

/* What the header of a kdump file has for a release that is not known: a number, as readers expect one. */
#define UTS_RELEASE_NONE "0.0.0-unknown"

/*
 * The note of an ELF dump that lists its lost pages, the last of its notes: pairs of physical addresses [from, to),
 * 64 bits each, in ascending order. Readers that do not know it pass over it and take the pages for left out.
 */
#define NOTE_LOST_NAME "CRASHBOX"
#define NOTE_LOST_TYPE 0x4342584cu /* "CBXL"; crash tells types apart without the name */
#define NOTE_LOST_HEAD 24u         /* bytes of its header and padded name */

struct source;

/* All calls but free() are positional and may be made from several threads. */
struct source_ops {
	const char *name;
	/* Bytes [off, off + n) of the ELF file. 0 or -errno; a short file is -EIO. -EOPNOTSUPP: no ELF file. */
	int (*read_file)(struct source *s, uint64_t off, void *buf, size_t n, struct err *e);
	/*
	 * A read-only window of the ELF file. OFF and N are multiples of 4096. The window stays until
	 * unmap(). -EOPNOTSUPP when the file cannot be mapped: use read_file. Touching a window can
	 * raise SIGBUS (a file that shrinks, memory that failed): see base/fault.h.
	 */
	int (*map_file)(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e);
	void (*unmap)(struct source *s, const void *p, size_t n);
	/*
	 * Memory at physical address PA. -EFAULT outside of every segment; -ENODATA for a page that an
	 * earlier filter left out; -EIO when it cannot be read.
	 */
	int (*read_pa)(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e);
	/* Memory at a kernel virtual address, by the PT_LOAD addresses only (image, direct map). */
	int (*read_va)(struct source *s, uint64_t va, void *buf, size_t n, struct err *e);
	/* Bytes [off, off + n) of the notes. */
	int (*read_notes)(struct source *s, uint64_t off, void *buf, size_t n, struct err *e);
	/*
	 * Where physical memory lies in the ELF file: offset of PA and the bytes that follow it without a
	 * gap. False when PA is in no segment or the source is no plain ELF file: use read_pa().
	 */
	bool (*where)(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len);
	/*
	 * Which of the NPFN pages from FIRST on the source holds, one bit each (bit n & 7 of byte n >> 3,
	 * FIRST a multiple of 8): a page counts when any byte of it is there. Writes all of BITS.
	 */
	void (*held)(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits);
	/* As held(), but which pages existed: held ones, lost ones and those an earlier filter left out (bitmap1). */
	void (*existed)(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits);
	/*
	 * As held(), but which pages the headers name and the file does not have: beyond its end, in a part that
	 * is missing, without a usable descriptor, listed as lost. None is held; read_pa() gives -ENODATA or -EIO.
	 * NULL: the source loses no page.
	 */
	void (*lost)(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits);
	/*
	 * Kernel virtual address to physical by the crashed kernel's page tables; *LEN is how many bytes
	 * from VA on are contiguous (the rest of the leaf: 4 KiB, 2 MiB, 1 GiB). -EFAULT: not mapped;
	 * -EOPNOTSUPP: no page table is known for this machine.
	 */
	int (*translate)(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e);
	void (*free)(struct source *s);
};

struct source {
	const struct source_ops *ops;
	struct dump_info info; /* constant after open */
};

#endif
