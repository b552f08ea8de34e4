/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: a raw partition over several crashes, each of which may end in a power failure.
 * The input is a list of operations of three bytes: what, how large, and at which write or flush the power fails (0: it
 * does not). They are the real ones: a dump is put as a capture does, savecore recovers into a directory, which itself
 * loses nothing. Promises, looked at after every operation, with the partition opened anew: a dump that was durable
 * waits there or lies in the directory, unaltered; only what must make room is given up, never the first nor the last
 * whole one; nothing that was cut off is called vmcore; no dump is recovered twice; nothing is written outside; and the
 * partition goes on taking dumps.
 * wrap: pwrite64 pread64 fdatasync fsync clock_gettime pthread_create posix_memalign free
 */
#include "input.h"
#include "large_pool.h"
#include "power_disk.h"

#include "base/str.h"
#include "dump/raw_guard.h"
#include "host/savecore.h"
#include "sink/sink_flat.h"
#include "sink/sink_raw.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <time.h>

#define DISK_SIZE  ((off_t)8 << 20)
#define OPERATIONS 6u
#define DUMPS      (OPERATIONS + 2)
#define CHUNK      (64u << 10)
#define TICK_US    150000 /* what each look at the clock takes: notes of progress come often */
#define LOG        "log of a crash\n"
#define MANY_NAME  "many"

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

/* One dump that was put. */
struct dump {
	char name[RAW_NAME];
	size_t size;
	bool ends;    /* it was to become whole */
	bool durable; /* the sink said so */
	bool may_go;  /* whole ones lie on both sides of it: it may make room */
	bool saved;   /* its file was compared */
};

static struct {
	const uint8_t *p;
	size_t n;
	int64_t now_us;
	struct dump dump[DUMPS];
	unsigned ndump;
	bool labelled;
	bool puts;
	unsigned threads; /* that were begun for the file that is put */
	char dev[64], dir[64];
	uint8_t bytes[CHUNK], back[CHUNK];
} at;

static uint8_t byte(void)
{
	return input_byte(&at.p, &at.n);
}

/* ---- in place of the C library ---- */

int __real_clock_gettime(clockid_t c, struct timespec *t);
int __real_fsync(int fd);
int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *arg);
ssize_t __wrap_pwrite64(int fd, const void *buf, size_t n, off_t off);
ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t off);
int __wrap_fdatasync(int fd);
int __wrap_fsync(int fd);
int __wrap_clock_gettime(clockid_t c, struct timespec *t);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *arg);

ssize_t __wrap_pwrite64(int fd, const void *buf, size_t n, off_t off)
{
	return disk_is(fd) ? disk_pwrite(buf, n, off) : __real_pwrite64(fd, buf, n, off);
}

ssize_t __wrap_pread64(int fd, void *buf, size_t n, off_t off)
{
	if (disk.off && disk_is(fd)) {
		errno = EIO;
		return -1;
	}
	return __real_pread64(fd, buf, n, off);
}

int __wrap_fdatasync(int fd)
{
	return disk_is(fd) ? disk_flush() : 0;
}

int __wrap_fsync(int fd)
{
	return disk_is(fd) ? disk_flush() : 0;
}

int __wrap_clock_gettime(clockid_t c, struct timespec *t)
{
	(void)c;
	at.now_us += TICK_US;
	*t = (struct timespec){ .tv_sec = at.now_us / 1000000, .tv_nsec = at.now_us % 1000000 * 1000 };
	return 0;
}

/* A sink writes with one thread alone: the same writes in the same order each time. */
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*f)(void *), void *arg)
{
	return at.puts && at.threads++ ? EAGAIN : __real_pthread_create(t, a, f, arg);
}

/* ---- what is in a dump ---- */

/* Its bytes from FROM on, a whole number of pieces: noise, and in each piece whose it is. */
static void fill(const struct dump *d, size_t from, uint8_t to[CHUNK])
{
	static uint8_t noise[CHUNK];
	uint32_t v = 1;

	for (size_t i = 0; !noise[0] && i < CHUNK; i++) {
		v = v * 1664525u + 1013904223u;
		noise[CHUNK - 1 - i] = (uint8_t)(v >> 24 | 1);
	}
	memcpy(to, noise, CHUNK);
	to[1] = (uint8_t)(d - at.dump + 1);
	to[2] = (uint8_t)(from / CHUNK);
}

static struct dump *dump_named(const char *name)
{
	for (unsigned i = 0; i < at.ndump; i++)
		if (strcmp(at.dump[i].name, name) == 0)
			return &at.dump[i];
	return NULL;
}

/* ---- the operations ---- */

static int put_log(struct sink *out, struct err *e)
{
	int rc = out->ops->begin(out, "x", "vmcore-dmesg.txt", e);

	if (rc == 0)
		rc = out->ops->write(out, 0, LOG, sizeof(LOG) - 1, e);
	return rc ? rc : out->ops->commit(out, sizeof(LOG) - 1, e);
}

static int write_bytes(struct sink *out, const struct dump *d, size_t size, struct err *e)
{
	int rc = 0;

	for (size_t off = 0; off < size && rc == 0; off += CHUNK) {
		size_t n = size - off < CHUNK ? size - off : CHUNK;

		fill(d, off, at.bytes);
		rc = out->ops->write(out, off, at.bytes, n, e);
	}
	return rc;
}

enum end { WHOLE,
	   CUT,
	   ANEW };

static int put_vmcore(struct sink *out, struct dump *d, enum end end, struct err *e)
{
	int rc = out->ops->begin(out, "vmcore-incomplete", "vmcore.flat", e);

	if (rc == 0 && end == ANEW) {
		rc = write_bytes(out, d, d->size / 2 + 1, e);
		if (rc == 0)
			rc = out->ops->empty(out, e);
	}
	if (rc == 0)
		rc = write_bytes(out, d, end == CUT ? d->size / 2 + 1 : d->size, e);
	if (rc == 0 && end != CUT)
		return out->ops->commit(out, d->size, e);
	(void)!out->ops->abandon(out, NULL);
	return rc ? rc : -ECANCELED;
}

/* As a capture does. Gives what came of it. */
static int put_dump(struct dump *d, enum end end, struct err *e)
{
	struct raw_dev *dev = NULL;
	struct sink *out = NULL;
	int rc = raw_guard_open(&dev, at.dev, e);

	if (rc)
		return rc;
	rc = sink_raw_open(&out, dev, d->name, 1, true, e);
	if (rc)
		return rc;
	at.puts = true;
	at.threads = 0;
	rc = put_log(out, e);
	if (rc == 0)
		rc = sink_flat_wrap(&out, e);
	at.threads = 0;
	if (rc == 0)
		rc = put_vmcore(out, d, end, e);
	out->ops->free(out);
	at.puts = false;
	return rc;
}

/* Entries without a dump, until the table is full and more. */
static int put_many(unsigned n, struct err *e)
{
	struct raw_dev *dev = NULL;
	int rc = raw_guard_open(&dev, at.dev, e);

	for (unsigned i = 0; i < n && rc == 0 && dev->labelled; i++) {
		struct raw_dump *d = raw_dump_add(&dev->label, MANY_NAME, 1);

		if (d)
			d->part[RAW_LOG] = (struct raw_part){ .state = RAW_WRITING, .off = dev->label.notes };
	}
	if (rc == 0 && dev->labelled)
		rc = raw_dev_store(dev, e);
	raw_dev_free(dev);
	return rc;
}

static void hear(void *arg, enum host_say kind, const char *text)
{
	(void)arg;
	(void)kind;
	if (strstr(text, "another program"))
		abort(); /* there is none here */
}

static int recover(struct err *e)
{
	struct host host = { .root = "", .say = hear };
	struct savecore s = { .host = &host, .dir = at.dir };
	struct savecore_stat st = { 0 };

	return savecore_device(&s, at.dev, true, &st, e);
}

/* As `crashbox raw prepare`. */
static int prepare(struct err *e)
{
	struct raw_dev *d = NULL;
	int rc = raw_guard_open(&d, at.dev, e);

	if (rc == 0 && !d->labelled) {
		rc = raw_dev_label(d, e);
		if (rc == 0)
			rc = raw_dev_know_head(d, e);
		if (rc == 0)
			rc = raw_dev_store_both(d, e);
	}
	raw_dev_free(d);
	return rc;
}

/* ---- the promises ---- */

/* The file of dump D: 1 all of it, 0 none, else there is something else. */
static int saved(struct dump *d)
{
	char path[512];
	int fd, same = 1;
	struct stat st;

	if (d->saved)
		return 1;
	(void)str_fmt(path, sizeof(path), "%s/%s/vmcore", at.dir, d->name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	if (fstat(fd, &st) || (size_t)st.st_size != d->size)
		same = -1;
	for (size_t off = 0; off < d->size && same == 1; off += CHUNK) {
		size_t n = d->size - off < CHUNK ? d->size - off : CHUNK;

		fill(d, off, at.bytes);
		if (__real_pread64(fd, at.back, n, (off_t)off) != (ssize_t)n || memcmp(at.bytes, at.back, n) != 0)
			same = -1;
	}
	close(fd);
	d->saved = same == 1;
	return same;
}

/* The directory has no dump that was not put, none twice, and no part of one under the name of a whole one. */
static void check_dir(void)
{
	DIR *all = opendir(at.dir);
	const struct dirent *entry;

	while (all && (entry = readdir(all))) {
		struct dump *d = dump_named(entry->d_name);
		int is;

		if (entry->d_name[0] == '.' || str_starts(entry->d_name, MANY_NAME))
			continue;
		if (!d)
			abort(); /* recovered twice, or under another name */
		is = saved(d);
		if (is < 0 || (is && !d->ends))
			abort();
	}
	if (all)
		closedir(all);
}

static void check_label(const struct raw_label *l)
{
	for (unsigned i = 0; i < at.ndump; i++) {
		struct dump *d = &at.dump[i];
		const struct raw_part *p = NULL;

		for (unsigned k = 0; k < l->ndump; k++)
			if (strcmp(l->dump[k].name, d->name) == 0)
				p = &l->dump[k].part[RAW_VMCORE];
		if (p && p->state == RAW_COMPLETE && !d->ends)
			abort();
		if (!d->durable || (p && p->state == RAW_COMPLETE) || saved(d) == 1)
			continue;
		if (!d->may_go)
			abort(); /* lost */
		d->durable = false;
	}
}

static void check(void)
{
	struct raw_dev *d = NULL;
	struct err e = { 0 };

	disk.look_only = true;
	if (raw_guard_open(&d, at.dev, &e))
		abort(); /* no capture would take it */
	if (at.labelled && !d->labelled)
		abort();
	if (d->labelled) {
		at.labelled = true;
		check_label(&d->label);
	}
	raw_dev_free(d);
	disk.look_only = false;
	check_dir();
}

/* Whole dumps that wait between the first and the last one may make room. */
static void choose_expendable(void)
{
	int first = -1, last = -1;

	for (unsigned i = 0; i < at.ndump; i++) {
		if (!at.dump[i].durable || saved(&at.dump[i]) == 1)
			continue;
		first = first < 0 ? (int)i : first;
		last = (int)i;
	}
	for (unsigned i = 0; i < at.ndump; i++)
		at.dump[i].may_go = (int)i > first && (int)i < last;
}

static struct dump *new_dump(size_t size, bool ends)
{
	struct dump *d = &at.dump[at.ndump];

	*d = (struct dump){ .size = size, .ends = ends };
	(void)str_fmt(d->name, sizeof(d->name), "dump-%u", at.ndump++);
	return d;
}

static void put_one(enum end end, size_t size)
{
	struct dump *d = new_dump(size, end != CUT);
	struct err e = { 0 };
	int rc;

	choose_expendable();
	rc = put_dump(d, end, &e);
	d->durable = rc == 0;
	if (rc && rc != -ENOSPC && rc != -ECANCELED && !disk.off)
		abort();
}

/* One in four is large: two of those fill the partition. */
static size_t bytes_of(uint8_t size)
{
	return (size_t)(size % 64 + 1) * (size >= 192 ? CHUNK : CHUNK / 8) - size;
}

static void operate(void)
{
	uint8_t what = byte(), size = byte(), when = byte();
	struct err e = { 0 };
	int rc = 0;

	disk.left = when;
	disk.chance = (uint32_t)(what << 16 | size << 8 | when);
	switch (what % 8) {
	case 0:
	case 1:
	case 2: put_one(WHOLE, bytes_of(size)); break;
	case 3: put_one(CUT, bytes_of(size)); break;
	case 4: put_one(ANEW, bytes_of(size)); break;
	case 5:
		choose_expendable();
		rc = what < 192 ? 0 : put_many(size % 40, &e); /* it takes long */
		break;
	case 6: rc = prepare(&e); break;
	default: rc = recover(&e); break;
	}
	if (rc && !disk.off)
		abort();
	disk_again();
	check();
}

/* After all of it: what waits is recovered, and the next dump is taken and comes back. */
static void finish(void)
{
	struct err e = { 0 };

	if (recover(&e))
		abort();
	for (unsigned i = 0; i < at.ndump; i++)
		at.dump[i].saved = false; /* compared once more: nothing that came later altered it */
	check();
	for (unsigned i = 0; i < at.ndump; i++)
		if (at.dump[i].durable && saved(&at.dump[i]) != 1)
			abort();
	put_one(WHOLE, CHUNK);
	if (!at.dump[at.ndump - 1].durable || recover(&e))
		abort();
	check();
	if (saved(&at.dump[at.ndump - 1]) != 1)
		abort();
}

static void remove_all(void)
{
	static const char *const file[] = { "vmcore", "vmcore-incomplete", "vmcore-dmesg.txt",
					    "vmcore-dmesg-incomplete.txt", SAVECORE_NOTE, "." SAVECORE_NOTE };
	DIR *all = opendir(at.dir);
	const struct dirent *entry;

	while (all && (entry = readdir(all))) {
		int fd = entry->d_name[0] == '.' ? -1 : openat(dirfd(all), entry->d_name, O_RDONLY | O_DIRECTORY);

		for (unsigned i = 0; fd >= 0 && i < sizeof(file) / sizeof(*file); i++)
			(void)unlinkat(fd, file[i], 0);
		if (fd < 0)
			continue;
		close(fd);
		(void)unlinkat(dirfd(all), entry->d_name, AT_REMOVEDIR);
	}
	if (all)
		closedir(all);
	(void)rmdir(at.dir);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	memset(&at, 0, sizeof(at));
	at.p = d;
	at.n = n;
	disk_new(DISK_SIZE);
	(void)str_fmt(at.dev, sizeof(at.dev), "/proc/self/fd/%d", disk.fd);
	(void)str_fmt(at.dir, sizeof(at.dir), "%s/fuzz-raw-XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
	if (!mkdtemp(at.dir))
		abort();
	for (unsigned i = 0; i < OPERATIONS && at.n; i++)
		operate();
	finish();
	remove_all();
	large_check();
	return 0;
}
