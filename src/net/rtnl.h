/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: talking to the kernel's routing tables.
 * One request, one answer; a refusal carries the kernel's own sentence. Waiting has a deadline.
 */
#ifndef NET_RTNL_H
#define NET_RTNL_H

#include "net/nlmsg.h"

/* A connection. Zeros are a closed one except for fd; open it before use. */
struct rtnl {
	int fd;
	uint32_t seq;
};

int must_check rtnl_open(struct rtnl *r, struct err *e);
void rtnl_close(struct rtnl *r);

/* Sends W and waits for the acknowledgement. 0, or the kernel's -errno with its sentence. */
int must_check rtnl_do(struct rtnl *r, struct nl_writer *w, struct err *e);

/* What is called for each message of an answer; other than 0 ends the calls and is the result. */
typedef int (*rtnl_each)(void *arg, const struct nlmsghdr *h);

/*
 * Sends W, whose flags say whether it asks for one object or for all (NLM_F_DUMP), and gives the answer to
 * EACH. 0, what EACH gave, or -errno.
 */
int must_check rtnl_ask(struct rtnl *r, struct nl_writer *w, rtnl_each each, void *arg, struct err *e);

/* What a second connection hears of. */
enum { RTNL_HEAR_LINKS = 1,
       RTNL_HEAR_ADDRESSES = 2,
       RTNL_HEAR_ADVERTS = 4 };

/* Opens a socket that hears of changes from now on, mask of RTNL_HEAR_…; the caller closes it. */
int must_check rtnl_listen(unsigned mask, struct err *e);

/*
 * Waits for news on FD until DEADLINE and takes what is there; EACH (may be NULL) sees the messages, its result is not
 * looked at. 1: there were news (or some were lost: look at the state), 0: time is over, also while news go on coming
 * (those that were there were taken), -errno.
 */
int must_check rtnl_wait(int fd, int64_t deadline, rtnl_each each, void *arg, struct err *e);

#endif
