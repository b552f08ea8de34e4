/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: one line of text, one step of bringing links up.
 * Pure. What is taken can be written again and read as the same step.
 *
 *	link NAME [mac AA:BB:CC:DD:EE:FF]
 *	vlan NAME PARENT ID [802.1ad] [gvrp] [mvrp]
 *	bond NAME OPTION=VALUE[,…] members A,B       mode=802.3ad,miimon=100; `-`: no options
 *	bridge NAME [OPTION=VALUE[,…]] members A,B   stp_state=1: files of /sys/class/net/NAME/bridge
 *	mtu NAME BYTES
 *	up NAME [carrier SECONDS]
 *	address NAME ADDRESS/PREFIX | address NAME ADDRESS peer ADDRESS/PREFIX
 *	dhcp4 NAME [SECONDS] | dhcp6 NAME [SECONDS] | ra NAME [SECONDS]
 *	route default|ADDRESS[/PREFIX] [via [inet6] ADDRESS] [dev NAME] [metric N] [src ADDRESS] [mtu N] [advmss N]
 *	      [onlink]                                inet6: the gateway of an IPv4 route is an IPv6 address
 *	nameserver ADDRESS
 *	host NAME ADDRESS
 */
#ifndef CONF_LINK_WORDS_H
#define CONF_LINK_WORDS_H

#include "base/err.h"
#include "iface/link.h"

#include <stdbool.h>
#include <stddef.h>

#define LINK_LINE    768 /* bytes that hold every step as text */
#define LINK_SECONDS 60  /* of dhcp4, dhcp6 and ra without a number */

/* True when WORD begins such a line. */
bool link_word(const char *word);

/*
 * Fills RET from LINE, which is cut in place: no newline, no comment. 0 or -EINVAL with a sentence that
 * starts with the first word. RET is untouched on failure.
 */
int must_check link_parse(struct link_step *ret, char *line, struct err *e);

/* Writes S as its line into BUF. 0, or -ENAMETOOLONG when N is below LINK_LINE and too small. */
int must_check link_text(const struct link_step *s, char *buf, size_t n);

/* "10.0.0.1", "10.0.0.0/8", "fe80::1" into RET; without a prefix that of one host. 0 or -EINVAL. */
int must_check link_addr_parse(struct link_addr *ret, const char *text);

/* A as text, with its prefix where PREFIX says so, into BUF of LINK_ADDR_TEXT bytes. Gives BUF. */
#define LINK_ADDR_TEXT 52
char *link_addr_text(const struct link_addr *a, bool prefix, char buf[LINK_ADDR_TEXT]);

/* "aa:bb:cc:dd:ee:ff", either case, '-' for ':' as well. 0 or -EINVAL. */
int must_check link_mac_parse(uint8_t mac[6], const char *text);

/* True when S can be the name of an interface: dev_valid_name() of net/core/dev.c v6.1 and printable. */
bool link_name_ok(const char *s);

#endif
