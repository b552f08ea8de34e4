/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: memory whose every byte is known, as a source, and every kind of dump of it.
 * What a reader gives for a page is right when it is the page, or when it says that the page is lost.
 */
#ifndef TESTS_HONEST_MEMORY_H
#define TESTS_HONEST_MEMORY_H

#include "fake_dump.h"

#include "base/clock.h"
#include "base/str.h"
#include "codec/codec.h"
#include "dump/dump.h"
#include "sink/sink_file.h"
#include "sink/sink_flat.h"
#include "sink/sink_stream.h"
#include "vmcore/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define HONEST_PFNS  700u
#define HONEST_PARTS 3u

/* How a dump is written; `parts` files when that is not 0. */
struct honest_how {
	const char *name;
	enum plan_format format;
	enum plan_codec codec;
	unsigned level;
	bool flat;
	unsigned parts;
};

/* A quarter of the pages are zeros, a quarter cannot be packed, the others are text. */
static inline void honest_page(uint64_t pfn, uint8_t *page)
{
	for (uint64_t i = 0; i < FAKE_PAGE; i++)
		switch (pfn % 4) {
		case 0: page[i] = 0; break;
		case 1: page[i] = fake_byte(pfn * FAKE_PAGE + i); break;
		default: page[i] = (uint8_t)("of page "[i % 8] + (i % 64 == pfn % 64) + (i % 97 == pfn / 64)); break;
		}
}

static inline int honest_read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	uint8_t page[FAKE_PAGE];

	(void)s, (void)e;
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || (pa + i) % FAKE_PAGE == 0)
			honest_page((pa + i) / FAKE_PAGE, page);
		((uint8_t *)buf)[i] = page[(pa + i) % FAKE_PAGE];
	}
	return 0;
}

static inline bool honest_where(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	(void)s, (void)pa, (void)off, (void)len;
	return false;
}

static inline int honest_no_map(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	(void)s, (void)off, (void)n, (void)ret;
	return err_set(e, -EOPNOTSUPP, "no file");
}

static inline int honest_no_va(struct source *s, uint64_t va, void *buf, size_t n, struct err *e)
{
	(void)s, (void)buf, (void)n;
	return err_set(e, -EFAULT, "0x%llx is nowhere", (unsigned long long)va);
}

static inline int honest_no_table(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e)
{
	(void)pa, (void)len;
	return honest_no_va(s, va, NULL, 0, e);
}

static const struct source_ops honest_ops = {
	.name = "honest",
	.read_pa = honest_read_pa,
	.read_va = honest_no_va,
	.map_file = honest_no_map,
	.read_notes = fake_read_notes,
	.where = honest_where,
	.held = fake_existed,
	.existed = fake_existed,
	.translate = honest_no_table,
};

/* Whether the machine has page PFN. */
static inline bool honest_has(uint64_t pfn)
{
	return (pfn >= 1 && pfn < 159) || (pfn >= 256 && pfn < HONEST_PFNS);
}

static inline void honest_machine(struct fake_machine *m)
{
	static const char text[] = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\nCRASHTIME=1700000000\n";
	const uint32_t head[] = { 11, sizeof(text) - 1, 0 };
	uint64_t notes = 24 + (sizeof(text) + 2) / 4 * 4;

	fake_machine(m, notes);
	m->s.ops = &honest_ops;
	memset(m->notes, 0, notes);
	memcpy(m->notes, head, sizeof(head));
	memcpy(m->notes + 12, "VMCOREINFO", 10);
	memcpy(m->notes + 24, text, sizeof(text) - 1);
	m->s.info.vmcoreinfo_at = 24;
	m->s.info.vmcoreinfo_len = sizeof(text) - 1;
	fake_memory(m, FAKE_PAGE, 0xffff888000001000ull, 158 * FAKE_PAGE);
	fake_memory(m, 256 * FAKE_PAGE, 0xffff888000100000ull, (HONEST_PFNS - 256) * FAKE_PAGE);
	/* The image, inside of the memory above. */
	fake_memory(m, 300 * FAKE_PAGE, 0xffffffff81000000ull, 40 * FAKE_PAGE);
}

/* Opens the sink for file NAME of directory DIR. *FD of a stream is to be closed. */
static inline struct sink *honest_sink(const char *dir, const char *name, bool flat, int *fd)
{
	struct sink *out = NULL;
	char path[300];

	*fd = -1;
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	(void)unlink(path);
	if (!flat)
		return sink_file_open(&out, dir, SINK_FILE_EXISTING, NULL) ? NULL : out;
	*fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (*fd < 0 || sink_stream_open(&out, *fd, name, NULL) || sink_flat_wrap(&out, NULL))
		abort();
	return out;
}

/* The name of file I of a dump: "NAME", of several "NAME.I". */
static inline const char *honest_name(char buf[64], const char *name, const struct honest_how *how, unsigned i)
{
	if (how->parts)
		snprintf(buf, 64, "%s.%u", name, i);
	else
		snprintf(buf, 64, "%s", name);
	return buf;
}

/*
 * Writes a dump of SRC as HOW says into DIR/NAME. What dump_run() gave, the first failure of several parts. ST is of
 * the last file but `incomplete`, `lost` and `unreadable`, which are of all.
 */
static inline int honest_dump(struct source *src, const char *dir, const char *name, const struct honest_how *how,
			      struct dump_stat *st)
{
	struct dump_stat all = { 0 };
	unsigned n = how->parts ? how->parts : 1;
	int rc = 0;

	for (unsigned i = 0; i < n; i++) {
		char file[64];
		int fd, this;
		struct sink *out = honest_sink(dir, honest_name(file, name, how, i), how->flat, &fd);
		struct dump_opts o = {
			.format = how->format,
			.codec = how->codec,
			.nlevel = 1,
			.level = { (uint8_t)how->level },
			.threads = 1,
			.deadline = DEADLINE_NEVER,
			.temp = file,
			.name = file,
			.split = how->parts != 0,
			.from = i * 192,
			.to = i + 1 == n ? src->info.max_pfn : (i + 1) * 192,
		};

		this = out ? dump_run(src, out, &o, st, NULL) : -EIO;
		all.lost += st->lost;
		all.unreadable += st->unreadable;
		all.incomplete |= st->incomplete;
		rc = rc ? rc : this;
		if (out)
			out->ops->free(out);
		if (fd >= 0)
			close(fd);
	}
	st->lost = all.lost;
	st->unreadable = all.unreadable;
	st->incomplete = all.incomplete;
	return rc;
}

/* Opens the dump DIR/NAME that honest_dump() wrote as HOW says. NULL with a sentence in E. */
static inline struct source *honest_open(const char *dir, const char *name, const struct honest_how *how,
					 struct err *e)
{
	const char *at[HONEST_PARTS];
	char path[HONEST_PARTS][400], file[64];
	struct source *s = NULL;

	for (unsigned i = 0; i < HONEST_PARTS; i++) {
		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, honest_name(file, name, how, i));
		at[i] = path[i];
	}
	*e = (struct err){ 0 };
	return source_open(&s, at, how->parts ? how->parts : 1, &codec_unpack, e) ? NULL : s;
}

/* What a dump says of the pages that the machine has, and what they are. */
struct honest_count {
	unsigned right;  /* held, and the page of the machine */
	unsigned wrong;  /* held, and another page */
	unsigned broken; /* held, but reading fails with a sentence */
	unsigned mute;   /* held, reading fails without a sentence */
	unsigned lost;
	unsigned absent; /* neither: left out, so it says, which no dump here has done */
};

static inline struct honest_count honest_judge(struct source *s)
{
	uint8_t held[HONEST_PFNS / 8 + 1], lost[sizeof(held)], page[FAKE_PAGE], want[FAKE_PAGE];
	struct honest_count c = { 0 };

	s->ops->held(s, 0, HONEST_PFNS, held);
	s->ops->lost(s, 0, HONEST_PFNS, lost);
	for (uint64_t p = 0; p < HONEST_PFNS; p++) {
		struct err e = { 0 };
		int rc;

		if (!honest_has(p))
			continue;
		if (!bit_get(held, p)) {
			c.lost += bit_get(lost, p);
			c.absent += !bit_get(lost, p);
			continue;
		}
		rc = s->ops->read_pa(s, p * FAKE_PAGE, page, sizeof(page), &e);
		honest_page(p, want);
		c.broken += rc != 0;
		c.mute += rc != 0 && !e.text[0];
		c.right += rc == 0 && memcmp(page, want, sizeof(page)) == 0;
		c.wrong += rc == 0 && memcmp(page, want, sizeof(page)) != 0;
	}
	return c;
}

#endif
