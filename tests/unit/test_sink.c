/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: files, streams and the wrappers around them */
#include "check.h"
#include "fake_dump.h"

#include "base/flat.h"
#include "sink/sink_fault.h"
#include "sink/sink_file.h"
#include "sink/sink_flat.h"
#include "sink/sink_limit.h"
#include "sink/sink_path.h"
#include "sink/sink_stream.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[] = "/tmp/test_sink.XXXXXX";

static char *path_of(const char *name)
{
	static char path[2][256];
	static unsigned turn;

	turn ^= 1;
	snprintf(path[turn], sizeof(path[0]), "%s/%s", dir, name);
	return path[turn];
}

static uint64_t size_of(const char *name)
{
	struct stat st;

	return stat(path_of(name), &st) ? UINT64_MAX : (uint64_t)st.st_size;
}

/* Plays the records of a flattened stream into FILE; gives how many there were, or -1. */
static int play(const uint8_t *p, size_t n, uint8_t *file, size_t most, size_t *longest)
{
	struct flat_record r = { 0 };
	int records = 0, what = 1;
	size_t at = FLAT_HEAD;

	*longest = 0;
	if (n < FLAT_HEAD || flat_head_check(p, n))
		return -1;
	while (at + FLAT_RECORD <= n && (what = flat_record_get(p + at, &r)) > 0) {
		at += FLAT_RECORD;
		if (r.len > n - at || r.off + r.len > most)
			return -1;
		memcpy(file + r.off, p + at, r.len);
		at += r.len;
		records++;
		*longest = r.len > *longest ? r.len : *longest;
	}
	return what == 0 && at + FLAT_RECORD == n ? records : -1;
}

static struct sink *flat_on(struct disk *d)
{
	struct sink *s = &d->s;
	struct err e = { 0 };

	CHECK_INT(sink_flat_wrap(&s, &e), 0);
	CHECK_INT(s->ops->begin(s, "t", "n", &e), 0);
	CHECK(s->ops->caps & SINK_ONCE);
	return s;
}

/* Neighbours become one record of at most 1 MiB, whatever the pieces were; big writes too. */
static void test_flat(void)
{
	struct disk *d = disk_new(0, UINT64_MAX, 8u << 20);
	struct sink *s = flat_on(d);
	uint8_t *file = calloc(1, 4u << 20), *want = calloc(1, 4u << 20), *big = malloc(3u << 20);
	size_t longest;
	struct err e = { 0 };

	for (size_t i = 0; i < 3u << 20; i++)
		big[i] = fake_byte(i);
	CHECK_INT(s->ops->write(s, 100, big, 10, &e), 0);
	CHECK_INT(s->ops->write(s, 110, big + 10, 1, &e), 0);
	CHECK_INT(s->ops->write(s, 50, big, 20, &e), 0);
	CHECK_INT(s->ops->write(s, 5000, big, 3u << 20, &e), 0);
	CHECK_INT(s->ops->write(s, 5000 + (3u << 20), big, 7, &e), 0);
	memcpy(want + 100, big, 11);
	memcpy(want + 50, big, 20);
	memcpy(want + 5000, big, 3u << 20);
	memcpy(want + 5000 + (3u << 20), big, 7);
	CHECK_INT(s->ops->commit(s, 5000 + (3u << 20) + 100, &e), 0);
	CHECK_INT(d->ended, 1);
	CHECK_INT(play(d->data, d->size, file, 4u << 20, &longest), 7); /* 100, 50, 5000 in 4, the last byte */
	CHECK_INT(longest, 1u << 20);
	CHECK(memcmp(file, want, 4u << 20) == 0);
	s->ops->free(s);
	free(file);
	free(want);
	free(big);
}

/* An abandoned stream ends with its mark, a broken one gets no further byte. */
static void test_flat_ends(void)
{
	uint8_t file[64] = { 0 };
	struct err e = { 0 };
	size_t longest;

	for (uint64_t at = 0; at < 6; at++) {
		struct disk *d = disk_new(0, UINT64_MAX, 1u << 20);
		struct sink *s = &d->s;
		uint64_t size, writes;
		int rc, rc2;

		d->break_from = at;
		d->break_to = at;
		CHECK_INT(sink_flat_wrap(&s, &e), 0);
		rc = s->ops->begin(s, "t", "n", &e);
		for (uint64_t i = 0; rc == 0 && i < 3; i++)
			rc = s->ops->write(s, i * 20, "abc", 3, &e);
		size = d->size;
		writes = d->writes;
		if (rc) {
			CHECK_INT(rc, -EIO);
			CHECK_INT(s->ops->write(s, 60, "d", 1, &e), -EIO);
			CHECK_INT(s->ops->abandon(s, &e), -EIO);
			CHECK_INT(d->size, size);
			CHECK_INT(d->writes, writes);
		} else {
			rc2 = at < 5 ? s->ops->abandon(s, &e) : s->ops->commit(s, 43, &e);
			CHECK_INT(rc2, at < 5 ? -EIO : 0);
			CHECK_INT(play(d->data, d->size, file, sizeof(file), &longest), at < 5 ? -1 : 3);
		}
		CHECK_INT(d->ended, at < 5 ? 2 : 1);
		s->ops->free(s);
	}
	struct disk *d = disk_new(0, UINT64_MAX, 1u << 20);
	struct sink *s = flat_on(d);

	CHECK_INT(s->ops->write(s, 0, "x", 1, &e), 0);
	CHECK_INT(s->ops->abandon(s, &e), 0);
	CHECK_INT(d->ended, 2);
	CHECK_INT(play(d->data, d->size, file, sizeof(file), &longest), 1);
	s->ops->free(s);
}

static void test_stream(void)
{
	struct sink *s;
	struct err e = { 0 };
	int fd[2];
	char got[4] = "";
	uint64_t left;
	sigset_t pending;

	CHECK_INT(pipe2(fd, O_CLOEXEC), 0);
	CHECK_INT(sink_stream_open(&s, fd[1], "standard output", &e), 0);
	CHECK_INT(s->ops->begin(s, "t", "n", &e), 0);
	CHECK_INT(s->ops->begin(s, "t", "n", &e), -EBUSY);
	CHECK_INT(s->ops->space(s, &left, &e), -EOPNOTSUPP);
	CHECK_INT(s->ops->write(s, 0, "ab", 2, &e), 0);
	CHECK_INT(s->ops->write(s, 5, "c", 1, &e), -ESPIPE);
	CHECK_INT(s->ops->write(s, 2, "c", 1, &e), 0);
	CHECK_INT(s->ops->commit(s, 9, &e), -ESPIPE);
	CHECK_INT(s->ops->commit(s, 3, &e), 0);
	CHECK_INT(read(fd[0], got, 3), 3);
	CHECK_STR(got, "abc");
	close(fd[0]);
	/* The default action of SIGPIPE would end this test. */
	memset(&e, 0, sizeof(e));
	CHECK_INT(s->ops->write(s, 3, "d", 1, &e), -EPIPE);
	CHECK_STR(e.text, "write to standard output: Broken pipe");
	sigpending(&pending);
	CHECK(!sigismember(&pending, SIGPIPE));
	s->ops->free(s);
	close(fd[1]);
}

static void *drain(void *arg)
{
	char buf[4096];
	size_t sum = 0;
	ssize_t n;

	usleep(20000);
	while ((n = read(*(int *)arg, buf, sizeof(buf))) > 0)
		sum += (size_t)n;
	*(int *)arg = (int)sum;
	return NULL;
}

/* A pipe that does not block, and whose reader is late. */
static void test_stream_waits(void)
{
	struct sink *s;
	struct err e = { 0 };
	int fd[2], in;
	char *big = calloc(1, 300000);
	pthread_t t;

	CHECK_INT(pipe2(fd, O_CLOEXEC | O_NONBLOCK), 0);
	fcntl(fd[0], F_SETFL, 0);
	in = fd[0];
	pthread_create(&t, NULL, drain, &in);
	CHECK_INT(sink_stream_open(&s, fd[1], "pipe", &e), 0);
	CHECK_INT(s->ops->begin(s, "t", "n", &e), 0);
	CHECK_INT(s->ops->write(s, 0, big, 300000, &e), 0);
	close(fd[1]);
	pthread_join(t, NULL);
	CHECK_INT(in, 300000);
	s->ops->free(s);
	close(fd[0]);
	free(big);
}

static void test_limit(void)
{
	struct disk *d = disk_new(SINK_SEEK, UINT64_MAX, 1u << 20);
	struct sink *s = &d->s;
	struct err e = { 0 };

	CHECK_INT(sink_limit_wrap(&s, 1000, &e), 0);
	CHECK_INT(s->ops->caps, SINK_SEEK);
	CHECK(s->ops->empty == NULL);
	CHECK_INT(s->ops->begin(s, "t", "n", &e), 0);
	CHECK_INT(s->ops->write(s, 990, "0123456789", 10, &e), 0);
	CHECK_INT(s->ops->write(s, 991, "0123456789", 10, &e), -ENOSPC);
	CHECK_INT(d->data[1000], 0);
	CHECK_INT(s->ops->write(s, UINT64_MAX, "0", 1, &e), -ENOSPC);
	CHECK_INT(s->ops->reserve(s, 0, 1001, &e), -ENOSPC);
	CHECK_INT(s->ops->reserve(s, 0, 1000, &e), 0);
	CHECK_INT(s->ops->extend(s, 1001, &e), -ENOSPC);
	CHECK_INT(s->ops->extend(s, 1000, &e), 0);
	CHECK_INT(s->ops->commit(s, 1000, &e), 0);
	CHECK_INT(d->ended, 1);
	s->ops->free(s);
}

/* A fault on purpose is a full disk for reservations too, and hides nothing that the disk can. */
static void test_fault(void)
{
	struct disk *d = disk_new(SINK_SEEK | SINK_ONCE, UINT64_MAX, 1u << 20);
	struct sink *s = &d->s;
	struct sink_fault how = { .fail_at = 100, .code = -ENOSPC };
	struct err e = { 0 };

	CHECK_INT(sink_fault_wrap(&s, &how, &e), 0);
	CHECK_INT(s->ops->caps, SINK_SEEK | SINK_ONCE);
	CHECK(s->ops->space == NULL);
	CHECK_INT(s->ops->reserve(s, 0, 101, &e), -ENOSPC);
	CHECK_INT(s->ops->reserve(s, 0, 100, &e), 0);
	CHECK_INT(s->ops->write(s, 98, "abc", 3, &e), -ENOSPC);
	CHECK_INT(d->data[99], 'b');
	CHECK_INT(d->data[100], 0);
	CHECK_INT(s->ops->abandon(s, &e), 0);
	s->ops->free(s);
}

/* The room of a table, the size of a file, a second layout. */
static void test_file(void)
{
	struct sink *s;
	struct err e = { 0 };
	struct stat st;
	int rc;

	CHECK_INT(sink_file_open(&s, dir, SINK_FILE_EXISTING, &e), 0);
	CHECK(s->ops->caps & SINK_PARALLEL);
	CHECK_INT(s->ops->begin(s, "temp", "name", &e), 0);
	rc = s->ops->reserve(s, 8192, 100000, &e);
	CHECK(rc == 0 || rc == -EOPNOTSUPP);
	if (rc == 0) {
		stat(path_of("temp"), &st);
		CHECK(st.st_blocks * 512 >= 100000);
		CHECK_INT(st.st_size, 108192);
	}
	CHECK_INT(s->ops->write(s, 200000, "abc", 3, &e), 0);
	CHECK_INT(s->ops->extend(s, 300000, &e), 0);
	CHECK_INT(size_of("temp"), 300000);
	CHECK_INT(s->ops->extend(s, 5, &e), 0);
	CHECK_INT(size_of("temp"), 300000);
	CHECK_INT(s->ops->empty(s, &e), 0);
	CHECK_INT(size_of("temp"), 0);
	CHECK_INT(s->ops->write(s, 3, "x", 1, &e), 0);
	CHECK_INT(s->ops->commit(s, 10, &e), 0);
	CHECK_INT(size_of("temp"), -1);
	CHECK_INT(size_of("name"), 10);
	unlink(path_of("name"));
	/* In place, twice: the second time goes on with what is there. */
	for (int i = 0; i < 2; i++) {
		CHECK_INT(s->ops->begin(s, "same", "same", &e), 0);
		CHECK_INT(s->ops->write(s, (uint64_t)i, "x", 1, &e), 0);
		CHECK_INT(s->ops->commit(s, 2, &e), 0);
	}
	CHECK_INT(size_of("same"), 2);
	s->ops->free(s);
}

/* SINK_FILE_EXCL keeps what exists, under either name; links, FIFOs and files of two names are never written. */
static void test_file_how(void)
{
	static const char *const name[][2] = { { "same", "same" }, { "new", "same" }, { "same", "new" } };
	struct sink *s;
	struct err e = { 0 };
	struct stat st;

	CHECK_INT(sink_file_open(&s, dir, SINK_FILE_EXISTING | SINK_FILE_EXCL, &e), 0);
	for (int i = 0; i < 3; i++)
		CHECK_INT(s->ops->begin(s, name[i][0], name[i][1], &e), -EEXIST);
	CHECK_INT(size_of("same"), 2);
	CHECK_INT(s->ops->begin(s, "new", "new", &e), 0);
	CHECK_INT(s->ops->abandon(s, &e), 0);
	s->ops->free(s);
	CHECK_INT(symlink("same", path_of("link")), 0);
	CHECK_INT(sink_file_open(&s, dir, 0, &e), 0);
	CHECK_INT(s->ops->begin(s, "link", "link", &e), -ELOOP);
	/* Neither is a FIFO waited for, nor a file written that has a second name. */
	CHECK_INT(mkfifo(path_of("fifo"), 0600), 0);
	CHECK_INT(s->ops->begin(s, "fifo", "fifo", &e), -ENXIO);
	CHECK_INT(s->ops->read(s, "fifo", 0, &st, 1, &e), -EINVAL);
	CHECK_INT(s->ops->read(s, "link", 0, &st, 1, &e), -EINVAL);
	CHECK_INT(link(path_of("same"), path_of("second")), 0);
	CHECK_INT(s->ops->begin(s, "second", "second", &e), -EPERM);
	CHECK(strstr(e.text, "has a second name: not written to") != NULL);
	unlink(path_of("second"));
	unlink(path_of("fifo"));
	/* A file that another program puts in the place of the one that is written is not called ours. */
	CHECK_INT(s->ops->begin(s, "same", "final", &e), 0);
	CHECK_INT(rename(path_of("link"), path_of("same")), 0);
	CHECK_INT(s->ops->commit(s, 2, &e), -ESTALE);
	CHECK(strstr(e.text, "another program has renamed same meanwhile") != NULL);
	CHECK_INT(size_of("final"), -1);
	s->ops->free(s);
	CHECK_INT(sink_file_open(&s, path_of("none"), SINK_FILE_EXISTING, &e), -ENOENT);
	unlink(path_of("same"));
	unlink(path_of("new"));
}

/* A name that a user gave: a file that another one makes there after the look is not written to. */
static void test_path(void)
{
	const char *file[1];
	struct sink_path how = { .file = file, .nfile = 1 };
	char name[SINK_PATH_NAME];
	struct sink *s = NULL;
	struct err e = { 0 };
	int fd = -1;

	file[0] = path_of("chosen");
	CHECK_INT(sink_path_open(&s, file[0], &how, name, &e), 0);
	close(open(file[0], O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
	CHECK_INT(s->ops->begin(s, name, name, &e), -EEXIST);
	s->ops->free(s);
	CHECK_INT(sink_path_create(&fd, file[0], &how, &e), -EEXIST);
	how.force = true;
	CHECK_INT(sink_path_create(&fd, file[0], &how, &e), 0);
	CHECK_INT(write(fd, "x", 1), 1);
	close(fd);
	CHECK_INT(size_of("chosen"), 1);
	unlink(file[0]);
}

struct writer {
	struct sink *s;
	uint64_t from;
	int rc;
};

static void *write_some(void *arg)
{
	struct writer *w = arg;
	uint8_t *buf = malloc(64u << 10);

	for (uint64_t i = 0; i < 40 && w->rc == 0; i++) {
		uint64_t off = w->from + i * (128u << 10);

		memset(buf, (int)(off >> 16) & 0xff, 64u << 10);
		w->rc = w->s->ops->write(w->s, off, buf, 64u << 10, NULL);
	}
	free(buf);
	return NULL;
}

/*
 * Two threads interleave beyond 20 MiB, while a table grows in front and jumps back: whatever is done about
 * the page cache, all bytes arrive.
 */
static void test_file_parallel(void)
{
	struct sink *s;
	struct err e = { 0 };
	struct writer w[2];
	pthread_t t[2];
	uint8_t buf[4096];
	unsigned wrong = 0;
	int fd;

	CHECK_INT(sink_file_open(&s, dir, 0, &e), 0);
	CHECK_INT(s->ops->begin(s, "big", "big", &e), 0);
	for (int i = 0; i < 2; i++) {
		w[i] = (struct writer){ .s = s, .from = (30u << 20) + (uint64_t)i * (64u << 10) };
		pthread_create(&t[i], NULL, write_some, &w[i]);
	}
	for (uint64_t i = 0; i < 100; i++) {
		uint64_t off = i % 50 * 65536;

		memset(buf, (int)(i % 50) + 1, sizeof(buf));
		CHECK_INT(s->ops->write(s, off, buf, sizeof(buf), &e), 0);
	}
	for (int i = 0; i < 2; i++) {
		pthread_join(t[i], NULL);
		CHECK_INT(w[i].rc, 0);
	}
	CHECK_INT(s->ops->commit(s, 35u << 20, &e), 0);
	s->ops->free(s);
	fd = open(path_of("big"), O_RDONLY | O_CLOEXEC);
	for (uint64_t off = 0; off < 35u << 20; off += 65536) {
		uint8_t want = (uint8_t)(off >> 16);

		CHECK_INT(pread(fd, buf, sizeof(buf), (off_t)off), sizeof(buf));
		if (off < 30u << 20)
			want = off < 50 * 65536 ? (uint8_t)(off / 65536 + 1) : 0;
		wrong += buf[0] != want || buf[4095] != want;
	}
	CHECK_INT(wrong, 0);
	close(fd);
	unlink(path_of("big"));
}

/* What was written comes back; what is removed is gone, and a directory only when it is empty. */
static void test_file_back(void)
{
	static uint8_t in[300000], out[300000];
	char sub[sizeof(dir) + 8];
	struct sink *s;
	struct err e = { 0 };
	struct stat st;

	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + (i >> 8));
	snprintf(sub, sizeof(sub), "%s/back", dir);
	CHECK_INT(sink_file_open(&s, sub, SINK_FILE_FRESH, &e), 0);
	CHECK_INT(s->ops->read(s, "probe", 0, out, 1, &e), -ENOENT);
	CHECK_INT(s->ops->begin(s, "temp", "probe", &e), 0);
	CHECK_INT(s->ops->write(s, 0, in, sizeof(in), &e), 0);
	CHECK_INT(s->ops->commit(s, sizeof(in), &e), 0);
	CHECK_INT(s->ops->read(s, "probe", 0, out, sizeof(out), &e), 0);
	CHECK(memcmp(in, out, sizeof(in)) == 0);
	CHECK_INT(s->ops->read(s, "probe", 299990, out, 10, &e), 0);
	CHECK(memcmp(in + 299990, out, 10) == 0);
	CHECK_INT(s->ops->read(s, "probe", 299990, out, 11, &e), -ENODATA);
	CHECK_INT(s->ops->remove(s, NULL, &e), -ENOTEMPTY);
	CHECK_INT(s->ops->remove(s, "other", &e), -ENOENT);
	CHECK_INT(s->ops->remove(s, "probe", &e), 0);
	CHECK_INT(s->ops->remove(s, NULL, &e), 0);
	CHECK_INT(stat(sub, &st), -1);
	s->ops->free(s);
}

int main(void)
{
	CHECK(mkdtemp(dir) != NULL);
	test_flat();
	test_flat_ends();
	test_stream();
	test_stream_waits();
	test_limit();
	test_fault();
	test_file();
	test_file_how();
	test_path();
	test_file_parallel();
	test_file_back();
	CHECK_INT(rmdir(dir), 0);
	return check_done();
}
