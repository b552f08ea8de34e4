/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a source made of a kdump-compressed dump, whole or in parts.
 * A damaged page costs itself, whatever its descriptor says.
 */
#include "vmcore/kdump_read.h"

#include "base/bytes.h"
#include "vmcore/bound.h"
#include "vmcore/machine.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define MADE_MAX (1u << 20) /* bytes of a text outside of the notes that are kept */

static struct kdump *of(struct source *s)
{
	return (struct kdump *)s;
}

static int read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	struct kdump *k = of(s);
	uint64_t block = k->part[0].h.block;
	struct reader *r = n ? reader_get(k, e) : NULL;
	uint8_t *to = buf;
	int rc = 0;

	if (n && !r)
		return -ENOMEM;
	while (n && rc == 0) {
		uint64_t in = pa & (block - 1);
		size_t part = block - in < n ? (size_t)(block - in) : n;

		rc = page_read(k, r, pa / block, e);
		if (rc < 0)
			break;
		memcpy(to, r->page + in, part);
		to += part;
		pa += part;
		n -= part;
	}
	if (r)
		reader_put(k, r);
	return rc < 0 ? err_add(e, rc, "kdump") : 0;
}

static int read_file(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	(void)s, (void)off, (void)buf, (void)n;
	return err_set(e, -EOPNOTSUPP, "kdump: a compressed dump is no ELF file");
}

static int map_file(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	(void)ret;
	return read_file(s, off, NULL, n, e);
}

static void unmap(struct source *s, const void *p, size_t n)
{
	(void)s, (void)p, (void)n;
}

/* By the addresses that the file carries: those of the segments of the vmcore that it was written from. */
static int read_carried(struct kdump *k, uint64_t va, void *buf, size_t n)
{
	uint8_t *to = buf;

	while (n) {
		uint64_t pa, len;
		size_t part;
		int rc;

		if (!carry_find(&k->carry, va, &pa, &len))
			return -EFAULT;
		part = len < n ? (size_t)len : n;
		rc = read_pa(&k->source, pa, to, part, NULL);
		if (rc < 0)
			return rc;
		to += part;
		va += part;
		n -= part;
	}
	return 0;
}

static int read_va(struct source *s, uint64_t va, void *buf, size_t n, struct err *e)
{
	int rc = read_carried(of(s), va, buf, n);

	if (rc == -EFAULT)
		rc = know_read_kernel(s, va, buf, n);
	if (rc < 0)
		return err_set(e, rc, "kdump: virtual address 0x%" PRIx64 " cannot be read", va);
	return 0;
}

static int read_notes(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	const struct kdump_part *p = &of(s)->part[0];
	const struct made_notes *made = &of(s)->made;
	uint64_t own = made->len ? of(s)->own_notes : s->info.notes_len;
	size_t part;
	int rc;

	if (!range_ok(off, n, s->info.notes_len))
		return err_set(e, -EINVAL, "kdump: notes: %zu bytes at %" PRIu64 " are beyond them", n, off);
	part = made_notes_read(made, own, off, buf, n);
	rc = part ? dfile_read(p->file, p->h.note_at + off, buf, part, e) : 0;
	return rc < 0 ? err_add(e, rc, "kdump: notes") : 0;
}

static bool where(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	(void)s, (void)pa, (void)off, (void)len;
	return false;
}

/* Takes the bits of pages away that are lost, damaged or in a missing part. */
static void lost_clear(struct kdump *k, uint64_t first, uint64_t n, uint8_t *bits)
{
	struct reader *r = reader_get(k, NULL);
	uint64_t rank = 0;

	for (uint64_t i = 0; i < n; i++) {
		uint64_t pfn = first + i, bit = pfn % CHUNK;
		struct kdump_page p;

		if (!(bits[i / 8] >> (i & 7) & 1))
			continue;
		rank = !r || chunk_load(k, r, pfn / CHUNK, NULL) < 0
			       ? UINT64_MAX
			       : k->index.rank[pfn / CHUNK] + kdump_count(r->bits, bit);
		if (rank == UINT64_MAX || page_find(k, r, pfn, rank, &p, NULL) < 0 || p.state != KDUMP_HELD)
			bits[i / 8] &= (uint8_t) ~(1u << (i & 7));
	}
	if (r)
		reader_put(k, r);
}

static void held(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	struct kdump *k = of(s);
	const struct kdump_part *p = &k->part[0];

	if (kdump_bits(p, p->h.bitmap2, first, npfn, bits, NULL) < 0)
		memset(bits, 0, (size_t)((npfn + 7) / 8));
	else if (!kdump_sound(k, first, npfn))
		lost_clear(k, first, npfn, bits);
}

static void existed(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	const struct kdump_part *p = &of(s)->part[0];
	uint8_t two[CHUNK / 8];

	if (kdump_bits(p, p->h.bitmap1, first, npfn, bits, NULL) < 0)
		memset(bits, 0, (size_t)((npfn + 7) / 8));
	for (uint64_t i = 0; i < npfn; i += CHUNK) {
		uint64_t n = npfn - i < CHUNK ? npfn - i : CHUNK;

		if (kdump_bits(p, p->h.bitmap2, first + i, n, two, NULL) < 0)
			return;
		for (uint64_t b = 0; b < (n + 7) / 8; b++)
			bits[i / 8 + b] |= two[b];
	}
}

static void lost(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	const struct kdump_part *p = &of(s)->part[0];
	uint8_t have[CHUNK / 8];

	if (kdump_sound(of(s), first, npfn) || kdump_bits(p, p->h.bitmap2, first, npfn, bits, NULL) < 0) {
		memset(bits, 0, (size_t)((npfn + 7) / 8));
		return;
	}
	if (of(s)->torn)
		existed(s, first, npfn, bits);
	for (uint64_t i = 0; i < npfn; i += CHUNK) {
		uint64_t n = npfn - i < CHUNK ? npfn - i : CHUNK;

		held(s, first + i, n, have);
		for (uint64_t b = 0; b < (n + 7) / 8; b++)
			bits[i / 8 + b] &= (uint8_t)~have[b];
	}
}

static int translate(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e)
{
	return know_translate(s, &of(s)->xlat, va, pa, len, e);
}

static void kdump_free(struct source *s)
{
	struct kdump *k = of(s);

	readers_free(k);
	pthread_cond_destroy(&k->returned);
	pthread_mutex_destroy(&k->lock);
	kdump_index_free(&k->index);
	for (unsigned i = 0; i < k->nparts; i++)
		dfile_free(k->part[i].file);
	known_free(&k->notes);
	made_notes_free(&k->made);
	free(k->flawed);
	free(k);
}

static const struct source_ops kdump_ops = {
	.name = "kdump",
	.read_file = read_file,
	.map_file = map_file,
	.unmap = unmap,
	.read_pa = read_pa,
	.read_va = read_va,
	.read_notes = read_notes,
	.where = where,
	.held = held,
	.existed = existed,
	.lost = lost,
	.translate = translate,
	.free = kdump_free,
};

static int head_read(struct kdump_part *p, struct err *e)
{
	uint8_t main[KDUMP_MAIN], sub[KDUMP_SUB];
	int rc = dfile_read(p->file, 0, main, sizeof(main), e);

	if (rc == 0)
		rc = kdump_main_parse(main, &p->h, e);
	if (rc == 0)
		rc = dfile_read(p->file, p->h.block, sub, sizeof(sub), e);
	if (rc == 0)
		rc = kdump_sub_parse(sub, p->file->size, &p->h, e);
	return rc;
}

static int by_from(const void *pa, const void *pb)
{
	const struct kdump_part *a = pa, *b = pb;

	return (a->h.from > b->h.from) - (a->h.from < b->h.from);
}

/* Appends the LEN bytes of part P at AT to the text *TEXT of *N bytes, unless they are what it ends with. */
static int text_add(const struct kdump_part *p, uint64_t at, uint64_t len, char **text, size_t *n, struct err *e)
{
	size_t add = len < MADE_MAX ? (size_t)len : MADE_MAX;
	char *more = realloc(*text, *n + add + 1);
	int rc;

	if (!more)
		return err_set(e, -ENOMEM, "no memory for %" PRIu64 " bytes", len);
	*text = more;
	rc = dfile_read(p->file, at, more + *n, add, e);
	if (rc == 0 && !(*n >= add && memcmp(more + *n - add, more + *n, add) == 0))
		*n += add;
	return rc;
}

/* What the file has outside of its notes as one named NAME: the text of the first part that has it, or of all. */
static int note_make(struct kdump *k, const char *name, bool erase, struct err *e)
{
	char *text = NULL;
	uint64_t where;
	size_t n = 0;
	int rc = 0;

	for (unsigned i = 0; i < k->nparts && rc == 0 && (erase || n == 0); i++) {
		const struct kdump_part *p = &k->part[i];
		uint64_t len = erase ? p->h.erase_len : p->h.vmcoreinfo_len;

		if (len)
			rc = text_add(p, erase ? p->h.erase_at : p->h.vmcoreinfo_at, len, &text, &n, e);
	}
	if (rc == 0 && n && made_notes_add(&k->made, &k->source.info, name, text, n, &where))
		rc = err_set(e, -ENOMEM, "no memory for %zu bytes", n);
	free(text);
	return rc < 0 ? err_add(e, rc, "kdump: %s", name) : 0;
}

/*
 * Everything that the file has outside of its notes becomes one: vmcoreinfo before header version 4, the text about
 * erased data, of which each part of a split dump has its own.
 */
static int notes_gather(struct kdump *k, struct err *e)
{
	struct dump_info *info = &k->source.info;
	bool erased = info->erase_at != 0;
	struct known_notes all = { .vmcoreinfo = NULL };
	int rc = k->notes.vmcoreinfo ? 0 : note_make(k, "VMCOREINFO", false, e);

	if (rc == 0 && !erased)
		rc = note_make(k, "ERASEINFO", true, e);
	if (rc < 0 || k->made.len == 0)
		return rc;
	info->ncpu = 0;
	rc = know_notes(&k->source, &all, e);
	if (rc < 0)
		return rc;
	/* Our own note was taken off, the second walk does not find it. */
	if (k->notes.carry) {
		free(all.carry);
		all.carry = k->notes.carry;
		k->notes.carry = NULL;
	}
	known_free(&k->notes);
	k->notes = all;
	return 0;
}

/* Notes, or in versions before them the text alone. */
static int names_find(struct kdump *k, struct err *e)
{
	int rc;

	k->source.info.notes_len = k->part[0].h.note_len;
	rc = know_notes(&k->source, &k->notes, e);
	if (rc < 0)
		return rc;
	k->own_notes = k->source.info.notes_len;
	return notes_gather(k, e);
}

/* The header first, then what an earlier conversion carried over. */
static void info_fill(struct kdump *k)
{
	struct dump_info *info = &k->source.info;
	const struct kdump_head *h = &k->part[0].h;

	info->kind = SOURCE_KDUMP;
	for (unsigned i = 0; i < k->nparts; i++) {
		info->file_size += k->part[i].file->size;
		info->flattened |= k->part[i].file->flattened;
	}
	info->page_size = h->block;
	info->crash_time = h->time;
	info->crash_us = h->us;
	info->panic_cpu = h->cpu;
	(void)know_uts_parse(h->uts, &info->uts);
	if (strcmp(info->uts.release, UTS_RELEASE_NONE) == 0)
		info->uts.release[0] = '\0';
	info->machine = machine_by_name(info->uts.machine);
	info->max_pfn = k->index.max_pfn;
	info->phys_base = h->phys_base;
	info->level = h->level;
	info->ncpu = h->ncpu ? h->ncpu : info->ncpu;
	if (k->notes.carry)
		carry_parse(k->notes.carry, strlen(k->notes.carry), &k->carry);
	carry_use(&k->carry, info);
	know_vmcoreinfo(info, k->notes.vmcoreinfo, k->notes.regs);
	xlat_find(info, &k->xlat);
	kdump_addresses(k);
	info->segment = k->index.segment;
	info->nsegment = k->index.nsegment;
	know_uts(&k->source);
}

/* Bitmaps can claim any number of pages in a few bytes: those that the files cannot have are lost. */
static void pages_bound(struct kdump *k)
{
	uint64_t stored = 0, most;

	for (unsigned i = 0; i < k->nparts; i++)
		stored += bound_stored(k->part[i].file);
	most = bound_memory(stored) / k->part[0].h.block;
	for (unsigned i = 0; i < k->nparts; i++) {
		struct kdump_head *h = &k->part[i].h;

		if (h->max_mapnr <= most)
			continue;
		h->max_mapnr = most;
		h->from = h->from < most ? h->from : most;
		h->to = h->to < most ? h->to : most;
		h->status |= KDUMP_INCOMPLETE;
	}
}

static int fill(struct kdump *k, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < k->nparts && rc == 0; i++) {
		rc = head_read(&k->part[i], e);
		if (rc < 0)
			return k->nparts > 1 ? err_add(e, rc, "%s", k->part[i].file->name) : rc;
	}
	pages_bound(k);
	qsort(k->part, k->nparts, sizeof(k->part[0]), by_from);
	rc = kdump_index_build(&k->index, &k->part[0], e);
	if (rc == 0)
		rc = kdump_parts_fit(k, e);
	if (rc == 0)
		rc = kdump_judge(k, e);
	if (rc == 0)
		rc = names_find(k, e);
	if (rc == 0)
		info_fill(k);
	return rc;
}

int kdump_from(struct source **ret, struct dfile *const *file, unsigned n, const struct unpack_ops *unpack,
	       struct err *e)
{
	struct kdump *k = calloc(1, sizeof(*k));
	int rc;

	if (!k || n == 0 || n > KDUMP_PARTS) {
		for (unsigned i = 0; i < n; i++)
			dfile_free(file[i]);
		free(k);
		return k ? err_set(e, -EINVAL, "kdump: %u files, 1 to %d make a dump", n, KDUMP_PARTS)
			 : err_set(e, -ENOMEM, "kdump: no memory");
	}
	for (unsigned i = 0; i < n; i++)
		k->part[i].file = file[i];
	k->nparts = n;
	k->unpack = unpack;
	k->source.ops = &kdump_ops;
	pthread_mutex_init(&k->lock, NULL);
	pthread_cond_init(&k->returned, NULL);
	rc = fill(k, e);
	if (rc < 0) {
		kdump_free(&k->source);
		return rc;
	}
	*ret = &k->source;
	return 0;
}

struct dfile *kdump_file(const struct source *s, unsigned n, struct kdump_head *head)
{
	const struct kdump *k = (const struct kdump *)s;

	if (n >= k->nparts)
		return NULL;
	*head = k->part[n].h;
	return k->part[n].file;
}

void kdump_about(const struct source *s, struct kdump_about *ret)
{
	const struct kdump *k = (const struct kdump *)s;
	const struct kdump_head *h = &k->part[0].h;

	*ret = (struct kdump_about){ .version = h->version,
				     .status = h->status,
				     .parts = k->nparts,
				     .split = h->split,
				     .missing = k->missing,
				     .torn = k->torn,
				     .max_mapnr = h->max_mapnr,
				     .existed = k->index.existed,
				     .kept = k->index.kept,
				     .stray = k->index.stray,
				     .beyond = k->index.beyond,
				     .erase_len = k->source.info.erase_len };
	for (unsigned i = 0; i < k->nparts; i++) {
		ret->stored += k->part[i].file->stored;
		ret->cut |= k->part[i].file->flat.cut;
		ret->marked |= ret->cut || k->part[i].h.status & KDUMP_INCOMPLETE;
	}
	for (unsigned i = 0; i < k->nparts && k->part[i].h.from <= ret->gap_from; i++)
		ret->gap_from = k->part[i].h.to > ret->gap_from ? k->part[i].h.to : ret->gap_from;
	ret->gap_to = h->max_mapnr;
	for (unsigned i = k->nparts; i-- > 0 && k->part[i].h.from > ret->gap_from;)
		ret->gap_to = k->part[i].h.from;
}

int kdump_pages(struct source *s, int (*each)(void *arg, const struct kdump_page *p), void *arg, struct err *e)
{
	struct kdump *k = of(s);
	struct reader *r = reader_get(k, e);
	uint64_t rank = 0;
	int rc = 0;

	if (!r)
		return -ENOMEM;
	for (uint64_t pfn = 0; pfn < k->part[0].h.max_mapnr && rc == 0; pfn++) {
		struct kdump_page p;

		rc = chunk_load(k, r, pfn / CHUNK, e);
		if (rc < 0 || !(r->bits[pfn % CHUNK / 8] >> (pfn & 7) & 1))
			continue;
		rc = page_find(k, r, pfn, rank++, &p, e);
		if (rc == 0)
			rc = each(arg, &p);
	}
	reader_put(k, r);
	return rc;
}
