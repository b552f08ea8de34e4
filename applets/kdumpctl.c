/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: kdumpctl, the service.
 * Words of kdump-utils, and what they do; the work is src/host's.
 */
#include "applet.h"

#include "base/str.h"
#include "host/bootentry.h"
#include "host/estimate.h"
#include "host/json.h"
#include "host/kdumpctl.h"
#include "host/kdumpctl_boot.h"
#include "host/kdumpctl_key.h"
#include "host/kdumpctl_test.h"
#include "host/kernel_find.h"
#include "host/kexec.h"
#include "host/list.h"
#include "host/status.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define EXIT_NOT_ARMED 3
#define WAIT_S         120

extern const struct applet applet_kdumpctl;

struct words {
	const char *command, *argument;
	const char *kernel, *fadump; /* of reset-crashkernel */
	char joined[256];            /* words that make one argument */
	const char *hotplug;         /* --hotplug=cpu|memory */
	uint64_t wait_s;
	bool force, dry, json, reboot, recover;
};

static void say(void *arg, enum host_say kind, const char *sentence)
{
	(void)arg;
	if (kind == HOST_SAY)
		printf("%s\n", sentence);
	else
		fprintf(stderr, "kdumpctl: %s%s\n", kind == HOST_WARN ? "warning: " : "note: ", sentence);
	(void)fflush(stdout);
}

static int fail(const char *sentence)
{
	fprintf(stderr, "kdumpctl: %s\n", sentence);
	return EXIT_FAILED;
}

static int end(int rc, const struct err *e)
{
	return rc ? fail(e->text) : EXIT_OK;
}

static struct service_how how_of(const struct words *w)
{
	return (struct service_how){ .wait_ms = (int64_t)w->wait_s * 1000 };
}

/* A word of the running kernel's line that the capture does not get. */
static void show_dropped(void *arg, const char *word, size_t n, const char *why)
{
	char text[LINE_MAX_BYTES], safe[LINE_MAX_BYTES];

	(void)arg;
	(void)str_fmt(text, sizeof(text), "%.*s", (int)n, word);
	printf("dropped %s: %s\n", str_safe(safe, sizeof(safe), text), why);
}

/* start -n: what would be loaded, and what the running kernel's line loses. */
static int show_start(struct service *s)
{
	const struct line_dropped dropped = { .say = show_dropped };
	char line[LINE_MAX_BYTES];
	struct err e = { 0 };

	if (service_check(s, &e))
		return fail(e.text);
	printf("kernel  %s\nimage   %s, %s\n", s->kernel[0] ? s->kernel : "none", s->image,
	       service_fresh(s) ? "up to date" : "would be looked at");
	if (service_line(s, NULL, &dropped, line, &e))
		return fail(e.text);
	printf("line    %s\n", line);
	(void)fflush(stdout);
	return end(service_line_fits(s, line, &e), &e);
}

static int do_start(struct service *s, const struct words *w)
{
	struct service_how how = how_of(w);
	struct err e = { 0 };
	int rc;

	if (w->dry)
		return show_start(s);
	rc = end(service_start(s, &how, &e), &e);
	if (w->recover && strcmp(w->command, "start") == 0)
		service_recover(s);
	return rc;
}

/* The kernel follows CPUs and memory by itself since 6.5, where this file says so. */
static bool kernel_follows(const struct service *s, const char *what)
{
	char path[HOST_PATH], line[8];

	if (str_fmt(path, sizeof(path), "/sys/devices/system/%s/crash_hotplug", what))
		return false;
	host_line(&s->host, path, line, sizeof(line));
	return line[0] == '1';
}

static int do_reload(struct service *s, const struct words *w)
{
	struct service_how how = how_of(w);
	struct err e = { 0 };

	if (w->hotplug && (!kexec_loaded(&s->host) || kernel_follows(s, w->hotplug)))
		return EXIT_OK;
	return end(service_reload(s, &how, &e), &e);
}

static int do_stop(struct service *s, const struct words *w)
{
	struct service_how how = how_of(w);
	struct err e = { 0 };

	return end(service_stop(s, &how, &e), &e);
}

static int do_rebuild(struct service *s, const struct words *w)
{
	struct service_how how = how_of(w);
	struct err e = { 0 };

	return end(service_rebuild(s, &how, &e), &e);
}

static int do_status(struct service *s, const struct words *w)
{
	bool armed = status_say(s);

	(void)w;
	printf("Kdump is %soperational\n", armed ? "" : "not "); /* the words that scripts look for */
	return armed ? EXIT_OK : EXIT_NOT_ARMED;
}

static int do_propagate(struct service *s, const struct words *w)
{
	struct err e = { 0 };

	(void)w;
	return end(service_propagate(s, &e), &e);
}

static int do_showmem(struct service *s, const struct words *w)
{
	struct kexec_facts f;

	(void)w;
	kexec_facts(&s->host, &f);
	printf("Reserved %" PRIu64 "MB memory for crash kernel\n", f.reserved >> 20);
	return EXIT_OK;
}

static const char no_fadump[] = "fadump is not done here: a capture is started by kexec (fadump=off)";

static int do_default(struct service *s, const struct words *w)
{
	(void)s;
	if (w->argument && strcmp(w->argument, "fadump") == 0)
		return fail(no_fadump);
	if (w->argument && strcmp(w->argument, "kdump") != 0)
		return fail("get-default-crashkernel: expected kdump, or nothing");
	puts(boot_default_crashkernel());
	return EXIT_OK;
}

/* ALL, DEFAULT or the path of a kernel, as grubby names them. NULL in *RET: all. */
static int take_kernel(const struct service *s, const char *word, const char **ret, struct err *e)
{
	static const char *const in[] = { "", "/boot" };
	char path[HOST_PATH], full[HOST_PATH];

	*ret = NULL;
	if (!word || strcmp(word, "ALL") == 0)
		return 0;
	if (strcmp(word, "DEFAULT") == 0) {
		say(NULL, HOST_NOTE, "DEFAULT: every entry is set, so that the next kernel has it as well");
		return 0;
	}
	*ret = word;
	for (size_t i = 0; i < ARRAY_LEN(in) && *word == '/'; i++)
		if (str_fmt(path, sizeof(path), "%s%s", in[i], word) == 0 && host_path(&s->host, full, path, e) == 0 &&
		    access(full, F_OK) == 0)
			return 0;
	return err_set(e, -EINVAL, "--kernel=%s: expected ALL, DEFAULT or the path of a kernel", word);
}

static int reset_crashkernel(struct service *s, const struct words *w, const char *value, const char *kernel)
{
	const struct boot_ask ask = { .value = value, .kernel = kernel, .dry = w->dry };
	bool holds;
	struct err e = { 0 };

	if (boot_set_crashkernel(&s->host, &ask, &holds, &e))
		return fail(e.text);
	return holds || w->dry ? EXIT_OK : EXIT_FAILED;
}

static int do_reset(struct service *s, const struct words *w)
{
	const char *const reboot[] = { "reboot", NULL };
	const char *kernel;
	struct err e = { 0 };
	int rc;

	if (w->fadump && (strcmp(w->fadump, "on") == 0 || strcmp(w->fadump, "nocma") == 0))
		return fail(no_fadump);
	if (w->fadump && strcmp(w->fadump, "off") != 0)
		return fail("--fadump: expected on, off or nocma");
	if (take_kernel(s, w->kernel, &kernel, &e))
		return fail(e.text);
	rc = reset_crashkernel(s, w, w->argument ? w->argument : boot_default_crashkernel(), kernel);
	if (rc || !w->reboot || w->dry)
		return rc;
	execvp(reboot[0], (char *const *)reboot);
	return fail("reboot could not be started");
}

/* The value of the running system, words without "crashkernel=" and blanks between them; "" when there is none. */
static void running_value(const struct service *s, char *buf, size_t n)
{
	char line[4096];

	host_line(&s->host, "/proc/cmdline", line, sizeof(line));
	if (bootentry_get(BOOT_WORDS, line, strlen(line), buf, n))
		buf[0] = '\0';
}

/*
 * A package installed the kernel VERSION: its entry gets what the running system has. That is what kdump-utils asks
 * for in kernel hooks; auto_reset_crashkernel of kdump.conf forbids it.
 */
static int do_reset_installed(struct service *s, const struct words *w)
{
	struct kernel_ask ask = {
		.version = w->argument, .bootdir = s->sys.bootdir, .img = s->sys.img, .ext = s->sys.img_ext
	};
	struct kernel_found found;
	char value[256];
	struct err e = { 0 };

	if (!w->argument || strchr(w->argument, '/'))
		return fail("expected the version of a kernel");
	running_value(s, value, sizeof(value));
	if (service_check(s, &e) || !s->plan.auto_reset_crashkernel || !*value)
		return EXIT_OK;
	kernel_find(&s->host, &ask, &found);
	if (!found.path[0])
		return fail("no kernel of this version is here");
	return found.unified ? EXIT_OK : reset_crashkernel(s, w, value, found.path);
}

static int do_add_kernel(struct service *s, const struct words *w)
{
	struct service_how how = how_of(w);
	struct err e = { 0 };

	return end(service_add_kernel(s, w->argument ? w->argument : "", &how, &e), &e);
}

static int do_remove_kernel(struct service *s, const struct words *w)
{
	struct err e = { 0 };

	return end(service_remove_kernel(s, w->argument ? w->argument : "", &e), &e);
}

/* The default of this program is one for every version: an update of it changes no entry. */
static int do_nothing(struct service *s, const struct words *w)
{
	(void)s;
	(void)w;
	return EXIT_OK;
}

static int do_crypttab(struct service *s, const struct words *w)
{
	(void)s;
	(void)w;
	return fail("setup-crypttab is not needed here: mkinitrd.sh says what an encrypted target takes");
}

/* As kdump-utils asks: y on standard input does what --force does. */
static bool is_confirmed(void)
{
	char line[16];

	fputs("kdumpctl: this crashes the machine, now: everything that is not saved is lost. Go on? (y/N): ", stderr);
	(void)fflush(stderr);
	return fgets(line, sizeof(line), stdin) && (line[0] == 'y' || line[0] == 'Y');
}

static int do_test(struct service *s, const struct words *w)
{
	struct service_how how = how_of(w);
	struct err e = { 0 };

	if (!w->force && !is_confirmed())
		return fail("test crashes this machine, now: everything that is not saved is lost. `kdumpctl "
			    "test --force` does it; "
			    "`kdumpctl rehearse` tries the targets without");
	return end(service_test(s, &how, &e), &e);
}

/* The image that would be loaded, tried by the applet that does it. */
static int do_rehearse(struct service *s, const struct words *w)
{
	char image[HOST_PATH];
	const char *argv[] = { "rehearse", image, w->json ? "--json" : NULL, NULL };

	if (host_path(&s->host, image, s->image, NULL))
		return fail("the path of the image is too long");
	execv(s->self, (char *const *)argv);
	return fail("rehearse could not be started");
}

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

static int do_list(struct service *s, const struct words *w)
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
		return fail(e.text);
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

static int do_estimate(struct service *s, const struct words *w)
{
	struct service_how how = how_of(w);
	struct kexec_facts f;
	struct estimate m;
	struct err e = { 0 };
	int rc = estimate_memory(s, !w->dry, &m, &e);

	if (rc == -ENOENT && service_rebuild(s, &how, &e) == 0)
		rc = estimate_memory(s, !w->dry, &m, &e);
	if (rc)
		return fail(e.text);
	kexec_facts(&s->host, &f);
	show_memory(&m, &f);
	show_levels(&s->host);
	return EXIT_OK;
}

static const struct command {
	const char *name;
	int (*run)(struct service *s, const struct words *w);
	bool argument; /* takes one */
} commands[] = {
	{ "start", do_start, false },
	{ "restart", do_start, false },
	{ "stop", do_stop, false },
	{ "reload", do_reload, false },
	{ "status", do_status, false },
	{ "rebuild", do_rebuild, false },
	{ "propagate", do_propagate, false },
	{ "showmem", do_showmem, false },
	{ "test", do_test, false },
	{ "get-default-crashkernel", do_default, true },
	{ "rehearse", do_rehearse, false },
	{ "reset-crashkernel", do_reset, true },
	{ "list", do_list, true },
	{ "estimate", do_estimate, false },
	{ "condrestart", do_nothing, false },
	{ "setup-crypttab", do_crypttab, false },
	{ "_add-kernel", do_add_kernel, true },
	{ "_remove-kernel", do_remove_kernel, true },
	{ "_reset-crashkernel-after-update", do_nothing, false },
	{ "reset-crashkernel-after-update", do_nothing, false },
	{ "_reset-crashkernel-for-installed_kernel", do_reset_installed, true },
	{ "reset-crashkernel-for-installed_kernel", do_reset_installed, true },
};

static const struct option options[] = {
	{ "wait", required_argument, NULL, 'w' },
	{ "hotplug", required_argument, NULL, 'h' },
	{ "mkinitrd", required_argument, NULL, 'm' },
	{ "force", no_argument, NULL, 'f' },
	{ "dry-run", no_argument, NULL, 'n' },
	{ "json", no_argument, NULL, 'j' },
	{ "reboot", no_argument, NULL, 'r' },
	{ "no-savecore", no_argument, NULL, 's' },
	{ "kernel", required_argument, NULL, 'k' },
	{ "fadump", required_argument, NULL, 'a' },
	{ NULL, 0, NULL, 0 },
};

/* True when all words make sense. */
static bool take(struct words *w, struct service *s, int argc, char **argv)
{
	char more[sizeof(w->joined)];
	int c;

	while ((c = getopt_long(argc, argv, "fn", options, NULL)) != -1) {
		if (c == 'w' && str_u64(optarg, 86400, &w->wait_s))
			return false;
		if (c == 'h')
			w->hotplug = optarg;
		else if (c == 'm')
			s->mkinitrd = optarg;
		else if (c == 'k')
			w->kernel = optarg;
		else if (c == 'a')
			w->fadump = optarg;
		else if (c == '?')
			return false;
		w->force |= c == 'f';
		w->dry |= c == 'n';
		w->json |= c == 'j';
		w->reboot |= c == 'r';
		w->recover &= c != 's';
	}
	if (w->hotplug && strcmp(w->hotplug, "cpu") != 0 && strcmp(w->hotplug, "memory") != 0)
		return false;
	w->command = optind < argc ? argv[optind++] : NULL;
	w->argument = optind < argc ? argv[optind++] : NULL;
	if (w->command && (w->kernel || w->fadump) && strcmp(w->command, "reset-crashkernel") != 0)
		return false;
	/* reset-crashkernel 1G,high 128M,low */
	for (; optind < argc && strcmp(w->command, "reset-crashkernel") == 0; w->argument = w->joined)
		if (str_fmt(more, sizeof(more), "%s %s", w->argument, argv[optind++]) ||
		    str_fmt(w->joined, sizeof(w->joined), "%s", more))
			return false;
	return w->command && optind == argc;
}

static const struct command *find_command(const struct words *w)
{
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, w->command) == 0 && (!w->argument || commands[i].argument))
			return &commands[i];
	return NULL;
}

static int run(int argc, char **argv)
{
	const char *root = getenv("SYSROOT");
	struct service s = { .host = { .root = root ? root : "", .say = say }, .list = capture_list };
	struct words w = { .wait_s = WAIT_S, .recover = true };
	char self[HOST_PATH];
	const struct command *c;
	struct err e = { 0 };
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int rc;

	if (n <= 0)
		return fail("/proc is not there");
	self[n] = '\0';
	s.self = self;
	c = take(&w, &s, argc, argv) ? find_command(&w) : NULL;
	if (!c)
		return applet_usage(&applet_kdumpctl);
	rc = service_open(&s, &e) ? fail(e.text) : c->run(&s, &w);
	service_close(&s);
	return rc;
}

const struct applet applet_kdumpctl = {
	.name = "kdumpctl",
	.synopsis = "[OPTION...] COMMAND",
	.help = "the service that keeps this machine armed\n"
		"  start [--no-savecore]    build what changed of the image, load it; then recover dumps\n"
		"  restart                  the same without recovery\n"
		"  reload [--hotplug=cpu|memory]  load again as it is; with --hotplug only where the kernel needs it\n"
		"  stop                     unload\n"
		"  status                   armed or not, and everything that matters; exit code 3: not armed\n"
		"  rebuild                  build the whole image\n"
		"  propagate                make an ssh key when there is none, bring it to the servers\n"
		"  rehearse [--json]        try every target without a crash\n"
		"  test [--force]           crash this machine, asking first; status tells how it went\n"
		"  list [DIR] [--json]      the dumps on this machine\n"
		"  estimate [-n]            memory that a capture takes, size of its dump; -n: without a boot in QEMU\n"
		"  showmem                  what is reserved\n"
		"  get-default-crashkernel [kdump]  what would be\n"
		"  reset-crashkernel [VALUE] [-n] [--kernel=ALL|PATH] [--fadump=off] [--reboot]  for the next boots\n"
		"  --wait SECONDS           for another kdumpctl (120)\n"
		"  -n, --dry-run            start: only show kernel, image and command line\n"
		"  --mkinitrd PATH          mkinitrd.sh, when it is not beside this program or in lib/crashbox\n"
		"Exit code: 0 done, 1 failed, 2 usage, 3 (status) not armed\n",
	.main = run,
};
