/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench: the codecs beside the plain calls of the libraries, on the pages of a file.
 * codec FILE [MIB]: packs up to MIB (64) of the pages of FILE that are not zeros, taken evenly from all of it, and
 * prints a table. Rows take turns; the fastest of ROUNDS counts, in CPU time, so that other work hardly shows.
 */
#include "base/zero.h"
#include "codec/codec.h"

#include <fcntl.h>
#include <lzo/lzo1x.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define PAGE   4096u
#define ROUNDS 5
#define ROWS   24

struct row {
	char name[32];
	const struct codec *codec; /* NULL: a plain call */
	size_t (*pack)(void *state, const void *in, size_t n, void *out, size_t room);
	void *state;
	size_t memory, out, stored;
	double best;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t plain_zlib(void *state, const void *in, size_t n, void *out, size_t room)
{
	z_stream *z = state;

	deflateReset(z);
	z->next_in = (Bytef *)(uintptr_t)in;
	z->avail_in = (uInt)n;
	z->next_out = out;
	z->avail_out = (uInt)room;
	return deflate(z, Z_FINISH) == Z_STREAM_END ? z->total_out : 0;
}

static size_t plain_lzo(void *state, const void *in, size_t n, void *out, size_t room)
{
	lzo_uint len = room;

	return lzo1x_1_compress(in, n, out, &len, state) == LZO_E_OK ? len : 0;
}

static size_t plain_zstd(void *state, const void *in, size_t n, void *out, size_t room)
{
	size_t len = ZSTD_compressCCtx(state, out, room, in, n, 1);

	return ZSTD_isError(len) ? 0 : len;
}

static unsigned add_plain(struct row *r)
{
	static z_stream z;

	if (deflateInit(&z, 1) != Z_OK || lzo_init() != LZO_E_OK)
		return 0;
	r[0] = (struct row){ .name = "zlib 1, the library", .pack = plain_zlib, .state = &z, .memory = 268 << 10 };
	r[1] = (struct row){ .name = "lzo1x_1, the library", .pack = plain_lzo, .memory = LZO1X_1_MEM_COMPRESS };
	r[1].state = malloc(LZO1X_1_MEM_COMPRESS);
	r[2] = (struct row){ .name = "zstd 1, the library", .pack = plain_zstd, .state = ZSTD_createCCtx() };
	return 3;
}

static unsigned add_ours(struct row *r)
{
	static const struct {
		const struct codec *codec;
		int level;
	} list[] = {
		{ &codec_lzo, 1 },
		{ &codec_zlib, 1 },
		{ &codec_zlib, 4 },
		{ &codec_zlib, 9 },
		{ &codec_zstd, -5 },
		{ &codec_zstd, -2 },
		{ &codec_zstd, -1 },
		{ &codec_zstd, 1 },
		{ &codec_zstd, 2 },
	};
	unsigned n = sizeof(list) / sizeof(list[0]);

	for (unsigned i = 0; i < n; i++) {
		r[i] = (struct row){ .codec = list[i].codec, .pack = list[i].codec->pack };
		snprintf(r[i].name, sizeof(r[i].name), "%s %d", list[i].codec->name, list[i].level);
		r[i].state = list[i].codec->open(list[i].level, PAGE);
		r[i].memory = list[i].codec->memory(list[i].level, PAGE);
	}
	return n;
}

static void run_row(struct row *r, const uint8_t *pages, size_t n)
{
	uint8_t out[CODEC_ROOM(PAGE) + 64];
	double start = now(), took;

	r->out = r->stored = 0;
	for (size_t i = 0; i < n; i++) {
		size_t len = r->pack(r->state, pages + i * PAGE, PAGE, out, sizeof(out));

		if (!len || len >= PAGE) {
			len = PAGE;
			r->stored++;
		}
		r->out += len;
	}
	took = now() - start;
	if (!r->best || took < r->best)
		r->best = took;
}

/* MB/s of unpacking what the row packs; 0 when a page does not come back as it was. */
static double unpack_rate(const struct row *r, const uint8_t *pages, size_t n)
{
	void *reader = codec_unpack.open();
	uint8_t out[CODEC_ROOM(PAGE)], back[PAGE];
	double took = 0;

	for (size_t i = 0; reader && i < n; i++) {
		size_t len = r->pack(r->state, pages + i * PAGE, PAGE, out, sizeof(out));
		double start = now();
		int rc = len ? codec_unpack.page(reader, r->codec->flag, out, len, back, PAGE) : 0;

		took += now() - start;
		if (rc || (len && memcmp(back, pages + i * PAGE, PAGE) != 0))
			return 0;
	}
	codec_unpack.close(reader);
	return reader ? (double)n * PAGE / took / 1e6 : 0;
}

static void print(const struct row *r, const struct row *base, const uint8_t *pages, size_t n)
{
	char unpack[16] = "-";

	if (r->codec)
		snprintf(unpack, sizeof(unpack), "%.0f", unpack_rate(r, pages, n));
	printf("| %-20s | %6.0f | %5.2f | %.4f | %6zu | %6s | %7zu |\n", r->name, (double)n * PAGE / r->best / 1e6,
	       base->best / r->best, (double)r->out / ((double)n * PAGE), r->stored, unpack, r->memory);
}

/* Up to MOST pages of the file that are not zeros, evenly from all of it, in a new buffer. */
static uint8_t *take_pages(const char *path, size_t most, size_t *ret)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	const uint8_t *map;
	uint8_t *pages = malloc(most * PAGE);
	size_t full = 0, seen = 0, n = 0;

	map = fd < 0 || fstat(fd, &st) ? MAP_FAILED : mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED || !pages) {
		free(pages);
		return NULL;
	}
	for (size_t i = 0; i < (size_t)st.st_size / PAGE; i++)
		full += !page_is_zero(map + i * PAGE, PAGE);
	if (most > full)
		most = full;
	for (size_t i = 0; i < (size_t)st.st_size / PAGE && n < most; i++) {
		if (page_is_zero(map + i * PAGE, PAGE))
			continue;
		if (seen++ * most / full >= n)
			memcpy(pages + n++ * PAGE, map + i * PAGE, PAGE);
	}
	munmap((void *)(uintptr_t)map, (size_t)st.st_size);
	close(fd);
	*ret = n;
	return pages;
}

int main(int argc, char **argv)
{
	static struct row row[ROWS];
	size_t mib = argc > 2 ? strtoul(argv[2], NULL, 10) : 64, n = 0;
	uint8_t *pages = argc > 1 ? take_pages(argv[1], mib << 20 >> 12, &n) : NULL;
	unsigned rows;

	if (!pages || !n) {
		fprintf(stderr, "usage: codec FILE [MIB]\n");
		return 2;
	}
	rows = add_plain(row);
	rows += add_ours(row + rows);
	for (unsigned k = 0; k < ROUNDS; k++)
		for (unsigned i = 0; i < rows; i++)
			run_row(&row[i], pages, n);
	printf("%zu pages of %s\n\n", n, argv[1]);
	printf("| codec                |   MB/s | /zlib |  ratio | stored | unpack |   state |\n");
	printf("|---|---|---|---|---|---|---|\n");
	row[2].memory = ZSTD_sizeof_CCtx(row[2].state);
	for (unsigned i = 0; i < rows; i++)
		print(&row[i], &row[0], pages, n);
	return 0;
}
