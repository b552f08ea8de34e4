/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: one module file into the kernel.
 * Plain files go in by descriptor, compressed ones are unpacked in memory that is bounded first.
 */
#include "dev/modfile.h"

#include "base/fdio.h"
#include "base/meminfo.h"
#include "base/str.h"
#include "dev/module.h"
#include "dev/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <linux/magic.h>

/* No more than what is free now. */
static size_t memory_bound(void)
{
	uint64_t n = memory_available();

	return n && n < MODULE_BYTES_MAX ? (size_t)n : MODULE_BYTES_MAX;
}

int modfile_read(const char *path, size_t max, void **ret, size_t *len, struct err *e)
{
	struct unpack_out out = { .max = max > MODULE_BYTES_MAX ? MODULE_BYTES_MAX : max };
	char *raw;
	size_t n;
	int rc = file_read(path, out.max, &raw, &n, e);

	if (rc)
		return rc;
	if (!unpack_wanted(path)) {
		*ret = raw;
		*len = n;
		return 0;
	}
	rc = unpack(path, raw, n, &out, e);
	free(raw);
	if (rc)
		return rc;
	*ret = out.buf;
	*len = out.len;
	return 0;
}

/* What init_module(2) means by its error numbers: kernel/module/main.c v6.1. */
static int explain(struct err *e, int cause, const char *path)
{
	static const struct {
		int code;
		const char *text;
	} known[] = {
		{ ENOENT, "Unknown symbol in module (see the kernel log)" },
		{ ENOEXEC, "not a module for this kernel (see the kernel log)" },
		{ EKEYREJECTED, "signed with a key this kernel does not trust" },
		{ EPERM, "not allowed: no privilege, or modules are locked down" },
		{ EINVAL, "bad parameter, or a damaged module (see the kernel log)" },
		{ ENODEV, "no such device here" },
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++)
		if (known[i].code == cause)
			return err_set(e, -cause, "init_module %s: %s", path, known[i].text);
	errno = cause;
	return err_sys(e, "init_module %s", path);
}

size_t modfile_unsigned(const void *p, size_t n)
{
	static const char marker[] = "~Module signature appended~\n";
	const size_t m = sizeof(marker) - 1, info = 12;
	const unsigned char *end = (const unsigned char *)p + n;
	size_t sig;

	if (n < m + info || memcmp(end - m, marker, m) != 0)
		return n;
	end -= m;
	sig = (size_t)end[-4] << 24 | (size_t)end[-3] << 16 | (size_t)end[-2] << 8 | end[-1];
	n -= m + info;
	return sig <= n ? n - sig : n + m + info;
}

/* The kernel insists on signatures; then checking them is its business and takes its time. */
static bool signatures_enforced(void)
{
	char answer[8];

	return file_line("/sys/module/module/parameters/sig_enforce", answer, sizeof(answer), NULL) == 0 &&
	       answer[0] == 'Y';
}

/*
 * The N bytes of a module at P into the kernel. TRUSTED ones go without their signature first: hashing
 * and public-key arithmetic take a third of the time a module takes to load. 0, or the errno.
 */
static int init_module(const void *p, size_t n, bool trusted, const char *params)
{
	size_t bare = trusted && !signatures_enforced() ? modfile_unsigned(p, n) : n;
	int rc = syscall(SYS_init_module, p, (unsigned long)bare, params) ? errno : 0;

	if (bare < n && (rc == EPERM || rc == ENOKEY || rc == EKEYREJECTED))
		rc = syscall(SYS_init_module, p, (unsigned long)n, params) ? errno : 0;
	return rc;
}

static int insert_packed(const char *path, const char *params, bool trusted, uint64_t *bytes, struct err *e)
{
	void *buf;
	size_t n;
	int rc = modfile_read(path, memory_bound(), &buf, &n, e);

	if (rc)
		return rc;
	rc = init_module(buf, n, trusted, params);
	free(buf);
	*bytes = n;
	if (rc == EEXIST)
		return -EEXIST;
	return rc ? explain(e, rc, path) : 0;
}

static int insert_plain(const char *path, const char *params, bool trusted, uint64_t *bytes, struct err *e)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), rc;
	void *p;

	if (fd < 0)
		return err_sys(e, "open %s", path);
	*bytes = fstat(fd, &st) ? 0 : (uint64_t)st.st_size;
	p = trusted && *bytes ? mmap(NULL, *bytes, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
	if (p == MAP_FAILED) {
		rc = syscall(SYS_finit_module, fd, params, 0) ? errno : 0;
	} else {
		rc = init_module(p, *bytes, trusted, params);
		munmap(p, *bytes);
	}
	close(fd);
	if (rc == EEXIST)
		return -EEXIST;
	return rc ? explain(e, rc, path) : 0;
}

bool modfile_find(const char *path, char found[PATH_MAX])
{
	static const char *const suffix[] = { "", ".xz", ".zst", ".gz" };
	const char *cut;
	size_t n;

	if (str_fmt(found, PATH_MAX, "%s", path))
		return false;
	if (access(path, F_OK) == 0)
		return true;
	cut = strrchr(path, '.');
	n = strlen(path);
	if (cut && unpack_wanted(path))
		n = (size_t)(cut - path);
	for (size_t i = 0; i < ARRAY_LEN(suffix); i++)
		if (!str_fmt(found, PATH_MAX, "%.*s%s", (int)n, path, suffix[i]) && access(found, F_OK) == 0)
			return true;
	(void)str_fmt(found, PATH_MAX, "%s", path);
	return false;
}

static uint64_t drop_file(const char *path)
{
	struct statfs fs;
	struct stat st;

	if (stat(path, &st) || statfs(path, &fs))
		return 0;
	if (fs.f_type != RAMFS_MAGIC && fs.f_type != TMPFS_MAGIC)
		return 0;
	return unlink(path) ? 0 : (uint64_t)st.st_size;
}

int modfile_insert(const char *path, const char *params, bool drop, struct modfile_result *r, struct err *e)
{
	char file[PATH_MAX];
	uint64_t bytes = 0;
	int rc;

	(void)modfile_find(path, file);
	if (unpack_wanted(file))
		rc = insert_packed(file, params, drop, &bytes, e);
	else
		rc = insert_plain(file, params, drop, &bytes, e);
	if (rc && rc != -EEXIST)
		return rc;
	*r = (struct modfile_result){ .present = rc == -EEXIST, .bytes = rc ? 0 : bytes };
	if (drop)
		r->freed = drop_file(file);
	return 0;
}
