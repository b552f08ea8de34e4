/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: modload, one bring-up step by hand.
 * Loads modules with what they need, as /init does; a module that fails is named and the exit code says so.
 */
#include "applet.h"

#include "base/str.h"
#include "dev/module.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define PLAN_BYTES 16384

static int usage(void);

static int show(struct modset *set, const char *name, struct err *e)
{
	char list[PLAN_BYTES];
	int rc = module_plan(set, name, list, sizeof(list), e);

	if (rc == 0)
		fputs(list, stdout);
	return rc;
}

/* NAME with the words behind it that have a '='; *I ends on the last of them. */
static int load(struct modset *set, char **argv, int *i, struct err *e)
{
	const char *name = argv[*i];
	int rc = 0;

	while (rc == 0 && argv[*i + 1] && strchr(argv[*i + 1], '='))
		rc = modset_option(set, name, argv[++*i], e);
	return rc ? rc : module_load(set, name, NULL, e);
}

static int run(const char *root, int dry, char **argv)
{
	struct modset *set;
	struct err e = { 0 };
	int code = EXIT_OK;

	if (modset_open(root, &set, &e)) {
		fprintf(stderr, "modload: %s\n", e.text);
		return EXIT_FAILED;
	}
	for (int i = 0; argv[i]; i++)
		if (dry ? show(set, argv[i], &e) : load(set, argv, &i, &e)) {
			fprintf(stderr, "modload: %s\n", e.text);
			code = EXIT_FAILED;
		}
	if (!dry)
		printf("loaded %u, present %u\n", modset_stats(set)->loaded, modset_stats(set)->present);
	modset_free(set);
	return code;
}

static int modload_main(int argc, char **argv)
{
	char root[PATH_MAX] = "";
	struct utsname u;
	int c, dry = 0;

	while ((c = getopt(argc, argv, "+nS:")) != -1) {
		if (c == 'n')
			dry = 1;
		else if (c != 'S' || str_fmt(root, sizeof(root), "%s", optarg))
			return usage();
	}
	if (optind == argc)
		return usage();
	if (!*root && (uname(&u) || str_fmt(root, sizeof(root), "/lib/modules/%s", u.release)))
		return EXIT_FAILED;
	return run(root, dry, argv + optind);
}

const struct applet applet_modload = {
	.name = "modload",
	.synopsis = "[-n] [-S DIR] NAME [PARAMETER=VALUE…] …",
	.help = "load kernel modules and what they need, plain or compressed\n\n"
		"  -n      only print the files, in order\n"
		"  -S DIR  directory with modules.dep, default /lib/modules/VERSION of the running kernel\n"
		"NAME is a module or an alias, such as the modalias of a device.\n",
	.main = modload_main,
};

static int usage(void)
{
	return applet_usage(&applet_modload);
}
