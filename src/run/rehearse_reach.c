/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: whether a server takes this machine.
 * The way of a capture as far as the login or the mount, in a child with a limit; nothing is written there.
 */
#include "run/rehearse.h"

#include "base/clock.h"
#include "base/meminfo.h"
#include "base/str.h"
#include "conf/recipe.h"
#include "run/bringup.h"
#include "run/network.h"
#include "run/target_sink.h"

#include <errno.h>
#include <string.h>

struct reach_job {
	struct run *r;
	int index;
	const char *files;
	int64_t limit_ms;
};

/* What says nothing of whether the server would take a dump: it may be off, or far from here. */
static bool is_absence(int rc)
{
	static const int absent[] = { ETIMEDOUT, ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN, EHOSTDOWN,
				      ECONNRESET, EADDRNOTAVAIL, EAGAIN, EINTR, ENOMEM };

	for (unsigned i = 0; i < ARRAY_LEN(absent); i++)
		if (rc == -absent[i])
			return true;
	return false;
}

static int work_reach(struct channel *ch, void *arg, struct err *e)
{
	struct reach_job *j = arg;
	struct run *r = j->r;
	const struct recipe_target *t = recipe_find(&r->recipe, j->index);
	char host[256], list[NETWORK_LIST];
	const struct network_want w = { .r = r, .steps = t, .host = host, .deadline = deadline_in(j->limit_ms / 2) };
	int rc = bringup_host(r, host, sizeof(host), e);

	(void)ch;
	if (rc == 0 && network_look(&w, list, e))
		rc = -ENETUNREACH; /* a name that is not found now */
	if (rc)
		return rc;
	report_fact(&r->rep, "server", list);
	r->args.connect_timeout_s = (unsigned)(j->limit_ms / 1000);
	return target_try(r, j->files, e);
}

enum reach rehearse_reach(struct run *r, int index, const char *files, int64_t limit_ms, struct err *e)
{
	struct reach_job j = { r, index, files, limit_ms };
	/* the limit of the connection comes before that of the child, so that there is a sentence */
	const struct step s = {
		.name = "try", .work = work_reach, .arg = &j, .limit_ms = limit_ms + 1000, .memory = MEMORY_PEERS
	};
	int rc;

	bringup_aim(r, index);
	if (r->at.kind == TARGET_FS || r->at.kind == TARGET_RAW) {
		if (r->at.step)
			(void)err_set(e, -EOPNOTSUPP, "the kernel's own client is tried by a rehearsal alone");
		return r->at.step ? REACH_UNTRIED : REACH_FINE;
	}
	rc = rehearse_step(&s, e);
	if (rc == 0)
		return REACH_FINE;
	if (str_starts(e->text, "try: ")) /* the name of the step says nothing here */
		memmove(e->text, e->text + 5, strlen(e->text + 5) + 1);
	if (rc == -EPROTONOSUPPORT && r->at.kind == TARGET_NFS)
		return REACH_KERNEL;
	return is_absence(rc) ? REACH_UNTRIED : REACH_REFUSED;
}
