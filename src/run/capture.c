/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the whole capture, top to bottom.
 * Targets are tried in order; whatever fails, what was saved stays and an action ends it.
 */
#include "run/capture.h"

#include "base/clock.h"
#include "base/str.h"
#include "run/action.h"
#include "run/boot.h"
#include "run/bringup.h"
#include "run/cluster.h"
#include "run/hooks.h"
#include "run/log_first.h"
#include "run/retain_step.h"
#include "run/save.h"
#include "run/say.h"
#include "run/summary.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Gives the dump its directory, with the log in it. 0 when there is a directory. */
static int place(struct run *r, int index, struct err *e)
{
	const char *path = bringup_path(r, index);
	char base[300];
	bool placed = log_is_there(r, index);
	int rc = 0;

	if (str_fmt(base, sizeof(base), "%s%s%s", r->mounted ? r->mounted : "", *path == '/' ? "" : "/", path))
		return err_set(e, -ENAMETOOLONG, "path %s is too long", path);
	if (!placed)
		rc = save_log(r, base, &placed, e);
	if (rc)
		say_fault(r, e, placed ? "; the dump goes on" : "");
	if (!placed)
		return rc;
	report_fact(&r->rep, "log", rc ? "failed" : "saved");
	return 0;
}

/* Target INDEX was reached: log, there and on the N targets LATER, then dump and report. 0 when the dump is whole. */
static int save_all(struct run *r, int index, const int *later, unsigned n, struct err *e)
{
	char status[24];
	struct err report_err = { 0 };
	int rc = place(r, index, e);

	if (rc)
		return rc;
	retain_before(r);
	log_first(r, later, n);
	r->spare = n || (r->plan.failure_action == ACTION_DUMP_TO_ROOTFS && index != RECIPE_ROOTFS);
	rc = r->plan.log_only ? err_set(e, -EPERM, "%s", r->plan.log_only) : save_vmcore(r, e);
	snprintf(status, sizeof(status), "%s", rc ? "incomplete" : "saved");
	report_fact(&r->rep, "vmcore", r->plan.log_only ? "refused" : status);
	if (rc)
		say_fault(r, e, "");
	/* A server that hangs would hang once more. */
	if (r->at.kind != TARGET_FS && r->at.kind != TARGET_RAW && rc == -ETIMEDOUT)
		return rc;
	if (save_report(r, &report_err))
		say_fault(r, &report_err, "");
	if (rc == 0)
		retain_after(r);
	return rc;
}

/* The targets to try: all in file order, or those of crashbox.target=. Gives how many, at least 1. */
static unsigned target_order(const struct run *r, int order[PLAN_TARGETS])
{
	unsigned n = 0;

	for (unsigned i = 0; i < r->args.ntarget; i++)
		if (r->args.target[i] <= r->plan.ntarget)
			order[n++] = (int)r->args.target[i];
	for (unsigned i = 0; n == 0 && i < r->plan.ntarget; i++)
		order[i] = (int)i + 1;
	if (n)
		return n;
	if (r->plan.ntarget)
		return r->plan.ntarget;
	order[0] = RECIPE_DEFAULT;
	return 1;
}

/* Whether the log is all that is wanted, and this target has it. */
static bool is_log_saved(const struct run *r)
{
	return r->plan.log_only && strcmp(report_get(&r->rep, "log"), "saved") == 0;
}

/*
 * One target after the other until a dump is whole. The last mounted one stays mounted for the post
 * hooks. -ECANCELED: kdump_pre refused.
 */
static int try_targets(struct run *r, struct err *e)
{
	int order[PLAN_TARGETS];
	unsigned n = target_order(r, order);
	bool asked = false;
	int rc = 0;

	for (unsigned i = 0; i < n; i++) {
		int index = order[i];
		char name[160];

		bringup_undo(r);
		/* Not both at once over the same links. */
		if (!bringup_by_network(r, index))
			cluster_tell(r);
		if (n > 1)
			say(r, "target", "%u of %u: %s", i + 1, n, bringup_name(r, index, name, sizeof(name)));
		rc = bringup(r, index, RUN_TARGET_DIR, e);
		cluster_tell(r);
		if (rc)
			say_fault(r, e, "");
		if (rc == 0 && !asked) {
			rc = hooks_pre(r, e);
			asked = true;
			if (rc)
				return rc;
		}
		if (rc == 0)
			rc = save_all(r, index, order + i + 1, n - i - 1, e);
		if (rc == 0 || (rc == -EPERM && is_log_saved(r)))
			return rc;
	}
	return rc;
}

/* failure_action dump_to_rootfs, and the first half of mount_root_run_init. */
static int try_rootfs(struct run *r, bool dump)
{
	struct err e = { 0 };
	int rc;

	bringup_undo(r);
	say(r, "target", "the root file system, as the failure action says");
	rc = bringup(r, RECIPE_ROOTFS, RUN_ROOT_DIR, &e);
	if (rc == 0 && dump)
		rc = save_all(r, RECIPE_ROOTFS, NULL, 0, &e);
	else if (rc)
		say_fault(r, &e, "");
	return rc;
}

static enum plan_action act_on_failure(struct run *r, bool *saved)
{
	enum plan_action a = r->plan.failure_action, last = r->plan.final_action;
	struct err e = { 0 };

	say(r, "failure", "failure action: %s", action_word(a));
	switch (a) {
	case ACTION_SHELL:
		action_shell(r);
		return last;
	case ACTION_DUMP_TO_ROOTFS:
		*saved = r->vmcore_bytes && try_rootfs(r, true) == 0;
		return last;
	case ACTION_MOUNT_ROOT_RUN_INIT:
		if (try_rootfs(r, false) == 0 && action_run_init(r, RUN_ROOT_DIR, &e))
			say_fault(r, &e, "");
		return last;
	default:
		return a;
	}
}

static void finish(struct run *r, bool saved, enum plan_action a)
{
	bringup_undo(r);
	summary(r, saved, action_word(a));
	if (r->args.shell)
		action_shell(r);
	action_end(r, a);
}

/* What follows a dump that is not whole, or none at all. */
static void fail(struct run *r, bool dumped)
{
	struct err e = { 0 };
	bool saved = false;
	enum plan_action a;

	hooks_emergency(r);
	if (!dumped && r->vmcore_bytes && r->plan.failure_action != ACTION_DUMP_TO_ROOTFS && save_to_console(r, &e))
		say_fault(r, &e, "");
	a = act_on_failure(r, &saved);
	finish(r, saved, a);
}

void capture_main(void)
{
	static struct run run;
	struct run *r = &run;
	struct err e = { 0 };
	int rc;

	boot_up(r);
	rc = save_look(r, &e);
	boot_opening(r);
	boot_configure(r);
	if (rc) {
		say_fault(r, &e, "");
		if (access(r->vmcore, F_OK))
			say(r, "look", "no %s: this is no capture kernel, or the crashed kernel left nothing to save",
			    r->vmcore);
		fail(r, false);
	}
	rc = try_targets(r, &e);
	if (rc == -ECANCELED) {
		say_fault(r, &e, ": kdump_pre refused the dump, nothing is saved");
		finish(r, false, r->plan.final_action);
	}
	if (r->at.up)
		hooks_post(r, rc);
	if (rc)
		fail(r, r->dir[0] != '\0');
	finish(r, true, r->plan.final_action);
	action_end(r, ACTION_REBOOT);
}
