/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: blkwait, one bring-up step by hand.
 * Waits for a block device as /init does and prints its node; what is awaited is told once a second.
 */
#include "applet.h"

#include "base/clock.h"
#include "base/str.h"
#include "dev/block.h"
#include "dev/fsparts.h"

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

/* For the image builder: a line for everything that the file system on NODE needs besides it. */
static int print_parts(const char *node)
{
	struct fsparts p;
	struct err e = { 0 };
	char safe[65];

	if (fsparts_read(node, &p, &e)) {
		fprintf(stderr, "blkwait: %s\n", e.text);
		return EXIT_FAILED;
	}
	if (p.log)
		puts("log");
	if (p.realtime)
		puts("realtime");
	if (p.devices > 1)
		printf("devices %u\n", p.devices);
	for (unsigned i = 0; p.journal && i < sizeof(p.uuid); i++)
		printf("%s%02x%s", i ? "" : "journal ", p.uuid[i],
		       i == 3 || i == 5 || i == 7 || i == 9 ? "-" : i == 15 ? "\n"
									    : "");
	for (unsigned i = 0; i < FSPARTS_PATHS && p.path[i][0]; i++)
		printf("device %s\n", str_safe(safe, sizeof(safe), p.path[i]));
	return EXIT_OK;
}

/* Only a look when SECONDS is 0. */
static int find(struct block_wait *w, unsigned seconds, struct block_found *found, struct err *e)
{
	int rc;

	w->deadline = deadline_in((int64_t)seconds * 1000);
	if (seconds)
		return block_wait(w, found, e);
	rc = block_look(w, found, e);
	return rc == 1 ? err_set(e, -ENOENT, "%s is not there", w->spec) : rc;
}

static int print(struct block_wait *w, unsigned seconds, int verbose)
{
	struct block_found found;
	struct err e = { 0 };

	if (find(w, seconds, &found, &e)) {
		fprintf(stderr, "blkwait: %s\n", e.text);
		return EXIT_FAILED;
	}
	if (found.more)
		applet_print(stderr, "blkwait: %s is also on %s%s\n", w->spec, found.other,
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
	struct block_wait w = { .root = "", .tick = tick };
	uint64_t seconds = 60;
	int c, verbose = 0, all = 0, parts = 0;

	while ((c = getopt(argc, argv, "flpr:t:v")) != -1) {
		if (c == 'f')
			w.fixed = true;
		else if (c == 'l')
			all = 1;
		else if (c == 'p')
			parts = 1;
		else if (c == 'v')
			verbose = 1;
		else if (c == 'r')
			w.root = optarg;
		else if (c != 't' || str_u64(optarg, 86400, &seconds))
			return usage();
	}
	if (all && optind == argc)
		return list(w.root);
	if (all || optind + 1 != argc)
		return usage();
	if (parts)
		return print_parts(argv[optind]);
	w.spec = argv[optind];
	return print(&w, (unsigned)seconds, verbose);
}

const struct applet applet_blkwait = {
	.name = "blkwait",
	.synopsis = "[-f] [-v] [-t SECONDS] [-r ROOT] SPEC | -l [-r ROOT] | -p NODE",
	.help = "wait for a block device and print its node\n\n"
		"  SPEC        /dev/… UUID=… LABEL=… PARTUUID=… PARTLABEL=…\n"
		"  -t SECONDS  how long (default 60; 0: look once)\n"
		"  -f          only on a fixed disk, not on a stick\n"
		"  -v          also print the file system's type and UUID\n"
		"  -l          list the block devices there are\n"
		"  -p          print what the file system on NODE needs besides it: log, journal, members\n"
		"  -r ROOT     use ROOT/sys and ROOT/dev\n",
	.main = blkwait_main,
};

static int usage(void)
{
	return applet_usage(&applet_blkwait);
}
