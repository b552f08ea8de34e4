/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: rehearse.
 * Does with every target of an image what a capture would do, while somebody is there to read what fails.
 */
#include "applet.h"

#include "base/str.h"
#include "run/rehearse.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

extern const struct applet applet_rehearse;

static uint64_t rate(const struct rehearsal *t)
{
	return t->bytes && t->write_ms > 0 ? t->bytes * 1000 / (uint64_t)t->write_ms : 0;
}

static void show(const struct rehearsal *t, unsigned nr)
{
	char space[24], speed[24];

	printf("%u  %-6s %s\n", nr, t->ok ? "fine" : "FAILED", t->target);
	if (t->where[0])
		printf("          %s: there after %lld ms\n", t->where, (long long)t->open_ms);
	if (t->bytes)
		printf("          %s/s, %s free%s\n", str_size(speed, sizeof(speed), rate(t)),
		       t->space ? str_size(space, sizeof(space), t->space) : "unknown space",
		       t->left ? "; an empty file is left there" : "");
	if (t->why[0])
		printf("          %s\n", t->why);
}

static void put_string(const char *key, const char *s)
{
	char safe[512];

	printf("\"%s\": \"", key);
	for (str_safe(safe, sizeof(safe), s), s = safe; *s; s++)
		printf(*s == '"' || *s == '\\' ? "\\%c" : "%c", *s);
	putchar('"');
}

static void show_json(const struct rehearsal *t, unsigned nr, bool last)
{
	printf("    { \"nr\": %u, ", nr);
	put_string("target", t->target);
	printf(", \"ok\": %s, ", t->ok ? "true" : "false");
	put_string("where", t->where);
	printf(", \"open_ms\": %lld, \"bytes_per_second\": %llu, \"free_bytes\": %llu, ", (long long)t->open_ms,
	       (unsigned long long)rate(t), (unsigned long long)t->space);
	put_string("why", t->why);
	printf(" }%s\n", last ? "" : ",");
}

static int rehearse(const char *image, bool json)
{
	static struct run r;
	struct rehearsal t;
	struct err e = { 0 };
	unsigned n, failed = 0;

	if (rehearse_enter(&r, image, &e)) {
		fprintf(stderr, "crashbox rehearse: %s\n", e.text);
		return EXIT_FAILED;
	}
	n = r.plan.ntarget ? r.plan.ntarget : 1;
	if (json)
		puts("{ \"targets\": [");
	for (unsigned i = 1; i <= n; i++) {
		rehearse_target(&r, r.plan.ntarget ? (int)i : RECIPE_DEFAULT, &t);
		failed += !t.ok;
		if (json)
			show_json(&t, i, i == n);
		else
			show(&t, i);
		(void)fflush(stdout);
	}
	if (json)
		printf("  ], \"failed\": %u }\n", failed);
	else
		printf("%u of %u targets would take the dump\n", n - failed, n);
	return failed ? EXIT_FAILED : EXIT_OK;
}

static int rehearse_main(int argc, char **argv)
{
	const char *image = NULL;
	bool json = false;
	char path[256];
	struct utsname u;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--json") == 0)
			json = true;
		else if (argv[i][0] != '-' && !image)
			image = argv[i];
		else
			return applet_usage(&applet_rehearse);
	}
	uname(&u);
	snprintf(path, sizeof(path), "/boot/initramfs-%skdump.img", u.release);
	return rehearse(image ? image : path, json);
}

const struct applet applet_rehearse = {
	.name = "rehearse",
	.synopsis = "[--json] [IMAGE]",
	.help = "try on this system what an image would do after a crash\n"
		"Each target of IMAGE (/boot/initramfs-VERSIONkdump.img) is reached with the keys and options of\n"
		"the image; 16 MiB are written, renamed and removed. Links and modules of this system are used as\n"
		"they are.\n"
		"  --json  the same for programs\n",
	.main = rehearse_main,
};
