/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base: memory that may not be there.
 * The handler stays installed: outside of fault_try() it restores the default, so that a SIGBUS nobody
 * expects kills as ever.
 */
#include "base/fault.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stddef.h>

/* Where a fault returns to. Signals have no argument to travel in. */
static _Thread_local sigjmp_buf fault_return;
static _Thread_local volatile sig_atomic_t fault_armed;

static void on_sigbus(int sig)
{
	if (fault_armed)
		siglongjmp(fault_return, sig);
	signal(sig, SIG_DFL);
}

static void install(void)
{
	/* SA_NODEFER: the jump leaves the handler without its return, the signal stays deliverable. */
	struct sigaction on = { .sa_handler = on_sigbus, .sa_flags = SA_NODEFER };

	sigaction(SIGBUS, &on, NULL);
}

int fault_try(int (*work)(void *arg), void *arg)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	int rc;

	pthread_once(&once, install);
	/* No mask is saved: that would be a system call for every window. */
	if (sigsetjmp(fault_return, 0)) {
		fault_armed = 0;
		return -EFAULT;
	}
	fault_armed = 1;
	rc = work(arg);
	fault_armed = 0;
	return rc;
}
