/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the cluster is told that this node is saving its dump.
 * Beside the capture, never in its way: no step waits for it.
 */
#include "run/cluster.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "conf/fence_words.h"
#include "conf/recipe.h"
#include "run/background.h"
#include "run/bringup.h"
#include "run/network.h"
#include "run/say.h"
#include "version.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define STATUS         "/run/crashbox-fence"
#define START_LIMIT_MS 10000
#define LINKS_LIMIT_MS 180000

#if CRASHBOX_NET
struct cluster {
	struct run *r;
	struct channel *ch;
	struct fence_opts opts;
	struct fence_node node[FENCE_NODES];
	unsigned n;
};

/* For cluster_report(): process 1 hears nothing of what works in the background. */
static void leave_status(const char *text)
{
	int fd = open(STATUS, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	if (fd < 0)
		return;
	(void)!fd_write(fd, text, strlen(text));
	close(fd);
}

static int find_nodes(struct cluster *c, struct err *e)
{
	const struct network_want w = {
		.r = c->r,
		.ch = c->ch,
		.steps = recipe_find(&c->r->recipe, RECIPE_FENCE),
		.deadline = deadline_in(LINKS_LIMIT_MS),
	};
	struct network_nodes to = { .name = &c->r->plan.fence_kdump_nodes, .family = c->opts.family, .node = c->node };
	int rc;

	bringup_modules(c->r, c->ch, w.steps);
	rc = network_find(&w, &to, e);
	c->n = to.n;
	return rc;
}

static void tell_nodes(void *arg)
{
	struct cluster *c = arg;
	struct err e = { 0 };
	char text[ERR_TEXT_MAX + 64];
	int rc = find_nodes(c, &e);

	snprintf(text, sizeof(text), "no node told: %s", e.text);
	for (uint32_t i = 0; rc == 0 && (c->opts.count == 0 || i < c->opts.count); i++) {
		struct err one = { 0 };

		if (i)
			(void)poll(NULL, 0, (int)c->opts.interval_s * 1000);
		if (fence_send(c->node, c->n, c->opts.port, &one))
			snprintf(text, sizeof(text), "%s", one.text);
		else
			snprintf(text, sizeof(text), "%u of %u nodes told%s%s", c->n, c->r->plan.fence_kdump_nodes.n,
				 e.text[0] ? "; " : "", e.text);
		leave_status(text);
	}
	if (rc)
		leave_status(text);
}

static int work_fence(struct channel *ch, void *arg, struct err *e)
{
	static struct cluster c;
	struct err options = { 0 };

	c.r = arg;
	c.ch = ch;
	if (fence_words(&c.opts, c.r->plan.fence_kdump_args, &options))
		channel_say(ch, MSG_WARN, "%s; the defaults are used", options.text);
	return background(ch, "fence", tell_nodes, &c, e);
}

void cluster_tell(struct run *r)
{
	struct step s = { .name = "fence", .work = work_fence, .arg = r, .limit_ms = START_LIMIT_MS };
	struct err e = { 0 };

	if (r->cluster_told || r->plan.fence_kdump_nodes.n == 0)
		return;
	r->cluster_told = true;
	say(r, "fence", "%u nodes of the cluster are told every few seconds", r->plan.fence_kdump_nodes.n);
	if (run_step(r, &s, &e))
		say_fault(r, &e, "; the capture goes on");
}
#else
void cluster_tell(struct run *r)
{
	if (!r->cluster_told && r->plan.fence_kdump_nodes.n)
		say_note(r, "fence", "this build has no networking: the cluster is not told");
	r->cluster_told = true;
}
#endif

void cluster_report(struct run *r)
{
	char text[200] = "";

	if (r->cluster_told && r->plan.fence_kdump_nodes.n && file_line(STATUS, text, sizeof(text), NULL) == 0)
		report_fact(&r->rep, "fence", text);
}
