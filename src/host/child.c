/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: programs that the service runs.
 * Each in a process group of its own, with a time limit; a late one goes with all that it started.
 */
#include "host/child.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct pipes {
	int fail[2]; /* the child's errno when exec fails; closed by exec */
	int out[2];  /* its standard output */
};

static void close_one(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_all(struct pipes *p)
{
	for (int i = 0; i < 2; i++) {
		close_one(&p->fail[i]);
		close_one(&p->out[i]);
	}
}

static int open_pipes(struct pipes *p, const struct child_ask *ask, struct err *e)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 } };
	if (pipe2(p->fail, O_CLOEXEC) || (ask->out && pipe2(p->out, O_CLOEXEC))) {
		int rc = err_sys(e, "make a pipe");

		close_all(p);
		return rc;
	}
	return 0;
}

/* In the child; returns only when exec failed. */
static void become(const struct child_ask *ask, const struct pipes *p)
{
	int nowhere = ask->quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1, error;
	sigset_t none;

	if (!ask->terminal)
		setpgid(0, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (nowhere >= 0) {
		dup2(nowhere, STDERR_FILENO);
		if (!ask->out)
			dup2(nowhere, STDOUT_FILENO);
	}
	if (ask->out)
		dup2(p->out[1], STDOUT_FILENO);
	execvp(ask->argv[0], (char *const *)ask->argv);
	error = errno;
	(void)!write(p->fail[1], &error, sizeof(error));
	_exit(127);
}

/* Reads what the child writes until it closes the pipe. False: the deadline has passed. */
static bool gather(int fd, char *buf, size_t room, int64_t deadline)
{
	size_t used = 0;
	char rest[512];

	buf[0] = '\0';
	for (;;) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		bool full = used + 1 >= room;
		ssize_t n;

		if (poll(&wait, 1, deadline_poll(deadline, -1)) == 0)
			return false;
		n = read(fd, full ? rest : buf + used, full ? sizeof(rest) : room - used - 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return true;
		if (!full)
			used += (size_t)n;
		buf[used] = '\0';
	}
}

/* Waits for the process itself. False: the deadline has passed. */
static bool await_end(pid_t pid, int64_t deadline)
{
	struct pollfd wait = { .events = POLLIN };
	int rc;

	if (deadline == DEADLINE_NEVER)
		return true;
	wait.fd = (int)syscall(SYS_pidfd_open, pid, 0); /* close-on-exec by itself; Linux 5.3 */
	if (wait.fd < 0)
		return true;
	do
		rc = poll(&wait, 1, deadline_poll(deadline, -1));
	while (rc < 0 && errno == EINTR);
	close(wait.fd);
	return rc != 0;
}

static int collect(pid_t pid, const char *name, struct err *e)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return err_sys(e, "wait for %s", name);
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	return err_set(e, -EINTR, "%s was ended by signal %d", name, WTERMSIG(status));
}

static int watch(pid_t pid, const struct child_ask *ask, struct pipes *p, struct err *e)
{
	int64_t deadline = ask->limit_ms ? deadline_in(ask->limit_ms) : DEADLINE_NEVER;
	int error = 0;
	bool ended;

	close_one(&p->fail[1]);
	close_one(&p->out[1]);
	if (read(p->fail[0], &error, sizeof(error)) == sizeof(error)) {
		(void)collect(pid, ask->argv[0], NULL);
		errno = error;
		return err_sys(e, "run %s", ask->argv[0]);
	}
	ended = !ask->out || gather(p->out[0], ask->out, ask->room, deadline);
	ended = ended && await_end(pid, deadline);
	if (!ended)
		kill(ask->terminal ? pid : -pid, SIGKILL);
	error = collect(pid, ask->argv[0], ended ? e : NULL);
	if (!ended)
		return err_set(e, -ETIMEDOUT, "%s did not end within %lld s", ask->argv[0],
			       (long long)(ask->limit_ms / 1000));
	return error;
}

int child_run(const struct child_ask *ask, struct err *e)
{
	struct pipes p;
	pid_t pid;
	int rc = open_pipes(&p, ask, e);

	if (rc)
		return rc;
	pid = fork();
	if (pid == 0)
		become(ask, &p);
	if (pid < 0)
		rc = err_sys(e, "fork");
	else
		rc = watch(pid, ask, &p, e);
	close_all(&p);
	return rc;
}
