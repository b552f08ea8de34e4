/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: flattened streams.
 * A kdump-compressed file is cut into records in every order and read back; hostile records are told apart.
 */
#include "check.h"
#include "kdump_make.h"

#include "vmcore/flat.h"
#include "vmcore/source.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static char path[] = "/tmp/test_flat.XXXXXX";

struct stream {
	uint8_t *buf;
	size_t n;
};

static void put_be(struct stream *s, uint64_t v)
{
	v = htobe64(v);
	memcpy(s->buf + s->n, &v, 8);
	s->n += 8;
}

static void begin(struct stream *s, size_t room)
{
	s->buf = calloc(1, room + FLAT_HEAD);
	if (!s->buf)
		exit(1);
	memcpy(s->buf, "makedumpfile", 12);
	s->n = 16;
	put_be(s, 1);
	put_be(s, 1);
	s->n = FLAT_HEAD;
}

static void record(struct stream *s, uint64_t off, const void *p, uint64_t n)
{
	put_be(s, off);
	put_be(s, n);
	memcpy(s->buf + s->n, p, n);
	s->n += n;
}

static void end(struct stream *s)
{
	put_be(s, UINT64_MAX);
	put_be(s, UINT64_MAX);
}

static int read_mem(void *arg, uint64_t off, void *buf, size_t n)
{
	const struct stream *s = arg;

	CHECK(off <= s->n && n <= s->n - off);
	memcpy(buf, s->buf + off, n);
	return 0;
}

static void scan(struct stream *s, struct flat *f)
{
	CHECK(flat_is(s->buf));
	CHECK_INT(flat_scan(f, read_mem, s, s->n, NULL), 0);
}

static char byte_at(const struct stream *s, const struct flat *f, uint64_t off)
{
	uint64_t at, len;
	int rc = flat_find(f, off, &at, &len);

	CHECK(len > 0);
	return rc == 1 ? (char)s->buf[at] : rc == 0 ? '.'
						    : '!';
}

static void reads(const struct stream *s, const struct flat *f, const char *want)
{
	char got[64] = "";

	for (uint64_t i = 0; i < f->size; i++)
		got[i] = byte_at(s, f, i);
	CHECK_STR(got, want);
}

static void test_records(void)
{
	struct stream s;
	struct flat f;
	uint64_t at, len;

	begin(&s, 1000);
	record(&s, 10, "KLM", 3);
	record(&s, 0, "ABCD", 4);
	record(&s, 13, "N", 1);
	end(&s);
	scan(&s, &f);
	CHECK_INT(f.size, 14);
	CHECK(!f.cut);
	reads(&s, &f, "ABCD......KLMN");
	CHECK(flat_find(&f, 4, &at, &len) == 0 && len == 6);
	CHECK(flat_find(&f, 11, &at, &len) == 1 && len == 2);
	CHECK(flat_find(&f, 14, &at, &len) == 0 && len == UINT64_MAX);
	flat_free(&f);
	/* What comes later is written over what was there. */
	s.n -= 16;
	record(&s, 2, "xyz", 3);
	record(&s, 11, "u", 1);
	record(&s, 0, "01", 2);
	end(&s);
	scan(&s, &f);
	reads(&s, &f, "01xyz.....KuMN");
	flat_free(&f);
	free(s.buf);
}

static void test_cut(void)
{
	struct stream s;
	struct flat f;

	begin(&s, 1000);
	record(&s, 0, "ABCD", 4);
	scan(&s, &f);
	CHECK(f.cut && f.size == 4);
	flat_free(&f);
	record(&s, 8, "IJKL", 4);
	s.n -= 2;
	scan(&s, &f);
	CHECK(f.cut);
	reads(&s, &f, "ABCD....IJ");
	flat_free(&f);
	s.n -= 2;
	scan(&s, &f);
	CHECK(f.cut && f.size == 4);
	flat_free(&f);
	/* No size, a size or an offset that cannot be: the stream ends there. */
	for (unsigned i = 0; i < 4; i++) {
		static const uint64_t bad[4][2] = { { 8, 0 }, { 8, 1ull << 63 }, { UINT64_MAX, 4 }, { 1ull << 62, 1 } };

		s.n = FLAT_HEAD + 20;
		put_be(&s, bad[i][0]);
		put_be(&s, bad[i][1]);
		memset(s.buf + s.n, 0, 64);
		s.n += 64;
		scan(&s, &f);
		CHECK(f.cut && f.size == 4 && f.n == 1);
		flat_free(&f);
	}
	s.buf[31] = 2;
	CHECK(!flat_is(s.buf));
	free(s.buf);
}

/* So many records over one byte that nobody means it. */
static void test_deep(void)
{
	struct stream s;
	struct flat f;
	uint64_t at, len;
	char text[200];

	memset(text, 'x', sizeof(text));
	begin(&s, 100000);
	for (unsigned i = 0; i < 100; i++)
		record(&s, i, text, 200 - i);
	end(&s);
	scan(&s, &f);
	CHECK_INT(flat_find(&f, 150, &at, &len), -EINVAL);
	CHECK_INT(flat_find(&f, 20, &at, &len), 1);
	flat_free(&f);
	free(s.buf);
}

/* A dump in N records, every STEP-th one after the other. */
static void test_dump(unsigned n, unsigned step, size_t lose)
{
	struct make m = { .version = 6 };
	uint8_t want[MAKE_BLOCK], got[MAKE_BLOCK];
	const char *const paths[] = { path };
	struct source *src = NULL;
	struct err e = { 0 };
	struct stream s;
	size_t len, part;
	uint8_t *f = make_file(&m, &len);
	int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
	unsigned wrong = 0;

	part = len / n + 1;
	begin(&s, len + 16 * (n + 1));
	for (unsigned k = 0, i = 0; k < n; k++, i = (i + step) % n)
		if (i * part < len)
			record(&s, i * part, f + i * part, len - i * part < part ? len - i * part : part);
	end(&s);
	free(f);
	CHECK_INT(write(fd, s.buf, s.n - lose), s.n - lose);
	close(fd);
	free(s.buf);
	CHECK_INT(source_open(&src, paths, 1, &codec_unpack, &e), 0);
	CHECK_STR(e.text, "");
	if (!src)
		return;
	CHECK(src->info.flattened);
	CHECK_INT(src->info.incomplete, lose > 0);
	for (uint64_t p = 0; p < MAKE_PFNS; p++) {
		int rc = src->ops->read_pa(src, p * MAKE_BLOCK, got, MAKE_BLOCK, &e);

		make_page(p, want);
		if (lose)
			wrong += rc != -EFAULT && rc != -ENODATA && (rc || memcmp(got, want, MAKE_BLOCK) != 0);
		else if (make_kept(p))
			wrong += rc != 0 || memcmp(got, want, MAKE_BLOCK) != 0;
	}
	CHECK_INT(wrong, 0);
	src->ops->free(src);
}

int main(void)
{
	int fd = mkstemp(path);

	if (fd < 0)
		return 1;
	close(fd);
	test_records();
	test_cut();
	test_deep();
	test_dump(1, 1, 0);
	test_dump(257, 1, 0);
	test_dump(257, 100, 0);
	test_dump(1009, 1008, 0);
	test_dump(257, 1, 16);
	test_dump(257, 1, 20000);
	unlink(path);
	return check_done();
}
