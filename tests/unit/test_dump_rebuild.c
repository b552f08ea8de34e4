/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: flattened streams and parts of dumps become files again */
#include "check.h"
#include "fake_dump.h"

#include "base/flat.h"
#include "dump/rebuild.h"
#include "format/elf_out.h"
#include "format/kdump_out.h"
#include "sink/sink_file.h"
#include "sink/sink_flat.h"
#include "sink/sink_stream.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/inotify.h>
#include <unistd.h>

static char dir[] = "/tmp/test_rebuild.XXXXXX";

static bool some(uint64_t pfn)
{
	return pfn % 7 != 0;
}

static uint32_t packed(uint64_t pfn, uint8_t *to, uint32_t *flag)
{
	uint32_t n = pfn % 5 == 0 ? 0 : pfn % 300 + 1;

	*flag = 1;
	memset(to, (int)(pfn % 251 + 1), n);
	return n;
}

static uint32_t stored(uint64_t pfn, uint8_t *to, uint32_t *flag)
{
	*flag = 0;
	memset(to, (int)(pfn % 251 + 1), FAKE_PAGE);
	return pfn % 5 == 0 ? 0 : FAKE_PAGE;
}

struct made {
	struct fake_machine m;
	struct fake_keep k;
};

static void make(struct made *d)
{
	static const char text[] = "OSRELEASE=6.1.0-test\nPAGESIZE=4096\n";
	const uint32_t head[] = { 11, sizeof(text) - 1, 0 };

	fake_machine(&d->m, 24 + (sizeof(text) + 2) / 4 * 4);
	memset(d->m.notes, 0, 24 + sizeof(text) + 2);
	memcpy(d->m.notes, head, sizeof(head));
	memcpy(d->m.notes + 12, "VMCOREINFO", 10);
	memcpy(d->m.notes + 24, text, sizeof(text) - 1);
	d->m.s.info.vmcoreinfo_at = 24;
	d->m.s.info.vmcoreinfo_len = sizeof(text) - 1;
	fake_memory(&d->m, 0x1000, 0xffff888000001000ull, 0x9e000);
	fake_memory(&d->m, 0x100000, 0xffff888000100000ull, 0x200000);
	fake_keep(&d->k, &d->m, 0, some);
}

/* Pages are ones that can be read, not only copied. */
static bool unpacks;

/* Writes the dump to OUT and ends it. */
static void write_to(struct made *d, struct sink *out, bool elf, uint64_t from, uint64_t to, bool whole)
{
	struct dump_head h = {
		.src = &d->m.s,
		.keep = &d->k.k,
		.kept = d->k.kept,
		.level = 17,
		.status = elf || unpacks ? 0 : 1,
		.keep_from = from,
		.keep_to = to,
		.split = to - from < d->k.k.pfns,
		.zero = true,
	};
	struct feed how = { .from = from, .to = to, .rounds = 1, .fill = elf || unpacks ? stored : packed };
	struct format *f;
	struct err e = { 0 };
	uint64_t size = 0;

	CHECK_INT(elf ? format_elf_open(&f, &e) : format_kdump_open(&f, &e), 0);
	CHECK_INT(out->ops->begin(out, "dump", "dump", &e), 0);
	CHECK_INT(f->ops->begin(f, &h, out, &e), 0);
	CHECK_INT(feed(f, &d->k, &how, &e), 0);
	CHECK_INT(f->ops->finish(f, whole, &size, &e), 0);
	CHECK_INT(whole ? out->ops->commit(out, size, &e) : out->ops->abandon(out, &e), 0);
	f->ops->free(f);
}

/* A flattened dump in an anonymous file. */
static int flat_of(struct made *d, bool elf, bool whole)
{
	int fd = memfd_create("flat", MFD_CLOEXEC);
	struct sink *s;
	struct err e = { 0 };

	CHECK_INT(sink_stream_open(&s, fd, "pipe", &e), 0);
	CHECK_INT(sink_flat_wrap(&s, &e), 0);
	write_to(d, s, elf, 0, d->k.k.pfns, whole);
	s->ops->free(s);
	return fd;
}

static uint8_t *bytes_of(int fd, size_t *n)
{
	struct stat st;
	uint8_t *p;

	fstat(fd, &st);
	*n = (size_t)st.st_size;
	p = malloc(*n + 1);
	CHECK(pread(fd, p, *n, 0) == (ssize_t)*n);
	return p;
}

/* -F and -R give what a direct dump gives. */
static void test_round_trip(bool elf, bool whole)
{
	struct made d;
	struct disk *direct = disk_new(SINK_SEEK, UINT64_MAX, 4u << 20), *again;
	struct rebuild_stat st;
	struct err e = { 0 };
	int fd;

	make(&d);
	write_to(&d, &direct->s, elf, 0, d.k.k.pfns, whole);
	fd = flat_of(&d, elf, whole);
	lseek(fd, 0, SEEK_SET);
	again = disk_new(SINK_SEEK, UINT64_MAX, 4u << 20);
	CHECK_INT(rebuild_run(fd, &again->s, "dump", "dump", &st, &e), 0);
	CHECK_STR(e.text, "");
	CHECK_INT(again->ended, 1);
	CHECK_INT(st.size, direct->size);
	CHECK_INT(again->size, direct->size);
	CHECK(memcmp(again->data, direct->data, direct->size) == 0);
	CHECK_INT(st.incomplete, !whole);
	CHECK_INT(again->twice, 0);
	close(fd);
	free(d.k.all);
	direct->s.ops->free(&direct->s);
	again->s.ops->free(&again->s);
}

/* Cut at a byte: an error at once, and a file that does not claim to be whole. */
static void test_cut(bool elf)
{
	struct made d;
	size_t n;
	int fd;
	uint8_t *all;
	unsigned marked = 0;

	make(&d);
	fd = flat_of(&d, elf, true);
	all = bytes_of(fd, &n);
	for (size_t cut = 0; cut < n; cut += cut < 4300 || n - cut < 40 ? 1 : 997) {
		int part = memfd_create("cut", MFD_CLOEXEC);
		struct disk *out = disk_new(SINK_SEEK, UINT64_MAX, 4u << 20);
		struct rebuild_stat st;
		struct err e = { 0 };
		int rc;

		if (cut > 4300 && n - cut < 997)
			cut = cut > n - 40 ? cut : n - 40;
		CHECK(write(part, all, cut) == (ssize_t)cut);
		lseek(part, 0, SEEK_SET);
		rc = rebuild_run(part, &out->s, "dump", "dump", &st, &e);
		CHECK_INT(rc, cut < 4096 ? -EINVAL : -ENODATA);
		CHECK_INT(out->ended, cut < 4096 ? 0 : 2);
		CHECK(e.text[0] != '\0');
		if (elf ? memcmp(out->data, ELFMAG, SELFMAG) == 0 : memcmp(out->data, "KDUMP   ", 8) == 0) {
			CHECK(out->data[elf ? 48 : 424] & (elf ? 1 : 8));
			CHECK(st.incomplete);
			marked++;
		}
		close(part);
		out->s.ops->free(&out->s);
	}
	CHECK(marked > 40);
	free(all);
	close(fd);
	free(d.k.all);
}

/* Records that make no sense, and a target that is full. */
static void test_damaged(void)
{
	static const uint64_t bad[][2] = { { UINT64_MAX, 5 }, { 5, UINT64_MAX }, { 0, 0 }, { INT64_MAX, 10 } };
	struct made d;
	size_t n;
	int fd;
	uint8_t *all;

	make(&d);
	fd = flat_of(&d, false, true);
	all = bytes_of(fd, &n);
	for (size_t i = 0; i < 4; i++) {
		struct disk *out = disk_new(SINK_SEEK, UINT64_MAX, 4u << 20);
		struct rebuild_stat st;
		struct err e = { 0 };
		uint8_t raw[16];

		flat_record_fill(raw, bad[i][0], bad[i][1]);
		CHECK(pwrite(fd, raw, 16, (off_t)n - 16) == 16);
		lseek(fd, 0, SEEK_SET);
		CHECK_INT(rebuild_run(fd, &out->s, "dump", "dump", &st, &e), -EINVAL);
		CHECK_INT(out->ended, 2);
		CHECK_INT(out->data[424], 1 | 8);
		out->s.ops->free(&out->s);
	}
	for (uint64_t room = 2; room < 18; room += 5) {
		struct disk *out = disk_new(SINK_SEEK, room, 4u << 20);
		struct rebuild_stat st;
		struct err e = { 0 };

		lseek(fd, 0, SEEK_SET);
		CHECK_INT(rebuild_run(fd, &out->s, "dump", "dump", &st, &e), -ENOSPC);
		CHECK_INT(out->ended, 2);
		CHECK(out->data[424] & 8);
		out->s.ops->free(&out->s);
	}
	free(all);
	close(fd);
	free(d.k.all);
}

/* Each part is opened once: a second look by name could find another file, for which the buffers are too small. */
static int watch_opens(char path[4][128])
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	for (unsigned i = 0; i < 4; i++)
		CHECK(inotify_add_watch(fd, path[i], IN_OPEN) >= 0);
	return fd;
}

static int count_opens(int fd)
{
	struct inotify_event event[16];
	ssize_t n = read(fd, event, sizeof(event));

	close(fd);
	return n < 0 ? 0 : (int)((size_t)n / sizeof(event[0]));
}

/* Parts, written as files, become what a dump in one go gives. */
static void test_reassemble(unsigned lose)
{
	static const uint64_t cut[] = { 0, 128, 128, 320, 0x300 };
	static const unsigned order[] = { 2, 0, 3, 1 };
	struct made d;
	struct disk *direct = disk_new(SINK_SEEK, UINT64_MAX, 4u << 20);
	struct disk *again = disk_new(SINK_SEEK, UINT64_MAX, 4u << 20);
	char name[4][64], path[4][128];
	const char *paths[4];
	struct sink *s;
	struct rebuild_stat st;
	struct err e = { 0 };
	int rc, watch;

	make(&d);
	write_to(&d, &direct->s, false, 0, d.k.k.pfns, true);
	CHECK_INT(sink_file_open(&s, dir, 0, &e), 0);
	for (unsigned i = 0; i < 4; i++) {
		snprintf(name[i], sizeof(name[i]), "part%u", i);
		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, name[i]);
		write_to(&d, s, false, cut[i], cut[i + 1], i != 1);
		snprintf(name[i], sizeof(name[i]), "%s/dump", dir);
		CHECK_INT(rename(name[i], path[i]), 0);
		paths[order[i]] = path[i];
	}
	s->ops->free(s);
	if (lose)
		paths[3] = path[order[0]];
	watch = watch_opens(path);
	rc = reassemble_run(paths, lose ? 3 : 4, &again->s, "dump", &st, &e);
	CHECK_INT(count_opens(watch), lose ? 3 : 4);
	if (lose) {
		CHECK_INT(rc, -EINVAL);
		CHECK_INT(again->ended, 0);
	} else {
		CHECK_INT(rc, 0);
		CHECK_STR(e.text, "");
		CHECK_INT(again->ended, 1);
		CHECK_INT(st.pages, d.k.kept);
		CHECK_INT(again->size, direct->size);
		/* One of the parts says that it is incomplete. */
		CHECK(st.incomplete);
		CHECK_INT(again->data[424], direct->data[424] | 8);
		again->data[424] = direct->data[424];
		/* They differ in the note that carries things over, which ends block 1, and its length. */
		CHECK(memcmp(again->data, direct->data, 4096 + 56) == 0);
		CHECK(memcmp(again->data + 4096 + 64, direct->data + 4096 + 64, 40) == 0);
		CHECK(memcmp(again->data + 8192, direct->data + 8192, direct->size - 8192) == 0);
	}
	for (unsigned i = 0; i < 4; i++)
		unlink(path[i]);
	free(d.k.all);
	direct->s.ops->free(&direct->s);
	again->s.ops->free(&again->s);
}

/* A file that is no part. */
static void test_no_part(void)
{
	struct disk *out = disk_new(SINK_SEEK, UINT64_MAX, 4u << 20);
	struct made d;
	struct sink *s;
	struct rebuild_stat st;
	struct err e = { 0 };
	char path[128];
	const char *paths[] = { path };

	make(&d);
	CHECK_INT(sink_file_open(&s, dir, 0, &e), 0);
	write_to(&d, s, false, 0, d.k.k.pfns, true);
	s->ops->free(s);
	snprintf(path, sizeof(path), "%s/dump", dir);
	CHECK_INT(reassemble_run(paths, 1, &out->s, "dump", &st, &e), -EINVAL);
	CHECK_INT(out->ended, 0);
	CHECK_INT(reassemble_run(paths, 0, &out->s, "dump", &st, &e), -EINVAL);
	unlink(path);
	free(d.k.all);
	out->s.ops->free(&out->s);
}

int main(void)
{
	CHECK(mkdtemp(dir) != NULL);
	for (int elf = 0; elf < 2; elf++) {
		test_round_trip(elf, true);
		test_round_trip(elf, false);
		test_cut(elf);
	}
	test_damaged();
	unpacks = true;
	test_reassemble(0);
	test_reassemble(1);
	test_no_part();
	rmdir(dir);
	return check_done();
}
