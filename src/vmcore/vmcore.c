/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a source made of /proc/vmcore or of any ELF core file.
 * Reads keep no state, so that threads share one source.
 */
#include "vmcore/vmcore.h"

#include "base/bytes.h"
#include "base/str.h"
#include "vmcore/bound.h"
#include "vmcore/carry.h"
#include "vmcore/elf.h"
#include "vmcore/extent.h"
#include "vmcore/know.h"
#include "vmcore/lost.h"
#include "vmcore/xlat.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define WINDOW    4096u       /* alignment of mappings, and the first piece of headers */
#define NOTES_MAX (64u << 20) /* bytes of notes that are looked at: 190,000 CPUs */

struct vmcore {
	struct source source; /* first: a source is a vmcore */
	struct dfile *file;   /* owned */
	struct elf_map map;
	struct extents pa, va, mem; /* what can be read by physical and by virtual address, all memory */
	struct extents lost;        /* memory that the file should have and does not have, by physical address */
	char why[200];              /* info.why */
	struct xlat xlat;
	uint64_t page; /* bytes; 4096 when nothing tells */
	struct known_notes notes;
};

static struct vmcore *of(struct source *s)
{
	return (struct vmcore *)s;
}

static int read_file(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	int rc = dfile_read(of(s)->file, off, buf, n, e);

	return rc < 0 ? err_add(e, rc, "vmcore") : 0;
}

static int map_file(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	void *p;

	if (s->info.flattened)
		return err_set(e, -EOPNOTSUPP, "vmcore: a flattened stream cannot be mapped");
	if (n == 0 || off % WINDOW || n % WINDOW)
		return err_set(e, -EINVAL,
			       "vmcore: map %zu bytes at 0x%" PRIx64 ": not whole pages", n, off);
	if (!range_ok(off, n, align_up(s->info.file_size, WINDOW)))
		return err_set(e, -EFAULT,
			       "vmcore: map %zu bytes at 0x%" PRIx64 ": beyond the file", n, off);
	p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, of(s)->file->fd, (off_t)off);
	if (p == MAP_FAILED)
		return err_set(e, -EOPNOTSUPP,
			       "vmcore: map %zu bytes at 0x%" PRIx64 ": not possible", n, off);
	*ret = p;
	return 0;
}

static void unmap(struct source *s, const void *p, size_t n)
{
	(void)s;
	if (p)
		munmap((void *)p, n);
}

/* What reading PA, which is in no segment, comes to. WHOLE: the read covers the page of PA. */
static int outside(struct vmcore *v, uint64_t pa, bool whole, uint64_t *edge, struct err *e)
{
	uint64_t off, len;

	*edge = whole ? extents_edge(&v->pa, v->page, pa) : 0;
	if (*edge)
		return 0;
	if (extents_find(&v->lost, pa, &off, &len))
		return err_set(e, -ENODATA,
			       "vmcore: the page at physical address 0x%" PRIx64 " was lost: the dump is incomplete",
			       pa);
	if (extents_find(&v->mem, pa, &off, &len))
		return err_set(e, -ENODATA,
			       "vmcore: the page at physical address 0x%" PRIx64
			       " was left out of the dump",
			       pa);
	return err_set(e, -EFAULT, "vmcore: physical address 0x%" PRIx64 " is in no segment", pa);
}

static int read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	struct vmcore *v = of(s);
	uint64_t begin = pa, end = pa + n;
	uint8_t *to = buf;

	while (pa != end) {
		uint64_t off, len = 0, page = align_down(pa, v->page);
		bool there = extents_find(&v->pa, pa, &off, &len);
		bool whole = page >= begin && page + v->page <= end;
		int rc = there ? 0 : outside(v, pa, whole, &len, e);
		size_t part = len < end - pa ? (size_t)len : (size_t)(end - pa);

		if (rc == 0 && there)
			rc = read_file(s, off, to, part, e);
		else if (rc == 0)
			memset(to, 0, part);
		if (rc < 0)
			return rc;
		to += part;
		pa += part;
	}
	return 0;
}

static int read_va(struct source *s, uint64_t va, void *buf, size_t n, struct err *e)
{
	uint8_t *to = buf;

	while (n) {
		uint64_t off, len;
		size_t part;
		int rc;

		if (!extents_find(&of(s)->va, va, &off, &len))
			return err_set(e, -EFAULT,
				       "vmcore: virtual address 0x%" PRIx64 " is in no segment", va);
		part = len < n ? (size_t)len : n;
		rc = read_file(s, off, to, part, e);
		if (rc < 0)
			return rc;
		to += part;
		va += part;
		n -= part;
	}
	return 0;
}

/* The notes of several PT_NOTE are one blob, one behind the other. */
static int read_notes(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct vmcore *v = of(s);
	uint8_t *to = buf;

	if (!range_ok(off, n, s->info.notes_len))
		return err_set(e, -EINVAL, "vmcore: notes: %zu bytes at %" PRIu64 " are beyond them", n, off);
	for (unsigned i = 0; i < v->map.nnotes && n; i++) {
		const struct elf_range *r = &v->map.notes[i];
		size_t part = off < r->len && r->len - off < n ? (size_t)(r->len - off) : n;
		int rc;

		if (off >= r->len) {
			off -= r->len;
			continue;
		}
		rc = read_file(s, r->offset + off, to, part, e);
		if (rc < 0)
			return err_add(e, rc, "notes");
		to += part;
		n -= part;
		off = 0;
	}
	return 0;
}

static bool where(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	return !s->info.flattened && extents_find(&of(s)->pa, pa, off, len);
}

static void held(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	extents_bits(&of(s)->pa, of(s)->page, first, npfn, bits);
}

static void existed(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	extents_bits(&of(s)->mem, of(s)->page, first, npfn, bits);
}

static void lost(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	uint8_t held_bits[512];

	extents_bits(&of(s)->lost, of(s)->page, first, npfn, bits);
	/* What another segment has is there. */
	for (uint64_t at = 0; of(s)->lost.n && at < npfn; at += sizeof(held_bits) * 8) {
		uint64_t n = npfn - at < sizeof(held_bits) * 8 ? npfn - at : sizeof(held_bits) * 8;

		held(s, first + at, n, held_bits);
		for (uint64_t i = 0; i < (n + 7) / 8; i++)
			bits[at / 8 + i] &= (uint8_t)~held_bits[i];
	}
}

/* How many bits lost() has in all. Counted by extents: headers can name more memory than there are bytes. */
static uint64_t lost_count(const struct vmcore *v)
{
	uint64_t n = 0, at = 0;

	for (unsigned i = 0; i < v->lost.n; i++) {
		const struct extent *x = &v->lost.at[i];
		uint64_t from = x->addr / v->page, to = (x->addr + (x->len - 1)) / v->page + 1;

		from = from > at ? from : at;
		at = to > at ? to : at;
		for (unsigned k = extents_from(&v->pa, from * v->page); k < v->pa.n && from < to; k++) {
			const struct extent *h = &v->pa.at[k];
			uint64_t begin = h->addr / v->page, end = (h->addr + (h->len - 1)) / v->page + 1;

			if (begin >= to)
				break;
			n += begin > from ? begin - from : 0;
			from = end > from ? end : from;
		}
		n += from < to ? to - from : 0;
	}
	return n;
}

static int translate(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e)
{
	return know_translate(s, &of(s)->xlat, va, pa, len, e);
}

void vmcore_free(struct source *s)
{
	struct vmcore *v;

	if (!s)
		return;
	v = of(s);
	dfile_free(v->file);
	extents_free(&v->pa);
	extents_free(&v->va);
	extents_free(&v->mem);
	extents_free(&v->lost);
	elf_map_free(&v->map);
	known_free(&v->notes);
	free(v);
}

static const struct source_ops vmcore_ops = {
	.name = "vmcore",
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
	.free = vmcore_free,
};

unsigned vmcore_flaws(const struct source *s, const char **why)
{
	const struct vmcore *v = (const struct vmcore *)s;

	if (why)
		*why = v->map.why;
	return v->map.dropped;
}

bool vmcore_cut(const struct source *s)
{
	return ((const struct vmcore *)s)->file->flat.cut;
}

uint64_t vmcore_stored(const struct source *s)
{
	return ((const struct vmcore *)s)->file->stored;
}

/* Reads the headers, once more when the first ones say that there are more. */
static int headers_read(struct vmcore *v, struct err *e)
{
	uint64_t file_size = v->file->size;
	uint64_t need = WINDOW < file_size ? WINDOW : file_size, n = 0;
	uint8_t *buf = NULL;
	int rc = 0;

	while (rc == 0 && n < need) {
		uint8_t *more = realloc(buf, (size_t)need);

		if (!more) {
			rc = err_set(e, -ENOMEM, "ELF header: no memory for %" PRIu64 " bytes",
				     need);
			break;
		}
		buf = more;
		n = need;
		rc = read_file(&v->source, 0, buf, (size_t)n, e);
		if (rc == 0)
			rc = elf_need(buf, (size_t)n, file_size, &need, e);
	}
	if (rc == 0)
		rc = elf_parse(buf, (size_t)n, file_size, &v->map, e);
	if (rc == 0)
		bound_segments(&v->map, bound_stored(v->file), file_size);
	free(buf);
	return rc;
}

/* An invalid list is a flaw of the dump; its pages are then where the headers say. */
static int memory_find(struct vmcore *v, struct err *e)
{
	struct lost_list list = { v->notes.lost, v->notes.lost_len };
	struct lost_map l = { 0 };
	struct err bad = { 0 };
	int rc = lost_map_build(&l, &v->map, v->page, &list, &bad);

	if (rc == -EINVAL) {
		if (v->map.dropped++ == 0)
			(void)str_fmt(v->map.why, sizeof(v->map.why), "%s", bad.text);
		list.n = 0;
		rc = lost_map_build(&l, &v->map, v->page, &list, &bad);
	}
	if (rc < 0)
		return err_set(e, rc, "%s", bad.text);
	rc = extents_build(&v->pa, l.have, l.nhave, EXTENTS_PA, e);
	if (rc == 0)
		rc = extents_build(&v->va, l.have, l.nhave, EXTENTS_VA, e);
	if (rc == 0)
		rc = extents_build(&v->mem, v->map.segment, v->map.nsegment, EXTENTS_MEM, e);
	if (rc == 0)
		rc = extents_build(&v->lost, l.lost, l.nlost, EXTENTS_PA, e);
	lost_map_free(&l);
	return rc;
}

static int notes_find(struct vmcore *v, struct err *e)
{
	for (unsigned i = 0; i < v->map.nnotes; i++) {
		struct elf_range *r = &v->map.notes[i];

		if (r->len > NOTES_MAX - v->source.info.notes_len)
			r->len = NOTES_MAX - v->source.info.notes_len;
		v->source.info.notes_len += r->len;
	}
	return know_notes(&v->source, &v->notes, e);
}

/*
 * The core of a process has its own notes, or several segments of which none has a physical address (fs/binfmt_elf.c).
 * A vmcore of one segment may well begin at 0.
 */
static bool of_process(const struct vmcore *v)
{
	unsigned at_zero = 0;

	for (unsigned i = 0; i < v->map.nsegment; i++)
		at_zero += v->map.segment[i].pa == 0 && v->map.segment[i].va != 0;
	return !v->notes.vmcoreinfo && (v->notes.process || (at_zero > 1 && at_zero == v->map.nsegment));
}

/* Whether pages are missing, and the first reason: what the file shows comes before what its writer said. */
static void judge(struct vmcore *v)
{
	struct dump_info *info = &v->source.info;

	if (v->file->flat.cut)
		(void)str_fmt(v->why, sizeof(v->why), "the flattened stream has no end");
	else if (v->map.cut)
		(void)str_fmt(v->why, sizeof(v->why), LOST_CUT);
	else if (v->map.dropped)
		(void)str_fmt(v->why, sizeof(v->why), "%s", v->map.why);
	else if (v->map.incomplete)
		(void)str_fmt(v->why, sizeof(v->why), "the writer ended early");
	else if (v->lost.n)
		(void)str_fmt(v->why, sizeof(v->why), "its writer lists pages that it lost");
	info->why = v->why;
	info->incomplete = v->why[0] != '\0';
}

/* What the headers and vmcoreinfo tell: the size of a page divides what is there from what is lost. */
static void info_begin(struct vmcore *v)
{
	struct dump_info *info = &v->source.info;

	info->kind = SOURCE_ELF;
	info->file_size = v->file->size;
	info->machine = v->map.machine;
	info->segment = v->map.segment;
	info->nsegment = v->map.nsegment;
	if (v->notes.carry) {
		struct carry c;

		carry_parse(v->notes.carry, strlen(v->notes.carry), &c);
		carry_use(&c, info);
	}
	know_vmcoreinfo(info, v->notes.vmcoreinfo, v->notes.regs);
	v->page = info->page_size ? info->page_size : 4096;
}

static void info_fill(struct vmcore *v)
{
	struct dump_info *info = &v->source.info;

	if (v->mem.n) {
		const struct extent *last = &v->mem.at[v->mem.n - 1];

		info->max_pfn = (last->addr + (last->len - 1)) / v->page + 1;
	}
	judge(v);
	info->lost = lost_count(v);
	xlat_find(info, &v->xlat);
	know_uts(&v->source);
}

static int fill(struct vmcore *v, struct err *e)
{
	int rc;

	v->source.info.flattened = v->file->flattened;
	v->source.info.cheap_read = v->file->on_disk;
	rc = headers_read(v, e);
	if (rc == 0)
		rc = notes_find(v, e);
	if (rc == 0 && of_process(v))
		return err_set(e, -EINVAL,
			       "the core of a process, not of a kernel: a debugger reads it with the program");
	if (rc == 0) {
		info_begin(v);
		rc = memory_find(v, e);
	}
	if (rc == 0)
		info_fill(v);
	return rc;
}

int vmcore_from(struct source **ret, struct dfile *file, struct err *e)
{
	struct vmcore *v = calloc(1, sizeof(*v));
	int rc;

	if (!v) {
		dfile_free(file);
		return err_set(e, -ENOMEM, "vmcore: no memory");
	}
	v->file = file;
	v->source.ops = &vmcore_ops;
	rc = fill(v, e);
	if (rc < 0) {
		vmcore_free(&v->source);
		return rc;
	}
	*ret = &v->source;
	return 0;
}

int vmcore_open(struct source **ret, const char *path, struct err *e)
{
	struct dfile *file = NULL;
	int rc = dfile_open(&file, path, e);

	if (rc == 0)
		rc = vmcore_from(ret, file, e);
	return rc < 0 ? err_add(e, rc, "vmcore") : 0;
}
