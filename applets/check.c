/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: check, the strict reader of kdump.conf.
 * Says every complaint with its line; refuses where the capture kernel would only skip.
 */
#include "applet.h"

#include "base/fdio.h"
#include "base/str.h"
#include "conf/builtin.h"
#include "conf/conf.h"
#include "conf/dialect.h"
#include "host/conf_source.h"
#include "host/kdumpctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
	const char *name; /* of the file, in messages */
	const char *from; /* the dialect, "auto" or NULL */
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

static int fail(const struct err *e)
{
	fprintf(stderr, "crashbox check: %s\n", e->text);
	return EXIT_FAILED;
}

static int judge(const struct request *q, const char *text, size_t n)
{
	struct conf_sayer who = { .say = print_complaint, .arg = (void *)q };
	struct err e = { 0 };
	struct plan p;
	int rc;

	if (conf_parse(&p, text, n, &who, &e))
		return fail(&e);
	print_verdict(q, &p);
	if (q->capture)
		print_missing(&p);
	if (p.log_only && !q->quiet)
		fprintf(stderr, "%s: a capture would do the same: %s\n", q->name, p.log_only);
	rc = p.refused ? EXIT_FAILED : EXIT_OK;
	plan_free(&p);
	return rc;
}

static int check(struct request *q, const char *path)
{
	struct err e = { 0 };
	size_t n = 0;
	char *text = NULL;
	int rc = file_read(path, 2 * CONF_MAX, &text, &n, &e);

	rc = rc ? fail(&e) : judge(q, text, n);
	free(text);
	return rc;
}

static void say_nothing(void *arg, enum host_say kind, const char *sentence)
{
	(void)arg;
	(void)kind;
	(void)sentence;
}

static void print_fault(void *arg, const char *sentence)
{
	const struct request *q = arg;

	if (!q->quiet)
		fprintf(stderr, "%s: warning: %s\n", q->name, sentence);
}

/* What `kdumpctl start` would find of the command line: the configuration of this very machine is checked. */
static int check_line(const struct request *q, const char *root)
{
	struct service s = { .host = { .root = root, .say = say_nothing }, .self = "", .list = capture_list };
	char line[LINE_MAX_BYTES];
	struct err e = { 0 };
	int rc = service_open(&s, &e);

	if (rc == 0 && service_check(&s, NULL) == 0) {
		rc = service_line(&s, NULL, NULL, line, &e);
		if (rc == 0) {
			service_line_faults(line, print_fault, (void *)q);
			rc = service_line_fits(&s, line, &e);
		}
	}
	service_close(&s);
	if (rc && !q->quiet)
		fprintf(stderr, "%s: %s\n", q->name, e.text);
	return rc ? EXIT_FAILED : EXIT_OK;
}

/* The text of a kdump.conf on standard output, what it loses and what is wrong with it on standard error. */
static int show_converted(const struct request *q, const char *text, size_t n, unsigned refused)
{
	struct request of = *q;
	char name[300];
	int rc;

	if (fwrite(text, 1, n, stdout) != n || fflush(stdout))
		return EXIT_FAILED;
	snprintf(name, sizeof(name), "%s, converted", q->name);
	of.name = name;
	rc = judge(&of, text, n);
	return refused ? EXIT_FAILED : rc;
}

static int convert_found(const struct request *q)
{
	struct request of = *q;
	struct conf_sayer who = { .say = print_complaint, .arg = &of };
	struct conf_source s;
	struct err e = { 0 };
	int rc;

	of.name = s.file;
	rc = conf_source_read(&s, "", &who, &e);
	if (rc)
		return fail(&e);
	rc = show_converted(&of, s.text, s.n, s.refused);
	conf_source_free(&s);
	return rc;
}

static int find_dialect(const struct request *q, const char *text, size_t n, enum dialect *ret)
{
	if (strcmp(q->from, "auto") != 0)
		return dialect_named(q->from, ret);
	for (int d = 0; d < DIALECTS; d++)
		if (dialect_is((enum dialect)d, text, n)) {
			*ret = (enum dialect)d;
			return 0;
		}
	return -1;
}

static int convert_file(struct request *q, const char *path)
{
	struct conf_sayer who = { .say = print_complaint, .arg = q };
	struct dialect_text t = { 0 };
	struct err e = { 0 };
	enum dialect d;
	char *text = NULL;
	size_t n = 0;
	int rc;

	if (file_read(path, CONF_MAX, &text, &n, &e))
		return fail(&e);
	rc = find_dialect(q, text, n, &d);
	if (rc)
		fprintf(stderr, "crashbox check: %s says nothing of where dumps go\n", q->name);
	else if (dialect_convert(&t, d, text, n, &who, &e))
		rc = fail(&e);
	else
		rc = show_converted(q, t.text, t.n, t.refused);
	free(t.text);
	free(text);
	return rc ? EXIT_FAILED : EXIT_OK;
}

static int convert(struct request *q, const char *path)
{
	enum dialect d;

	if (path)
		return convert_file(q, path);
	if (dialect_named(q->from, &d))
		return convert_found(q);
	q->name = dialect_file(d);
	return convert_file(q, q->name);
}

extern const struct applet applet_check;

static bool is_dialect(const char *word)
{
	enum dialect d;

	return strcmp(word, "auto") == 0 || dialect_named(word, &d) == 0;
}

/* False: not understood. */
static bool options(struct request *q, int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-q") == 0)
			q->quiet = true;
		else if (strcmp(argv[i], "--capture") == 0)
			q->capture = true;
		else if (strcmp(argv[i], "--directives") == 0)
			q->directives = true;
		else if (strcmp(argv[i], "--from") == 0 && i + 1 < argc && is_dialect(argv[i + 1]))
			q->from = argv[++i];
		else if (q->name || (argv[i][0] == '-' && argv[i][1]))
			return false;
		else
			q->name = argv[i];
	}
	return true;
}

static int run(int argc, char **argv)
{
	const char *root = getenv("SYSROOT"), *path;
	struct request q = { .name = NULL };
	char own[HOST_PATH];
	int rc;

	root = root ? root : "";

	if (!options(&q, argc, argv))
		return applet_usage(&applet_check);
	if (q.directives)
		return print_directives();
	path = q.name;
	if (path && strcmp(path, "-") == 0) {
		q.name = "standard input";
		path = "/dev/stdin";
	}
	if (q.from)
		return convert(&q, path);
	if (str_fmt(own, sizeof(own), "%s" CONF_FILE, root))
		return applet_usage(&applet_check);
	if (!path)
		path = q.name = own;
	rc = check(&q, path);
	return rc || strcmp(path, own) != 0 ? rc : check_line(&q, root);
}

const struct applet applet_check = {
	.name = "check",
	.synopsis = "[-q] [--capture] [--directives] [--from suse|debian|auto] [FILE]",
	.help = "say what is wrong with a kdump.conf\n"
		"  FILE          instead of " CONF_FILE "; - is standard input\n"
		"  -q            say nothing, only give the exit code\n"
		"  --capture     say too what the capture kernel cannot do of it\n"
		"  --from D      print the kdump.conf that FILE amounts to, a file of SUSE (/etc/sysconfig/kdump) or\n"
		"                Debian (/etc/default/kdump-tools); auto: whichever it is, without FILE the one\n"
		"                that holds here. What has no counterpart is named\n"
		"  --directives  list every directive, the releases that know it, its value\n"
		"Exit code: 0 fine (maybe with warnings), 1 lines refused or file not readable, 2 "
		"usage\n",
	.main = run,
};
