/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the steps that look at the vmcore and save the kernel log.
 * The log goes first and is durable before the first page of the dump is read.
 */
#include "run/save.h"

#include "base/str.h"
#include "run/boot.h"
#include "run/say.h"
#include "run/target_sink.h"
#include "vmcore/klog.h"
#include "vmcore/vmcore.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOOK_LIMIT_MS 30000
#define LOG_LIMIT_MS  120000

/* ---- which kernel, when ---- */

static int look_vmcore(struct channel *ch, struct run *r, struct err *e)
{
	struct source *src = NULL;
	const char *why = NULL;
	int rc = vmcore_open(&src, r->vmcore, e);

	if (rc)
		return rc;
	channel_fact(ch, "vmcore_bytes", "%llu", (unsigned long long)src->info.file_size);
	if (src->info.osrelease[0])
		channel_fact(ch, "kernel", "%s", src->info.osrelease);
	if (src->info.crash_time)
		channel_fact(ch, "crash_time", "%lld", (long long)src->info.crash_time);
	if (!src->info.vmcoreinfo[0])
		channel_say(ch, MSG_WARN, "the vmcore has no vmcoreinfo: the kernel log cannot be found, "
					  "the copy is complete all the same");
	if (vmcore_flaws(src, &why))
		channel_say(ch, MSG_WARN, "%u parts of the vmcore were left out: %s", vmcore_flaws(src, NULL), why);
	vmcore_free(src);
	return 0;
}

/* Everything foreign that PID 1 is about to depend on. */
static int work_look(struct channel *ch, void *arg, struct err *e)
{
	int rc = look_vmcore(ch, arg, e);

	boot_try_config(arg, ch);
	return rc;
}

int save_look(struct run *r, struct err *e)
{
	struct step s = { .name = "look", .work = work_look, .arg = r, .limit_ms = LOOK_LIMIT_MS };

	return run_step(r, &s, e);
}

/* ---- the log ---- */

struct log_file {
	struct sink *out;
	uint64_t at;
	size_t n;
	int rc;
	char buf[16384];
};

static int log_flush(struct log_file *l, struct err *e)
{
	if (l->rc == 0 && l->n)
		l->rc = l->out->ops->write(l->out, l->at, l->buf, l->n, e);
	l->at += l->n;
	l->n = 0;
	return l->rc;
}

static int log_emit(void *arg, const char *text, size_t n, struct err *e)
{
	struct log_file *l = arg;

	while (n) {
		size_t room = sizeof(l->buf) - l->n, part = n < room ? n : room;

		memcpy(l->buf + l->n, text, part);
		l->n += part;
		text += part;
		n -= part;
		if (l->n == sizeof(l->buf) && log_flush(l, e))
			return l->rc;
	}
	return 0;
}

static int write_log(struct channel *ch, struct source *src, struct sink *out, struct err *e)
{
	struct log_file l = { .out = out };
	const struct klog_out to = { .emit = log_emit, .arg = &l };
	struct klog_stat st = { 0 };
	int rc = out->ops->begin(out, "vmcore-dmesg-incomplete.txt", "vmcore-dmesg.txt", e);

	if (rc)
		return rc;
	rc = klog_read(src, &to, &st, e);
	if (log_flush(&l, l.rc ? NULL : e))
		rc = l.rc;
	if (st.panic_line[0])
		channel_fact(ch, "panic", "%s", st.panic_line);
	if (rc) {
		(void)out->ops->abandon(out, NULL);
		return rc;
	}
	rc = out->ops->commit(out, l.at, e);
	if (rc)
		return rc;
	channel_fact(ch, "log_bytes", "%llu", (unsigned long long)l.at);
	if (st.bad)
		channel_say(ch, MSG_WARN, "%u damaged records were skipped", st.bad);
	channel_say(ch, MSG_SAY, "vmcore-dmesg.txt saved, %llu KiB",
		    (unsigned long long)(l.at + 1023) / 1024);
	return 0;
}

struct log_job {
	struct run *r;
	char *dir;
};

static int work_log(struct channel *ch, void *arg, struct err *e)
{
	const struct log_job *job = arg;
	struct source *src = NULL;
	struct target *t = NULL;
	int rc;

	channel_await(ch, "the target", -1);
	rc = target_open(&t, job->r, job->dir, true, e);
	if (rc)
		return rc;
	if (strchr(job->dir, ':') && !strchr(target_dir(t), ':'))
		channel_say(ch, MSG_WARN, "this file system takes no ':' in names: the directory has '-' instead");
	channel_fact(ch, "dir", "%s", target_sink(t)->dir);
	channel_fact(ch, "place", "%s", target_dir(t));
	rc = vmcore_open(&src, job->r->vmcore, e);
	if (rc == 0)
		rc = write_log(ch, src, target_sink(t), e);
	vmcore_free(src);
	target_free(t);
	return rc;
}

int save_log(struct run *r, const char *base, bool *placed, struct err *e)
{
	char dir[512], before[sizeof(r->dir)];
	struct log_job job = { r, dir };
	struct step s = { .name = "log", .work = work_log, .arg = &job, .limit_ms = LOG_LIMIT_MS };
	int rc;

	rc = r->args.test_id ? str_fmt(dir, sizeof(dir), "%s/kdump-test-%s", base, r->args.test_id)
			     : str_fmt(dir, sizeof(dir), "%s/%s-%s", base, target_client(r), r->stamp);
	if (rc)
		return err_set(e, -ENAMETOOLONG, "log: path of the target is too long");
	s.limit_ms += (int64_t)r->args.connect_timeout_s * 1000;
	*placed = false;
	snprintf(before, sizeof(before), "%s", r->dir);
	r->dir[0] = '\0';
	rc = run_step(r, &s, e);
	if (r->dir[0])
		*placed = true;
	else
		snprintf(r->dir, sizeof(r->dir), "%s", before);
	return rc;
}

/* ---- no target: the console is the last place ---- */

#define TAIL 3000

struct tail {
	char text[2 * TAIL + 1];
	size_t n;
};

static int tail_emit(void *arg, const char *text, size_t n, struct err *e)
{
	struct tail *t = arg;

	(void)e;
	if (n > TAIL) {
		text += n - TAIL;
		n = TAIL;
	}
	if (t->n + n > 2 * TAIL) {
		memmove(t->text, t->text + t->n - TAIL, TAIL);
		t->n = TAIL;
	}
	memcpy(t->text + t->n, text, n);
	t->n += n;
	return 0;
}

static int work_tail(struct channel *ch, void *arg, struct err *e)
{
	struct run *r = arg;
	static struct tail t;
	const struct klog_out to = { .emit = tail_emit, .arg = &t };
	struct klog_stat st = { 0 };
	struct source *src = NULL;
	char *line, *rest;
	int rc = vmcore_open(&src, r->vmcore, e);

	if (rc)
		return rc;
	rc = klog_read(src, &to, &st, e);
	vmcore_free(src);
	if (st.panic_line[0])
		channel_fact(ch, "panic", "%s", st.panic_line);
	t.text[t.n] = '\0';
	rest = t.n > TAIL ? t.text + t.n - TAIL : t.text;
	if (t.n > TAIL)
		(void)strsep(&rest, "\n"); /* the first line is only half there */
	while ((line = strsep(&rest, "\n")))
		if (*line)
			channel_say(ch, MSG_LINE, "%s", line);
	return rc;
}

int save_to_console(struct run *r, struct err *e)
{
	struct step s = { .name = "log", .work = work_tail, .arg = r, .limit_ms = LOG_LIMIT_MS };

	say(r, "log", "no target took the dump: the end of the crashed kernel's log follows");
	return run_step(r, &s, e);
}
