/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: kernel, image and command line into the reserved memory.
 * What was loaded before is loaded again when the kernel refuses the new.
 */
#include "base/clock.h"
#include "base/fdio.h"
#include "base/invisible.h"
#include "base/str.h"
#include "conf/cmdline.h"
#include "host/capture_line.h"
#include "host/kdumpctl.h"
#include "host/kexec.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define LOADED      SERVICE_RUN "/loaded"
#define LOADED_MAX  65536
#define SYMBOLS_MAX (128u << 20)

struct field {
	const char *key;
	char *value;
	size_t room;
};

static void fields_of(struct service_loaded *l, struct field f[8])
{
	const struct field all[8] = {
		{ "kernel", l->kernel, sizeof(l->kernel) },
		{ "image", l->image, sizeof(l->image) },
		{ "version", l->version, sizeof(l->version) },
		{ "kernel-id", l->kernel_id, sizeof(l->kernel_id) },
		{ "image-id", l->image_id, sizeof(l->image_id) },
		{ "line", l->line, sizeof(l->line) },
		{ "symbols-of", l->symbols_of, sizeof(l->symbols_of) },
		{ "symbols", l->symbols, sizeof(l->symbols) },
	};

	memcpy(f, all, sizeof(all));
}

static void take_line(struct service_loaded *l, const struct field f[8], const char *line)
{
	size_t n = strcspn(line, " ");

	if (strncmp(line, "when", n) == 0 && n == 4)
		l->when_ms = strtoll(line + n, NULL, 10);
	for (unsigned i = 0; i < 8 && line[n]; i++)
		if (strlen(f[i].key) == n && strncmp(f[i].key, line, n) == 0)
			(void)str_fmt(f[i].value, f[i].room, "%s", line + n + 1);
}

void service_loaded(const struct service *s, struct service_loaded *ret)
{
	struct field f[8];
	char *text = NULL, *line, *save;
	size_t n;

	memset(ret, 0, sizeof(*ret));
	if (host_read(&s->host, LOADED, LOADED_MAX, &text, &n, NULL))
		return;
	fields_of(ret, f);
	for (line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take_line(ret, f, line);
	free(text);
}

static int write_loaded(const struct service *s, struct service_loaded *l, struct err *e)
{
	char *text = malloc(LOADED_MAX);
	struct field f[8];
	size_t n;
	int rc;

	if (!text)
		return err_set(e, -ENOMEM, "no memory for " LOADED);
	fields_of(l, f);
	n = (size_t)snprintf(text, LOADED_MAX, "when %lld\n", (long long)l->when_ms);
	for (unsigned i = 0; i < 8; i++)
		n += (size_t)snprintf(text + n, LOADED_MAX - n, "%s %s\n", f[i].key, f[i].value);
	rc = host_write(&s->host, LOADED, text, n, 0600, e);
	free(text);
	return rc;
}

/* The first line of a symbol table tells what it is of: the build of the running kernel, or a file. */
static void symbols_source(const struct service *s, char path[HOST_PATH], char of[256])
{
	struct utsname u;
	char id[128];

	uname(&u);
	if (strcmp(u.release, s->version) == 0) {
		(void)str_fmt(path, HOST_PATH, "/proc/kallsyms");
		(void)str_fmt(of, 256, "%s %s", u.release, u.version);
		return;
	}
	if (str_fmt(path, HOST_PATH, "/boot/System.map-%s", s->version))
		path[0] = '\0';
	service_identity(s, path, id);
	(void)str_fmt(of, 256, "%s %s", path, id);
}

/* Init functions that the capture kernel has, into L; reading the table takes longest of all, so it is kept. */
static void find_symbols(const struct service *s, struct service_loaded *l)
{
	char path[HOST_PATH], of[256], *text = NULL;
	size_t n;

	symbols_source(s, path, of);
	if (strcmp(of, l->symbols_of) == 0)
		return;
	l->symbols[0] = '\0';
	(void)str_fmt(l->symbols_of, sizeof(l->symbols_of), "%s", of);
	if (host_read(&s->host, path, SYMBOLS_MAX, &text, &n, NULL) == 0 && !line_symbols(s->list, text, n, l->symbols))
		l->symbols[0] = '\0';
	free(text);
}

/* Drivers of the watchdogs that this machine has, blanks between them. */
static void find_watchdogs(const struct service *s, char *buf, size_t n)
{
	char dir[HOST_PATH], link[HOST_PATH], driver[HOST_PATH];
	const char *name;
	struct dirent *d;
	size_t used = 0;
	ssize_t len;
	DIR *all;

	buf[0] = '\0';
	if (host_path(&s->host, dir, "/sys/class/watchdog", NULL))
		return;
	all = opendir(dir);
	while (all && (d = readdir(all))) {
		if (d->d_name[0] == '.' || str_fmt(link, sizeof(link), "%s/%s/device/driver/module", dir, d->d_name))
			continue;
		len = readlink(link, driver, sizeof(driver) - 1);
		if (len <= 0)
			continue;
		driver[len] = '\0';
		name = strrchr(driver, '/');
		name = name ? name + 1 : driver;
		if (used + strlen(name) + 2 < n)
			used += (size_t)snprintf(buf + used, n - used, "%s%s", used ? " " : "", name);
	}
	if (all)
		closedir(all);
}

/* "initial apicid : 0" of the first processor in /proc/cpuinfo; -1: it does not tell. */
static int first_apicid(const struct service *s)
{
	char *text = NULL, *at;
	size_t n;
	int ret = -1;

	if (host_read(&s->host, "/proc/cpuinfo", SYMBOLS_MAX, &text, &n, NULL))
		return -1;
	at = strstr(text, "initial apicid");
	at = at ? strchr(at, ':') : NULL;
	if (at)
		ret = (int)strtol(at + 1, NULL, 10);
	free(text);
	return ret;
}

static unsigned needs(const struct service *s)
{
	char fips[8];

	host_line(&s->host, "/proc/sys/crypto/fips_enabled", fips, sizeof(fips));
	return (fips[0] == '1' ? LINE_FIPS : 0u) | (service_needs_net(s) ? LINE_TCP : 0u);
}

/* BUF has LINE_MAX_BYTES. */
static int build_line(struct service *s, struct service_loaded *l, const char *extra,
		      const struct line_dropped *dropped, char *buf, struct err *e)
{
	char running[4096], watchdogs[256], append[4096];
	struct line_ask ask = {
		.base = *s->sys.line ? s->sys.line : running,
		.base_given = *s->sys.line != '\0',
		.remove = s->sys.remove,
		.append = append,
		.list = s->list,
		.cpus = s->sys.cpus,
		.needs = needs(s),
		.watchdogs = watchdogs,
		.apicid = first_apicid(s),
		.dropped = dropped ? *dropped : (struct line_dropped){ 0 },
	};

	host_line(&s->host, "/proc/cmdline", running, sizeof(running));
	find_watchdogs(s, watchdogs, sizeof(watchdogs));
	find_symbols(s, l);
	ask.symbols = *l->symbols ? l->symbols : NULL;
	if (str_fmt(append, sizeof(append), "%s %s", s->sys.append, extra ? extra : ""))
		return err_set(e, -E2BIG, "KDUMP_COMMANDLINE_APPEND is too long");
	return line_build(&ask, buf, LINE_MAX_BYTES, e);
}

int service_line(struct service *s, const char *extra, const struct line_dropped *dropped,
		 char buf[LINE_MAX_BYTES], struct err *e)
{
	struct service_loaded *l = malloc(sizeof(*l));
	int rc;

	if (!l)
		return err_set(e, -ENOMEM, "no memory for the command line");
	service_loaded(s, l);
	rc = build_line(s, l, extra, dropped, buf, e);
	free(l);
	return rc;
}

int service_line_fits(const struct service *s, const char *line, struct err *e)
{
	size_t room = kexec_line_room(&s->host, s->kernel), n = strlen(line);

	if (n <= room)
		return 0;
	return err_set(e, -E2BIG,
		       "the command line of the capture kernel is too long: %zu bytes, and %s has room for %zu; "
		       "KDUMP_COMMANDLINE_REMOVE in %s takes words out of it",
		       n, s->kernel[0] ? s->kernel : "a kernel", room,
		       s->sys.file ? s->sys.file : "/etc/sysconfig/kdump");
}

void service_line_faults(const char *line, void (*say)(void *arg, const char *sentence), void *arg)
{
	struct boot_args *b = malloc(sizeof(*b));
	char text[512], safe[512];

	if (!b)
		return;
	boot_parse(b, line, strlen(line));
	for (unsigned i = 0; i < b->nfault; i++) {
		const struct boot_fault *f = &b->fault[i];

		snprintf(text, sizeof(text), "the capture %s '%.100s' of its command line: %s",
			 f->taken ? "takes half of" : "will pass over", f->word, f->expected);
		say(arg, invisible_show(safe, sizeof(safe), text));
	}
	free(b);
}

static void pass_on_fault(void *arg, const char *sentence)
{
	const struct service *s = arg;

	host_say(&s->host, HOST_WARN, "%s", sentence);
}

void service_line_warn(struct service *s, const char *line)
{
	service_line_faults(line, pass_on_fault, s);
}

/* The old kernel and image once more. */
static void load_again(struct service *s, const struct service_loaded *old)
{
	struct kexec_ask ask = { .kernel = old->kernel, .initrd = old->image, .line = old->line };
	char backup[HOST_PATH], full[HOST_PATH], id[128];
	struct err e = { 0 };

	service_backup(s, backup);
	if (strcmp(s->image, old->image) == 0 && host_path(&s->host, full, backup, NULL) == 0 &&
	    access(full, R_OK) == 0)
		ask.initrd = backup;
	service_identity(s, ask.initrd, id);
	if (!old->kernel[0] || strcmp(id, old->image_id) != 0)
		(void)err_set(&e, -ENOENT, "its image is no longer there");
	else if (kexec_load(&s->host, &ask, &e) == 0) {
		host_say(&s->host, HOST_WARN, "the capture kernel that was loaded before is loaded again: %s",
			 old->kernel);
		return;
	}
	host_say(&s->host, HOST_WARN,
		 "THIS MACHINE IS NOT ARMED: a crash would not be saved. What was loaded before could not be "
		 "loaded again: %s",
		 e.text);
}

static int load_new(struct service *s, const struct service_loaded *old, const char *line, struct err *e)
{
	struct kexec_ask ask = { .kernel = s->kernel, .initrd = s->image, .line = line };
	bool was = kexec_loaded(&s->host);
	int rc = kexec_load(&s->host, &ask, e);

	if (rc && was && !kexec_loaded(&s->host))
		load_again(s, old);
	return rc;
}

static bool is_loaded(const struct service *s, const struct service_loaded *old, const struct service_loaded *now)
{
	return kexec_loaded(&s->host) && strcmp(old->kernel, now->kernel) == 0 && strcmp(old->image, now->image) == 0 &&
	       strcmp(old->kernel_id, now->kernel_id) == 0 && strcmp(old->image_id, now->image_id) == 0 &&
	       strcmp(old->line, now->line) == 0;
}

static int load(struct service *s, bool force, const char *extra, bool *done, struct service_loaded l[2],
		struct err *e)
{
	struct service_loaded *old = &l[0], *now = &l[1];
	int rc;

	service_loaded(s, old);
	*now = *old;
	memcpy(now->kernel, s->kernel, sizeof(now->kernel));
	memcpy(now->image, s->image, sizeof(now->image));
	memcpy(now->version, s->version, sizeof(now->version));
	service_identity(s, s->kernel, now->kernel_id);
	service_identity(s, s->image, now->image_id);
	rc = build_line(s, now, extra, NULL, now->line, e);
	if (rc || (!force && is_loaded(s, old, now)))
		return rc;
	service_line_warn(s, now->line);
	now->when_ms = clock_ms(); /* what changes from here on asks for another load */
	rc = load_new(s, old, now->line, e);
	if (rc)
		return rc;
	*done = true;
	if (write_loaded(s, now, e))
		host_say(&s->host, HOST_WARN, "the next start loads once more: %s", e->text);
	return 0;
}

int service_load(struct service *s, bool force, const char *extra, bool *done, struct err *e)
{
	struct service_loaded *l;
	int rc;

	*done = false;
	if (!s->kernel[0])
		return err_set(e, -ENOENT, "no kernel %s below /boot, /efi or /lib/modules, nor as a unified image in "
					   "EFI/Linux (KDUMP_BOOTDIR and KDUMP_IMG name another place)",
			       s->version);
	rc = service_kernel(s, e);
	if (rc)
		return rc;
	l = calloc(2, sizeof(*l));
	if (!l)
		return err_set(e, -ENOMEM, "no memory to load");
	rc = load(s, force, extra, done, l, e);
	free(l);
	return rc;
}
