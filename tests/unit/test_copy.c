/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: the plain copy, the file sink and its faults */
#include "check.h"

#include "base/bytes.h"
#include "base/fdio.h"
#include "format/copy.h"
#include "sink/sink_fault.h"
#include "sink/sink_file.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define BYTES (9u << 20)
#define PAGE  4096u

/* A memory image: data in the first MiB and in every 16th page, a short last page, one bad page. */
struct image {
	struct source s;
	uint8_t *mem;
	uint64_t bad;  /* offset of a page that cannot be read; UINT64_MAX: none */
	int mapped;    /* map_file works */
	uint8_t *torn; /* what it maps then, where that is not MEM */
};

static int image_read(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct image *im = (struct image *)s;

	if (im->bad < off + n && off < im->bad + PAGE)
		return err_set(e, -EIO, "bad page");
	memcpy(buf, im->mem + off, n);
	return 0;
}

static int image_map(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	struct image *im = (struct image *)s;

	(void)n;
	if (!im->mapped)
		return err_set(e, -EOPNOTSUPP, "no mapping");
	*ret = (im->torn ? im->torn : im->mem) + off;
	return 0;
}

static void image_unmap(struct source *s, const void *p, size_t n)
{
	(void)s;
	(void)p;
	(void)n;
}

static const struct source_ops image_ops = {
	.name = "image",
	.read_file = image_read,
	.map_file = image_map,
	.unmap = image_unmap,
};

static void image_make(struct image *im, int mapped)
{
	memset(im, 0, sizeof(*im));
	im->s.ops = &image_ops;
	im->s.info.file_size = BYTES - 100;
	im->bad = UINT64_MAX;
	im->mapped = mapped;
	im->mem = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (size_t i = 0; i < BYTES - 100; i++)
		if (i < 1 << 20 || i / PAGE % 16 == 3 || i > BYTES - 200)
			im->mem[i] = (uint8_t)(i * 7 + i / 251 + 1);
}

static char dir[] = "/tmp/test_copy.XXXXXX";

static char *path_of(const char *sub, const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s/%s", dir, sub, name);
	return path;
}

static struct sink *sink_in(const char *sub)
{
	struct sink *s = NULL;
	struct err e = { 0 };

	CHECK_INT(sink_file_open(&s, path_of(sub, ""), 0, &e), 0);
	CHECK_INT(s->ops->begin(s, "vmcore-incomplete", "vmcore", &e), 0);
	return s;
}

static int same(const char *path, const uint8_t *want, size_t n)
{
	char *text = NULL;
	size_t len = 0;
	int ok = file_read(path, 64 << 20, &text, &len, NULL) == 0 && len == n && memcmp(text, want, n) == 0;

	free(text);
	return ok;
}

static void whole(const char *sub, int mapped)
{
	const struct copy_opts how = { .keep_free = 1 };
	struct sink *s = sink_in(sub);
	struct copy_stat st;
	struct image im;
	struct stat file;
	struct err e = { 0 };

	image_make(&im, mapped);
	CHECK_INT(copy_run(&im.s, s, &how, &st, &e), 0);
	CHECK(st.done == st.total && st.total == BYTES - 100);
	CHECK(st.zero + st.written == st.total);
	CHECK(st.zero > BYTES / 2);
	CHECK_INT(s->ops->commit(s, st.total, &e), 0);
	CHECK(same(path_of(sub, "vmcore"), im.mem, BYTES - 100));
	CHECK_INT(stat(path_of(sub, "vmcore"), &file), 0);
	CHECK(file.st_blocks * 512 < BYTES / 2);
	CHECK((file.st_mode & 0777) == 0600);
	CHECK(access(path_of(sub, "vmcore-incomplete"), F_OK) != 0);
	s->ops->free(s);
	munmap(im.mem, BYTES);
}

/* A sink that works on the bytes itself, as those of servers do: left in the middle it would stay there. */
struct worker {
	struct sink s;
	bool inside, left;
	uint8_t *got;
};

static int worker_write(struct sink *s, uint64_t off, const void *buf, size_t n, struct err *e)
{
	struct worker *w = (struct worker *)s;

	(void)e;
	w->left |= w->inside;
	w->inside = true;
	for (size_t i = 0; i < n; i++)
		w->got[off + i] = ((const uint8_t *)buf)[i];
	w->inside = false;
	return 0;
}

/* Pages of the mapping vanish: SIGBUS, which must never end a sink's write in its middle. */
static void torn(void)
{
	static const struct sink_ops ops = { .scheme = "worker", .write = worker_write };
	const struct copy_opts how = { .keep_free = 0 };
	struct worker w = { .s = { .ops = &ops } };
	FILE *f = tmpfile();
	struct copy_stat st;
	struct image im;

	image_make(&im, 1);
	w.got = calloc(1, BYTES);
	CHECK(f && w.got && fwrite(im.mem, 1, BYTES, f) == BYTES && fflush(f) == 0);
	im.torn = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fileno(f), 0);
	CHECK_INT(ftruncate(fileno(f), 7 * PAGE), 0);
	CHECK_INT(copy_run(&im.s, &w.s, &how, &st, NULL), 0);
	CHECK(!w.left && !w.inside);
	CHECK(memcmp(w.got, im.mem, BYTES - 100) == 0);
	CHECK(st.zero + st.written == st.total);
	munmap(im.torn, BYTES);
	munmap(im.mem, BYTES);
	fclose(f);
	free(w.got);
}

/* Headers of a vmcore whose pages 2 and above are memory from 1 MiB on, seen through two segments. */
static void image_headers(struct image *im, struct segment segment[2])
{
	const Elf64_Ehdr h = { .e_ident = ELFMAG, .e_phoff = 64, .e_phnum = 3 };
	const Elf64_Phdr ph[3] = { { .p_type = PT_NOTE, .p_offset = PAGE, .p_filesz = 98, .p_memsz = 98 },
				   { .p_type = PT_LOAD, .p_offset = 2 * PAGE, .p_filesz = 100 * PAGE },
				   { .p_type = PT_LOAD, .p_offset = 5 * PAGE, .p_filesz = PAGE } };

	memcpy(im->mem, &h, sizeof(h));
	memcpy(im->mem + 64, ph, sizeof(ph));
	memset(im->mem + PAGE + 98, 0, PAGE - 98);
	segment[0] = (struct segment){ .pa = 0x100000, .va = UINT64_MAX, .offset = 2 * PAGE, .len = 100 * PAGE };
	segment[1] = (struct segment){ .pa = 0x103000, .va = UINT64_MAX, .offset = 5 * PAGE, .len = PAGE };
	im->s.info.segment = segment;
	im->s.info.nsegment = 2;
}

/* What the copy has that the image has not: the mark, a longer PT_NOTE, a note of page 0x103000. */
static void image_mark(struct image *im)
{
	uint8_t *note = im->mem + PAGE + 100;
	uint64_t len = 100 + 24 + 16;

	im->mem[offsetof(Elf64_Ehdr, e_flags)] = 1;
	memcpy(im->mem + 64 + offsetof(Elf64_Phdr, p_filesz), &len, 8);
	memcpy(im->mem + 64 + offsetof(Elf64_Phdr, p_memsz), &len, 8);
	put_u32(note, 9);
	put_u32(note + 4, 16);
	put_u32(note + 8, 0x4342584c);
	memcpy(note + 12, "CRASHBOX", 8);
	put_u64(note + 24, 0x103000);
	put_u64(note + 32, 0x104000);
}

/* A page that cannot be read is a hole, and the copy says so. */
static void unreadable(void)
{
	const struct copy_opts how = { .keep_free = 0 };
	struct segment segment[2];
	struct sink *s = sink_in("bad");
	struct copy_stat st;
	struct image im;

	image_make(&im, 0);
	im.bad = 5 * PAGE;
	image_headers(&im, segment);
	CHECK_INT(copy_run(&im.s, s, &how, &st, NULL), 0);
	CHECK_INT(st.unreadable, PAGE);
	CHECK_INT(st.unlisted, 0);
	CHECK_INT(s->ops->commit(s, st.total, NULL), 0);
	memset(im.mem + 5 * PAGE, 0, PAGE);
	image_mark(&im);
	CHECK(same(path_of("bad", "vmcore"), im.mem, BYTES - 100));
	s->ops->free(s);
	munmap(im.mem, BYTES);
}

static void full_disk(void)
{
	const struct copy_opts how = { .keep_free = 0 };
	const struct sink_fault fault = { .fail_at = 300000, .code = -ENOSPC };
	struct sink *s = sink_in("full");
	struct copy_stat st;
	struct image im;
	struct err e = { 0 };

	image_make(&im, 1);
	CHECK_INT(sink_fault_wrap(&s, &fault, &e), 0);
	CHECK_INT(copy_run(&im.s, s, &how, &st, &e), -ENOSPC);
	CHECK_STR(e.text, "write at byte 300000: No space left on device");
	CHECK_INT(s->ops->abandon(s, &e), 0);
	CHECK(same(path_of("full", "vmcore-incomplete"), im.mem, 300000));
	CHECK(access(path_of("full", "vmcore"), F_OK) != 0);
	s->ops->free(s);
	munmap(im.mem, BYTES);
}

/* A target that cannot tell its space is written to; one that does not answer is not. */
static void space_unknown(int code, int want)
{
	const struct copy_opts how = { .keep_free = 1 };
	const struct sink_fault fault = { .fail_at = UINT64_MAX, .fail_space = code };
	struct sink *s = sink_in("space");
	struct copy_stat st;
	struct image im;
	struct err e = { 0 };

	image_make(&im, 1);
	CHECK_INT(sink_fault_wrap(&s, &fault, &e), 0);
	CHECK_INT(copy_run(&im.s, s, &how, &st, &e), want);
	CHECK(want || st.done == st.total);
	CHECK(!want || (st.done == 0 && strstr(e.text, "space: ")));
	CHECK_INT(s->ops->abandon(s, NULL), 0);
	s->ops->free(s);
	munmap(im.mem, BYTES);
}

static int stop_half(void *arg, const struct copy_stat *st)
{
	(void)arg;
	return st->done > BYTES / 2 ? -ECANCELED : 0;
}

/* A second try writes over what a killed first one left, and loses nothing of it. */
static void second_try(void)
{
	const struct copy_opts half = { .tick = stop_half }, all = { .keep_free = 0 };
	struct sink *s = sink_in("again");
	struct copy_stat st;
	struct image im;

	image_make(&im, 1);
	CHECK_INT(copy_run(&im.s, s, &half, &st, NULL), -ECANCELED);
	s->ops->free(s);
	CHECK(access(path_of("again", "vmcore-incomplete"), F_OK) == 0);
	s = sink_in("again");
	CHECK_INT(copy_run(&im.s, s, &all, &st, NULL), 0);
	CHECK_INT(s->ops->commit(s, st.total, NULL), 0);
	CHECK(same(path_of("again", "vmcore"), im.mem, BYTES - 100));
	s->ops->free(s);
	munmap(im.mem, BYTES);
}

static void fresh_names(void)
{
	struct sink *a = NULL, *b = NULL;
	struct err e = { 0 };

	CHECK_INT(sink_file_open(&a, path_of("dump", "1"), 1, &e), 0);
	CHECK_INT(sink_file_open(&b, path_of("dump", "1"), 1, &e), 0);
	CHECK_STR(b->dir + strlen(a->dir), ".1");
	a->ops->free(a);
	b->ops->free(b);
}

static void no_commit(void)
{
	const struct sink_fault fault = { .fail_at = UINT64_MAX, .fail_commit = -EIO };
	struct sink *s = sink_in("nocommit");
	struct err e = { 0 };

	CHECK_INT(sink_fault_wrap(&s, &fault, &e), 0);
	CHECK_INT(s->ops->write(s, 0, "abc", 3, &e), 0);
	CHECK_INT(s->ops->commit(s, 3, &e), -EIO);
	CHECK(access(path_of("nocommit", "vmcore"), F_OK) != 0);
	CHECK(access(path_of("nocommit", "vmcore-incomplete"), F_OK) == 0);
	s->ops->free(s);
}

int main(void)
{
	char cmd[64];

	CHECK(mkdtemp(dir) != NULL);
	whole("mapped", 1);
	whole("read", 0);
	unreadable();
	torn();
	full_disk();
	space_unknown(-EIO, 0);
	space_unknown(-ETIMEDOUT, -ETIMEDOUT);
	second_try();
	fresh_names();
	no_commit();
	snprintf(cmd, sizeof(cmd), "rm -rf %s", dir);
	CHECK_INT(system(cmd), 0);
	return check_done();
}
