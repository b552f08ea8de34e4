/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: a foreign program inside a step.
 * The end is taken from SIGCHLD, not from the pipe: a hook's background process may hold the pipe open.
 */
#include "run/program.h"

#include "run/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

struct lines {
	char text[256];
	size_t n;
};

/* Sends every full line of what was read; a longer one is cut into pieces. */
static void feed_lines(struct lines *l, struct channel *ch, const char *p, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bool end = p[i] == '\n' || p[i] == '\r';

		if (!end)
			l->text[l->n++] = p[i];
		if (l->n && (end || l->n == sizeof(l->text) - 1)) {
			l->text[l->n] = '\0';
			channel_say(ch, MSG_SAY, "%s", l->text);
			l->n = 0;
		}
	}
}

/* Takes what is in the pipe now. False at its end. */
static bool drain(int fd, struct lines *l, struct channel *ch)
{
	char buf[512];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		feed_lines(l, ch, buf, (size_t)n);
	return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* In the child. When the program cannot be started its errno goes to FAILED, which exec closes. */
static void become(char *const argv[], char *const envp[], int out, int failed)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), cause;
	sigset_t none;

	if (null >= 0)
		dup2(null, 0);
	dup2(out, 1);
	dup2(out, 2);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(argv[0], argv, envp);
	cause = errno;
	(void)!write(failed, &cause, sizeof(cause));
	_exit(127);
}

/* Waits until the child has become the program. 0, or the errno of its exec. */
static int started(int failed)
{
	int cause = 0;

	while (read(failed, &cause, sizeof(cause)) < 0 && errno == EINTR)
		;
	return cause;
}

static int attend(pid_t pid, int sig, int out, struct channel *ch, void (*tick)(void *), void *arg)
{
	struct pollfd p[2] = { { .fd = sig, .events = POLLIN }, { .fd = out, .events = POLLIN } };
	struct lines l = { .n = 0 };
	int status;

	for (;;) {
		struct signalfd_siginfo si;
		int got = poll(p, 2, 1000);

		if (got == 0 && tick)
			tick(arg);
		if (p[1].revents && !drain(out, &l, ch))
			p[1].fd = -1;
		if (!(p[0].revents & POLLIN) || read(sig, &si, sizeof(si)) < 0)
			continue;
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
	}
	(void)drain(out, &l, ch);
	feed_lines(&l, ch, "\n", 1);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* Starts the program with its output in OUT. 0, or -errno with its sentence. */
static int start(char *const argv[], char *const envp[], int out, pid_t *pid, struct err *e)
{
	int failed[2], rc = 0;

	if (pipe2(failed, O_CLOEXEC))
		return err_sys(e, "pipe");
	*pid = fork();
	if (*pid == 0)
		become(argv, envp, out, failed[1]);
	close(failed[1]);
	if (*pid < 0)
		rc = err_sys(e, "fork");
	else if ((errno = started(failed[0])))
		rc = err_sys(e, "start");
	close(failed[0]);
	return rc;
}

int program_run(struct channel *ch, char *const argv[], char *const envp[],
		void (*tick)(void *arg), void *arg, struct err *e)
{
	sigset_t chld;
	int out[2], sig, rc;
	pid_t pid = -1;

	if (tools_unpack(e))
		channel_say(ch, MSG_WARN, "%s, going on", e ? e->text : "busybox");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	sig = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	if (sig < 0)
		return err_sys(e, "signalfd");
	if (pipe2(out, O_CLOEXEC | O_NONBLOCK)) {
		rc = err_sys(e, "pipe");
		close(sig);
		return rc;
	}
	(void)fcntl(out[1], F_SETFL, 0);
	rc = start(argv, envp, out[1], &pid, e);
	close(out[1]);
	if (rc == 0)
		rc = attend(pid, sig, out[0], ch, tick, arg);
	close(out[0]);
	close(sig);
	return rc;
}
