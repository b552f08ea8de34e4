/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: blkwait, one bring-up step by hand.
 * Waits for a block device as /init does and prints its node; what is awaited is told once a second.
 */
#include "applet.h"

#include "base/clock.h"
#include "base/str.h"
#include "dev/block.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int usage(void);

static void tick(void *ctx, const char *awaited, int64_t left_s)
{
	(void)ctx;
	if (left_s < 0)
		fprintf(stderr, "blkwait: waiting for %s\n", awaited);
	else
		fprintf(stderr, "blkwait: waiting for %s, %lld s left\n", awaited, (long long)left_s);
}

static int list(const char *root)
{
	char text[16384];

	puts(block_list(root, "\n", text, sizeof(text)));
	return EXIT_OK;
}

/* Only a look when SECONDS is 0. */
static int find(const char *root, const char *spec, unsigned seconds, struct block_found *found,
		struct err *e)
{
	struct block_wait w = { .root = root, .spec = spec, .tick = tick };
	int rc;

	w.deadline = deadline_in((int64_t)seconds * 1000);
	if (seconds)
		return block_wait(&w, found, e);
	rc = block_find(root, spec, found, e);
	return rc == 1 ? err_set(e, -ENOENT, "%s is not there", spec) : rc;
}

static int print(const char *root, const char *spec, unsigned seconds, int verbose)
{
	struct block_found found;
	struct err e = { 0 };

	if (find(root, spec, seconds, &found, &e)) {
		fprintf(stderr, "blkwait: %s\n", e.text);
		return EXIT_FAILED;
	}
	if (found.more)
		applet_print(stderr, "blkwait: %s is also on %s%s\n", spec, found.other,
			     found.more > 1 ? " and others" : "");
	if (verbose)
		applet_print(stdout, "%s %s %s\n", found.path, *found.fstype ? found.fstype : "-",
			     *found.uuid ? found.uuid : "-");
	else
		puts(found.path);
	return EXIT_OK;
}

static int blkwait_main(int argc, char **argv)
{
	const char *root = "";
	uint64_t seconds = 60;
	int c, verbose = 0, all = 0;

	while ((c = getopt(argc, argv, "lr:t:v")) != -1) {
		if (c == 'l')
			all = 1;
		else if (c == 'v')
			verbose = 1;
		else if (c == 'r')
			root = optarg;
		else if (c != 't' || str_u64(optarg, 86400, &seconds))
			return usage();
	}
	if (all && optind == argc)
		return list(root);
	if (all || optind + 1 != argc)
		return usage();
	return print(root, argv[optind], (unsigned)seconds, verbose);
}

const struct applet applet_blkwait = {
	.name = "blkwait",
	.synopsis = "[-v] [-t SECONDS] [-r ROOT] SPEC | -l [-r ROOT]",
	.help = "wait for a block device and print its node\n\n"
		"  SPEC        /dev/… UUID=… LABEL=… PARTUUID=… PARTLABEL=…\n"
		"  -t SECONDS  how long (default 60; 0: look once)\n"
		"  -v          also print the file system's type and UUID\n"
		"  -l          list the block devices there are\n"
		"  -r ROOT     use ROOT/sys and ROOT/dev\n",
	.main = blkwait_main,
};

static int usage(void)
{
	return applet_usage(&applet_blkwait);
}
