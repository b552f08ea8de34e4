/* SPDX-License-Identifier: GPL-2.0-or-later */
/* applets: kdumpctl, the commands that set crashkernel= for the next boots, with the words of kdump-utils. */
#include "applet.h"

#include "base/str.h"
#include "host/bootentry.h"
#include "host/kdumpctl_boot.h"
#include "host/kernel_find.h"
#include "kdumpctl/kdumpctl.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

static const char no_fadump[] = "fadump is not done here: a capture is started by kexec (fadump=off)";

int kdumpctl_default(struct service *s, const struct words *w)
{
	(void)s;
	if (w->argument && strcmp(w->argument, "fadump") == 0)
		return kdumpctl_fail(no_fadump);
	if (w->argument && strcmp(w->argument, "kdump") != 0)
		return kdumpctl_fail("get-default-crashkernel: expected kdump, or nothing");
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
		kdumpctl_say(NULL, HOST_NOTE, "DEFAULT: every entry is set, so that the next kernel has it as well");
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
		return kdumpctl_fail(e.text);
	return holds || w->dry ? EXIT_OK : EXIT_FAILED;
}

int kdumpctl_reset(struct service *s, const struct words *w)
{
	const char *const reboot[] = { "reboot", NULL };
	const char *kernel;
	struct err e = { 0 };
	int rc;

	if (w->fadump && (strcmp(w->fadump, "on") == 0 || strcmp(w->fadump, "nocma") == 0))
		return kdumpctl_fail(no_fadump);
	if (w->fadump && strcmp(w->fadump, "off") != 0)
		return kdumpctl_fail("--fadump: expected on, off or nocma");
	if (take_kernel(s, w->kernel, &kernel, &e))
		return kdumpctl_fail(e.text);
	rc = reset_crashkernel(s, w, w->argument ? w->argument : boot_default_crashkernel(), kernel);
	if (rc || !w->reboot || w->dry)
		return rc;
	execvp(reboot[0], (char *const *)reboot);
	return kdumpctl_fail("reboot could not be started");
}

/* The value of the running system, words without "crashkernel=" and blanks between them; "" when there is none. */
static void running_value(const struct service *s, char *buf, size_t n)
{
	char line[4096];

	host_line(&s->host, "/proc/cmdline", line, sizeof(line));
	if (bootentry_get(BOOT_WORDS, line, strlen(line), buf, n))
		buf[0] = '\0';
}

int kdumpctl_reset_installed(struct service *s, const struct words *w)
{
	struct kernel_ask ask = {
		.version = w->argument, .bootdir = s->sys.bootdir, .img = s->sys.img, .ext = s->sys.img_ext
	};
	struct kernel_found found;
	char value[256];
	struct err e = { 0 };

	if (!w->argument || strchr(w->argument, '/'))
		return kdumpctl_fail("expected the version of a kernel");
	running_value(s, value, sizeof(value));
	if (service_check(s, &e) || !s->plan.auto_reset_crashkernel || !*value)
		return EXIT_OK;
	kernel_find(&s->host, &ask, &found);
	if (!found.path[0])
		return kdumpctl_fail("no kernel of this version is here");
	return found.unified ? EXIT_OK : reset_crashkernel(s, w, value, found.path);
}
