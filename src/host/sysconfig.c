/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what the administrator says of loading: /etc/sysconfig/kdump, /etc/default/kdump-tools.
 * Text to strings; a line that only a shell could read is told and passed over.
 */
#include "host/sysconfig.h"

#include "base/fdio.h"
#include "base/invisible.h"
#include "base/str.h"
#include "host/capture_line.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SYSCONFIG_MAX (1u << 20)

static const char fedora[] = "/etc/sysconfig/kdump";
static const char debian[] = "/etc/default/kdump-tools";

const char *sysconfig_get(const struct sysconfig *s, const char *name)
{
	const char *value = s->a ? assign_get(s->a, name) : NULL;

	return value ? value : "";
}

/* The first of two names that is set: Debian calls some things otherwise. */
static const char *either(const struct sysconfig *s, const char *name, const char *other)
{
	const char *value = sysconfig_get(s, name);

	return *value ? value : sysconfig_get(s, other);
}

/* A number or "". */
static const char *cpus(const struct sysconfig *s, const struct host *h)
{
	const char *value = sysconfig_get(s, "KDUMP_CPUS");
	uint64_t n;

	if (!*value || str_u64(value, LINE_CPUS_MOST, &n) == 0)
		return value;
	host_say(h, HOST_WARN, "%s: KDUMP_CPUS: '%.20s' is not a number up to %u: it is passed over", s->file, value,
		 LINE_CPUS_MOST);
	return "";
}

static void fill(struct sysconfig *s, const struct host *h)
{
	s->kernelver = sysconfig_get(s, "KDUMP_KERNELVER");
	s->line = either(s, "KDUMP_COMMANDLINE", "KDUMP_CMDLINE");
	s->remove = sysconfig_get(s, "KDUMP_COMMANDLINE_REMOVE");
	s->append = either(s, "KDUMP_COMMANDLINE_APPEND", "KDUMP_CMDLINE_APPEND");
	s->cpus = cpus(s, h);
	s->kexec_args = either(s, "KEXEC_ARGS", "KDUMP_KEXEC_ARGS");
	s->bootdir = sysconfig_get(s, "KDUMP_BOOTDIR");
	s->img = sysconfig_get(s, "KDUMP_IMG");
	s->img_ext = sysconfig_get(s, "KDUMP_IMG_EXT");
	s->kernel = sysconfig_get(s, "KDUMP_KERNEL");
}

static void say_fault(const struct sysconfig *s, const struct host *h, const struct assign *v)
{
	const char *name = v->name ? v->name : "", *colon = v->name ? ": " : "";

	if (v->last > v->line)
		host_say(h, HOST_WARN, "%s:%u: %s%s%s; lines %u to %u are passed over, with what they assign", s->file,
			 v->line, name, colon, v->fault, v->line, v->last);
	else
		host_say(h, HOST_WARN, "%s:%u: %s%s%s, the line is passed over", s->file, v->line, name, colon,
			 v->fault);
}

static void say_faults(const struct sysconfig *s, const struct host *h)
{
	for (unsigned i = 0; i < s->a->n; i++) {
		const struct assign *v = &s->a->v[i];

		const struct invisible *found = v->value && v->name ? invisible_find(v->value, NULL) : NULL;

		if (v->fault)
			say_fault(s, h, v);
		else if (found && strncmp(v->name, "KDUMP_", 6) == 0)
			host_say(h, HOST_WARN, "%s:%u: %s: the value holds %s: %s", s->file, v->line, v->name,
				 found->name, found->blank ? "write a plain blank in its place" : "remove it");
	}
}

int sysconfig_parse(struct sysconfig *ret, const struct host *h, const char *file, const char *text, size_t n,
		    struct err *e)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	ret->file = file;
	ret->a = calloc(1, sizeof(*ret->a));
	if (!ret->a)
		return err_set(e, -ENOMEM, "no memory for %s", file);
	rc = assign_parse(ret->a, text, n, e);
	if (rc) {
		sysconfig_free(ret);
		return err_add(e, rc, "%s", file);
	}
	fill(ret, h);
	say_faults(ret, h);
	return 0;
}

int sysconfig_read(struct sysconfig *ret, const struct host *h, struct err *e)
{
	const char *file = fedora;
	char *text = NULL;
	size_t n;
	int rc = host_read(h, file, SYSCONFIG_MAX, &text, &n, e);

	memset(ret, 0, sizeof(*ret));
	if (rc == -ENOENT) {
		file = debian;
		rc = host_read(h, file, SYSCONFIG_MAX, &text, &n, e);
	}
	if (rc == -ENOENT) {
		fill(ret, h);
		return 0;
	}
	if (rc == 0)
		rc = sysconfig_parse(ret, h, file, text, n, e);
	free(text);
	return rc;
}

void sysconfig_free(struct sysconfig *s)
{
	if (!s)
		return;
	assign_free(s->a);
	free(s->a);
	memset(s, 0, sizeof(*s));
}
