/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: what every kind of source knows of the crashed kernel.
 * A wrong vmcoreinfo can only make it say less.
 */
#include "vmcore/know.h"

#include "base/bytes.h"
#include "base/str.h"
#include "base/vmcoreinfo.h"
#include "vmcore/carry.h"
#include "vmcore/kva.h"
#include "vmcore/machine.h"
#include "vmcore/notes.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define X86_IMAGE 0xffffffff80000000ull /* __START_KERNEL_map */
#define UTS_FIELD 65
#define WINDOW    4096u /* bytes of notes at a time */

#define VMCOREINFO_MAX (1u << 20) /* bytes of vmcoreinfo that are kept */

bool know_page_size_ok(uint64_t size)
{
	return size >= 4096 && size <= 1u << 20 && (size & (size - 1)) == 0;
}

static bool key(const struct dump_info *info, const char *name, uint64_t *ret)
{
	return vmci_u64(info->vmcoreinfo, info->vmcoreinfo_len, name, ret) == 0;
}

/* Where the image is relative to its link address: as told, else by the PT_LOAD of the kernel's text. */
static void phys_base_find(struct dump_info *info)
{
	uint64_t u;

	if (info->machine != EM_X86_64)
		return;
	if (key(info, "NUMBER(phys_base)", &u)) {
		info->phys_base = u;
		return;
	}
	for (unsigned i = 0; i < info->nsegment; i++) {
		const struct segment *g = &info->segment[i];

		if (g->va >= X86_IMAGE && g->va != UINT64_MAX && g->pa != UINT64_MAX) {
			info->phys_base = g->pa - (g->va - X86_IMAGE);
			return;
		}
	}
}

/*
 * Two machines have only pages of 4 KiB, whatever a damaged vmcoreinfo says. On others that is a guess when nothing
 * tells: a dump with pages of a wrong size still has all of the memory.
 */
static uint64_t page_size_find(const struct dump_info *info)
{
	uint64_t u;

	if (info->machine != EM_X86_64 && info->machine != EM_S390 && key(info, "PAGESIZE", &u) &&
	    know_page_size_ok(u))
		return u;
	return 4096;
}

void know_vmcoreinfo(struct dump_info *info, const char *text, uint32_t regs)
{
	char release[sizeof(info->osrelease)];
	uint64_t u;

	info->vmcoreinfo = text ? text : "";
	info->vmcoreinfo_len = strlen(info->vmcoreinfo);
	if (!info->machine)
		info->machine = machine_guess(info->vmcoreinfo, info->vmcoreinfo_len, regs);
	if (!info->page_size)
		info->page_size = page_size_find(info);
	if (!info->crash_time && key(info, "CRASHTIME", &u))
		info->crash_time = (int64_t)u;
	if (vmci_str(info->vmcoreinfo, info->vmcoreinfo_len, "OSRELEASE", release, sizeof(release)) == 0)
		str_safe(info->osrelease, sizeof(info->osrelease), release);
	if (!info->phys_base)
		phys_base_find(info);
}

static int text_read(struct source *s, uint64_t off, uint64_t len, char **ret, struct err *e)
{
	size_t n = len < VMCOREINFO_MAX ? (size_t)len : VMCOREINFO_MAX;
	char *text = malloc(n + 1);
	int rc;

	if (!text)
		return err_set(e, -ENOMEM, "notes: no memory for %zu bytes", n);
	rc = s->ops->read_notes(s, off, text, n, e);
	if (rc < 0) {
		free(text);
		return rc;
	}
	text[n] = '\0';
	free(*ret);
	*ret = text;
	return 0;
}

/* Notes that the kernel writes into the core of a process only (fs/binfmt_elf.c, Linux 6.12). */
static bool of_process(const struct note *note)
{
	return note_is(note, "CORE", NT_AUXV) || note_is(note, "CORE", NT_FILE) || note_is(note, "CORE", NT_SIGINFO);
}

/* A walk; where our own notes begin and end: what the formats have no field for, and the list of lost pages. */
struct walk {
	struct source *s;
	struct known_notes k;
	uint64_t carry_at, carry_end, lost_at, lost_end;
};

/* The list of lost pages, which no limit may cut. The last one counts. */
static int lost_read(struct walk *w, uint64_t desc, uint32_t len, struct err *e)
{
	uint8_t *list = malloc(len + 1ul);
	int rc;

	if (!list)
		return err_set(e, -ENOMEM, "no memory for %u bytes of lost pages", len);
	rc = w->s->ops->read_notes(w->s, desc, list, len, e);
	if (rc < 0) {
		free(list);
		return rc;
	}
	free(w->k.lost);
	w->k.lost = list;
	w->k.lost_len = len;
	return 0;
}

/* One note, the buffer of which begins at POS of the blob. */
static int note_use(struct walk *w, const struct note *note, uint64_t pos, struct err *e)
{
	struct dump_info *info = &w->s->info;
	uint64_t desc = pos + note->desc_at;

	if (note_is(note, "CORE", NT_PRSTATUS)) {
		info->ncpu++;
		w->k.regs = w->k.regs ? w->k.regs : note->desc_len;
	}
	w->k.process |= of_process(note);
	if (!range_ok(desc, note->desc_len, info->notes_len))
		return 0;
	if (note_is(note, "ERASEINFO", 0) && !info->erase_at) {
		info->erase_at = desc;
		info->erase_len = note->desc_len;
	}
	if (note_is(note, "VMCOREINFO", 0) && !w->k.vmcoreinfo) {
		info->vmcoreinfo_at = desc;
		return text_read(w->s, desc, note->desc_len, &w->k.vmcoreinfo, e);
	}
	if (note_is(note, NOTE_LOST_NAME, NOTE_LOST_TYPE)) {
		w->lost_at = pos + note->at;
		w->lost_end = pos + note->next;
		return lost_read(w, desc, note->desc_len, e);
	}
	if (!note_is(note, CARRY_NOTE, CARRY_TYPE) || note->desc_len > CARRY_MAX)
		return 0;
	w->carry_at = pos + note->at;
	w->carry_end = pos + note->next;
	return text_read(w->s, desc, note->desc_len, &w->k.carry, e);
}

/* Most of the notes are the registers of CPUs, which are only stepped over. */
int know_notes(struct source *s, struct known_notes *ret, struct err *e)
{
	uint64_t pos = 0, len = s->info.notes_len;
	struct walk w = { .s = s };
	uint8_t buf[WINDOW];
	struct note note;
	int rc = 0;

	do {
		size_t n = len - pos < WINDOW ? (size_t)(len - pos) : WINDOW;

		note.next = 0;
		if (pos < len)
			rc = s->ops->read_notes(s, pos, buf, n, e);
		while (pos < len && rc == 0 && note_next(buf, n, note.next, &note))
			rc = note_use(&w, &note, pos, e);
		pos += note.next;
	} while (rc == 0 && note.next && pos < len);
	if (rc < 0) {
		known_free(&w.k);
		return err_add(e, rc, "notes");
	}
	if (w.k.lost && w.lost_end >= len)
		len = s->info.notes_len = w.lost_at;
	if (w.k.carry && w.carry_end >= len)
		s->info.notes_len = w.carry_at;
	*ret = w.k;
	return 0;
}

void known_free(struct known_notes *k)
{
	free(k->vmcoreinfo);
	free(k->carry);
	free(k->lost);
	*k = (struct known_notes){ .vmcoreinfo = NULL };
}

static void field(char *to, const uint8_t *raw)
{
	char text[UTS_FIELD];

	memcpy(text, raw, sizeof(text));
	text[sizeof(text) - 1] = '\0';
	str_safe(to, UTS_FIELD, text);
}

bool know_uts_parse(const uint8_t raw[UTS_LEN], struct dump_uts *ret)
{
	if (memcmp(raw, "Linux", sizeof("Linux")) != 0)
		return false;
	field(ret->sysname, raw);
	field(ret->nodename, raw + UTS_FIELD);
	field(ret->release, raw + 2 * UTS_FIELD);
	field(ret->version, raw + 3 * UTS_FIELD);
	field(ret->machine, raw + 4 * UTS_FIELD);
	field(ret->domainname, raw + 5 * UTS_FIELD);
	return true;
}

void know_uts(struct source *s)
{
	struct dump_info *info = &s->info;
	uint64_t at, name = sizeof(int); /* struct uts_namespace began with a reference count before 5.11 */
	uint8_t raw[UTS_LEN];
	bool known = info->uts.release[0] != '\0';

	(void)key(info, "OFFSET(uts_namespace.name)", &name);
	if (!known && key(info, "SYMBOL(init_uts_ns)", &at) && know_read(s, at + name, raw, sizeof(raw)) == 0)
		(void)know_uts_parse(raw, &info->uts);
	if (!info->uts.sysname[0])
		str_fmt(info->uts.sysname, sizeof(info->uts.sysname), "Linux");
	if (!info->uts.release[0])
		str_fmt(info->uts.release, sizeof(info->uts.release), "%s", info->osrelease);
	if (!info->uts.machine[0])
		str_fmt(info->uts.machine, sizeof(info->uts.machine), "%s", machine_name(info->machine));
	if (!info->osrelease[0])
		str_fmt(info->osrelease, sizeof(info->osrelease), "%s", info->uts.release);
}

static int read_tables(struct source *s, uint64_t va, void *buf, size_t n)
{
	uint8_t *to = buf;

	while (n) {
		uint64_t pa, len;
		int rc = s->ops->translate(s, va, &pa, &len, NULL);
		size_t part;

		if (rc < 0)
			return rc;
		part = len < n ? (size_t)len : n;
		rc = s->ops->read_pa(s, pa, to, part, NULL);
		if (rc < 0)
			return rc;
		to += part;
		va += part;
		n -= part;
	}
	return 0;
}

int know_read_kernel(struct source *s, uint64_t va, void *buf, size_t n)
{
	uint64_t pa;
	int rc = -EFAULT;

	if (kva_to_pa(&s->info, va, &pa))
		rc = s->ops->read_pa(s, pa, buf, n, NULL);
	if (rc == -EFAULT)
		rc = read_tables(s, va, buf, n);
	/* That there is no page table explains less than where the address is not. */
	return rc == -EOPNOTSUPP ? -EFAULT : rc;
}

int know_read(struct source *s, uint64_t va, void *buf, size_t n)
{
	int rc = s->ops->read_va(s, va, buf, n, NULL);

	return rc == -EFAULT ? know_read_kernel(s, va, buf, n) : rc;
}

static int read_entry(void *arg, uint64_t pa, void *buf, size_t n)
{
	struct source *s = arg;

	return s->ops->read_pa(s, pa, buf, n, NULL);
}

int know_translate(struct source *s, const struct xlat *x, uint64_t va, uint64_t *pa, uint64_t *len,
		   struct err *e)
{
	int rc = xlat_walk(x, read_entry, s, va, pa, len);

	if (rc == -EOPNOTSUPP)
		return err_set(e, rc, "vmcore: no page table is known for this machine");
	if (rc == -EFAULT)
		return err_set(e, rc, "vmcore: virtual address 0x%" PRIx64 " is not mapped", va);
	if (rc < 0)
		return err_set(e, rc, "vmcore: a page table of virtual address 0x%" PRIx64 " is not in the dump",
			       va);
	return 0;
}
