/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/oracle: the bytes of a file by offset, of a plain and of a flattened one.
 * Promise: flattened records are found whatever their order; records that cover the same byte are counted.
 * Flattened: a header of 4096 bytes ("makedumpfile", type 1, version 1), then records of big-endian offset and size,
 * and the end mark -1 -1.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "dump.h"

enum { FLAT_HEADER = 4096 };

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("pages: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

static int by_offset(const void *a, const void *b)
{
	const struct stretch *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

static uint64_t big(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

static void add_record(struct view *v, size_t *room, uint64_t at, uint64_t size, const uint8_t *bytes)
{
	if (v->count == *room) {
		*room = *room ? *room * 2 : 1024;
		v->stretch = realloc(v->stretch, *room * sizeof(*v->stretch));
		if (!v->stretch)
			die("no memory");
	}
	v->stretch[v->count++] = (struct stretch){ at, size, bytes };
}

static void read_records(struct view *v)
{
	uint64_t pos = FLAT_HEADER;
	size_t room = 0;

	v->cut = true;
	while (pos + 16 <= v->map_size) {
		uint64_t at = big(v->map + pos), size = big(v->map + pos + 8);

		pos += 16;
		if (at == UINT64_MAX && size == UINT64_MAX) {
			v->cut = false;
			break;
		}
		if (at >> 62 || !size || size >> 62)
			die("%s: flattened record at %#llx has offset %#llx, size %#llx", v->path,
			    (unsigned long long)pos - 16, (unsigned long long)at, (unsigned long long)size);
		if (size > v->map_size - pos)
			size = v->map_size - pos;
		add_record(v, &room, at, size, v->map + pos);
		pos += size;
	}
	if (!v->cut && pos != v->map_size)
		die("%s: %llu bytes after the end mark", v->path, (unsigned long long)(v->map_size - pos));
	qsort(v->stretch, v->count, sizeof(*v->stretch), by_offset);
	for (size_t i = 0; i < v->count; i++) {
		const struct stretch *s = &v->stretch[i];

		if (s->at < v->size)
			v->overlaps++;
		if (s->at + s->size > v->size)
			v->size = s->at + s->size;
	}
}

void view_open(struct view *v, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	*v = (struct view){ .path = path };
	if (fd < 0 || fstat(fd, &st))
		die("%s: %s", path, strerror(errno));
	v->map_size = (uint64_t)st.st_size;
	if (!v->map_size)
		die("%s: empty", path);
	v->map = mmap(NULL, v->map_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (v->map == MAP_FAILED)
		die("%s: %s", path, strerror(errno));
	close(fd);
	v->flat = v->map_size >= FLAT_HEADER && !memcmp(v->map, "makedumpfile\0\0\0", 16) && big(v->map + 16) == 1;
	if (v->flat) {
		read_records(v);
		return;
	}
	v->size = v->map_size;
	v->stretch = malloc(sizeof(*v->stretch));
	if (!v->stretch)
		die("no memory");
	v->stretch[0] = (struct stretch){ 0, v->size, v->map };
	v->count = 1;
}

/* The last stretch that begins at or before @at; NULL: none. */
static const struct stretch *find(const struct view *v, uint64_t at)
{
	size_t low = 0, high = v->count;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (v->stretch[mid].at <= at)
			low = mid + 1;
		else
			high = mid;
	}
	return low ? &v->stretch[low - 1] : NULL;
}

bool view_read(const struct view *v, uint64_t at, void *to, uint64_t n)
{
	uint8_t *out = to;

	if (at > v->size || n > v->size - at)
		return false;
	memset(out, 0, n);
	while (n) {
		const struct stretch *s = find(v, at), *next = s ? s + 1 : v->stretch;
		uint64_t take = n;

		if (s && at - s->at < s->size) {
			if (take > s->size - (at - s->at))
				take = s->size - (at - s->at);
			memcpy(out, s->bytes + (at - s->at), take);
		} else if (next < v->stretch + v->count && take > next->at - at) {
			take = next->at - at;
		}
		out += take;
		at += take;
		n -= take;
	}
	return true;
}

const uint8_t *view_bytes(const struct view *v, uint64_t at, uint64_t n)
{
	const struct stretch *s = find(v, at);
	uint8_t *copy;

	if (at > v->size || n > v->size - at)
		return NULL;
	if (s && at - s->at <= s->size && n <= s->size - (at - s->at))
		return s->bytes + (at - s->at);
	copy = malloc(n ? n : 1);
	if (!copy)
		die("no memory");
	view_read(v, at, copy, n);
	return copy;
}
