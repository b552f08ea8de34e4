/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what a step tells PID 1.
 * One message is one packet of a SOCK_SEQPACKET pair: a child killed in the middle cannot send half of one.
 */
#include "run/channel.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define HEAD offsetof(struct msg, text)

static void send_msg(struct channel *ch, const struct msg *m)
{
	size_t n = HEAD + strlen(m->text) + 1;

	while (send(ch->fd, m, n, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

void channel_say(struct channel *ch, enum msg_kind kind, const char *fmt, ...)
{
	struct msg m = { .kind = kind };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m.text, sizeof(m.text), fmt, ap);
	va_end(ap);
	send_msg(ch, &m);
}

void channel_await(struct channel *ch, const char *what, int64_t seconds_left)
{
	struct msg m = { .kind = MSG_AWAIT, .a = seconds_left };

	snprintf(m.text, sizeof(m.text), "%s", what);
	send_msg(ch, &m);
}

void channel_progress(struct channel *ch, uint64_t done, uint64_t total)
{
	struct msg m = { .kind = MSG_PROGRESS, .a = (int64_t)done, .b = (int64_t)total };

	send_msg(ch, &m);
}

void channel_progress_out(struct channel *ch, uint64_t done, uint64_t total, uint64_t written)
{
	struct msg m = { .kind = MSG_PROGRESS, .a = (int64_t)done, .b = (int64_t)total };

	snprintf(m.text, sizeof(m.text), "%llu", (unsigned long long)written);
	send_msg(ch, &m);
}

void channel_fact(struct channel *ch, const char *key, const char *fmt, ...)
{
	struct msg m = { .kind = MSG_FACT };
	int n = snprintf(m.text, sizeof(m.text), "%s=", key);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(m.text + n, sizeof(m.text) - (size_t)n, fmt, ap);
	va_end(ap);
	send_msg(ch, &m);
}

void channel_error(struct channel *ch, const struct err *e)
{
	struct msg m = { .kind = MSG_ERROR, .a = e->code };

	snprintf(m.text, sizeof(m.text), "%s", e->text);
	send_msg(ch, &m);
}

int channel_next(int fd, struct msg *ret)
{
	ssize_t n = recv(fd, ret, sizeof(*ret), MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (n == 0)
		return -EPIPE;
	if ((size_t)n < HEAD)
		return -EBADMSG;
	if ((size_t)n == sizeof(*ret))
		n--;
	((char *)ret)[n] = '\0';
	return 1;
}
