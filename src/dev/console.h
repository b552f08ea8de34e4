/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: every console somebody may be looking at.
 * Writing is best effort and bounded: a line that hangs costs a moment once, never the dump.
 */
#ifndef DEV_CONSOLE_H
#define DEV_CONSOLE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CONSOLE_MAX  8
#define CONSOLE_NAME 32

struct console_names {
	char name[CONSOLE_MAX][CONSOLE_NAME]; /* "ttyS0" */
	unsigned n;
};

struct console {
	char name[CONSOLE_NAME];
	int fd;
	bool stuck;         /* took nothing for a whole wait: it gets no more waiting until it does */
	unsigned long lost; /* bytes it did not take */
};

struct console_set {
	struct console c[CONSOLE_MAX];
	unsigned n;
};

/*
 * Adds to *NAMES what `console=NAME[,options]` words of a kernel command line name. Pure. Names with a
 * '/' or '.', empty ones, "null" and repeated ones are left out.
 */
void console_names(const char *cmdline, struct console_names *names);

/*
 * Opens the consoles of CMDLINE (may be NULL) and of ROOT/sys/class/tty/console/active below ROOT/dev,
 * and ROOT/dev/console when none of them opens. None at all is fine: SET->n is 0.
 */
void console_open(const char *root, const char *cmdline, struct console_set *set);

/* Writes N bytes to every console, waiting at most WAIT_MS for each that is slow. */
void console_write(struct console_set *set, const void *buf, size_t n, int wait_ms);

/* SET may be NULL. */
void console_close(struct console_set *set);

#endif
