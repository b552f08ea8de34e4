/* SPDX-License-Identifier: GPL-2.0-or-later */
/* applets: kdumpctl, the commands about dumps: those that are here, and the memory and size that the next one takes. */
#include "applet.h"

#include "base/str.h"
#include "host/estimate.h"
#include "host/json.h"
#include "host/kexec.h"
#include "host/list.h"
#include "host/status.h"
#include "kdumpctl/kdumpctl.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static void show_dump(const struct dump_entry *d)
{
	char size[24], when[32] = "";
	time_t t = (time_t)d->when;
	struct tm tm;

	if (localtime_r(&t, &tm))
		(void)strftime(when, sizeof(when), "%Y-%m-%d %H:%M:%S", &tm);
	applet_print(stdout, "%-19s  %9s  %-10s  %-24s %s\n", when, str_size(size, sizeof(size), d->bytes),
		     dump_state_name(d->state), d->kernel[0] ? d->kernel : "?", d->name);
	if (d->panic[0])
		applet_print(stdout, "%21s%s\n", "", d->panic);
	if (d->why[0])
		applet_print(stdout, "%21s%s\n", "", d->why);
}

static void put_json(const char *key, const char *s)
{
	char text[JSON_QUOTED(sizeof(((struct dump_entry *)0)->name))];

	printf(", \"%s\": %s", key, json_quote(text, sizeof(text), s));
}

static void show_json(const struct dump_entry *d, bool first)
{
	printf("%s\n  { \"time\": %" PRId64 ", \"bytes\": %" PRIu64, first ? "" : ",", d->when, d->bytes);
	put_json("dir", d->name);
	put_json("state", dump_state_name(d->state));
	put_json("kernel", d->kernel);
	put_json("panic", d->panic);
	put_json("why", d->why);
	fputs(" }", stdout);
}

int kdumpctl_list(struct service *s, const struct words *w)
{
	struct dump_entries l = { 0 };
	char dir[HOST_PATH], full[HOST_PATH];
	struct err e = { 0 };
	int rc = w->argument ? str_fmt(full, sizeof(full), "%s", w->argument) : status_dump_dir(s, dir, &e);

	if (rc == 0 && !w->argument)
		rc = host_path(&s->host, full, dir, &e);
	if (rc == 0)
		rc = dump_list(full, &l, &e);
	if (rc)
		return kdumpctl_fail(e.text);
	if (w->json)
		putchar('[');
	else if (l.n == 0)
		applet_print(stdout, "no dumps below %s\n", full);
	for (size_t i = 0; i < l.n; i++)
		if (w->json)
			show_json(&l.v[i], i == 0);
		else
			show_dump(&l.v[i]);
	if (w->json)
		puts("\n]");
	dump_list_free(&l);
	return EXIT_OK;
}

static void show_line(const char *what, uint64_t bytes)
{
	char size[24];

	printf("  %-44s %10s\n", what, str_size(size, sizeof(size), bytes));
}

static void show_memory(const struct estimate *m, const struct kexec_facts *f)
{
	uint64_t need = m->measured ? m->measured : m->need;

	puts("Memory of the capture kernel:");
	show_line("kernel, by formula", m->kernel);
	show_line("image, packed", m->packed);
	show_line("image, unpacked", m->unpacked);
	show_line("at work", m->run);
	show_line("the most at one time", m->need);
	if (m->measured)
		show_line("measured: boot of this very image, and work", m->measured);
	printf("Reservation that will do: crashkernel=%" PRIu64 "M\n", need >> 20);
	if (f->reserved)
		printf("Reserved now: %" PRIu64 "M%s\n", f->reserved >> 20,
		       f->reserved < need ? ", which is TOO LITTLE" : "");
}

static void show_levels(const struct host *h)
{
	static const unsigned char level[] = { 0, 8, 16, 17, 24, 25, 30, 31 };
	uint64_t bytes[ESTIMATE_LEVELS];
	struct err e = { 0 };
	char what[32];

	if (estimate_dump(h, bytes, &e)) {
		fprintf(stderr, "kdumpctl: note: the size of a dump is not known: %s\n", e.text);
		return;
	}
	puts("A dump of this moment, before compression; how many pages are zeros is known from a sample:");
	for (size_t i = 0; i < ARRAY_LEN(level); i++) {
		(void)str_fmt(what, sizeof(what), "dump level %u", level[i]);
		show_line(what, bytes[level[i]]);
	}
}

int kdumpctl_estimate(struct service *s, const struct words *w)
{
	struct service_how how = kdumpctl_how(w);
	struct kexec_facts f;
	struct estimate m;
	struct err e = { 0 };
	int rc = estimate_memory(s, !w->dry, &m, &e);

	if (rc == -ENOENT && service_rebuild(s, &how, &e) == 0)
		rc = estimate_memory(s, !w->dry, &m, &e);
	if (rc)
		return kdumpctl_fail(e.text);
	kexec_facts(&s->host, &f);
	show_memory(&m, &f);
	show_levels(&s->host);
	return EXIT_OK;
}
