/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the log on every target that can be reached, before the first dump begins.
 * What it costs is bounded: crashbox.log_wait= seconds and a moment, for all of them together.
 */
#include "run/log_first.h"

#include "base/clock.h"
#include "base/str.h"
#include "run/bringup.h"
#include "run/save.h"
#include "run/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define UNMOUNT_MS 5000 /* for each: the dump waits */

/* What belongs to the target that is up. */
struct held {
	struct run_at at;
	const char *mounted;
	char dir[sizeof(((struct run *)NULL)->dir)];
	struct report_fact fact[REPORT_FACTS];
	unsigned nfact;
};

static void hold(struct run *r, struct held *h)
{
	h->at = r->at;
	h->mounted = r->mounted;
	memcpy(h->dir, r->dir, sizeof(h->dir));
	memcpy(h->fact, r->rep.fact, sizeof(h->fact));
	h->nfact = r->rep.nfact;
	r->mounted = NULL;
	r->dir[0] = '\0';
}

static void give_back(struct run *r, const struct held *h)
{
	r->at = h->at;
	r->mounted = h->mounted;
	memcpy(r->dir, h->dir, sizeof(r->dir));
	memcpy(r->rep.fact, h->fact, sizeof(r->rep.fact));
	r->rep.nfact = h->nfact;
}

/* What is below the mount point is there wherever the target is mounted later. */
static void remember(struct run *r, struct run_log *l)
{
	(void)str_fmt(l->place, sizeof(l->place), "%s", r->dir + (r->mounted ? strlen(r->mounted) : 0));
	(void)str_fmt(l->shown, sizeof(l->shown), "%s", report_get(&r->rep, "dir"));
}

static int save_there(struct run *r, int index, struct err *e)
{
	const char *path = bringup_path(r, index);
	char base[300];
	bool placed = false;
	int rc = bringup(r, index, RUN_LOG_DIR, e);

	path += *path == '/';
	if (rc == 0 && str_fmt(base, sizeof(base), "%s/%s", r->mounted ? r->mounted : "", path))
		rc = err_set(e, -ENAMETOOLONG, "path %s is too long", path);
	if (rc == 0)
		rc = save_log(r, base, &placed, e);
	if (rc == 0)
		remember(r, &r->log[index]);
	r->hurry = deadline_in(UNMOUNT_MS);
	bringup_undo(r);
	return rc;
}

/* A share of the time that is left for target INDEX; nothing of this capture but the log is changed by it. */
static void log_on(struct run *r, int index, int64_t limit)
{
	struct err e = { 0 };
	struct held h;
	char name[160], key[16], text[224];
	int rc;

	hold(r, &h);
	r->hurry = limit;
	say(r, "log", "now on target %d, %s, for %lld s at most", index, bringup_name(r, index, name, sizeof(name)),
	    (long long)(limit - clock_ms()) / 1000);
	rc = save_there(r, index, &e);
	r->hurry = 0;
	if (rc)
		say_fault(r, &e, "; the log is not there, the dump goes on");
	give_back(r, &h);
	(void)str_fmt(key, sizeof(key), "log_%d", index);
	(void)str_fmt(text, sizeof(text), "%s", rc ? "failed" : "saved");
	report_fact(&r->rep, key, text);
	if (rc == 0) {
		(void)str_fmt(key, sizeof(key), "log_dir_%d", index);
		report_fact(&r->rep, key, r->log[index].shown);
	}
}

/* A raw partition has room for dumps, not for files. */
static bool takes_files(const struct run *r, int index)
{
	return index > 0 && r->plan.target[index - 1].kind != TARGET_RAW;
}

void log_first(struct run *r, const int *order, unsigned n)
{
	int64_t end = clock_ms() + (int64_t)r->args.log_wait_s * 1000;

	if (r->log_tried || !r->args.log_wait_s)
		return;
	r->log_tried = true;
	for (unsigned i = 0; i < n; i++) {
		int64_t left = end - clock_ms();

		/* One that does not answer leaves the others their share. */
		if (left > 0 && takes_files(r, order[i]))
			log_on(r, order[i], clock_ms() + left / (n - i));
	}
}

bool log_is_there(struct run *r, int index)
{
	const struct run_log *l = index > 0 && index <= PLAN_TARGETS ? &r->log[index] : NULL;

	if (!l || !l->place[0] || str_fmt(r->dir, sizeof(r->dir), "%s%s", r->mounted ? r->mounted : "", l->place))
		return false;
	report_fact(&r->rep, "dir", l->shown);
	say(r, "log", "vmcore-dmesg.txt is there already");
	return true;
}
