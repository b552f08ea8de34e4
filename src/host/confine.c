/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: a look into a file that another user could have made.
 * In a child without privileges, with limits of time and memory: whatever the file does to the parser ends there.
 */
#include "host/confine.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY    65534      /* the user that owns nothing */
#define OWN_USER  0x70000000 /* from here to 0x7fffffff are no users (systemd, "Users, Groups, UIDs and GIDs") */
#define FILES_MAX 1024       /* descriptors that are closed in the child; this program has a few open */

struct verdict {
	int rc;
	struct err e;
};

struct ends {
	int answer[2], verdict[2];
};

/* ---- in the child ---- */

static bool stays(const struct confine *c, const struct ends *p, int fd)
{
	for (unsigned i = 0; i < CONFINE_FILES; i++)
		if (c->fd[i] == fd)
			return true;
	return fd == p->answer[1] || fd == p->verdict[1];
}

static int limit(int what, uint64_t most)
{
	struct rlimit r = { .rlim_cur = most, .rlim_max = most };

	return setrlimit((unsigned)what, &r);
}

/*
 * A user that no other process is of: one of user 65534, as some services are, could stop or kill a child that it
 * shares the user with. Where a user namespace does not have the number, that one all the same.
 */
static int be_alone(void)
{
	const uid_t own = OWN_USER + (uid_t)getpid();

	if (setgroups(0, NULL))
		return -1;
	if (setresgid(own, own, own) == 0 && setresuid(own, own, own) == 0)
		return 0;
	return setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY) ? -1 : 0;
}

/* Nothing that root may do, no descriptor but those of C, no more than the limits. */
static int give_up(const struct confine *c, const struct ends *p, struct err *e)
{
	for (int fd = 0; fd < FILES_MAX; fd++)
		if (!stays(c, p, fd))
			close(fd);
	if (geteuid() == 0 && be_alone())
		return err_sys(e, "give up privileges");
	/* After the change of user, which would undo the first. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return err_sys(e, "give up privileges");
	if (limit(RLIMIT_AS, c->memory) || limit(RLIMIT_CPU, (uint64_t)c->limit_ms / 1000 + 1) ||
	    limit(RLIMIT_FSIZE, 0) || limit(RLIMIT_CORE, 0) || limit(RLIMIT_NPROC, 0))
		return err_sys(e, "set limits");
	return 0;
}

static void child(const struct confine *c, const struct ends *p)
{
	struct verdict v = { 0 };

	v.rc = give_up(c, p, &v.e);
	if (v.rc == 0)
		v.rc = c->work(c->arg, p->answer[1], &v.e);
	_exit(fd_write(p->verdict[1], &v, sizeof(v)) ? 1 : 0);
}

/* ---- in the parent ---- */

/* The next bytes of FD; 0 at its end, -ETIMEDOUT. */
static ssize_t read_until(const struct confine *c, int fd, void *buf, size_t n, int64_t deadline, struct err *e)
{
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int rc = poll(&wait, 1, deadline_poll(deadline, -1));
		ssize_t got;

		if (rc == 0)
			return err_set(e, -ETIMEDOUT, "%s: reading it takes more than %lld s", c->what,
				       (long long)(c->limit_ms / 1000));
		got = rc < 0 ? -1 : read(fd, buf, n);
		if (got >= 0)
			return got;
		if (errno != EINTR)
			return err_sys(e, "%s", c->what);
	}
}

static int gather(const struct confine *c, int fd, int64_t deadline, struct err *e)
{
	char buf[16384];

	for (;;) {
		ssize_t n = read_until(c, fd, buf, sizeof(buf), deadline, e);
		int rc;

		if (n <= 0)
			return (int)n;
		rc = c->take(c->take_arg, buf, (size_t)n, e);
		if (rc)
			return rc;
	}
}

/* What the child says of its work; -EIO: it was ended before it could. One write of less than PIPE_BUF. */
static int judge(const struct confine *c, int fd, int64_t deadline, struct err *e)
{
	struct verdict v = { 0 };
	ssize_t n = read_until(c, fd, &v, sizeof(v), deadline, e);

	if (n < 0)
		return (int)n;
	if (n != sizeof(v))
		return err_set(e, -EIO, "%s: reading it takes more than the limits of time and memory allow", c->what);
	v.e.text[sizeof(v.e.text) - 1] = '\0';
	return v.rc ? err_set(e, v.rc < 0 ? v.rc : -EIO, "%s", v.e.text) : 0;
}

static int watch(const struct confine *c, pid_t pid, struct ends *p, struct err *e)
{
	int64_t deadline = deadline_in(c->limit_ms);
	int rc;

	close(p->answer[1]);
	close(p->verdict[1]);
	p->answer[1] = p->verdict[1] = -1;
	rc = gather(c, p->answer[0], deadline, e);
	if (rc == 0)
		rc = judge(c, p->verdict[0], deadline, e);
	kill(pid, SIGKILL); /* whatever it still does: its answer is here, or is not wanted */
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return rc;
}

int confine_run(const struct confine *c, struct err *e)
{
	struct ends p = { { -1, -1 }, { -1, -1 } };
	pid_t pid = -1;
	int rc;

	if (pipe2(p.answer, O_CLOEXEC) == 0 && pipe2(p.verdict, O_CLOEXEC) == 0)
		pid = fork();
	if (pid == 0)
		child(c, &p);
	rc = pid < 0 ? err_sys(e, "look into %s", c->what) : watch(c, pid, &p, e);
	for (unsigned i = 0; i < 2; i++) {
		if (p.answer[i] >= 0)
			close(p.answer[i]);
		if (p.verdict[i] >= 0)
			close(p.verdict[i]);
	}
	return rc;
}

struct answer {
	char *buf;
	size_t used, n;
};

static int take_answer(void *arg, const void *p, size_t n, struct err *e)
{
	struct answer *a = arg;

	if (n > a->n - a->used)
		return err_set(e, -EIO, "an answer of more than %zu bytes", a->n);
	memcpy(a->buf + a->used, p, n);
	a->used += n;
	return 0;
}

int confine_answer(struct confine *c, void *buf, size_t n, struct err *e)
{
	struct answer a = { .buf = buf, .n = n };
	int rc;

	c->take = take_answer;
	c->take_arg = &a; /* cppcheck-suppress autoVariables ; taken back below */
	rc = confine_run(c, e);
	c->take_arg = NULL;
	if (rc == 0 && a.used != n)
		rc = err_set(e, -EIO, "%s: no answer", c->what);
	return rc;
}
