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
#include "format/elf_walk.h"

#include <elf.h>
#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SIZE_MAX   (1u << 20)
#define DATA_ALIGN      64u
#define FLAG_INCOMPLETE 1u /* e_flags, as crash 8 reads it */
#define FLAGS_AT        offsetof(Elf64_Ehdr, e_flags)
#define FLAGS_END       (FLAGS_AT + sizeof(Elf64_Word))

/* Ranges of pages that may be found to be lost later: one for so many kept pages, within these bounds. */
#define LOST_SHARE 32u
#define LOST_LEAST 256u
#define LOST_MOST  16384u

static const uint8_t zeros[ELF_PIECE];

static struct elf *self(struct format *f)
{
	return (struct elf *)f;
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
	if (b < ELF_PIECE || b > PAGE_SIZE_MAX || b & (b - 1))
		return err_set(e, -EINVAL, "pages of %llu bytes", (unsigned long long)b);
	x->seek = out->ops->caps & SINK_SEEK;
	x->once = out->ops->caps & SINK_ONCE;
	if (!x->seek && h->keep->window < h->keep->pfns)
		return err_set(e, -EOPNOTSUPP, "ELF to %s: the target takes no offsets", out->dir);
	x->h = *h;
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

	return at % ELF_PIECE ? at : at + DATA_ALIGN;
}

/* Gives the program headers that were counted their numbers. */
static void number_phdrs(struct elf *x)
{
	x->phnum = 1;
	for (unsigned i = 0; i < x->h.src->info.nsegment; i++) {
		uint64_t n = x->run[i].n;

		x->run[i] = (struct run){ .g = x->run[i].g, .at = x->phnum };
		x->phnum += n;
	}
}

/*
 * Room for what is found to be lost later: it divides the PT_LOADs, of which two can have the same page, and is
 * listed in a note behind the others.
 */
static int take_lost(struct elf *x, struct err *e)
{
	uint64_t more = x->h.kept / LOST_SHARE;

	more = more < LOST_LEAST ? LOST_LEAST : more > LOST_MOST ? LOST_MOST
								 : more;
	x->phroom = x->phnum + (x->seek ? 2 * more : 0);
	if (x->phnum < PN_XNUM && x->phroom >= PN_XNUM)
		x->phroom = PN_XNUM - 1;
	if (x->h.keep->window >= x->h.keep->pfns)
		x->written = calloc(1, (size_t)(x->h.kept / 8 + 1));
	return elf_lost_known(&x->lost, x->h.src, more, e);
}

/* Counts program headers, then knows where everything lies. */
static int lay_out(struct elf *x, struct err *e)
{
	const struct dump_info *in = &x->h.src->info;
	uint64_t kept, end;
	int rc = elf_walk(x, &kept, e);

	if (rc)
		return rc;
	if (kept != x->h.kept)
		return err_set(e, -EINVAL, "ELF: %llu pages kept, %llu were announced", (unsigned long long)kept,
			       (unsigned long long)x->h.kept);
	number_phdrs(x);
	rc = take_lost(x, e);
	if (rc)
		return rc;
	if (x->phnum > UINT32_MAX)
		return err_set(e, -EFBIG, "ELF: %llu program headers", (unsigned long long)x->phnum);
	end = sizeof(Elf64_Ehdr) + x->phroom * sizeof(Elf64_Phdr);
	if (x->phnum >= PN_XNUM) {
		x->shdr_at = end;
		end += sizeof(Elf64_Shdr);
	}
	x->notes_at = end;
	x->carry_at = align_up(in->notes_len, 4);
	x->notes_len = x->h.carry_len ? x->carry_at + x->h.carry_len : in->notes_len;
	x->lost_at = align_up(end + x->notes_len, 4);
	x->data_at = data_start(x->lost_at + elf_lost_room(&x->lost));
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
		return elf_bytes(x, 0, &h, sizeof(h), e);
	rc = elf_bytes(x, 0, &h, FLAGS_AT, e);
	return rc ? rc : elf_bytes(x, FLAGS_END, (uint8_t *)&h + FLAGS_END, sizeof(h) - FLAGS_END, e);
}

/* The notes and, once there is something to list, the note of lost pages. */
static int put_note_phdr(struct elf *x, struct err *e)
{
	uint64_t lost = elf_lost_bytes(&x->lost), len = x->notes_len;
	Elf64_Phdr note = { .p_type = PT_NOTE, .p_offset = x->notes_at };

	note.p_filesz = note.p_memsz = lost ? x->lost_at - x->notes_at + lost : len;
	return elf_phdr_hold(x, 0, &note, e);
}

static int put_section(struct elf *x, struct err *e)
{
	Elf64_Shdr many = { .sh_size = 1, .sh_info = (Elf64_Word)x->phnum };

	return x->shdr_at ? elf_bytes(x, x->shdr_at, &many, sizeof(many), e) : 0;
}

static int put_phdrs(struct elf *x, struct err *e)
{
	uint64_t kept;
	int rc = put_note_phdr(x, e);

	if (rc == 0)
		rc = elf_walk(x, &kept, e);
	if (rc == 0)
		rc = elf_phdrs_flush(x, e);
	return rc ? rc : put_section(x, e);
}

static int put_lost_note(struct elf *x, struct err *e)
{
	uint64_t at = x->lost_at, off = 0;
	uint8_t buf[1024];
	size_t n;
	int rc = 0;

	while (rc == 0 && (n = elf_lost_note(&x->lost, x->shift, off, buf, sizeof(buf)))) {
		rc = elf_bytes(x, at + off, buf, n, e);
		off += n;
	}
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
		rc = elf_bytes(x, x->notes_at + off, buf, (size_t)n, e);
	}
	if (rc == 0 && x->carry_at > len)
		rc = elf_bytes(x, x->notes_at + len, zeros, (size_t)(x->carry_at - len), e);
	if (rc == 0 && x->h.carry_len)
		rc = elf_bytes(x, x->notes_at + x->carry_at, x->h.carry, x->h.carry_len, e);
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
	if (rc == 0)
		rc = put_lost_note(x, e);
	return rc;
}

static int check_batch(const struct elf *x, const struct batch *b, struct err *e)
{
	uint64_t sum = 0;

	if (b->n == 0 || b->n > BATCH_PAGES || b->index > x->h.kept || b->n > x->h.kept - b->index)
		return err_set(e, -EINVAL, "ELF: pages beyond those announced");
	for (unsigned i = 0; i < b->n; i++) {
		sum += b->size[i];
		if ((b->flag[i] && (b->flag[i] != BATCH_LOST || b->size[i])) || (b->size[i] && b->size[i] != x->page))
			return err_set(e, -EINVAL, "ELF: page of %u bytes", b->size[i]);
	}
	return sum == b->len ? 0 : err_set(e, -EINVAL, "ELF: sizes do not add up");
}

static int elf_put(struct format *f, const struct batch *b, struct err *e)
{
	struct elf *x = self(f);
	const uint8_t *p = b->data;
	int rc = check_batch(x, b, e);

	for (unsigned i = 0, n; rc == 0 && i < b->n; i += n) {
		uint64_t at = x->data_at + ((b->index + i) << x->shift);

		/* Neighbours in the batch are neighbours in the file. */
		for (n = 0; i + n < b->n && b->size[i + n]; n++)
			;
		if (n)
			rc = elf_bytes(x, at, p, (size_t)n << x->shift, e);
		p += (size_t)n << x->shift;
		n = n ? n : 1;
	}
	x->nput += rc == 0 ? b->n : 0;
	for (unsigned i = 0; rc == 0 && i < b->n; i++) {
		if (b->flag[i] == BATCH_LOST) {
			elf_lost_add(&x->lost, b->pfn[i], b->pfn[i] + 1);
			continue;
		}
		x->nwritten++;
		x->above = b->pfn[i] + 1 > x->above ? b->pfn[i] + 1 : x->above;
		if (x->written)
			bit_set(x->written, b->index + i);
	}
	return rc;
}

/* Counts the program headers for the pages that were written; the others get into the list. */
static int count_written(struct elf *x, struct err *e)
{
	uint64_t kept;
	int rc;

	for (unsigned i = 0; i < x->h.src->info.nsegment; i++)
		x->run[i] = (struct run){ .g = x->run[i].g };
	x->written_only = x->list_others = true;
	rc = elf_walk(x, &kept, e);
	x->list_others = false;
	return rc;
}

/*
 * Writes the program headers again, for the pages that came: of what is missing readers are to say so and not
 * that it is zero. What is left of the old ones becomes PT_NULL. Where they do not fit they stay as they were: the
 * list still tells what is lost.
 */
static int trim(struct elf *x, struct err *e)
{
	const Elf64_Phdr unused = { .p_type = PT_NULL };
	uint64_t before = x->phnum, kept;
	int rc = count_written(x, e);

	if (rc)
		return rc;
	number_phdrs(x);
	if (x->phnum > x->phroom) {
		x->phnum = before;
		return 0;
	}
	rc = elf_walk(x, &kept, e);
	for (; rc == 0 && x->phnum < before; x->phnum++)
		rc = elf_phdr_hold(x, x->phnum, &unused, e);
	if (rc == 0)
		rc = elf_phdrs_flush(x, e);
	if (rc == 0 && x->shdr_at)
		rc = put_section(x, e);
	else if (rc == 0 && x->phnum > before) {
		const Elf64_Half phnum = (Elf64_Half)x->phnum;

		rc = elf_bytes(x, offsetof(Elf64_Ehdr, e_phnum), &phnum, sizeof(phnum), e);
	}
	return rc;
}

/*
 * Says what is missing of a file that will not be whole. With SINK_ONCE only when pages are lost: then some bytes are
 * written twice, and in a flattened stream the later record wins.
 */
static int tell_missing(struct elf *x, struct err *e)
{
	int rc = 0;

	/* In several windows pages come in order: the list takes all that follow, left out or not. */
	if (x->written)
		rc = trim(x, e);
	else if (x->nput < x->h.kept && x->above < x->h.keep->pfns)
		elf_lost_add(&x->lost, x->above, x->h.keep->pfns);
	if (rc == 0 && elf_lost_bytes(&x->lost)) {
		rc = put_lost_note(x, e);
		if (rc == 0)
			rc = put_note_phdr(x, e);
		if (rc == 0)
			rc = elf_phdrs_flush(x, e);
	}
	return rc;
}

/* Gives the file its SIZE: pages of zeros at its end, and those that are missing, are holes. */
static int stretch(struct elf *x, uint64_t size, struct err *e)
{
	if (x->top >= size)
		return 0;
	if (!x->once && x->out->ops->extend)
		return x->out->ops->extend(x->out, size, e);
	return elf_bytes(x, size - 1, zeros, 1, e);
}

/* After a failure the file is stretched all the same: its headers name the room of pages that never came. */
static int elf_finish(struct format *f, bool complete, uint64_t *size, struct err *e)
{
	struct elf *x = self(f);
	uint8_t flags[FLAGS_END - FLAGS_AT];
	int rc = 0, rc2;

	if (!complete && x->seek && x->nwritten < x->h.kept)
		rc = tell_missing(x, e);
	*size = x->data_at + (x->h.kept << x->shift);
	if (!x->seek && !complete)
		*size = x->top;
	rc2 = stretch(x, *size, rc ? NULL : e);
	rc = rc ? rc : rc2;
	if (!x->seek || (!x->once && (rc || !complete)))
		return rc;
	put_u32(flags, complete && rc == 0 ? 0 : FLAG_INCOMPLETE);
	rc2 = elf_bytes(x, FLAGS_AT, flags, sizeof(flags), rc ? NULL : e);
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
	free(self(f)->written);
	elf_lost_free(&self(f)->lost);
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
