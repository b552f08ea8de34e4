/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: a disk whose power fails.
 * Bytes are in a file in memory. What was written since the last flush is known, so that a power failure can take back
 * all of it and put down again any of its sectors: none, all, the first, the last, any. After a failure nothing is
 * written and every call fails, until the disk is switched on again.
 */
#ifndef TESTS_FUZZ_POWER_DISK_H
#define TESTS_FUZZ_POWER_DISK_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DISK_SECTOR 512u
#define DISK_WRITES 4096u              /* between two flushes */
#define DISK_ROOM   ((size_t)32 << 20) /* their bytes, before and after */
#define DISK_PIECE  (64u << 10)
#define DISK_PIECES 256u

ssize_t __real_pwrite64(int fd, const void *buf, size_t n, off_t off);
ssize_t __real_pread64(int fd, void *buf, size_t n, off_t off);

struct disk_write {
	off_t at;
	size_t n;
	uint8_t *before, *after;
};

static struct disk {
	int fd;
	ino_t ino;
	off_t size;
	bool off;        /* no power */
	bool look_only;  /* a write is a fault of the program */
	unsigned left;   /* events until the power fails, 0: it does not */
	uint32_t chance; /* what a failure does to sectors */
	struct disk_write write[DISK_WRITES];
	unsigned nwrite;
	uint8_t *room; /* one for all: fresh memory for each takes longer than the rest */
	size_t used;
	bool dirty[DISK_PIECES];
	pthread_mutex_t lock;
} disk = { .fd = -1, .lock = PTHREAD_MUTEX_INITIALIZER };

static inline bool disk_is(int fd)
{
	struct stat st;

	return disk.fd >= 0 && fstat(fd, &st) == 0 && st.st_ino == disk.ino && S_ISREG(st.st_mode) &&
	       st.st_nlink == 0;
}

static inline void disk_forget(void)
{
	disk.nwrite = 0;
	disk.used = 0;
}

static inline uint8_t *disk_room(size_t n)
{
	uint8_t *ret = disk.room + disk.used;

	if (n > DISK_ROOM - disk.used)
		abort();
	disk.used += n;
	return ret;
}

static inline void disk_put(const uint8_t *from, size_t n, off_t at)
{
	for (off_t i = at / DISK_PIECE; i <= (at + (off_t)n - 1) / DISK_PIECE; i++)
		disk.dirty[i] = true;
	if (__real_pwrite64(disk.fd, from, n, at) != (ssize_t)n)
		abort();
}

/* An empty disk of SIZE bytes, the same each time. */
static inline void disk_new(off_t size)
{
	static const uint8_t none[DISK_PIECE];
	struct stat st;

	if (disk.fd < 0) {
		disk.fd = memfd_create("disk", MFD_CLOEXEC);
		disk.room = malloc(DISK_ROOM);
	}
	if (disk.fd < 0 || !disk.room || fstat(disk.fd, &st) || ftruncate(disk.fd, size) ||
	    size > (off_t)DISK_PIECES * DISK_PIECE)
		abort();
	for (unsigned i = 0; i < DISK_PIECES; i++) {
		if (disk.dirty[i] && __real_pwrite64(disk.fd, none, DISK_PIECE, (off_t)i * DISK_PIECE) < 0)
			abort();
		disk.dirty[i] = false;
	}
	disk_forget();
	disk.ino = st.st_ino;
	disk.size = size;
	disk.off = disk.look_only = false;
	disk.left = 0;
}

static inline uint32_t disk_chance(void)
{
	disk.chance = disk.chance * 1664525u + 1013904223u;
	return disk.chance >> 16;
}

/* Of write W those sectors that came to the medium. */
static inline void disk_tear(const struct disk_write *w)
{
	size_t all = w->n / DISK_SECTOR, cut = all ? disk_chance() % (all + 1) : 0;
	unsigned how = disk_chance() % 5;

	for (size_t i = 0; i < all; i++) {
		bool there = how == 1 || (how == 2 && i < cut) || (how == 3 && i >= cut) ||
			     (how == 4 && (disk_chance() & 1));

		if (there)
			disk_put(w->after + i * DISK_SECTOR, DISK_SECTOR, w->at + (off_t)(i * DISK_SECTOR));
	}
}

/* The power comes back after a failure: what is on the medium is what was flushed, and some of what was not. */
static inline void disk_again(void)
{
	if (disk.off) {
		for (unsigned i = disk.nwrite; i-- > 0;)
			disk_put(disk.write[i].before, disk.write[i].n, disk.write[i].at);
		for (unsigned i = 0; i < disk.nwrite; i++)
			disk_tear(&disk.write[i]);
		disk_forget();
	}
	disk.off = false;
	disk.left = 0;
}

/* Something happens to the disk; gives false when the power fails now or has failed. */
static inline bool disk_event(void)
{
	if (!disk.off && disk.left && --disk.left == 0)
		disk.off = true;
	return !disk.off;
}

static inline ssize_t disk_pwrite(const void *buf, size_t n, off_t off)
{
	struct disk_write *w;
	bool on;

	if (disk.look_only || off < 0 || off % DISK_SECTOR || n % DISK_SECTOR || off + (off_t)n > disk.size)
		abort(); /* not its place to write, or behind the end */
	pthread_mutex_lock(&disk.lock);
	if (!disk.off && disk.nwrite < DISK_WRITES) {
		w = &disk.write[disk.nwrite++];
		*w = (struct disk_write){ .at = off, .n = n, .before = disk_room(n), .after = disk_room(n) };
		if (__real_pread64(disk.fd, w->before, n, off) != (ssize_t)n)
			abort();
		memcpy(w->after, buf, n);
		disk_put(buf, n, off);
	}
	on = disk_event();
	pthread_mutex_unlock(&disk.lock);
	errno = EIO;
	return on ? (ssize_t)n : -1;
}

static inline int disk_flush(void)
{
	bool on;

	pthread_mutex_lock(&disk.lock);
	on = disk_event();
	if (on)
		disk_forget();
	pthread_mutex_unlock(&disk.lock);
	errno = EIO;
	return on ? 0 : -1;
}

#endif
