/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: settings of the kernel, written before a capture begins.
 * Whatever the running system's line or the kernel's configuration set, a capture goes on where it can.
 */
#include "run/sysctl.h"

#include "base/fdio.h"
#include "base/str.h"
#include "run/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#define MIN_FREE_LEAST 128u    /* KiB; mm/page_alloc.c */
#define MIN_FREE_MOST  262144u /* KiB */

#define KERNEL "/proc/sys/kernel/"
#define VM     "/proc/sys/vm/"
#define MODULE "/sys/module/"

/*
 * Paths of Linux 5.10 to 6.12. A step of the capture that fails is one failed step: the next target, the log alone or
 * the report is still to come. A panic would be the end of all of them.
 */
static const struct row {
	const char *path, *value;
	const char *unless; /* a word of the capture's own line that says it; or NULL */
} table[] = {
	/* the child that oopsed is dead, process 1 goes on; its oops may be the first of few that are allowed */
	{ KERNEL "panic_on_oops", "0", NULL },
	{ KERNEL "oops_limit", "0", NULL },
	/* a warning is a line of the log */
	{ KERNEL "panic_on_warn", "0", NULL },
	{ KERNEL "warn_limit", "0", NULL },
	/* little memory: a step that is killed for it is tried again, with less */
	{ VM "panic_on_oom", "0", NULL },
	/* slow is not dead: limits of the steps, and the watchdog, end what hangs */
	{ KERNEL "hung_task_panic", "0", NULL },
	{ KERNEL "softlockup_panic", "0", NULL },
	{ KERNEL "hardlockup_panic", "0", NULL },
	{ KERNEL "panic_on_rcu_stall", "0", NULL },
	{ MODULE "workqueue/parameters/panic_on_stall", "0", NULL },
	{ MODULE "workqueue/parameters/panic_on_stall_time", "0", NULL },
	{ MODULE "smp/parameters/panic_on_ipistall", "0", NULL },
	/* the hardware that made the machine crash goes on complaining; on many machines an operator's NMI did it */
	{ KERNEL "panic_on_io_nmi", "0", NULL },
	{ KERNEL "panic_on_unrecovered_nmi", "0", NULL },
	{ KERNEL "unknown_nmi_panic", "0", NULL },
	{ KERNEL "panic_on_stackoverflow", "0", NULL },
	/* a capture kernel that panics all the same resets at once; 0 would wait until the machine is switched off */
	{ KERNEL "panic", "-1", "panic" },
	/* lines that a slow console would hold the capture up with */
	{ KERNEL "printk_delay", "0", NULL },
	{ KERNEL "ftrace_dump_on_oops", "0", NULL },
	{ KERNEL "oops_all_cpu_backtrace", "0", NULL },
	{ KERNEL "softlockup_all_cpu_backtrace", "0", NULL },
	{ KERNEL "hardlockup_all_cpu_backtrace", "0", NULL },
	{ KERNEL "hung_task_all_cpu_backtrace", "0", NULL },
	/* memory that was set aside for programs of the running system is given back */
	{ VM "nr_hugepages", "0", NULL },
	/* the kernel's default: strict accounting refuses a mapping that is never filled */
	{ VM "overcommit_memory", "0", NULL },
	/* written data leaves as it comes; a limit of a few pages would make each write wait */
	{ VM "dirty_background_ratio", "10", NULL },
	{ VM "dirty_ratio", "20", NULL },
};

/* Whether LINE has WORD, alone or with a value. */
static bool line_has(const char *line, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = line; (s = strstr(s, word)); s += n)
		if ((s == line || s[-1] == ' ') && (s[n] == '=' || s[n] == ' ' || s[n] == '\0'))
			return true;
	return false;
}

/* Writes VALUE into PATH where it is not there already. */
static void set_one(struct run *r, const char *root, const char *path, const char *value)
{
	char full[256], now[64] = "";
	struct err e = { 0 };

	if (str_fmt(full, sizeof(full), "%s%s", root, path) || file_line(full, now, sizeof(now), NULL) ||
	    strcmp(now, value) == 0 || (strcmp(value, "0") == 0 && strcmp(now, "N") == 0))
		return;
	if (file_put(full, value, &e))
		say_note(r, "start", "%s stays %s: %s", path, now, e.text);
	else if (r->args.debug)
		say(r, "start", "%s was %s, is %s", path, now, value);
}

uint64_t sysctl_min_free(uint64_t kib)
{
	uint64_t root = 0;

	for (uint64_t bit = 1u << 20; bit; bit >>= 1)
		if ((root + bit) * (root + bit) <= kib * 16)
			root += bit;
	if (root < MIN_FREE_LEAST)
		return MIN_FREE_LEAST;
	return root > MIN_FREE_MOST ? MIN_FREE_MOST : root;
}

/* A reserve made for a large machine would leave the capture nothing: back to what the kernel takes by itself. */
static void lower_min_free(struct run *r, const char *root)
{
	char full[256], now[32] = "", value[32];
	uint64_t is, usual;
	struct sysinfo i;

	if (sysinfo(&i) || str_fmt(full, sizeof(full), "%s" VM "min_free_kbytes", root) ||
	    file_line(full, now, sizeof(now), NULL) || str_u64(now, UINT64_MAX, &is))
		return;
	usual = sysctl_min_free((uint64_t)i.totalram * i.mem_unit >> 10);
	if (is > 2 * usual && str_fmt(value, sizeof(value), "%llu", (unsigned long long)usual) == 0)
		set_one(r, root, VM "min_free_kbytes", value);
}

void sysctl_set_below(struct run *r, const char *root)
{
	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (!table[i].unless || !line_has(r->cmdline, table[i].unless))
			set_one(r, root, table[i].path, table[i].value);
	lower_min_free(r, root);
}

void sysctl_set(struct run *r)
{
	sysctl_set_below(r, "");
}
