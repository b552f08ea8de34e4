/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: plan, what a capture would do.
 * Shows configuration and recipe as the capture kernel reads them: for people, or as facts for
 * scripts.
 */
#include "applet.h"

#include "base/fdio.h"
#include "conf/builtin.h"
#include "conf/conf.h"
#include "conf/recipe.h"
#include "version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if CRASHBOX_NET
#include "sink/net_nfs.h"
#endif

static const char *const collect_word[] = {
	[COLLECT_FILTER] = "filter",
	[COLLECT_COPY] = "copy",
	[COLLECT_EXTERNAL] = "external",
};

/* One fact: fields separated by tabs, "-" for what is not there. A tab or a line end inside a field
 * becomes a blank. */
static void print_field(const char *s, char end)
{
	if (!s || !*s)
		s = "-";
	for (; *s; s++)
		putchar(*s == '\t' || *s == '\n' ? ' ' : *s);
	putchar(end);
}

static void list_fact(const char *key, const char *value)
{
	if (!value)
		return;
	printf("%s\t", key);
	print_field(value, '\n');
}

static void list_words(const char *key, const struct plan_list *list)
{
	for (unsigned i = 0; i < list->n; i++)
		list_fact(key, list->word[i]);
}

static void list_joined(const char *key, const struct plan_list *list)
{
	if (list->n)
		printf("%s\t", key);
	for (unsigned i = 0; i < list->n; i++)
		print_field(list->word[i], i + 1 < list->n ? ' ' : '\n');
}

static void list_targets(const struct plan *p)
{
	for (unsigned i = 0; i < p->ntarget; i++) {
		const struct plan_target *t = &p->target[i];

		printf("target\t%u\t%s\t", i + 1, conf_target_name(t->kind));
		print_field(t->fstype, '\t');
		print_field(t->where, '\t');
		print_field(t->options, '\n');
	}
	printf("path\t");
	print_field(p->path, '\t');
	printf("%d\n", p->path_given);
}

static void list_collector(const struct plan_collector *c)
{
	printf("collector\t%s\t%.*s\t", collect_word[c->kind], (int)strcspn(c->line, " \t"),
	       c->line);
	print_field(c->line, '\n');
}

static void list_plan(const struct plan *p)
{
	list_targets(p);
	list_collector(&p->collector);
	list_fact("sshkey", p->sshkey);
	list_fact("failure_action", conf_action_name(p->failure_action));
	list_fact("final_action", conf_action_name(p->final_action));
	list_fact("kdump_pre", p->kdump_pre);
	list_fact("kdump_post", p->kdump_post);
	list_fact("kdump_emergency", p->kdump_emergency);
	list_words("extra_bin", &p->extra_bins);
	list_words("extra_module", &p->extra_modules);
	list_words("blacklist", &p->blacklist);
	for (unsigned i = 0; i < p->noption; i++) {
		printf("option\t%s\t", p->option[i].module);
		print_field(p->option[i].text, '\n');
	}
	list_fact("dracut_args", p->dracut_args);
	list_fact("fence_kdump_args", p->fence_kdump_args);
	list_joined("fence_kdump_nodes", &p->fence_kdump_nodes);
	printf("force_rebuild\t%d\nforce_no_rebuild\t%d\nauto_reset_crashkernel\t%d\n",
	       p->force_rebuild, p->force_no_rebuild, p->auto_reset_crashkernel);
}

static void show_steps(const struct recipe *r, unsigned first, unsigned n)
{
	static const char *const word[] = {
		[RECIPE_MODULE] = "load module",
		[RECIPE_DEVICE] = "wait for",
		[RECIPE_MOUNT] = "mount as",
		[RECIPE_LINK] = "network",
		[RECIPE_NFS] = "write over",
		[RECIPE_KNFS] = "mount nfs",
		[RECIPE_SSH] = "write over",
		[RECIPE_RAW] = "write to raw",
		[RECIPE_UNKNOWN] = "NOT KNOWN:",
	};

	for (unsigned i = first; i < first + n; i++) {
		const struct recipe_step *s = &r->step[i];
		const char *over = s->kind == RECIPE_NFS ? "nfs " : s->kind == RECIPE_SSH ? "ssh "
											  : "";

		printf("       %-12s %s%s%s%s\n", word[s->kind], over, s->arg, s->opt ? " " : "",
		       s->opt ? s->opt : "");
	}
}

static void show_recipe_of(const struct recipe *r, int index)
{
	const struct recipe_target *t = r ? recipe_find(r, index) : NULL;

	if (!r)
		return;
	if (!t) {
		puts("       the recipe does not say how to reach it");
		return;
	}
	show_steps(r, t->first, t->n);
	if (t->path)
		printf("       %-12s %s\n", "save below", t->path);
}

static void show_targets(const struct plan *p, const struct recipe *r)
{
	puts("Targets, tried in this order:");
	for (unsigned i = 0; i < p->ntarget; i++) {
		const struct plan_target *t = &p->target[i];

		printf("  %u  %s %s (line %u)%s\n", i + 1,
		       t->fstype ? t->fstype : conf_target_name(t->kind), t->where, t->line,
		       builtin_target(t) ? "" : ", not built in: skipped");
		if (t->mountpoint)
			printf("       %-12s %s, options %s\n", "there", t->mountpoint,
			       t->options ? t->options : "-");
		show_recipe_of(r, (int)i + 1);
	}
	if (p->ntarget == 0) {
		printf("  1  the file system that holds %s\n", p->path);
		show_recipe_of(r, RECIPE_DEFAULT);
	}
	if (p->failure_action == ACTION_DUMP_TO_ROOTFS ||
	    p->failure_action == ACTION_MOUNT_ROOT_RUN_INIT) {
		puts("  then the root file system");
		show_recipe_of(r, RECIPE_ROOTFS);
	}
	if (p->fence_kdump_nodes.n && r) {
		puts("The cluster is told over");
		show_recipe_of(r, RECIPE_FENCE);
	}
}

static void show_collector(const struct plan_collector *c)
{
	printf("%-16s %s\n", "Collector", c->line);
	if (c->kind == COLLECT_COPY)
		printf("%-16s %s\n", "", "a full copy, holes stay holes");
	if (c->kind == COLLECT_EXTERNAL)
		printf("%-16s %s\n", "", "a program of yours, run with /proc/vmcore and the file");
	if (c->kind != COLLECT_FILTER)
		return;
	printf("%-16s dump level ", "");
	for (unsigned i = 0; i < c->nlevel; i++)
		printf("%s%u", i ? ", then " : "", c->level[i]);
	printf(", compression %s, %s format\n", conf_codec_name(c->codec),
	       c->elf ? "ELF" : "kdump-compressed");
}

static void show_missing(const struct plan *p, enum builtin_part part, const char *instead)
{
	const char *missing[BUILTIN_MISSING];
	unsigned n = builtin_missing(p, part, missing);

	for (unsigned i = 0; i < n; i++)
		printf("%s%s", i ? ", " : "                 not built in: ", missing[i]);
	if (n)
		puts(instead);
}

static void show_fact(const char *name, const char *value)
{
	if (value)
		printf("%-16s %s\n", name, value);
}

static void show_words(const char *name, const struct plan_list *list)
{
	if (list->n == 0)
		return;
	printf("%-16s", name);
	for (unsigned i = 0; i < list->n; i++)
		printf(" %s", list->word[i]);
	putchar('\n');
}

static void show_limits(const struct plan *p)
{
	if (p->link_delay_s)
		printf("%-16s %u s\n", "Link delay", p->link_delay_s);
	if (p->disk_timeout_s)
		printf("%-16s %u s\n", "Disk wait", p->disk_timeout_s);
	if (p->debug_mem_level)
		printf("%-16s %u\n", "Memory reports", p->debug_mem_level);
}

static void show_plan(const struct plan *p, const struct recipe *r)
{
	if (r && r->kernel)
		printf("%-16s %s, %s image\n", "Kernel", r->kernel,
		       r->generic ? "generic" : "host-only");
	if (r && r->ncommon) {
		puts("First:");
		show_steps(r, 0, r->ncommon);
	}
	show_targets(p, r);
	show_fact("Directory", p->path);
	show_collector(&p->collector);
	show_missing(p, BUILTIN_COLLECTOR, "; LZO takes its place");
	show_fact("Before saving", p->kdump_pre);
	show_fact("After saving", p->kdump_post);
	show_fact("On failure", p->kdump_emergency);
	show_fact("Failure action", conf_action_name(p->failure_action));
	show_fact("Final action", conf_action_name(p->final_action));
	show_words("Programs", &p->extra_bins);
	show_words("Modules", &p->extra_modules);
	show_words("Modules not", &p->blacklist);
	for (unsigned i = 0; i < p->noption; i++)
		printf("%-16s %s %s\n", "Module options", p->option[i].module, p->option[i].text);
	show_words("Fence nodes", &p->fence_kdump_nodes);
	show_fact("Fence options", p->fence_kdump_args);
	show_limits(p);
	show_missing(p, BUILTIN_SERVICE, "");
}

static int load_plan(const char *path, struct plan *ret, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc = file_read(strcmp(path, "-") ? path : "/dev/stdin", 2 * CONF_MAX, &text, &n, e);

	if (rc == 0)
		rc = conf_parse(ret, text, n, NULL, e);
	free(text);
	return rc;
}

/* Mount options of servers are read by what will speak to them, so that a bad one is told before the crash. */
static int check_options(const struct recipe *r, struct err *e)
{
	int rc = 0;

#if CRASHBOX_NET
	for (unsigned i = 0; i < r->nstep && rc == 0; i++) {
		const struct recipe_step *s = &r->step[i];
		struct nfs_options o;

		if (s->kind == RECIPE_NFS)
			rc = nfs_options_parse(&o, s->opt, e);
		if (rc)
			(void)err_add(e, rc, "recipe line %u: nfs %s", s->line, s->arg);
	}
#else
	(void)r;
	(void)e;
#endif
	return rc;
}

static int load_recipe(const char *path, struct recipe *ret, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc = file_read(path, RECIPE_MAX, &text, &n, e);

	if (rc == 0)
		rc = recipe_parse(ret, text, n, e);
	free(text);
	return rc ? rc : check_options(ret, e);
}

static int print(const char *conf, const char *recipe, bool list)
{
	struct recipe r = { 0 };
	struct plan p = { 0 };
	struct err e = { 0 };
	int rc = load_plan(conf, &p, &e);

	if (rc == 0 && recipe)
		rc = load_recipe(recipe, &r, &e);
	if (rc) {
		fprintf(stderr, "crashbox plan: %s\n", e.text);
	} else {
		if (p.refused)
			fprintf(stderr,
				"crashbox plan: %s: %u line%s refused, 'crashbox check' says why\n",
				conf, p.refused, p.refused == 1 ? "" : "s");
		if (list)
			list_plan(&p);
		else
			show_plan(&p, recipe ? &r : NULL);
	}
	recipe_free(&r);
	plan_free(&p);
	return rc ? EXIT_FAILED : EXIT_OK;
}

extern const struct applet applet_plan;

static int run(int argc, char **argv)
{
	const char *conf = CONF_FILE, *recipe = NULL;
	bool list = false;

	for (int i = 1; i < argc; i++) {
		const char **value = strcmp(argv[i], "-c") == 0   ? &conf
				     : strcmp(argv[i], "-r") == 0 ? &recipe
								  : NULL;

		if (strcmp(argv[i], "--list") == 0)
			list = true;
		else if (value && i + 1 < argc)
			*value = argv[++i];
		else
			return applet_usage(&applet_plan);
	}
	return print(conf, recipe, list);
}

const struct applet applet_plan = {
	.name = "plan",
	.synopsis = "[--list] [-c CONF] [-r RECIPE]",
	.help = "show what a capture would do\n"
		"  -c CONF    instead of " CONF_FILE "; - is standard input\n"
		"  -r RECIPE  with the steps that reach each target, " RECIPE_FILE " in an image\n"
		"  --list     one fact a line, fields separated by tabs, for scripts\n"
		"Lines of CONF that are refused are left out, as in the capture kernel; see "
		"crashbox check\n",
	.main = run,
};
