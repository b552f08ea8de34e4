/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: the hardware watchdog.
 * Armed by opening it; the machine restarts when it is not fed in time. Without a device nothing happens.
 */
#include "dev/watchdog.h"

#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/watchdog.h>

static void ask(struct watchdog *w, unsigned timeout_s)
{
	struct watchdog_info info = { .options = 0 };
	int s = (int)timeout_s;

	if (timeout_s)
		(void)ioctl(w->fd, WDIOC_SETTIMEOUT, &s);
	s = 0;
	if (ioctl(w->fd, WDIOC_GETTIMEOUT, &s) == 0 && s > 0)
		w->timeout_s = (unsigned)s;
	if (ioctl(w->fd, WDIOC_GETSUPPORT, &info) == 0)
		(void)str_fmt(w->identity, sizeof(w->identity), "%.32s", (const char *)info.identity);
}

int watchdog_open(const char *root, unsigned timeout_s, struct watchdog *w, struct err *e)
{
	static const char *const name[] = { "watchdog0", "watchdog" };
	struct watchdog dog = { .open = false };

	for (size_t i = 0; i < ARRAY_LEN(name) && !dog.open; i++) {
		if (str_fmt(dog.path, sizeof(dog.path), "%s/dev/%s", root, name[i]))
			return err_set(e, -ENAMETOOLONG, "watchdog: path too long");
		dog.fd = open(dog.path, O_WRONLY | O_CLOEXEC);
		dog.open = dog.fd >= 0;
		/* ENODEV, ENXIO: a node without a driver behind it */
		if (!dog.open && errno != ENOENT && errno != ENODEV && errno != ENXIO)
			return err_sys(e, "watchdog: open %s", dog.path);
	}
	if (dog.open)
		ask(&dog, timeout_s);
	*w = dog;
	return 0;
}

void watchdog_feed(struct watchdog *w)
{
	if (w && w->open && ioctl(w->fd, WDIOC_KEEPALIVE, 0))
		(void)!write(w->fd, "", 1);
}

void watchdog_close(struct watchdog *w, bool disarm)
{
	if (!w || !w->open)
		return;
	/* 'V' just before close(): Documentation/watchdog/watchdog-api.rst v6.1 */
	if (disarm)
		(void)!write(w->fd, "V", 1);
	close(w->fd);
	w->open = false;
}
