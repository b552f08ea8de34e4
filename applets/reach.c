/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: reach.
 * Tries the servers of an image, or of the recipe that an image is being made of, as far as the login or the mount.
 */
#include "applet.h"

#include "base/fdio.h"
#include "base/str.h"
#include "conf/cmdline.h"
#include "conf/conf.h"
#include "conf/recipe.h"
#include "run/bringup.h"
#include "run/rehearse.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct applet applet_reach;

#define TEXT_MAX ((size_t)1 << 20)
#define LIMIT_S  5

/* How it ends: beside EXIT_OK, EXIT_FAILED (refused) and EXIT_USAGE. */
#define EXIT_UNTRIED 3
#define EXIT_KERNEL  4

struct options {
	const char *conf, *recipe, *files;
	bool one;
	int index;
	uint64_t limit_s;
};

static int load(struct run *r, const struct options *o, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc = file_read(o->conf, TEXT_MAX, &text, &n, e);

	boot_parse(&r->args, "", 0);
	if (rc == 0)
		rc = conf_parse(&r->plan, text, n, NULL, e);
	free(text);
	text = NULL;
	if (rc == 0)
		rc = file_read(o->recipe, TEXT_MAX, &text, &n, e);
	if (rc == 0)
		rc = recipe_parse(&r->recipe, text, n, e);
	free(text);
	return rc;
}

static int try_one(struct run *r, const struct options *o, int index)
{
	static const struct {
		const char *word;
		int code;
	} end[] = {
		[REACH_FINE] = { "takes this machine", EXIT_OK },
		[REACH_REFUSED] = { "refused", EXIT_FAILED },
		[REACH_UNTRIED] = { "not tried", EXIT_UNTRIED },
		[REACH_KERNEL] = { "for the kernel's own client", EXIT_KERNEL },
	};
	struct err e = { 0 };
	char name[160];
	enum reach got = rehearse_reach(r, index, o->files, (int64_t)o->limit_s * 1000, &e);

	if (got == REACH_FINE)
		applet_print(stdout, "%s: %s\n", bringup_name(r, index, name, sizeof(name)), end[got].word);
	else
		applet_print(stdout, "%s: %s: %s\n", bringup_name(r, index, name, sizeof(name)), end[got].word, e.text);
	return end[got].code;
}

/* The worst of all is the result: refused, then not tried. */
static int try_all(struct run *r, const struct options *o)
{
	int first = r->plan.ntarget ? 1 : RECIPE_DEFAULT, last = (int)r->plan.ntarget, code = EXIT_OK;

	if (o->one)
		first = last = o->index;
	for (int i = first; i <= last; i++) {
		int one = bringup_by_network(r, i) ? try_one(r, o, i) : EXIT_OK;

		if (code != EXIT_FAILED && one != EXIT_OK)
			code = one;
	}
	return code;
}

static int reach_main(int argc, char **argv)
{
	static const struct option known[] = {
		{ "conf", required_argument, NULL, 'c' },
		{ "recipe", required_argument, NULL, 'r' },
		{ "files", required_argument, NULL, 'f' },
		{ "target", required_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	static struct run r;
	static struct rehearse_image image;
	struct options o = { .files = "", .limit_s = LIMIT_S };
	struct err e = { 0 };
	uint64_t index;
	int c, rc;

	while ((c = getopt_long(argc, argv, "c:r:", known, NULL)) != -1) {
		if (c == 'c')
			o.conf = optarg;
		else if (c == 'r')
			o.recipe = optarg;
		else if (c == 'f')
			o.files = optarg;
		else if (c == 'n' && str_u64(optarg, PLAN_TARGETS, &index) == 0)
			o.one = true, o.index = (int)index;
		else if (c != 't' || str_u64(optarg, 3600, &o.limit_s) || !o.limit_s)
			return applet_usage(&applet_reach);
	}
	if ((o.conf == NULL) != (o.recipe == NULL) || argc - optind != (o.conf ? 0 : 1))
		return applet_usage(&applet_reach);
	rc = o.conf ? load(&r, &o, &e) : rehearse_enter(&r, argv[optind], &image, &e);
	if (rc) {
		applet_print(stderr, "crashbox reach: %s\n", e.text);
		return EXIT_UNTRIED;
	}
	return try_all(&r, &o);
}

const struct applet applet_reach = {
	.name = "reach",
	.synopsis = "[--timeout SECONDS] IMAGE | -c CONF -r RECIPE [--files DIR] [--target N]",
	.help = "try whether the servers of an image take this machine\n"
		"As a capture would: connection, key of the server, login; versions of NFS and the mount. Nothing is\n"
		"written there. Exit status: 0 taken, 1 refused, 3 not tried (not reached), 4 NFS that only the\n"
		"kernel's own client speaks.\n"
		"  --timeout SECONDS  for one server (5)\n"
		"  -c, --conf FILE    kdump.conf, and\n"
		"  -r, --recipe FILE  a recipe, in place of an image\n"
		"  --files DIR        stands in front of the paths of keys and known_hosts\n"
		"  --target N         this one alone; 0: the file system of `path`\n",
	.main = reach_main,
};
