/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: a foreign program inside a step.
 * The end is taken from SIGCHLD, not from the pipe: a hook's background process may hold the pipe open.
 */
#include "run/program.h"

#include "base/clock.h"
#include "base/str.h"
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

#define TICK_MS  1000
#define ARGS_MAX 64 /* of a text without #! */

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
			l->text[l->n++] = p[i] == '\t' ? ' ' : p[i];
		if (l->n && (end || l->n == sizeof(l->text) - 1)) {
			l->text[l->n] = '\0';
			channel_say(ch, MSG_SAY, "%s", l->text);
			l->n = 0;
		}
	}
}

/* Takes what is in the pipe now, and not what a program that never stops talking adds meanwhile. False at its end. */
static bool drain(int fd, struct lines *l, struct channel *ch)
{
	int left = fcntl(fd, F_GETPIPE_SZ);
	char buf[512];
	ssize_t n = 1;

	for (; left > 0 && (n = read(fd, buf, sizeof(buf))) > 0; left -= (int)n)
		feed_lines(l, ch, buf, (size_t)n);
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* A program and what comes out of it. */
struct program {
	struct channel *ch;
	struct program_watch w;
	struct err *e;
	pid_t pid;
	int sig, say, data; /* descriptors: its end, its words, its standard output where that is taken, else -1 */
	int rc;             /* of taking it */
	struct lines lines;
};

/* As drain(), of the data. A failure ends the program, too. */
static bool take(struct program *p)
{
	int left = fcntl(p->data, F_GETPIPE_SZ);
	char buf[32768];
	ssize_t n = 1;

	for (; p->rc == 0 && left > 0 && (n = read(p->data, buf, sizeof(buf))) > 0; left -= (int)n)
		p->rc = p->w.take(p->w.arg, buf, (size_t)n, p->e);
	if (p->rc) {
		(void)kill(p->pid, SIGKILL);
		return false;
	}
	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* A text without #! is run by /bin/sh, as a shell does it. Gives the errno that says most. */
static int become_script(char *const argv[], char *const envp[])
{
	char *script[ARGS_MAX + 2] = { "/bin/sh" };
	unsigned n = 0;

	while (n < ARGS_MAX && argv[n]) {
		script[n + 1] = argv[n];
		n++;
	}
	if (argv[n])
		return E2BIG;
	execve(script[0], script, envp);
	return errno == ENOENT ? ENOEXEC : errno;
}

/* In the child. When the program cannot be started its errno goes to FAILED, which exec closes. */
static void become(char *const argv[], char *const envp[], const int out[2], int failed)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC), cause;
	sigset_t none;

	if (null >= 0)
		dup2(null, 0);
	dup2(out[0], 1);
	dup2(out[1], 2);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	execve(argv[0], argv, envp);
	cause = errno;
	if (cause == ENOEXEC)
		cause = become_script(argv, envp);
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

/* The exit status, or 128 + signal; -errno when the output could not be taken. */
static int attend(struct program *p)
{
	struct pollfd fd[3] = { { .fd = p->sig, .events = POLLIN },
				{ .fd = p->say, .events = POLLIN },
				{ .fd = p->data, .events = POLLIN } };
	int64_t next = clock_ms() + TICK_MS;
	int status;

	for (;;) {
		struct signalfd_siginfo si;

		(void)poll(fd, ARRAY_LEN(fd), deadline_poll(next, TICK_MS));
		/* by the clock: a program that never stops talking has its growth seen too */
		if (clock_ms() >= next) {
			if (p->w.tick)
				p->w.tick(p->w.arg);
			next = clock_ms() + TICK_MS;
		}
		if (fd[1].revents && !drain(p->say, &p->lines, p->ch))
			fd[1].fd = -1;
		if (fd[2].fd >= 0 && fd[2].revents && !take(p))
			fd[2].fd = -1;
		if (!(fd[0].revents & POLLIN) || read(p->sig, &si, sizeof(si)) < 0)
			continue;
		if (waitpid(p->pid, &status, WNOHANG) == p->pid)
			break;
	}
	(void)drain(p->say, &p->lines, p->ch);
	feed_lines(&p->lines, p->ch, "\n", 1);
	if (fd[2].fd >= 0)
		(void)take(p);
	if (p->rc)
		return p->rc;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/*
 * Why PATH did not start: CAUSE is its errno. ENOENT may be of the interpreter that a script names: often for a \r
 * behind its name.
 */
static int say_start(const char *path, int cause, struct err *e)
{
	char head[256] = "";
	size_t n;
	int fd = cause == ENOENT ? open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) : -1;
	ssize_t got = fd < 0 ? -1 : read(fd, head, sizeof(head) - 1);

	if (fd >= 0)
		close(fd);
	head[got > 0 ? got : 0] = '\0';
	n = strcspn(head, "\n");
	if (str_starts(head, "#!") && head[n - 1] == '\r')
		return err_set(e, -ENOENT, "\\r at the end of the first line: no program has that name");
	head[n] = '\0';
	if (str_starts(head, "#!"))
		return err_set(e, -ENOENT, "start: %.100s is not there", str_trim(head + 2));
	errno = cause;
	return err_sys(e, "start");
}

/* Starts the program with its outputs in OUT. 0, or -errno with its sentence. */
static int start(struct program *p, char *const argv[], char *const envp[], const int out[2])
{
	int failed[2], cause, rc = 0;

	if (pipe2(failed, O_CLOEXEC))
		return err_sys(p->e, "pipe");
	p->pid = fork();
	if (p->pid == 0)
		become(argv, envp, out, failed[1]);
	close(failed[1]);
	if (p->pid < 0)
		rc = err_sys(p->e, "fork");
	else if ((cause = started(failed[0])))
		rc = say_start(argv[0], cause, p->e);
	close(failed[0]);
	return rc;
}

/* A pipe that we read without waiting. */
static int open_pipe(int *ours, int *theirs, struct err *e)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK))
		return err_sys(e, "pipe");
	(void)fcntl(fd[1], F_SETFL, 0);
	*ours = fd[0];
	*theirs = fd[1];
	return 0;
}

static void close_all(const int *fd, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

int program_run(struct channel *ch, char *const argv[], char *const envp[], const struct program_watch *w,
		struct err *e)
{
	struct program p = { .ch = ch, .e = e, .pid = -1, .say = -1, .data = -1 };
	int out[2] = { -1, -1 }, rc;
	sigset_t chld;

	if (w)
		p.w = *w;
	if (tools_unpack(e))
		channel_say(ch, MSG_WARN, "%s, going on", e ? e->text : "busybox");
	sigemptyset(&chld);
	sigaddset(&chld, SIGCHLD);
	sigprocmask(SIG_BLOCK, &chld, NULL);
	p.sig = signalfd(-1, &chld, SFD_CLOEXEC | SFD_NONBLOCK);
	rc = p.sig < 0 ? err_sys(e, "signalfd") : open_pipe(&p.say, &out[1], e);
	if (rc == 0 && p.w.take)
		rc = open_pipe(&p.data, &out[0], e);
	if (rc == 0)
		rc = start(&p, argv, envp, (int[]){ out[0] >= 0 ? out[0] : out[1], out[1] });
	close_all(out, 2);
	if (rc == 0)
		rc = attend(&p);
	close_all((int[]){ p.say, p.data, p.sig }, 3);
	return rc;
}
