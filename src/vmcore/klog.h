/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the kernel log of the crashed kernel.
 * It is found by PT_LOAD addresses only and streamed: a broken memory model cannot lose it.
 */
#ifndef VMCORE_KLOG_H
#define VMCORE_KLOG_H

#include "base/err.h"
#include "iface/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KLOG_PANIC_MAX 200

struct klog_out {
	/* Takes N bytes of text, at most 16 KiB, lines cut anywhere. -errno ends the reading. */
	int (*emit)(void *arg, const char *text, size_t n, struct err *e);
	void *arg;
	/* Print "[      T1] " (task) or "[      C0] " (CPU) behind the time, where recorded. */
	bool callers;
	/*
	 * Only what came after the log was cleared last (dmesg -C); all of it when the dump does not tell, and
	 * with KLOG_BYTES.
	 */
	bool since_clear;
};

enum klog_format {
	KLOG_NONE,    /* not found */
	KLOG_RING,    /* printk ring buffer, 5.10 and newer */
	KLOG_RECORDS, /* buffer of records, 3.5 to 5.9 */
	KLOG_BYTES,   /* ring of characters, before 3.5 */
};

struct klog_stat {
	enum klog_format format;
	uint64_t bytes;   /* of text given to emit() */
	unsigned records; /* printed; 0 for KLOG_BYTES */
	unsigned bad;     /* records and pieces that were damaged: left out or cut */
	bool looped;      /* the buffer led back into itself; the rest was left out */
	/* Why the kernel died, printable ASCII; "" when the log does not tell. */
	char panic_line[KLOG_PANIC_MAX + 1];
};

/* Memory of the crashed kernel: N bytes at kernel virtual address VA. 0 or -errno. */
struct klog_mem {
	int (*read)(void *arg, uint64_t va, void *buf, size_t n);
	void *arg;
};

/*
 * Gives the whole log of S to OUT, oldest first, a line as "[    5.123456] text": the form of
 * makedumpfile --dump-dmesg, without caller ids as up to its version 1.7.2, with them as later
 * ones, and a byte above 0x7f as \xc3 where those print \xffffffc3. *ST is filled in any case, even
 * after a failure; what was found before one has gone to OUT. -ENODATA when vmcoreinfo is absent or
 * does not tell where the log is, -EFAULT or -EINVAL when it is damaged beyond reading, -EBADMSG when no
 * record can be read, or what emit() gave; each with a sentence. Needs about 150 KiB.
 */
int must_check klog_read(struct source *s, const struct klog_out *out, struct klog_stat *st,
			 struct err *e);

/* The same from any memory, by the vmcoreinfo text of LEN bytes; bounded whatever it holds. */
int must_check klog_parse(const struct klog_mem *mem, const char *vmcoreinfo, size_t len,
			  const struct klog_out *out, struct klog_stat *st, struct err *e);

#endif
