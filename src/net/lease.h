/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: what a DHCP server granted.
 * Put into this kernel, remembered in the state, prolonged before it ends.
 */
#ifndef NET_LEASE_H
#define NET_LEASE_H

#include "net/dhcp4_client.h"
#include "net/dhcp6_client.h"
#include "net/net.h"
#include "net/rtnl.h"

/* Takes what C, which is done, was granted. */
int must_check lease_take4(struct rtnl *r, struct net_state *st, const struct dhcp4_client *c, struct err *e);
int must_check lease_take6(struct rtnl *r, struct net_state *st, const struct dhcp6_client *c, struct err *e);

/* Adds a name server that is not there yet, where there is room. SCOPE as in struct net_state. */
void state_add_server(struct net_state *st, const struct link_addr *a, unsigned scope);
/* The same for one that the network named. */
void state_hear_server(struct net_state *st, const struct link_addr *a, unsigned scope);

#endif
