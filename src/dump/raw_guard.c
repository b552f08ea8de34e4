/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dump: may this partition be written over?
 * A label alone proves little: mkfs leaves the end of a partition alone. What begins it must be ours as well.
 */
#include "dump/raw_guard.h"

#include "base/crc32.h"
#include "base/fdio.h"
#include "base/str.h"
#include "dev/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHUNK 65536u

/* -EMEDIUMTYPE when libblkid knows something that lies there. */
static int check_content(const struct raw_dev *d, struct err *e)
{
	char what[64];
	int rc = probe_any(d->path, what, sizeof(what), e);

	if (rc || !what[0])
		return rc;
	return err_set(e, -EMEDIUMTYPE, "%s holds %s: it is not written over", d->path, what);
}

int raw_guard_check(struct raw_dev *d, struct err *e)
{
	uint32_t crc;
	bool blank = false;
	int rc;

	if (d->labelled && d->label.head_known) {
		rc = raw_dev_head(d, &crc, e);
		if (rc || crc == d->label.head_crc)
			return rc;
	}
	rc = check_content(d, e);
	if (rc || d->labelled)
		return rc;
	rc = raw_dev_blank(d, &blank, e);
	if (rc || blank)
		return rc;
	return err_set(e, -EMEDIUMTYPE, "%s has no label of ours and is not blank: it is not written over", d->path);
}

int raw_guard_open(struct raw_dev **ret, const char *path, struct err *e)
{
	struct raw_dev *d;
	int rc = raw_dev_open(&d, path, RAW_WRITE, e);

	if (rc)
		return rc;
	rc = raw_guard_check(d, e);
	if (rc) {
		raw_dev_free(d);
		return rc;
	}
	*ret = d;
	return 0;
}

/* ---- the program itself ---- */

static int sum_file(const char *path, uint32_t *crc, uint64_t *size, struct err *e)
{
	int fd = file_open(path, e), rc = fd < 0 ? fd : 0;
	uint8_t *buf = malloc(CHUNK);
	size_t got = CHUNK;

	*crc = 0;
	*size = 0;
	if (rc == 0 && !buf)
		rc = err_set(e, -ENOMEM, "%s: no memory", path);
	while (rc == 0 && got == CHUNK) {
		rc = fd_read(fd, buf, CHUNK, &got);
		if (rc) {
			errno = -rc;
			rc = err_sys(e, "read %s", path);
			break;
		}
		*crc = crc32_add(*crc, buf, got);
		*size += got;
	}
	free(buf);
	if (fd >= 0)
		close(fd);
	return rc;
}

int raw_guard_sum(const char *binary, char *buf, size_t n, struct err *e)
{
	uint64_t size;
	uint32_t crc;
	int rc = sum_file(binary, &crc, &size, e);

	return rc ? rc : str_fmt(buf, n, "crc32 %08x %llu", crc, (unsigned long long)size);
}

int raw_guard_self(const char *sums, const char *binary, struct err *e)
{
	char want[80], is[80];
	int rc;

	if (access(sums, F_OK) && errno == ENOENT)
		return 1;
	rc = file_line(sums, want, sizeof(want), e);
	if (rc == 0)
		rc = raw_guard_sum(binary, is, sizeof(is), e);
	if (rc || strcmp(want, is) == 0)
		return rc;
	return err_set(e, -EBADMSG, "%s is not the program that the image was built with (%s, expected %s): "
				    "nothing raw is written",
		       binary, is, want);
}
