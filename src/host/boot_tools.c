/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= through the tools that own the boot entries: grubby, rpm-ostree, sdbootutil.
 * What they answer afterwards counts, not that they were run.
 */
#include "base/str.h"
#include "host/boot_job.h"
#include "host/child.h"
#include "host/crashkernel.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANSWER_MAX 65536
#define WORDS_MAX  16

/* What a tool prints, into a new buffer that the caller frees. */
static int answer_of(const char *const *argv, char **ret, struct err *e)
{
	char *out = calloc(1, ANSWER_MAX);
	int rc;

	if (!out)
		return err_set(e, -ENOMEM, "no memory for the answer of %s", argv[0]);
	rc = child_run(&(struct child_ask){ .argv = argv, .limit_ms = BOOT_TOOL_MS, .out = out, .room = ANSWER_MAX },
		       e);
	if (rc) {
		free(out);
		return rc > 0 ? err_set(e, -EINVAL, "%s failed, exit status %d", argv[0], rc) : rc;
	}
	*ret = out;
	return 0;
}

static bool is_there(const struct boot_job *j, const char *name)
{
	static const char *const dir[] = { "/usr/sbin", "/usr/bin", "/sbin" };
	char path[HOST_PATH];

	for (size_t i = 0; i < ARRAY_LEN(dir); i++)
		if (str_fmt(path, sizeof(path), "%s/%s", dir[i], name) == 0 && boot_has(j, path))
			return true;
	return false;
}

/* ---- grubby ---- */

/* Each `args="…"` of grubby --info. */
static void check_infos(struct boot_job *j, const char *text)
{
	unsigned with = 0, without = 0;

	for (const char *p = text; p; p = strchr(p, '\n'), p = p ? p + 1 : NULL) {
		char is[256], counts[256], line[4096];

		if (!str_starts(p, "args="))
			continue;
		(void)str_fmt(line, sizeof(line), "%.*s", (int)strcspn(p + 5, "\n"), p + 5);
		for (char *q = line; *q; q++)
			*q = *q == '"' ? ' ' : *q;
		if (bootentry_get(BOOT_WORDS, line, strlen(line), is, sizeof(is)))
			is[0] = '\0';
		crashkernel_counts(is, counts, sizeof(counts));
		*(strcmp(counts, j->value) == 0 ? &with : &without) += 1;
	}
	if (without || !with)
		boot_open(j, "grubby was run, but says that %u of %u entries do not have crashkernel=%s", without,
			  with + without, j->value);
	else
		host_say(j->h, HOST_SAY, "grubby: crashkernel=%s in %u entries", j->value, with);
}

/* grubby keeps one value a word: a pair is set in the entries themselves. */
int boot_set_grubby(struct boot_job *j, struct err *e)
{
	const char *kernel = j->kernel ? j->kernel : "ALL";
	char update[HOST_PATH + 32], info[HOST_PATH + 32], args[320];
	const char *const set[] = { "grubby", update, "--remove-args=crashkernel", args, NULL };
	const char *const ask[] = { "grubby", info, NULL };
	char *text = NULL;
	int rc;

	if (!is_there(j, "grubby") || strchr(j->value, ' '))
		return -ENOENT;
	if (str_fmt(update, sizeof(update), "--update-kernel=%s", kernel) ||
	    str_fmt(info, sizeof(info), "--info=%s", kernel) ||
	    str_fmt(args, sizeof(args), "--args=crashkernel=%s", j->value))
		return err_set(e, -ENAMETOOLONG, "%s: too long for grubby", kernel);
	rc = boot_tool(j, set, e);
	if (rc)
		return rc;
	j->found++;
	if (j->dry)
		return 0;
	if (*j->h->root) {
		boot_open(j, "grubby keeps the boot entries of this system: it is not run for another root");
		return 0;
	}
	rc = answer_of(ask, &text, e);
	if (rc == 0)
		check_infos(j, text);
	free(text);
	return rc;
}

/* ---- rpm-ostree ---- */

/* The crashkernel= words that rpm-ostree tells. */
static int ostree_words(char *buf, size_t size, struct err *e)
{
	const char *const ask[] = { "rpm-ostree", "kargs", NULL };
	char *text = NULL;
	int rc = answer_of(ask, &text, e);

	if (rc == 0 && bootentry_get(BOOT_WORDS, text, strlen(text), buf, size))
		rc = err_set(e, -ENAMETOOLONG, "rpm-ostree kargs: crashkernel= is too long");
	free(text);
	return rc;
}

/* "--delete=crashkernel=A" for each word of WAS, "--append=crashkernel=B" for each of the value. */
static int ostree_change(struct boot_job *j, const char *was, struct err *e)
{
	const char *argv[WORDS_MAX * 2 + 3] = { "rpm-ostree", "kargs" };
	char option[WORDS_MAX * 2][300], copy[256], *cursor, *word;
	unsigned n = 0;

	for (int add = 0; add < 2; add++) {
		(void)str_fmt(copy, sizeof(copy), "%s", add ? j->value : was);
		cursor = copy;
		while ((word = str_word(&cursor)) && n < WORDS_MAX * 2) {
			(void)str_fmt(option[n], sizeof(option[n]), "--%s=crashkernel=%s", add ? "append" : "delete",
				      word);
			argv[2 + n] = option[n];
			n++;
		}
	}
	return boot_tool(j, argv, e);
}

int boot_set_ostree(struct boot_job *j, struct err *e)
{
	char was[256] = "", is[256], counts[256];
	int rc;

	if (!boot_has(j, "/run/ostree-booted") || !is_there(j, "rpm-ostree"))
		return -ENOENT;
	rc = *j->h->root ? 0 : ostree_words(was, sizeof(was), e);
	if (rc)
		return rc;
	crashkernel_counts(was, counts, sizeof(counts));
	j->found++;
	if (strcmp(was, j->value) == 0) {
		boot_said(j, "rpm-ostree kargs", counts, false);
		return 0;
	}
	rc = ostree_change(j, was, e);
	if (rc || j->dry)
		return rc;
	if (*j->h->root) {
		boot_open(j, "rpm-ostree keeps the command line of this system: it is not run for another root");
		return 0;
	}
	rc = ostree_words(is, sizeof(is), e);
	if (rc == 0 && strcmp(is, j->value) != 0)
		boot_open(j, "rpm-ostree was run, but its kargs give crashkernel=%s", is);
	else if (rc == 0)
		boot_said(j, "rpm-ostree kargs", counts, true);
	return rc;
}

/* ---- sdbootutil ---- */

/*
 * Whether entries may be made of /etc/kernel/cmdline. sdbootutil puts the lines of that file in the place of all
 * options; it passes over a last line without its end, and leaves nothing to boot from when no line has root=.
 */
static bool is_whole_line(const struct boot_job *j)
{
	static const char blanks[] = " \t\r\n";
	bool ends, root = false;
	char *text = NULL;
	size_t n;

	if (host_read(j->h, "/etc/kernel/cmdline", BOOT_FILE_MAX, &text, &n, NULL))
		return false;
	ends = n && text[n - 1] == '\n';
	for (const char *p = text + strspn(text, blanks); *p; p += strspn(p, blanks)) {
		root = root || str_starts(p, "root=");
		p += strcspn(p, blanks);
	}
	free(text);
	return ends && root;
}

int boot_run_sdbootutil(struct boot_job *j, struct err *e)
{
	static const char *const entries[] = { "sdbootutil", "update-all-entries", NULL };
	static const char *const tpm[] = { "sdbootutil", "update-predictions", NULL };

	if (!is_there(j, "sdbootutil"))
		return -ENOENT;
	if (!j->kernel && is_whole_line(j))
		return boot_tool(j, entries, e);
	if (!j->kernel && boot_has(j, "/etc/kernel/cmdline"))
		host_say(j->h, HOST_NOTE,
			 "/etc/kernel/cmdline has no root= in lines that end: no entry is made of it");
	return boot_tool(j, tpm, e);
}
