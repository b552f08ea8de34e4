/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: one service at a time.
 * The lock file is the one of kdump-utils, so that both never load at once; nobody waits for ever.
 */
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "host/kdumpctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#define LOCK     "/run/lock/kdump"
#define EVERY_MS 100
#define SAY_MS   5000

/* Who has it: its number stands in the file. */
static void holder(int fd, char *buf, size_t n)
{
	char pid[24] = "", path[64], name[32] = "";
	size_t got = 0;

	if (fd_pread(fd, pid, sizeof(pid) - 1, 0, &got))
		got = 0;
	pid[got] = '\0';
	pid[strspn(pid, "0123456789")] = '\0';
	if (!*pid || str_fmt(path, sizeof(path), "/proc/%s/comm", pid) || file_line(path, name, sizeof(name), NULL)) {
		(void)str_fmt(buf, n, "another program");
		return;
	}
	(void)str_fmt(buf, n, "process %s (%s)", pid, name);
}

static int await(const struct service *s, int fd, int64_t wait_ms, struct err *e)
{
	int64_t deadline = clock_ms() + wait_ms, say = clock_ms() + SAY_MS;
	char who[80];

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "lock " LOCK);
		if (clock_ms() >= deadline) {
			holder(fd, who, sizeof(who));
			return err_set(e, -ETIMEDOUT, "%s has held " LOCK " for %lld s: nothing was done", who,
				       (long long)(wait_ms / 1000));
		}
		if (clock_ms() >= say) {
			holder(fd, who, sizeof(who));
			host_say(&s->host, HOST_NOTE, "waiting for %s", who);
			say += SAY_MS;
		}
		nanosleep(&(struct timespec){ .tv_nsec = EVERY_MS * 1000000L }, NULL);
	}
	return 0;
}

int service_lock(const struct service *s, int64_t wait_ms, struct service_lock *ret, struct err *e)
{
	char full[HOST_PATH], pid[24];
	int rc = host_path(&s->host, full, LOCK, e), n;

	ret->fd = -1;
	if (rc)
		return rc;
	*strrchr(full, '/') = '\0';
	rc = dir_make(full, 0755, e);
	if (rc == 0)
		rc = host_path(&s->host, full, LOCK, e);
	if (rc)
		return rc;
	ret->fd = open(full, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
	if (ret->fd < 0)
		return err_sys(e, "open %s", full);
	rc = await(s, ret->fd, wait_ms, e);
	if (rc) {
		service_unlock(ret);
		return rc;
	}
	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(ret->fd, 0) || fd_pwrite(ret->fd, pid, (size_t)n, 0))
		host_say(&s->host, HOST_NOTE, LOCK " could not be written");
	return 0;
}

void service_unlock(struct service_lock *l)
{
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
}
