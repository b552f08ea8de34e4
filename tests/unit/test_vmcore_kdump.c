/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: kdump-compressed dumps: whole, split, incomplete, damaged, read by several threads.
 * The files are real and on disk; each is made by kdump_make.h and then changed byte by byte.
 */
#include "check.h"
#include "kdump_make.h"

#include "base/bytes.h"
#include "vmcore/source.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static char dir[] = "/tmp/test_kdump.XXXXXX";
static char path[4][64];

static void save(unsigned n, const void *f, size_t len)
{
	int fd = open(path[n], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0 && write(fd, f, len) == (ssize_t)len);
	close(fd);
}

static struct source *open_n(unsigned n, struct err *e)
{
	const char *const p[] = { path[0], path[1], path[2] };
	struct source *s = NULL;

	*e = (struct err){ 0 };
	if (source_open(&s, p, n, &codec_unpack, e) < 0)
		CHECK(s == NULL);
	return s;
}

/* Makes, saves and opens a file. */
static struct source *made(struct make m)
{
	struct err e;
	size_t len;
	uint8_t *f = make_file(&m, &len);
	struct source *s;

	save(0, f, len);
	free(f);
	s = open_n(1, &e);
	if (!s)
		fprintf(stderr, "%s\n", e.text);
	CHECK(s != NULL);
	return s;
}

/* Every page gives what was put in, or the right reason why not. */
static unsigned wrong_pages(struct source *s, uint64_t from, uint64_t to)
{
	uint8_t got[MAKE_BLOCK], want[MAKE_BLOCK];
	unsigned wrong = 0;

	for (uint64_t p = 0; p < MAKE_PFNS + 10; p++) {
		int rc = s->ops->read_pa(s, p * MAKE_BLOCK, got, MAKE_BLOCK, NULL);

		make_page(p, want);
		if (p < MAKE_FROM || p >= MAKE_TO)
			wrong += rc != -EFAULT;
		else if (!make_kept(p) || p < from || p >= to)
			wrong += rc != -ENODATA;
		else
			wrong += rc != 0 || memcmp(got, want, MAKE_BLOCK) != 0;
	}
	return wrong;
}

static bool bit(const uint8_t *bits, uint64_t n)
{
	return bits[n >> 3] >> (n & 7) & 1;
}

static unsigned wrong_bits(struct source *s, uint64_t from, uint64_t to)
{
	uint8_t held[MAKE_PFNS / 8 + 16], existed[sizeof(held)];
	unsigned wrong = 0;

	memset(held, 0xff, sizeof(held));
	memset(existed, 0xff, sizeof(existed));
	s->ops->held(s, 0, MAKE_PFNS + 50, held);
	s->ops->existed(s, 0, MAKE_PFNS + 50, existed);
	for (uint64_t p = 0; p < MAKE_PFNS + 50; p++) {
		wrong += bit(held, p) != (make_kept(p) && p >= from && p < to);
		wrong += bit(existed, p) != (p >= MAKE_FROM && p < MAKE_TO);
	}
	s->ops->held(s, 4992, 24, held);
	for (uint64_t p = 0; p < 24; p++)
		wrong += bit(held, p) != (make_kept(4992 + p) && 4992 + p >= from && 4992 + p < to);
	return wrong;
}

static void test_whole(void)
{
	struct source *s = made((struct make){ .version = 6, .status = PAGE_ZLIB });
	uint64_t two[2], unused;
	char text[sizeof(MAKE_TEXT)] = "";
	struct kdump_about about;
	struct err e = { 0 };

	if (!s)
		return;
	CHECK_INT(wrong_pages(s, 0, MAKE_PFNS), 0);
	CHECK_INT(wrong_bits(s, 0, MAKE_PFNS), 0);
	CHECK_INT(s->info.kind, SOURCE_KDUMP);
	CHECK_INT(s->info.machine, EM_X86_64);
	CHECK_INT(s->info.page_size, MAKE_BLOCK);
	CHECK_INT(s->info.crash_time, 1763714400);
	CHECK_INT(s->info.level, 31);
	CHECK_INT(s->info.phys_base, 0x1000000);
	CHECK_INT(s->info.max_pfn, MAKE_TO);
	CHECK_INT(s->info.ncpu, 2); /* as its header says */
	CHECK(!s->info.incomplete && !s->info.flattened);
	CHECK_INT(s->info.nsegment, 1);
	CHECK_INT(s->info.segment[0].pa, MAKE_FROM * MAKE_BLOCK);
	CHECK_INT(s->info.segment[0].memlen, (MAKE_TO - MAKE_FROM) * MAKE_BLOCK);
	CHECK_STR(s->info.uts.nodename, "made");
	CHECK_STR(s->info.osrelease, "6.1.0-made");
	CHECK_STR(s->info.vmcoreinfo, MAKE_TEXT);
	CHECK_INT(s->ops->read_notes(s, s->info.vmcoreinfo_at, text, sizeof(text) - 1, &e), 0);
	CHECK_STR(text, MAKE_TEXT);
	CHECK_INT(s->ops->read_notes(s, s->info.notes_len, text, 1, &e), -EINVAL);
	/* Across a page: 65 holds its number, 64 is zeros. */
	CHECK_INT(s->ops->read_pa(s, 65 * MAKE_BLOCK - 8, two, 16, &e), 0);
	CHECK(two[0] == 0 && two[1] == 65);
	CHECK_INT(s->ops->read_pa(s, 66 * MAKE_BLOCK - 8, two, 16, &e), -ENODATA);
	CHECK_STR(e.text, "kdump: page frame 66 was left out of the dump");
	CHECK_INT(s->ops->read_file(s, 0, two, 8, &e), -EOPNOTSUPP);
	CHECK(!s->ops->where(s, 65 * MAKE_BLOCK, &unused, &unused));
	kdump_about(s, &about);
	CHECK_INT(about.existed, MAKE_TO - MAKE_FROM);
	CHECK_INT(about.kept, 5989);
	CHECK_INT(about.stray, 0);
	s->ops->free(s);
}

static void test_versions(void)
{
	char text[sizeof(MAKE_TEXT)] = "";

	for (int v = 1; v <= 6; v++) {
		struct source *s = made((struct make){ .version = v });

		if (!s)
			continue;
		CHECK_INT(wrong_pages(s, 0, MAKE_PFNS), 0);
		CHECK_STR(s->info.vmcoreinfo, v >= 3 ? MAKE_TEXT : "");
		CHECK_INT(s->info.ncpu, 2);
		/* A note in every version: version 3 has the text alone. */
		CHECK_INT(s->info.notes_len != 0, v >= 3);
		if (v >= 3)
			CHECK_INT(s->ops->read_notes(s, s->info.vmcoreinfo_at, text, sizeof(text) - 1, NULL), 0);
		if (v >= 3)
			CHECK_STR(text, MAKE_TEXT);
		s->ops->free(s);
	}
}

static void test_one_bitmap(void)
{
	struct source *s = made((struct make){ .version = 6, .one_bitmap = true });
	uint8_t page[MAKE_BLOCK];

	if (!s)
		return;
	CHECK_INT(s->ops->read_pa(s, 65 * MAKE_BLOCK, page, MAKE_BLOCK, NULL), 0);
	CHECK_INT(get_u64(page), 65);
	CHECK_INT(s->ops->read_pa(s, 66 * MAKE_BLOCK, page, MAKE_BLOCK, NULL), -EFAULT);
	s->ops->free(s);
}

static const uint64_t cuts[] = { 0, 4160, 7001, MAKE_PFNS };

static void save_parts(const unsigned order[3])
{
	for (unsigned i = 0; i < 3; i++) {
		struct make m = { .version = 6, .split = true };
		size_t len;
		uint8_t *f;

		m.from = cuts[order[i]];
		m.to = cuts[order[i] + 1];
		f = make_file(&m, &len);
		save(i, f, len);
		free(f);
	}
}

static void test_split(void)
{
	const unsigned mixed[] = { 2, 0, 1 };
	uint8_t page[MAKE_BLOCK];
	struct source *s;
	struct err e;

	save_parts(mixed);
	s = open_n(3, &e);
	CHECK(s != NULL);
	if (s) {
		CHECK_INT(wrong_pages(s, 0, MAKE_PFNS), 0);
		CHECK_INT(wrong_bits(s, 0, MAKE_PFNS), 0);
		CHECK(!s->info.incomplete);
		s->ops->free(s);
	}
	/* The last and the first part. */
	s = open_n(2, &e);
	CHECK(s != NULL);
	if (s) {
		CHECK(s->info.incomplete);
		CHECK_INT(s->ops->read_pa(s, 65 * MAKE_BLOCK, page, MAKE_BLOCK, &e), 0);
		CHECK_INT(s->ops->read_pa(s, 5057 * MAKE_BLOCK, page, MAKE_BLOCK, &e), -ENODATA);
		CHECK_STR(e.text, "kdump: page frame 5057 is in a part of the dump that is missing");
		s->ops->free(s);
	}
	s = open_n(1, &e);
	CHECK(s != NULL);
	if (s) {
		CHECK_INT(wrong_pages(s, 7001, MAKE_PFNS), 0);
		CHECK_INT(wrong_bits(s, 7001, MAKE_PFNS), 0);
		s->ops->free(s);
	}
}

static void test_split_mismatch(void)
{
	const unsigned order[] = { 0, 1, 2 };
	struct make m = { .version = 6, .split = true, .from = 4160, .to = 7001 };
	struct source *s;
	struct err e;
	size_t len;
	uint8_t *f;

	save_parts(order);
	f = make_file(&m, &len);
	f[2 * MAKE_BLOCK + 500] ^= 2;
	save(1, f, len);
	CHECK(!open_n(2, &e));
	CHECK(strstr(e.text, " are parts of different dumps") != NULL);
	free(f);
	m.split = false;
	m.from = 0;
	f = make_file(&m, &len);
	save(1, f, len);
	CHECK(!open_n(2, &e));
	CHECK(strstr(e.text, " is no part of a split dump: give it alone") != NULL);
	/* Of three, the one that differs is named; a part that is given twice too. */
	save_parts(order);
	m = (struct make){ .version = 6, .split = true, .from = 4160, .to = 7001 };
	free(f);
	f = make_file(&m, &len);
	f[2 * MAKE_BLOCK + 500] ^= 2;
	save(0, f, len);
	CHECK(!open_n(3, &e));
	CHECK(strstr(e.text, path[0]) && strstr(e.text, " is a part of another dump than the other files"));
	f[2 * MAKE_BLOCK + 500] ^= 2;
	save(0, f, len);
	CHECK(!open_n(3, &e));
	CHECK(strstr(e.text, " are the same part: both have page frames 4160 to 7000") != NULL);
	CHECK(strstr(e.text, path[0]) && strstr(e.text, path[1]));
	free(f);
	s = NULL;
	CHECK_INT(source_open(&s, NULL, 0, &codec_unpack, &e), -EINVAL);
}

/* Changes N bytes at OFF of a sound file to V and reads page 65 of it. */
static int read_changed(struct make m, uint64_t off, uint64_t v, size_t n, struct err *e)
{
	uint8_t page[MAKE_BLOCK];
	struct source *s;
	size_t len;
	uint8_t *f = make_file(&m, &len);
	int rc;

	make_put(f + off, v, n);
	save(0, f, len);
	free(f);
	s = open_n(1, e);
	if (!s)
		return e->code;
	rc = s->ops->read_pa(s, 65 * MAKE_BLOCK, page, MAKE_BLOCK, e);
	s->ops->free(s);
	return rc;
}

/* Where the descriptor of page 65 is: the number of kept pages below it. */
#define DESC_65 (4 * MAKE_BLOCK + 32 * KDUMP_DESC)

static void test_damaged_pages(void)
{
	const struct make sound = { .version = 6 }, cut = { .version = 6, .status = KDUMP_INCOMPLETE };
	struct err e = { 0 };

	CHECK_INT(read_changed(sound, DESC_65 + 16, 7, 8, &e), 0);
	CHECK_INT(read_changed(sound, DESC_65, 0, 8, &e), -ENODATA);
	CHECK_STR(e.text, "kdump: page frame 65 was lost: the dump is incomplete");
	CHECK_INT(read_changed(sound, DESC_65, 1ull << 62, 8, &e), -ENODATA);
	CHECK_INT(read_changed(sound, DESC_65, MAKE_BLOCK, 8, &e), -EIO);
	CHECK_STR(e.text, "kdump: page frame 65: its descriptor is damaged: its data lies in the headers");
	CHECK_INT(read_changed(cut, DESC_65, 1ull << 62, 8, &e), -ENODATA);
	CHECK_INT(read_changed(sound, DESC_65, UINT64_MAX, 8, &e), -ENODATA);
	CHECK_INT(read_changed(sound, DESC_65 + 8, 4097, 4, &e), -EIO);
	CHECK_STR(e.text, "kdump: page frame 65: its descriptor is damaged: a size that no page has");
	CHECK_INT(read_changed(sound, DESC_65 + 8, 0, 4, &e), -EIO);
	CHECK_INT(read_changed(sound, DESC_65 + 12, 0x40, 4, &e), -EIO);
	CHECK_STR(e.text, "kdump: page frame 65: its descriptor is damaged: unknown way of packing");
	CHECK_INT(read_changed(sound, DESC_65 + 12, PAGE_ZLIB | PAGE_LZO, 4, &e), -EIO);
	CHECK_INT(read_changed(sound, DESC_65 + 12, 0, 4, &e), -EIO);
	CHECK_STR(e.text, "kdump: page frame 65: its descriptor is damaged: stored, but not a whole page");
	/* Page 65 is packed as LZO: as zlib it makes no sense. */
	CHECK_INT(read_changed(sound, DESC_65 + 12, PAGE_ZLIB, 4, &e), -EIO);
	CHECK(strstr(e.text, "bytes do not unpack") != NULL);
}

static void refused(uint64_t off, uint64_t v, size_t n, const char *sentence)
{
	struct err e;

	CHECK(read_changed((struct make){ .version = 6 }, off, v, n, &e) < 0);
	CHECK_STR(e.text, sentence);
}

/* A 32-bit machine has its block size at another place. */
static void test_32_bits(void)
{
	struct make m = { .version = 6 };
	struct kdump_head h;
	struct err e = { 0 };
	size_t len;
	uint8_t *f = make_file(&m, &len);

	make_put(f + 416, MAKE_BLOCK, 4);
	make_put(f + 428, 300, 4);
	CHECK_INT(kdump_main_parse(f, &h, &e), -EINVAL);
	CHECK_STR(e.text, "kdump header: the dump of a 32-bit machine is not supported");
	f[0] = 'k';
	CHECK_INT(kdump_main_parse(f, &h, &e), -EINVAL);
	CHECK_STR(e.text, "kdump header: no kdump-compressed file");
	free(f);
}

static void test_refusals(void)
{
	struct err e;

	refused(428, 0, 4, "vmcore: kdump header: pages of 0 bytes");
	refused(8, __builtin_bswap32(6), 4, "vmcore: kdump header: byte order of another kind of machine");
	refused(8, 7, 4, "vmcore: kdump header: version 7, the newest that is known is 6");
	refused(8, UINT32_MAX, 4, "vmcore: kdump header: version -1, the newest that is known is 6");
	refused(432, 0, 4, "vmcore: kdump header: a sub header of no length");
	refused(436, 0, 4, "vmcore: kdump header: bitmaps of no length");
	refused(436, UINT32_MAX, 4, "vmcore: kdump header: the file ends inside the bitmaps");
	refused(432, UINT32_MAX, 4, "vmcore: kdump header: the file ends inside the bitmaps");
	refused(MAKE_BLOCK + 96, 1 << 20, 8,
		"vmcore: kdump header: its bitmaps are for 65536 pages, it tells 1048576");
	refused(MAKE_BLOCK + 96, UINT64_MAX, 8, "vmcore: kdump header: 18446744073709551615 pages");
	/* Notes that lie outside are none. */
	CHECK_INT(read_changed((struct make){ .version = 6 }, MAKE_BLOCK + 48, UINT64_MAX - 4, 8, &e), 0);
	CHECK_INT(read_changed((struct make){ .version = 6, .split = true, .from = 8, .to = 9 }, MAKE_BLOCK + 88,
			       7, 8, &e),
		  -EINVAL);
	CHECK_STR(e.text, "vmcore: kdump header: part of pages 8 to 7 of a dump of 10007");
	save(0, "KDUMP   ", 8);
	CHECK(!open_n(1, &e));
	CHECK_STR(e.text, "vmcore: the file ends at 0x8");
	save(0, "DISKDUMP", 8);
	CHECK(!open_n(1, &e));
	CHECK(strstr(e.text, "a file of diskdump, which is not supported") != NULL);
}

static int count_page(void *arg, const struct kdump_page *p)
{
	unsigned *n = arg;

	n[p->state]++;
	return 0;
}

static void test_pages(void)
{
	struct make m = { .version = 6, .status = KDUMP_INCOMPLETE };
	unsigned n[4] = { 0 };
	uint8_t bits[16];
	struct source *s;
	struct err e;
	size_t len;
	uint8_t *f = make_file(&m, &len);

	memset(f + DESC_65, 0, 2 * KDUMP_DESC);
	make_put(f + DESC_65 + 2 * KDUMP_DESC + 8, 9999, 4);
	save(0, f, len);
	s = open_n(1, &e);
	free(f);
	CHECK(s != NULL);
	if (!s)
		return;
	CHECK_INT(kdump_pages(s, count_page, n, &e), 0);
	CHECK_INT(n[KDUMP_LOST], 2);
	CHECK_INT(n[KDUMP_DAMAGED], 1);
	CHECK_INT(n[KDUMP_HELD], 5986);
	CHECK_INT(n[KDUMP_AWAY], 0);
	/* 65 and 67 are lost, 68 is damaged. */
	s->ops->held(s, 64, 8, bits);
	CHECK_INT(bits[0], 0xc1);
	s->ops->free(s);
}

struct thread {
	pthread_t id;
	struct source *s;
	unsigned wrong;
};

static void *reading(void *arg)
{
	struct thread *t = arg;

	t->wrong = wrong_pages(t->s, 0, MAKE_PFNS);
	return NULL;
}

static void test_threads(void)
{
	struct source *s = made((struct make){ .version = 6 });
	struct thread t[8];

	if (!s)
		return;
	for (unsigned i = 0; i < 8; i++) {
		t[i].s = s;
		CHECK_INT(pthread_create(&t[i].id, NULL, reading, &t[i]), 0);
	}
	for (unsigned i = 0; i < 8; i++) {
		pthread_join(t[i].id, NULL);
		CHECK_INT(t[i].wrong, 0);
	}
	s->ops->free(s);
}

int main(void)
{
	if (!mkdtemp(dir))
		return 1;
	for (unsigned i = 0; i < 4; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%u", dir, i);
	test_whole();
	test_versions();
	test_one_bitmap();
	test_split();
	test_split_mismatch();
	test_damaged_pages();
	test_refusals();
	test_32_bits();
	test_pages();
	test_threads();
	for (unsigned i = 0; i < 4; i++)
		unlink(path[i]);
	rmdir(dir);
	return check_done();
}
