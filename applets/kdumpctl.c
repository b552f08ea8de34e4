/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: kdumpctl, the service.
 * Words of kdump-utils, and what they do; the work is src/host's. Commands of a subject of their own are in kdumpctl/.
 */
#include "applet.h"

#include "base/str.h"
#include "host/kdumpctl.h"
#include "host/kdumpctl_key.h"
#include "host/kdumpctl_test.h"
#include "host/kexec.h"
#include "host/status.h"
#include "kdumpctl/kdumpctl.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NOT_ARMED 3
#define WAIT_S         120

extern const struct applet applet_kdumpctl;

void kdumpctl_say(void *arg, enum host_say kind, const char *sentence)
{
	(void)arg;
	if (kind == HOST_SAY)
		printf("%s\n", sentence);
	else
		fprintf(stderr, "kdumpctl: %s%s\n", kind == HOST_WARN ? "warning: " : "note: ", sentence);
	(void)fflush(stdout);
}

int kdumpctl_fail(const char *sentence)
{
	fprintf(stderr, "kdumpctl: %s\n", sentence);
	return EXIT_FAILED;
}

int kdumpctl_end(int rc, const struct err *e)
{
	return rc ? kdumpctl_fail(e->text) : EXIT_OK;
}

struct service_how kdumpctl_how(const struct words *w)
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
		return kdumpctl_fail(e.text);
	printf("kernel  %s\nimage   %s, %s\n", s->kernel[0] ? s->kernel : "none", s->image,
	       service_fresh(s) ? "up to date" : "would be looked at");
	if (service_line(s, NULL, &dropped, line, &e))
		return kdumpctl_fail(e.text);
	printf("line    %s\n", line);
	(void)fflush(stdout);
	service_line_warn(s, line);
	return kdumpctl_end(service_line_fits(s, line, &e), &e);
}

static int do_start(struct service *s, const struct words *w)
{
	struct service_how how = kdumpctl_how(w);
	struct err e = { 0 };
	int rc;

	if (w->dry)
		return show_start(s);
	rc = kdumpctl_end(service_start(s, &how, &e), &e);
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
	struct service_how how = kdumpctl_how(w);
	struct err e = { 0 };

	if (w->hotplug && (!kexec_loaded(&s->host) || kernel_follows(s, w->hotplug)))
		return EXIT_OK;
	return kdumpctl_end(service_reload(s, &how, &e), &e);
}

static int do_stop(struct service *s, const struct words *w)
{
	struct service_how how = kdumpctl_how(w);
	struct err e = { 0 };

	return kdumpctl_end(service_stop(s, &how, &e), &e);
}

static int do_rebuild(struct service *s, const struct words *w)
{
	struct service_how how = kdumpctl_how(w);
	struct err e = { 0 };

	return kdumpctl_end(service_rebuild(s, &how, &e), &e);
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
	return kdumpctl_end(service_propagate(s, &e), &e);
}

static int do_showmem(struct service *s, const struct words *w)
{
	struct kexec_facts f;

	(void)w;
	kexec_facts(&s->host, &f);
	printf("Reserved %" PRIu64 "MB memory for crash kernel\n", f.reserved >> 20);
	return EXIT_OK;
}

static int do_add_kernel(struct service *s, const struct words *w)
{
	struct service_how how = kdumpctl_how(w);
	struct err e = { 0 };

	return kdumpctl_end(service_add_kernel(s, w->argument ? w->argument : "", &how, &e), &e);
}

static int do_remove_kernel(struct service *s, const struct words *w)
{
	struct err e = { 0 };

	return kdumpctl_end(service_remove_kernel(s, w->argument ? w->argument : "", &e), &e);
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
	return kdumpctl_fail("setup-crypttab is not needed here: mkinitrd.sh says what an encrypted target takes");
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
	struct service_how how = kdumpctl_how(w);
	struct err e = { 0 };

	if (!w->force && !is_confirmed())
		return kdumpctl_fail("test crashes this machine, now: everything that is not saved is lost. `kdumpctl "
				     "test --force` does it; "
				     "`kdumpctl rehearse` tries the targets without");
	return kdumpctl_end(service_test(s, &how, &e), &e);
}

/* The image that would be loaded, tried by the applet that does it. */
static int do_rehearse(struct service *s, const struct words *w)
{
	char image[HOST_PATH];
	const char *argv[] = { "rehearse", image, w->json ? "--json" : NULL, NULL };

	if (host_path(&s->host, image, s->image, NULL))
		return kdumpctl_fail("the path of the image is too long");
	execv(s->self, (char *const *)argv);
	return kdumpctl_fail("rehearse could not be started");
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
	{ "get-default-crashkernel", kdumpctl_default, true },
	{ "rehearse", do_rehearse, false },
	{ "reset-crashkernel", kdumpctl_reset, true },
	{ "list", kdumpctl_list, true },
	{ "estimate", kdumpctl_estimate, false },
	{ "condrestart", do_nothing, false },
	{ "setup-crypttab", do_crypttab, false },
	{ "_add-kernel", do_add_kernel, true },
	{ "_remove-kernel", do_remove_kernel, true },
	{ "_reset-crashkernel-after-update", do_nothing, false },
	{ "reset-crashkernel-after-update", do_nothing, false },
	{ "_reset-crashkernel-for-installed_kernel", kdumpctl_reset_installed, true },
	{ "reset-crashkernel-for-installed_kernel", kdumpctl_reset_installed, true },
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
	struct service s = { .host = { .root = root ? root : "", .say = kdumpctl_say }, .list = capture_list };
	struct words w = { .wait_s = WAIT_S, .recover = true };
	char self[HOST_PATH];
	const struct command *c;
	struct err e = { 0 };
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int rc;

	if (n <= 0)
		return kdumpctl_fail("/proc is not there");
	self[n] = '\0';
	s.self = self;
	c = take(&w, &s, argc, argv) ? find_command(&w) : NULL;
	if (!c)
		return applet_usage(&applet_kdumpctl);
	rc = service_open(&s, &e) ? kdumpctl_fail(e.text) : c->run(&s, &w);
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
