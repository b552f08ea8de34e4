/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: work that goes on beside the steps.
 * A process of its own session that nobody waits for; it ends with the machine.
 */
#include "run/background.h"

#include <sys/prctl.h>
#include <unistd.h>

int background(struct channel *ch, const char *name, void (*work)(void *arg), void *arg, struct err *e)
{
	pid_t pid = fork();

	if (pid < 0)
		return err_sys(e, "%s: fork", name);
	if (pid > 0)
		return 0;
	/* The end of a step is the end of its channel: it must not be held open here. */
	close(ch->fd);
	ch->fd = -1;
	(void)setsid();
	(void)prctl(PR_SET_NAME, name);
	work(arg);
	_exit(0);
}
