/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: how much memory a file can tell of.
 * What is cut counts as a flaw of the file.
 */
#include "vmcore/bound.h"

#include "base/str.h"

#include <sys/stat.h>
#include <unistd.h>

#define BASE     (512ull << 30)
#define PER_BYTE 18u /* log2 of the bytes of memory for a byte of the file */
#define TIMES    4u
#define ZEROS    (1ull << 30) /* bytes of zeros that a file may have as holes, and for each byte of its own: */
#define ZEROS_OF 10u          /* log2 */
#define HOLES    4096u        /* that are looked at */

uint64_t bound_stored(const struct dfile *f)
{
	uint64_t sum = 0, size = f->stored;
	off_t at = 0, end;
	struct stat st;

	if (!f->on_disk || fstat(f->fd, &st) || (uint64_t)st.st_blocks * 512 >= size)
		return size;
	for (unsigned i = 0; i < HOLES; i++, at = end) {
		at = lseek(f->fd, at, SEEK_DATA);
		if (at < 0)
			return sum;
		end = lseek(f->fd, at, SEEK_HOLE);
		if (end <= at)
			break;
		sum += (uint64_t)(end - at);
	}
	/* More holes than are looked at: the blocks bound the rest. File systems that compress count them too low. */
	return sum > (uint64_t)st.st_blocks * 512 ? sum : (uint64_t)st.st_blocks * 512;
}

uint64_t bound_memory(uint64_t stored)
{
	uint64_t more = stored > SEGMENT_PA_MAX >> PER_BYTE ? SEGMENT_PA_MAX : stored << PER_BYTE;

	return more > SEGMENT_PA_MAX - BASE ? SEGMENT_PA_MAX : BASE + more;
}

static void flaw(struct elf_map *m, unsigned segment, const char *why)
{
	if (m->dropped++ == 0)
		str_fmt(m->why, sizeof(m->why), "segment %u: %s", segment, why);
}

/* False: nothing of G stays. */
static bool cut(struct elf_map *m, unsigned i, struct segment *g, uint64_t limit)
{
	if (g->pa == SEGMENT_ADDR_NONE || (g->pa < limit && g->memlen <= limit - g->pa))
		return true;
	flaw(m, i, "its memory lies farther than a file of this size can tell");
	if (g->pa >= limit)
		return false;
	g->memlen = limit - g->pa;
	g->len = g->len < g->memlen ? g->len : g->memlen;
	return true;
}

void bound_segments(struct elf_map *m, uint64_t stored, uint64_t size)
{
	uint64_t limit = bound_memory(stored), left = size > UINT64_MAX / TIMES ? UINT64_MAX : size * TIMES;
	uint64_t most = stored > UINT64_MAX >> (ZEROS_OF + 1) ? UINT64_MAX : ZEROS + (stored << ZEROS_OF);
	unsigned n = 0;

	left = left < most ? left : most;
	for (unsigned i = 0; i < m->nsegment; i++) {
		struct segment g = m->segment[i];

		if (!cut(m, i, &g, limit))
			continue;
		if (g.len > left) {
			flaw(m, i, "the file has fewer bytes than its segments claim");
			continue;
		}
		left -= g.len;
		m->segment[n++] = g;
	}
	m->nsegment = n;
}
