/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: vmcoreinfo that comes from outside.
 */
#include "check.h"

#include "base/bytes.h"
#include "vmcore/notes.h"
#include "vmcore/told.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>

#define TEXT "OSRELEASE=6.1.0-told\nPAGESIZE=4096\nSYMBOL(init_uts_ns)=ffffffff81000000\nOFFSET(uts_namespace.name)=0\n"

/* A dump with notes of 22 bytes and one page, which begins with struct new_utsname. */
struct bare {
	struct source source;
	bool *freed;
	uint8_t memory[4096];
};

static int bare_va(struct source *s, uint64_t va, void *buf, size_t n, struct err *e)
{
	if (va < 0xffffffff81000000 || !range_ok(va - 0xffffffff81000000, n, 4096))
		return err_set(e, -EFAULT, "not there");
	memcpy(buf, ((struct bare *)s)->memory + (va - 0xffffffff81000000), n);
	return 0;
}

static int bare_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	(void)s, (void)pa, (void)buf, (void)n;
	return err_set(e, -EFAULT, "not there");
}

static int bare_notes(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	if (!range_ok(off, n, s->info.notes_len))
		return err_set(e, -EINVAL, "beyond the notes");
	for (size_t i = 0; i < n; i++)
		((uint8_t *)buf)[i] = (uint8_t)(off + i + 1);
	return 0;
}

static void bare_free(struct source *s)
{
	*((struct bare *)s)->freed = true;
	free(s);
}

static const struct source_ops bare_ops = {
	.name = "bare",
	.read_pa = bare_pa,
	.read_va = bare_va,
	.read_notes = bare_notes,
	.free = bare_free,
};

static struct source *make(bool *freed)
{
	struct bare *b = calloc(1, sizeof(*b));

	if (!b)
		abort();
	b->source.ops = &bare_ops;
	b->source.info = (struct dump_info){ .machine = EM_X86_64, .vmcoreinfo = "", .notes_len = 22, .max_pfn = 1 };
	b->freed = freed;
	memcpy(b->memory, "Linux", 6);
	memcpy(b->memory + 2 * 65, "6.1.0-real", 11);
	return &b->source;
}

static void check_told(void)
{
	bool freed = false;
	struct source *s = make(&freed);
	struct err e = { 0 };
	struct note note;
	uint8_t notes[512];

	CHECK_INT(told_wrap(&s, TEXT, strlen(TEXT), &e), 0);
	CHECK_STR(s->info.osrelease, "6.1.0-told");
	CHECK_STR(s->info.uts.release, "6.1.0-real"); /* what memory says: the caller compares */
	CHECK_INT(s->info.page_size, 4096);
	CHECK_STR(s->info.vmcoreinfo, TEXT);
	CHECK_INT(s->info.vmcoreinfo_len, strlen(TEXT));
	/* the notes of the dump, then ours, which a reader of notes finds */
	CHECK(s->info.notes_len < sizeof(notes));
	CHECK_INT(s->ops->read_notes(s, 0, notes, s->info.notes_len, &e), 0);
	CHECK_INT(notes[21], 22);
	CHECK_INT(notes[22] | notes[23], 0);
	CHECK_INT(note_next(notes + 24, s->info.notes_len - 24, 0, &note), 1);
	CHECK(note_is(&note, "VMCOREINFO", 0));
	CHECK_INT(note.desc_at + 24, s->info.vmcoreinfo_at);
	CHECK_INT(note.desc_len, strlen(TEXT));
	CHECK(memcmp(notes + s->info.vmcoreinfo_at, TEXT, strlen(TEXT)) == 0);
	for (unsigned at = 0; at < s->info.notes_len; at++) {
		uint8_t one = 0xff;

		CHECK_INT(s->ops->read_notes(s, at, &one, 1, &e), 0);
		CHECK_INT(one, notes[at]);
	}
	CHECK_INT(s->ops->read_notes(s, s->info.notes_len, notes, 1, &e), -EINVAL);
	CHECK_INT(told_wrap(&s, TEXT, strlen(TEXT), &e), -EINVAL);
	CHECK_STR(e.text, "vmcore: it has vmcoreinfo of its own");
	s->ops->free(s);
	CHECK(freed);
}

static void check_refused(void)
{
	static const char *const bad[] = { "", "PAGESIZE=4096\n", "XOSRELEASE=1\n" };
	bool freed = false;
	struct source *s = make(&freed), *before = s;
	struct err e = { 0 };

	for (unsigned i = 0; i < 3; i++)
		CHECK_INT(told_wrap(&s, bad[i], strlen(bad[i]), &e), -EINVAL);
	CHECK_STR(e.text, "vmcoreinfo: no text with a line OSRELEASE=");
	CHECK_INT(told_wrap(&s, "OSRELEASE=1\n\0x", 14, &e), -EINVAL);
	CHECK(s == before && !freed);
	s->ops->free(s);
}

int main(void)
{
	check_told();
	check_refused();
	return check_done();
}
