/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: the message of fence_kdump.
 * "This node has crashed and is saving its dump": the cluster takes it for fenced, and lets it finish.
 */
#ifndef NET_FENCE_H
#define NET_FENCE_H

#include "base/err.h"
#include "iface/fence.h"
#include "iface/link.h"

#define FENCE_NODES 64

/* One node that is told. */
struct fence_node {
	struct link_addr addr;
	unsigned scope; /* interface of a link-local IPv6 address, else 0 */
};

/*
 * Sends one message to each of the N nodes. 0 when all were sent; else the -errno of the first that was not, the
 * others are told all the same. Nothing answers: a message that is lost is made good by the next one.
 */
int must_check fence_send(const struct fence_node *node, unsigned n, uint16_t port, struct err *e);

#endif
