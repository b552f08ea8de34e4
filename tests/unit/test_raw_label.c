/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: the label of a raw partition, where dumps go on it, and the sink that writes them */
#include "check.h"

#include "base/crc32.h"
#include "base/flat.h"
#include "dump/raw_guard.h"
#include "sink/raw_dev.h"
#include "sink/raw_label.h"
#include "sink/sink_flat.h"
#include "sink/sink_raw.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#define MIB  ((uint64_t)1 << 20)
#define SIZE (256 * MIB)

static void test_bytes(void)
{
	struct raw_label l, back;
	uint8_t p[RAW_LABEL_SIZE];
	unsigned torn = 0;

	CHECK_INT(raw_label_init(&l, RAW_MIN - RAW_BLOCK, NULL), -ENOSPC);
	CHECK_INT(raw_label_init(&l, SIZE + 512, NULL), 0);
	CHECK_INT(l.size, SIZE);
	CHECK(l.notes < l.end && l.end <= raw_label_at(SIZE + 512, 1));
	CHECK(raw_dump_add(&l, "127.0.0.1-2026-11-21-18:00:00", 1763748000) != NULL);
	l.dump[0].part[RAW_VMCORE] = (struct raw_part){ RAW_COMPLETE, 7, 0, 5 * MIB + 1 };
	l.dump[0].part[RAW_LOG] = (struct raw_part){ RAW_COMPLETE, 8, l.notes, 4711 };
	memcpy(l.machine, "0123456789abcdef0123456789abcdef", 33);
	raw_label_fill(&l, p);
	CHECK_INT(raw_label_read(&back, p, SIZE), 0);
	CHECK_STR(back.dump[0].name, "127.0.0.1-2026-11-21-18:00:00");
	CHECK_INT(back.dump[0].part[RAW_VMCORE].len, 5 * MIB + 1);
	CHECK_STR(back.machine, l.machine);
	CHECK_INT(raw_label_read(&back, p, SIZE - RAW_BLOCK), -EINVAL);
	for (unsigned i = 0; i < RAW_LABEL_SIZE; i += 61) {
		p[i] ^= 0x10;
		torn += raw_label_read(&back, p, SIZE) == -EINVAL;
		p[i] ^= 0x10;
	}
	CHECK_INT(torn, (RAW_LABEL_SIZE + 60) / 61);
}

static void test_names(void)
{
	struct raw_label l;

	CHECK_INT(raw_label_init(&l, SIZE, NULL), 0);
	CHECK(raw_dump_add(&l, "", 0) == NULL);
	CHECK(raw_dump_add(&l, "../etc", 0) == NULL);
	CHECK(raw_dump_add(&l, "a/b", 0) == NULL);
	CHECK_STR(raw_dump_add(&l, "a", 0)->name, "a");
	CHECK_STR(raw_dump_add(&l, "a", 0)->name, "a.1");
	CHECK_INT(raw_dump_named(&l, "a.1")->seq, 2);
}

static struct raw_dump *put(struct raw_label *l, uint64_t off, uint64_t len, enum raw_state state)
{
	struct raw_dump *d = raw_dump_add(l, "x", 0);

	d->part[RAW_VMCORE] = (struct raw_part){ state, 0, off, len };
	return d;
}

static void test_place(void)
{
	struct raw_label l;
	struct raw_room r = { 0 };

	CHECK_INT(raw_label_init(&l, SIZE, NULL), 0);
	CHECK_INT(raw_place(&l, RAW_VMCORE, 1, &r), 0);
	CHECK(r.off == 0 && r.len == l.notes && r.gone == 0);
	put(&l, 0, 60 * MIB, RAW_COMPLETE);
	CHECK_INT(raw_place(&l, RAW_VMCORE, 2, &r), 0);
	CHECK(r.off == 60 * MIB && r.len == l.notes - 60 * MIB);
	put(&l, 60 * MIB, 60 * MIB, RAW_COMPLETE);
	put(&l, 120 * MIB, 60 * MIB, RAW_COMPLETE);
	/* what is left would do for one more */
	CHECK_INT(raw_place(&l, RAW_VMCORE, 4, &r), 0);
	CHECK(r.off == 180 * MIB && r.gone == 0);
	put(&l, 180 * MIB, l.notes - 180 * MIB, RAW_COMPLETE);
	/* full: those in the middle go, neither the first nor the last */
	CHECK_INT(raw_place(&l, RAW_VMCORE, 5, &r), 0);
	CHECK(r.off == 60 * MIB && r.len == 120 * MIB && r.gone == 6);
	/* one that was cut off goes before whole ones */
	l.dump[3].part[RAW_VMCORE].state = RAW_WRITING;
	CHECK_INT(raw_place(&l, RAW_VMCORE, 5, &r), 0);
	CHECK(r.off == 180 * MIB && r.gone == 8);
	l.dump[3].part[RAW_VMCORE].state = RAW_COMPLETE;
	/* what was recovered is free; byte 0 first */
	l.dump[0].part[RAW_VMCORE].state = RAW_RECOVERED;
	l.dump[2].part[RAW_VMCORE].state = RAW_RECOVERED;
	l.dump[2].part[RAW_VMCORE].len = 90 * MIB;
	put(&l, 210 * MIB, 1, RAW_COMPLETE);
	l.dump[0].part[RAW_VMCORE].len = 50 * MIB;
	l.dump[2].part[RAW_VMCORE].len = 50 * MIB;
	l.dump[1].part[RAW_VMCORE].len = 40 * MIB;
	l.dump[3].part[RAW_VMCORE].len = 30 * MIB;
	CHECK_INT(raw_place(&l, RAW_VMCORE, 6, &r), 0);
	CHECK(r.off == 0 && r.len == 60 * MIB && r.gone == 0);
}

static void test_two_fill_it(void)
{
	struct raw_label l;
	struct raw_room r = { 0 };

	CHECK_INT(raw_label_init(&l, SIZE, NULL), 0);
	put(&l, 0, 200 * MIB, RAW_COMPLETE);
	put(&l, 200 * MIB, 20 * MIB, RAW_COMPLETE);
	/* neither is given up for a third: it gets what is left */
	CHECK_INT(raw_place(&l, RAW_VMCORE, 3, &r), 0);
	CHECK(r.off == 220 * MIB && r.gone == 0);
	l.dump[1].part[RAW_VMCORE].len = l.notes - 200 * MIB;
	CHECK_INT(raw_place(&l, RAW_VMCORE, 3, &r), -ENOSPC);
	/* the log of the third has its own place */
	CHECK_INT(raw_place(&l, RAW_LOG, 3, &r), 0);
	CHECK(r.off == l.notes && r.off + r.len == l.end);
}

/* The checksum of the first MiB stays that of the dump at byte 0. */
static void test_behind_a_small_one(void)
{
	struct raw_label l;
	struct raw_room r = { 0 };

	CHECK_INT(raw_label_init(&l, SIZE, NULL), 0);
	put(&l, 0, 100, RAW_COMPLETE);
	CHECK_INT(raw_place(&l, RAW_VMCORE, 2, &r), 0);
	CHECK(r.off == RAW_HEAD && r.len == l.notes - RAW_HEAD);
}

/* The only whole dump stays when there is an entry that has a log alone. */
static void test_logs_fill_the_table(void)
{
	struct raw_label l;

	CHECK_INT(raw_label_init(&l, SIZE, NULL), 0);
	for (unsigned i = 0; i < RAW_DUMPS; i++) {
		struct raw_dump *d = put(&l, 0, 0, RAW_NONE);

		d->part[RAW_LOG] = (struct raw_part){ RAW_COMPLETE, 0, l.notes + i * RAW_BLOCK, 1 };
		if (i == 1)
			d->part[RAW_VMCORE] = (struct raw_part){ RAW_COMPLETE, 0, 0, MIB };
	}
	CHECK(raw_dump_add(&l, "new", 0) != NULL);
	CHECK_INT(l.dump[1].seq, 2);
	CHECK_INT(l.dump[2].seq, 4);
}

static void test_full_table(void)
{
	struct raw_label l;

	CHECK_INT(raw_label_init(&l, SIZE, NULL), 0);
	for (unsigned i = 0; i < RAW_DUMPS; i++)
		put(&l, i * MIB, MIB, RAW_COMPLETE);
	l.dump[9].part[RAW_VMCORE].state = RAW_RECOVERED;
	CHECK_INT(raw_dump_add(&l, "new", 0)->seq, RAW_DUMPS + 1);
	CHECK(raw_dump_find(&l, 10) == NULL);
	l.dump[RAW_DUMPS - 1].part[RAW_VMCORE].state = RAW_COMPLETE;
	CHECK(raw_dump_add(&l, "newer", 0) != NULL);
	CHECK(raw_dump_find(&l, 1) != NULL && raw_dump_find(&l, 2) == NULL);
}

/* ---- on a file ---- */

static char path[] = "/tmp/test_raw.XXXXXX";

static void blank_file(uint64_t size)
{
	int fd = open(path, O_RDWR | O_TRUNC | O_CLOEXEC);

	CHECK_INT(ftruncate(fd, (off_t)size), 0);
	close(fd);
}

static void scribble(uint64_t at, const void *p, size_t n)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	CHECK_INT(pwrite(fd, p, n, (off_t)at), (ssize_t)n);
	close(fd);
}

static int write_dump(const char *name, const char *file, uint64_t n, bool fresh, bool whole)
{
	struct raw_dev *d = NULL;
	struct sink *s = NULL;
	uint8_t block[5000];
	int rc = raw_guard_open(&d, path, NULL);

	memset(block, *name, sizeof(block));
	if (rc == 0)
		rc = sink_raw_open(&s, d, name, 42, fresh, NULL);
	if (rc)
		return rc;
	rc = s->ops->begin(s, "t", file, NULL);
	for (uint64_t at = 0; at < n && rc == 0; at += sizeof(block))
		rc = s->ops->write(s, at, block, sizeof(block), NULL);
	if (rc == 0 && whole)
		rc = s->ops->commit(s, n, NULL);
	s->ops->free(s);
	return rc;
}

static void test_sink(void)
{
	struct raw_dev *d = NULL;
	bool stream = true;
	uint32_t crc = 0;
	uint8_t byte;

	blank_file(64 * MIB);
	CHECK_INT(write_dump("one", "probe", 0, true, true), -EOPNOTSUPP);
	CHECK_INT(write_dump("one", "vmcore-dmesg.txt", 10000, true, true), 0);
	CHECK_INT(write_dump("one", "vmcore.flat", 5000 * 1000, false, true), 0);
	CHECK_INT(write_dump("none", "vmcore.flat", 5000, false, true), -ENOENT);
	/* the second one is cut off */
	CHECK_INT(write_dump("two", "vmcore.flat", 5000 * 1000, true, false), 0);
	CHECK_INT(raw_dev_open(&d, path, RAW_READ, NULL), 0);
	CHECK_INT(d->label.ndump, 2);
	CHECK_STR(d->label.dump[0].name, "one");
	CHECK_INT(d->label.dump[0].part[RAW_LOG].state, RAW_COMPLETE);
	CHECK_INT(d->label.dump[0].part[RAW_VMCORE].state, RAW_COMPLETE);
	CHECK_INT(d->label.dump[0].part[RAW_VMCORE].off, 0);
	CHECK_INT(d->label.dump[0].part[RAW_VMCORE].len, 5000 * 1000);
	CHECK_INT(d->label.dump[1].part[RAW_VMCORE].state, RAW_WRITING);
	for (unsigned i = 0; i < 1000; i++) {
		uint8_t block[5000];

		memset(block, 'o', sizeof(block));
		crc = crc32_add(crc, block, sizeof(block));
	}
	CHECK_INT(d->label.dump[0].part[RAW_VMCORE].crc, crc);
	CHECK_INT(raw_dev_read(d, 0, &byte, 1, NULL), 0);
	CHECK_INT(byte, 'o');
	CHECK_INT(raw_dev_stream(d, 0, &stream, NULL), 0);
	CHECK(!stream);
	raw_dev_free(d);
}

/* Each of the two labels may be torn: the other one is still there. */
static void test_torn(void)
{
	struct raw_dev *d = NULL;
	uint8_t junk[600];

	memset(junk, 0x5a, sizeof(junk));
	for (unsigned which = 0; which < 2; which++) {
		blank_file(64 * MIB);
		CHECK_INT(write_dump("one", "vmcore-dmesg.txt", 5000, true, true), 0);
		scribble(raw_label_at(64 * MIB, which) + 4000, junk, sizeof(junk));
		CHECK_INT(raw_dev_open(&d, path, RAW_READ, NULL), 0);
		CHECK(d->labelled);
		CHECK_INT(d->label.ndump, 1);
		raw_dev_free(d);
	}
	scribble(raw_label_at(64 * MIB, 0) + 4000, junk, sizeof(junk));
	CHECK_INT(raw_dev_open(&d, path, RAW_READ, NULL), 0);
	CHECK(!d->labelled);
	raw_dev_free(d);
	CHECK_INT(write_dump("two", "vmcore-dmesg.txt", 5000, true, true), -EMEDIUMTYPE);
}

static void test_guard(void)
{
	struct raw_dev *d = NULL, *other = NULL;

	blank_file(64 * MIB);
	scribble(100000, "x", 1);
	CHECK_INT(raw_guard_open(&d, path, NULL), -EMEDIUMTYPE);
	blank_file(64 * MIB);
	scribble(64 * MIB - 300000, "x", 1);
	CHECK_INT(raw_guard_open(&d, path, NULL), -EMEDIUMTYPE);
	blank_file(64 * MIB);
	CHECK_INT(raw_guard_open(&d, path, NULL), 0);
	CHECK_INT(raw_guard_open(&other, path, NULL), -EBUSY);
	raw_dev_free(d);
	/* a label survives a mkswap: that is not ours any more */
	CHECK_INT(write_dump("one", "vmcore.flat", 5000, true, true), 0);
	CHECK_INT(raw_guard_open(&d, path, NULL), 0);
	raw_dev_free(d);
	{
		uint8_t swap[RAW_BLOCK] = { 0 };

		swap[1024] = 1;
		swap[1029] = 0xff;
		memcpy(swap + RAW_BLOCK - 10, "SWAPSPACE2", 10);
		scribble(0, swap, sizeof(swap));
	}
	CHECK_INT(raw_guard_open(&d, path, NULL), -EMEDIUMTYPE);
}

static void test_full(void)
{
	blank_file(16 * MIB);
	CHECK_INT(write_dump("one", "vmcore.flat", 5000 * 2000, true, true), 0);
	CHECK_INT(write_dump("two", "vmcore.flat", 5000 * 2000, true, true), -ENOSPC);
	CHECK_INT(write_dump("two", "vmcore-dmesg.txt", 5000 * 20, false, true), 0);
}

/* A level of the list did not fit: the next one begins anew in the same room. */
static void test_anew(void)
{
	struct raw_dev *d = NULL;
	struct sink *s = NULL;
	uint8_t page[RAW_BLOCK], head[FLAT_RECORD];
	struct flat_record r;
	bool stream;

	blank_file(32 * MIB);
	CHECK_INT(raw_guard_open(&d, path, NULL), 0);
	CHECK_INT(sink_raw_open(&s, d, "one", 0, true, NULL), 0);
	CHECK_INT(sink_flat_wrap(&s, NULL), 0);
	CHECK_INT(s->ops->begin(s, "t", "vmcore.flat", NULL), 0);
	memset(page, 'a', sizeof(page));
	for (unsigned i = 0; i < 2000; i++)
		CHECK_INT(s->ops->write(s, i * sizeof(page), page, sizeof(page), NULL), 0);
	CHECK(s->ops->empty && s->ops->empty(s, NULL) == 0);
	memset(page, 'b', sizeof(page));
	for (unsigned i = 0; i < 300; i++)
		CHECK_INT(s->ops->write(s, i * sizeof(page), page, sizeof(page), NULL), 0);
	CHECK_INT(s->ops->commit(s, 300 * sizeof(page), NULL), 0);
	s->ops->free(s);
	CHECK_INT(raw_dev_open(&d, path, RAW_READ, NULL), 0);
	CHECK_INT(d->label.dump[0].part[RAW_VMCORE].state, RAW_COMPLETE);
	CHECK(d->label.dump[0].part[RAW_VMCORE].len < 310 * sizeof(page));
	CHECK(raw_dev_stream(d, 0, &stream, NULL) == 0 && stream);
	CHECK_INT(raw_dev_read(d, FLAT_HEAD, page, sizeof(page), NULL), 0);
	memcpy(head, page, sizeof(head));
	CHECK_INT(flat_record_get(head, &r), 1);
	CHECK(r.off == 0 && page[FLAT_RECORD] == 'b');
	raw_dev_free(d);
}

static void test_self(void)
{
	char line[80], sums[] = "/tmp/test_sums.XXXXXX", program[] = "/tmp/test_prog.XXXXXX";
	int fd = mkstemp(sums), prog = mkstemp(program);

	CHECK_INT(write(prog, "program", 7), 7);
	CHECK_INT(raw_guard_sum(program, line, sizeof(line), NULL), 0);
	CHECK_INT(write(fd, line, strlen(line)), (ssize_t)strlen(line));
	CHECK_INT(raw_guard_self(sums, program, NULL), 0);
	CHECK_INT(pwrite(prog, "m", 1, 6), 1);
	CHECK_INT(pwrite(prog, "n", 1, 6), 1);
	CHECK_INT(raw_guard_self(sums, program, NULL), -EBADMSG);
	CHECK_INT(unlink(sums), 0);
	CHECK_INT(raw_guard_self(sums, program, NULL), 1);
	unlink(program);
	close(fd);
	close(prog);
}

int main(void)
{
	int fd = mkstemp(path);

	test_bytes();
	test_names();
	test_place();
	test_two_fill_it();
	test_full_table();
	test_behind_a_small_one();
	test_logs_fill_the_table();
	test_sink();
	test_torn();
	test_guard();
	test_full();
	test_anew();
	test_self();
	close(fd);
	unlink(path);
	return check_done();
}
