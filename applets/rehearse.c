/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: rehearse.
 * Does with every target of an image what a capture would do, while somebody is there to read what fails.
 */
#include "applet.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "run/rehearse.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

extern const struct applet applet_rehearse;

#define RECORD    "/var/lib/crashbox/rehearsal"
#define LIMIT_MAX 86400
#define INDENT    "             "

struct options {
	const char *image, *record;
	bool json;
	uint64_t limit_s;
	int dirfd; /* of the record: the image becomes the root; -1: nothing is recorded */
	char name[NAME_MAX - 8];
};

struct result {
	struct rehearse_image image;
	struct rehearsal target[PLAN_TARGETS]; /* children write here */
	unsigned n, failed;
};

/* ---- for people ---- */

static uint64_t rate(uint64_t bytes, int64_t us)
{
	return bytes && us > 0 ? bytes * 1000000 / (uint64_t)us : 0;
}

static const char *show_rate(char *buf, size_t n, uint64_t per_second)
{
	char size[24];

	if (!per_second)
		return "-";
	(void)str_fmt(buf, n, "%s/s", str_size(size, sizeof(size), per_second));
	return buf;
}

/* How long a dump takes at most when the link is what holds it up. */
static const char *show_time(char *buf, size_t n, uint64_t bytes, uint64_t per_second)
{
	uint64_t s = per_second ? bytes / per_second + 1 : 0;

	if (!s || !bytes)
		return "-";
	if (s < 120)
		(void)str_fmt(buf, n, "%llu s", (unsigned long long)s);
	else if (s < 7200)
		(void)str_fmt(buf, n, "%llu min", (unsigned long long)(s + 59) / 60);
	else
		(void)str_fmt(buf, n, "%llu h", (unsigned long long)(s + 3599) / 3600);
	return buf;
}

static void show_said(const char *indent, const struct rehearse_said *s)
{
	for (unsigned i = 0; i < s->n; i++)
		applet_print(stdout, "%s%s\n", indent, s->text[i]);
}

static void show_image(const struct options *o, const struct rehearse_image *i)
{
	char size[24];

	applet_print(stdout, "%s%s%s\n", o->image, i->kernel[0] ? ", for kernel " : "", i->kernel);
	if (i->need.dump)
		printf("A dump of level %u is at most %s now, before it is compressed.\n", i->level,
		       str_size(size, sizeof(size), i->need.dump));
	if (i->failed.n)
		puts("FAILED");
	show_said("  ", &i->failed);
	if (i->warned.n)
		puts("warning");
	show_said("  ", &i->warned);
	printf("\n%2s  %-7s  %10s  %12s  %12s  %10s  %9s  %s\n", "#", "", "reached in", "write", "read back", "free",
	       "dump: max", "target");
}

static void show(const struct result *res, unsigned nr)
{
	const struct rehearsal *t = &res->target[nr - 1];
	char open[24] = "-", space[24], w[32], r[32], time[24];
	uint64_t speed = rate(t->bytes, t->write_us);

	if (t->bytes)
		(void)str_fmt(open, sizeof(open), "%lld ms", (long long)t->open_ms);
	applet_print(stdout, "%2u  %-7s  %10s  %12s  %12s  %10s  %9s  %s\n", nr,
		     !t->ok        ? "FAILED"
		     : t->warned.n ? "warning"
				   : "fine",
		     open, show_rate(w, sizeof(w), speed), show_rate(r, sizeof(r), rate(t->seen, t->read_us)),
		     t->space_known ? str_size(space, sizeof(space), t->space) : "-",
		     show_time(time, sizeof(time), res->image.need.dump, speed), t->target);
	if (t->where[0])
		applet_print(stdout, INDENT "%s\n", t->where);
	if (t->why[0])
		applet_print(stdout, INDENT "%s\n", t->why);
	show_said(INDENT, &t->warned);
	(void)fflush(stdout);
}

/* ---- for programs ---- */

static void put_text(FILE *f, const char *s)
{
	char safe[512];

	putc('"', f);
	for (str_safe(safe, sizeof(safe), s), s = safe; *s; s++)
		fprintf(f, *s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	putc('"', f);
}

static void put_string(FILE *f, const char *key, const char *s)
{
	fprintf(f, ", \"%s\": ", key);
	put_text(f, s);
}

static void put_said(FILE *f, const char *key, const struct rehearse_said *s)
{
	fprintf(f, ", \"%s\": [", key);
	for (unsigned i = 0; i < s->n; i++) {
		fputs(i ? ", " : "", f);
		put_text(f, s->text[i]);
	}
	putc(']', f);
}

static void put_number(FILE *f, const char *key, uint64_t n)
{
	fprintf(f, ", \"%s\": %llu", key, (unsigned long long)n);
}

static void put_target(FILE *f, const struct rehearsal *t, unsigned nr)
{
	fprintf(f, "    { \"nr\": %u, \"ok\": %s", nr, t->ok ? "true" : "false");
	put_string(f, "target", t->target);
	put_string(f, "where", t->where);
	put_number(f, "open_ms", (uint64_t)t->open_ms);
	put_number(f, "write_bytes_per_second", rate(t->bytes, t->write_us));
	put_number(f, "read_bytes_per_second", rate(t->seen, t->read_us));
	if (t->space_known)
		put_number(f, "free_bytes", t->space);
	put_string(f, "why", t->why);
	put_said(f, "warnings", &t->warned);
	fputs(" }", f);
}

/* A line each for the time and the sum, so that a script can take them. */
static void put_json(FILE *f, const struct options *o, const struct result *res)
{
	fprintf(f, "{ \"format\": 1,\n  \"time\": %lld,\n  \"failed\": %u,\n  \"good\": %u,\n  \"image\": { \"ok\": %s",
		(long long)clock_wall(), res->failed, res->n - res->failed, res->image.failed.n ? "false" : "true");
	put_string(f, "path", o->image);
	put_string(f, "kernel", res->image.kernel);
	put_number(f, "dump_level", res->image.level);
	put_number(f, "dump_bytes_max", res->image.need.dump);
	put_said(f, "failures", &res->image.failed);
	put_said(f, "warnings", &res->image.warned);
	fputs(" },\n  \"targets\": [\n", f);
	for (unsigned i = 0; i < res->n; i++) {
		put_target(f, &res->target[i], i + 1);
		fputs(i + 1 < res->n ? ",\n" : "\n", f);
	}
	fputs("  ]\n}\n", f);
}

/* Before the image becomes the root: the directory of the record. */
static void open_record(struct options *o)
{
	char copy[PATH_MAX], base[PATH_MAX];
	struct err e = { 0 };

	if (!o->record || str_fmt(copy, sizeof(copy), "%s", o->record) ||
	    str_fmt(base, sizeof(base), "%s", o->record) ||
	    str_fmt(o->name, sizeof(o->name), "%s", basename(base)))
		return;
	if (dir_make(dirname(copy), 0755, &e) == 0)
		o->dirfd = open(copy, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (o->dirfd < 0)
		fprintf(stderr, "crashbox rehearse: the result is not recorded: %s: %s\n", copy,
			e.text[0] ? e.text : strerror(errno));
}

static void record(const struct options *o, const char *text, size_t n)
{
	char temp[NAME_MAX];
	int fd, rc;

	if (o->dirfd < 0)
		return;
	(void)str_fmt(temp, sizeof(temp), "%s.new", o->name);
	fd = openat(o->dirfd, temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644);
	rc = fd < 0 ? -errno : fd_write(fd, text, n);
	if (rc == 0 && (fsync(fd) || renameat(o->dirfd, temp, o->dirfd, o->name)))
		rc = -errno;
	if (fd >= 0)
		close(fd);
	if (rc)
		fprintf(stderr, "crashbox rehearse: the result is not recorded: %s\n", strerror(-rc));
}

static void tell(const struct options *o, const struct result *res)
{
	char *text = NULL;
	size_t n = 0;
	FILE *f = open_memstream(&text, &n);

	if (!f)
		return;
	put_json(f, o, res);
	if (fclose(f) == 0) {
		if (o->json)
			(void)fwrite(text, 1, n, stdout);
		record(o, text, n);
	}
	free(text);
	if (!o->json)
		printf("\n%u of %u targets would take the dump%s\n", res->n - res->failed, res->n,
		       res->image.failed.n ? ", but the image is not as it should be" : "");
}

/* ---- both ---- */

static int rehearse(const struct options *o)
{
	static struct run r;
	struct err e = { 0 };
	struct result *res = mmap(NULL, sizeof(*res), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (res == MAP_FAILED || rehearse_enter(&r, o->image, &res->image, &e)) {
		fprintf(stderr, "crashbox rehearse: %s\n", res == MAP_FAILED ? strerror(errno) : e.text);
		return EXIT_FAILED;
	}
	res->n = r.plan.ntarget ? r.plan.ntarget : 1;
	if (!o->json)
		show_image(o, &res->image);
	for (unsigned i = 0; i < res->n; i++) {
		(void)fflush(stdout);
		rehearse_target(&r, r.plan.ntarget ? (int)i + 1 : RECIPE_DEFAULT, &res->image.need,
				(int64_t)o->limit_s * 1000, &res->target[i]);
		res->failed += !res->target[i].ok;
		if (!o->json)
			show(res, i + 1);
	}
	tell(o, res);
	return res->failed || res->image.failed.n ? EXIT_FAILED : EXIT_OK;
}

static int rehearse_main(int argc, char **argv)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "record", required_argument, NULL, 'r' },
		{ "no-record", no_argument, NULL, 'n' },
		{ "timeout", required_argument, NULL, 't' },
		{ NULL, 0, NULL, 0 },
	};
	struct options o = { .record = RECORD, .limit_s = 120, .dirfd = -1 };
	char path[256];
	struct utsname u;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == 'j')
			o.json = true;
		else if (c == 'r' && *optarg)
			o.record = optarg;
		else if (c == 'n')
			o.record = NULL;
		else if (c != 't' || str_u64(optarg, LIMIT_MAX, &o.limit_s) || !o.limit_s)
			return applet_usage(&applet_rehearse);
	}
	if (argc - optind > 1)
		return applet_usage(&applet_rehearse);
	uname(&u);
	snprintf(path, sizeof(path), "/boot/initramfs-%skdump.img", u.release);
	o.image = optind < argc ? argv[optind] : path;
	open_record(&o);
	return rehearse(&o);
}

const struct applet applet_rehearse = {
	.name = "rehearse",
	.synopsis = "[--json] [--timeout SECONDS] [--record FILE|--no-record] [IMAGE]",
	.help = "try on this system what an image would do after a crash\n"
		"Each target of IMAGE (/boot/initramfs-VERSIONkdump.img) is reached with the keys and options of\n"
		"the image; up to 16 MiB are written, renamed, read back, compared and removed. Links and modules\n"
		"of this system are used as they are.\n"
		"  --json             the result for programs\n"
		"  --timeout SECONDS  for one target (120)\n"
		"  --record FILE      where the result is kept (/var/lib/crashbox/rehearsal); --no-record: nowhere\n",
	.main = rehearse_main,
};
