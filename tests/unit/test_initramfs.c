/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the cpio writer and the reader of images.
 * What was written is read back; every cut and every flipped byte ends in entries or in a sentence.
 */
#include "format/gzip.h"
#include "format/initramfs.h"

#include "check.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

struct seen {
	unsigned entries, archives;
	size_t bytes;
	char names[256];
};

static void on_entry(void *arg, const struct newc_entry *in)
{
	struct seen *s = arg;
	size_t at = strlen(s->names);

	s->entries++;
	for (size_t i = 0; i < in->len; i++)
		s->bytes += ((const uint8_t *)in->data)[i] != 0;
	snprintf(s->names + at, sizeof(s->names) - at, "%s ", in->path);
}

static void on_archive(void *arg, const struct initramfs_archive *in)
{
	struct seen *s = arg;

	s->archives = in->nr;
}

static int walk(const uint8_t *buf, size_t n, struct seen *s, struct err *e)
{
	const struct initramfs_seer who = { .entry = on_entry, .archive = on_archive, .arg = s };

	*s = (struct seen){ 0 };
	*e = (struct err){ 0 };
	return initramfs_walk(buf, n, 1 << 20, &who, e);
}

static struct newc_writer sample(void)
{
	static const struct newc_entry in[] = {
		{ .path = "dev", .mode = S_IFDIR | 0755 },
		{ .path = "dev/null", .mode = S_IFCHR | 0666, .rmajor = 1, .rminor = 3 },
		{ .path = "file", .mode = S_IFREG | 0600, .data = "hello", .len = 5 },
		{ .path = "init", .mode = S_IFLNK | 0777, .data = "file", .len = 4 },
	};
	struct newc_writer w = { 0 };
	struct err e = { 0 };

	for (unsigned i = 0; i < 4; i++)
		CHECK_INT(newc_put(&w, &in[i], &e), 0);
	CHECK_INT(newc_end(&w, &e), 0);
	return w;
}

static void test_round_trip(void)
{
	struct newc_writer w = sample();
	struct newc_entry got;
	struct seen s;
	struct err e;
	size_t pos = 0;

	CHECK_INT(w.len % NEWC_PAD, 0);
	CHECK_INT(walk(w.buf, w.len, &s, &e), 0);
	CHECK_STR(s.names, "dev dev/null file init ");
	CHECK_INT(s.archives, 1);
	CHECK_INT(newc_next(w.buf, w.len, &pos, &got, &e), 1);
	CHECK_INT(newc_next(w.buf, w.len, &pos, &got, &e), 1);
	CHECK_INT(got.mode, S_IFCHR | 0666);
	CHECK(got.rmajor == 1 && got.rminor == 3);
	newc_free(&w);
}

/* A packed archive, zeros, a plain one. */
static void test_joined(void)
{
	struct newc_writer w = sample();
	uint8_t *packed, *both;
	struct seen s;
	struct err e = { 0 };
	size_t len;

	CHECK_INT(gzip_pack(w.buf, w.len, &packed, &len, &e), 0);
	both = calloc(1, len + 8 + w.len);
	memcpy(both, packed, len);
	memcpy(both + len + 8, w.buf, w.len);
	CHECK_INT(walk(both, len + 8 + w.len, &s, &e), 0);
	CHECK_INT(s.archives, 2);
	CHECK_INT(s.entries, 8);
	free(both);
	free(packed);
	newc_free(&w);
}

/* Exactly as long as the input, so that the sanitizer sees one byte too far. */
static int walk_copy(const uint8_t *buf, size_t n, size_t flip, struct err *e)
{
	uint8_t *copy = malloc(n ? n : 1);
	struct seen s;
	int rc;

	memcpy(copy, buf, n);
	if (flip < n)
		copy[flip] ^= 0x41;
	rc = walk(copy, n, &s, e);
	free(copy);
	return rc;
}

static void test_damage(void)
{
	struct newc_writer w = sample();
	uint8_t *packed;
	struct err e = { 0 };
	size_t len, text = w.len;
	unsigned mute = 0, whole = 0;

	CHECK_INT(gzip_pack(w.buf, w.len, &packed, &len, &e), 0);
	while (text && w.buf[text - 1] == 0)
		text--;
	for (size_t n = 0; n < text; n++)
		whole += walk_copy(w.buf, n, SIZE_MAX, &e) == 0;
	for (size_t n = 0; n < len; n++)
		whole += walk_copy(packed, n, SIZE_MAX, &e) == 0;
	CHECK_INT(whole, 0);
	for (size_t i = 0; i < text; i++)
		mute += walk_copy(w.buf, w.len, i, &e) < 0 && !e.text[0];
	for (size_t i = 0; i < len; i++)
		mute += walk_copy(packed, len, i, &e) < 0 && !e.text[0];
	CHECK_INT(mute, 0);
	free(packed);
	newc_free(&w);
}

static void test_limits(void)
{
	static uint8_t zeros[65536];
	char path[NEWC_PATH_MAX + 1];
	struct newc_entry in = { .path = path, .mode = S_IFREG | 0600 };
	struct newc_writer w = { 0 };
	struct gzip_out out;
	struct err e = { 0 };
	uint8_t *packed;
	size_t len;

	memset(path, 'a', NEWC_PATH_MAX);
	path[NEWC_PATH_MAX] = 0;
	CHECK_INT(newc_put(&w, &in, &e), -ENAMETOOLONG);
	CHECK_INT(w.ino, 0);
	path[NEWC_PATH_MAX - 1] = 0;
	CHECK_INT(newc_put(&w, &in, &e), 0);
	newc_free(&w);
	CHECK_INT(gzip_pack(zeros, sizeof(zeros), &packed, &len, &e), 0);
	CHECK_INT(gzip_unpack(packed, len, 65535, &out, &e), -EFBIG);
	CHECK_STR(e.text, "gzip: more than 65535 bytes when unpacked");
	CHECK_INT(gzip_unpack(packed, len, 65536, &out, &e), 0);
	CHECK(out.len == 65536 && out.used == len);
	free(out.buf);
	free(packed);
}

int main(void)
{
	test_round_trip();
	test_joined();
	test_damage();
	test_limits();
	return check_done();
}
