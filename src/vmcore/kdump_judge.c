/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: whether a kdump-compressed dump has what its headers name.
 * Every descriptor is held against the size of its file; no page is read.
 */
#include "vmcore/kdump_read.h"

#include "base/bits.h"
#include "base/bytes.h"
#include "base/str.h"
#include "vmcore/lost.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What the pass over all descriptors finds. */
struct verdict {
	struct kdump *k;
	struct reader *r;
	bool cut;       /* a page lies beyond the end of a file */
	unsigned part;  /* of the first page that is lost or damaged */
	uint64_t bad;   /* pages that are lost or damaged */
	const char *as; /* DAMAGED: what is wrong with the first one */
};

/* "" or how part N is named in a sentence. */
static const char *part_name(const struct kdump *k, unsigned n, char *buf, size_t room)
{
	const struct dfile *f = k->part[n].file;

	buf[0] = '\0';
	if (k->nparts > 1)
		(void)str_fmt(buf, room, "%s: ", f->name);
	return buf;
}

/* Pages of the chunk from pfn FIRST on, whose bits R holds. RANK: bits of bitmap2 below it. */
static int chunk_judge(struct verdict *v, uint64_t first, uint64_t rank, struct err *e)
{
	struct kdump *k = v->k;

	for (uint64_t bit = bits_next(v->r->bits, 0, CHUNK, true); bit < CHUNK;
	     bit = bits_next(v->r->bits, bit + 1, CHUNK, true)) {
		struct kdump_page p;
		int rc = page_find(k, v->r, first + bit, rank++, &p, e);

		if (rc < 0)
			return rc;
		if (p.state == KDUMP_HELD) {
			if (p.desc.offset < k->part[p.part].low)
				k->part[p.part].low = p.desc.offset;
			continue;
		}
		bit_set(k->flawed, first / CHUNK);
		k->away += p.state == KDUMP_AWAY;
		k->lost += p.state == KDUMP_LOST;
		k->damaged += p.state == KDUMP_DAMAGED;
		if (p.state != KDUMP_AWAY && v->bad++ == 0)
			v->part = p.part;
		if (p.state == KDUMP_DAMAGED && !v->as)
			v->as = p.why;
		if (p.cut && !v->cut)
			v->part = p.part;
		v->cut |= p.cut;
	}
	return 0;
}

static int all_judge(struct verdict *v, struct err *e)
{
	struct kdump *k = v->k;
	uint64_t chunks = (k->part[0].h.max_mapnr + CHUNK - 1) / CHUNK;

	for (uint64_t c = 0; c < chunks; c++) {
		int rc = 0;

		if (k->index.rank[c] == k->index.rank[c + 1])
			continue;
		rc = chunk_load(k, v->r, c, e);
		if (rc == 0)
			rc = chunk_judge(v, c * CHUNK, k->index.rank[c], e);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * Whether a descriptor lies behind the last one of part P, where its data does not begin yet: a bitmap that lost bits
 * gives every page that follows another one's data.
 */
static bool part_torn(const struct kdump_part *p)
{
	uint64_t at = p->h.table + p->kept * KDUMP_DESC;
	uint8_t raw[KDUMP_DESC];
	struct kdump_desc d;
	const char *why;

	if (p->low < at || p->low - at < KDUMP_DESC || !range_ok(at, KDUMP_DESC, p->file->size) ||
	    dfile_read(p->file, at, raw, sizeof(raw), NULL) < 0 ||
	    kdump_desc_parse(raw, p->h.block, p->file->size, &d, &why) != 0)
		return false;
	return d.offset >= at + KDUMP_DESC && get_u64(raw + 16) == 0;
}

/* Takes the pages of parts that are torn for damaged. */
static int torn_judge(struct verdict *v, struct err *e)
{
	struct kdump *k = v->k;
	uint64_t chunks = (k->part[0].h.max_mapnr + CHUNK - 1) / CHUNK;

	for (unsigned i = 0; i < k->nparts; i++)
		k->torn |= k->part[i].torn = part_torn(&k->part[i]);
	if (!k->torn)
		return 0;
	k->lost = k->away = k->damaged = v->bad = 0;
	v->as = NULL;
	memset(k->flawed, 0xff, (size_t)(chunks / 8 + 1));
	return all_judge(v, e);
}

/* The first reason: what the files show comes before what their writer said. */
static void why_make(const struct verdict *v, char *why, size_t room)
{
	struct kdump *k = v->k;
	char name[128];

	for (unsigned i = 0; i < k->nparts; i++)
		if (k->part[i].file->flat.cut) {
			(void)str_fmt(why, room, "%sthe flattened stream has no end",
				      part_name(k, i, name, sizeof(name)));
			return;
		}
	if (v->cut) {
		(void)str_fmt(why, room, "%s" LOST_CUT, part_name(k, v->part, name, sizeof(name)));
	} else if (k->missing) {
		(void)str_fmt(why, room, "parts of the split dump are missing");
	} else if (k->torn) {
		(void)str_fmt(why, room, "%s" KDUMP_TORN, part_name(k, v->part, name, sizeof(name)));
	} else if (k->damaged) {
		(void)str_fmt(why, room, "%s%" PRIu64 " page descriptors are damaged: %s",
			      part_name(k, v->part, name, sizeof(name)), k->damaged, v->as);
	}
	for (unsigned i = 0; i < k->nparts && !why[0]; i++)
		if (k->part[i].h.status & KDUMP_INCOMPLETE)
			(void)str_fmt(why, room, "%sthe writer ended early", part_name(k, i, name, sizeof(name)));
	if (!why[0] && k->lost)
		(void)str_fmt(why, room, "%s%" PRIu64 " pages have no data, though its writer marked it complete",
			      part_name(k, v->part, name, sizeof(name)), k->lost);
	for (unsigned i = 0; i < k->nparts && !why[0]; i++)
		if (k->part[i].h.flaw)
			(void)str_fmt(why, room, "%s%s", part_name(k, i, name, sizeof(name)), k->part[i].h.flaw);
	if (!why[0] && (k->index.stray || k->index.beyond))
		(void)str_fmt(why, room, "its bitmaps contradict each other");
}

int kdump_judge(struct kdump *k, struct err *e)
{
	uint64_t chunks = (k->part[0].h.max_mapnr + CHUNK - 1) / CHUNK;
	struct dump_info *info = &k->source.info;
	struct verdict v = { .k = k };
	int rc;

	k->flawed = calloc(1, (size_t)(chunks / 8 + 1));
	if (!k->flawed)
		return err_set(e, -ENOMEM, "kdump: no memory to look at %" PRIu64 " pages", k->part[0].h.max_mapnr);
	for (unsigned i = 0; i < k->nparts; i++)
		k->part[i].low = UINT64_MAX;
	v.r = reader_get(k, e);
	if (!v.r)
		return -ENOMEM;
	rc = all_judge(&v, e);
	if (rc == 0)
		rc = torn_judge(&v, e);
	reader_put(k, v.r);
	if (rc < 0)
		return err_add(e, rc, "kdump");
	why_make(&v, k->why, sizeof(k->why));
	info->why = k->why;
	info->incomplete = k->why[0] != '\0';
	info->lost = k->lost + k->away + k->damaged;
	if (k->torn)
		info->lost += k->index.existed + k->index.stray - k->index.kept;
	return 0;
}

bool kdump_sound(const struct kdump *k, uint64_t first, uint64_t n)
{
	uint64_t chunks = (k->part[0].h.max_mapnr + CHUNK - 1) / CHUNK, to = n ? (first + n - 1) / CHUNK + 1 : 0;

	to = to < chunks ? to : chunks;
	return first / CHUNK >= to || bits_next(k->flawed, first / CHUNK, to, true) == to;
}
