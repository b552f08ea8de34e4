/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a directory of an ssh server.
 * SFTP where there is SFTP: files get their final form there. Commands where there is none.
 */
#include "sink/net_ssh.h"

#include "base/clock.h"
#include "base/str.h"
#include "sink/net_ssh_ways.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define TRIES    3   /* for a connection that breaks before the first file */
#define PAUSE_MS 500 /* before the next one */

void ssh_show_dir(struct sink *s, const struct ssh_target *to, const char *path)
{
	const char *open = strchr(to->host, ':') ? "[" : "", *close = *open ? "]" : "";

	(void)str_fmt(s->dir, sizeof(s->dir), "%s@%s%s%s:%s", to->user, open, to->host, close, path);
}

static int open_dir(struct sink **ret, struct ssh *c, const struct ssh_target *to, struct err *e)
{
	int rc = -EOPNOTSUPP;

	if (to->way != SSH_EXEC)
		rc = ssh_sftp_open(ret, c, to, e);
	if (rc == -EOPNOTSUPP && to->way != SSH_SFTP && !c->dead)
		rc = ssh_exec_open(ret, c, to, e);
	return rc;
}

static int open_once(struct sink **ret, struct ssh *c, const struct ssh_target *to, struct err *e)
{
	int rc = ssh_connect(c, to, e);

	if (rc == 0)
		rc = open_dir(ret, c, to, e);
	if (rc)
		ssh_close(c);
	return rc;
}

int sink_ssh_open(struct sink **ret, const struct ssh_target *to, struct err *e)
{
	struct ssh *c = calloc(1, sizeof(*c));
	int64_t until = deadline_in(to->connect_ms ? to->connect_ms : SSH_CONNECT_MS);
	int rc;

	if (!c)
		return err_set(e, -ENOMEM, "sink: no memory");
	for (int try = 1;; try++) {
		rc = open_once(ret, c, to, e);
		if (rc == 0)
			return 0;
		if (rc != -ECONNRESET || try == TRIES || clock_ms() >= until)
			break;
		(void)poll(NULL, 0, PAUSE_MS);
	}
	free(c);
	return err_add(e, rc, "%s@%s", to->user, to->host);
}

int sink_ssh_try(const struct ssh_target *to, struct err *e)
{
	struct ssh *c = calloc(1, sizeof(*c));
	int rc;

	if (!c)
		return err_set(e, -ENOMEM, "sink: no memory");
	rc = ssh_connect(c, to, e);
	ssh_close(c);
	free(c);
	return rc ? err_add(e, rc, "%s@%s", to->user, to->host) : 0;
}
