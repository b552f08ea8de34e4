/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: check, the strict reader of kdump.conf.
 * Says every complaint with its line; refuses where the capture kernel would only skip.
 */
#include "applet.h"

#include "base/fdio.h"
#include "conf/builtin.h"
#include "conf/conf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
	const char *name; /* of the file, in messages */
	bool quiet, capture, directives;
};

static void print_complaint(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	static const char *const word[] = {
		[CONF_NOTE] = "note: ", [CONF_WARN] = "warning: ", [CONF_REFUSE] = ""
	};
	const struct request *q = arg;

	if (!q->quiet)
		fprintf(stderr, "%s:%u: %s%s\n", q->name, line, word[s], text);
}

static void print_verdict(const struct request *q, const struct plan *p)
{
	if (q->quiet)
		return;
	fprintf(stderr, "%s: ", q->name);
	if (!p->refused && !p->warned)
		fputs("fine", stderr);
	if (p->refused)
		fprintf(stderr, "%u line%s refused", p->refused, p->refused == 1 ? "" : "s");
	if (p->warned)
		fprintf(stderr, "%s%u warning%s", p->refused ? ", " : "", p->warned,
			p->warned == 1 ? "" : "s");
	fputc('\n', stderr);
}

static void print_part(const struct plan *p, enum builtin_part part, const char *instead)
{
	const char *missing[BUILTIN_MISSING];
	unsigned n = builtin_missing(p, part, missing);

	for (unsigned i = 0; i < n; i++)
		printf("%s%s", i ? ", " : "not built in: ", missing[i]);
	if (n)
		puts(instead);
}

/* What the capture kernel cannot do of a plan that is fine in itself. */
static void print_missing(const struct plan *p)
{
	for (unsigned i = 0; i < p->ntarget; i++)
		if (!builtin_target(&p->target[i]))
			printf("not built in: target %s %s; the capture will skip it\n",
			       conf_target_name(p->target[i].kind), p->target[i].where);
	print_part(p, BUILTIN_COLLECTOR, "; the capture takes LZO in its place");
	print_part(p, BUILTIN_SERVICE, "; the capture goes on without");
}

static int print_directives(void)
{
	struct conf_help h;

	for (unsigned i = 0; conf_help(i, &h); i++)
		printf("%-38s %-12s %s\n", h.name, h.releases, h.text);
	return EXIT_OK;
}

static int check(struct request *q, const char *path)
{
	struct conf_sayer who = { .say = print_complaint, .arg = q };
	struct err e = { 0 };
	struct plan p;
	size_t n = 0;
	char *text = NULL;
	int rc;

	rc = file_read(path, 2 * CONF_MAX, &text, &n, &e);
	if (rc == 0)
		rc = conf_parse(&p, text, n, &who, &e);
	free(text);
	if (rc) {
		fprintf(stderr, "crashbox check: %s\n", e.text);
		return EXIT_FAILED;
	}
	print_verdict(q, &p);
	if (q->capture)
		print_missing(&p);
	rc = p.refused ? EXIT_FAILED : EXIT_OK;
	plan_free(&p);
	return rc;
}

extern const struct applet applet_check;

static int run(int argc, char **argv)
{
	struct request q = { .name = NULL };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-q") == 0)
			q.quiet = true;
		else if (strcmp(argv[i], "--capture") == 0)
			q.capture = true;
		else if (strcmp(argv[i], "--directives") == 0)
			q.directives = true;
		else if (q.name || (argv[i][0] == '-' && argv[i][1]))
			return applet_usage(&applet_check);
		else
			q.name = argv[i];
	}
	if (q.directives)
		return print_directives();
	if (!q.name)
		q.name = CONF_FILE;
	if (strcmp(q.name, "-") == 0) {
		q.name = "standard input";
		return check(&q, "/dev/stdin");
	}
	return check(&q, q.name);
}

const struct applet applet_check = {
	.name = "check",
	.synopsis = "[-q] [--capture] [--directives] [FILE]",
	.help = "say what is wrong with a kdump.conf\n"
		"  FILE          instead of " CONF_FILE "; - is standard input\n"
		"  -q            say nothing, only give the exit code\n"
		"  --capture     say too what the capture kernel cannot do of it\n"
		"  --directives  list every directive, the releases that know it, its value\n"
		"Exit code: 0 fine (maybe with warnings), 1 lines refused or file not readable, 2 "
		"usage\n",
	.main = run,
};
