/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: the printk ring buffer of Linux 5.10 and newer.
 * Every descriptor is looked at once at most, and no more text is printed than the ring can hold.
 */
#include "vmcore/klog_text.h"

#include "base/bytes.h"
#include "base/str.h"
#include "base/vmcoreinfo.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

/* kernel/printk/printk_ringbuffer.h (Linux 6.1): the top two bits of state_var are the state. */
#define ID_MASK     ((1ull << 62) - 1)
#define STATE_SHIFT 62
#define COMMITTED   1
#define FINALIZED   2

#define COUNT_BITS_MAX 26 /* LOG_BUF_LEN_MAX is 2^31 bytes, 32 bytes of text a descriptor */
#define SIZE_BITS_MAX  31
#define FIELD_MAX      4096 /* no structure here is larger */
#define UNREADABLE_MAX 1024 /* descriptors that are not in the dump before the rest is given up */

/* Sizes and offsets, all from vmcoreinfo. */
struct layout {
	uint64_t rb_desc_ring, rb_text_ring;
	uint64_t dr_count_bits, dr_descs, dr_infos, dr_head, dr_tail, counter;
	uint64_t tr_size_bits, tr_data;
	uint64_t desc_size, desc_state, desc_lpos, lpos_begin, lpos_next;
	uint64_t info_size, info_ts, info_text_len, info_caller, info_seq;
};

struct ring {
	struct layout l;
	uint64_t count; /* descriptors, a power of two */
	uint64_t size;  /* bytes of text, a power of two */
	uint64_t head, tail;
	uint64_t text_left; /* bytes of text that may still be printed */
	uint64_t from_seq;  /* records below this number are left out */
	unsigned unreadable;
};

static const struct {
	const char *key;
	size_t at;
} keys[] = {
	{ "OFFSET(printk_ringbuffer.desc_ring)", offsetof(struct layout, rb_desc_ring) },
	{ "OFFSET(printk_ringbuffer.text_data_ring)", offsetof(struct layout, rb_text_ring) },
	{ "OFFSET(prb_desc_ring.count_bits)", offsetof(struct layout, dr_count_bits) },
	{ "OFFSET(prb_desc_ring.descs)", offsetof(struct layout, dr_descs) },
	{ "OFFSET(prb_desc_ring.infos)", offsetof(struct layout, dr_infos) },
	{ "OFFSET(prb_desc_ring.head_id)", offsetof(struct layout, dr_head) },
	{ "OFFSET(prb_desc_ring.tail_id)", offsetof(struct layout, dr_tail) },
	{ "OFFSET(atomic_long_t.counter)", offsetof(struct layout, counter) },
	{ "OFFSET(prb_data_ring.size_bits)", offsetof(struct layout, tr_size_bits) },
	{ "OFFSET(prb_data_ring.data)", offsetof(struct layout, tr_data) },
	{ "SIZE(prb_desc)", offsetof(struct layout, desc_size) },
	{ "OFFSET(prb_desc.state_var)", offsetof(struct layout, desc_state) },
	{ "OFFSET(prb_desc.text_blk_lpos)", offsetof(struct layout, desc_lpos) },
	{ "OFFSET(prb_data_blk_lpos.begin)", offsetof(struct layout, lpos_begin) },
	{ "OFFSET(prb_data_blk_lpos.next)", offsetof(struct layout, lpos_next) },
	{ "SIZE(printk_info)", offsetof(struct layout, info_size) },
	{ "OFFSET(printk_info.ts_nsec)", offsetof(struct layout, info_ts) },
	{ "OFFSET(printk_info.text_len)", offsetof(struct layout, info_text_len) },
};

static int layout_read(const struct klog *k, struct layout *l, struct err *e)
{
	for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
		uint64_t v;
		int rc = klog_key(k, keys[i].key, &v, e);

		if (rc < 0)
			return rc;
		if (v > FIELD_MAX)
			return err_set(e, -EINVAL, "%s is absurd", keys[i].key);
		memcpy((char *)l + keys[i].at, &v, sizeof(v));
	}
	if (vmci_u64(k->vmci, k->vmci_len, "OFFSET(printk_info.caller_id)", &l->info_caller) < 0 ||
	    !range_ok(l->info_caller, 4, l->info_size))
		l->info_caller = KLOG_NO_CALLER;
	if (vmci_u64(k->vmci, k->vmci_len, "OFFSET(printk_info.seq)", &l->info_seq) < 0 ||
	    !range_ok(l->info_seq, 8, l->info_size))
		l->info_seq = KLOG_NO_CALLER;
	if (!range_ok(l->desc_state + l->counter, 8, l->desc_size) ||
	    !range_ok(l->desc_lpos + l->lpos_begin, 8, l->desc_size) ||
	    !range_ok(l->desc_lpos + l->lpos_next, 8, l->desc_size) ||
	    !range_ok(l->info_ts, 8, l->info_size) || !range_ok(l->info_text_len, 2, l->info_size))
		return err_set(e, -EINVAL,
			       "the sizes of prb_desc and printk_info do not fit their fields");
	return 0;
}

static int desc_ring_find(struct klog *k, struct ring *r, uint64_t prb, struct err *e)
{
	uint64_t at = prb + r->l.rb_desc_ring, bits;
	int rc = klog_number(k, "prb_desc_ring.count_bits", at + r->l.dr_count_bits, 4, &bits, e);

	if (rc == 0)
		rc = klog_number(k, "prb_desc_ring.descs", at + r->l.dr_descs, 8, &k->desc.base, e);
	if (rc == 0)
		rc = klog_number(k, "prb_desc_ring.infos", at + r->l.dr_infos, 8, &k->info.base, e);
	if (rc == 0)
		rc = klog_number(k, "prb_desc_ring.head_id", at + r->l.dr_head + r->l.counter, 8,
				 &r->head, e);
	if (rc == 0)
		rc = klog_number(k, "prb_desc_ring.tail_id", at + r->l.dr_tail + r->l.counter, 8,
				 &r->tail, e);
	if (rc < 0)
		return rc;
	if (bits > COUNT_BITS_MAX)
		return err_set(e, -EINVAL, "the ring claims 2^%u descriptors", (unsigned)bits);
	r->count = 1ull << bits;
	r->head &= ID_MASK;
	r->tail &= ID_MASK;
	k->desc.size = r->count * r->l.desc_size;
	k->info.size = r->count * r->l.info_size;
	return 0;
}

static int text_ring_find(struct klog *k, struct ring *r, uint64_t prb, struct err *e)
{
	uint64_t at = prb + r->l.rb_text_ring, bits;
	int rc = klog_number(k, "prb_data_ring.size_bits", at + r->l.tr_size_bits, 4, &bits, e);

	if (rc == 0)
		rc = klog_number(k, "prb_data_ring.data", at + r->l.tr_data, 8, &k->data.base, e);
	if (rc < 0)
		return rc;
	if (bits > SIZE_BITS_MAX)
		return err_set(e, -EINVAL, "the ring claims 2^%u bytes of text", (unsigned)bits);
	r->size = 1ull << bits;
	r->text_left = r->size;
	k->data.size = r->size;
	return 0;
}

/*
 * Where the text of a block [begin, next) lies in the ring and how many bytes it can have. A block
 * that does not fit before the end of the ring starts over at 0; since Linux 6.18 it may end
 * exactly at the end, so the last byte tells, not `next`. Each block starts with the id of its
 * descriptor. False when the positions are absurd.
 */
static bool block_find(const struct ring *r, uint64_t begin, uint64_t next, uint64_t *at,
		       uint64_t *room)
{
	uint64_t first = begin & (r->size - 1), end = ((next - 1) & (r->size - 1)) + 1;

	if (next - begin > r->size * 2)
		return false;
	if (((begin ^ (next - 1)) & ~(r->size - 1)) != 0)
		first = 0;
	if (end < first + sizeof(uint64_t))
		return false;
	*at = first + sizeof(uint64_t);
	*room = end - *at;
	return true;
}

static void text_print(struct klog *k, uint64_t at, uint64_t n)
{
	while (n) {
		size_t part = n < 4096 ? (size_t)n : 4096;
		const uint8_t *s = klog_window_get(&k->data, k->mem, at, part);

		if (!s) {
			k->text.st->bad++;
			return;
		}
		klog_text_add(&k->text, s, part);
		at += part;
		n -= part;
	}
}

/* Prints the record of descriptor slot SLOT whose text is [begin, next). */
static void record_print(struct klog *k, struct ring *r, uint64_t slot, uint64_t begin,
			 uint64_t next)
{
	const uint8_t *info =
		klog_window_get(&k->info, k->mem, slot * r->l.info_size, r->l.info_size);
	uint64_t at, room, n, caller = KLOG_NO_CALLER;

	if (!info || !block_find(r, begin, next, &at, &room)) {
		k->text.st->bad++;
		return;
	}
	if (r->from_seq && get_u64(info + r->l.info_seq) < r->from_seq)
		return;
	n = get_u16(info + r->l.info_text_len);
	if (n > room)
		n = room;
	if (n > r->text_left) {
		k->text.st->looped = true;
		return;
	}
	r->text_left -= n;
	if (r->l.info_caller != KLOG_NO_CALLER)
		caller = get_u32(info + r->l.info_caller);
	klog_text_begin(&k->text, get_u64(info + r->l.info_ts), caller);
	text_print(k, at, n);
	klog_text_end(&k->text);
}

/* Looks at the descriptor of ID and prints its record when there is one. */
static void desc_read(struct klog *k, struct ring *r, uint64_t id)
{
	uint64_t slot = id & (r->count - 1), state, begin, next;
	const uint8_t *d = klog_window_get(&k->desc, k->mem, slot * r->l.desc_size, r->l.desc_size);

	if (!d) {
		k->text.st->bad++;
		r->unreadable++;
		return;
	}
	state = get_u64(d + r->l.desc_state + r->l.counter);
	if (state >> STATE_SHIFT != COMMITTED && state >> STATE_SHIFT != FINALIZED)
		return;
	if ((state & ID_MASK) != id) {
		k->text.st->bad++;
		return;
	}
	begin = get_u64(d + r->l.desc_lpos + r->l.lpos_begin);
	next = get_u64(d + r->l.desc_lpos + r->l.lpos_next);
	if (((begin ^ next) & (r->size - 1)) == 0)
		/* A record without text: both positions are the same odd number. */
		k->text.st->bad += !(begin & 1);
	else
		record_print(k, r, slot, begin, next);
}

/*
 * The number of the first record after the last clear: a plain 64-bit number in Linux 5.10, later two of them
 * behind a counter whose lowest bit tells which is valid (struct latched_seq, kernel/printk/printk.c, 6.1).
 */
static void clear_find(struct klog *k, struct ring *r)
{
	uint64_t at, size, val, latch = 0;

	if (!k->text.out->since_clear || r->l.info_seq == KLOG_NO_CALLER ||
	    vmci_u64(k->vmci, k->vmci_len, "SYMBOL(clear_seq)", &at) < 0)
		return;
	if (vmci_u64(k->vmci, k->vmci_len, "SIZE(latched_seq)", &size) == 0 &&
	    vmci_u64(k->vmci, k->vmci_len, "OFFSET(latched_seq.val)", &val) == 0) {
		if (klog_number(k, "clear_seq", at, 4, &latch, NULL) < 0)
			return;
		at += val + (latch & 1) * 8;
	}
	if (klog_number(k, "clear_seq", at, 8, &r->from_seq, NULL) < 0)
		r->from_seq = 0;
}

static int ring_find(struct klog *k, struct ring *r, struct err *e)
{
	uint64_t prb;
	int rc = klog_symbol(k, "prb", 8, &prb, e);

	if (rc == 0)
		rc = layout_read(k, &r->l, e);
	if (rc == 0)
		rc = desc_ring_find(k, r, prb, e);
	if (rc == 0)
		rc = text_ring_find(k, r, prb, e);
	if (rc == 0)
		clear_find(k, r);
	return rc;
}

int klog_ring_read(struct klog *k, struct err *e)
{
	struct ring r = { 0 };
	uint64_t id, n;
	int rc = ring_find(k, &r, e);

	if (rc < 0)
		return rc;
	id = r.tail;
	n = ((r.head - r.tail) & ID_MASK) + 1;
	if (n > r.count) {
		/* One of the two ends is wrong; the head is what a kernel writes last. */
		k->text.st->bad++;
		n = r.count;
		id = (r.head - n + 1) & ID_MASK;
	}
	for (; n && k->text.rc == 0 && !k->text.st->looped; n--, id = (id + 1) & ID_MASK) {
		desc_read(k, &r, id);
		if (r.unreadable > UNREADABLE_MAX)
			return err_set(e, -EFAULT, "%u descriptors are not in the dump",
				       r.unreadable);
	}
	return 0;
}
