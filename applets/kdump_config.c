/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: kdump-config, the command line of Debian's kdump-tools.
 * Words of that program and its exit codes; the work is that of kdumpctl.
 */
#include "applet.h"

#include "base/fdio.h"
#include "base/str.h"
#include "host/kdumpctl.h"
#include "host/kdumpctl_key.h"
#include "host/kexec.h"
#include "host/status.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINKS   "/var/lib/kdump"
#define WAIT_MS 120000
#define IOMEM   (4u << 20)

extern const struct applet applet_kdump_config;

static void say(void *arg, enum host_say kind, const char *sentence)
{
	(void)arg;
	if (kind == HOST_SAY)
		printf("%s\n", sentence);
	else
		fprintf(stderr, "kdump-config: %s%s\n", kind == HOST_WARN ? "warning: " : "note: ", sentence);
	(void)fflush(stdout);
}

static int end(int rc, const struct err *e)
{
	if (rc)
		fprintf(stderr, "kdump-config: %s\n", e->text);
	return rc ? EXIT_FAILED : EXIT_OK;
}

/* USE_KDUMP=0 switches off; without the file of kdump-tools nothing does. */
static int check_use(const struct service *s, struct err *e)
{
	const char *use = sysconfig_get(&s->sys, "USE_KDUMP");

	if (!s->sys.file || !strstr(s->sys.file, "kdump-tools") || (*use && strcmp(use, "0") != 0))
		return 0;
	return err_set(e, -EINVAL, "%s: USE_KDUMP is not set or zero", s->sys.file);
}

static const char *state_of(const struct service *s)
{
	return kexec_loaded(&s->host) ? "ready to kdump" : "Not ready to kdump";
}

/* Where the reserved memory begins, of /proc/iomem: 0x0 for every user but root. */
static void reserved_at(const struct service *s, char buf[32])
{
	char *text = NULL, *at;
	size_t n;

	(void)str_fmt(buf, 32, "unknown");
	if (host_read(&s->host, "/proc/iomem", IOMEM, &text, &n, NULL))
		return;
	at = strstr(text, "Crash kernel");
	while (at && at > text && at[-1] != '\n')
		at--;
	if (at) {
		at += strspn(at, " ");
		(void)str_fmt(buf, 32, "0x%.*s", (int)strcspn(at, "-"), at);
	}
	free(text);
}

static void show_common(struct service *s)
{
	const char *use = sysconfig_get(&s->sys, "USE_KDUMP");
	char dir[HOST_PATH], at[32];

	reserved_at(s, at);
	printf("DUMP_MODE:        kdump\n");
	printf("USE_KDUMP:        %s\n", *use ? use : "1");
	printf("KDUMP_COREDIR:    %s\n", status_dump_dir(s, dir, NULL) == 0 ? dir : "on a server");
	printf("crashkernel addr: %s\n", at);
	printf("kdump kernel:\n   %s\nkdump initrd: \n   %s\n", s->kernel[0] ? s->kernel : "none", s->image);
}

static void show_targets(const struct service *s)
{
	for (unsigned i = 0; s->planned && i < s->plan.ntarget; i++) {
		const struct plan_target *t = &s->plan.target[i];

		if (t->kind == TARGET_SSH)
			printf("SSH:              %s\n", t->where);
		if (t->kind == TARGET_NFS)
			printf("NFS:              %s\n", t->where);
	}
}

static void show_command(const char *what, const char *image, const char *line, const char *kernel)
{
	printf("kexec command%s%s:\n  crashbox kexec -p --initrd=%s --command-line=\"%s\" %s\n", *what ? " " : "", what,
	       image, line, kernel);
}

static int do_show(struct service *s, const char *argument)
{
	struct service_loaded *l = calloc(1, sizeof(*l));
	struct err e = { 0 };

	(void)argument;
	if (!l)
		return end(err_set(&e, -ENOMEM, "no memory"), &e);
	if (service_check(s, &e))
		fprintf(stderr, "kdump-config: %s\n", e.text);
	service_loaded(s, l);
	show_common(s);
	show_targets(s);
	printf("current state:    %s\n\n", state_of(s));
	if (l->kernel[0] && kexec_loaded(&s->host))
		show_command("", l->image, l->line, l->kernel);
	else
		printf("kexec command:\n  no kexec command recorded\n");
	free(l);
	return EXIT_OK;
}

static int do_status(struct service *s, const char *argument)
{
	(void)argument;
	printf("current state   : %s\n", state_of(s));
	return EXIT_OK;
}

/* What load would do. */
static int do_test(struct service *s, const char *argument)
{
	char line[LINE_MAX_BYTES];
	struct err e = { 0 };
	int rc = check_use(s, &e);

	(void)argument;
	if (rc == 0)
		rc = service_check(s, &e);
	show_common(s);
	if (rc == 0)
		rc = service_line(s, NULL, NULL, line, &e);
	if (rc == 0) {
		show_command("to be used", s->image, line, s->kernel);
		rc = service_line_fits(s, line, &e);
	}
	return end(rc, &e);
}

static int do_load(struct service *s, const char *argument)
{
	const struct service_how how = { .wait_ms = WAIT_MS };
	struct err e = { 0 };
	int rc = check_use(s, &e);

	(void)argument;
	if (rc == 0)
		rc = service_start(s, &how, &e);
	return end(rc, &e);
}

static int do_unload(struct service *s, const char *argument)
{
	const struct service_how how = { .wait_ms = WAIT_MS };
	struct err e = { 0 };

	(void)argument;
	return end(service_stop(s, &how, &e), &e);
}

/* The old load is not taken away before there is a new one. */
static int do_reload(struct service *s, const char *argument)
{
	const struct service_how how = { .wait_ms = WAIT_MS };
	struct err e = { 0 };
	int rc = check_use(s, &e);

	(void)argument;
	if (rc == 0)
		rc = service_reload(s, &how, &e);
	return end(rc, &e);
}

static int do_condreload(struct service *s, const char *argument)
{
	return kexec_loaded(&s->host) ? do_reload(s, argument) : EXIT_OK;
}

/* What a crash left on raw partitions; a capture itself is saved by /init. */
static int do_savecore(struct service *s, const char *argument)
{
	const char *const argv[] = { "savecore", NULL };
	struct err e = { 0 };

	(void)argument;
	execv(s->self, (char *const *)argv);
	return end(err_sys(&e, "savecore could not be started"), &e);
}

static int do_propagate(struct service *s, const char *argument)
{
	struct err e = { 0 };

	(void)argument;
	return end(service_propagate(s, &e), &e);
}

/* LINKS/NAME to the file TO, in place of one that is there. */
static int make_link(const struct service *s, const char *name, const char *to, struct err *e)
{
	char path[HOST_PATH], full[HOST_PATH], temp[HOST_PATH];
	int rc = str_fmt(path, sizeof(path), LINKS "/%s", name);

	if (rc == 0)
		rc = host_path(&s->host, full, path, e);
	if (rc == 0)
		rc = str_fmt(temp, sizeof(temp), "%s.new", full);
	if (rc)
		return err_set(e, rc, "%s: the name is too long", name);
	unlink(temp);
	if (symlink(to, temp))
		return err_sys(e, "link %s", temp);
	if (rename(temp, full) == 0)
		return 0;
	rc = err_sys(e, "rename %s", temp);
	unlink(temp);
	return rc;
}

static int build_and_link(struct service *s, struct err *e)
{
	char dir[HOST_PATH];
	bool changed;
	int rc = service_build(s, BUILD_NEEDED, &changed, e);

	service_settle(s, true);
	if (rc == 0)
		rc = host_path(&s->host, dir, LINKS, e);
	if (rc == 0)
		rc = dir_make(dir, 0755, e);
	if (rc == 0)
		rc = make_link(s, "vmlinuz", s->kernel, e);
	return rc ? rc : make_link(s, "initrd.img", s->image, e);
}

/* The image of the kernel VERSION, and links to both. */
static int do_symlinks(struct service *s, const char *version)
{
	struct service_lock lock;
	struct err e = { 0 };
	int rc;

	if (!version)
		return end(err_set(&e, -EINVAL, "Invalid argument : missing kernel version"), &e);
	if (kexec_loaded(&s->host))
		return end(err_set(&e, -EBUSY, "Cannot change symbolic links when kdump is loaded"), &e);
	s->sys.kernelver = version;
	s->sys.kernel = ""; /* often the very link that is to be made */
	rc = service_find(s, &e);
	if (rc == 0 && !s->kernel[0])
		rc = err_set(&e, -ENOENT, "Invalid kernel version : %s", version);
	if (rc == 0)
		rc = service_lock(s, WAIT_MS, &lock, &e);
	if (rc)
		return end(rc, &e);
	rc = service_kernel(s, &e);
	if (rc == 0)
		rc = build_and_link(s, &e);
	service_unlock(&lock);
	return end(rc, &e);
}

static int do_sysctl(struct service *s, const char *argument)
{
	const char *set = sysconfig_get(&s->sys, "KDUMP_SYSCTL");

	(void)argument;
	printf("%s%s", set, *set ? "\n" : "");
	return EXIT_OK;
}

static const struct command {
	const char *name;
	int (*run)(struct service *s, const char *argument);
} commands[] = {
	{ "test", do_test },
	{ "preview", do_test },
	{ "show", do_show },
	{ "status", do_status },
	{ "load", do_load },
	{ "unload", do_unload },
	{ "reload", do_reload },
	{ "condreload", do_condreload },
	{ "try-reload", do_condreload },
	{ "savecore", do_savecore },
	{ "propagate", do_propagate },
	{ "symlinks", do_symlinks },
	{ "sysctl", do_sysctl },
};

static int help(FILE *to, int code)
{
	fprintf(to, "Usage: kdump-config %s\n\n%s", applet_kdump_config.synopsis, applet_kdump_config.help);
	return code;
}

static int run(int argc, char **argv)
{
	const char *root = getenv("SYSROOT"), *word = argc > 1 ? argv[1] : "";
	struct service s = { .host = { .root = root ? root : "", .say = say }, .list = capture_list };
	const struct command *c = NULL;
	char self[HOST_PATH];
	struct err e = { 0 };
	ssize_t n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	int rc;

	if (strcmp(word, "help") == 0 || str_starts(word, "-h") || str_starts(word, "--h"))
		return help(stdout, EXIT_OK);
	if (*word == '-')
		return applet_usage(&applet_kdump_config);
	for (size_t i = 0; i < ARRAY_LEN(commands); i++)
		if (strcmp(commands[i].name, word) == 0)
			c = &commands[i];
	if (!c || argc > 3)
		return help(stderr, EXIT_FAILED);
	if (n <= 0)
		return end(err_set(&e, -ENOENT, "/proc is not there"), &e);
	self[n] = '\0';
	s.self = self;
	rc = service_open(&s, &e);
	rc = rc ? end(rc, &e) : c->run(&s, argc > 2 ? argv[2] : NULL);
	service_close(&s);
	return rc;
}

const struct applet applet_kdump_config = {
	.name = "kdump-config",
	.synopsis = "{help|test|show|status|load|unload|reload|condreload|savecore|propagate|symlinks VERSION}",
	.help = "the command line of Debian's kdump-tools; kdumpctl does the same and more\n"
		"  test, preview      show what load would do\n"
		"  show               show the settings, and what is loaded\n"
		"  status             ready to kdump, or not\n"
		"  load               build what changed of the image, load the capture kernel\n"
		"  unload             unload it\n"
		"  reload             load again as it is\n"
		"  condreload         the same where one is loaded (also try-reload)\n"
		"  savecore           recover dumps that a crash left on raw partitions\n"
		"  propagate          make an ssh key when there is none, bring it to the servers\n"
		"  symlinks VERSION   build the image of that kernel, link both in /var/lib/kdump\n"
		"  sysctl             print KDUMP_SYSCTL\n"
		"Exit code: 0 done, 1 failed or no such command, 2 an option\n",
	.main = run,
};
