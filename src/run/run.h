/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the state of one capture.
 * Owned by PID 1; steps work on the copy that fork() gave them and send back messages.
 */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "base/err.h"
#include "dev/console.h"
#include "dev/watchdog.h"
#include "iface/boot.h"
#include "iface/plan.h"
#include "iface/recipe.h"
#include "run/report.h"
#include "run/step.h"

#include <stdbool.h>
#include <stdint.h>

#define RUN_TARGET_DIR "/kdumproot" /* where a target is mounted, as kdump-utils has it */
#define RUN_ROOT_DIR   "/sysroot"   /* where the system's root is mounted */

#define RUN_LOG_DIR "/kdumplog" /* where another target is mounted for a moment, for the log */

/* Where a target has had the log before any dump began. */
struct run_log {
	char place[512]; /* the directory, below the mount point; "" */
	char shown[224]; /* the same for people */
};

struct run {
	struct console_set con;
	struct watchdog dog;
	struct boot_args args;
	struct plan plan;
	struct recipe recipe;
	struct report rep;
	const char *vmcore; /* "/proc/vmcore" */
	int64_t crash_ms;   /* when the machine crashed, on the clock_ms() scale (negative) */
	bool crash_known;
	uint64_t vmcore_bytes;
	char cmdline[4096];
	bool cluster_told;   /* or there was no need to */
	char stamp[32];      /* YYYY-MM-DD-HH:MM:SS, local time, of this capture */
	char dir[512];       /* where the last attempt writes; "" before it has a place */
	const char *mounted; /* RUN_TARGET_DIR, RUN_ROOT_DIR or NULL */
	struct run_at {      /* the target that was reached last */
		bool up;
		enum plan_target_kind kind;     /* TARGET_FS: it is mounted */
		const char *where, *options;    /* HOST:/EXPORT and mount options, USER@HOST, a raw device */
		const struct recipe_step *step; /* the RECIPE_NFS, _KNFS or _SSH of it, or NULL */
	} at;
	struct run_log log[PLAN_TARGETS + 1]; /* of the targets of kdump.conf, from 1 on */
	bool log_tried;                       /* log_first() was there */
	bool spare;                           /* another target is left when this one fails */
	int64_t hurry;                        /* steps end by then: the dump waits for them; 0: no such haste */
	struct {                              /* what the running step last said, for the line of the second */
		char await[200];
		int64_t left_s;
		uint64_t done, total, written;
		int64_t start, since, moved, last_line; /* clock_ms(); since: of this stage of the step */
	} now;
};

/* Runs S under PID 1's watch: messages are shown, facts and times recorded, the watchdog fed. */
int must_check run_step(struct run *r, const struct step *s, struct err *e);

#endif
