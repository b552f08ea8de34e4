/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: kdump-compressed dumps.
 * The input damages a sound file: pieces of OFFSET (3 bytes), COUNT (1 byte, 1 to 8), bytes. Whatever the headers,
 * bitmaps, descriptors and packed pages say: a sentence, or pages that are given or refused one by one. A dump that is
 * called complete has every page that its bitmaps name; what is converted from it says of no page more than it does.
 */
#include "../unit/fake_dump.h"

#include "base/clock.h"
#include "dump/dump.h"
#include "vmcore/source.h"

#include "honest_pages.h"

#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

#define ROOM (48u << 20) /* all of them, stored */

static uint8_t *sound;
static size_t sound_len;
static int fd = -1;
static char path[32];

static void start(void)
{
	struct make m = { .version = 6 };

	sound = make_file(&m, &sound_len);
	fd = memfd_create("kdump", MFD_CLOEXEC);
	if (fd < 0 || pwrite(fd, sound, sound_len, 0) != (ssize_t)sound_len)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
}

/* Writes the pieces of the input, or with UNDO what was there before. */
static void damage(const uint8_t *d, size_t n, int undo)
{
	while (n >= 5) {
		size_t at = (size_t)(d[0] | d[1] << 8 | d[2] << 16) % sound_len, count = (d[3] & 7) + 1u;

		d += 4;
		n -= 4;
		if (count > n)
			count = n;
		if (count > sound_len - at)
			count = sound_len - at;
		if (pwrite(fd, undo ? sound + at : d, count, (off_t)at) != (ssize_t)count)
			abort();
		d += count;
		n -= count;
	}
}

static int page(void *arg, const struct kdump_page *p)
{
	unsigned *n = arg;

	if (p->state == KDUMP_DAMAGED && !p->why)
		abort();
	return ++*n == 300 ? 1 : 0;
}

static void read_pages(struct source *s)
{
	static const uint64_t pfn[] = { 0, 16, 17, 65, 66, 67, 129, 193, 257, 321, 4095, 4097, 8257, 9000, 10006 };
	uint8_t buf[MAKE_BLOCK];
	unsigned n = 0;

	for (size_t i = 0; i < sizeof(pfn) / sizeof(pfn[0]); i++) {
		struct err e = { 0 };
		int rc = s->ops->read_pa(s, pfn[i] * s->info.page_size, buf, sizeof(buf), &e);

		if (rc < 0 && (!e.text[0] || (rc != -EFAULT && rc != -ENODATA && rc != -EIO)))
			abort();
	}
	honest_bits(s);
	if (kdump_pages(s, page, &n, NULL) < 0)
		abort();
}

/* Converts S, as FORMAT, into memory and looks at what that is. */
static void convert(struct source *s, enum plan_format format)
{
	struct disk *d = disk_new(SINK_SEEK, UINT64_MAX, ROOM);
	const struct dump_opts o = {
		.format = format,
		.codec = CODEC_LZO,
		.nlevel = 1,
		.threads = 1,
		.deadline = DEADLINE_NEVER,
		.temp = "dump",
		.name = "dump",
	};
	int to = memfd_create("out", MFD_CLOEXEC);
	struct dump_stat st;
	struct source *out = NULL;

	if (to >= 0 && dump_run(s, &d->s, &o, &st, NULL) == 0) {
		if (write(to, d->data, d->size) != (ssize_t)d->size || source_from(&out, to, "o", &codec_unpack, NULL))
			abort();
		to = -1;
		if ((s->info.incomplete || st.unreadable) && !st.incomplete)
			abort();
		if (out->info.lost < st.lost + st.unreadable || honest_bad(out))
			abort();
		honest_made(s, honest_bad(s), out);
		out->ops->free(out);
	}
	if (to >= 0)
		close(to);
	d->s.ops->free(&d->s);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	const char *const paths[] = { path };
	struct source *s = NULL;
	struct err e = { 0 };
	int rc;

	if (!sound)
		start();
	damage(d, n, 0);
	rc = source_open(&s, paths, 1, &codec_unpack, &e);
	if (rc < 0 && !e.text[0])
		abort();
	if (rc == 0 && s->info.kind == SOURCE_KDUMP)
		read_pages(s);
	if (rc == 0 && honest_small(s) && n && d[n - 1] % 64 < 2)
		convert(s, d[n - 1] % 2 ? FORMAT_ELF : FORMAT_KDUMP);
	if (rc == 0)
		s->ops->free(s);
	damage(d, n, 1);
	return 0;
}
