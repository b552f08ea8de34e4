/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the kernel log in all formats.
 * The input damages a sound log: first byte r (ring), l (records) or c (characters), then pieces of
 * OFFSET (2 bytes), COUNT (1 byte, 1 to 8), bytes; an offset behind the memory is one of
 * vmcoreinfo.
 */
#include "vmcore/klog.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define BASE 0xffffffff81000000ull
#define MEM  2048u

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

struct image {
	uint8_t mem[MEM];
	char vmci[1024];
};

static const char ring_keys[] =
	"OSRELEASE=6.1.0\nSYMBOL(prb)=ffffffff81000000\nOFFSET(printk_ringbuffer.desc_ring)=0\n"
	"OFFSET(printk_ringbuffer.text_data_ring)=48\nOFFSET(prb_desc_ring.count_bits)=0\n"
	"OFFSET(prb_desc_ring.descs)=8\nOFFSET(prb_desc_ring.infos)=16\n"
	"OFFSET(prb_desc_ring.head_id)=24\nOFFSET(prb_desc_ring.tail_id)=32\nSIZE(prb_desc)=24\n"
	"OFFSET(prb_desc.state_var)=0\nOFFSET(prb_desc.text_blk_lpos)=8\n"
	"OFFSET(prb_data_blk_lpos.begin)=0\nOFFSET(prb_data_blk_lpos.next)=8\nSIZE(printk_info)="
	"24\n"
	"OFFSET(printk_info.ts_nsec)=8\nOFFSET(printk_info.text_len)=16\n"
	"OFFSET(printk_info.caller_id)=20\nOFFSET(atomic_long_t.counter)=0\n"
	"OFFSET(prb_data_ring.size_bits)=0\nOFFSET(prb_data_ring.data)=8\n";

static const char record_keys[] =
	"SYMBOL(log_buf)=ffffffff81000000\nSYMBOL(log_buf_len)=ffffffff81000008\n"
	"SYMBOL(log_first_idx)=ffffffff8100000c\nSYMBOL(log_next_idx)=ffffffff81000010\n"
	"SIZE(printk_log)=16\nOFFSET(printk_log.ts_nsec)=0\nOFFSET(printk_log.len)=8\n"
	"OFFSET(printk_log.text_len)=10\nOFFSET(printk_log.caller_id)=12\n";

static const char char_keys[] =
	"SYMBOL(log_buf)=ffffffff81000000\nSYMBOL(log_buf_len)=ffffffff81000008\n"
	"SYMBOL(log_end)=ffffffff8100000c\n";

static void put(struct image *m, size_t at, uint64_t v, size_t n)
{
	memcpy(m->mem + at, &v, n);
}

/* 8 descriptors, 512 bytes of text, three records. */
static void ring(struct image *m)
{
	put(m, 0, BASE + 64, 8);
	put(m, 64, 3, 4);
	put(m, 64 + 8, BASE + 256, 8);
	put(m, 64 + 16, BASE + 512, 8);
	put(m, 64 + 24, 2, 8);
	put(m, 64 + 48, 9, 4);
	put(m, 64 + 56, BASE + 1024, 8);
	for (uint64_t i = 0; i < 3; i++) {
		put(m, 256 + i * 24, 2ull << 62 | i, 8);
		put(m, 256 + i * 24 + 8, i * 64, 8);
		put(m, 256 + i * 24 + 16, i * 64 + 64, 8);
		put(m, 512 + i * 24 + 8, i * 1000000, 8);
		put(m, 512 + i * 24 + 16, 12, 2);
		memcpy(m->mem + 1024 + i * 64 + 8, "Kernel panic", 12);
	}
	memcpy(m->vmci, ring_keys, sizeof(ring_keys));
}

static void records(struct image *m)
{
	put(m, 0, BASE + 64, 8);
	put(m, 8, 1024, 4);
	put(m, 16, 3 * 32, 4);
	for (size_t i = 0; i < 3; i++) {
		put(m, 64 + i * 32, i * 1000000, 8);
		put(m, 64 + i * 32 + 8, 32, 2);
		put(m, 64 + i * 32 + 10, 12, 2);
		memcpy(m->mem + 64 + i * 32 + 16, "Oops: a text", 12);
	}
	memcpy(m->vmci, record_keys, sizeof(record_keys));
}

static void chars(struct image *m)
{
	static const char text[] = "<4>[    1.000000] one\n<0>[    2.000000] BUG: two\n";

	put(m, 0, BASE + 64, 8);
	put(m, 8, 1024, 4);
	put(m, 12, sizeof(text) - 1, 4);
	memcpy(m->mem + 64, text, sizeof(text) - 1);
	memcpy(m->vmci, char_keys, sizeof(char_keys));
}

static void damage(struct image *m, const uint8_t *d, size_t n)
{
	while (n >= 3) {
		size_t at = (size_t)(d[0] | d[1] << 8) % sizeof(*m), count = (d[2] & 7) + 1u;

		d += 3;
		n -= 3;
		for (; count && n; count--, d++, n--)
			((uint8_t *)m)[at++ % sizeof(*m)] = *d;
	}
}

static int read_mem(void *arg, uint64_t va, void *buf, size_t n)
{
	const struct image *m = arg;

	if (va < BASE || va - BASE > MEM || n > MEM - (va - BASE))
		return -EFAULT;
	memcpy(buf, m->mem + (va - BASE), n);
	return 0;
}

static int count(void *arg, const char *text, size_t n, struct err *e)
{
	uint64_t *left = arg;

	(void)text;
	(void)e;
	/* Each byte in memory can grow into a line with a prefix; nothing can give more than that.
	 */
	if (n > *left)
		abort();
	*left -= n;
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct image m = { 0 };
	uint64_t left = MEM * 64 * 8;
	const struct klog_mem mem = { .read = read_mem, .arg = &m };
	struct klog_out out = { .emit = count, .arg = &left, .callers = true };
	struct klog_stat st;
	struct err e = { 0 };

	if (n == 0)
		return 0;
	(d[0] == 'r' ? ring : d[0] == 'l' ? records
					  : chars)(&m);
	damage(&m, d + 1, n - 1);
	if (klog_parse(&mem, m.vmci, strnlen(m.vmci, sizeof(m.vmci)), &out, &st, &e) < 0 &&
	    !e.text[0])
		abort();
	for (size_t i = 0; st.panic_line[i]; i++)
		if (st.panic_line[i] < ' ' || st.panic_line[i] > '~')
			abort();
	return 0;
}
