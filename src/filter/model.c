/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * filter: where the struct page of a pfn lies.
 * Only sections of memory that the dump names are looked at, so that no table of the crashed kernel can make
 * the search long. Layout of mem_section: include/linux/mmzone.h (Linux 4.18 to 7.0).
 */
#include "filter/model.h"

#include "filter/kmem.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define TABLE          4096u    /* bytes of sections that are read at once */
#define SECTION_FLAGS  0xfffull /* the encoded address is page aligned; flags have grown from 2 bits to 6 */
#define SECTION_BACKED 3u       /* present, has a mem_map */
#define SCORE_SECTIONS 64

/* One way to read the section table. */
struct table {
	struct source *src;
	bool extreme;      /* a table of pointers to tables (SPARSEMEM_EXTREME) */
	uint64_t base;     /* of the sections, or of the pointers */
	uint64_t size, at; /* SIZE(mem_section), OFFSET(mem_section.section_mem_map) */
	uint64_t each;     /* sections a root: as many as fit into a page */
	uint64_t sections; /* no number is as high */
	uint64_t span;     /* bytes of struct pages of a section */
	uint64_t pages;    /* pages of a section */
	uint64_t cached;   /* the first section in `cache`; UINT64_MAX: none */
	bool readable;
	uint8_t cache[TABLE];
};

static bool power_of_two(uint64_t v)
{
	return v && (v & (v - 1)) == 0;
}

static unsigned default_bits(const struct dump_info *info)
{
	switch (info->machine) {
	case EM_AARCH64: return info->page_size == 65536 ? 29 : 27;
	case EM_S390: return 28;
	case EM_PPC64: return 24;
	case 258: return 29; /* EM_LOONGARCH */
	default: return 27;
	}
}

static bool table_init(struct table *t, struct source *src, const struct page_layout *l)
{
	const struct dump_info *info = &src->info;
	uint64_t bits, max, page = info->page_size ? info->page_size : 4096;

	memset(t, 0, sizeof(*t));
	t->src = src;
	t->cached = UINT64_MAX;
	if (!kmem_key(src, "SIZE(mem_section)", &t->size) || t->size < 8 || t->size > 256 ||
	    !kmem_key(src, "OFFSET(mem_section.section_mem_map)", &t->at) || t->at > t->size - 8)
		return false;
	if (!kmem_key(src, "NUMBER(SECTION_SIZE_BITS)", &bits))
		bits = default_bits(info);
	if (!kmem_key(src, "NUMBER(MAX_PHYSMEM_BITS)", &max))
		max = 52;
	if (bits < 20 || bits > 40 || max < bits || max > 60 || !power_of_two(page))
		return false;
	t->sections = 1ull << (max - bits);
	t->pages = (1ull << bits) / page;
	t->span = t->pages * l->at.size;
	t->each = page / t->size;
	return t->pages && t->each;
}

/* Reads the piece of the table that begins with section FIRST of NR's root (of the whole, when static). */
static bool table_load(struct table *t, uint64_t nr, uint64_t first)
{
	uint64_t va = t->base;

	if (t->extreme && (kmem_read(t->src, t->base + nr / t->each * 8, &va, 8) < 0 || !va))
		return false;
	return kmem_read(t->src, va + first * t->size, t->cache, TABLE) == 0;
}

static const uint8_t *table_entry(struct table *t, uint64_t nr)
{
	uint64_t index = t->extreme ? nr % t->each : nr, in = index % (TABLE / t->size);

	if (nr - in != t->cached) {
		t->cached = nr - in;
		t->readable = table_load(t, nr, index - in);
	}
	return t->readable ? t->cache + in * t->size : NULL;
}

/* The address of the struct pages of section NR; false when it has none. */
static bool section_find(struct table *t, uint64_t nr, uint64_t *va)
{
	const uint8_t *p;
	uint64_t coded;

	if (nr >= t->sections)
		return false;
	p = table_entry(t, nr);
	if (!p)
		return false;
	memcpy(&coded, p + t->at, sizeof(coded));
	if ((coded & SECTION_BACKED) != SECTION_BACKED)
		return false;
	*va = (coded & ~SECTION_FLAGS) + nr * t->span;
	return *va % 8 == 0;
}

/* Calls SEE for the sections of all segments, MODEL_SECTIONS at most, until it gives something else than 0. */
static int sections_each(struct table *t, uint64_t most, int (*see)(struct table *t, uint64_t nr, void *arg),
			 void *arg)
{
	const struct dump_info *info = &t->src->info;
	uint64_t bytes = t->pages * (info->page_size ? info->page_size : 4096), last = UINT64_MAX;
	int rc = 0;

	for (unsigned i = 0; i < info->nsegment && rc == 0; i++) {
		const struct segment *g = &info->segment[i];
		uint64_t nr = g->pa / bytes, end;

		if (g->pa == UINT64_MAX || !g->memlen || g->memlen > UINT64_MAX - g->pa)
			continue;
		end = (g->pa + g->memlen - 1) / bytes;
		nr += nr == last;
		for (; nr <= end && nr < t->sections && rc == 0; nr++) {
			if (most-- == 0)
				return 0;
			last = nr;
			rc = see(t, nr, arg);
		}
	}
	return rc;
}

static int score_see(struct table *t, uint64_t nr, void *arg)
{
	unsigned *score = arg;
	uint64_t va, pa, len;

	if (section_find(t, nr, &va) && kmem_find(t->src, va, &pa, &len) == 0)
		(*score)++;
	return 0;
}

/* How many of the first sections make sense when the table is read this way. */
static unsigned score(struct table *t, bool extreme, uint64_t base)
{
	unsigned ret = 0;

	t->extreme = extreme;
	t->base = base;
	t->cached = UINT64_MAX;
	if (base)
		(void)sections_each(t, SCORE_SECTIONS, score_see, &ret);
	return ret;
}

/*
 * Chooses how the table is read. SYMBOL(mem_section) is the address of the roots since 4.15 and that of the
 * variable in texts made from debug information; LENGTH() tells static tables from those with roots.
 */
static bool table_choose(struct table *t)
{
	uint64_t symbol, deref = 0, length;
	bool is_static;
	unsigned best = 0;
	struct {
		bool extreme;
		uint64_t base;
		unsigned score;
	} way[3];

	if (!kmem_key(t->src, "SYMBOL(mem_section)", &symbol))
		return false;
	is_static = kmem_key(t->src, "LENGTH(mem_section)", &length) && length >= t->sections;
	if (kmem_read(t->src, symbol, &deref, 8) < 0)
		deref = 0;
	way[0].extreme = !is_static, way[0].base = symbol;
	way[1].extreme = true, way[1].base = deref;
	way[2].extreme = is_static, way[2].base = symbol;
	for (unsigned i = 0; i < 3; i++) {
		way[i].score = score(t, way[i].extreme, way[i].base);
		if (way[i].score > way[best].score)
			best = i;
	}
	t->extreme = way[best].extreme;
	t->base = way[best].base;
	t->cached = UINT64_MAX;
	return way[best].score > 0;
}

/* Adds a run, joined with the last one where both go on. 0, -ENOMEM, -E2BIG at MODEL_RUNS. */
static int run_add(struct model *m, uint64_t pfn, uint64_t n, uint64_t va, uint64_t size)
{
	struct page_run *r = m->n ? &m->run[m->n - 1] : NULL;

	if (r && r->pfn + r->n == pfn && r->va + r->n * size == va) {
		r->n += n;
		return 0;
	}
	if (m->n == m->room) {
		unsigned room = m->room ? m->room * 2 : 64;

		if (m->n >= MODEL_RUNS)
			return -E2BIG;
		r = realloc(m->run, room * sizeof(*r));
		if (!r)
			return -ENOMEM;
		m->run = r;
		m->room = room;
	}
	m->run[m->n++] = (struct page_run){ pfn, n, va };
	return 0;
}

static int by_pfn(const void *a, const void *b)
{
	const struct page_run *x = a, *y = b;

	return x->pfn < y->pfn ? -1 : x->pfn > y->pfn;
}

/* Sorts the runs; what a run repeats of an earlier one is cut off. */
static void runs_order(struct model *m, uint64_t size)
{
	unsigned to = 0;
	uint64_t end = 0;

	if (!m->n)
		return;
	qsort(m->run, m->n, sizeof(*m->run), by_pfn);
	for (unsigned i = 0; i < m->n; i++) {
		struct page_run r = m->run[i];
		uint64_t cut = r.pfn < end ? end - r.pfn : 0;

		if (cut >= r.n)
			continue;
		r.pfn += cut;
		r.n -= cut;
		r.va += cut * size;
		end = r.pfn + r.n;
		m->run[to++] = r;
	}
	m->n = to;
}

struct collect {
	struct model *m;
	uint64_t size;
};

static int collect_see(struct table *t, uint64_t nr, void *arg)
{
	struct collect *c = arg;
	uint64_t va;

	if (!section_find(t, nr, &va))
		return 0;
	return run_add(c->m, nr * t->pages, t->pages, va, c->size);
}

static int sparse_open(struct model *m, struct source *src, const struct page_layout *l)
{
	struct collect c = { m, l->at.size };
	struct table *t = malloc(sizeof(*t));
	int rc = 0;

	if (!t)
		return -ENOMEM;
	if (table_init(t, src, l) && table_choose(t)) {
		m->name = t->extreme ? "SPARSEMEM_EXTREME" : "SPARSEMEM";
		m->tables = t->base;
		m->extreme = t->extreme;
		m->each = t->each;
		m->section_size = t->size;
		m->section_pages = t->pages;
		rc = sections_each(t, MODEL_SECTIONS, collect_see, &c);
	}
	free(t);
	return rc;
}

/* One run over all memory: struct page of pfn FIRST at VA. */
static int flat_run(struct model *m, const struct source *src, uint64_t first, uint64_t va, uint64_t size)
{
	uint64_t n = src->info.max_pfn > first ? src->info.max_pfn - first : 0;

	return n ? run_add(m, first, n, va, size) : 0;
}

/* SYMBOL(mem_map): a pointer to the struct page of the first pfn that the architecture counts. */
static int flat_open(struct model *m, struct source *src, const struct page_layout *l)
{
	uint64_t va, start = 0, page = src->info.page_size ? src->info.page_size : 4096;

	if (!kmem_pointer(src, "SYMBOL(mem_map)", &va) || !va)
		return 0;
	if (!kmem_key(src, "NUMBER(PHYS_OFFSET)", &start) && !kmem_key(src, "NUMBER(phys_ram_base)", &start))
		start = 0;
	m->name = "FLATMEM";
	return flat_run(m, src, start / page, va, l->at.size);
}

int model_open(struct model *m, struct source *src, const struct page_layout *l, struct notes *notes, struct err *e)
{
	uint64_t vmemmap;
	int rc;

	memset(m, 0, sizeof(*m));
	m->name = "none";
	rc = sparse_open(m, src, l);
	if (rc == 0 && !m->n && kmem_key(src, "SYMBOL(vmemmap)", &vmemmap) && vmemmap) {
		m->name = "VMEMMAP";
		rc = flat_run(m, src, 0, vmemmap, l->at.size);
	}
	if (rc == 0 && !m->n)
		rc = flat_open(m, src, l);
	if (rc == -ENOMEM) {
		model_free(m);
		return err_set(e, rc, "filter: no memory for the memory model");
	}
	if (rc == -E2BIG)
		note_add(notes, "memory above %u runs of struct pages is kept whole", MODEL_RUNS);
	if (!m->n)
		note_add(notes, "all pages are kept: the array of struct pages was not found");
	runs_order(m, l->at.size);
	return 0;
}

const struct page_run *model_find(const struct model *m, uint64_t pfn)
{
	unsigned from = 0, to = m->n;

	while (from < to) {
		unsigned mid = from + (to - from) / 2;

		if (m->run[mid].pfn + m->run[mid].n <= pfn)
			from = mid + 1;
		else
			to = mid;
	}
	return from < m->n ? &m->run[from] : NULL;
}

void model_free(struct model *m)
{
	free(m->run);
	memset(m, 0, sizeof(*m));
}
