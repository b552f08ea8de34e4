/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a source made of /proc/vmcore or of any ELF core file.
 * Reads keep no state, so that threads share one source.
 */
#include "vmcore/vmcore.h"

#include "base/bytes.h"
#include "base/fdio.h"
#include "vmcore/elf.h"
#include "vmcore/extent.h"
#include "vmcore/know.h"
#include "vmcore/notes.h"
#include "vmcore/xlat.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define WINDOW         4096u       /* alignment of mappings; also how notes are read */
#define NOTES_MAX      (64u << 20) /* bytes of notes that are walked: 190,000 CPUs */
#define VMCOREINFO_MAX (1u << 20)  /* bytes of vmcoreinfo that are kept */

struct vmcore {
	struct source source; /* first: a source is a vmcore */
	int fd;
	struct elf_map map;
	struct extents pa, va, mem; /* the segments by physical and by virtual address, all memory */
	struct xlat xlat;
	uint64_t page; /* bytes; 4096 when nothing tells */
	char *vmcoreinfo;
};

static struct vmcore *of(struct source *s)
{
	return (struct vmcore *)s;
}

static int read_file(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	size_t got;
	int rc = fd_pread(of(s)->fd, buf, n, off, &got);

	if (rc < 0) {
		errno = -rc;
		return err_sys(e, "vmcore: read %zu bytes at 0x%" PRIx64, n, off);
	}
	if (got < n)
		return err_set(e, -EIO, "vmcore: the file ends at 0x%" PRIx64, off + got);
	return 0;
}

static int map_file(struct source *s, uint64_t off, size_t n, const void **ret, struct err *e)
{
	void *p;

	if (n == 0 || off % WINDOW || n % WINDOW)
		return err_set(e, -EINVAL,
			       "vmcore: map %zu bytes at 0x%" PRIx64 ": not whole pages", n, off);
	if (!range_ok(off, n, align_up(s->info.file_size, WINDOW)))
		return err_set(e, -EFAULT,
			       "vmcore: map %zu bytes at 0x%" PRIx64 ": beyond the file", n, off);
	p = mmap(NULL, n, PROT_READ, MAP_PRIVATE, of(s)->fd, (off_t)off);
	if (p == MAP_FAILED)
		return err_set(e, -EOPNOTSUPP,
			       "vmcore: map %zu bytes at 0x%" PRIx64 ": not possible", n, off);
	*ret = p;
	return 0;
}

static void unmap(struct source *s, const void *p, size_t n)
{
	(void)s;
	if (p)
		munmap((void *)p, n);
}

/* What reading PA, which is in no segment, comes to. WHOLE: the read covers the page of PA. */
static int outside(struct vmcore *v, uint64_t pa, bool whole, uint64_t *edge, struct err *e)
{
	uint64_t off, len;

	*edge = whole ? extents_edge(&v->pa, v->page, pa) : 0;
	if (*edge)
		return 0;
	if (extents_find(&v->mem, pa, &off, &len))
		return err_set(e, -ENODATA,
			       "vmcore: the page at physical address 0x%" PRIx64
			       " was left out of the dump",
			       pa);
	return err_set(e, -EFAULT, "vmcore: physical address 0x%" PRIx64 " is in no segment", pa);
}

static int read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	struct vmcore *v = of(s);
	uint64_t begin = pa, end = pa + n;
	uint8_t *to = buf;

	while (pa != end) {
		uint64_t off, len = 0, page = align_down(pa, v->page);
		bool there = extents_find(&v->pa, pa, &off, &len);
		bool whole = page >= begin && page + v->page <= end;
		int rc = there ? 0 : outside(v, pa, whole, &len, e);
		size_t part = len < end - pa ? (size_t)len : (size_t)(end - pa);

		if (rc == 0 && there)
			rc = read_file(s, off, to, part, e);
		else if (rc == 0)
			memset(to, 0, part);
		if (rc < 0)
			return rc;
		to += part;
		pa += part;
	}
	return 0;
}

static int read_va(struct source *s, uint64_t va, void *buf, size_t n, struct err *e)
{
	uint8_t *to = buf;

	while (n) {
		uint64_t off, len;
		size_t part;
		int rc;

		if (!extents_find(&of(s)->va, va, &off, &len))
			return err_set(e, -EFAULT,
				       "vmcore: virtual address 0x%" PRIx64 " is in no segment", va);
		part = len < n ? (size_t)len : n;
		rc = read_file(s, off, to, part, e);
		if (rc < 0)
			return rc;
		to += part;
		va += part;
		n -= part;
	}
	return 0;
}

/* The notes of several PT_NOTE are one blob, one behind the other. */
static int read_notes(struct source *s, uint64_t off, void *buf, size_t n, struct err *e)
{
	struct vmcore *v = of(s);
	uint8_t *to = buf;

	if (!range_ok(off, n, s->info.notes_len))
		return err_set(e, -EINVAL, "vmcore: notes: %zu bytes at %" PRIu64 " are beyond them", n, off);
	for (unsigned i = 0; i < v->map.nnotes && n; i++) {
		const struct elf_range *r = &v->map.notes[i];
		size_t part = off < r->len && r->len - off < n ? (size_t)(r->len - off) : n;
		int rc;

		if (off >= r->len) {
			off -= r->len;
			continue;
		}
		rc = read_file(s, r->offset + off, to, part, e);
		if (rc < 0)
			return err_add(e, rc, "notes");
		to += part;
		n -= part;
		off = 0;
	}
	return 0;
}

static bool where(struct source *s, uint64_t pa, uint64_t *off, uint64_t *len)
{
	return extents_find(&of(s)->pa, pa, off, len);
}

static void held(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	extents_bits(&of(s)->pa, of(s)->page, first, npfn, bits);
}

static void existed(struct source *s, uint64_t first, uint64_t npfn, uint8_t *bits)
{
	extents_bits(&of(s)->mem, of(s)->page, first, npfn, bits);
}

static int translate(struct source *s, uint64_t va, uint64_t *pa, uint64_t *len, struct err *e)
{
	return know_translate(s, &of(s)->xlat, va, pa, len, e);
}

void vmcore_free(struct source *s)
{
	struct vmcore *v;

	if (!s)
		return;
	v = of(s);
	if (v->fd >= 0)
		close(v->fd);
	extents_free(&v->pa);
	extents_free(&v->va);
	extents_free(&v->mem);
	elf_map_free(&v->map);
	free(v->vmcoreinfo);
	free(v);
}

static const struct source_ops vmcore_ops = {
	.name = "vmcore",
	.read_file = read_file,
	.map_file = map_file,
	.unmap = unmap,
	.read_pa = read_pa,
	.read_va = read_va,
	.read_notes = read_notes,
	.where = where,
	.held = held,
	.existed = existed,
	.translate = translate,
	.free = vmcore_free,
};

unsigned vmcore_flaws(const struct source *s, const char **why)
{
	const struct vmcore *v = (const struct vmcore *)s;

	if (why)
		*why = v->map.why;
	return v->map.dropped;
}

/* The size by stat, or the end of the device: only regular files and /proc/vmcore tell it there. */
static int size_find(struct vmcore *v, const char *path, uint64_t *ret, struct err *e)
{
	struct stat st;
	off_t end;

	if (fstat(v->fd, &st) < 0)
		return err_sys(e, "stat %s", path);
	if (S_ISDIR(st.st_mode))
		return err_set(e, -EISDIR, "%s is a directory", path);
	if (st.st_size == 0) {
		end = lseek(v->fd, 0, SEEK_END);
		*ret = end > 0 ? (uint64_t)end : 0;
	} else {
		*ret = (uint64_t)st.st_size;
	}
	if (*ret == 0)
		return err_set(e, -ENODATA, "%s is empty", path);
	return 0;
}

/* Reads the headers, once more when the first ones say that there are more. */
static int headers_read(struct vmcore *v, uint64_t file_size, struct err *e)
{
	uint64_t need = WINDOW < file_size ? WINDOW : file_size, n = 0;
	uint8_t *buf = NULL;
	int rc = 0;

	while (rc == 0 && n < need) {
		uint8_t *more = realloc(buf, (size_t)need);

		if (!more) {
			rc = err_set(e, -ENOMEM, "ELF header: no memory for %" PRIu64 " bytes",
				     need);
			break;
		}
		buf = more;
		n = need;
		rc = read_file(&v->source, 0, buf, (size_t)n, e);
		if (rc == 0)
			rc = elf_need(buf, (size_t)n, file_size, &need, e);
	}
	if (rc == 0)
		rc = elf_parse(buf, (size_t)n, file_size, &v->map, e);
	free(buf);
	return rc;
}

static int vmcoreinfo_read(struct vmcore *v, uint64_t off, uint32_t len, struct err *e)
{
	size_t n = len < VMCOREINFO_MAX ? len : VMCOREINFO_MAX;
	char *text = malloc(n + 1);
	int rc;

	if (!text)
		return err_set(e, -ENOMEM, "vmcoreinfo: no memory for %zu bytes", n);
	rc = read_notes(&v->source, off, text, n, e);
	if (rc < 0) {
		free(text);
		return err_add(e, rc, "vmcoreinfo");
	}
	text[n] = '\0';
	v->vmcoreinfo = text;
	v->source.info.vmcoreinfo_at = off;
	return 0;
}

/* One note whose content is at offset DESC of the blob. */
static int note_use(struct vmcore *v, const struct note *note, uint64_t desc, struct err *e)
{
	struct dump_info *info = &v->source.info;

	if (note_is(note, "CORE", NT_PRSTATUS))
		info->ncpu++;
	if (v->vmcoreinfo || !note_is(note, "VMCOREINFO", 0) ||
	    !range_ok(desc, note->desc_len, info->notes_len))
		return 0;
	return vmcoreinfo_read(v, desc, note->desc_len, e);
}

/*
 * Walks the notes through a small window. Most of them are the registers of CPUs, which are only
 * stepped over.
 */
static int notes_walk(struct vmcore *v, struct err *e)
{
	uint64_t pos = 0, len = v->source.info.notes_len;
	uint8_t buf[WINDOW];
	struct note note;

	while (pos < len) {
		size_t n = len - pos < WINDOW ? (size_t)(len - pos) : WINDOW;
		int rc = read_notes(&v->source, pos, buf, n, e);

		note.next = 0;
		while (rc == 0 && note_next(buf, n, note.next, &note))
			rc = note_use(v, &note, pos + note.desc_at, e);
		if (rc < 0 || note.next == 0)
			return rc;
		pos += note.next;
	}
	return 0;
}

static int notes_find(struct vmcore *v, struct err *e)
{
	for (unsigned i = 0; i < v->map.nnotes; i++) {
		struct elf_range *r = &v->map.notes[i];

		if (r->len > NOTES_MAX - v->source.info.notes_len)
			r->len = NOTES_MAX - v->source.info.notes_len;
		v->source.info.notes_len += r->len;
	}
	return notes_walk(v, e);
}

static void info_fill(struct vmcore *v, uint64_t file_size)
{
	struct dump_info *info = &v->source.info;

	info->kind = SOURCE_ELF;
	info->file_size = file_size;
	info->machine = v->map.machine;
	info->incomplete = v->map.incomplete;
	info->segment = v->map.segment;
	info->nsegment = v->map.nsegment;
	know_vmcoreinfo(info, v->vmcoreinfo);
	v->page = info->page_size ? info->page_size : 4096;
	if (v->mem.n) {
		const struct extent *last = &v->mem.at[v->mem.n - 1];

		info->max_pfn = (last->addr + (last->len - 1)) / v->page + 1;
	}
	xlat_find(info, &v->xlat);
	know_uts(&v->source);
}

static int fill(struct vmcore *v, const char *path, struct err *e)
{
	uint64_t file_size = 0;
	int rc;

	v->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (v->fd < 0)
		return err_sys(e, "open %s", path);
	rc = size_find(v, path, &file_size, e);
	if (rc == 0)
		rc = headers_read(v, file_size, e);
	if (rc == 0)
		rc = extents_build(&v->pa, v->map.segment, v->map.nsegment, EXTENTS_PA, e);
	if (rc == 0)
		rc = extents_build(&v->va, v->map.segment, v->map.nsegment, EXTENTS_VA, e);
	if (rc == 0)
		rc = extents_build(&v->mem, v->map.segment, v->map.nsegment, EXTENTS_MEM, e);
	if (rc == 0)
		rc = notes_find(v, e);
	if (rc == 0)
		info_fill(v, file_size);
	return rc;
}

int vmcore_open(struct source **ret, const char *path, struct err *e)
{
	struct vmcore *v = calloc(1, sizeof(*v));
	int rc;

	if (!v)
		return err_set(e, -ENOMEM, "vmcore: no memory");
	v->fd = -1;
	v->source.ops = &vmcore_ops;
	rc = fill(v, path, e);
	if (rc < 0) {
		vmcore_free(&v->source);
		return err_add(e, rc, "vmcore");
	}
	*ret = &v->source;
	return 0;
}
