/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: every console somebody may be looking at.
 * Writing is best effort and bounded: a line that hangs costs a moment once, never the dump.
 */
#include "dev/console.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

static void add(struct console_names *names, const char *s, size_t n)
{
	char name[CONSOLE_NAME];

	if (n == 0 || n >= sizeof(name) || names->n == CONSOLE_MAX)
		return;
	memcpy(name, s, n);
	name[n] = '\0';
	if (strchr(name, '/') || strchr(name, '.') || strcmp(name, "null") == 0)
		return;
	for (unsigned i = 0; i < names->n; i++)
		if (strcmp(names->name[i], name) == 0)
			return;
	(void)str_fmt(names->name[names->n++], sizeof(names->name[0]), "%s", name);
}

void console_names(const char *cmdline, struct console_names *names)
{
	static const char key[] = "console=";
	const char *s = cmdline;

	while (*s) {
		size_t n = strcspn(s, " \t\n");

		if (str_starts(s, key))
			add(names, s + strlen(key), strcspn(s + strlen(key), ", \t\n"));
		s += n;
		s += strspn(s, " \t\n");
	}
}

/* The kernel's own list: "tty0 ttyS0". */
static void active_names(const char *root, struct console_names *names)
{
	char path[PATH_MAX], line[256], *cursor = line, *word;

	if (str_fmt(path, sizeof(path), "%s/sys/class/tty/console/active", root) ||
	    file_line(path, line, sizeof(line), NULL))
		return;
	while ((word = str_word(&cursor)))
		add(names, word, strlen(word));
}

static void open_one(const char *root, const char *name, struct console_set *set)
{
	struct console *c = &set->c[set->n];
	char path[PATH_MAX];

	if (set->n == CONSOLE_MAX || str_fmt(path, sizeof(path), "%s/dev/%s", root, name))
		return;
	/* O_NOCTTY: a ^C on a serial line must not reach PID 1 */
	c->fd = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (c->fd < 0)
		return;
	(void)str_fmt(c->name, sizeof(c->name), "%s", name);
	set->n++;
}

void console_open(const char *root, const char *cmdline, struct console_set *set)
{
	struct console_names names = { .n = 0 };

	memset(set, 0, sizeof(*set));
	if (cmdline)
		console_names(cmdline, &names);
	active_names(root, &names);
	for (unsigned i = 0; i < names.n; i++)
		open_one(root, names.name[i], set);
	if (set->n == 0)
		open_one(root, "console", set);
}

static void write_one(struct console *c, const char *buf, size_t n, int wait_ms)
{
	int64_t end = clock_ms() + (c->stuck ? 0 : wait_ms);
	size_t done = 0;

	while (done < n) {
		struct pollfd p = { .fd = c->fd, .events = POLLOUT };
		ssize_t r = write(c->fd, buf + done, n - done);

		if (r > 0) {
			done += (size_t)r;
			c->stuck = false;
			continue;
		}
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0 && errno != EAGAIN)
			break;
		if (clock_ms() >= end || (poll(&p, 1, deadline_poll(end, -1)) < 0 && errno != EINTR))
			break;
	}
	c->stuck = n && done == 0;
	c->lost += n - done;
}

void console_write(struct console_set *set, const void *buf, size_t n, int wait_ms)
{
	for (unsigned i = 0; i < set->n; i++)
		write_one(&set->c[i], buf, n, wait_ms);
}

void console_close(struct console_set *set)
{
	for (unsigned i = 0; set && i < set->n; i++)
		close(set->c[i].fd);
	if (set)
		set->n = 0;
}
