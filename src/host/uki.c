/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: kernel images as files: which kernel one is, and the kernel out of a unified image (UKI).
 * Every size is held against the file's own.
 */
#include "host/uki.h"

#include "base/fdio.h"
#include "base/newfile.h"
#include "base/str.h"
#include "dev/unpack.h"
#include "host/kernel_version.h"
#include "host/pe_image.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KERNEL_MAX  (512u << 20)
#define KERNEL_HEAD (KERNEL_HEAD_BYTES > PE_HEAD_BYTES ? KERNEL_HEAD_BYTES : PE_HEAD_BYTES)

/* An open kernel image and its first bytes. */
struct image {
	int fd;
	struct stat st;
	uint8_t *head; /* owned */
	size_t n;
};

static void image_close(struct image *i)
{
	close(i->fd);
	free(i->head);
}

static int image_open(const struct host *h, const char *path, struct image *ret, struct err *e)
{
	char full[HOST_PATH];
	int rc = host_path(h, full, path, e);

	if (rc)
		return rc;
	*ret = (struct image){ .fd = open(full, O_RDONLY | O_NONBLOCK | O_CLOEXEC) };
	if (ret->fd < 0)
		return err_sys(e, "open %s", path);
	ret->head = malloc(KERNEL_HEAD);
	if (!ret->head)
		rc = err_set(e, -ENOMEM, "no memory to read %s", path);
	else if (fstat(ret->fd, &ret->st))
		rc = err_sys(e, "stat %s", path);
	else if (!S_ISREG(ret->st.st_mode))
		rc = err_set(e, -EINVAL, "%s is not a file", path);
	else if ((rc = fd_pread(ret->fd, ret->head, KERNEL_HEAD, 0, &ret->n)))
		rc = err_set(e, rc, "read %s: %s", path, strerror(-rc));
	if (rc)
		image_close(ret);
	return rc;
}

static int find(const struct image *i, const char *name, struct pe_section *ret)
{
	return pe_find_section(i->head, i->n, (uint64_t)i->st.st_size, name, ret);
}

static int read_text(const struct image *i, const struct pe_section *s, char *buf, size_t n)
{
	size_t got;
	int rc = s->n < n ? fd_pread(i->fd, buf, s->n, s->at, &got) : -ENAMETOOLONG;

	buf[rc ? 0 : got] = '\0';
	for (size_t end = strlen(buf); rc == 0 && end && strchr("\r\n \t", buf[end - 1]); end--)
		buf[end - 1] = '\0';
	return rc;
}

/* The bytes of section S, into a new buffer that the caller frees. */
static int read_section(const struct image *i, const struct pe_section *s, char **ret)
{
	char *bytes = malloc((size_t)s->n + 1);
	size_t got = 0;
	int rc = bytes ? fd_pread(i->fd, bytes, (size_t)s->n, s->at, &got) : -ENOMEM;

	if (rc == 0 && got < s->n)
		rc = -EIO;
	if (rc)
		free(bytes);
	else
		*ret = bytes;
	return rc;
}

/* The release in the banner of the kernel in PART, which is no bzImage and begins with the N_HEAD bytes at HEAD. */
static int banner_version(const struct image *i, const struct pe_section *part, const uint8_t *head, size_t n_head,
			  char *buf, size_t n)
{
	struct unpack_out out = { .max = KERNEL_MAX };
	struct kernel_inner k;
	char *bytes = NULL;
	int rc = part->n > KERNEL_MAX ? -EFBIG : kernel_inner_find(head, n_head, part->n, &k);

	if (rc == 0)
		rc = read_section(i, &(struct pe_section){ part->at + k.at, k.n }, &bytes);
	if (rc)
		return rc;
	if (*k.suffix)
		rc = unpack(k.suffix, bytes, (size_t)k.n, &out, NULL);
	if (rc == 0)
		rc = *k.suffix ? kernel_version_banner(out.buf, out.len, buf, n)
			       : kernel_version_banner((const uint8_t *)bytes, (size_t)k.n, buf, n);
	free(out.buf);
	free(bytes);
	return rc;
}

/* The release of the kernel that lies in a UKI. */
static int inner_version(const struct image *i, const struct pe_section *part, char *buf, size_t n)
{
	size_t want = part->n < KERNEL_HEAD_BYTES ? (size_t)part->n : KERNEL_HEAD_BYTES, got;
	uint8_t *head = malloc(want + 1);
	int rc = head ? fd_pread(i->fd, head, want, part->at, &got) : -ENOMEM;

	if (rc == 0 && (rc = kernel_version_bzimage(head, got, buf, n)))
		rc = banner_version(i, part, head, got, buf, n);
	free(head);
	return rc;
}

int kernel_image_version(const struct host *h, const char *path, char *buf, size_t n, bool *unified)
{
	struct pe_section part = { 0 }, uname;
	struct image i;
	int rc = image_open(h, path, &i, NULL);

	buf[0] = '\0';
	*unified = false;
	if (rc)
		return rc;
	rc = kernel_version_bzimage(i.head, i.n, buf, n); /* a kernel with an EFI stub is a PE file as well */
	if (rc && find(&i, ".linux", &part) == 0) {
		*unified = true;
		rc = find(&i, ".uname", &uname);
		if (rc == 0)
			rc = read_text(&i, &uname, buf, n);
		if (rc)
			rc = inner_version(&i, &part, buf, n);
	} else if (rc) {
		rc = banner_version(&i, &(struct pe_section){ 0, (uint64_t)i.st.st_size }, i.head, i.n, buf, n);
	}
	image_close(&i);
	if (rc)
		buf[0] = '\0';
	return rc ? -ENODATA : 0;
}

int uki_text(const struct host *h, const char *path, const char *section, char *buf, size_t n, struct err *e)
{
	struct pe_section s;
	struct image i;
	int rc = image_open(h, path, &i, e);

	buf[0] = '\0';
	if (rc)
		return rc;
	rc = find(&i, section, &s);
	if (rc == 0)
		rc = read_text(&i, &s, buf, n);
	image_close(&i);
	return rc ? err_set(e, rc, "%s: the section %s cannot be read", path, section) : 0;
}

static bool has_bytes(const char *path, const char *bytes, size_t n)
{
	char *is = NULL;
	size_t len;
	bool same = file_read(path, KERNEL_MAX, &is, &len, NULL) == 0 && len == n && memcmp(is, bytes, n) == 0;

	free(is);
	return same;
}

static int write_kernel(const char *to, const char *bytes, size_t n, struct err *e)
{
	char dir[HOST_PATH], *slash;
	int rc;

	memcpy(dir, to, sizeof(dir));
	slash = strrchr(dir, '/');
	*slash = '\0';
	rc = dir_make(dir, 0755, e);
	return rc ? rc : newfile_write(to, bytes, n, e);
}

int uki_take_kernel(const struct host *h, const char *path, const char *to, struct err *e)
{
	char full[HOST_PATH], *bytes = NULL;
	struct pe_section s;
	struct image i;
	int rc = host_path(h, full, to, e);

	if (rc == 0)
		rc = image_open(h, path, &i, e);
	if (rc)
		return rc;
	rc = find(&i, ".linux", &s);
	if (rc || s.n == 0 || s.n > KERNEL_MAX)
		rc = err_set(e, -EINVAL, "%s: no kernel in its section .linux", path);
	if (rc == 0 && (rc = read_section(&i, &s, &bytes)))
		err_set(e, rc, "read the kernel in %s: %s", path, strerror(-rc));
	if (rc == 0 && !has_bytes(full, bytes, (size_t)s.n))
		rc = write_kernel(full, bytes, (size_t)s.n, e);
	free(bytes);
	image_close(&i);
	return rc;
}
