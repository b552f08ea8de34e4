/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * format: ELF files with holes.
 * File header, program headers, a section header when they are many, notes; then page after page, each
 * where its rank among the kept pages says: no table of places is needed.
 * Layouts: elf(5); numbering beyond 65534: System V gABI, "e_phnum" and PN_XNUM.
 */
#include "format/elf_out.h"

#include "base/bits.h"
#include "base/bytes.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PIECE           4096u
#define PHDRS           (PIECE / sizeof(Elf64_Phdr)) /* written at once */
#define PAGE_SIZE_MAX   (1u << 20)
#define DATA_ALIGN      64u
#define FLAG_INCOMPLETE 1u /* e_flags, as crash 8 reads it */
#define FLAGS_AT        offsetof(Elf64_Ehdr, e_flags)
#define FLAGS_END       (FLAGS_AT + sizeof(Elf64_Word))

/* What is known of the program headers of one segment of the source, window after window. */
struct run {
	const struct segment *g;
	bool open;
	uint64_t start, end; /* physical: bytes of the run that is open */
	uint64_t offset;     /* of `start` in the file */
	uint64_t n;          /* program headers so far */
	uint64_t at;         /* number of its first one in the file; 0 while counting */
};

struct elf {
	struct format f;
	struct dump_head h;
	struct sink *out;
	uint64_t page;  /* bytes */
	unsigned shift; /* log2 of it */
	bool seek, once;
	struct run *run;  /* one for each segment, by address */
	uint64_t phnum;   /* the notes' one included */
	uint64_t shdr_at; /* 0: none is needed */
	uint64_t notes_at, data_at;
	uint64_t carry_at, notes_len; /* where dump_head.carry lies among the notes, and their length with it */
	uint64_t done;                /* pages that were put, from the first one on without a gap */
	bool jumped;                  /* others were put too */
	uint64_t limit;               /* pages of this rank and above do not get into a PT_LOAD */
	uint64_t top;                 /* one above the highest byte written */
	uint64_t rank_at, rank;       /* kept pages below pfn rank_at */
	uint64_t base;                /* kept pages below the window */
	uint64_t held_at;             /* number of the first program header in `phdr` */
	unsigned held;                /* program headers held back there */
	Elf64_Phdr phdr[PHDRS];
};

static const uint8_t zeros[PIECE];

static struct elf *self(struct format *f)
{
	return (struct elf *)f;
}

/* A sink without offsets gets the hole before AT as zeros. */
static int put_bytes(struct elf *x, uint64_t at, const void *p, size_t n, struct err *e)
{
	int rc = 0;

	while (rc == 0 && !x->seek && x->top < at) {
		uint64_t len = at - x->top < PIECE ? at - x->top : PIECE;

		rc = x->out->ops->write(x->out, x->top, zeros, (size_t)len, e);
		if (rc == 0)
			x->top += len;
	}
	if (rc == 0)
		rc = x->out->ops->write(x->out, at, p, n, e);
	if (rc == 0 && at + n > x->top)
		x->top = at + n;
	return rc;
}

static int flush_phdrs(struct elf *x, struct err *e)
{
	unsigned n = x->held;

	x->held = 0;
	return n ? put_bytes(x, sizeof(Elf64_Ehdr) + x->held_at * sizeof(Elf64_Phdr), x->phdr,
			     n * sizeof(Elf64_Phdr), e)
		 : 0;
}

static int hold_phdr(struct elf *x, uint64_t number, const Elf64_Phdr *p, struct err *e)
{
	int rc = 0;

	if (x->held == PHDRS || (x->held && x->held_at + x->held != number))
		rc = flush_phdrs(x, e);
	if (!x->held)
		x->held_at = number;
	x->phdr[x->held++] = *p;
	return rc;
}

/*
 * The next program header of segment I: LEN bytes of memory at PA, of which those of the open run are there.
 * p_align stays 0, as in /proc/vmcore: crash 8.0.2 does not find the notes of a file that says otherwise. It
 * also takes what lies in front of the first PT_LOAD for headers, which it loads: none is without an offset.
 */
static int put_phdr(struct elf *x, unsigned i, uint64_t pa, uint64_t len, struct err *e)
{
	struct run *r = &x->run[i];
	const struct segment *g = r->g;
	Elf64_Phdr p = { .p_type = PT_LOAD, .p_flags = PF_R | PF_W | PF_X, .p_paddr = pa, .p_memsz = len };
	uint64_t number = r->at + r->n++;

	if (!r->at)
		return 0;
	p.p_vaddr = g->va == UINT64_MAX ? UINT64_MAX : g->va + (pa - g->pa);
	p.p_offset = x->data_at;
	if (r->open) {
		p.p_offset = r->offset;
		p.p_filesz = r->end - r->start;
	}
	return hold_phdr(x, number, &p, e);
}

/* Kept pages below PFN, which lies in the window BITS that begins at FIRST. */
static uint64_t rank_of(struct elf *x, const uint8_t *bits, uint64_t first, uint64_t pfn)
{
	if (pfn < x->rank_at || x->rank_at < first) {
		x->rank_at = first;
		x->rank = x->base;
	}
	x->rank += bits_count(bits, x->rank_at - first, pfn - first);
	x->rank_at = pfn;
	return x->rank;
}

/* The run of kept pages [FROM, TO) of segment I, which continues the open one or ends it. */
static int add_run(struct elf *x, unsigned i, uint64_t from, uint64_t to, uint64_t rank, struct err *e)
{
	struct run *r = &x->run[i];
	const struct segment *g = r->g;
	uint64_t start = from << x->shift, end = to << x->shift;
	int rc = 0;

	if (rank >= x->limit)
		return 0;
	if (to - from > x->limit - rank)
		end = (from + (x->limit - rank)) << x->shift;
	start = start > g->pa ? start : g->pa;
	end = end < g->pa + g->len ? end : g->pa + g->len;
	if (r->open && r->end == start) {
		r->end = end;
		return 0;
	}
	if (r->open)
		rc = put_phdr(x, i, r->start, start - r->start, e);
	else if (start > g->pa)
		rc = put_phdr(x, i, g->pa, start - g->pa, e);
	r->open = true;
	r->start = start;
	r->end = end;
	r->offset = x->data_at + (rank << x->shift) + (start & (x->page - 1));
	return rc;
}

/* Segment I is over: what is open reaches up to its end. */
static int end_segment(struct elf *x, unsigned i, struct err *e)
{
	const struct segment *g = x->run[i].g;
	uint64_t from = x->run[i].open ? x->run[i].start : g->pa, end = g->pa + g->memlen;

	return end > from ? put_phdr(x, i, from, end - from, e) : 0;
}

/* The part of segment I that lies in the window BITS of [FIRST, END). */
static int walk_segment(struct elf *x, unsigned i, const uint8_t *bits, uint64_t first, uint64_t end,
			struct err *e)
{
	const struct segment *g = x->run[i].g;
	uint64_t from = g->pa >> x->shift, to = (g->pa + g->len + x->page - 1) >> x->shift;
	uint64_t p = from > first ? from : first, stop = to < end ? to : end;
	int rc = 0;

	to = g->len ? to : from;
	while (rc == 0 && p < stop && g->len) {
		uint64_t a = first + bits_next(bits, p - first, stop - first, true);

		if (a == stop)
			break;
		p = first + bits_next(bits, a - first, stop - first, false);
		rc = add_run(x, i, a, p, x->run[i].at ? rank_of(x, bits, first, a) : 0, e);
	}
	/* It ends here: in this window, or behind the last pfn. */
	if (rc == 0 && (to > first || first == 0) && (to <= end || end == x->h.keep->pfns))
		rc = end_segment(x, i, e);
	return rc;
}

/* Makes all program headers of the source's segments; *KEPT: pages of the bitmap. */
static int walk(struct elf *x, uint64_t *kept, struct err *e)
{
	struct keep *k = x->h.keep;
	int rc = 0;

	x->base = x->rank_at = x->rank = 0;
	for (uint64_t first = 0; rc == 0 && first < k->pfns; first += k->window) {
		uint64_t end = k->pfns - first < k->window ? k->pfns : first + k->window;
		const uint8_t *bits;

		rc = k->load(k, first, &bits, e);
		for (unsigned i = 0; rc == 0 && i < x->h.src->info.nsegment; i++)
			rc = walk_segment(x, i, bits, first, end, e);
		if (rc == 0)
			x->base += bits_count(bits, 0, end - first);
	}
	*kept = x->base;
	return rc;
}

static int by_address(const void *pa, const void *pb)
{
	const struct segment *a = ((const struct run *)pa)->g, *b = ((const struct run *)pb)->g;

	if (a->pa != b->pa)
		return a->pa < b->pa ? -1 : 1;
	return a < b ? -1 : a > b;
}

static int check_head(struct elf *x, const struct dump_head *h, struct sink *out, struct err *e)
{
	const struct dump_info *in = &h->src->info;
	uint64_t b = in->page_size;

	if (h->split)
		return err_set(e, -EOPNOTSUPP, "an ELF file cannot be split");
	if (!in->machine)
		return err_set(e, -EINVAL,
			       "an ELF file has to name the machine, and nothing in the dump tells it%s%.64s%s: write "
			       "a kdump-compressed file, without -E",
			       in->uts.machine[0] ? " (utsname says '" : "", in->uts.machine,
			       in->uts.machine[0] ? "')" : "");
	if (b < PIECE || b > PAGE_SIZE_MAX || b & (b - 1))
		return err_set(e, -EINVAL, "pages of %llu bytes", (unsigned long long)b);
	x->seek = out->ops->caps & SINK_SEEK;
	x->once = out->ops->caps & SINK_ONCE;
	if (!x->seek && h->keep->window < h->keep->pfns)
		return err_set(e, -EOPNOTSUPP, "ELF to %s: the target takes no offsets", out->dir);
	x->h = *h;
	x->limit = UINT64_MAX;
	x->out = out;
	x->page = b;
	x->shift = (unsigned)__builtin_ctzll(b);
	x->run = calloc(in->nsegment + 1ul, sizeof(*x->run));
	if (!x->run)
		return err_set(e, -ENOMEM, "ELF: no memory");
	for (unsigned i = 0; i < in->nsegment; i++)
		x->run[i].g = &in->segment[i];
	/* The image, which /proc/vmcore has first, may lie far back in the file: see put_phdr(). */
	qsort(x->run, in->nsegment, sizeof(*x->run), by_address);
	return 0;
}

/*
 * Pages lie on no page boundary of the file. makedumpfile up to 1.7.8 maps a segment that lies on one, takes p_memsz
 * for the bytes that it has in the file, and so reads other pages than those asked for where p_filesz is less.
 */
static uint64_t data_start(uint64_t end)
{
	uint64_t at = align_up(end, DATA_ALIGN);

	return at % PIECE ? at : at + DATA_ALIGN;
}

/* Counts program headers, then knows where everything lies. */
static int lay_out(struct elf *x, struct err *e)
{
	const struct dump_info *in = &x->h.src->info;
	uint64_t kept, end;
	int rc = walk(x, &kept, e);

	if (rc)
		return rc;
	if (kept != x->h.kept)
		return err_set(e, -EINVAL, "ELF: %llu pages kept, %llu were announced", (unsigned long long)kept,
			       (unsigned long long)x->h.kept);
	x->phnum = 1;
	for (unsigned i = 0; i < in->nsegment; i++) {
		uint64_t n = x->run[i].n;

		x->run[i] = (struct run){ .g = x->run[i].g, .at = x->phnum };
		x->phnum += n;
	}
	if (x->phnum > UINT32_MAX)
		return err_set(e, -EFBIG, "ELF: %llu program headers", (unsigned long long)x->phnum);
	end = sizeof(Elf64_Ehdr) + x->phnum * sizeof(Elf64_Phdr);
	if (x->phnum >= PN_XNUM) {
		x->shdr_at = end;
		end += sizeof(Elf64_Shdr);
	}
	x->notes_at = end;
	x->carry_at = align_up(in->notes_len, 4);
	x->notes_len = x->h.carry_len ? x->carry_at + x->h.carry_len : in->notes_len;
	x->data_at = data_start(end + x->notes_len);
	return 0;
}

static int put_ehdr(struct elf *x, struct err *e)
{
	Elf64_Ehdr h = {
		.e_type = ET_CORE,
		.e_machine = x->h.src->info.machine,
		.e_version = EV_CURRENT,
		.e_phoff = sizeof(h),
		.e_flags = x->seek ? FLAG_INCOMPLETE : 0,
		.e_ehsize = sizeof(h),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = (Elf64_Half)(x->shdr_at ? PN_XNUM : x->phnum),
	};
	int rc;

	memcpy(h.e_ident, ELFMAG, SELFMAG);
	h.e_ident[EI_CLASS] = ELFCLASS64;
	h.e_ident[EI_DATA] = BYTE_ORDER == LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
	h.e_ident[EI_VERSION] = EV_CURRENT;
	if (x->shdr_at) {
		h.e_shoff = x->shdr_at;
		h.e_shentsize = sizeof(Elf64_Shdr);
		h.e_shnum = 1;
	}
	if (!x->once)
		return put_bytes(x, 0, &h, sizeof(h), e);
	rc = put_bytes(x, 0, &h, FLAGS_AT, e);
	return rc ? rc : put_bytes(x, FLAGS_END, (uint8_t *)&h + FLAGS_END, sizeof(h) - FLAGS_END, e);
}

static int put_phdrs(struct elf *x, struct err *e)
{
	uint64_t len = x->notes_len, kept;
	Elf64_Phdr note = { .p_type = PT_NOTE, .p_offset = x->notes_at, .p_filesz = len, .p_memsz = len };
	Elf64_Shdr many = { .sh_size = 1, .sh_info = (Elf64_Word)x->phnum };
	int rc = hold_phdr(x, 0, &note, e);

	if (rc == 0)
		rc = walk(x, &kept, e);
	if (rc == 0)
		rc = flush_phdrs(x, e);
	if (rc == 0 && x->shdr_at)
		rc = put_bytes(x, x->shdr_at, &many, sizeof(many), e);
	return rc;
}

static int put_notes(struct elf *x, struct err *e)
{
	struct source *src = x->h.src;
	uint64_t len = src->info.notes_len;
	int rc = 0;

	for (uint64_t off = 0, n; rc == 0 && off < len; off += n) {
		uint8_t *buf = (uint8_t *)x->phdr;

		n = len - off < sizeof(x->phdr) ? len - off : sizeof(x->phdr);
		rc = src->ops->read_notes(src, off, buf, (size_t)n, e);
		if (rc)
			return err_add(e, rc, "notes of the dump");
		rc = put_bytes(x, x->notes_at + off, buf, (size_t)n, e);
	}
	if (rc == 0 && x->carry_at > len)
		rc = put_bytes(x, x->notes_at + len, zeros, (size_t)(x->carry_at - len), e);
	if (rc == 0 && x->h.carry_len)
		rc = put_bytes(x, x->notes_at + x->carry_at, x->h.carry, x->h.carry_len, e);
	return rc;
}

static int elf_begin(struct format *f, const struct dump_head *h, struct sink *out, struct err *e)
{
	struct elf *x = self(f);
	int rc = check_head(x, h, out, e);

	if (rc == 0)
		rc = lay_out(x, e);
	if (rc == 0 && out->ops->empty)
		rc = out->ops->empty(out, e);
	if (rc == 0 && out->ops->reserve && x->seek && !x->once) {
		rc = out->ops->reserve(out, 0, x->data_at, e);
		rc = rc == -EOPNOTSUPP ? 0 : rc;
	}
	if (rc == 0)
		rc = put_ehdr(x, e);
	if (rc == 0)
		rc = put_phdrs(x, e);
	if (rc == 0)
		rc = put_notes(x, e);
	return rc;
}

static int check_batch(const struct elf *x, const struct batch *b, struct err *e)
{
	uint64_t sum = 0;

	if (b->n == 0 || b->n > BATCH_PAGES || b->index > x->h.kept || b->n > x->h.kept - b->index)
		return err_set(e, -EINVAL, "ELF: pages beyond those announced");
	for (unsigned i = 0; i < b->n; i++) {
		sum += b->size[i];
		if (b->flag[i] || (b->size[i] && b->size[i] != x->page))
			return err_set(e, -EINVAL, "ELF: page of %u bytes", b->size[i]);
	}
	return sum == b->len ? 0 : err_set(e, -EINVAL, "ELF: sizes do not add up");
}

static int elf_put(struct format *f, const struct batch *b, struct err *e)
{
	struct elf *x = self(f);
	const uint8_t *p = b->data;
	int rc = check_batch(x, b, e);

	if (rc == 0 && b->index != x->done)
		x->jumped = true;
	for (unsigned i = 0, n; rc == 0 && i < b->n; i += n) {
		uint64_t at = x->data_at + ((b->index + i) << x->shift);

		/* Neighbours in the batch are neighbours in the file. */
		for (n = 0; i + n < b->n && b->size[i + n]; n++)
			;
		if (n)
			rc = put_bytes(x, at, p, (size_t)n << x->shift, e);
		p += (size_t)n << x->shift;
		n = n ? n : 1;
	}
	if (rc == 0)
		x->done += b->n;
	return rc;
}

/*
 * Writes the program headers again, for the pages that came: of what is missing readers are to say so and not
 * that it is zero. What is left of the room for program headers becomes PT_NULL.
 */
static int trim(struct elf *x, struct err *e)
{
	const Elf64_Phdr unused = { .p_type = PT_NULL };
	unsigned nsegment = x->h.src->info.nsegment;
	uint64_t kept;
	int rc;

	for (unsigned i = 0; i < nsegment; i++)
		x->run[i] = (struct run){ .g = x->run[i].g, .at = x->run[i].at };
	x->limit = x->done;
	rc = walk(x, &kept, e);
	for (unsigned i = 0; i < nsegment; i++) {
		uint64_t end = i + 1 < nsegment ? x->run[i + 1].at : x->phnum;

		for (uint64_t at = x->run[i].at + x->run[i].n; rc == 0 && at < end; at++)
			rc = hold_phdr(x, at, &unused, e);
	}
	return rc ? rc : flush_phdrs(x, e);
}

/* Gives the file its SIZE: pages of zeros at its end, and those that are missing, are holes. */
static int stretch(struct elf *x, uint64_t size, struct err *e)
{
	if (x->top >= size)
		return 0;
	if (!x->once && x->out->ops->extend)
		return x->out->ops->extend(x->out, size, e);
	return put_bytes(x, size - 1, zeros, 1, e);
}

/* After a failure the file is stretched all the same: what is missing is to read as zero, not as an error. */
static int elf_finish(struct format *f, bool complete, uint64_t *size, struct err *e)
{
	struct elf *x = self(f);
	uint64_t pages = x->h.kept;
	uint8_t flags[FLAGS_END - FLAGS_AT];
	int rc = 0, rc2;

	/* Another scan of memory, which more windows would mean, is too much for that. */
	if (!complete && x->seek && !x->once && !x->jumped && x->h.keep->window >= x->h.keep->pfns) {
		rc = trim(x, e);
		pages = rc ? pages : x->done;
	}
	*size = x->data_at + (pages << x->shift);
	if (!x->seek && !complete)
		*size = x->top;
	rc2 = stretch(x, *size, rc ? NULL : e);
	rc = rc ? rc : rc2;
	if (!x->seek || (!x->once && (rc || !complete)))
		return rc;
	put_u32(flags, complete && rc == 0 ? 0 : FLAG_INCOMPLETE);
	rc2 = put_bytes(x, FLAGS_AT, flags, sizeof(flags), rc ? NULL : e);
	return rc ? rc : rc2;
}

static uint64_t elf_owed(const struct format *f)
{
	(void)f;
	return FLAGS_END - FLAGS_AT + 1;
}

/* What is behind the last page that was written is a hole. */
static uint64_t elf_size(const struct format *f)
{
	return ((const struct elf *)f)->top;
}

static void elf_free(struct format *f)
{
	if (!f)
		return;
	free(self(f)->run);
	free(f);
}

static const struct format_ops elf_ops = {
	.name = "ELF",
	.packs = false,
	.begin = elf_begin,
	.put = elf_put,
	.finish = elf_finish,
	.owed = elf_owed,
	.size = elf_size,
	.free = elf_free,
};

int format_elf_open(struct format **ret, struct err *e)
{
	struct elf *x = calloc(1, sizeof(*x));

	if (!x)
		return err_set(e, -ENOMEM, "ELF: no memory");
	x->f.ops = &elf_ops;
	*ret = &x->f;
	return 0;
}

/* True when the pages of the gap [FROM, TO), fewer than ELF_GAP, may be read. */
static bool may_fill(struct source *src, uint64_t first, uint64_t from, uint64_t to, const uint8_t *may)
{
	uint8_t held[ELF_GAP / 8 + 2];
	uint64_t at = align_down(from, 8);

	if (may)
		return bits_next(may, from - first, to - first, false) == to - first;
	src->ops->held(src, at, to - at, held);
	return bits_next(held, from - at, to - at, false) == to - at;
}

/* Fills the short gaps of the pfns [FROM, TO) of one segment, all of them in the window that begins at FIRST. */
static void fill_segment(struct source *src, uint64_t first, uint64_t from, uint64_t to, uint8_t *bits,
			 const uint8_t *may)
{
	while (from < to) {
		uint64_t gap = first + bits_next(bits, from - first, to - first, false);
		uint64_t end = first + bits_next(bits, gap - first, to - first, true);

		if (end == to)
			return;
		if (end - gap < ELF_GAP && may_fill(src, first, gap, end, may))
			for (; gap < end; gap++)
				bit_set(bits, gap - first);
		from = end;
	}
}

void elf_keep_fill(struct source *src, uint64_t first, uint64_t npfn, uint8_t *bits, const uint8_t *may)
{
	unsigned shift = (unsigned)__builtin_ctzll(src->info.page_size);

	for (unsigned i = 0; i < src->info.nsegment; i++) {
		const struct segment *g = &src->info.segment[i];
		uint64_t from = g->pa >> shift, to = (g->pa + g->len + src->info.page_size - 1) >> shift;

		if (!g->len || to <= first || from >= first + npfn)
			continue;
		/* A gap that reaches into the window may be longer than what is seen of it. */
		if (from < first)
			from = first + bits_next(bits, 0, npfn, true);
		to = to < first + npfn ? to : first + npfn;
		fill_segment(src, first, from, to, bits, may);
	}
}
