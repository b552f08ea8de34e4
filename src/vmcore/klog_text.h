/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: what the readers of all log formats share.
 * A window on an array in the crashed memory, and the text that leaves.
 */
#ifndef VMCORE_KLOG_TEXT_H
#define VMCORE_KLOG_TEXT_H

#include "vmcore/klog.h"

#define KLOG_WINDOW    32768u
#define KLOG_NO_CALLER UINT64_MAX

/* An array of SIZE bytes at kernel virtual address BASE, seen through one buffer. */
struct klog_window {
	uint64_t base, size;
	uint64_t at; /* offset of buf[0] in the array */
	size_t n;    /* valid bytes in buf */
	uint8_t buf[KLOG_WINDOW];
};

/* Why the kernel died, gathered from the lines as they leave. */
struct klog_cause {
	char line[KLOG_PANIC_MAX + 80];
	size_t n;       /* bytes of the current line that are in `line` */
	uint64_t lines; /* complete lines so far */
	bool any;
	uint64_t last_line, last_us; /* of the last alarming line; last_us 0: without a time */
};

struct klog_text {
	const struct klog_out *out;
	struct klog_stat *st;
	struct err *e;
	int rc;     /* of emit(); once negative nothing more is given */
	int indent; /* width of the current record's prefix */
	size_t n;
	char buf[16384];
	struct klog_cause cause;
};

/* One reading: everything that would be too large for a stack. */
struct klog {
	const struct klog_mem *mem;
	const char *vmci;
	size_t vmci_len;
	struct klog_text text;
	struct klog_window desc, info, data;
};

int must_check klog_ring_read(struct klog *k, struct err *e);
int must_check klog_records_read(struct klog *k, struct err *e);
int must_check klog_bytes_read(struct klog *k, struct err *e);

/* The number of a vmcoreinfo key; a missing one is -ENODATA with a sentence. */
int must_check klog_key(const struct klog *k, const char *key, uint64_t *ret, struct err *e);

/* Reads N (at most 8) bytes at VA as a number; WHAT names it for the sentence. */
int must_check klog_number(const struct klog *k, const char *what, uint64_t va, size_t n,
			   uint64_t *ret, struct err *e);

/* Reads the number behind SYMBOL(NAME). */
int must_check klog_symbol(const struct klog *k, const char *name, size_t n, uint64_t *ret,
			   struct err *e);

/* Bytes [off, off + n) of the array, N at most KLOG_WINDOW; NULL when outside or not readable. */
const uint8_t *klog_window_get(struct klog_window *w, const struct klog_mem *mem, uint64_t off,
			       size_t n);

/* A record: prefix, text in any number of parts, end. CALLER as recorded or KLOG_NO_CALLER. */
void klog_text_begin(struct klog_text *t, uint64_t ts_nsec, uint64_t caller);
void klog_text_add(struct klog_text *t, const uint8_t *s, size_t n);
void klog_text_end(struct klog_text *t);

/*
 * Lines that have their prefix already (kernels before 3.5). Like klog_text_add() it writes every byte but printable
 * ASCII, tab and line feed as \xNN, as /dev/kmsg does (kernel/printk/printk.c, msg_add_ext_text(), Linux 6.1).
 */
void klog_text_lines(struct klog_text *t, const uint8_t *s, size_t n);

/* Gives to emit() what is left. The first error of emit(), or 0. */
int must_check klog_text_flush(struct klog_text *t);

/* Takes a piece of the text that leaves and notes in ST the line that tells why the kernel died. */
void klog_cause_feed(struct klog_cause *c, const char *s, size_t n, struct klog_stat *st);

#endif
