/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: kexec.
 * Loads and unloads a capture kernel by hand; kdumpctl does it for a configuration.
 */
#include "applet.h"

#include "base/str.h"
#include "host/kdumpctl.h"
#include "host/kexec.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NOT_LOADED 3

extern const struct applet applet_kexec;

struct words {
	bool panic, unload, status;
	struct kexec_ask ask;
};

static int fail(const char *sentence)
{
	fprintf(stderr, "crashbox kexec: %s\n", sentence);
	return EXIT_FAILED;
}

static int status(const struct host *h)
{
	struct kexec_facts f;
	char size[24];

	kexec_facts(h, &f);
	if (kexec_loaded(h)) {
		puts("a capture kernel is loaded");
		return EXIT_OK;
	}
	if (!f.known)
		puts("no capture kernel is loaded: this kernel knows none (CONFIG_CRASH_DUMP)");
	else if (f.reserved == 0)
		puts("no capture kernel is loaded: no memory is reserved (crashkernel=)");
	else
		printf("no capture kernel is loaded; %s are reserved\n", str_size(size, sizeof(size), f.reserved));
	return EXIT_NOT_LOADED;
}

static int unload(void)
{
	struct err e = { 0 };

	return kexec_unload(&e) ? fail(e.text) : EXIT_OK;
}

static int load(const struct host *h, const struct kexec_ask *ask)
{
	struct err e = { 0 };

	if (kexec_load(h, ask, &e))
		return fail(e.text);
	(void)unlink(SERVICE_RUN "/loaded"); /* what the service has loaded is no longer there */
	return EXIT_OK;
}

/* The value of --NAME=VALUE or NULL. */
static const char *value_of(const char *word, const char *name)
{
	size_t n = strlen(name);

	return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static bool take_value(struct words *w, const char *s)
{
	static const char *const initrd[] = { "--initrd", "--ramdisk" };
	static const char *const line[] = { "--append", "--command-line" };
	const char *v;

	for (unsigned i = 0; i < 2; i++) {
		v = value_of(s, initrd[i]);
		if (v && *v) {
			w->ask.initrd = v;
			return true;
		}
		v = value_of(s, line[i]);
		if (v) {
			w->ask.line = v;
			return true;
		}
	}
	return false;
}

static bool take(struct words *w, const char *s)
{
	if (strcmp(s, "-p") == 0 || strcmp(s, "--load-panic") == 0)
		w->panic = true;
	else if (strcmp(s, "-u") == 0 || strcmp(s, "--unload") == 0)
		w->unload = true;
	else if (strcmp(s, "-S") == 0 || strcmp(s, "--status") == 0)
		w->status = true;
	else if (strcmp(s, "-s") == 0 || strcmp(s, "--kexec-file-syscall") == 0)
		return true; /* there is no other way here */
	else if (*s != '-' && !w->ask.kernel)
		w->ask.kernel = s;
	else
		return take_value(w, s);
	return true;
}

static int run(int argc, char **argv)
{
	struct host h = { .root = "" };
	struct words w = { .ask = { .line = "" } };

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "-l") == 0 || strcmp(argv[i], "--load") == 0)
			return fail("-l: only capture kernels are loaded here, say -p") + 1;
		if (!take(&w, argv[i]))
			return applet_usage(&applet_kexec);
	}
	if (w.status && !w.unload && !w.ask.kernel)
		return status(&h);
	if (w.unload && !w.ask.kernel)
		return unload();
	if (!w.panic || w.unload || !w.ask.kernel)
		return applet_usage(&applet_kexec);
	return load(&h, &w.ask);
}

const struct applet applet_kexec = {
	.name = "kexec",
	.synopsis = "-p KERNEL [--initrd=FILE] [--command-line=TEXT] | -p -u | --status",
	.help = "load a capture kernel\n"
		"  -p                   for a crash: into the memory that crashkernel= reserved\n"
		"  --initrd=FILE        its image; --ramdisk=FILE is the same\n"
		"  --command-line=TEXT  its command line; --append=TEXT is the same\n"
		"  -u                   unload it\n"
		"  -s                   nothing: the kernel itself loads the files, always\n"
		"  --status             is one loaded?\n"
		"Exit code: 0 done, loaded; 1 refused, with the reason; 2 usage; 3 (--status) not loaded\n",
	.main = run,
};
