/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: a look into a file that another user could have made.
 * In a child without privileges, with limits of time and memory: whatever the file does to the parser ends there.
 */
#ifndef HOST_CONFINE_H
#define HOST_CONFINE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define CONFINE_FILES 4

struct confine {
	/* In the child: reads, and writes its answer to OUT with confine_give() or write(2). 0 or -errno. */
	int (*work)(void *arg, int out, struct err *e);
	void *arg;
	int fd[CONFINE_FILES]; /* what the child may use; -1: none. All other descriptors are closed in it */
	int64_t limit_ms;      /* then it is killed: -ETIMEDOUT */
	uint64_t memory;       /* bytes of address space */
	const char *what;      /* for sentences: the file */
	/* In this process: the next N bytes of the answer. Other than 0 ends it. */
	int (*take)(void *arg, const void *p, size_t n, struct err *e);
	void *take_arg;
};

/*
 * Runs C->work in a child that can open nothing new with more rights. When this process is root, the child is of a user
 * and a group that no other process is of, with no group beside. Gives what it gave; -ETIMEDOUT; -EIO when a limit
 * ended it; what a system call said that gives up privileges. The answer of a child that failed is not to be trusted.
 */
int must_check confine_run(const struct confine *c, struct err *e);

/* confine_run() for an answer of exactly N bytes, into BUF. -EIO: it was shorter or longer. */
int must_check confine_answer(struct confine *c, void *buf, size_t n, struct err *e);

#endif
