/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: PID 1 while a step runs.
 * Shows what the step says, keeps what it finds, and feeds the watchdog only while it moves.
 */
#include "run/run.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "run/say.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PROGRESS_EVERY_MS 3000
#define AWAIT_EVERY_MS    5000

static void keep_fact(struct run *r, const char *text)
{
	char key[32];
	const char *eq = strchr(text, '=');

	if (!eq || eq == text || (size_t)(eq - text) >= sizeof(key))
		return;
	snprintf(key, sizeof(key), "%.*s", (int)(eq - text), text);
	if (strcmp(key, "place") == 0) {
		(void)str_fmt(r->dir, sizeof(r->dir), "%s", eq + 1);
		return;
	}
	if (strcmp(key, "dir") == 0 && r->mounted && str_starts(eq + 1, r->mounted))
		eq += strlen(r->mounted); /* as the running system will see it */
	report_fact(&r->rep, key, eq + 1);
}

static void on_message(void *arg, const struct step *s, const struct msg *m)
{
	struct run *r = arg;

	switch (m->kind) {
	case MSG_SAY:
		say(r, s->name, "%s", m->text);
		break;
	case MSG_LINE:
		say_line(r, m->text);
		break;
	case MSG_WARN:
		say_note(r, s->name, "%s", m->text);
		break;
	case MSG_AWAIT:
		(void)str_fmt(r->now.await, sizeof(r->now.await), "%s", m->text);
		r->now.left_s = m->a;
		break;
	case MSG_PROGRESS:
		if (r->now.done != (uint64_t)m->a)
			r->now.moved = clock_ms();
		r->now.done = (uint64_t)m->a;
		if (r->now.total != (uint64_t)m->b) { /* another stage of the step */
			r->now.total = (uint64_t)m->b;
			r->now.since = clock_ms();
		}
		r->now.written = strtoull(m->text, NULL, 10);
		break;
	case MSG_FACT:
		keep_fact(r, m->text);
		break;
	default:
		break;
	}
}

static void say_progress(struct run *r, const struct step *s, int64_t now)
{
	uint64_t ms = (uint64_t)(now - r->now.since), rate = ms ? r->now.done * 1000 / ms : 0;
	char done[24], total[24], speed[24], written[24];
	unsigned percent;
	uint64_t left;

	if (!rate || now - r->now.moved >= PROGRESS_EVERY_MS) {
		say(r, s->name, "nothing has moved for %lld s", (long long)((now - r->now.moved) / 1000));
		return;
	}
	percent = (unsigned)(r->now.done * 100 / r->now.total);
	left = (r->now.total - r->now.done) / rate;
	str_size(speed, sizeof(speed), rate);
	str_size(total, sizeof(total), r->now.total);
	if (r->now.written)
		say(r, s->name, "%3u %% of %s  %s/s  %s out  %" PRIu64 " s left", percent, total, speed,
		    str_size(written, sizeof(written), r->now.written), left);
	else
		say(r, s->name, "%3u %%  %s of %s  %s/s  %" PRIu64 " s left", percent,
		    str_size(done, sizeof(done), r->now.done), total, speed, left);
}

static void on_second(void *arg, const struct step *s, bool alive)
{
	struct run *r = arg;
	int64_t now = clock_ms(), since = now - r->now.last_line;

	if (alive)
		watchdog_feed(&r->dog);
	if (r->now.total && since >= PROGRESS_EVERY_MS) {
		say_progress(r, s, now);
		r->now.last_line = now;
	} else if (!r->now.total && r->now.await[0] &&
		   since >= (now - r->now.start < AWAIT_EVERY_MS ? 1000 : AWAIT_EVERY_MS)) {
		if (r->now.left_s >= 0)
			say(r, s->name, "waiting for %s, %lld s left", r->now.await, (long long)r->now.left_s);
		else
			say(r, s->name, "waiting for %s", r->now.await);
		r->now.last_line = now;
	}
}

/* For whoever sizes the reservation: debug_mem_level of kdump.conf or rd.memdebug=. */
static void say_memory(struct run *r, const struct step *s)
{
	char *text = NULL, *line, *rest;
	size_t n;

	if (!r->plan.debug_mem_level && !r->args.mem_debug)
		return;
	if (file_read("/proc/meminfo", 1 << 16, &text, &n, NULL))
		return;
	rest = text;
	while ((line = strsep(&rest, "\n")))
		if (str_starts(line, "MemFree:") || str_starts(line, "MemAvailable:"))
			say(r, s->name, "%s", line);
	free(text);
}

/* The step with the limit that haste leaves it. */
static struct step hurried(const struct run *r, const struct step *s)
{
	int64_t left = r->hurry - clock_ms();
	struct step own = *s;

	left = left > 1 ? left : 1;
	if (r->hurry && (!own.limit_ms || own.limit_ms > left))
		own.limit_ms = left;
	return own;
}

int run_step(struct run *r, const struct step *s, struct err *e)
{
	const struct step_watch w = { on_message, on_second, r };
	const struct step own = hurried(r, s);
	int rc;

	memset(&r->now, 0, sizeof(r->now));
	r->now.start = r->now.since = r->now.last_line = r->now.moved = clock_ms();
	watchdog_feed(&r->dog);
	rc = step_run(&own, &w, e);
	report_stage(&r->rep, s->name, r->now.start, clock_ms(), rc == 0);
	say_memory(r, s);
	watchdog_feed(&r->dog);
	return rc;
}
