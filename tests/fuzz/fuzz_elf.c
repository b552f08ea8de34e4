/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: ELF headers of a vmcore.
 * Any bytes: every segment given lies in the file and can be looked up, or a sentence says why not. Headers that are
 * not marked as flawed name nothing that the file does not have.
 * Each input is tried as it is and as text (plain.h).
 */
#include "vmcore/elf.h"
#include "vmcore/extent.h"
#include "vmcore/lost.h"

#include "plain.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void must(int ok)
{
	if (!ok)
		abort();
}

static void look_up(const struct elf_map *m, enum extents_key key, uint64_t file_size)
{
	struct extents x;
	uint64_t off, len;

	must(extents_build(&x, m->segment, m->nsegment, key, NULL) == 0);
	for (unsigned i = 0; i < m->nsegment; i++) {
		const struct segment *s = &m->segment[i];
		uint64_t first = key == EXTENTS_PA ? s->pa : s->va;

		if (first == SEGMENT_ADDR_NONE || s->len == 0)
			continue;
		must(extents_find(&x, first, &off, &len) && len && len <= file_size - off);
		must(extents_find(&x, first + (s->len - 1), &off, &len) && len && off < file_size);
	}
	extents_free(&x);
}

/* What is there and what is lost are all that the headers name; nothing is lost of headers without a flaw. */
static void lost(const struct elf_map *m)
{
	const struct lost_list none = { 0 };
	uint64_t want = 0, have = 0, gone = 0;
	struct lost_map l;

	must(lost_map_build(&l, m, 4096, &none, NULL) == 0);
	for (unsigned i = 0; i < m->nsegment; i++)
		want += m->segment[i].full;
	for (unsigned i = 0; i < l.nhave; i++)
		have += l.have[i].len;
	for (unsigned i = 0; i < l.nlost; i++)
		gone += l.lost[i].len;
	for (unsigned i = 0; i < m->nsegment; i++)
		if (m->segment[i].pa == SEGMENT_ADDR_NONE)
			want -= m->segment[i].full - m->segment[i].len;
	must(have + gone == want);
	must(m->dropped || gone == 0);
	lost_map_free(&l);
}

/* Whatever the segments are: a page that is held existed, and none lies above the end of memory. */
static void pages(const struct elf_map *m)
{
	uint8_t held[512], existed[512];
	struct extents file, mem;

	must(extents_build(&file, m->segment, m->nsegment, EXTENTS_PA, NULL) == 0);
	must(extents_build(&mem, m->segment, m->nsegment, EXTENTS_MEM, NULL) == 0);
	for (unsigned i = 0; i < m->nsegment; i++) {
		uint64_t first = m->segment[i].pa / 4096 & ~7ull;

		extents_bits(&file, 4096, first, sizeof(held) * 8, held);
		extents_bits(&mem, 4096, first, sizeof(existed) * 8, existed);
		for (size_t b = 0; b < sizeof(held); b++)
			must((held[b] & ~existed[b]) == 0);
		must(extents_edge(&file, 4096, m->segment[i].pa - 1) <= 4096);
	}
	must(mem.n == 0 || mem.at[mem.n - 1].addr + mem.at[mem.n - 1].len <= SEGMENT_PA_MAX);
	extents_free(&file);
	extents_free(&mem);
}

static void parse(const uint8_t *d, size_t n, uint64_t file_size)
{
	struct elf_map m;
	struct err e = { 0 };
	uint64_t need = 0;
	int rc = elf_need(d, n, file_size, &need, &e);

	must(rc < 0 ? e.text[0] != '\0' : need <= ELF_HEAD_MAX && need <= file_size);
	rc = elf_parse(d, n, file_size, &m, &e);
	if (rc < 0) {
		must(e.text[0] != '\0');
		return;
	}
	must(need <= n);
	must(m.nsegment <= ELF_PHNUM_MAX && m.nnotes <= ELF_NOTES);
	for (unsigned i = 0; i < m.nsegment; i++) {
		must(m.segment[i].memlen >= m.segment[i].len && m.segment[i].memlen);
		must(m.segment[i].len == 0 || (m.segment[i].offset < file_size &&
					       m.segment[i].len <= file_size - m.segment[i].offset));
	}
	for (unsigned i = 0; i < m.nnotes; i++)
		must(m.notes[i].len <= file_size - m.notes[i].offset);
	must(!m.dropped == !m.why[0]);
	look_up(&m, EXTENTS_PA, file_size);
	look_up(&m, EXTENTS_VA, file_size);
	pages(&m);
	lost(&m);
	elf_map_free(&m);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	uint8_t *bytes = plain_bytes(d, n);

	parse(d, n, n);
	if (bytes) {
		parse(bytes, n, n);
		parse(bytes, n, n + (1ull << 40));
	}
	free(bytes);
	return 0;
}
