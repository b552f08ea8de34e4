/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: dumps made of pieces, flattened and split.
 * The input is a digit, '0' for a stream and '1' for two parts, and damage to them: pieces of OFFSET (3 bytes), COUNT
 * (1 byte, 1 to 8), bytes. COUNT 0: the stream or the second part ends at OFFSET. Whatever comes of it: a sentence and
 * a file that says it is incomplete, or a file that was committed and can be opened again. That one has no page
 * that the pieces do not give, forgets none that they lost, and is not complete where they are not.
 */
#include "base/bytes.h"
#include "dump/rebuild.h"
#include "vmcore/source.h"

#include "honest_pages.h"

#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#define HEAD_STATUS 424 /* of the file that comes out */
#define INCOMPLETE  8u
#define RECORD      30011u
#define RECORD_HEAD 16u /* offset and number of the bytes, big endian */
#define FILE_MAX    (1ull << 40)

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

/* One file of the input: sound bytes, and a descriptor that shows them damaged. */
struct piece {
	uint8_t *sound;
	size_t len;
	int fd;
	char path[32];
};

/* What comes out. */
struct mem_sink {
	struct sink s;
	int fd;
	unsigned begun, committed, abandoned;
	uint64_t size;
};

static struct piece stream, part[2];
static struct mem_sink out;

static int out_begin(struct sink *s, const char *temp, const char *name, struct err *e)
{
	(void)s, (void)temp, (void)name, (void)e;
	out.begun++;
	return ftruncate(out.fd, 0) == 0 ? 0 : -EIO;
}

static int out_empty(struct sink *s, struct err *e)
{
	(void)s, (void)e;
	return ftruncate(out.fd, 0) == 0 ? 0 : -EIO;
}

static int out_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	(void)s;
	if (!out.begun || out.committed || out.abandoned)
		abort();
	if (off > FILE_MAX || n > FILE_MAX - off || pwrite(out.fd, buf, n, (off_t)off) != (ssize_t)n)
		return err_set(e, -EFBIG, "too far");
	return 0;
}

static int out_commit(struct sink *s, uint64_t size, struct err *e)
{
	(void)s, (void)e;
	out.committed++;
	out.size = size;
	return ftruncate(out.fd, (off_t)size) == 0 ? 0 : -EIO;
}

static int out_abandon(struct sink *s, struct err *e)
{
	(void)s, (void)e;
	out.abandoned++;
	return 0;
}

static void out_free(struct sink *s)
{
	(void)s;
}

static const struct sink_ops out_ops = {
	.scheme = "memory",
	.caps = SINK_SEEK,
	.begin = out_begin,
	.empty = out_empty,
	.write = out_write,
	.commit = out_commit,
	.abandon = out_abandon,
	.free = out_free,
};

static void piece_open(struct piece *p)
{
	p->fd = memfd_create("piece", MFD_CLOEXEC);
	if (p->fd < 0 || pwrite(p->fd, p->sound, p->len, 0) != (ssize_t)p->len)
		abort();
	snprintf(p->path, sizeof(p->path), "/proc/self/fd/%d", p->fd);
}

static void record_head(uint8_t *p, uint64_t off, uint64_t len)
{
	put_u64(p, htobe64(off));
	put_u64(p + 8, htobe64(len));
}

/* The LEN bytes of FILE in records, the last ones first; offsets that a fuzzer finds soon. */
static void flatten(struct piece *p, const uint8_t *file, size_t len)
{
	uint8_t *to = calloc(1, FLAT_HEAD + len + (len / RECORD + 2) * RECORD_HEAD);

	if (!to)
		abort();
	p->sound = to;
	memcpy(to, "makedumpfile", 12);
	record_head(to + 16, 1, 1); /* type and version */
	to += FLAT_HEAD;
	for (size_t end = len; end > 0;) {
		size_t n = end < RECORD ? end : RECORD;

		end -= n;
		record_head(to, end, n);
		memcpy(to + RECORD_HEAD, file + end, n);
		to += RECORD_HEAD + n;
	}
	record_head(to, UINT64_MAX, UINT64_MAX);
	p->len = (size_t)(to + RECORD_HEAD - p->sound);
	piece_open(p);
}

static void start(void)
{
	static const uint64_t cut[] = { 0, 4033, MAKE_PFNS };
	struct make whole = { .version = 6 };
	size_t len;
	uint8_t *file = make_file(&whole, &len);

	flatten(&stream, file, len);
	free(file);
	for (unsigned i = 0; i < 2; i++) {
		struct make m = { .version = 6, .split = true, .from = cut[i], .to = cut[i + 1] };

		part[i].sound = make_file(&m, &part[i].len);
		piece_open(&part[i]);
	}
	out.s.ops = &out_ops;
	out.fd = memfd_create("out", MFD_CLOEXEC);
	if (out.fd < 0)
		abort();
}

/* The COUNT bytes at AT of all pieces behind each other: the damage D, or with UNDO what was there before. */
static void put(struct piece *p, unsigned n, size_t at, const uint8_t *d, size_t count, bool undo)
{
	while (n > 1 && at >= p->len) {
		at -= p->len;
		p++;
		n--;
	}
	at %= p->len;
	if (count > p->len - at)
		count = p->len - at;
	if (pwrite(p->fd, undo ? p->sound + at : d, count, (off_t)at) != (ssize_t)count)
		abort();
}

static void damage(struct piece *p, unsigned n, const uint8_t *d, size_t len, bool undo)
{
	struct piece *last = &p[n - 1];

	while (len >= 4) {
		size_t at = (size_t)(d[0] | d[1] << 8 | d[2] << 16), count = d[3] & 15;

		d += 4;
		len -= 4;
		count = count < 8 ? count : 8;
		count = count < len ? count : len;
		if (count)
			put(p, n, at, d, count, undo);
		else if (!undo && ftruncate(last->fd, (off_t)(at % last->len)))
			abort();
		d += count;
		len -= count;
	}
	if (undo && (ftruncate(last->fd, (off_t)last->len) ||
		     pwrite(last->fd, last->sound, last->len, 0) != (ssize_t)last->len))
		abort();
}

/* A file that broke off and has the beginning of a dump says that it is incomplete. */
static void judge_abandoned(void)
{
	uint8_t head[HEAD_STATUS + 4] = { 0 };

	if (pread(out.fd, head, sizeof(head), 0) < 0)
		abort();
	if (memcmp(head, KDUMP_SIGN, 8) == 0 && !(get_u32(head + HEAD_STATUS) & INCOMPLETE))
		abort();
}

/* True where the header of OUT says of all pages what only the damaged header of a part says of its own. */
static bool is_renamed(void)
{
	uint8_t word[4];

	if (pread(out.fd, word, sizeof(word), HEAD_STATUS) != (ssize_t)sizeof(word))
		abort();
	return ((get_u32(word) ^ get_u32(part[0].sound + HEAD_STATUS)) & ~INCOMPLETE) != 0;
}

/* What OUT, the file that was committed, says beside what the pieces say themselves. */
static void judge_made(struct source *made, bool split)
{
	const char *const paths[] = { split ? part[0].path : stream.path, part[1].path };
	struct source *s = NULL;

	if (source_open(&s, paths, split ? 2 : 1, &codec_unpack, NULL))
		abort();
	if (honest_small(s) && honest_small(made)) {
		/* -R copies what does not unpack: rebuild_look() finds it, as page_look() does in the stream. */
		uint64_t bad = honest_bad(s);

		if (!split && honest_bad(made) != bad)
			abort();
		if (split && !is_renamed() && honest_bad(made))
			abort();
		honest_made(s, split ? bad : 0, made);
	}
	s->ops->free(s);
}

/* What reassemble_run() committed is a dump, however damaged the parts were. */
static void judge_committed(const struct rebuild_stat *st, bool split)
{
	char path[32];
	const char *const paths[] = { path };
	struct source *s = NULL;
	struct err e = { 0 };

	if (out.size != st->size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", out.fd);
	if (source_open(&s, paths, 1, &codec_unpack, &e)) {
		if (split || !e.text[0])
			abort();
		return;
	}
	if (split && (s->info.kind != SOURCE_KDUMP || s->info.incomplete != st->incomplete))
		abort();
	judge_made(s, split);
	s->ops->free(s);
}

static int run(bool split, struct rebuild_stat *st, struct err *e)
{
	const char *const paths[] = { part[0].path, part[1].path };

	if (split)
		return reassemble_run(paths, 2, &out.s, "vmcore", st, e);
	if (lseek(stream.fd, 0, SEEK_SET))
		abort();
	return rebuild_run(stream.fd, &out.s, "vmcore-incomplete", "vmcore", st, e);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct rebuild_stat st;
	struct err e = { 0 };
	bool split;
	int rc;

	if (n == 0)
		return 0;
	if (!stream.sound)
		start();
	split = d[0] & 1;
	damage(split ? part : &stream, split ? 2 : 1, d + 1, n - 1, false);
	out.begun = out.committed = out.abandoned = 0;
	rc = run(split, &st, &e);
	if (out.begun > 1 || out.begun != out.committed + out.abandoned || (rc == 0) != out.committed)
		abort();
	if (rc < 0 && !e.text[0])
		abort();
	if (out.abandoned)
		judge_abandoned();
	if (out.committed)
		judge_committed(&st, split);
	damage(split ? part : &stream, split ? 2 : 1, d + 1, n - 1, true);
	return 0;
}
