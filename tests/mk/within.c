/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: a command that may take so much memory and so long.
 * within KIB SECONDS COMMAND...: its exit status; 99 when a signal ended it, 98 when it held more, 97 when it took
 * longer, each said on the error output.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t pid;

static void too_late(int sig)
{
	(void)sig;
	(void)kill(pid, SIGKILL);
}

int main(int argc, char **argv)
{
	struct rusage use;
	int status;

	if (argc < 4)
		return 2;
	pid = fork();
	if (pid == 0) {
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		_exit(127);
	}
	signal(SIGALRM, too_late);
	alarm((unsigned)atoi(argv[2]));
	while (wait4(pid, &status, 0, &use) < 0)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) {
		fprintf(stderr, "within: still running after %s s\n", argv[2]);
		return 97;
	}
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "within: ended by signal %d, %s\n", WTERMSIG(status), strsignal(WTERMSIG(status)));
		return 99;
	}
	if (use.ru_maxrss > atol(argv[1])) {
		fprintf(stderr, "within: it held %ld KiB\n", use.ru_maxrss);
		return 98;
	}
	return WEXITSTATUS(status);
}
