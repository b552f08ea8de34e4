/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: telling a cluster that a dump is being saved.
 * What fence_kdump_args says: options of fence_kdump_send(8).
 */
#ifndef IFACE_FENCE_H
#define IFACE_FENCE_H

#include <stdint.h>

struct fence_opts {
	uint16_t port;       /* -p, 7410 */
	uint8_t family;      /* -f: AF_UNSPEC, AF_INET, AF_INET6 */
	uint32_t count;      /* -c: messages to each node; 0, the default: without end */
	uint32_t interval_s; /* -i, 10 */
};

#endif
