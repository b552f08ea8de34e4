/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the servers of an image that was not built now, tried after it was loaded.
 * A server changes while an image stays: what it would refuse after a crash is said at every start.
 */
#include "base/str.h"
#include "host/child.h"
#include "host/kdumpctl.h"

#include <string.h>

#define TRY_LIMIT_MS 30000 /* of all servers; each has three seconds */

static void say_line(const struct service *s, const char *line)
{
	if (strstr(line, ": takes this machine"))
		return;
	if (strstr(line, ": not tried: "))
		host_say(&s->host, HOST_NOTE, "%s", line);
	else
		host_say(&s->host, HOST_WARN, "%s (a crash now would not be saved there)", line);
}

void service_try(struct service *s)
{
	const char *const argv[] = { s->self, "reach", "--timeout", "3", s->image, NULL };
	char out[4096] = "", *rest = out, *line;
	const struct child_ask ask = {
		.argv = argv,
		.limit_ms = TRY_LIMIT_MS,
		.out = out,
		.room = sizeof(out),
		.quiet = true,
	};

	/* a system below another root has its servers elsewhere */
	if (s->host.root[0] || !service_needs_net(s) || child_run(&ask, NULL) < 0)
		return;
	while ((line = strsep(&rest, "\n")))
		if (*line)
			say_line(s, line);
}
