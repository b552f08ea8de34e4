/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the proof by a real crash.
 * The capture kernel is given an id; a dump that bears it is the only thing that counts as success.
 */
#include "host/kdumpctl_test.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "conf/assign.h"
#include "conf/conf.h"
#include "host/kexec.h"
#include "host/list.h"
#include "host/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define RECORD     SERVICE_STATE "/test"
#define RECORD_MAX 65536

struct test {
	char id[72];
	int64_t when;        /* seconds since 1970 */
	char dir[HOST_PATH]; /* where its dump should be; "" when that is not on this machine */
	char target[256];
};

static int write_record(const struct service *s, const struct test *t, struct err *e)
{
	char text[1024];
	int n = snprintf(text, sizeof(text), "ID='%s'\nWHEN=%lld\nDIR='%s'\nTARGET='%s'\n", t->id, (long long)t->when,
			 t->dir, t->target);

	if (n < 0 || (size_t)n >= sizeof(text) || strchr(t->dir, '\'') || strchr(t->target, '\''))
		return err_set(e, -EINVAL, "the target cannot be written down");
	return host_write(&s->host, RECORD, text, (size_t)n, 0600, e);
}

static bool take(const struct assigns *a, const char *name, char *buf, size_t n)
{
	const char *value = assign_get(a, name);

	return value && str_fmt(buf, n, "%s", value) == 0;
}

static bool read_record(const struct service *s, struct test *t)
{
	struct assigns *a = calloc(1, sizeof(*a));
	char *text = NULL, when[24];
	uint64_t v = 0;
	size_t n;
	bool ok = a && host_read(&s->host, RECORD, RECORD_MAX, &text, &n, NULL) == 0 &&
		  assign_parse(a, text, n, NULL) == 0;

	ok = ok && take(a, "ID", t->id, sizeof(t->id)) && take(a, "WHEN", when, sizeof(when)) &&
	     take(a, "DIR", t->dir, sizeof(t->dir)) && take(a, "TARGET", t->target, sizeof(t->target)) &&
	     str_u64(when, INT64_MAX, &v) == 0;
	t->when = (int64_t)v;
	assign_free(a);
	free(a);
	free(text);
	return ok;
}

static int crash(const struct host *h, struct err *e)
{
	char path[HOST_PATH];
	int rc = host_path(h, path, "/proc/sys/kernel/sysrq", e);

	sync();
	if (rc == 0)
		rc = file_put(path, "1", e);
	if (rc == 0)
		rc = host_path(h, path, "/proc/sysrq-trigger", e);
	return rc ? rc : file_put(path, "c", e);
}

static void fill(struct service *s, struct test *t)
{
	const struct plan_target *first = s->plan.ntarget ? &s->plan.target[0] : NULL;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	t->when = now.tv_sec;
	(void)str_fmt(t->id, sizeof(t->id), "%lld-%ld", (long long)now.tv_sec, now.tv_nsec);
	if (status_dump_dir(s, t->dir, NULL))
		t->dir[0] = '\0';
	(void)str_fmt(t->target, sizeof(t->target), "%s %s", first ? conf_target_name(first->kind) : "directory",
		      first ? first->where : s->plan.path);
}

/* With the lock. */
static int begin(struct service *s, struct test *t, struct err *e)
{
	char extra[96];
	bool done;
	int rc;

	fill(s, t);
	rc = write_record(s, t, e);
	if (rc)
		return rc;
	(void)str_fmt(extra, sizeof(extra), "kdump_test_id=%s", t->id);
	rc = service_load(s, true, extra, &done, e);
	if (rc)
		return rc;
	host_say(&s->host, HOST_SAY, "this machine crashes now; its dump will be called kdump-test-%s", t->id);
	return crash(&s->host, e);
}

int service_test(struct service *s, const struct service_how *how, struct err *e)
{
	struct service_lock lock;
	struct test t = { 0 };
	int rc = service_check(s, e);

	if (rc)
		return rc;
	if (!kexec_loaded(&s->host))
		return err_set(e, -EPERM, "no capture kernel is loaded: `kdumpctl start` first, else the crash "
					  "would be for nothing");
	rc = service_lock(s, how->wait_ms, &lock, e);
	if (rc)
		return rc;
	rc = begin(s, &t, e);
	service_unlock(&lock);
	return rc;
}

/* The dump that bears the id, newest first. */
static bool find_dump(const struct service *s, const struct test *t, struct dump_entry *ret)
{
	struct dump_entries l = { 0 };
	char full[HOST_PATH];
	bool found = false;

	if (!t->dir[0] || host_path(&s->host, full, t->dir, NULL) || dump_list(full, &l, NULL))
		return false;
	for (size_t i = 0; i < l.n && !found; i++) {
		found = strcmp(l.v[i].test_id, t->id) == 0;
		*ret = l.v[i];
	}
	dump_list_free(&l);
	return found;
}

void service_test_say(struct service *s)
{
	struct dump_entry d;
	struct test t;

	if (!read_record(s, &t))
		return;
	if (find_dump(s, &t, &d))
		host_say(&s->host, HOST_SAY, "last test   %s: %s/%s is %s",
			 d.state == DUMP_WHOLE || d.state == DUMP_UNREAD || d.state == DUMP_FLAT ? "passed" : "FAILED",
			 t.dir, d.name, dump_state_name(d.state));
	else if (t.dir[0] && clock_wall() - clock_ms() / 1000 > t.when)
		host_say(&s->host, HOST_SAY, "last test   FAILED: there is no kdump-test-%s below %s", t.id, t.dir);
	else
		host_say(&s->host, HOST_SAY, "last test   look for kdump-test-%s on %s", t.id, t.target);
}
