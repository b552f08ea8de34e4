/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: what a dump says of itself that the format of a file written from it has no field for.
 * Foreign input like all of a file: a wrong line can only make a read fail.
 */
#include "vmcore/carry.h"

#include "base/bytes.h"
#include "base/str.h"
#include "base/vmcoreinfo.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD      12u /* three words of a note */
#define NAME_ROOM 12u /* CARRY_NOTE, padded to 4 */
#define TEXT_ROOM 8192u

#define UTS(field)                                              \
	{                                                       \
		"UTS_" #field, offsetof(struct dump_uts, field) \
	}

static const struct {
	const char *key;
	size_t at;
} uts_field[] = { UTS(sysname), UTS(nodename), UTS(release), UTS(version), UTS(machine), UTS(domainname) };

struct out {
	char *p;
	size_t n;
};

static void __attribute__((format(printf, 2, 3))) line(struct out *o, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(o->p + o->n, TEXT_ROOM - o->n, fmt, ap);
	va_end(ap);
	if (n > 0 && (size_t)n < TEXT_ROOM - o->n)
		o->n += (size_t)n;
	else
		o->p[o->n] = '\0';
}

static void number(struct out *o, const char *key, uint64_t v)
{
	if (v)
		line(o, "%s=%" PRIu64 "\n", key, v);
}

static int by_va(const void *pa, const void *pb)
{
	const struct segment *a = pa, *b = pb;

	if (a->va != b->va)
		return a->va < b->va ? -1 : 1;
	return (a->pa > b->pa) - (a->pa < b->pa);
}

static void range_line(struct out *o, unsigned i, const struct carry_range *r)
{
	line(o, "RANGE%u=0x%" PRIx64 ",0x%" PRIx64 ",0x%" PRIx64 "\n", i, r->va, r->pa, r->len);
}

/* Segments at the same distance with none of another between them are one range, holes included. */
static void ranges(struct out *o, const struct dump_info *info)
{
	struct segment *by = calloc(info->nsegment + 1ul, sizeof(*by));
	struct carry_range r = { .len = 0 };
	unsigned n = 0, made = 0;

	for (unsigned i = 0; by && i < info->nsegment; i++)
		if (info->segment[i].va != UINT64_MAX && info->segment[i].pa != UINT64_MAX && info->segment[i].memlen)
			by[n++] = info->segment[i];
	if (n)
		qsort(by, n, sizeof(*by), by_va);
	for (unsigned i = 0; i < n && made < CARRY_RANGES; i++) {
		const struct segment *g = &by[i];

		if (r.len && g->va - r.va == g->pa - r.pa) {
			uint64_t end = g->va - r.va + g->memlen;

			r.len = end > r.len ? end : r.len;
			continue;
		}
		if (r.len)
			range_line(o, made++, &r);
		r = (struct carry_range){ g->va, g->pa, g->memlen };
	}
	if (r.len && made < CARRY_RANGES)
		range_line(o, made, &r);
	free(by);
}

uint8_t *carry_make(const struct dump_info *info, unsigned level, size_t *len)
{
	uint8_t *note = calloc(1, HEAD + NAME_ROOM + TEXT_ROOM);
	struct out o = { .n = 0 };

	if (!note)
		return NULL;
	o.p = (char *)note + HEAD + NAME_ROOM;
	number(&o, "MACHINE", info->machine);
	number(&o, "TIME", (uint64_t)info->crash_time);
	number(&o, "TIME_US", info->crash_us);
	number(&o, "LEVEL", level);
	number(&o, "CPUS", info->ncpu);
	number(&o, "PANIC_CPU", info->panic_cpu);
	number(&o, "PHYS_BASE", info->phys_base);
	for (size_t i = 0; i < ARRAY_LEN(uts_field); i++) {
		const char *text = (const char *)&info->uts + uts_field[i].at;

		/* What an unset name reads in the kernel; a kdump header says the same of an unknown one. */
		if (*text && strcmp(text, "(none)") != 0)
			line(&o, "%s=%s\n", uts_field[i].key, text);
	}
	ranges(&o, info);
	put_u32(note, sizeof(CARRY_NOTE));
	put_u32(note + 4, (uint32_t)o.n);
	put_u32(note + 8, CARRY_TYPE);
	memcpy(note + HEAD, CARRY_NOTE, sizeof(CARRY_NOTE));
	*len = HEAD + NAME_ROOM + (size_t)align_up(o.n, 4);
	return note;
}

static uint64_t value(const char *text, size_t n, const char *key)
{
	uint64_t v = 0;

	return vmci_u64(text, n, key, &v) == 0 ? v : 0;
}

static bool range_parse(const char *text, size_t n, unsigned i, struct carry_range *r)
{
	char key[16], buf[64], *p = buf;

	(void)str_fmt(key, sizeof(key), "RANGE%u", i);
	if (vmci_str(text, n, key, buf, sizeof(buf)) < 0)
		return false;
	r->va = strtoull(p, &p, 16);
	r->pa = *p == ',' ? strtoull(p + 1, &p, 16) : 0;
	r->len = *p == ',' ? strtoull(p + 1, &p, 16) : 0;
	return r->len && r->va <= UINT64_MAX - (r->len - 1) && range_ok(r->pa, r->len, UINT64_MAX);
}

void carry_parse(const char *text, size_t n, struct carry *ret)
{
	char raw[65];

	memset(ret, 0, sizeof(*ret));
	ret->machine = (uint16_t)value(text, n, "MACHINE");
	ret->time = value(text, n, "TIME");
	ret->us = value(text, n, "TIME_US");
	ret->level = value(text, n, "LEVEL") & 31;
	ret->cpus = value(text, n, "CPUS");
	ret->panic_cpu = value(text, n, "PANIC_CPU");
	ret->phys_base = value(text, n, "PHYS_BASE");
	for (size_t i = 0; i < ARRAY_LEN(uts_field); i++)
		if (vmci_str(text, n, uts_field[i].key, raw, sizeof(raw)) == 0)
			str_safe((char *)&ret->uts + uts_field[i].at, sizeof(raw), raw);
	while (ret->nrange < CARRY_RANGES && range_parse(text, n, ret->nrange, &ret->range[ret->nrange]))
		ret->nrange++;
}

void carry_use(const struct carry *c, struct dump_info *info)
{
	if (!info->machine)
		info->machine = c->machine;
	if (!info->crash_time) {
		info->crash_time = (int64_t)c->time;
		info->crash_us = (uint32_t)c->us;
	}
	if (!info->level)
		info->level = (unsigned)c->level;
	/* The header of a kdump file counts other CPUs than the notes do. */
	if (c->cpus)
		info->ncpu = (unsigned)c->cpus;
	if (!info->panic_cpu)
		info->panic_cpu = (uint32_t)c->panic_cpu;
	if (!info->phys_base)
		info->phys_base = c->phys_base;
	for (size_t i = 0; i < ARRAY_LEN(uts_field); i++) {
		char *to = (char *)&info->uts + uts_field[i].at;

		if (!*to)
			memcpy(to, (const char *)&c->uts + uts_field[i].at, sizeof(c->uts.sysname));
	}
}

bool carry_find(const struct carry *c, uint64_t va, uint64_t *pa, uint64_t *len)
{
	for (unsigned i = 0; i < c->nrange; i++) {
		const struct carry_range *r = &c->range[i];

		if (va < r->va || va - r->va >= r->len)
			continue;
		*pa = r->pa + (va - r->va);
		*len = r->len - (va - r->va);
		return true;
	}
	return false;
}
