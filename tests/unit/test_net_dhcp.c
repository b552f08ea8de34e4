/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: DHCP messages.
 * Questions have the bytes that the RFCs give them; of answers, what is missing, damaged or meant for another.
 */
#include "check.h"

#include "base/bytes.h"
#include "net/addr.h"
#include "net/dhcp4.h"
#include "net/dhcp6.h"

#include <endian.h>
#include <errno.h>

static const uint8_t mac[6] = { 0x52, 0x54, 0, 0, 0, 1 };

/* An answer in the making. */
struct msg {
	uint8_t b[1200];
	size_t n;
};

static void start4(struct msg *m)
{
	static const uint8_t yours[] = { 10, 9, 0, 85 };

	memset(m, 0, sizeof(*m));
	m->b[0] = 2;
	put_u32(m->b + 4, htobe32(0x1234));
	memcpy(m->b + 16, yours, 4);
	memcpy(m->b + 28, mac, 6);
	put_u32(m->b + 236, htobe32(0x63825363));
	m->n = 240;
}

static void put(struct msg *m, const void *p, size_t n)
{
	memcpy(m->b + m->n, p, n);
	m->n += n;
}

#define PUT(m, ...)                                       \
	do {                                              \
		const uint8_t bytes_[] = { __VA_ARGS__ }; \
		put((m), bytes_, sizeof(bytes_));         \
	} while (0)

static void is_addr(const struct link_addr *a, const char *text)
{
	char buf[64];

	CHECK_STR(netaddr_text(a, buf, sizeof(buf)), text);
}

static void test_offer4(void)
{
	struct dhcp4_reply r;
	struct msg m;

	start4(&m);
	PUT(&m, 53, 1, 2, 54, 4, 10, 9, 0, 1, 1, 4, 255, 255, 255, 0, 3, 8, 10, 9, 0, 1, 10, 9, 0, 2);
	PUT(&m, 0, 0, 6, 8, 10, 9, 0, 1, 8, 8, 8, 8, 15, 11, 'e', 'x', 'a', 'm', 'p', 'l', 'e', '.', 'o', 'r', 'g');
	PUT(&m, 51, 4, 0, 0, 0, 80, 26, 2, 5, 120, 255);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), 0);
	CHECK_INT(r.type, DHCP4_OFFER);
	is_addr(&r.addr, "10.9.0.85/24");
	is_addr(&r.server, "10.9.0.1");
	CHECK_INT(r.nroute, 1);
	is_addr(&r.route[0].to, "0.0.0.0/0");
	is_addr(&r.route[0].via, "10.9.0.1");
	CHECK_INT(r.ndns, 2);
	is_addr(&r.dns[1], "8.8.8.8");
	CHECK_STR(r.domain, "example.org");
	CHECK_INT(r.mtu, 1400);
	CHECK_INT(r.lease_s, 80);
	CHECK_INT(r.rebind_s, 70);
	CHECK_INT(r.renew_s, 40);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1235, mac, &r), -ENOMSG);
	m.b[28]++;
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), -ENOMSG);
}

static void test_routes4(void)
{
	struct dhcp4_reply r;
	struct msg m;

	/* classless routes are in two parts, one of them in the field for the server's name; they hide the router */
	start4(&m);
	PUT(&m, 53, 1, 5, 52, 1, 2, 3, 4, 10, 9, 0, 9, 121, 6, 24, 192, 168, 7, 10, 9, 255);
	memcpy(m.b + 44, (const uint8_t[]){ 121, 7, 0, 7, 0, 10, 9, 0, 1, 255 }, 10);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), 0);
	CHECK_INT(r.type, DHCP4_ACK);
	CHECK_INT(r.nroute, 2);
	is_addr(&r.route[0].to, "192.168.7.0/24");
	is_addr(&r.route[0].via, "10.9.0.7");
	is_addr(&r.route[1].via, "10.9.0.1");
	is_addr(&r.addr, "10.9.0.85/8"); /* no mask: that of the class */
	CHECK_INT(r.lease_s, UINT32_MAX);
	/* a route that is cut */
	start4(&m);
	PUT(&m, 53, 1, 5, 121, 5, 24, 192, 168, 7, 10, 255);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), -EBADMSG);
}

static void test_damaged4(void)
{
	struct dhcp4_reply r;
	struct msg m;

	start4(&m);
	PUT(&m, 255);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), -EBADMSG); /* no type: BOOTP */
	start4(&m);
	PUT(&m, 53, 1, 2, 54, 9, 10);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), -EBADMSG); /* an option longer than the message */
	start4(&m);
	PUT(&m, 53, 1, 2, 1, 4, 255, 0, 255, 0, 255);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), -EBADMSG); /* a mask with holes */
	start4(&m);
	PUT(&m, 53, 1, 2, 255);
	memset(m.b + 16, 0, 4);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), -EBADMSG); /* an offer of nothing */
	m.b[242] = 6;
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), 0); /* a refusal has no address */
	CHECK_INT(dhcp4_parse(m.b, 239, 0x1234, mac, &r), -EBADMSG);
	start4(&m);
	PUT(&m, 53, 1, 5, 26, 2, 1, 0, 15, 5, 'a', '/', '.', '.', 0, 255);
	CHECK_INT(dhcp4_parse(m.b, m.n, 0x1234, mac, &r), 0);
	CHECK_INT(r.mtu, 0); /* fewer bytes than every host takes */
	CHECK_STR(r.domain, "a");
}

static void test_query4(void)
{
	struct dhcp4_query q = { .type = DHCP4_REQUEST, .xid = 0x01020304, .broadcast = true };
	uint8_t buf[DHCP4_ROOM];
	static const uint8_t request[] = { 53, 1, 3, 61, 7, 1, 0x52, 0x54, 0, 0, 0, 1,
					   50, 4, 10, 9, 0, 85, 54, 4, 10, 9, 0, 1 };
	struct dhcp4_who who = { .nid = 2, .id = { 0xff, 7 }, .host = "box" };
	size_t n, off, len;
	unsigned scope;

	memcpy(q.mac, mac, 6);
	CHECK_INT(netaddr_parse("10.9.0.85", &q.wanted, &scope), 0);
	CHECK_INT(netaddr_parse("10.9.0.1", &q.server, &scope), 0);
	n = dhcp4_build(&q, buf + DHCP4_HEADERS, sizeof(buf) - DHCP4_HEADERS);
	CHECK_INT(n, 300);
	CHECK(buf[28] == 1 && buf[32] == 1 && buf[38] == 0x80 && memcmp(buf + 28 + 28, mac, 6) == 0);
	CHECK(memmem(buf, sizeof(buf), request, sizeof(request)) != NULL);
	n = dhcp4_wrap(buf, n);
	CHECK_INT(n, 328);
	CHECK_INT(dhcp4_unwrap(buf, n, true, &off, &len), -EBADMSG); /* it goes to a server */
	put_u16(buf + 20, htobe16(67));                              /* the same sum with the ports changed */
	put_u16(buf + 22, htobe16(68));
	CHECK_INT(dhcp4_unwrap(buf, n, true, &off, &len), 0);
	CHECK(off == 28 && len == 300);
	buf[100] ^= 1;
	CHECK_INT(dhcp4_unwrap(buf, n, true, &off, &len), -EBADMSG);
	CHECK_INT(dhcp4_unwrap(buf, n, false, &off, &len), 0);
	CHECK_INT(dhcp4_unwrap(buf, n - 1, false, &off, &len), -EBADMSG);
	buf[8] ^= 1;
	CHECK_INT(dhcp4_unwrap(buf, n, false, &off, &len), -EBADMSG); /* the header's own sum */
	q.who = &who;
	(void)dhcp4_build(&q, buf, sizeof(buf));
	CHECK(memmem(buf, sizeof(buf), "\x35\x01\x03\x3d\x02\xff\x07\x0c\x03"
				       "box\x32",
		     13) != NULL);
}

static const uint8_t client6[] = { 0, 1, 0, 10, 0, 3, 0, 1, 0x52, 0x54, 0, 0, 0, 1 };
static const uint8_t server6[] = { 0, 2, 0, 4, 9, 9, 9, 9 };

static void start6(struct msg *m, uint8_t type)
{
	memset(m, 0, sizeof(*m));
	PUT(m, type, 0, 0x12, 0x34);
	put(m, client6, sizeof(client6));
	put(m, server6, sizeof(server6));
}

static void test_reply6(void)
{
	struct dhcp6_reply r;
	struct msg m;

	start6(&m, DHCP6_REPLY);
	PUT(&m, 0, 3, 0, 40, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0, 0, 105, 0, 5, 0, 24);
	PUT(&m, 0x20, 1, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x0a, 0, 0, 0, 120, 0, 0, 0, 120);
	PUT(&m, 0, 23, 0, 16, 0x20, 1, 0x0d, 0xb8, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
	PUT(&m, 0, 24, 0, 5, 3, 'l', 'a', 'n', 0, 0, 14, 0, 0);
	CHECK_INT(dhcp6_parse(m.b, m.n, 0x1234, mac, &r), 0);
	is_addr(&r.addr, "2001:db8:9::10a");
	CHECK(r.valid_s == 120 && r.renew_s == 60 && r.rebind_s == 105 && r.rapid && r.status == 0);
	CHECK(r.server.n == 4 && r.server.b[3] == 9);
	CHECK_INT(r.ndns, 1);
	is_addr(&r.dns[0], "2001:db8:9::1");
	CHECK_STR(r.domain, "lan");
	CHECK_INT(dhcp6_parse(m.b, m.n, 0x1235, mac, &r), -ENOMSG);
	CHECK_INT(dhcp6_parse(m.b, m.n - 1, 0x1234, mac, &r), -EBADMSG);
	m.b[17]++; /* the client's DUID */
	CHECK_INT(dhcp6_parse(m.b, m.n, 0x1234, mac, &r), -ENOMSG);
}

static void test_refused6(void)
{
	struct dhcp6_reply r;
	struct msg m;

	start6(&m, DHCP6_ADVERTISE);
	PUT(&m, 0, 3, 0, 18, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13, 0, 2, 0, 2);
	CHECK_INT(dhcp6_parse(m.b, m.n, 0x1234, mac, &r), 0);
	CHECK(r.status == 2 && !r.addr.family);
	memset(&m, 0, sizeof(m));
	PUT(&m, DHCP6_REPLY, 0, 0x12, 0x34);
	put(&m, client6, sizeof(client6));
	CHECK_INT(dhcp6_parse(m.b, m.n, 0x1234, mac, &r), -EBADMSG); /* whose? */
	start6(&m, DHCP6_SOLICIT);
	CHECK_INT(dhcp6_parse(m.b, m.n, 0x1234, mac, &r), -EBADMSG); /* a question */
}

/* One address with these lifetimes in a reply. */
static void lend6(struct msg *m, const char *text, uint8_t preferred, uint8_t valid)
{
	struct link_addr a;
	unsigned scope;

	CHECK_INT(netaddr_parse(text, &a, &scope), 0);
	PUT(m, 0, 5, 0, 24);
	put(m, a.b, sizeof(a.b));
	PUT(m, 0, 0, 0, preferred, 0, 0, 0, valid);
}

static void test_addresses6(void)
{
	static const char *const no[] = { "::", "::1", "fe80::7", "ff02::1" };
	struct dhcp6_reply r;
	struct msg m;

	start6(&m, DHCP6_REPLY);
	PUT(&m, 0, 3, 0, 12 + 7 * 28, 0, 0, 0, 1, 0, 0, 0, 60, 0, 0, 0, 105);
	for (unsigned i = 0; i < 4; i++)
		lend6(&m, no[i], 60, 120);
	lend6(&m, "2001:db8::1", 121, 120); /* RFC 8415, 18.2.10.1 */
	lend6(&m, "2001:db8::2", 0, 0);
	lend6(&m, "2001:db8::3", 120, 120);
	CHECK_INT(dhcp6_parse(m.b, m.n, 0x1234, mac, &r), 0);
	is_addr(&r.addr, "2001:db8::3");
}

static void test_query6(void)
{
	struct dhcp6_query q = { .type = DHCP6_REQUEST, .xid = 0x1234, .elapsed = 7 };
	uint8_t buf[DHCP6_ROOM];
	size_t n;

	memcpy(q.mac, mac, 6);
	q.server.n = 4;
	memset(q.server.b, 9, 4);
	n = dhcp6_build(&q, buf);
	CHECK(buf[0] == 3 && buf[2] == 0x12 && buf[3] == 0x34);
	CHECK(memcmp(buf + 4, client6, sizeof(client6)) == 0);
	CHECK(memcmp(buf + 18, server6, sizeof(server6)) == 0);
	CHECK(memmem(buf, n, "\0\3\0\14\0\0\0\1", 8) != NULL); /* the address that is asked for, by its IAID */
	q.type = DHCP6_INFORMATION;
	n = dhcp6_build(&q, buf);
	CHECK(memmem(buf, n, "\0\3\0\14", 4) == NULL);
}

int main(void)
{
	test_offer4();
	test_routes4();
	test_damaged4();
	test_query4();
	test_reply6();
	test_refused6();
	test_addresses6();
	test_query6();
	return check_done();
}
