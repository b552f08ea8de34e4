/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: PID 1's first steps.
 * Configuration is foreign input: a child parses it first, so that a parser's fault costs the
 * configuration, not PID 1.
 */
#include "run/boot.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "conf/builtin.h"
#include "conf/cmdline.h"
#include "conf/conf.h"
#include "conf/recipe.h"
#include "dev/pseudo.h"
#include "run/say.h"
#include "run/sysctl.h"
#include "version.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

#define CONF_MAX       (1u << 20)
#define CONF_LIMIT_MS  20000
#define SURVIVED       "config_parsed" /* fact of the child that tried the parsers */
#define RECIPE_PATH    "/etc/crashbox/recipe"
#define WATCHDOG_S     60
#define KLOG_LEVEL     8 /* SYSLOG_ACTION_CONSOLE_LEVEL, include/linux/syslog.h, Linux 6.1 */
#define KLOG_LEVEL_ERR 4 /* errors and worse reach the console beside our lines */
#define LOG_INFO_LEVEL 3 /* rd.kdumploglvl= of kdump-utils: 0 none … 3 info, 4 debug */
#define SANE_AGE_S     86400

/* 0, 1 and 2 must not be given to the next file that is opened. */
static void fill_stdio(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= 2);
	if (fd > 2)
		close(fd);
}

static void read_cmdline(struct run *r)
{
	struct err e = { 0 };
	size_t n = 0;
	char *text = NULL;

	if (file_read("/proc/cmdline", sizeof(r->cmdline) - 1, &text, &n, &e) == 0)
		memcpy(r->cmdline, text, n);
	free(text);
	r->cmdline[strcspn(r->cmdline, "\n")] = '\0';
}

static void quiet_kernel(const struct run *r)
{
	(void)!file_put("/proc/sys/kernel/printk_devkmsg", "on", NULL);
	if (!r->args.debug && !strstr(r->cmdline, "loglevel"))
		(void)klogctl(KLOG_LEVEL, NULL, KLOG_LEVEL_ERR);
}

static void tell_faults(struct run *r)
{
	for (unsigned i = 0; i < r->args.nfault; i++)
		say_note(r, "start", "kernel command line: %s: %s%s", r->args.fault[i].word, r->args.fault[i].expected,
			 r->args.fault[i].taken ? "" : "; ignored");
}

void boot_watchdog(struct run *r)
{
	struct err e = { 0 };

	if (!r->dog.open && watchdog_open("", WATCHDOG_S, &r->dog, &e))
		say_note(r, "start", "%s, going on without", e.text);
}

void boot_up(struct run *r)
{
	struct err mounts = { 0 };
	time_t now;
	struct tm tm;
	int rc = pseudo_mount(&mounts);

	fill_stdio();
	(void)reboot(RB_DISABLE_CAD);
	r->vmcore = "/proc/vmcore";
	read_cmdline(r);
	console_open("", r->cmdline, &r->con);
	boot_parse(&r->args, r->cmdline, strlen(r->cmdline));
	r->args.quiet |= r->args.log_level < LOG_INFO_LEVEL;
	r->args.debug |= r->args.log_level > LOG_INFO_LEVEL;
	quiet_kernel(r);
	tell_faults(r);
	if (rc)
		say_note(r, "start", "%s, going on", mounts.text);
	sysctl_set(r);
	boot_watchdog(r);
	now = (time_t)clock_wall();
	localtime_r(&now, &tm);
	strftime(r->stamp, sizeof(r->stamp), "%Y-%m-%d-%H:%M:%S", &tm);
	report_fact(&r->rep, "crashbox", CRASHBOX_VERSION);
	report_fact(&r->rep, "started", r->stamp);
	report_number(&r->rep, "init_ms", (uint64_t)clock_ms());
}

/* ---- configuration ---- */

struct texts {
	char *conf, *recipe;
	size_t nconf, nrecipe;
};

static int parse(struct run *r, const struct texts *t, const struct conf_sayer *who, struct err *e)
{
	int rc = conf_parse(&r->plan, t->conf ? t->conf : "", t->nconf, who, e);

	if (rc == 0 && t->recipe)
		rc = recipe_parse(&r->recipe, t->recipe, t->nrecipe, e);
	return rc;
}

static void complain(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	if (s == CONF_REFUSE)
		say_note(arg, "config", "kdump.conf:%u: %s; line skipped", line, text);
	else if (s == CONF_WARN)
		say(arg, "config", "kdump.conf:%u: warning: %s", line, text);
}

/* CONF and RECIPE, each with its error. A text that cannot be read is NULL. */
static void read_texts(const struct run *r, struct texts *t, struct err *conf, struct err *recipe)
{
	(void)!file_read(r->args.conf, CONF_MAX, &t->conf, &t->nconf, conf);
	(void)!file_read(RECIPE_PATH, CONF_MAX, &t->recipe, &t->nrecipe, recipe);
}

static void free_texts(struct texts *t)
{
	free(t->conf);
	free(t->recipe);
}

void boot_try_config(struct run *r, struct channel *ch)
{
	struct texts t = { 0 };

	read_texts(r, &t, NULL, NULL);
	/* What is wrong in it PID 1 will tell; here only survival counts. */
	(void)!parse(r, &t, NULL, NULL);
	free_texts(&t);
	channel_fact(ch, SURVIVED, "yes");
}

static void apply_overrides(struct run *r)
{
	if (r->args.failure_given)
		r->plan.failure_action = r->args.failure_action;
	if (r->args.final_given)
		r->plan.final_action = r->args.final_action;
	if (!builtin_collector(&r->plan))
		say_note(r, "config", "snappy compression is not built in: LZO takes its place");
}

void boot_configure(struct run *r)
{
	const struct conf_sayer who = { complain, r };
	struct err conf = { 0 }, recipe = { 0 }, e = { 0 };
	struct texts t = { 0 };

	if (!*report_get(&r->rep, SURVIVED)) {
		say_note(r, "config", "the parser did not survive %s; using defaults", r->args.conf);
		(void)plan_defaults(&r->plan);
		return;
	}
	read_texts(r, &t, &conf, &recipe);
	if (!t.conf)
		say_note(r, "config", "%s; using defaults", conf.text);
	if (!t.recipe && recipe.code != -ENOENT)
		say_note(r, "config", "%s", recipe.text);
	if (parse(r, &t, &who, &e))
		say_note(r, "config", "%s", e.text);
	free_texts(&t);
	apply_overrides(r);
}

/* ---- the opening ---- */

static void take_crash_time(struct run *r)
{
	int64_t when = strtoll(report_get(&r->rep, "crash_time"), NULL, 10), age = clock_wall() - when;

	if (!when || age < 0 || age > SANE_AGE_S)
		return;
	r->crash_ms = clock_ms() - age * 1000;
	r->crash_known = true;
}

void boot_opening(struct run *r)
{
	const char *kernel = report_get(&r->rep, "kernel");
	char size[24], when[40] = "";
	time_t t = (time_t)strtoll(report_get(&r->rep, "crash_time"), NULL, 10);
	struct tm tm;

	take_crash_time(r);
	r->vmcore_bytes = strtoull(report_get(&r->rep, "vmcore_bytes"), NULL, 10);
	if (t) {
		localtime_r(&t, &tm);
		strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
		report_fact(&r->rep, "crashed", when);
	}
	say_plain(r, "version " CRASHBOX_VERSION ", %s",
		  r->vmcore_bytes ? "saving a crashed kernel" : "nothing to save yet");
	if (r->vmcore_bytes)
		say(r, "look", "Linux %s, memory image of %s%s%s", *kernel ? kernel : "(version unknown)",
		    str_size(size, sizeof(size), r->vmcore_bytes), *when ? ", crashed at " : "", when);
}
