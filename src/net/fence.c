/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: the message of fence_kdump.
 * "This node has crashed and is saving its dump": the cluster takes it for fenced, and lets it finish.
 */
#include "net/fence.h"

#include "net/addr.h"

#include <sys/socket.h>
#include <unistd.h>

/* What fence_kdump(8) of fence-agents 4.12 waits for, in the byte order of the machine: two words, no more. */
#define FENCE_MAGIC   0x1b302a40u
#define FENCE_VERSION 1u

static int send_one(const struct fence_node *node, uint16_t port, struct err *e)
{
	const uint32_t message[2] = { FENCE_MAGIC, FENCE_VERSION };
	struct sockaddr_storage sa;
	socklen_t len = netaddr_socket(&node->addr, node->scope, port, &sa);
	char text[64];
	ssize_t sent;
	int fd = socket(node->addr.family, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	if (fd < 0)
		return err_sys(e, "fence_kdump: socket");
	sent = sendto(fd, message, sizeof(message), MSG_NOSIGNAL, (struct sockaddr *)&sa, len);
	if (sent != sizeof(message))
		rc = err_sys(e, "fence_kdump: tell %s", netaddr_text(&node->addr, text, sizeof(text)));
	close(fd);
	return rc;
}

int fence_send(const struct fence_node *node, unsigned n, uint16_t port, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < n; i++) {
		int one = send_one(&node[i], port, rc ? NULL : e);

		rc = rc ? rc : one;
	}
	return rc;
}
