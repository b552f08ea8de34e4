/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a dump whose vmcoreinfo is told from outside.
 * Everything but names, notes and page tables is the inner source's.
 */
#include "vmcore/told.h"

#include "base/bytes.h"
#include "vmcore/know.h"
#include "vmcore/xlat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NOTE_NAME "VMCOREINFO" /* type 0; kernel/crash_core.c, Linux 6.1 */
#define NOTE_HEAD (12 + 12)    /* three words, then the name padded to 4 */

struct told {
	struct source source;
	struct source *inner;
	struct xlat xlat;
	uint64_t note_at; /* where our note begins in the notes */
	size_t note_len;
	uint8_t *note; /* header, name, text, NULs */
};

static struct told *of(struct source *s)
{
	return (struct told *)s;
}

static int told_read_file(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct source *in = of(s)->inner;

	return in->ops->read_file(in, off, buf, n, e);
}

static int told_map_file(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	struct source *in = of(s)->inner;

	return in->ops->map_file(in, off, n, ret, e);
}

static void told_unmap(struct source *s, const void *p, size_t n)
{
	struct source *in = of(s)->inner;

	in->ops->unmap(in, p, n);
}

static int told_read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	struct source *in = of(s)->inner;

	return in->ops->read_pa(in, pa, buf, n, e);
}

static int told_read_va(struct source *s, uint64_t va, void *buf, size_t n, struct err *e)
{
	struct source *in = of(s)->inner;

	return in->ops->read_va(in, va, buf, n, e);
}

/* The inner notes, zeros up to a word, our note. */
static int told_read_notes(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct told *t = of(s);
	uint64_t inner = t->inner->info.notes_len;
	uint8_t *to = buf;

	if (!range_ok(off, n, s->info.notes_len))
		return err_set(e, -EINVAL, "vmcore: notes end at %llu", (unsigned long long)s->info.notes_len);
	memset(to, 0, n);
	if (off < inner) {
		size_t part = n < inner - off ? n : (size_t)(inner - off);
		int rc = t->inner->ops->read_notes(t->inner, off, to, part, e);

		if (rc)
			return rc;
	}
	for (size_t i = 0; i < n; i++)
		if (off + i >= t->note_at)
			to[i] = t->note[off + i - t->note_at];
	return 0;
}

static bool told_where(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	struct source *in = of(s)->inner;

	return in->ops->where(in, pa, off, len);
}

static void told_held(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	struct source *in = of(s)->inner;

	in->ops->held(in, first, npfn, bits);
}

static void told_existed(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	struct source *in = of(s)->inner;

	in->ops->existed(in, first, npfn, bits);
}

static int told_translate(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e)
{
	return know_translate(s, &of(s)->xlat, va, pa, len, e);
}

static void told_free(struct source *s)
{
	struct told *t = of(s);

	if (!s)
		return;
	t->inner->ops->free(t->inner);
	free(t->note);
	free(t);
}

static const struct source_ops told_ops = {
	.name = "told",
	.read_file = told_read_file,
	.map_file = told_map_file,
	.unmap = told_unmap,
	.read_pa = told_read_pa,
	.read_va = told_read_va,
	.read_notes = told_read_notes,
	.where = told_where,
	.held = told_held,
	.existed = told_existed,
	.translate = told_translate,
	.free = told_free,
};

static int make_note(struct told *t, const char *text, size_t n)
{
	const uint32_t head[] = { sizeof(NOTE_NAME), (uint32_t)n, 0 };

	t->note_at = align_up(t->inner->info.notes_len, 4);
	t->note_len = NOTE_HEAD + (size_t)align_up(n + 1, 4);
	t->note = calloc(1, t->note_len);
	if (!t->note)
		return -ENOMEM;
	memcpy(t->note, head, sizeof(head));
	memcpy(t->note + sizeof(head), NOTE_NAME, sizeof(NOTE_NAME));
	memcpy(t->note + NOTE_HEAD, text, n);
	return 0;
}

int told_wrap(struct source **inout, const char *text, size_t n, struct err *e)
{
	struct source *in = *inout;
	struct dump_info *info;
	struct told *t;

	if (in->info.vmcoreinfo_len)
		return err_set(e, -EINVAL, "vmcore: it has vmcoreinfo of its own");
	if (n > UINT32_MAX / 2 || memchr(text, '\0', n) ||
	    !(strncmp(text, "OSRELEASE=", 10) == 0 || strstr(text, "\nOSRELEASE=")))
		return err_set(e, -EINVAL, "vmcoreinfo: no text with a line OSRELEASE=");
	t = calloc(1, sizeof(*t));
	if (!t)
		return err_set(e, -ENOMEM, "vmcoreinfo: no memory");
	t->inner = in;
	if (make_note(t, text, n)) {
		free(t);
		return err_set(e, -ENOMEM, "vmcoreinfo: no memory");
	}
	info = &t->source.info;
	t->source.ops = &told_ops;
	*info = in->info;
	info->notes_len = t->note_at + t->note_len;
	info->vmcoreinfo_at = t->note_at + NOTE_HEAD;
	know_vmcoreinfo(info, (const char *)t->note + NOTE_HEAD);
	xlat_find(info, &t->xlat);
	know_uts(&t->source);
	*inout = &t->source;
	return 0;
}
