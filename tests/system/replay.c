/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/system: a disk as a power failure leaves it, from the log of all writes that QEMU's blklogwrites made.
 * What a flush had covered is there; of every later write any part may be.
 *
 * Layout of the log: Linux, Documentation/admin-guide/device-mapper/log-writes.rst; all numbers little-endian.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOG_MAGIC 0x6a736677736872ULL

enum { LOG_FLUSH = 1,
       LOG_FUA = 2,
       LOG_DISCARD = 4,
       SECTOR = 512,
       CHUNK = 1 << 20 };

struct super {
	uint64_t magic, version, entries;
	uint32_t sector;
} __attribute__((packed));

struct entry {
	uint64_t sector, sectors, flags, len;
};

struct replay {
	int log, image;
	uint64_t entries; /* in the log */
	uint64_t random;
};

static void die(const char *what)
{
	fprintf(stderr, "replay: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void get(int fd, void *buf, size_t n, uint64_t at)
{
	errno = EIO;
	if (pread(fd, buf, n, (off_t)at) != (ssize_t)n)
		die("read");
}

static void open_log(struct replay *r, const char *path)
{
	struct super s;

	r->log = open(path, O_RDONLY | O_CLOEXEC);
	if (r->log < 0)
		die(path);
	get(r->log, &s, sizeof(s), 0);
	errno = EINVAL;
	if (le64toh(s.magic) != LOG_MAGIC || le32toh(s.sector) != SECTOR)
		die(path);
	r->entries = le64toh(s.entries);
}

/* Reads the entry at *AT, gives where its data lies, and moves *AT behind it. */
static uint64_t next(const struct replay *r, uint64_t *at, struct entry *e)
{
	uint64_t data = *at + SECTOR;

	get(r->log, e, sizeof(*e), *at);
	e->sector = le64toh(e->sector);
	e->sectors = le64toh(e->sectors);
	e->flags = le64toh(e->flags);
	*at = data + (e->flags & LOG_DISCARD ? 0 : e->sectors * SECTOR);
	return data;
}

/* The entry, at most END, behind the last flush: all before it is on the medium. */
static uint64_t durable(const struct replay *r, uint64_t end)
{
	struct entry e;
	uint64_t at = SECTOR, last = 0;

	for (uint64_t i = 0; i < end; i++) {
		next(r, &at, &e);
		if (e.flags & LOG_FLUSH)
			last = i + 1;
	}
	return last;
}

static uint64_t roll(struct replay *r)
{
	r->random ^= r->random << 13;
	r->random ^= r->random >> 7;
	r->random ^= r->random << 17;
	return r->random >> 8;
}

static void copy(const struct replay *r, uint64_t from, uint64_t to, uint64_t n)
{
	static char buf[CHUNK];

	while (n) {
		size_t part = n < sizeof(buf) ? (size_t)n : sizeof(buf);

		get(r->log, buf, part, from);
		if (pwrite(r->image, buf, part, (off_t)to) != (ssize_t)part)
			die("write");
		from += part;
		to += part;
		n -= part;
	}
}

/* All of the first END entries that are durable; of the others all, nothing, or a part that ends at a sector. */
static void apply(struct replay *r, uint64_t end)
{
	uint64_t at = SECTOR, safe = durable(r, end);
	struct entry e;

	for (uint64_t i = 0; i < end; i++) {
		uint64_t data = next(r, &at, &e), n = e.sectors;

		if (e.flags & LOG_DISCARD)
			continue; /* old bytes are as good as none */
		if (i >= safe && !(e.flags & LOG_FUA) && roll(r) % 2)
			n = roll(r) % 2 ? 0 : roll(r) % (n + 1);
		copy(r, data, e.sector * SECTOR, n * SECTOR);
	}
}

/*
 * replay LOG                    prints how many entries there are
 * replay LOG IMAGE END SEED     the power fails after entry END: IMAGE, the disk before the log, is changed so
 */
int main(int argc, char **argv)
{
	struct replay r = { 0 };

	if (argc != 2 && argc != 5) {
		fputs("usage: replay LOG [IMAGE END SEED]\n", stderr);
		return 2;
	}
	open_log(&r, argv[1]);
	if (argc == 2) {
		printf("%llu\n", (unsigned long long)r.entries);
		return 0;
	}
	r.image = open(argv[2], O_RDWR | O_CLOEXEC);
	if (r.image < 0)
		die(argv[2]);
	r.random = strtoull(argv[4], NULL, 0) * 2654435761ULL + 1;
	apply(&r, strtoull(argv[3], NULL, 0) < r.entries ? strtoull(argv[3], NULL, 0) : r.entries);
	return close(r.image) ? 1 : 0;
}
