/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: from nothing to a server that has an address.
 * Links as the recipe or the kernel command line say; without either, DHCP on whatever has a cable.
 */
#ifndef RUN_NETWORK_H
#define RUN_NETWORK_H

#include "net/fence.h"
#include "run/run.h"

#include <stdint.h>

#define NETWORK_ADDRESSES 4
#define NETWORK_LIST      (NETWORK_ADDRESSES * 64) /* bytes of their list as text */
#define NETWORK_CONNECT_S 60                       /* crashbox.connect_timeout= */

/* What is to be reached. */
struct network_want {
	const struct run *r;
	struct channel *ch;
	const struct recipe_target *steps; /* whose links are played beside those before all targets; or NULL */
	const char *host;                  /* name or address; NULL: links only */
	int64_t deadline;                  /* of all of it */
	char *list;                        /* gets the addresses, NETWORK_LIST bytes; may be NULL */
	void (*more)(void *arg);           /* answers hardware that has just appeared with its modules; may be NULL */
	void *arg;
};

/*
 * In the child of a step: brings the links up, finds the addresses of the host, says what is waited for. The facts
 * `server` (addresses, blanks between) and `client` (our own towards the first of them) are what target_open() needs.
 * Borrowed addresses are prolonged in the background from then on. -EOPNOTSUPP: this build has no networking.
 */
int must_check network_reach(const struct network_want *w, struct err *e);

/*
 * Only the addresses of the host, as the fact `server` has them, over the links that are up, from the names and name
 * servers of the recipe or of this system. The channel of W is not used.
 */
int must_check network_look(const struct network_want *w, char list[NETWORK_LIST], struct err *e);

/* Who is to be found. */
struct network_nodes {
	const struct plan_list *name;
	uint8_t family;          /* AF_INET, AF_INET6; AF_UNSPEC: either */
	struct fence_node *node; /* room for FENCE_NODES */
	unsigned n;              /* out: of them */
};

/*
 * As network_reach() without a host, then the addresses of the nodes. 0 when one of them at least was found, with the
 * sentence of the last that was not in E.
 */
int must_check network_find(const struct network_want *w, struct network_nodes *to, struct err *e);

#endif
