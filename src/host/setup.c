/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the kdump.conf that a few answers amount to.
 * What an answer means is left to the reader of kdump.conf: the same that the capture has.
 */
#include "host/setup.h"

#include "base/str.h"
#include "conf/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINES_ROOM (4 * SETUP_WORD)

void setup_from_plan(struct setup_answers *ret, const struct plan *p)
{
	const struct plan_target *t = &p->target[0];

	*ret = (struct setup_answers){ .level = 31, .action = p->failure_action };
	if (p->ntarget == 0 || t->mountpoint)
		(void)str_fmt(ret->target, sizeof(ret->target), "local");
	else
		(void)str_fmt(ret->target, sizeof(ret->target), "%s %s",
			      t->kind == TARGET_FS ? t->fstype : conf_target_name(t->kind), t->where);
	(void)str_fmt(ret->path, sizeof(ret->path), "%s", p->path);
	if (p->collector.kind == COLLECT_FILTER && p->collector.nlevel)
		ret->level = p->collector.level[0];
	else if (p->collector.kind == COLLECT_COPY)
		ret->level = 0;
	if (p->collector.line)
		(void)str_fmt(ret->collector, sizeof(ret->collector), "%s", p->collector.line);
}

static int lines_of(const struct setup_answers *a, char *buf, size_t n)
{
	bool local = strcmp(a->target, "local") == 0;
	char collector[SETUP_WORD];

	(void)str_fmt(collector, sizeof(collector), "makedumpfile -l --message-level 7 -d %u", a->level);
	return str_fmt(buf, n, "%s%spath %s\ncore_collector %s\nfailure_action %s\n", local ? "" : a->target,
		       local ? "" : "\n", a->path, *a->collector ? a->collector : collector,
		       conf_action_name(a->action));
}

static void hear(void *arg, enum conf_severity s, unsigned line, const char *text)
{
	struct err *e = arg;

	(void)line;
	if (s == CONF_REFUSE && !e->code)
		(void)err_set(e, -EINVAL, "%s", text);
}

static int one_line(const char *s)
{
	return s[strcspn(s, "\r\n")] == '\0';
}

int setup_check(const struct setup_answers *a, struct err *e)
{
	struct err first = { 0 };
	const struct conf_sayer who = { hear, &first };
	char text[LINES_ROOM];
	struct plan p;
	unsigned want;

	if (lines_of(a, text, sizeof(text)) || !one_line(a->target) || !one_line(a->path))
		return err_set(e, -EINVAL, "an answer is too long, or more than one line");
	if (a->path[0] != '/')
		return err_set(e, -EINVAL, "'%.60s' is no absolute path: a directory begins with /, as /var/crash",
			       a->path);
	if (conf_parse(&p, text, strlen(text), &who, e))
		return -ENOMEM;
	want = strcmp(a->target, "local") != 0;
	if (!first.code && p.ntarget != want)
		(void)err_set(&first, -EINVAL,
			      "'%.60s': expected local, or a file system, raw, nfs or ssh and what it is", a->target);
	plan_free(&p);
	return first.code ? err_set(e, first.code, "%s", first.text) : 0;
}

/* The directives that the answers are about. */
static bool is_ours(const char *line, size_t n)
{
	static const char *const word[] = { "path", "core_collector", "failure_action", "default", "raw", "nfs", "nfs4",
					    "ssh", "net", "ext2", "ext3", "ext4", "xfs", "btrfs", "minix", "vfat",
					    "virtiofs" };
	size_t skip = 0, len;

	while (skip < n && (line[skip] == ' ' || line[skip] == '\t'))
		skip++;
	for (len = 0; skip + len < n && !strchr(" \t\r\n", line[skip + len]);)
		len++;
	for (unsigned i = 0; i < ARRAY_LEN(word); i++)
		if (strlen(word[i]) == len && memcmp(line + skip, word[i], len) == 0)
			return true;
	return false;
}

int setup_text(char **ret, const struct setup_answers *a, const char *old, size_t n, struct err *e)
{
	static const char head[] = "# Set by `crashbox setup`:\n";
	size_t room = n + sizeof(head) + LINES_ROOM + 1, at = 0;
	char *text = malloc(room);

	if (!text)
		return err_set(e, -ENOMEM, "no memory for kdump.conf");
	for (const char *s = old, *end = old + n; s < end;) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));
		size_t len = stop ? (size_t)(stop - s) + 1 : (size_t)(end - s);

		if (!is_ours(s, len) && (len != sizeof(head) - 1 || memcmp(s, head, len) != 0)) {
			memcpy(text + at, s, len);
			at += len;
		}
		s += len;
	}
	if (at && text[at - 1] != '\n')
		text[at++] = '\n';
	memcpy(text + at, head, sizeof(head));
	at += sizeof(head) - 1;
	if (lines_of(a, text + at, room - at)) {
		free(text);
		return err_set(e, -ENAMETOOLONG, "an answer is too long");
	}
	*ret = text;
	return 0;
}

int setup_write(const struct host *h, const char *text, struct err *e)
{
	char *old = NULL;
	size_t n;
	int rc = host_read(h, CONF_FILE, CONF_MAX, &old, &n, e);

	if (rc == -ENOENT)
		rc = 0;
	else if (rc == 0)
		rc = host_write(h, CONF_FILE ".old", old, n, 0644, e);
	free(old);
	return rc ? rc : host_write(h, CONF_FILE, text, strlen(text), 0644, e);
}
