/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: savecore.
 * After the reboot: dumps of raw partitions come into the directory of kdump.conf, and the partitions take new ones.
 */
#include "applet.h"

#include "base/fdio.h"
#include "base/str.h"
#include "conf/conf.h"
#include "dev/block.h"
#include "dev/sysblock.h"
#include "host/savecore.h"
#include "sink/raw_dev.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern const struct applet applet_savecore;

#define DEVICES   16
#define DIR_USUAL "/var/crash"

struct request {
	struct savecore s;
	const char *dev[DEVICES];
	unsigned ndev;
	const char *conf;
	bool quiet, where;
	struct savecore_stat st;
	char done[DEVICES][HOST_PATH]; /* devices that were looked at */
	unsigned ndone;
	int failed;
	char dir[HOST_PATH];
};

static void tell(void *arg, enum host_say kind, const char *sentence)
{
	const struct request *q = arg;

	if (kind == HOST_WARN)
		fprintf(stderr, "crashbox savecore: %s\n", sentence);
	else if (!q->quiet)
		puts(sentence);
}

static bool seen(struct request *q, const char *dev)
{
	char real[HOST_PATH];
	char *path = realpath(dev, NULL);

	(void)str_fmt(real, sizeof(real), "%s", path ? path : dev);
	free(path);
	for (unsigned i = 0; i < q->ndone; i++)
		if (strcmp(q->done[i], real) == 0)
			return true;
	if (q->ndone < DEVICES)
		(void)str_fmt(q->done[q->ndone++], HOST_PATH, "%s", real);
	return false;
}

static void look(struct request *q, const char *dev, bool named)
{
	unsigned kept = q->st.kept;
	struct err e = { 0 };

	if (seen(q, dev))
		return;
	if (savecore_device(&q->s, dev, named, &q->st, &e) == 0)
		return;
	q->failed++;
	if (q->st.kept == kept) /* else it was reported already */
		tell(q, HOST_WARN, e.text);
}

/* A device that cannot be looked at for a reason that is not its own may hold a dump. */
static bool look_failed(int rc)
{
	return rc == -EMFILE || rc == -ENFILE || rc == -ENOMEM || rc == -EIO;
}

/* Every block device with our label. */
static void look_everywhere(struct request *q)
{
	struct sysblock_names all = { 0 };
	struct err e = { 0 };
	int rc = sysblock_names("", &all, &e);

	if (rc) {
		q->failed += rc != -ENOENT;
		if (rc != -ENOENT)
			tell(q, HOST_WARN, e.text);
		return;
	}
	for (size_t i = 0; i < all.n; i++) {
		struct raw_dev *d = NULL;
		char node[HOST_PATH];
		bool ours;

		if (!sysblock_usable("", all.name[i], &(uint64_t){ 0 }) ||
		    sysblock_node("", all.name[i], node, sizeof(node), NULL))
			continue;
		rc = raw_dev_open(&d, node, RAW_READ, &e);
		if (look_failed(rc)) {
			q->failed++;
			tell(q, HOST_WARN, e.text);
		}
		if (rc)
			continue;
		ours = d->labelled;
		raw_dev_free(d);
		if (ours)
			look(q, node, false);
	}
	sysblock_free(&all);
}

static void look_at_targets(struct request *q, const struct plan *p)
{
	for (unsigned i = 0; i < p->ntarget; i++) {
		struct block_found found;
		struct err e = { 0 };

		if (p->target[i].kind != TARGET_RAW)
			continue;
		if (block_find("", p->target[i].where, &found, &e) == 0)
			look(q, found.path, true);
		else
			applet_print(stderr, "crashbox savecore: raw %s: no such device now\n", p->target[i].where);
	}
}

static int read_plan(const struct request *q, struct plan *p, struct err *e)
{
	const char *path = q->conf ? q->conf : CONF_FILE;
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (!q->conf && access(path, F_OK))
		return conf_parse(p, "", 0, NULL, e);
	rc = file_read(path, CONF_MAX, &text, &n, e);
	if (rc == 0)
		rc = conf_parse(p, text, n, NULL, e);
	free(text);
	return rc;
}

static int savecore(struct request *q)
{
	struct err e = { 0 };
	struct plan p;

	if (read_plan(q, &p, &e)) {
		fprintf(stderr, "crashbox savecore: %s\n", e.text);
		return EXIT_FAILED;
	}
	if (!q->s.dir) {
		(void)str_fmt(q->dir, sizeof(q->dir), "%s%s", *p.path == '/' ? "" : "/", p.path);
		q->s.dir = q->dir;
	}
	if (q->where) {
		puts(q->s.dir);
		plan_free(&p);
		return EXIT_OK;
	}
	for (unsigned i = 0; i < q->ndev; i++)
		look(q, q->dev[i], true);
	if (q->ndev == 0) {
		look_at_targets(q, &p);
		look_everywhere(q);
	}
	if (savecore_flats(&q->s, &q->st, &e)) {
		q->failed++;
		if (!q->st.kept)
			tell(q, HOST_WARN, e.text);
	}
	if (q->st.found && !q->quiet)
		printf("%u waited, %u recovered, %u kept where they are\n", q->st.found, q->st.recovered, q->st.kept);
	else if (!q->quiet && !q->failed)
		puts("no dump waits");
	plan_free(&p);
	return q->failed ? EXIT_FAILED : EXIT_OK;
}

static int savecore_main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "dry-run", no_argument, NULL, 'n' },
		{ "dev", required_argument, NULL, 'd' },
		{ "dir", required_argument, NULL, 'D' },
		{ "quiet", no_argument, NULL, 'q' },
		{ "where", no_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	struct request q = { .conf = NULL };
	struct host h = { .root = "", .say = tell, .arg = &q };
	int c;

	q.s.host = &h;
	while ((c = getopt_long(argc, argv, "nq", longs, NULL)) != -1) {
		if (c == 'n')
			q.s.dry = true;
		else if (c == 'q')
			q.quiet = true;
		else if (c == 'w')
			q.where = true;
		else if (c == 'D')
			q.s.dir = optarg;
		else if (c == 'd' && q.ndev < DEVICES)
			q.dev[q.ndev++] = optarg;
		else
			return applet_usage(&applet_savecore);
	}
	if (argc - optind > 1)
		return applet_usage(&applet_savecore);
	q.conf = argv[optind];
	return savecore(&q);
}

const struct applet applet_savecore = {
	.name = "savecore",
	.synopsis = "[-n] [-q] [--dev DEV]... [--dir DIR] [--where] [CONF]",
	.help = "bring dumps from raw partitions into a directory, after the reboot\n"
		"Log, dump and report of each crash go to DIR (`path` of CONF, " DIR_USUAL ");\n"
		"then the partition takes new ones. A vmcore.flat in a directory below DIR becomes vmcore.\n"
		"  CONF           instead of " CONF_FILE "\n"
		"  -n, --dry-run  only say what waits\n"
		"  -q, --quiet    say nothing but what is wrong\n"
		"  --dev DEV      this partition (or its image) alone; default: those of CONF and every marked one\n"
		"  --dir DIR      instead of `path`\n"
		"  --where        print DIR and do nothing\n"
		"Exit code: 0 nothing waits any more, 1 something stays where it is, 2 usage\n",
	.main = savecore_main,
};
