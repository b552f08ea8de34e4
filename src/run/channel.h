/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what a step tells PID 1.
 * A step runs in a child and never touches the console; it sends short messages, PID 1 shows them.
 */
#ifndef RUN_CHANNEL_H
#define RUN_CHANNEL_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define MSG_TEXT_MAX 1000

enum msg_kind {
	MSG_SAY,      /* text: a line for the console */
	MSG_LINE,     /* text: a line of the crashed kernel's log for the console only */
	MSG_WARN,     /* text: a line for the console and the report */
	MSG_AWAIT,    /* text: what is awaited; a: seconds left, -1 unknown */
	MSG_PROGRESS, /* a: bytes done, b: bytes in all, 0 unknown; text: bytes written, when that differs */
	MSG_FACT,     /* text: "key=value" for the report */
	MSG_ERROR,    /* text: the error sentence of a failed step; a: its -errno */
};

struct msg {
	int32_t kind;
	int32_t reserved;
	int64_t a, b;
	char text[MSG_TEXT_MAX]; /* NUL-terminated */
};

/* The sending end, in the child. */
struct channel {
	int fd;
};

/* None of these fails: a step whose PID 1 does not listen has nobody to tell. */
void channel_say(struct channel *ch, enum msg_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void channel_await(struct channel *ch, const char *what, int64_t seconds_left);
void channel_progress(struct channel *ch, uint64_t done, uint64_t total);
/* The same, of a dump that gets smaller on the way: WRITTEN bytes went to the target. */
void channel_progress_out(struct channel *ch, uint64_t done, uint64_t total, uint64_t written);
void channel_fact(struct channel *ch, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void channel_error(struct channel *ch, const struct err *e);

/*
 * The receiving end: the next message of FD without waiting. 1 a message, 0 none now, -EPIPE when
 * the sender is gone, else -errno. Text is terminated and bounded whatever was sent.
 */
int must_check channel_next(int fd, struct msg *ret);

#endif
