/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the cluster is told that this node is saving its dump.
 * Beside the capture, never in its way: no step waits for it.
 */
#ifndef RUN_CLUSTER_H
#define RUN_CLUSTER_H

#include "run/run.h"

/*
 * Starts, once, the process that brings up the links to fence_kdump_nodes and tells each of them, again and again as
 * fence_kdump_args says. Nothing where no nodes are named.
 */
void cluster_tell(struct run *r);

/* What became of it, as the fact `fence` of the report: "2 of 2 nodes told", or why not. */
void cluster_report(struct run *r);

#endif
