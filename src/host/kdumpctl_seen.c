/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: what the system looked like when an image was made.
 * A text that is the same as long as nothing that matters to the image has changed; a few milliseconds.
 */
#include "host/kdumpctl_seen.h"

#include "base/fdio.h"
#include "base/str.h"
#include "dev/block.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define STAMP_MAX (4u << 20)
#define TABLE_MAX (4u << 20) /* of a file in /proc */

struct text {
	char *p;
	size_t n, room;
	bool failed;
};

static void add(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->failed)
		return;
	if (t->room - t->n < 4096) {
		size_t room = t->room * 2 + 65536;
		char *p = realloc(t->p, room);

		t->failed = !p;
		if (!p)
			return;
		t->p = p;
		t->room = room;
	}
	va_start(ap, fmt);
	n = vsnprintf(t->p + t->n, t->room - t->n, fmt, ap);
	va_end(ap);
	if (n > 0)
		t->n += (size_t)n < t->room - t->n ? (size_t)n : t->room - t->n - 1;
}

static bool at_or_after(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec > b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec >= b->tv_nsec);
}

static void identity_text(const struct stat *st, char buf[128])
{
	snprintf(buf, 128, "%u:%u %llu %lld %lld.%09ld %lld.%09ld", major(st->st_dev), minor(st->st_dev),
		 (unsigned long long)st->st_ino, (long long)st->st_size, (long long)st->st_mtim.tv_sec,
		 st->st_mtim.tv_nsec, (long long)st->st_ctim.tv_sec, st->st_ctim.tv_nsec);
}

void service_identity(const struct service *s, const char *path, char buf[128])
{
	char full[HOST_PATH];
	struct stat st;

	memcpy(buf, "-", 2);
	if (host_path(&s->host, full, path, NULL) || stat(full, &st))
		return;
	st.st_ctim = (struct timespec){ 0 }; /* a second name for the file is no change of it */
	identity_text(&st, buf);
}

/* PATH as it stands in the stamp: with the host's root already. */
static void add_file(struct text *t, const char *path, const struct timespec *since)
{
	char id[128];
	struct stat st;

	if (stat(path, &st))
		add(t, "file - %s\n", path);
	else if (since && (at_or_after(&st.st_mtim, since) || at_or_after(&st.st_ctim, since)))
		add(t, "file changing %lld %s\n", (long long)since->tv_sec, path);
	else {
		identity_text(&st, id);
		add(t, "file %s %s\n", id, path);
	}
}

static int add_inputs(struct text *t, const struct service *s, const struct timespec *since, struct err *e)
{
	char *text = NULL, *line, *save;
	size_t n;
	int rc = host_read(&s->host, s->stamp, STAMP_MAX, &text, &n, e);

	if (rc)
		return rc;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		if (str_starts(line, "input "))
			add_file(t, line + 6, since);
	free(text);
	return 0;
}

/* One line of a table in /proc; NULL: it does not matter. */
typedef bool line_fn(struct text *t, char *line);

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Puts the lines of T from FROM on in order: tables are in the order of events. */
static void sort_lines(struct text *t, size_t from)
{
	size_t lines = 0, at = 0, bytes = t->n - from;
	char **line, *copy, *save, *p;

	if (t->failed || bytes == 0)
		return;
	for (size_t i = from; i < t->n; i++)
		lines += t->p[i] == '\n';
	copy = strndup(t->p + from, bytes);
	line = calloc(lines + 1, sizeof(*line));
	t->failed = !copy || !line;
	for (p = copy && line ? strtok_r(copy, "\n", &save) : NULL; p; p = strtok_r(NULL, "\n", &save))
		line[at++] = p;
	if (line)
		qsort(line, at, sizeof(*line), compare);
	t->n = t->failed ? t->n : from;
	for (size_t i = 0; i < at; i++)
		add(t, "%s\n", line[i]);
	free(line);
	free(copy);
}

static void add_table(struct text *t, const struct service *s, const char *path, line_fn *take)
{
	char *text = NULL, *line, *save;
	size_t n, from = t->n;

	if (host_read(&s->host, path, TABLE_MAX, &text, &n, NULL))
		return;
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take(t, line);
	free(text);
	sort_lines(t, from);
}

/* The words of LINE; gives their number. */
static unsigned words(char *line, char **w, unsigned most)
{
	unsigned n = 0;
	char *word;

	while (n < most && (word = str_word(&line)))
		w[n++] = word;
	return n;
}

/* A mount of a disk or of a server, as words of the table. */
struct mount_line {
	const char *dev, *root, *point, *type, *source, *super;
};

/* ID PARENT MAJ:MIN ROOT POINT OPTIONS [TAGS…] - TYPE SOURCE SUPER (Documentation/filesystems/proc.rst, 6.12) */
static bool mount_words(char *line, struct mount_line *m)
{
	char *w[32];
	unsigned n = words(line, w, ARRAY_LEN(w)), i = 6;

	while (i < n && strcmp(w[i], "-") != 0)
		i++;
	if (i + 2 >= n)
		return false;
	/* OPTIONS are of this one mount, the sandbox of a unit adds ro and nosuid: no matter for the capture. */
	*m = (struct mount_line){ w[2], w[3], w[4], w[i + 1], w[i + 2], i + 3 < n ? w[i + 3] : "" };
	return (str_starts(m->source, "/dev/") && !str_starts(m->source, "/dev/loop")) || str_starts(m->type, "nfs");
}

/* What PATH has behind TOP, which has no slash at its end but as "/"; NULL: it is not below it. */
static const char *behind(const char *path, const char *top)
{
	size_t n = strcmp(top, "/") == 0 ? 0 : strlen(top);

	return strncmp(path, top, n) == 0 && (path[n] == '/' || !path[n]) ? path + n : NULL;
}

/*
 * True when A is a part of B in its own place, or the same: what the sandbox of a unit binds (ReadWritePaths=,
 * ProtectHome=). It changes nothing of where a file lies.
 */
static bool is_bind_in_place(const struct mount_line *a, const struct mount_line *b)
{
	const char *root = behind(a->root, b->root), *point = behind(a->point, b->point);

	return strcmp(a->dev, b->dev) == 0 && root && point && strcmp(root, point) == 0;
}

/* The mounts, the same inside and outside of a unit's sandbox. */
static void add_mounts(struct text *t, const struct service *s)
{
	char *text = NULL, *line, *save;
	size_t bytes, n = 0, from = t->n;
	struct mount_line *m;

	if (host_read(&s->host, "/proc/self/mountinfo", TABLE_MAX, &text, &bytes, NULL))
		return;
	m = calloc(bytes / 16 + 1, sizeof(*m)); /* a line has more than 16 bytes */
	t->failed |= !m;
	for (line = m ? strtok_r(text, "\n", &save) : NULL; line; line = strtok_r(NULL, "\n", &save))
		n += mount_words(line, &m[n]);
	for (size_t i = 0; i < n; i++) {
		bool more = strstr(m[i].root, "/systemd-private-") == NULL;

		for (size_t k = 0; k < n && more; k++)
			more = k == i || !is_bind_in_place(&m[i], &m[k]) ||
			       (k > i && is_bind_in_place(&m[k], &m[i]));
		if (more)
			add(t, "mount %s %s %s %s %s %s\n", m[i].dev, m[i].root, m[i].point, m[i].type,
			    m[i].source, m[i].super);
	}
	free(m);
	free(text);
	sort_lines(t, from);
}

static bool take_module(struct text *t, char *line)
{
	char *w[1];

	if (words(line, w, 1) != 1)
		return false;
	add(t, "module %s\n", w[0]);
	return true;
}

/* Iface Destination Gateway Flags RefCnt Use Metric Mask: without the counters. */
static bool take_route4(struct text *t, char *line)
{
	char *w[8];

	if (words(line, w, 8) != 8)
		return false;
	add(t, "route %s %s %s %s %s\n", w[0], w[1], w[2], w[6], w[7]);
	return true;
}

/* Destination, prefix, source, prefix, next hop, metric, reference, use, flags, device. */
static bool take_route6(struct text *t, char *line)
{
	char *w[10];

	if (words(line, w, 10) != 10 || strcmp(w[9], "lo") == 0)
		return false;
	add(t, "route %s %s %s %s %s\n", w[0], w[1], w[4], w[5], w[9]);
	return true;
}

/* Address, interface, prefix, scope, flags, name: without temporary addresses (IFA_F_TEMPORARY). */
static bool take_address6(struct text *t, char *line)
{
	char *w[6];

	if (words(line, w, 6) != 6 || strtoul(w[4], NULL, 16) & 1)
		return false;
	add(t, "address %s %s %s\n", w[0], w[2], w[5]);
	return true;
}

static void add_links(struct text *t, const struct service *s)
{
	char full[HOST_PATH], path[HOST_PATH], mac[64];
	size_t from = t->n;
	struct dirent *d;
	DIR *dir;

	if (host_path(&s->host, full, "/sys/class/net", NULL))
		return;
	dir = opendir(full);
	while (dir && (d = readdir(dir))) {
		if (d->d_name[0] == '.' || str_fmt(path, sizeof(path), "/sys/class/net/%s/address", d->d_name))
			continue;
		host_line(&s->host, path, mac, sizeof(mac));
		add(t, "link %s %s\n", d->d_name, mac);
	}
	if (dir)
		closedir(dir);
	sort_lines(t, from);
	add_table(t, s, "/proc/net/route", take_route4);
	add_table(t, s, "/proc/net/ipv6_route", take_route6);
	add_table(t, s, "/proc/net/if_inet6", take_address6);
}

/* What the targets are now: a file system that was made anew has another identity, mounted or not. */
static void add_targets(struct text *t, const struct service *s)
{
	for (unsigned i = 0; s->planned && i < s->plan.ntarget; i++) {
		const struct plan_target *p = &s->plan.target[i];
		struct block_found f;

		if ((p->kind != TARGET_FS && p->kind != TARGET_RAW) || block_find(s->host.root, p->where, &f, NULL))
			continue;
		add(t, "target %u %s %s %s\n", i + 1, f.path, f.fstype, f.uuid);
	}
}

int seen_text(const struct service *s, const struct timespec *since, char **ret, size_t *len, struct err *e)
{
	struct text t = { 0 };
	char image[128];
	int rc;

	service_identity(s, s->image, image);
	if (strcmp(image, "-") == 0)
		return err_set(e, -ENOENT, "there is no %s", s->image);
	add(&t, "crashbox-seen 1\nimage %s\n", image);
	rc = add_inputs(&t, s, since, e);
	if (rc == 0) {
		add_mounts(&t, s);
		add_table(&t, s, "/proc/modules", take_module);
		add_targets(&t, s);
		if (service_needs_net(s))
			add_links(&t, s);
		if (t.failed)
			rc = err_set(e, -ENOMEM, "no memory for the state of the system");
	}
	if (rc) {
		free(t.p);
		return rc;
	}
	*ret = t.p;
	*len = t.n;
	return 0;
}
