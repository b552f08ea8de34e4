/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: one service at a time.
 * The lock lies where only root can hold it. That of kdump-utils is waited for as well where no other user can hold it,
 * so that both do not load at once; it is never a reason not to arm.
 */
#include "base/clock.h"
#include "base/dumpdir.h"
#include "base/fdio.h"
#include "base/str.h"
#include "host/kdumpctl.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define LOCK          SERVICE_RUN "/lock"
#define THEIR_DIR     "/run/lock"
#define THEIR_NAME    "kdump" /* of kdump-utils 1.0.54, kdumpctl: exec 9>/var/lock/kdump */
#define THEIR_WAIT_MS 20000   /* a load of kdump-utils takes less; a build may take longer, and does not load */
#define EVERY_MS      100
#define SAY_MS        5000

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

static int await(const struct service *s, int fd, const char *lock, int64_t wait_ms, struct err *e)
{
	int64_t deadline = clock_ms() + wait_ms, say = clock_ms() + SAY_MS;
	char who[80];

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK && errno != EINTR)
			return err_sys(e, "lock %s", lock);
		if (clock_ms() >= deadline) {
			holder(fd, who, sizeof(who));
			return err_set(e, -ETIMEDOUT, "%s has held %s for %lld s", who, lock,
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

static void write_pid(const struct service *s, int fd, const char *lock)
{
	char pid[24];
	int n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) || fd_pwrite(fd, pid, (size_t)n, 0))
		host_say(&s->host, HOST_NOTE, "%s could not be written", lock);
}

/*
 * /run/crashbox, root's alone: an older version made it readable for everybody. With one that belongs to another user
 * nothing is locked, which is an error: only root makes directories in /run.
 */
static int open_run(const struct service *s, int *ret, struct err *e)
{
	char full[HOST_PATH];
	int rc = host_path(&s->host, full, SERVICE_RUN, e);

	if (rc == 0)
		rc = dumpdir_open(ret, "", full, DUMPDIR_MAKE | DUMPDIR_SAFE, e);
	if (rc == 0 && fchmod(*ret, 0700)) {
		rc = err_sys(e, "make %s private", full);
		close(*ret);
	}
	return rc;
}

static int open_own(const struct service *s, int *ret, struct err *e)
{
	int dir = -1, rc = open_run(s, &dir, e);

	if (rc)
		return rc;
	*ret = openat(dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	if (*ret < 0)
		rc = err_sys(e, "open " LOCK);
	close(dir);
	return rc;
}

/* True when only root can open the file FD: a user who can read a file can hold its lock. */
static bool is_private(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid() && !(st.st_mode & 077);
}

/* The lock of kdump-utils, or -1: it does not lie where only root can hold it. */
static int open_theirs(const struct service *s)
{
	char full[HOST_PATH];
	int dir = -1, fd;

	if (host_path(&s->host, full, THEIR_DIR, NULL) || dumpdir_open(&dir, "", full, DUMPDIR_SAFE, NULL))
		return -1;
	fd = openat(dir, THEIR_NAME, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
	close(dir);
	if (fd >= 0 && !is_private(fd)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* Never fails: an arming that both do at once ends with one of two good loads, none at all ends with nothing. */
static void lock_theirs(const struct service *s, int64_t wait_ms, struct service_lock *l)
{
	struct err e = { 0 };

	l->theirs = open_theirs(s);
	if (l->theirs < 0)
		return;
	if (await(s, l->theirs, THEIR_DIR "/" THEIR_NAME, wait_ms < THEIR_WAIT_MS ? wait_ms : THEIR_WAIT_MS, &e) == 0) {
		write_pid(s, l->theirs, THEIR_DIR "/" THEIR_NAME);
		return;
	}
	host_say(&s->host, HOST_WARN, "%s: going on without it", e.text);
	close(l->theirs);
	l->theirs = -1;
}

int service_lock(const struct service *s, int64_t wait_ms, struct service_lock *ret, struct err *e)
{
	int rc;

	*ret = (struct service_lock){ .fd = -1, .theirs = -1 };
	rc = open_own(s, &ret->fd, e);
	if (rc)
		return rc;
	rc = await(s, ret->fd, LOCK, wait_ms, e);
	if (rc) {
		service_unlock(ret);
		return err_add(e, rc, "nothing was done");
	}
	write_pid(s, ret->fd, LOCK);
	lock_theirs(s, wait_ms, ret);
	return 0;
}

void service_unlock(struct service_lock *l)
{
	if (l->theirs >= 0)
		close(l->theirs);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = l->theirs = -1;
}
