/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: what the files of kdumpctl have in common: the words of its command line, and how a command ends.
 * A command gives the exit code; S is open.
 */
#ifndef APPLETS_KDUMPCTL_KDUMPCTL_H
#define APPLETS_KDUMPCTL_KDUMPCTL_H

#include "base/err.h"
#include "host/kdumpctl.h"

#include <stdbool.h>
#include <stdint.h>

struct words {
	const char *command, *argument;
	const char *kernel, *fadump; /* of reset-crashkernel */
	char joined[256];            /* words that make one argument */
	const char *hotplug;         /* --hotplug=cpu|memory */
	uint64_t wait_s;
	bool force, dry, json, reboot, recover;
};

/* Prints SENTENCE to standard error and gives EXIT_FAILED. */
int kdumpctl_fail(const char *sentence);

/* The exit code of RC; its sentence E is printed when it is one of an error. */
int kdumpctl_end(int rc, const struct err *e);

struct service_how kdumpctl_how(const struct words *w);

/* Prints a sentence of the service: what it does to standard output, warnings and notes to standard error. */
void kdumpctl_say(void *arg, enum host_say kind, const char *sentence);

/* boot.c: crashkernel= of the next boots */
int kdumpctl_default(struct service *s, const struct words *w);
int kdumpctl_reset(struct service *s, const struct words *w);

/*
 * A package installed the kernel W->argument: its entry gets what the running system has. That is what kdump-utils asks
 * for in kernel hooks; auto_reset_crashkernel of kdump.conf forbids it.
 */
int kdumpctl_reset_installed(struct service *s, const struct words *w);

/* dumps.c: the dumps of this machine, and what the next one will take */
int kdumpctl_list(struct service *s, const struct words *w);
int kdumpctl_estimate(struct service *s, const struct words *w);

#endif
