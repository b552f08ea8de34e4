/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: a source made of /proc/vmcore or of any ELF core file.
 * Reads keep no state, so that threads share one source.
 */
#include "vmcore/vmcore.h"

#include "base/bytes.h"
#include "base/fdio.h"
#include "base/str.h"
#include "vmcore/elf.h"
#include "vmcore/extent.h"
#include "vmcore/notes.h"
#include "base/vmcoreinfo.h"

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
	struct extents pa, va; /* the segments by physical and by virtual address */
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

/* Reads a range that may span several segments; KEY is the kind of address. */
static int read_at(struct vmcore *v, enum extents_key key, uint64_t addr, void *buf, size_t n,
		   struct err *e)
{
	const struct extents *x = key == EXTENTS_PA ? &v->pa : &v->va;
	const char *what = key == EXTENTS_PA ? "physical" : "virtual";
	uint8_t *to = buf;

	while (n) {
		uint64_t off, len;
		size_t part;
		int rc;

		if (!extents_find(x, addr, &off, &len))
			return err_set(e, -EFAULT,
				       "vmcore: %s address 0x%" PRIx64 " is in no segment", what,
				       addr);
		part = len < n ? (size_t)len : n;
		rc = read_file(&v->source, off, to, part, e);
		if (rc < 0)
			return rc;
		to += part;
		addr += part;
		n -= part;
	}
	return 0;
}

static int read_pa(struct source *s, uint64_t pa, void *buf, size_t n, struct err *e)
{
	return read_at(of(s), EXTENTS_PA, pa, buf, n, e);
}

static int read_va(struct source *s, uint64_t va, void *buf, size_t n, struct err *e)
{
	return read_at(of(s), EXTENTS_VA, va, buf, n, e);
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
	rc = read_file(&v->source, off, text, n, e);
	if (rc < 0) {
		free(text);
		return err_add(e, rc, "vmcoreinfo");
	}
	text[n] = '\0';
	v->vmcoreinfo = text;
	return 0;
}

/*
 * Walks one PT_NOTE through a small window. Most of it are the registers of CPUs, which are only
 * stepped over. 1 when vmcoreinfo was found.
 */
static int notes_walk(struct vmcore *v, const struct elf_range *r, struct err *e)
{
	uint64_t pos = 0, len = r->len < NOTES_MAX ? r->len : NOTES_MAX;
	uint8_t buf[WINDOW];
	struct note note;

	while (pos < len) {
		size_t n = len - pos < WINDOW ? (size_t)(len - pos) : WINDOW;
		int rc = read_file(&v->source, r->offset + pos, buf, n, e);

		if (rc < 0)
			return rc;
		note.next = 0;
		while (note_next(buf, n, note.next, &note))
			if (note_is(&note, "VMCOREINFO", 0) &&
			    range_ok(note.desc_at, note.desc_len, len - pos)) {
				rc = vmcoreinfo_read(v, r->offset + pos + note.desc_at,
						     note.desc_len, e);
				return rc < 0 ? rc : 1;
			}
		if (note.next == 0)
			return 0;
		pos += note.next;
	}
	return 0;
}

static int notes_read(struct vmcore *v, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < v->map.nnotes && rc == 0; i++)
		rc = notes_walk(v, &v->map.notes[i], e);
	return rc < 0 ? rc : 0;
}

/* Linux has pages of 4 KiB to 1 MiB (256 KiB on hexagon and ppc44x is the largest in use). */
static bool page_size_ok(uint64_t size)
{
	return size >= 4096 && size <= 1u << 20 && (size & (size - 1)) == 0;
}

static void info_fill(struct vmcore *v, uint64_t file_size)
{
	struct dump_info *info = &v->source.info;
	char release[sizeof(info->osrelease)];
	uint64_t u;

	info->file_size = file_size;
	info->machine = v->map.machine;
	info->segment = v->map.segment;
	info->nsegment = v->map.nsegment;
	info->vmcoreinfo = v->vmcoreinfo ? v->vmcoreinfo : "";
	info->vmcoreinfo_len = strlen(info->vmcoreinfo);
	if (vmci_u64(info->vmcoreinfo, info->vmcoreinfo_len, "PAGESIZE", &u) == 0 &&
	    page_size_ok(u))
		info->page_size = u;
	if (vmci_u64(info->vmcoreinfo, info->vmcoreinfo_len, "CRASHTIME", &u) == 0)
		info->crash_time = (int64_t)u;
	if (vmci_str(info->vmcoreinfo, info->vmcoreinfo_len, "OSRELEASE", release,
		     sizeof(release)) == 0)
		str_safe(info->osrelease, sizeof(info->osrelease), release);
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
		rc = notes_read(v, e);
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
