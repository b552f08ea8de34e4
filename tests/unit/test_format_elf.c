/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: the ELF writer, read back page by page */
#include "check.h"
#include "fake_dump.h"

#include "base/bytes.h"
#include "format/elf_out.h"

#define MOST (16u << 20)

static bool most(uint64_t pfn)
{
	uint64_t state = pfn / 3;

	return fake_random(&state) % 5 != 0;
}

static bool runs(uint64_t pfn)
{
	return pfn % 700 < 300 || pfn % 700 == 600;
}

static bool odd(uint64_t pfn)
{
	return pfn & 1;
}

static bool none(uint64_t pfn)
{
	return pfn == UINT64_MAX;
}

/* Memory as it is, with every 13th page full of zeros. */
static uint32_t fill(uint64_t pfn, uint8_t *to, uint32_t *flag)
{
	*flag = 0;
	if (pfn % 13 == 0)
		return 0;
	for (uint64_t i = 0; i < FAKE_PAGE; i++)
		to[i] = fake_byte(pfn * FAKE_PAGE + i);
	return FAKE_PAGE;
}

static bool is_bad(uint64_t pfn)
{
	return pfn % 97 < 2;
}

static uint32_t fill_some(uint64_t pfn, uint8_t *to, uint32_t *flag)
{
	uint32_t n = is_bad(pfn) ? 0 : fill(pfn, to, flag);

	*flag = is_bad(pfn) ? BATCH_LOST : 0;
	return n;
}

static uint32_t fill_zero(uint64_t pfn, uint8_t *to, uint32_t *flag)
{
	(void)pfn;
	(void)to;
	*flag = 0;
	return 0;
}

/* Image inside of RAM, a page that two segments share, ends inside of pages, memory that was left out before. */
static void machine(struct fake_machine *m, bool image_first)
{
	fake_machine(m, 700);
	fake_memory(m, 0x1000, 0xffff888000001000ull, 0x9e123);
	fake_memory(m, 0x9f800, UINT64_MAX, 0x800);
	fake_memory(m, 0x100000, 0xffff888000100000ull, 0x600000);
	fake_memory(m, 0x200000, 0xffffffff81000000ull, 0x100000);
	fake_memory(m, 0x900010, 0xffff888000900010ull, 0x30);
	fake_memory(m, 0xa00000, 0xffff888000a00000ull, 0);
	m->segment[2].memlen += 0x10000;
	m->segment[5].memlen = 0x2000;
	if (image_first) {
		struct segment image = m->segment[3];

		memmove(&m->segment[1], &m->segment[0], 3 * sizeof(image));
		m->segment[0] = image;
	}
}

struct run {
	struct fake_machine m;
	struct fake_keep k;
	struct dump_head h;
	struct feed how;
	struct disk *d;
	uint64_t size;
	int begun, rc;
	bool incomplete; /* pages are lost when finish() is called */
};

static void run_init(struct run *r, bool (*decide)(uint64_t pfn), uint64_t window, unsigned caps)
{
	memset(r, 0, sizeof(*r));
	machine(&r->m, true);
	fake_keep(&r->k, &r->m, window, decide);
	r->h = (struct dump_head){
		.src = &r->m.s,
		.keep = &r->k.k,
		.kept = r->k.kept,
		.keep_to = r->k.k.pfns,
		.zero = true,
	};
	r->how = (struct feed){ .to = r->k.k.pfns, .rounds = 1, .fill = fill };
	r->d = disk_new(caps, UINT64_MAX, MOST);
}

static void run_once(struct run *r, uint64_t upto)
{
	struct format *f;
	struct err e = { 0 };
	bool whole = upto >= r->how.to;

	r->how.to = whole ? r->how.to : upto;
	CHECK_INT(format_elf_open(&f, &e), 0);
	r->rc = r->begun = f->ops->begin(f, &r->h, &r->d->s, &e);
	if (r->rc == 0)
		r->rc = feed(f, &r->k, &r->how, &e);
	if (r->begun == 0) {
		int rc = f->ops->finish(f, whole && r->rc == 0 && !r->incomplete, &r->size, &e);

		r->rc = r->rc ? r->rc : rc;
	}
	if (r->rc == 0 && whole)
		r->d->s.ops->commit(&r->d->s, r->size, &e);
	f->ops->free(f);
}

static void run_free(struct run *r)
{
	free(r->k.all);
	r->d->s.ops->free(&r->d->s);
}

/* The bytes of a file; beyond what was written they are zeros. */
static uint8_t file_byte(const struct disk *d, uint64_t at)
{
	return at < d->most ? d->data[at] : 0;
}

/* Looks PA up in PT_LOAD number I: 1 in the file (*OFF), 2 in its memory alone, 0 not at all. */
static int look_up(const Elf64_Phdr *p, uint64_t pa, uint64_t *off)
{
	if (pa < p->p_paddr || pa - p->p_paddr >= p->p_memsz)
		return 0;
	*off = p->p_offset + (pa - p->p_paddr);
	return pa - p->p_paddr < p->p_filesz ? 1 : 2;
}

/* Every 256th byte of memory through every segment: kept ones are in the file, all are in the memory. */
static unsigned judge(const struct run *r, const Elf64_Phdr *ph, unsigned n, uint64_t upto)
{
	struct fake_machine sorted;
	const struct dump_info *in = &sorted.s.info;
	unsigned wrong = 0, from = 1;

	/* The file has the segments by address, the source had the image first. */
	machine(&sorted, false);
	for (unsigned s = 0; s < in->nsegment; s++) {
		const struct segment *g = &in->segment[s];
		uint64_t end = g->pa;
		unsigned to = from;

		/* The headers of one segment follow each other without a gap. */
		while (to < n && ph[to].p_paddr == end && end < g->pa + g->memlen) {
			wrong += ph[to].p_vaddr != (g->va == UINT64_MAX ? g->va : g->va + (end - g->pa));
			wrong += ph[to].p_offset < ph[0].p_offset + ph[0].p_filesz;
			wrong += ph[to].p_filesz > ph[to].p_memsz || ph[to].p_type != PT_LOAD;
			/* makedumpfile must not map it: see data_start() in src/format/elf_out.c. */
			wrong += ph[to].p_filesz && (ph[to].p_offset ^ ph[to].p_paddr) % FAKE_PAGE == 0;
			end += ph[to++].p_memsz;
		}
		wrong += end != g->pa + g->memlen;
		for (uint64_t pa = g->pa, at = from, off = 0; pa < g->pa + g->memlen; pa += 0xff) {
			bool kept = pa < g->pa + g->len && bit_get(r->k.all, pa / FAKE_PAGE);
			uint8_t want = pa / FAKE_PAGE % 13 == 0 || pa / FAKE_PAGE >= upto ? 0 : fake_byte(pa);

			while (at + 1 < to && look_up(&ph[at], pa, &off) == 0)
				at++;
			wrong += look_up(&ph[at], pa, &off) != (kept ? 1 : 2);
			wrong += kept && off >= r->d->size;
			wrong += kept && file_byte(r->d, off) != want;
		}
		from = to;
	}
	return wrong + (from != n);
}

/* Program headers without PT_NULL, in place; gives their number. */
static unsigned compact(Elf64_Phdr *ph, unsigned n)
{
	unsigned to = 0;

	for (unsigned i = 0; i < n; i++)
		if (ph[i].p_type != PT_NULL)
			ph[to++] = ph[i];
	return to;
}

/* From now on the dump is one that never wanted the pages that put() did not take, or those from UPTO on. */
static void forget(struct run *r, uint64_t upto)
{
	for (uint64_t p = 0; p < r->k.k.pfns; p++)
		if (p >= upto || (r->how.seen && !r->how.seen[p]))
			r->k.all[p / 8] &= (uint8_t) ~(1u << p % 8);
}

/* Whether the note of lost pages, behind the 700 bytes of the others, lists PFN. */
static bool listed(const struct run *r, const Elf64_Phdr *ph, uint64_t pfn)
{
	const uint8_t *note = r->d->data + ph[0].p_offset + 700;

	for (uint64_t at = 24; 700 + at < ph[0].p_filesz; at += 16)
		if (pfn * FAKE_PAGE >= get_u64(note + at) && pfn * FAKE_PAGE < get_u64(note + at + 8))
			return true;
	return false;
}

/* Kept pages are listed when they did not come: those from UPTO on, or those that put() did not take. */
static unsigned wrong_list(const struct run *r, const Elf64_Phdr *ph, uint64_t upto)
{
	const uint8_t *note = r->d->data + ph[0].p_offset + 700;
	unsigned wrong = 0, lost = 0;

	for (uint64_t p = 0; p < r->k.k.pfns; p++) {
		bool here = p < upto && (!r->how.seen || r->how.seen[p]);

		if (bit_get(r->k.all, p))
			wrong += listed(r, ph, p) == here;
		lost += bit_get(r->k.all, p) && !here;
	}
	if (lost == 0)
		return wrong + (ph[0].p_filesz != 700);
	wrong += memcmp(note + 12, "CRASHBOX", 9) != 0 || get_u32(note) != 9 || get_u32(note + 8) != 0x4342584c;
	return wrong + (get_u32(note + 4) + 724 != ph[0].p_filesz);
}

static void test_whole(bool (*decide)(uint64_t pfn), uint64_t window, unsigned caps, unsigned rounds, uint64_t upto)
{
	struct run r;
	const Elf64_Ehdr *h;
	Elf64_Phdr *ph;
	unsigned n;
	bool whole;

	run_init(&r, decide, window, caps);
	r.how.rounds = rounds;
	whole = upto >= r.how.to;
	run_once(&r, upto);
	CHECK_INT(r.rc, 0);
	/* Only what tells that pages are missing is written again. */
	CHECK(!whole || r.d->twice == 0);
	h = (const Elf64_Ehdr *)(const void *)r.d->data;
	ph = (Elf64_Phdr *)(void *)(r.d->data + h->e_phoff);
	CHECK(memcmp(h->e_ident, "\177ELF\2\1\1", 7) == 0);
	CHECK_INT(h->e_type, ET_CORE);
	CHECK_INT(h->e_machine, EM_X86_64);
	CHECK_INT(h->e_phentsize, 56);
	CHECK_INT(h->e_flags, !whole);
	CHECK_INT(ph[0].p_type, PT_NOTE);
	CHECK_INT(wrong_list(&r, ph, caps ? upto : UINT64_MAX), 0);
	CHECK(memcmp(r.d->data + ph[0].p_offset, r.m.notes, 700) == 0);
	n = compact(ph, h->e_phnum);
	CHECK(whole ? n == h->e_phnum : n <= h->e_phnum);
	if (caps && !window)
		forget(&r, upto);
	CHECK_INT(judge(&r, ph, n, upto), 0);
	CHECK_INT(r.size, r.d->size);
	run_free(&r);
}

/* More program headers than e_phnum can say. */
static void test_many(unsigned caps)
{
	struct run r;
	const Elf64_Ehdr *h;
	const Elf64_Shdr *sh;

	run_init(&r, none, 0, caps);
	free(r.k.all);
	fake_machine(&r.m, 100);
	fake_memory(&r.m, 0, 0xffff888000000000ull, 140000ull * FAKE_PAGE);
	fake_keep(&r.k, &r.m, 0, odd);
	r.h.kept = r.k.kept;
	r.h.keep_to = r.how.to = r.k.k.pfns;
	r.how.fill = fill_zero;
	r.d->ops.reserve = NULL;
	run_once(&r, UINT64_MAX);
	CHECK_INT(r.rc, caps & SINK_ONCE ? -EFBIG : 0);
	h = (const Elf64_Ehdr *)(const void *)r.d->data;
	CHECK_INT(h->e_phnum, 0xffff);
	CHECK_INT(h->e_shnum, 1);
	CHECK_INT(h->e_shentsize, 64);
	CHECK_INT(h->e_shoff, 64 + 56 * (70002 + 2 * (70000 / 32)));
	sh = (const Elf64_Shdr *)(const void *)(r.d->data + h->e_shoff);
	CHECK_INT(sh->sh_info, 70002);
	CHECK_INT(sh->sh_size, 1);
	CHECK_INT(sh->sh_type, 0);
	CHECK(memcmp(sh + 1, r.m.notes, 100) == 0);
	run_free(&r);
}

/* A disk of every size: it opens, says so, and has what it took. */
static void test_full(void)
{
	unsigned begun = 0, whole = 0;
	uint64_t last = 0;

	for (uint64_t blocks = 0; !whole; blocks += 40) {
		uint8_t seen[0x1000] = { 0 };
		struct run r;
		const Elf64_Ehdr *h;

		run_init(&r, most, 0, SINK_SEEK);
		r.how.seen = seen;
		r.d->room = blocks;
		run_once(&r, UINT64_MAX);
		h = (const Elf64_Ehdr *)(const void *)r.d->data;
		whole = r.rc == 0;
		if (r.begun == 0) {
			Elf64_Phdr *ph = (Elf64_Phdr *)(void *)(r.d->data + sizeof(*h));

			begun++;
			CHECK(r.rc == 0 || r.rc == -ENOSPC);
			CHECK_INT(h->e_flags, !whole);
			CHECK(r.d->size >= r.size && r.size >= last);
			last = r.size;
			CHECK_INT(wrong_list(&r, ph, UINT64_MAX), 0);
			forget(&r, UINT64_MAX);
			r.how.seen = NULL;
			CHECK_INT(judge(&r, ph, compact(ph, h->e_phnum), UINT64_MAX), 0);
		}
		run_free(&r);
	}
	CHECK(begun > 5);
}

/* Pages that cannot be read: no PT_LOAD has them, the list does, the file is incomplete. */
static void test_lost(uint64_t window, unsigned caps)
{
	struct run r;
	const Elf64_Ehdr *h;
	Elf64_Phdr *ph;
	uint8_t seen[0x1000] = { 0 };

	run_init(&r, most, window, caps);
	r.how.fill = fill_some;
	r.how.seen = seen;
	r.incomplete = true;
	run_once(&r, UINT64_MAX);
	CHECK_INT(r.rc, 0);
	h = (const Elf64_Ehdr *)(const void *)r.d->data;
	ph = (Elf64_Phdr *)(void *)(r.d->data + sizeof(*h));
	CHECK_INT(h->e_flags, 1);
	for (uint64_t p = 0; p < r.k.k.pfns; p++)
		seen[p] = !is_bad(p);
	CHECK_INT(wrong_list(&r, ph, UINT64_MAX), 0);
	if (!window)
		forget(&r, UINT64_MAX);
	r.how.seen = NULL;
	if (!window)
		CHECK_INT(judge(&r, ph, compact(ph, h->e_phnum), UINT64_MAX), 0);
	run_free(&r);
}

static void test_refused(void)
{
	struct run r;

	run_init(&r, most, 512, 0);
	run_once(&r, UINT64_MAX);
	CHECK_INT(r.rc, -EOPNOTSUPP);
	run_free(&r);
	run_init(&r, most, 0, SINK_SEEK);
	r.h.split = true;
	run_once(&r, UINT64_MAX);
	CHECK_INT(r.rc, -EOPNOTSUPP);
	run_free(&r);
	run_init(&r, most, 0, SINK_SEEK);
	r.h.kept++;
	run_once(&r, UINT64_MAX);
	CHECK_INT(r.rc, -EINVAL);
	CHECK_INT(r.d->writes, 0);
	run_free(&r);
}

/* The rule, page by page: a gap below 256 with a kept page behind it in the same segment. */
static void fill_slowly(const struct dump_info *in, uint8_t *bits, uint64_t never)
{
	for (unsigned i = 0; i < in->nsegment; i++) {
		const struct segment *g = &in->segment[i];
		uint64_t to = (g->pa + g->len + FAKE_PAGE - 1) / FAKE_PAGE, gap = 0;

		for (uint64_t p = g->pa / FAKE_PAGE; p < to && g->len; p++) {
			bool spoilt = never < p && never >= p - gap;

			if (!bit_get(bits, p)) {
				gap++;
				continue;
			}
			for (; gap && gap < 256 && !spoilt; gap--)
				bit_set(bits, p - gap);
			gap = 0;
		}
	}
}

static void test_fill(bool (*decide)(uint64_t pfn), uint64_t never)
{
	struct run r;
	uint8_t may[0x200];
	uint8_t *want;

	run_init(&r, decide, 0, SINK_SEEK);
	want = malloc(0x200);
	memcpy(want, r.k.all, 0x200);
	fill_slowly(&r.m.s.info, want, never);
	memset(may, 0xff, sizeof(may));
	if (never != UINT64_MAX)
		may[never / 8] &= (uint8_t) ~(1u << never % 8);
	elf_keep_fill(&r.m.s, 0, r.k.k.pfns, r.k.all, never == UINT64_MAX ? NULL : may);
	CHECK(memcmp(want, r.k.all, 0x200) == 0);
	free(want);
	run_free(&r);
}

/* In windows: gaps that reach over their edges stay, the others are filled alike. */
static void test_fill_windows(void)
{
	struct run r, whole;
	unsigned missing = 0;

	run_init(&r, most, 0, SINK_SEEK);
	run_init(&whole, most, 0, SINK_SEEK);
	elf_keep_fill(&whole.m.s, 0, whole.k.k.pfns, whole.k.all, NULL);
	for (uint64_t first = 0; first < r.k.k.pfns; first += 512) {
		uint64_t n = r.k.k.pfns - first < 512 ? r.k.k.pfns - first : 512;

		elf_keep_fill(&r.m.s, first, n, r.k.all + first / 8, NULL);
	}
	for (uint64_t p = 0; p < r.k.k.pfns; p++) {
		CHECK(!bit_get(r.k.all, p) || bit_get(whole.k.all, p));
		missing += bit_get(r.k.all, p) != bit_get(whole.k.all, p);
		/* All of them near an edge. */
		CHECK(bit_get(r.k.all, p) == bit_get(whole.k.all, p) || p % 512 < 40 || p % 512 > 470);
	}
	CHECK(missing < 64);
	run_free(&r);
	run_free(&whole);
}

int main(void)
{
	bool (*const decide[])(uint64_t) = { most, runs, odd, none };

	for (unsigned i = 0; i < 4; i++) {
		test_whole(decide[i], 0, SINK_SEEK, 1, UINT64_MAX);
		test_whole(decide[i], 0, SINK_SEEK, 2, UINT64_MAX);
		test_whole(decide[i], 512, SINK_SEEK, 1, UINT64_MAX);
		test_whole(decide[i], 64, SINK_SEEK | SINK_ONCE, 1, UINT64_MAX);
		test_whole(decide[i], 0, SINK_SEEK | SINK_ONCE, 2, UINT64_MAX);
		test_whole(decide[i], 0, 0, 1, UINT64_MAX);
		test_whole(decide[i], 0, SINK_SEEK, 1, 0x300);
		test_whole(decide[i], 0, SINK_SEEK, 1, 0);
		test_whole(decide[i], 512, SINK_SEEK, 1, 0x300);
		test_whole(decide[i], 0, SINK_SEEK | SINK_ONCE, 1, 0x300);
		test_fill(decide[i], UINT64_MAX);
		test_fill(decide[i], 0x240);
		test_fill(decide[i], 0x52);
	}
	test_many(SINK_SEEK);
	test_many(SINK_SEEK | SINK_ONCE);
	test_lost(0, SINK_SEEK);
	test_lost(0, SINK_SEEK | SINK_ONCE);
	test_lost(512, SINK_SEEK);
	test_full();
	test_refused();
	test_fill_windows();
	return check_done();
}
