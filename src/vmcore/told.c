/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a dump whose vmcoreinfo is told from outside.
 * Everything but names, notes and page tables is the inner source's.
 */
#include "vmcore/told.h"

#include "base/bytes.h"
#include "vmcore/know.h"
#include "vmcore/lost.h"
#include "vmcore/made_notes.h"
#include "vmcore/xlat.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct told {
	struct source source;
	struct source *inner;
	struct xlat xlat;
	struct made_notes made;
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

static int told_read_notes(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct told *t = of(s);
	size_t inner;

	if (!range_ok(off, n, s->info.notes_len))
		return err_set(e, -EINVAL, "vmcore: notes end at %llu", (unsigned long long)s->info.notes_len);
	inner = made_notes_read(&t->made, t->inner->info.notes_len, off, buf, n);
	return inner ? t->inner->ops->read_notes(t->inner, off, buf, inner, e) : 0;
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

static void told_lost(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	source_lost(of(s)->inner, first, npfn, bits);
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
	made_notes_free(&t->made);
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
	.lost = told_lost,
	.translate = told_translate,
	.free = told_free,
};

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
	info = &t->source.info;
	t->source.ops = &told_ops;
	*info = in->info;
	if (made_notes_add(&t->made, info, "VMCOREINFO", text, n, &info->vmcoreinfo_at)) {
		free(t);
		return err_set(e, -ENOMEM, "vmcoreinfo: no memory");
	}
	know_vmcoreinfo(info, (const char *)t->made.bytes + (info->vmcoreinfo_at - t->made.at), 0);
	xlat_find(info, &t->xlat);
	know_uts(&t->source);
	*inout = &t->source;
	return 0;
}
