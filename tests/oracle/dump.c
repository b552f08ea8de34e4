/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/oracle: kdump-compressed files of header version 6 and ELF cores.
 * Promise: what does not follow the format ends the program, or is told of the page that it concerns.
 * kdump-compressed: header in block 0, sub header and notes in block 1, two bitmaps, a descriptor of 24 bytes a page
 * in the order of the second bitmap, data anywhere. Split files count descriptors from their own first page.
 */
#include <elf.h>
#include <lzo/lzo1x.h>
#include <snappy-c.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <zlib.h>
#include <zstd.h>

#include "dump.h"

enum { HEADER = 464,
       SUB_HEADER = 104,
       DESC = 24,
       ZLIB = 1,
       LZO = 2,
       SNAPPY = 4,
       INCOMPLETE = 8,
       ZSTD = 0x20 };

static uint32_t u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static uint64_t u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static void *zeros(uint64_t n)
{
	void *p = calloc(1, n + 8);

	if (!p)
		die("no memory");
	return p;
}

static void new_bitmaps(struct dump *d)
{
	uint64_t bytes = d->npages / 8 + 64;

	if (d->npages >> 34)
		die("%s: %llu pages", d->name, (unsigned long long)d->npages);
	d->exists = zeros(bytes);
	d->kept = zeros(bytes);
	d->lost = zeros(bytes);
}

static void find_info(struct dump *d)
{
	uint64_t pos = 0;

	while (pos + 12 <= d->note_size) {
		uint32_t name = u32(d->note + pos), size = u32(d->note + pos + 4);
		uint64_t desc = pos + 12 + ((name + 3ull) & ~3ull), end = desc + ((size + 3ull) & ~3ull);

		if (desc + size > d->note_size)
			return;
		if (name == 11 && !memcmp(d->note + pos + 12, "VMCOREINFO", 11)) {
			d->info = d->note + desc;
			d->info_size = size;
		}
		pos = end;
	}
}

/* The fields that every file of a split dump has alike. */
static void read_header(struct dump *d, const struct view *v, const uint8_t *head, const uint8_t *sub)
{
	d->version = u32(head + 8);
	d->status = u32(head + 424);
	d->nr_cpus = u32(head + 460);
	d->timestamp = u64(head + 408);
	memcpy(d->machine, head + 12 + 4 * 65, 65);
	memcpy(d->release, head + 12 + 2 * 65, 65);
	d->phys_base = u64(sub);
	d->level = u32(sub + 8);
	d->npages = u64(sub + 96);
	if (d->version != 6)
		die("%s: header version %u", v->path, d->version);
	if (u32(head + 440) != (d->npages > UINT32_MAX ? UINT32_MAX : d->npages))
		die("%s: max_mapnr %u, max_mapnr_64 %llu", v->path, u32(head + 440), (unsigned long long)d->npages);
	d->note_size = u64(sub + 56);
	d->note = d->note_size ? view_bytes(v, u64(sub + 48), d->note_size) : NULL;
	if (d->note_size && !d->note)
		die("%s: the notes lie outside the file", v->path);
	if (d->note)
		find_info(d);
	if (d->info && (u64(sub + 40) > d->info_size || !u64(sub + 32) ||
			view_bytes(v, u64(sub + 32), u64(sub + 40)) == NULL))
		die("%s: vmcoreinfo of the sub header is not that of the notes", v->path);
}

/* Counts the kept pages before each 64, from @p->start on, which is how readers number descriptors. */
static void rank_pages(struct dump *d, const struct part *p)
{
	uint64_t rank = 0;

	for (uint64_t pfn = p->start; pfn < p->end; pfn++) {
		if (pfn == p->start || pfn % 64 == 0)
			d->desc[pfn / 64] = rank;
		rank += bit(d->kept, pfn);
	}
}

static const uint8_t *read_bitmaps(struct dump *d, const struct view *v, const uint8_t *head, uint64_t block)
{
	uint64_t blocks = u32(head + 436), at = block * (1 + (uint64_t)u32(head + 432));
	uint64_t need = (d->npages + 7) / 8, one = (need + block - 1) / block * block;
	const uint8_t *map;

	if (blocks * block != 2 * one)
		die("%s: %llu blocks of bitmaps, %llu expected", v->path, (unsigned long long)blocks,
		    (unsigned long long)(2 * one / block));
	map = view_bytes(v, at, 2 * one);
	if (!map)
		die("%s: the bitmaps lie outside the file", v->path);
	if (!d->exists) {
		new_bitmaps(d);
		memcpy(d->exists, map, need);
		memcpy(d->kept, map + one, need);
	} else if (memcmp(d->exists, map, need) || memcmp(d->kept, map + one, need)) {
		die("%s: other bitmaps than the first file of the split dump", v->path);
	}
	for (uint64_t pfn = d->npages; pfn < one * 8; pfn++)
		if (bit(map, pfn) || bit(map + one, pfn))
			die("%s: a bitmap goes on behind the last page", v->path);
	return map;
}

static void open_kdump(struct dump *d, struct view *v)
{
	struct part *p = &d->part[d->nparts++];
	uint8_t head[HEADER], sub[SUB_HEADER];
	uint64_t block;

	if (!view_read(v, 0, head, sizeof(head)))
		die("%s: shorter than its header", v->path);
	block = u32(head + 428);
	if (block != PAGE)
		die("%s: block size %llu", v->path, (unsigned long long)block);
	if (!view_read(v, block, sub, sizeof(sub)))
		die("%s: shorter than its sub header", v->path);
	read_header(d, v, head, sub);
	read_bitmaps(d, v, head, block);
	*p = (struct part){ v, 0, d->npages, block * (1 + (uint64_t)u32(head + 432) + u32(head + 436)), block };
	if (u32(sub + 12)) {
		d->split = true;
		p->start = u64(sub + 80);
		p->end = u64(sub + 88);
	}
	if (p->start % 64 || p->end > d->npages || p->start > p->end)
		die("%s: split part from page %#llx to %#llx", v->path, (unsigned long long)p->start,
		    (unsigned long long)p->end);
	if (!d->desc)
		d->desc = zeros((d->npages / 64 + 2) * sizeof(*d->desc));
	rank_pages(d, p);
	d->incomplete |= (d->status & INCOMPLETE) != 0;
}

static void add_load(struct dump *d, const Elf64_Phdr *ph)
{
	struct load *l = &d->load[d->nloads++];
	uint64_t end = (ph->p_paddr + ph->p_memsz + PAGE - 1) / PAGE;

	*l = (struct load){ ph->p_offset, ph->p_vaddr, ph->p_paddr, ph->p_filesz, ph->p_memsz };
	if (l->filesz && l->offset + l->filesz > d->view[0].size) {
		d->incomplete = true;
		l->filesz = l->offset > d->view[0].size ? 0 : d->view[0].size - l->offset;
	}
	if (end > d->npages)
		d->npages = end;
}

static void open_elf(struct dump *d, const struct view *v)
{
	Elf64_Ehdr eh;
	Elf64_Shdr sh = { 0 };
	uint64_t count;

	if (!view_read(v, 0, &eh, sizeof(eh)) || eh.e_ident[EI_CLASS] != ELFCLASS64)
		die("%s: no 64-bit ELF file", v->path);
	count = eh.e_phnum;
	if (count == PN_XNUM && view_read(v, eh.e_shoff, &sh, sizeof(sh)))
		count = sh.sh_info;
	d->elf = true;
	d->incomplete = eh.e_flags & 1;
	for (uint64_t i = 0; i < count; i++) {
		Elf64_Phdr ph;

		if (!view_read(v, eh.e_phoff + i * sizeof(ph), &ph, sizeof(ph)))
			die("%s: program header %llu lies outside", v->path, (unsigned long long)i);
		if (ph.p_type == PT_NOTE && !d->note) {
			d->note = view_bytes(v, ph.p_offset, ph.p_filesz);
			d->note_size = d->note ? ph.p_filesz : 0;
		}
		if (ph.p_type != PT_LOAD || ph.p_paddr == UINT64_MAX)
			continue;
		if (d->nloads == LOADS)
			die("%s: more than %d segments", v->path, LOADS);
		add_load(d, &ph);
	}
	find_info(d);
}

/* A page is kept when the file has any byte of it. */
static void mark_loads(struct dump *d)
{
	new_bitmaps(d);
	for (unsigned i = 0; i < d->nloads; i++) {
		const struct load *l = &d->load[i];

		for (uint64_t p = l->pa / PAGE; p * PAGE < l->pa + l->memsz; p++)
			set_bit(d->exists, p);
		for (uint64_t p = l->pa / PAGE; p * PAGE < l->pa + l->filesz; p++)
			set_bit(d->kept, p);
	}
}

/* Pages without a descriptor or whose descriptor names no place. */
static void mark_lost(struct dump *d)
{
	for (unsigned i = 0; i < d->nparts; i++) {
		const struct part *p = &d->part[i];
		uint64_t at = p->table;
		uint8_t desc[DESC];

		for (uint64_t pfn = p->start; pfn < p->end; pfn++) {
			if (!bit(d->kept, pfn))
				continue;
			if (!view_read(p->view, at, desc, sizeof(desc)) || !u64(desc))
				set_bit(d->lost, pfn);
			at += DESC;
		}
	}
}

/* What `pages set` writes: bitmaps without data. */
static void open_set(struct dump *d, const struct view *v)
{
	uint64_t head[3], bytes;

	if (!view_read(v, 0, head, sizeof(head)))
		die("%s: cut", v->path);
	d->npages = head[1];
	d->level = (uint32_t)head[2];
	bytes = d->npages / 8 + 8;
	new_bitmaps(d);
	if (!view_read(v, sizeof(head), d->exists, bytes) || !view_read(v, sizeof(head) + bytes, d->kept, bytes))
		die("%s: cut", v->path);
	memcpy(d->lost, d->kept, bytes);
}

void dump_open(struct dump *d, const char *paths)
{
	char *list = strdup(paths), *save = NULL;
	unsigned n = 0;

	memset(d, 0, sizeof(*d));
	snprintf(d->name, sizeof(d->name), "%s", paths);
	if (!list || lzo_init() != LZO_E_OK)
		die("no memory");
	for (char *path = strtok_r(list, ",", &save); path; path = strtok_r(NULL, ",", &save)) {
		uint8_t magic[8];

		if (n == PARTS || d->elf)
			die("%s: too many files", paths);
		view_open(&d->view[n], path);
		if (!view_read(&d->view[n], 0, magic, 8))
			die("%s: nothing in it", path);
		if (!memcmp(magic, "KDUMP   ", 8))
			open_kdump(d, &d->view[n]);
		else if (!memcmp(magic, ELFMAG, SELFMAG))
			open_elf(d, &d->view[n]);
		else if (!memcmp(magic, "PAGESET1", 8))
			open_set(d, &d->view[n]);
		else
			die("%s: no dump", path);
		n++;
	}
	if (d->elf)
		mark_loads(d);
	else
		mark_lost(d);
}

void dump_close(struct dump *d)
{
	for (unsigned i = 0; i < PARTS && d->view[i].map; i++) {
		munmap((void *)d->view[i].map, d->view[i].map_size);
		free(d->view[i].stretch);
	}
	free(d->exists);
	free(d->kept);
	free(d->lost);
	free(d->desc);
}

static const char *unpack(uint32_t how, const uint8_t *from, uint32_t n, uint8_t *to)
{
	uLongf z = PAGE;
	lzo_uint l = PAGE;
	size_t s = PAGE;

	switch (how) {
	case 0:
		if (n != PAGE)
			return "a stored page of another size";
		memcpy(to, from, PAGE);
		return NULL;
	case ZLIB:
		return uncompress(to, &z, from, n) == Z_OK && z == PAGE ? NULL : "zlib cannot unpack it";
	case LZO:
		return lzo1x_decompress_safe(from, n, to, &l, NULL) == LZO_E_OK && l == PAGE ? NULL
											     : "LZO cannot unpack it";
	case SNAPPY:
		return snappy_uncompress((const char *)from, n, (char *)to, &s) == SNAPPY_OK && s == PAGE
			       ? NULL
			       : "snappy cannot unpack it";
	case ZSTD:
		return ZSTD_findFrameCompressedSize(from, n) == n && ZSTD_decompress(to, PAGE, from, n) == PAGE
			       ? NULL
			       : "zstd cannot unpack it";
	default:
		return "unknown flags";
	}
}

static const char *kdump_page(const struct dump *d, uint64_t pfn, uint8_t *to, int *codec)
{
	const struct part *p = d->part;
	const uint8_t *data;
	uint8_t desc[DESC];
	uint64_t n;

	while (p < d->part + d->nparts && (pfn < p->start || pfn >= p->end))
		p++;
	if (p == d->part + d->nparts)
		return "in no file of the split dump";
	n = d->desc[pfn / 64];
	for (uint64_t i = pfn / 64 * 64; i < pfn; i++)
		n += i >= p->start && bit(d->kept, i);
	if (!view_read(p->view, p->table + n * DESC, desc, sizeof(desc)))
		return "its descriptor lies outside the file";
	if (u32(desc + 8) > PAGE || !u32(desc + 8))
		return "a size that is not 1 to 4096";
	data = view_bytes(p->view, u64(desc), u32(desc + 8));
	if (!data)
		return "its data lies outside the file";
	if (codec) {
		uint32_t f = u32(desc + 12);

		*codec = f == ZLIB ? 1 : f == LZO ? 2
				 : f == SNAPPY    ? 3
				 : f == ZSTD      ? 4
						  : 0;
	}
	return unpack(u32(desc + 12), data, u32(desc + 8), to);
}

const char *dump_page(const struct dump *d, uint64_t pfn, uint8_t *to, int *codec)
{
	if (pfn >= d->npages || !bit(d->kept, pfn))
		return "not kept";
	if (bit(d->lost, pfn))
		return "no data";
	if (codec)
		*codec = 0;
	if (!d->elf)
		return kdump_page(d, pfn, to, codec);
	memset(to, 0, PAGE);
	for (unsigned i = 0; i < d->nloads; i++) {
		const struct load *l = &d->load[i];
		uint64_t from = pfn * PAGE > l->pa ? pfn * PAGE : l->pa, end = (pfn + 1) * PAGE;

		if (end > l->pa + l->filesz)
			end = l->pa + l->filesz;
		if (from < end && !view_read(&d->view[0], l->offset + (from - l->pa), to + from % PAGE, end - from))
			return "its data lies outside the file";
	}
	return NULL;
}

bool dump_read(const struct dump *d, uint64_t pa, void *to, size_t n)
{
	uint8_t page[PAGE], *out = to;

	while (n) {
		size_t take = PAGE - pa % PAGE;

		if (take > n)
			take = n;
		if (dump_page(d, pa / PAGE, page, NULL))
			return false;
		memcpy(out, page + pa % PAGE, take);
		out += take;
		pa += take;
		n -= take;
	}
	return true;
}

bool dump_partial(const struct dump *d, uint64_t pfn)
{
	uint64_t at = pfn * PAGE;
	bool some = false;

	for (unsigned i = 0; i < d->nloads; i++) {
		const struct load *l = &d->load[i];

		if (at >= l->pa && at + PAGE <= l->pa + l->filesz)
			return false;
		some |= at + PAGE > l->pa && at < l->pa + l->filesz;
	}
	return some;
}

bool dump_info(const struct dump *d, const char *key, int base, uint64_t *value)
{
	size_t n = strlen(key);
	const char *p = (const char *)d->info, *end = p + d->info_size;

	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		char text[40];

		if (!stop)
			stop = end;
		if ((size_t)(stop - p) > n && p[n] == '=' && !memcmp(p, key, n)) {
			snprintf(text, sizeof(text), "%.*s", (int)(stop - p - (ptrdiff_t)n - 1), p + n + 1);
			*value = base == 16 ? strtoull(text, NULL, 16) : (uint64_t)strtoll(text, NULL, base);
			return true;
		}
		p = stop + 1;
	}
	return false;
}

uint64_t dump_draw(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}
