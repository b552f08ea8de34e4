/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: one step in one child.
 * The child's end is seen as the end of its channel, so nothing is polled but the clock.
 */
#include "run/step.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/meminfo.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define KILL_PATIENCE_MS 5000
#define MESSAGES_AT_ONCE 32
#define TALK_MS          1000 /* for the messages of one turn: consoles may be slow */
#define STAGES_MAX       64   /* of one step; stages beyond them are no movement */

struct running {
	const struct step *s;
	const struct step_watch *w;
	pid_t pid;
	int fd;
	int64_t limit, stall; /* deadlines, clock_ms() */
	uint64_t done, total; /* of this stage: the most ever, and what it said of all */
	uint64_t written;
	unsigned stages;
	int64_t pace;   /* when the rate is looked at again; DEADLINE_NEVER: none is asked for */
	uint64_t moved; /* bytes since it was looked at last */
	bool slow;
	struct err said; /* the child's own sentence */
};

static void child(const struct step *s, int fd)
{
	struct channel ch = { fd };
	struct err e = { 0 };
	int rc;

	(void)prctl(PR_SET_NAME, s->name);
	(void)setsid();
	/* The step dies before PID 1 when memory runs out, and PID 1 tells. */
	(void)!file_put("/proc/self/oom_score_adj", "1000", NULL);
	memory_confine(s->memory);
	rc = s->work(&ch, s->arg, &e);
	if (rc && !e.text[0])
		(void)err_set(&e, rc, "%s", strerror(-rc));
	if (rc)
		channel_error(&ch, &e);
	_exit(rc ? 1 : 0);
}

static int start(struct running *r, struct err *e)
{
	int sv[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv))
		return err_sys(e, "%s: socketpair", r->s->name);
	r->pid = fork();
	if (r->pid < 0) {
		int rc = err_sys(e, "%s: fork", r->s->name);

		close(sv[0]);
		close(sv[1]);
		return rc;
	}
	if (r->pid == 0) {
		close(sv[0]);
		child(r->s, sv[1]);
	}
	close(sv[1]);
	r->fd = sv[0];
	return 0;
}

/*
 * Only what is more than ever before is movement: a number that is said again, or goes back and forth, is none. The
 * filter may look at all pages again (keeper_scan()), which begins a stage as another total does; stages are counted.
 */
static bool is_movement(struct running *r, const struct msg *m)
{
	uint64_t done = (uint64_t)m->a, total = (uint64_t)m->b, before = r->moved;
	uint64_t written = strtoull(m->text, NULL, 10);

	if ((total != r->total || (!total && done < r->done)) && r->stages < STAGES_MAX) {
		r->stages++;
		r->total = total;
		r->done = 0;
	}
	/* without a total these are no bytes: pages that are looked at */
	if (done > r->done) {
		r->moved += total ? done - r->done : (done - r->done) * 4096;
		r->done = done;
	}
	if (written > r->written) {
		r->moved += written - r->written;
		r->written = written;
	}
	return r->moved > before;
}

/* Whether too few bytes moved in the time that is over; a new time begins. */
static bool is_slow(struct running *r, int64_t now)
{
	bool slow = r->moved < r->s->rate * (uint64_t)r->s->stall_ms / 1000;

	if (now < r->pace)
		return false;
	r->pace = deadline_in(r->s->stall_ms);
	r->moved = 0;
	return slow;
}

/*
 * Takes the messages that are there, but comes back to the clock between many, and while consoles are slow: a child
 * that never stops talking has its limit too. False when the child has closed its end.
 */
static bool take_messages(struct running *r)
{
	int64_t until = clock_ms() + TALK_MS;
	struct msg m;
	int rc = 0;

	for (unsigned i = 0; i < MESSAGES_AT_ONCE && clock_ms() < until && (rc = channel_next(r->fd, &m)) == 1; i++) {
		if (m.kind == MSG_ERROR)
			(void)err_set(&r->said, m.a < 0 ? (int)m.a : -EIO, "%s", m.text);
		else
			r->w->message(r->w->arg, r->s, &m);
		if (m.kind == MSG_PROGRESS && is_movement(r, &m))
			r->stall = deadline_in(r->s->stall_ms);
	}
	return rc >= 0;
}

/* 0 the child closed its channel; -ETIMEDOUT. */
static int attend(struct running *r)
{
	int64_t second = clock_ms() + 1000;

	for (;;) {
		int64_t now = clock_ms(), next = second;
		struct pollfd p = { .fd = r->fd, .events = POLLIN };
		bool late;

		if (r->limit < next)
			next = r->limit;
		if (r->stall < next)
			next = r->stall;
		(void)poll(&p, 1, next > now ? (int)(next - now) : 0);
		if (p.revents && !take_messages(r))
			return 0;
		now = clock_ms();
		r->slow = is_slow(r, now);
		late = now >= r->limit || now >= r->stall || r->slow;
		if (now >= second) {
			r->w->second(r->w->arg, r->s, !late);
			second = now + 1000;
		}
		if (late)
			return -ETIMEDOUT;
	}
}

/* Waits for the child and reaps strangers on the way. True with *STATUS when it ended before DEADLINE. */
static bool reap(pid_t pid, int64_t deadline, int *status)
{
	for (;;) {
		int st;
		pid_t got = waitpid(-1, &st, WNOHANG);

		if (got == pid) {
			*status = st;
			return true;
		}
		if (got > 0)
			continue;
		if (got < 0 && errno != EINTR)
			return false;
		if (clock_ms() >= deadline)
			return false;
		(void)poll(NULL, 0, 20);
	}
}

static int judge(struct running *r, int status, struct err *e)
{
	const char *why;

	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && r->said.text[0])
		return err_set(e, r->said.code, "%s: %s", r->s->name, r->said.text);
	if (WIFEXITED(status))
		return err_set(e, -EIO, "%s: ended with status %d and said nothing", r->s->name, WEXITSTATUS(status));
	why = WTERMSIG(status) == SIGKILL ? " (out of memory?)" : "";
	return err_set(e, -EINTR, "%s: killed by signal %d, %s%s", r->s->name, WTERMSIG(status),
		       strsignal(WTERMSIG(status)), why);
}

static int too_late(struct running *r, struct err *e)
{
	bool total = clock_ms() >= r->limit;
	int status;

	(void)kill(-r->pid, SIGKILL);
	(void)kill(r->pid, SIGKILL);
	if (!reap(r->pid, clock_ms() + KILL_PATIENCE_MS, &status))
		r->w->message(r->w->arg, r->s, &(struct msg){ .kind = MSG_WARN, .text = "does not die, left behind" });
	if (total)
		return err_set(e, -ETIMEDOUT, "%s: not done after %lld s, its time limit", r->s->name,
			       (long long)(r->s->limit_ms / 1000));
	if (r->slow)
		return err_set(e, -ETIMEDOUT, "%s: slower than %llu KiB/s for %lld s, and another target is left",
			       r->s->name, (unsigned long long)(r->s->rate >> 10), (long long)(r->s->stall_ms / 1000));
	return err_set(e, -ETIMEDOUT, "%s: nothing moved for %lld s", r->s->name, (long long)(r->s->stall_ms / 1000));
}

int step_run(const struct step *s, const struct step_watch *w, struct err *e)
{
	struct running r = { .s = s, .w = w, .fd = -1 };
	int status = 0, rc = start(&r, e);

	if (rc)
		return rc;
	r.limit = deadline_in(s->limit_ms);
	r.stall = deadline_in(s->stall_ms);
	r.pace = s->rate ? r.stall : DEADLINE_NEVER;
	rc = attend(&r);
	if (rc)
		rc = too_late(&r, e);
	else if (reap(r.pid, clock_ms() + KILL_PATIENCE_MS, &status))
		rc = judge(&r, status, e);
	else
		rc = too_late(&r, e);
	close(r.fd);
	return rc;
}
