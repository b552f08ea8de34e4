/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: routing netlink messages.
 * What the writer writes is what the reader reads; damaged ones are refused.
 */
#include "check.h"

#include "base/bytes.h"
#include "net/addr.h"
#include "net/nlmsg.h"

#include <errno.h>
#include <sys/socket.h>

#include <linux/if_link.h>

static const struct nlmsghdr *message(const struct nl_writer *w)
{
	const uint8_t *p = w->buf;
	size_t n = w->len;

	return nl_next(&p, &n);
}

static void test_link(void)
{
	struct ifinfomsg head = { .ifi_index = 7, .ifi_flags = 1 };
	struct nl_writer w;
	struct nl_link l;
	size_t at, in;

	nl_start(&w, RTM_NEWLINK, 0, &head, sizeof(head));
	nl_put_text(&w, IFLA_IFNAME, "eth0.5");
	nl_put(&w, IFLA_ADDRESS, "\x52\x54\0\0\0\1", 6);
	at = nl_open(&w, IFLA_LINKINFO);
	nl_put_text(&w, IFLA_INFO_KIND, "vlan");
	nl_close(&w, at);
	at = nl_open(&w, IFLA_AF_SPEC);
	in = nl_open(&w, AF_INET6);
	nl_put_u32(&w, IFLA_INET6_FLAGS, 0x60);
	nl_close(&w, in);
	nl_close(&w, at);
	nl_put_u32(&w, IFLA_MTU, 1400);
	CHECK(!w.full && w.len % 4 == 0);
	CHECK_INT(nl_link_parse(message(&w), &l), 0);
	CHECK_STR(l.name, "eth0.5");
	CHECK_STR(l.kind, "vlan");
	CHECK(l.index == 7 && l.flags == 1 && l.mtu == 1400 && l.inet6_flags == 0x60 && !l.gone);
	CHECK(l.has_mac && l.mac[5] == 1 && !l.has_perm);
}

static void test_addr_route(void)
{
	struct ifaddrmsg ahead = { .ifa_family = AF_INET, .ifa_prefixlen = 24, .ifa_index = 3 };
	struct rtmsg rhead = { .rtm_family = AF_INET6, .rtm_dst_len = 64, .rtm_table = RT_TABLE_MAIN };
	struct link_addr v4, v6;
	struct nl_addr a;
	struct nl_route r;
	struct nl_writer w;
	unsigned scope;
	size_t at;

	CHECK(netaddr_parse("10.9.0.2", &v4, &scope) == 0 && netaddr_parse("2001:db8::1", &v6, &scope) == 0);
	nl_start(&w, RTM_NEWADDR, 0, &ahead, sizeof(ahead));
	nl_put_addr(&w, IFA_LOCAL, &v4);
	nl_put_u32(&w, IFA_FLAGS, 0x80);
	CHECK_INT(nl_addr_parse(message(&w), &a), 0);
	CHECK(a.index == 3 && a.addr.prefix == 24 && netaddr_same(&a.addr, &v4) && a.flags == 0x80 && a.forever);
	CHECK_INT(nl_route_parse(message(&w), &r), -EBADMSG);
	ahead.ifa_prefixlen = 33;
	nl_start(&w, RTM_NEWADDR, 0, &ahead, sizeof(ahead));
	nl_put_addr(&w, IFA_LOCAL, &v4);
	CHECK_INT(nl_addr_parse(message(&w), &a), -EBADMSG);

	nl_start(&w, RTM_NEWROUTE, 0, &rhead, sizeof(rhead));
	nl_put_addr(&w, RTA_GATEWAY, &v6);
	nl_put_addr(&w, RTA_DST, &v4); /* too short for the family: not taken */
	nl_put_u32(&w, RTA_OIF, 9);
	CHECK_INT(nl_route_parse(message(&w), &r), 0);
	CHECK(r.index == 9 && netaddr_same(&r.via, &v6) && r.to.prefix == 64 && r.to.b[0] == 0);

	/* a peer, and a gateway of the other family */
	ahead.ifa_prefixlen = 24;
	nl_start(&w, RTM_NEWADDR, 0, &ahead, sizeof(ahead));
	nl_put_addr(&w, IFA_LOCAL, &v4);
	CHECK(netaddr_parse("10.9.0.9", &v4, &scope) == 0);
	nl_put_addr(&w, IFA_ADDRESS, &v4);
	CHECK_INT(nl_addr_parse(message(&w), &a), 0);
	CHECK(a.addr.b[3] == 2 && a.peer.b[3] == 9 && a.peer.prefix == 24);
	rhead.rtm_family = AF_INET;
	rhead.rtm_dst_len = 0;
	nl_start(&w, RTM_NEWROUTE, 0, &rhead, sizeof(rhead));
	nl_put_via(&w, RTA_VIA, &v6);
	at = nl_open(&w, RTA_METRICS);
	nl_put_u32(&w, RTAX_MTU, 1400);
	nl_close(&w, at);
	CHECK_INT(nl_route_parse(message(&w), &r), 0);
	CHECK(r.via.family == AF_INET6 && netaddr_same(&r.via, &v6) && r.to.family == AF_INET && r.mtu == 1400);
	nl_start(&w, RTM_NEWROUTE, 0, &rhead, sizeof(rhead));
	nl_put(&w, RTA_VIA, "\2", 1);
	CHECK_INT(nl_route_parse(message(&w), &r), 0);
	CHECK(r.via.family == 0);
}

static void test_bounds(void)
{
	struct ifinfomsg head = { .ifi_index = 7 };
	static const uint8_t filler[NL_ROOM];
	struct nl_writer w;
	struct nl_attr a;
	const uint8_t *p;
	size_t n;

	nl_start(&w, RTM_NEWLINK, 0, &head, sizeof(head));
	nl_put(&w, 1, filler, NL_ROOM - 35);
	CHECK(w.full);
	nl_put_u32(&w, 2, 1); /* full stays full */
	CHECK(w.full && w.len == 32);
	nl_start(&w, RTM_NEWLINK, 0, &head, sizeof(head));
	CHECK(!w.full);
	p = w.buf;
	n = w.len - 1;
	CHECK(!nl_next(&p, &n)); /* a message longer than what came */
	p = (const uint8_t *)"\3\0\1\0";
	n = 4;
	CHECK(!nl_attr_next(&p, &n, &a)); /* an attribute shorter than its head */
}

#define CAPPED (NLM_F_CAPPED | NLM_F_ACK_TLVS)

static void test_refusal(void)
{
	/* an error of 7 bytes of sentence, with the request's header only */
	struct {
		struct nlmsghdr h;
		int32_t code;
		struct nlmsghdr echo;
		uint16_t len, type;
		char said[8];
	} m = { .h = { .nlmsg_len = sizeof(m), .nlmsg_type = NLMSG_ERROR, .nlmsg_flags = CAPPED },
		.code = -EBUSY,
		.len = 12,
		.type = NLMSGERR_ATTR_MSG,
		.said = "it is so" };
	char said[32] = "x";
	int rc = 1;

	CHECK_INT(nl_error_parse(&m.h, &rc, said, sizeof(said)), 0);
	CHECK_INT(rc, -EBUSY);
	CHECK_STR(said, "it is so");
	CHECK_INT(nl_error_parse(&m.h, &rc, said, 3), 0);
	CHECK_STR(said, "it");
	m.code = 5;
	CHECK_INT(nl_error_parse(&m.h, &rc, said, sizeof(said)), -EBADMSG);
}

int main(void)
{
	test_link();
	test_addr_route();
	test_bounds();
	test_refusal();
	return check_done();
}
