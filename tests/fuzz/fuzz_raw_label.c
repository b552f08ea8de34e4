/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the label of a raw partition.
 * The checksum is made right: whatever is taken lies inside the partition, reads back the same, and the room for the
 * next dump touches nothing that waits but what it says is given up.
 */
#include "base/bytes.h"
#include "base/crc32.h"
#include "sink/raw_label.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

#define SIZE ((uint64_t)64 << 20)

static void check_room(const struct raw_label *l, enum raw_kind kind, uint64_t seq)
{
	struct raw_room r = { .len = 0 };
	uint64_t to = kind == RAW_VMCORE ? l->notes : l->end;

	if (raw_place(l, kind, seq, &r))
		return;
	if (!range_ok(r.off, r.len, to) || r.off % RAW_BLOCK)
		abort();
	for (unsigned i = 0; i < l->ndump; i++) {
		for (unsigned k = 0; k < RAW_KINDS; k++) {
			const struct raw_part *p = &l->dump[i].part[k];

			if ((k == RAW_VMCORE) != (kind == RAW_VMCORE) || !raw_part_live(p) || r.gone >> i & 1 ||
			    (l->dump[i].seq == seq && k == kind) || p->len == 0)
				continue;
			if (p->off < r.off + r.len && r.off < p->off + p->len)
				abort();
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	uint8_t p[RAW_LABEL_SIZE] = { 0 }, again[RAW_LABEL_SIZE];
	struct raw_label l, back;

	memcpy(p, d, n < sizeof(p) ? n : sizeof(p));
	memset(p + 20, 0, 4);
	put_u32(p + 20, crc32_add(0, p, sizeof(p)));
	if (raw_label_read(&l, p, SIZE))
		return 0;
	for (unsigned k = 0; k < RAW_KINDS; k++) {
		check_room(&l, (enum raw_kind)k, l.next);
		if (l.ndump)
			check_room(&l, (enum raw_kind)k, l.dump[l.ndump - 1].seq);
	}
	raw_label_fill(&l, again);
	if (raw_label_read(&back, again, SIZE) || back.ndump != l.ndump)
		abort();
	if (l.next < UINT64_MAX && raw_dump_add(&l, "name", 1)) {
		raw_label_fill(&l, again);
		if (raw_label_read(&back, again, SIZE))
			abort();
	}
	return 0;
}
