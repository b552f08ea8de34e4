/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the report and the capture's own log, beside the dump.
 * Written last and small: KEEP_FREE of the dump step left room for them.
 */
#include "run/save.h"

#include "run/cluster.h"
#include "run/target_sink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>

#define REPORT_MAX      24576
#define REPORT_LIMIT_MS 60000
#define KLOG_READ_ALL   3  /* SYSLOG_ACTION_READ_ALL, include/linux/syslog.h, Linux 6.1 */
#define KLOG_SIZE       10 /* SYSLOG_ACTION_SIZE_BUFFER */
#define KLOG_MAX        (1 << 20)

static int put_file(struct sink *out, const char *name, const char *text, size_t n, struct err *e)
{
	char temp[64];
	int rc;

	snprintf(temp, sizeof(temp), ".%s.incomplete", name);
	rc = out->ops->begin(out, temp, name, e);
	if (rc)
		return rc;
	rc = out->ops->write(out, 0, text, n, e);
	if (rc == 0)
		return out->ops->commit(out, n, e);
	(void)out->ops->abandon(out, NULL);
	return rc;
}

static int put_report(struct sink *out, const struct report *rep, struct err *e)
{
	char *text = malloc(REPORT_MAX);
	int n = text ? report_json(rep, text, REPORT_MAX) : -ENOMEM, rc;

	if (n < 0)
		rc = err_set(e, n, "crashbox-report.json: %s", strerror(-n));
	else
		rc = put_file(out, "crashbox-report.json", text, (size_t)n, e);
	free(text);
	return rc;
}

static int put_own_log(struct sink *out, struct err *e)
{
	int size = klogctl(KLOG_SIZE, NULL, 0), n, rc;
	char *text;

	if (size <= 0 || size > KLOG_MAX)
		size = KLOG_MAX;
	text = malloc((size_t)size);
	n = text ? klogctl(KLOG_READ_ALL, text, size) : -1;
	if (n < 0)
		rc = err_sys(e, "kexec-dmesg.log: read the kernel log");
	else
		rc = put_file(out, "kexec-dmesg.log", text, (size_t)n, e);
	free(text);
	return rc;
}

static int work_report(struct channel *ch, void *arg, struct err *e)
{
	struct run *r = arg;
	struct target *t = NULL;
	int rc = target_open(&t, r, r->dir, false, e), rc2;

	(void)ch;
	if (rc)
		return rc;
	rc = put_report(target_sink(t), &r->rep, e);
	rc2 = put_own_log(target_sink(t), rc ? NULL : e);
	target_free(t);
	return rc ? rc : rc2;
}

int save_report(struct run *r, struct err *e)
{
	struct step s = { .name = "report", .work = work_report, .arg = r, .limit_ms = REPORT_LIMIT_MS };

	cluster_report(r);
	s.limit_ms += (int64_t)r->args.connect_timeout_s * 1000;

	return run_step(r, &s, e);
}
