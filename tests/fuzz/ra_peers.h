/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: what a hostile router and a DHCP server of IPv6 are to us: a kernel that reports over netlink, and replies.
 * The input is read a byte at a time; what it does not say is silence.
 */
#ifndef TESTS_FUZZ_RA_PEERS_H
#define TESTS_FUZZ_RA_PEERS_H

#include "base/bytes.h"
#include "net/addr.h"
#include "net/nlmsg.h"

#include "input.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>

#define ROOM     2048
#define ADDRS    6
#define FLOOD    20000 /* what may be read without end in one run */
#define LENT     16
#define TOLD     (64 << 10)
#define FDS      1024
#define INDEX    7
#define IFACE    "fuzz0"
#define RECEIVED 0x20u /* as src/net/slaac.c has them */
#define ND_RDNSS 25

enum kind { NO_SOCKET,
	    KERNEL,
	    NEWS,
	    DHCP };

struct address {
	uint8_t b[16];
	uint32_t flags;
	int index;
	bool there;
};

static struct {
	const uint8_t *p;
	size_t n;
	int64_t now_us;
	enum kind socket[FDS];
	unsigned open, read;
	/* the kernel */
	uint32_t ra_flags;
	bool up, gone;
	struct address addr[ADDRS];
	struct nl_writer answer[ADDRS + 2];
	unsigned nanswer, at;
	unsigned news;
	bool endless;
	/* the DHCP server */
	uint8_t asked[ROOM];
	size_t nasked;
	unsigned waiting;
	/* what was said of addresses and servers, and what of it we took */
	uint8_t told[TOLD];
	size_t ntold;
	bool lost;
	char usable[ADDRS][64];
	unsigned nusable;
} net;

static uint8_t byte(void)
{
	return input_byte(&net.p, &net.n);
}

static void tell(const void *p, size_t n)
{
	if (n > TOLD - net.ntold) {
		net.lost = true;
		return;
	}
	memcpy(net.told + net.ntold, p, n);
	net.ntold += n;
}

static bool was_told(const uint8_t b[16])
{
	return net.lost || memmem(net.told, net.ntold, b, 16);
}

/* Not "::", not "::1", no group. */
static bool of_a_host(const uint8_t b[16])
{
	static const uint8_t none[15] = { 0 };

	return b[0] != 0xff && (memcmp(b, none, 15) != 0 || b[15] > 1);
}

static void count_read(void)
{
	if (++net.read > FLOOD)
		abort(); /* it does not come back to its clock */
}

/* ---- the kernel ---- */

static void make_address(uint8_t b[16], uint8_t how)
{
	static const uint8_t prefix[8][16] = {
		{ 0x20, 1, 0x0d, 0xb8, [15] = 1 },
		{ 0xfd, 0x99, [15] = 2 },
		{ 0xfe, 0x80, [15] = 3 },
		{ [15] = 1 },
		{ 0 },
		{ 0xff, 2, [15] = 1 },
		{ 0x20, 1, 0x0d, 0xb8, [15] = 9 },
		{ [10] = 0xff, 0xff, 10, 0, 0, 1 },
	};

	memcpy(b, prefix[how & 7], 16);
	b[14] = how >> 3;
}

static struct nl_writer *answer(uint16_t type, const void *head, size_t n, uint32_t seq)
{
	struct nl_writer *w = &net.answer[net.nanswer++];

	nl_start(w, type, 0, head, n);
	put_u32(w->buf + offsetof(struct nlmsghdr, nlmsg_seq), seq);
	return w;
}

static void write_link(struct nl_writer *w)
{
	static const uint8_t mac[6] = { 2, 0, 0, 0, 0, 9 };
	size_t spec, six;

	nl_put_text(w, IFLA_IFNAME, IFACE);
	nl_put(w, IFLA_ADDRESS, mac, sizeof(mac));
	nl_put_u32(w, IFLA_MTU, 1500);
	spec = nl_open(w, IFLA_AF_SPEC);
	six = nl_open(w, AF_INET6);
	nl_put_u32(w, IFLA_INET6_FLAGS, net.ra_flags);
	nl_close(w, six);
	nl_close(w, spec);
}

static void answer_code(int code, uint32_t seq)
{
	struct nlmsgerr head = { .error = code };

	(void)answer(NLMSG_ERROR, &head, sizeof(head), seq);
}

static void answer_link(uint32_t seq)
{
	struct ifinfomsg head = { .ifi_type = 1, .ifi_index = INDEX, .ifi_flags = net.up ? IFF_UP | IFF_RUNNING : 0 };

	if (net.gone)
		answer_code(-ENODEV, seq);
	else
		write_link(answer(RTM_NEWLINK, &head, sizeof(head), seq));
}

static bool may_be_used(const struct address *a)
{
	struct link_addr text = { .family = AF_INET6 };

	memcpy(text.b, a->b, 16);
	return a->index == INDEX && !netaddr_link_local(&text) &&
	       !(a->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED | IFA_F_DEPRECATED));
}

static void answer_addresses(uint32_t seq)
{
	int32_t done = 0;

	net.nusable = 0;
	for (unsigned i = 0; i < ADDRS; i++) {
		const struct address *a = &net.addr[i];
		struct ifaddrmsg head = { .ifa_family = AF_INET6, .ifa_prefixlen = 64 };
		struct link_addr text = { .family = AF_INET6, .prefix = 64 };
		struct nl_writer *w;

		if (!a->there)
			continue;
		head.ifa_index = (uint32_t)a->index;
		w = answer(RTM_NEWADDR, &head, sizeof(head), seq);
		nl_put(w, IFA_ADDRESS, a->b, 16);
		nl_put_u32(w, IFA_FLAGS, a->flags);
		memcpy(text.b, a->b, 16);
		if (may_be_used(a))
			(void)netaddr_text(&text, net.usable[net.nusable++], sizeof(net.usable[0]));
	}
	(void)answer(NLMSG_DONE, &done, sizeof(done), seq);
}

/* An address of ours: of a host, and one that a server lent. */
static void check_given(const uint8_t *p, size_t n)
{
	struct nl_attr a;

	while (nl_attr_next(&p, &n, &a)) {
		struct link_addr addr = { .family = AF_INET6 };

		if (a.type != IFA_LOCAL || a.n != 16)
			continue;
		memcpy(addr.b, a.data, 16);
		if (!was_told(addr.b) || !of_a_host(addr.b) || netaddr_link_local(&addr))
			abort();
	}
}

static void take_request(const uint8_t *buf, size_t n)
{
	struct nlmsghdr h;

	if (n < sizeof(h) + sizeof(struct ifaddrmsg))
		abort();
	memcpy(&h, buf, sizeof(h));
	net.nanswer = net.at = 0;
	if (h.nlmsg_type == RTM_GETLINK) {
		answer_link(h.nlmsg_seq);
	} else if (h.nlmsg_type == RTM_GETADDR) {
		answer_addresses(h.nlmsg_seq);
	} else {
		uint8_t how = byte();

		if (h.nlmsg_type == RTM_NEWADDR)
			check_given(buf + sizeof(h) + sizeof(struct ifaddrmsg),
				    n - sizeof(h) - sizeof(struct ifaddrmsg));
		if (h.nlmsg_type == RTM_NEWLINK)
			net.up = how < 0xf0;
		answer_code(how < 0xf0 ? 0 : how < 0xf8 ? -EEXIST
							: -ENODEV,
			    h.nlmsg_seq);
	}
}

/* ---- what a router does ---- */

static void address_event(uint8_t how)
{
	static const uint32_t state[] = { IFA_F_TENTATIVE, 0, IFA_F_DEPRECATED, IFA_F_TENTATIVE | IFA_F_DADFAILED,
					  IFA_F_PERMANENT, IFA_F_TENTATIVE | IFA_F_OPTIMISTIC, 0, 0 };
	struct address *a = &net.addr[(how & 0x0f) % ADDRS];
	uint8_t what = byte();

	if (!a->there)
		make_address(a->b, byte());
	a->there = what < 0xe0;
	a->index = what & 0x10 ? INDEX + 1 : INDEX;
	a->flags = state[what & 7];
	net.news++;
}

/* One thing that happens. Gives the time that it takes. */
static int64_t happen(void)
{
	uint8_t how = byte();

	switch (how >> 5) {
	case 0: break;
	case 1:
		net.ra_flags = RECEIVED | (how << 3 & 0xc0u);
		net.news++;
		break;
	case 2: address_event(how); break;
	case 3: net.news += 1u + how % 32; break;
	case 4: net.news += 10u * (how % 32); break;
	case 5: net.endless = how & 1; break;
	case 6:
		net.gone = how & 1;
		net.news++;
		break;
	default: return 1000 * (int64_t)(how & 0x1f) * 50;
	}
	return 1000 * (int64_t)(how & 3);
}

/* The option for name servers as a router sent it: nothing of it is checked by the kernel but that it fits. */
static size_t news_servers(struct nl_writer *w)
{
	struct nduseroptmsg head = { .nduseropt_family = AF_INET6, .nduseropt_ifindex = INDEX };
	uint8_t option[256] = { ND_RDNSS }, n = byte() % 8, how = byte();
	size_t len = 8 + 16u * n;

	option[1] = (uint8_t)(len / 8);
	option[7] = how & 0x0f;
	for (unsigned i = 0; i < n; i++) {
		make_address(option + 8 + 16 * i, byte());
		tell(option + 8 + 16 * i, 16);
	}
	if (how >= 0xe0)
		option[byte() & 7] = byte();
	if (how >= 0xf0)
		len = byte();
	head.nduseropt_opts_len = (uint16_t)len;
	nl_start(w, RTM_NEWNDUSEROPT, 0, &head, sizeof(head));
	memcpy(w->buf + w->len, option, len);
	w->len += len;
	put_u32(w->buf, (uint32_t)w->len);
	tell(option, len);
	return w->len;
}

/* One message of the kernel for everybody who listens. */
static ssize_t next_news(void *buf, size_t room)
{
	struct ifinfomsg head = { .ifi_index = INDEX };
	struct nl_writer w;
	uint8_t how;

	count_read();
	net.now_us += net.endless ? 10000 : 20;
	if (!net.news && !net.endless) {
		errno = EAGAIN;
		return -1;
	}
	net.news -= net.news > 0;
	how = byte();
	if (how == 0xff) {
		errno = ENOBUFS;
		return -1;
	}
	if (how >= 0x80) {
		(void)news_servers(&w);
	} else {
		nl_start(&w, RTM_NEWLINK, 0, &head, sizeof(head));
		write_link(&w);
	}
	room = w.len < room ? w.len : room;
	memcpy(buf, w.buf, room);
	return (ssize_t)room;
}

/* ---- a DHCP server ---- */

static uint8_t *put_head(uint8_t *at, uint16_t code, size_t n)
{
	put_u16(at, htons(code));
	put_u16(at + 2, htons((uint16_t)n));
	return at + 4;
}

static uint8_t *put_address(uint8_t *at)
{
	uint8_t how = byte();
	uint32_t valid = how & 0x80 ? byte() : how & 0x40 ? UINT32_MAX
							  : 512,
		 early = how & 0x20 ? 1000 : 60;

	at = put_head(at, 3, 40);
	put_u32(at, htonl(9)); /* the last four bytes of the address of the card */
	put_u32(at + 4, htonl(early));
	put_u32(at + 8, htonl(90));
	at = put_head(at + 12, 5, 24);
	make_address(at, byte());
	put_u32(at + 16, htonl(how & 0x10 ? valid + 1 : valid / 2));
	put_u32(at + 20, htonl(valid));
	return at + 24;
}

/* What a server would say to the last question; the input says what is wrong with it. */
static size_t make_reply(uint8_t *b)
{
	static const uint8_t server[] = { 0, 2, 0, 10, 0, 3, 0, 1, 2, 0, 0, 0, 0, 1 };
	uint8_t *at = b + 4, how = byte();

	memset(b, 0, ROOM);
	memcpy(b, net.asked, 4);
	b[0] = net.asked[0] == 1 ? 2 : 7;
	memcpy(at, server, sizeof(server));
	at += sizeof(server);
	for (size_t i = 4; i + 4 <= net.nasked;) { /* the client's own identifier comes back */
		size_t len = (size_t)net.asked[i + 2] << 8 | net.asked[i + 3];

		if (net.asked[i + 1] == 1 && len < 64 && i + 4 + len <= net.nasked) {
			memcpy(at, net.asked + i, 4 + len);
			at += 4 + len;
		}
		i += 4 + len;
	}
	for (unsigned i = how >> 6; i < 3; i++)
		at = put_address(at);
	if (how & 1) {
		at = put_head(at, 23, 32);
		make_address(at, byte());
		make_address(at + 16, byte());
		at += 32;
	}
	if (how & 2) {
		at = put_head(at, 24, 8);
		memcpy(at, "\3foo\2ba", 8);
		at += 8;
	}
	for (unsigned i = how >> 2 & 3; i > 0; i--)
		b[byte() % (size_t)(at - b)] = byte();
	return (size_t)(at - b);
}

static ssize_t next_reply(void *buf, size_t room)
{
	uint8_t b[ROOM];
	size_t n;

	count_read();
	if (!net.waiting) {
		errno = EAGAIN;
		return -1;
	}
	net.waiting--;
	net.now_us += 1000;
	n = make_reply(b);
	n = n < room ? n : room;
	tell(b, n);
	memcpy(buf, b, n);
	return (ssize_t)n;
}

#endif
