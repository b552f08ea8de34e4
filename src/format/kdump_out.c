/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: kdump-compressed files.
 * Block 0 header, block 1 sub header and notes, then both bitmaps, the table of descriptors, the data.
 * Layouts: diskdump header as crash 8 (diskdump.h) and libkdumpfile 0.5 (diskdump.c) read it.
 */
#include "format/kdump_out.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/str.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	HEAD_LEN = 464, /* struct disk_dump_header of a 64-bit machine */
	HEAD_VERSION = 8,
	HEAD_UTS = 12, /* six names of 65 bytes */
	HEAD_TIME = 408,
	HEAD_TIME_US = 416,
	HEAD_STATUS = 424,
	HEAD_BLOCK = 428,
	HEAD_SUB_BLOCKS = 432,
	HEAD_BITMAP_BLOCKS = 436,
	HEAD_MAX_MAPNR = 440,
	HEAD_CURRENT_CPU = 456,
	HEAD_CPUS = 460,

	SUB_LEN = 104, /* struct kdump_sub_header of a 64-bit machine */
	SUB_PHYS_BASE = 0,
	SUB_LEVEL = 8,
	SUB_SPLIT = 12,
	SUB_FROM_32 = 16,
	SUB_TO_32 = 24,
	SUB_VMCOREINFO = 32,
	SUB_NOTE = 48,
	SUB_ERASE = 64,
	SUB_FROM = 80,
	SUB_TO = 88,
	SUB_MAX_MAPNR = 96,

	DESC_LEN = 24, /* struct page_desc: offset, size, flags, page_flags */
};

#define VERSION           6
#define STATUS_INCOMPLETE 8u
#define UTS_NAME          65
#define PIECE             4096u                  /* zeros are skipped and written in pieces */
#define CHUNK             (64u << 10)            /* bitmaps, notes and descriptors go through a buffer */
#define DESC_ROOM         (CHUNK / DESC_LEN)     /* descriptors held back */
#define READY_STEP        (DESC_ROOM * DESC_LEN) /* bytes of the table that get room at once */
#define PAGE_SIZE_MAX     (1u << 20)

/* struct disk_dump_header: signature, without a terminator */
static const char SIGNATURE[8] = { 'K', 'D', 'U', 'M', 'P', ' ', ' ', ' ' };

struct kdump {
	struct format f;
	struct dump_head h;
	struct sink *out;
	uint64_t block;               /* bytes of a block: page size of the dumped machine */
	uint64_t notes_at, bitmap_at; /* offsets in the file */
	uint64_t carry_at;            /* of dump_head.carry among the notes */
	uint64_t notes_len;           /* with it */
	uint64_t bitmap_len;          /* of one bitmap, whole blocks */
	uint64_t table_at, data_at;
	uint64_t own; /* descriptors that this file has: kept pages of its range */
	uint64_t end; /* the next data goes here */
	uint64_t top; /* one above the highest byte written */
	bool once, reserved;
	uint8_t *ready; /* one bit for READY_STEP bytes of the table: room is taken; NULL when not needed */
	uint64_t held_from;
	unsigned held; /* descriptors held back in `buf`, the first is number held_from */
	uint8_t buf[CHUNK];
};

static const uint8_t zeros[PIECE];

static struct kdump *self(struct format *f)
{
	return (struct kdump *)f;
}

static int put_bytes(struct kdump *k, uint64_t at, const void *p, size_t n, struct err *e)
{
	int rc = k->out->ops->write(k->out, at, p, n, e);

	if (rc == 0 && at + n > k->top)
		k->top = at + n;
	return rc;
}

/* Writes the N bytes at P, a part of a bitmap, without its pieces of zeros: they read as zero anyway. */
static int put_sparse(struct kdump *k, uint64_t at, const uint8_t *p, size_t n, struct err *e)
{
	size_t i = 0, from;
	int rc = 0;

	while (rc == 0 && i < n) {
		size_t len = n - i < PIECE ? n - i : PIECE;

		from = i;
		while (i < n && memcmp(p + i, zeros, len) != 0) {
			i += len;
			len = n - i < PIECE ? n - i : PIECE;
		}
		if (i > from)
			rc = put_bytes(k, at + from, p + from, i - from, e);
		else
			i += len;
	}
	return rc;
}

/* Works out where everything goes; `own` is an upper bound until the bitmap was seen. */
static int lay_out(struct kdump *k, const struct dump_head *h, struct sink *out, struct err *e)
{
	const struct dump_info *in = &h->src->info;
	uint64_t b = in->page_size, bytes = (h->keep->pfns + 7) / 8;

	if (!(out->ops->caps & SINK_SEEK))
		return err_set(e, -EOPNOTSUPP, "kdump-compressed to %s: the target takes no offsets", out->dir);
	if (b < PIECE || b > PAGE_SIZE_MAX || b & (b - 1))
		return err_set(e, -EINVAL, "pages of %llu bytes", (unsigned long long)b);
	if (h->keep->pfns == 0 || h->keep->pfns > UINT64_MAX >> 16 || h->kept > h->keep->pfns ||
	    h->keep_from > h->keep_to || h->keep_to > h->keep->pfns)
		return err_set(e, -EINVAL, "kdump-compressed: impossible number of pages");
	k->h = *h;
	k->out = out;
	k->block = b;
	k->once = out->ops->caps & SINK_ONCE;
	k->notes_at = b + SUB_LEN;
	k->carry_at = align_up(in->notes_len, 4);
	k->notes_len = h->carry_len ? k->carry_at + h->carry_len : in->notes_len;
	k->bitmap_at = b + align_up(SUB_LEN + k->notes_len, b);
	k->bitmap_len = align_up(bytes, b);
	k->table_at = k->bitmap_at + 2 * k->bitmap_len;
	/* Sized for all pages also when split: every part has its zero page at the same offset. */
	k->data_at = k->table_at + h->kept * DESC_LEN;
	k->end = k->data_at;
	k->own = h->kept;
	return 0;
}

/*
 * Takes room for everything before the data, so that only data can fail for want of space. When the
 * sink cannot, put() takes it bit by bit.
 */
static int take_room(struct kdump *k, struct err *e)
{
	int rc = -EOPNOTSUPP;

	if (k->once)
		return 0;
	if (k->out->ops->reserve)
		rc = k->out->ops->reserve(k->out, 0, k->h.split ? k->table_at : k->data_at, e);
	if (rc && rc != -EOPNOTSUPP)
		return err_add(e, rc, "room for headers and bitmaps");
	k->reserved = rc == 0;
	return 0;
}

/* The same for the table, once `own` is known. */
static int take_table(struct kdump *k, struct err *e)
{
	uint64_t bytes = k->own * DESC_LEN;
	int rc = 0;

	if (k->once || !bytes)
		return 0;
	if (k->reserved && k->h.split)
		rc = k->out->ops->reserve(k->out, k->table_at, bytes, e);
	if (rc)
		return err_add(e, rc, "room for page descriptors");
	if (k->reserved)
		return 0;
	k->ready = calloc(1, bytes / READY_STEP / 8 + 1);
	return k->ready ? 0 : err_set(e, -ENOMEM, "kdump-compressed: no memory");
}

/*
 * The six names of struct new_utsname; what is not known has a stand-in: libkdumpfile doubts the header when one of the
 * first five is empty and then finds neither machine nor registers, "(none)" is what an unset name reads in the kernel.
 */
static void fill_uts(uint8_t *p, const struct dump_info *in)
{
	struct dump_uts u = in->uts;
	const struct {
		char *name;
		const char *instead;
	} fill[] = {
		{ u.sysname, "Linux" },
		{ u.release, in->osrelease[0] ? in->osrelease : UTS_RELEASE_NONE },
		{ u.machine, "unknown" },
		{ u.nodename, "(none)" },
		{ u.version, "(none)" },
		{ u.domainname, "(none)" },
	};

	_Static_assert(sizeof(u) == 6 * UTS_NAME, "names lie as in struct new_utsname");
	for (size_t i = 0; i < ARRAY_LEN(fill); i++)
		if (!fill[i].name[0])
			(void)str_fmt(fill[i].name, UTS_NAME, "%s", fill[i].instead);
	memcpy(p, &u, sizeof(u));
}

static void fill_head(const struct kdump *k, uint8_t head[HEAD_LEN])
{
	const struct dump_info *in = &k->h.src->info;
	uint64_t pfns = k->h.keep->pfns;

	memset(head, 0, HEAD_LEN);
	memcpy(head, SIGNATURE, sizeof(SIGNATURE));
	put_u32(head + HEAD_VERSION, VERSION);
	fill_uts(head + HEAD_UTS, in);
	put_u64(head + HEAD_TIME, (uint64_t)in->crash_time);
	put_u64(head + HEAD_TIME_US, in->crash_us);
	put_u32(head + HEAD_STATUS, k->h.status | STATUS_INCOMPLETE);
	put_u32(head + HEAD_BLOCK, (uint32_t)k->block);
	put_u32(head + HEAD_SUB_BLOCKS, (uint32_t)((k->bitmap_at - k->block) / k->block));
	put_u32(head + HEAD_BITMAP_BLOCKS, (uint32_t)(2 * k->bitmap_len / k->block));
	put_u32(head + HEAD_MAX_MAPNR, pfns < UINT32_MAX ? (uint32_t)pfns : UINT32_MAX);
	put_u32(head + HEAD_CURRENT_CPU, in->panic_cpu);
	/* crash finds no task without a CPU. */
	put_u32(head + HEAD_CPUS, in->ncpu ? in->ncpu : 1);
}

static void fill_sub(const struct kdump *k, uint8_t sub[SUB_LEN])
{
	const struct dump_info *in = &k->h.src->info;

	memset(sub, 0, SUB_LEN);
	put_u64(sub + SUB_PHYS_BASE, in->phys_base);
	put_u32(sub + SUB_LEVEL, k->h.level);
	if (k->h.split) {
		put_u32(sub + SUB_SPLIT, 1);
		put_u64(sub + SUB_FROM_32, (uint32_t)k->h.keep_from);
		put_u64(sub + SUB_TO_32, (uint32_t)k->h.keep_to);
		put_u64(sub + SUB_FROM, k->h.keep_from);
		put_u64(sub + SUB_TO, k->h.keep_to);
	}
	if (in->vmcoreinfo_at) {
		put_u64(sub + SUB_VMCOREINFO, k->notes_at + in->vmcoreinfo_at);
		put_u64(sub + SUB_VMCOREINFO + 8, in->vmcoreinfo_len);
	}
	if (k->notes_len) {
		put_u64(sub + SUB_NOTE, k->notes_at);
		put_u64(sub + SUB_NOTE + 8, k->notes_len);
	}
	if (in->erase_len) {
		put_u64(sub + SUB_ERASE, k->notes_at + in->erase_at);
		put_u64(sub + SUB_ERASE + 8, in->erase_len);
	}
	put_u64(sub + SUB_MAX_MAPNR, k->h.keep->pfns);
}

static int put_headers(struct kdump *k, struct err *e)
{
	uint8_t head[HEAD_LEN], sub[SUB_LEN];
	int rc;

	fill_head(k, head);
	fill_sub(k, sub);
	if (!k->once) {
		rc = put_bytes(k, 0, head, HEAD_LEN, e);
	} else {
		rc = put_bytes(k, 0, head, HEAD_STATUS, e);
		if (rc == 0)
			rc = put_bytes(k, HEAD_BLOCK, head + HEAD_BLOCK, HEAD_LEN - HEAD_BLOCK, e);
	}
	return rc ? rc : put_bytes(k, k->block, sub, SUB_LEN, e);
}

static int put_notes(struct kdump *k, struct err *e)
{
	struct source *src = k->h.src;
	uint64_t len = src->info.notes_len;
	int rc = 0;

	for (uint64_t off = 0, n; rc == 0 && off < len; off += n) {
		n = len - off < CHUNK ? len - off : CHUNK;
		rc = src->ops->read_notes(src, off, k->buf, (size_t)n, e);
		if (rc)
			return err_add(e, rc, "notes of the dump");
		rc = put_bytes(k, k->notes_at + off, k->buf, (size_t)n, e);
	}
	if (rc == 0 && k->carry_at > len)
		rc = put_bytes(k, k->notes_at + len, zeros, (size_t)(k->carry_at - len), e);
	if (rc == 0 && k->h.carry_len)
		rc = put_bytes(k, k->notes_at + k->carry_at, k->h.carry, k->h.carry_len, e);
	return rc;
}

/* Clears the bits from NPFN on in the last byte. */
static void cut_bits(uint8_t *bits, uint64_t npfn)
{
	if (npfn & 7)
		bits[npfn >> 3] = (uint8_t)(bits[npfn >> 3] & ((1u << (npfn & 7)) - 1));
}

static int put_existed(struct kdump *k, struct err *e)
{
	struct source *src = k->h.src;
	uint64_t pfns = k->h.keep->pfns;
	int rc = 0;

	for (uint64_t first = 0, n; rc == 0 && first < pfns; first += n) {
		n = pfns - first < CHUNK * 8 ? pfns - first : CHUNK * 8;
		src->ops->existed(src, first, n, k->buf);
		cut_bits(k->buf, n);
		rc = put_sparse(k, k->bitmap_at + first / 8, k->buf, (size_t)((n + 7) / 8), e);
	}
	return rc;
}

/* Kept pages of [FIRST, FIRST + n) that belong to this file. */
static uint64_t count_own(const struct kdump *k, const uint8_t *bits, uint64_t first, uint64_t n)
{
	uint64_t from = k->h.keep_from > first ? k->h.keep_from - first : 0;
	uint64_t to = k->h.keep_to > first ? k->h.keep_to - first : 0;

	to = to < n ? to : n;
	return from < to ? bits_count(bits, from, to) : 0;
}

/*
 * From the last window to the first: what counted the pages has left the last one loaded, and the pages
 * are asked for from the first on.
 */
static int put_kept(struct kdump *k, struct err *e)
{
	struct keep *keep = k->h.keep;
	uint64_t at = k->bitmap_at + k->bitmap_len, kept = 0, own = 0;
	uint64_t windows = (keep->pfns - 1) / keep->window + 1;

	while (windows--) {
		uint64_t first = windows * keep->window;
		uint64_t n = keep->pfns - first < keep->window ? keep->pfns - first : keep->window;
		const uint8_t *bits;
		int rc = keep->load(keep, first, &bits, e);

		if (rc == 0)
			rc = put_sparse(k, at + first / 8, bits, (size_t)((n + 7) / 8), e);
		if (rc)
			return rc;
		kept += bits_count(bits, 0, n);
		own += count_own(k, bits, first, n);
	}
	if (kept != k->h.kept)
		return err_set(e, -EINVAL, "kdump-compressed: %llu pages kept, %llu were announced",
			       (unsigned long long)kept, (unsigned long long)k->h.kept);
	k->own = own;
	return 0;
}

static int put_zero_page(struct kdump *k, struct err *e)
{
	int rc = 0;

	if (!k->h.zero)
		return 0;
	for (uint64_t i = 0; rc == 0 && i < k->block; i += PIECE)
		rc = put_bytes(k, k->data_at + i, zeros, PIECE, e);
	k->end = k->data_at + k->block;
	return rc;
}

static int kdump_begin(struct format *f, const struct dump_head *h, struct sink *out, struct err *e)
{
	struct kdump *k = self(f);
	int rc = lay_out(k, h, out, e);

	if (rc == 0 && out->ops->empty)
		rc = out->ops->empty(out, e);
	if (rc == 0)
		rc = take_room(k, e);
	if (rc == 0)
		rc = put_headers(k, e);
	if (rc == 0)
		rc = put_notes(k, e);
	if (rc == 0)
		rc = put_existed(k, e);
	if (rc == 0)
		rc = put_kept(k, e);
	if (rc == 0)
		rc = take_table(k, e);
	if (rc == 0)
		rc = put_zero_page(k, e);
	return rc;
}

static int flush_descs(struct kdump *k, struct err *e)
{
	int rc = 0;

	if (k->held)
		rc = put_bytes(k, k->table_at + k->held_from * DESC_LEN, k->buf, (size_t)k->held * DESC_LEN, e);
	if (rc == 0)
		k->held = 0;
	return rc;
}

/* Takes room for the N descriptors from number INDEX on by writing zeros, where that was not done yet. */
static int make_ready(struct kdump *k, uint64_t index, unsigned n, struct err *e)
{
	uint64_t all = k->own * DESC_LEN, last = (index + n - 1) / DESC_ROOM;
	int rc = 0;

	for (uint64_t c = index / DESC_ROOM; rc == 0 && k->ready && c <= last; c++) {
		uint64_t at = c * READY_STEP, to = at + READY_STEP < all ? at + READY_STEP : all;

		if (bit_get(k->ready, c))
			continue;
		for (uint64_t len; rc == 0 && at < to; at += len) {
			len = to - at < PIECE ? to - at : PIECE;
			rc = put_bytes(k, k->table_at + at, zeros, (size_t)len, e);
		}
		if (rc == 0)
			bit_set(k->ready, c);
	}
	return rc;
}

/* The pipeline is ours: this finds its mistakes before they become a file that nobody can read. */
static int check_batch(const struct kdump *k, const struct batch *b, struct err *e)
{
	uint64_t sum = 0;

	if (b->n == 0 || b->n > BATCH_PAGES || b->index > k->own || b->n > k->own - b->index)
		return err_set(e, -EINVAL, "kdump-compressed: pages beyond those announced");
	for (unsigned i = 0; i < b->n; i++) {
		sum += b->size[i];
		if (b->size[i] > k->block || (b->size[i] == 0 && !k->h.zero && b->flag[i] != BATCH_LOST))
			return err_set(e, -EINVAL, "kdump-compressed: page of %u bytes", b->size[i]);
	}
	return sum == b->len ? 0 : err_set(e, -EINVAL, "kdump-compressed: sizes do not add up");
}

static int kdump_put(struct format *f, const struct batch *b, struct err *e)
{
	struct kdump *k = self(f);
	uint64_t at = k->end;
	int rc = check_batch(k, b, e);

	if (rc == 0 && k->held && (k->held_from + k->held != b->index || k->held + b->n > DESC_ROOM))
		rc = flush_descs(k, e);
	if (rc == 0)
		rc = make_ready(k, b->index, b->n, e);
	if (rc == 0 && b->len)
		rc = put_bytes(k, at, b->data, b->len, e);
	if (rc)
		return rc;
	k->end += b->len;
	if (!k->held)
		k->held_from = b->index;
	for (unsigned i = 0; i < b->n; i++) {
		uint8_t *d = k->buf + (size_t)k->held++ * DESC_LEN;
		bool zero = b->size[i] == 0;

		/* A descriptor of zeros: readers say that the page is lost. */
		if (b->flag[i] == BATCH_LOST) {
			memset(d, 0, DESC_LEN);
			continue;
		}
		put_u64(d, zero ? k->data_at : at);
		put_u32(d + 8, zero ? (uint32_t)k->block : b->size[i]);
		put_u32(d + 12, zero ? 0 : b->flag[i]);
		put_u64(d + 16, 0);
		at += b->size[i];
	}
	return 0;
}

/*
 * After a failure it still tries every step: each one makes more of the file readable. The status comes
 * last, and says that the dump is whole only when all else went well.
 */
static int kdump_finish(struct format *f, bool complete, uint64_t *size, struct err *e)
{
	struct kdump *k = self(f);
	uint8_t status[4];
	int rc = flush_descs(k, e), rc2 = 0;

	*size = k->end;
	/* Readers want the whole table inside the file, even when no page follows. */
	if (k->top < k->end)
		rc2 = put_bytes(k, k->end - 1, zeros, 1, rc ? NULL : e);
	rc = rc ? rc : rc2;
	if (!k->once && (rc || !complete))
		return rc;
	put_u32(status, k->h.status | (complete && rc == 0 ? 0 : STATUS_INCOMPLETE));
	rc2 = put_bytes(k, HEAD_STATUS, status, sizeof(status), rc ? NULL : e);
	return rc ? rc : rc2;
}

static uint64_t kdump_owed(const struct format *f)
{
	const struct kdump *k = (const struct kdump *)f;

	return (uint64_t)k->held * DESC_LEN + sizeof(uint32_t) + 1;
}

static uint64_t kdump_size(const struct format *f)
{
	return ((const struct kdump *)f)->end;
}

static void kdump_free(struct format *f)
{
	if (!f)
		return;
	free(self(f)->ready);
	free(f);
}

static const struct format_ops kdump_ops = {
	.name = "kdump-compressed",
	.packs = true,
	.begin = kdump_begin,
	.put = kdump_put,
	.finish = kdump_finish,
	.owed = kdump_owed,
	.size = kdump_size,
	.free = kdump_free,
};

int format_kdump_open(struct format **ret, struct err *e)
{
	struct kdump *k = calloc(1, sizeof(*k));

	if (!k)
		return err_set(e, -ENOMEM, "kdump-compressed: no memory");
	k->f.ops = &kdump_ops;
	*ret = &k->f;
	return 0;
}
