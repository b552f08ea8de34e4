/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: files of SUSE and Debian as a kdump.conf.
 * Whatever the value holds, it cannot add a line: each line is a comment or a directive that the dialect knows.
 */
#include "conf/conf.h"
#include "conf/dialect.h"
#include "shown.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void hear(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	unsigned *refused = arg;

	require(line > 0 && *text && strlen(text) < 512);
	require(may_be_shown(text));
	*refused += s == CONF_REFUSE;
}

static void check_line(const char *line)
{
	static const char *const first[] = { "# ", "path ", "nfs ", "ssh ", "sshkey ", "core_collector ", "extra_bins ",
					     "kdump_pre ", "kdump_post ", "failure_action " };
	unsigned known = 0;

	for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
		known += strncmp(line, first[i], strlen(first[i])) == 0;
	require(known == 1);
	for (; *line; line++)
		require((unsigned char)*line >= ' ' && *line != 0x7f);
}

static void check_text(char *text, size_t n)
{
	struct plan p;

	require(strlen(text) == n && n && text[n - 1] == '\n');
	require(conf_parse(&p, text, n, NULL, NULL) == 0);
	plan_free(&p);
	text[n - 1] = '\0';
	for (char *line; (line = strsep(&text, "\n"));)
		check_line(line);
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	for (int i = 0; i < DIALECTS; i++) {
		unsigned refused = 0;
		const struct conf_sayer who = { hear, &refused };
		struct dialect_text t;
		struct err e = { 0 };

		require(dialect_convert(&t, (enum dialect)i, (const char *)d, n, &who, &e) == 0);
		require(t.refused == refused);
		check_text(t.text, t.n);
		free(t.text);
		(void)dialect_is((enum dialect)i, (const char *)d, n);
	}
	return 0;
}
