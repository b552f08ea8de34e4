/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: waiting for a block device.
 * The ear is open before the first look, so nothing is missed; then only an event causes another look.
 */
#include "dev/block.h"

#include "base/clock.h"
#include "base/str.h"
#include "dev/coldplug.h"
#include "dev/uevent.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#define TICK_MS 1000

static void tick(const struct block_wait *w)
{
	int64_t left = -1;

	if (w->deadline != DEADLINE_NEVER) {
		left = (w->deadline - clock_ms() + 999) / 1000;
		left = left < 0 ? 0 : left;
	}
	if (w->tick)
		w->tick(w->ctx, w->spec, left);
}

static int too_late(const struct block_wait *w, struct err *e)
{
	char list[ERR_TEXT_MAX - 128];

	return err_set(e, -ETIMEDOUT, "%.80s did not appear; block devices: %s", w->spec,
		       block_list(w->root, ", ", list, sizeof(list)));
}

/* Everything that is there now; modules for it first when the image is generic. */
static int look_around(const struct block_wait *w, struct block_found *ret, struct err *e)
{
	if (w->hotplug) {
		int rc = coldplug(w->hotplug, w->root, e);

		if (rc)
			return rc;
	}
	return block_look(w, ret, e);
}

/* A partition's identity is in the table of its disk, so every block event is a reason to look. */
static bool is_reason(const struct block_wait *w, const struct uevent *u)
{
	if (w->hotplug)
		coldplug_event(w->hotplug, u);
	return strcmp(u->subsystem, "block") == 0 && strcmp(u->action, "remove") != 0;
}

/*
 * Waits until there is a reason to look again. 1: there is; 0: the deadline has passed; -errno.
 * All events that are there already are taken together.
 */
static int wait_reason(const struct block_wait *w, int fd, struct err *e)
{
	struct uevent u;
	bool reason = false;
	int64_t next = clock_ms() + TICK_MS;

	for (;;) {
		int cap = (int)(next > clock_ms() ? next - clock_ms() : 0);
		int rc = uevent_next(fd, reason ? 0 : deadline_poll(w->deadline, cap), &u, e);

		if (rc == -ENOBUFS)
			return 1;
		if (rc < 0)
			return rc;
		if (rc) {
			reason |= is_reason(w, &u);
			continue;
		}
		if (reason)
			return 1;
		if (w->deadline <= clock_ms())
			return 0;
		if (next <= clock_ms()) {
			tick(w);
			next += TICK_MS;
		}
	}
}

int block_wait(const struct block_wait *w, struct block_found *ret, struct err *e)
{
	int fd = uevent_open(e), rc;

	if (fd < 0)
		return fd;
	rc = look_around(w, ret, e);
	while (rc == 1) {
		rc = wait_reason(w, fd, e);
		if (rc == 0) {
			rc = block_look(w, ret, e);
			if (rc == 1)
				rc = too_late(w, e);
			break;
		}
		if (rc == 1)
			rc = block_look(w, ret, e);
	}
	close(fd);
	return rc;
}
