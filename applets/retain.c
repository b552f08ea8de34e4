/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: retain.
 * Deletes old dumps of this machine as the rules say, or shows what would go.
 */
#include "applet.h"

#include "base/str.h"
#include "conf/settings.h"
#include "dump/retain.h"
#include "host/conf_source.h"
#include "host/list.h"
#include "host/retain_rules.h"

#include <stdio.h>
#include <string.h>

struct request {
	bool dry, quiet, settings, foreign;
	const char *root, *dir;
	const char *rule[3]; /* values of --keep --days --free, or NULL */
};

extern const struct applet applet_retain;

static int fail(const struct err *e)
{
	fprintf(stderr, "crashbox retain: %s\n", e->text);
	return EXIT_FAILED;
}

static void complain(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	(void)arg;
	if (s != CONF_NOTE)
		applet_print(stderr, "crashbox retain: settings, line %u: %s\n", line, text);
}

static void show(void *arg, const struct retain_dump *d)
{
	static const char *const why[] = {
		[RETAIN_NO_RULE] = "",
		[RETAIN_NUMBER] = "newer ones are enough",
		[RETAIN_AGE] = "too old",
		[RETAIN_ROOM] = "room is needed",
		[RETAIN_LOOP] = "one of many crashes within minutes",
	};
	const struct request *q = arg;
	char size[24];

	if (q->quiet)
		return;
	str_size(size, sizeof(size), d->verdict == RETAIN_THIN ? d->core_bytes : d->bytes);
	applet_print(stdout, "%s %s: %s, %s\n", d->name,
		     d->verdict == RETAIN_THIN ? "loses its vmcore" : "goes", size, why[d->why]);
}

/* The options over what the files of the system say. 0, or -1: no number. */
static int take_rules(const struct request *q, struct retain_rules *r)
{
	uint64_t v[3] = { r->keep, r->days, r->free_bytes >> 20 };

	for (unsigned i = 0; i < ARRAY_LEN(v); i++)
		if (q->rule[i] && str_u64(q->rule[i], i == 2 ? UINT32_MAX : 100000, &v[i])) {
			fprintf(stderr, "crashbox retain: '%s': expected a number\n", q->rule[i]);
			return -1;
		}
	r->keep = (unsigned)v[0];
	r->days = (unsigned)v[1];
	r->free_bytes = v[2] << 20;
	r->foreign |= q->foreign;
	return 0;
}

static int apply(struct request *q, const char *dir, const struct retain_rules *rules)
{
	const struct retain_ask ask = { .dry = q->dry, .tell = show, .judge = dump_is_whole, .arg = q };
	struct retain_done done;
	struct err e = { 0 };
	char size[24];

	if (retain_run(&done, dir, rules, &ask, &e))
		return fail(&e);
	if (!q->quiet)
		applet_print(stdout, "%s: %u dumps stay, %u %s, %u %s their vmcore, %s\n", dir, done.kept, done.removed,
			     q->dry ? "would go" : "went", done.thinned, q->dry ? "would lose" : "lost",
			     str_size(size, sizeof(size), done.freed));
	if (!q->quiet && done.foreign)
		applet_print(stdout, "%s: %u dumps of other programs stay, %s: %s\n", dir, done.foreign,
			     str_size(size, sizeof(size), done.foreign_bytes),
			     rules->foreign ? "they hold other files than a dump's"
					    : "no rule takes them without --foreign");
	return EXIT_OK;
}

/* The directory of the configuration. */
static int apply_default(struct request *q, const struct retain_rules *rules)
{
	struct conf_source s;
	struct err e = { 0 };
	struct plan p = { 0 };
	char dir[512];
	int rc = conf_source_read(&s, q->root, NULL, &e);

	if (rc == 0)
		rc = conf_parse(&p, s.text, s.n, NULL, &e);
	if (rc == 0)
		rc = str_fmt(dir, sizeof(dir), "%s%s", q->root, p.path);
	rc = rc ? fail(&e) : apply(q, dir, rules);
	plan_free(&p);
	conf_source_free(&s);
	return rc;
}

static int retain(struct request *q)
{
	const struct conf_sayer who = { .say = complain };
	char text[SETTINGS_TEXT_MAX];
	struct retain_rules rules;
	struct err e = { 0 };

	if (retain_rules_read(&rules, q->root, &who, &e))
		return fail(&e);
	if (take_rules(q, &rules))
		return EXIT_USAGE;
	if (q->settings) {
		fputs(settings_text(&rules, text), stdout);
		return EXIT_OK;
	}
	return q->dir ? apply(q, q->dir, &rules) : apply_default(q, &rules);
}

/* False: not understood. */
static bool value_option(struct request *q, const char *name, const char *value)
{
	static const char *const rule[] = { "--keep", "--days", "--free" };

	if (!value)
		return false;
	if (strcmp(name, "--root") == 0) {
		q->root = value;
		return true;
	}
	for (unsigned i = 0; i < ARRAY_LEN(rule); i++)
		if (strcmp(name, rule[i]) == 0) {
			q->rule[i] = value;
			return true;
		}
	return false;
}

static int retain_main(int argc, char **argv)
{
	struct request q = { .root = "" };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-n") == 0)
			q.dry = true;
		else if (strcmp(argv[i], "-q") == 0)
			q.quiet = true;
		else if (strcmp(argv[i], "--settings") == 0)
			q.settings = true;
		else if (strcmp(argv[i], "--foreign") == 0)
			q.foreign = true;
		else if (argv[i][0] != '-' && !q.dir)
			q.dir = argv[i];
		else if (!value_option(&q, argv[i], argv[i + 1]))
			return applet_usage(&applet_retain);
		else
			i++;
	}
	return retain(&q);
}

const struct applet applet_retain = {
	.name = "retain",
	.synopsis = "[-n] [-q] [--keep N] [--days N] [--free MIB] [--foreign] [--settings] [--root DIR] [DIR]",
	.help = "delete old dumps of this machine as the rules say\n"
		"  DIR         instead of `path` of the configuration\n"
		"  -n          only show what would go\n"
		"  -q          say nothing\n"
		"  --keep N    whole dumps that stay, the newest among them; 0: all of them\n"
		"  --days N    older ones go; 0: none\n"
		"  --free MIB  the oldest go until so much is free\n"
		"  --foreign   the rules take the dumps of kdump-tools and of SUSE's kdump too\n"
		"  --settings  show the rules of /etc/sysconfig/kdump (or Debian's file) and do nothing\n"
		"  --root DIR  take them from the system below DIR\n"
		"Never deleted: the newest dump, the newest whole one, a directory that holds anything else.\n",
	.main = retain_main,
};
