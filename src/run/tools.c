/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the shell of the image.
 * A half-written program never has the name under which it would be started.
 */
#include "run/tools.h"

#include "base/fdio.h"
#include "dev/modfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define PACKED         "/bin/busybox.gz"
#define PROGRAM        "/bin/busybox"
#define HALF           "/bin/.busybox"
#define SIZE_MAX_BYTES (16u << 20)

static int write_program(const void *p, size_t n, struct err *e)
{
	int fd = open(HALF, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755), rc;

	if (fd < 0)
		return err_sys(e, "create %s", HALF);
	rc = fd_write(fd, p, n);
	close(fd);
	errno = -rc;
	if (rc)
		return err_sys(e, "write %s", HALF);
	return rename(HALF, PROGRAM) ? err_sys(e, "rename %s", HALF) : 0;
}

int tools_unpack(struct err *e)
{
	void *p;
	size_t n;
	int rc;

	if (access(PACKED, F_OK) || access(PROGRAM, F_OK) == 0)
		return 0;
	rc = modfile_read(PACKED, SIZE_MAX_BYTES, &p, &n, e);
	if (rc)
		return rc;
	rc = write_program(p, n, e);
	free(p);
	if (rc == 0)
		(void)unlink(PACKED);
	return rc;
}
