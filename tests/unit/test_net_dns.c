/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: DNS messages, hosts files, addresses.
 * Names that stand for names, names that go in circles, answers to another question.
 */
#include "check.h"

#include "net/addr.h"
#include "net/dns.h"

#include <errno.h>
#include <string.h>

#define NAME "\4dump\7example\3org\0"

struct msg {
	uint8_t b[512];
	size_t n;
};

/* A literal without the NUL that the compiler adds. */
#define PUT(m, s) put((m), (s), sizeof(s) - 1)

static void put(struct msg *m, const char *p, size_t n)
{
	memcpy(m->b + m->n, p, n);
	m->n += n;
}

/* An answer with the question for TYPE, and COUNT records to come. */
static void start(struct msg *m, uint8_t flags_hi, uint8_t flags_lo, uint8_t type, uint8_t count)
{
	const uint8_t head[] = { 0x12, 0x34, flags_hi, flags_lo, 0, 1, 0, count, 0, 0, 0, 0 };
	const uint8_t tail[] = { 0, type, 0, 1 };

	m->n = 0;
	put(m, (const char *)head, sizeof(head));
	PUT(m, NAME);
	put(m, (const char *)tail, sizeof(tail));
}

static int parse(const struct msg *m, uint16_t type, struct dns_answer *a)
{
	return dns_parse(m->b, m->n, "dump.example.org", type, 0x1234, a);
}

static void test_answers(void)
{
	struct dns_answer a;
	struct msg m;
	char text[64];

	start(&m, 0x81, 0x80, DNS_A, 3);
	PUT(&m, "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\7\4real\xc0\x11");
	PUT(&m, "\4REAL\xc0\x11\0\1\0\1\0\0\0\x1e\0\4\x0a\x09\0\2");
	PUT(&m, "\5other\xc0\x11\0\1\0\1\0\0\0\x1e\0\4\x0a\x09\0\3");
	CHECK_INT(parse(&m, DNS_A, &a), 0);
	CHECK_INT(a.n, 1);
	CHECK_STR(netaddr_text(&a.addr[0], text, sizeof(text)), "10.9.0.2");
	CHECK_STR(a.name, "real.example.org");
	CHECK_INT(a.ttl_s, 30);
	CHECK_INT(parse(&m, DNS_AAAA, &a), -ENOMSG);
	CHECK_INT(dns_parse(m.b, m.n, "dump.example.org.", DNS_A, 0x1234, &a), 0);
	CHECK_INT(dns_parse(m.b, m.n, "dump.example.com", DNS_A, 0x1234, &a), -ENOMSG);
	CHECK_INT(dns_parse(m.b, m.n, "dump.example.org", DNS_A, 0x1235, &a), -ENOMSG);
	m.b[2] = 1; /* a question */
	CHECK_INT(parse(&m, DNS_A, &a), -ENOMSG);
}

static void test_codes(void)
{
	struct dns_answer a;
	struct msg m;

	start(&m, 0x85, 0x83, DNS_A, 0);
	CHECK_INT(parse(&m, DNS_A, &a), 0);
	CHECK(a.code == 3 && a.n == 0 && !a.truncated);
	start(&m, 0x83, 0x80, DNS_A, 9);
	CHECK_INT(parse(&m, DNS_A, &a), 0); /* cut: the records are not looked for */
	CHECK(a.truncated && a.n == 0);
	start(&m, 0x81, 0x80, DNS_A, 9);
	CHECK_INT(parse(&m, DNS_A, &a), -EBADMSG); /* records that are not there */
}

static void test_circles(void)
{
	struct dns_answer a;
	struct msg m;
	char name[DNS_NAME];
	size_t at = 0;

	start(&m, 0x81, 0x80, DNS_A, 1);
	PUT(&m, "\xc0\x0c\0\5\0\1\0\0\0\x3c\0\2\xc0\x0c"); /* an alias of itself */
	CHECK_INT(parse(&m, DNS_A, &a), 0);
	CHECK_INT(a.n, 0);
	m.n = 0;
	PUT(&m, "\1a\xc0\0"); /* a name in itself */
	CHECK_INT(dns_name(m.b, m.n, &at, name), -EBADMSG);
	CHECK_INT(at, 0);
	m.n = 0;
	PUT(&m, "\3a/b\0");
	CHECK_INT(dns_name(m.b, m.n, &at, name), -EBADMSG);
	m.n = 0;
	PUT(&m, "\1a\1b"); /* no end */
	CHECK_INT(dns_name(m.b, m.n, &at, name), -EBADMSG);
	m.n = 0;
	PUT(&m, "\1a\0\1b\xc0\0");
	at = 3;
	CHECK_INT(dns_name(m.b, m.n, &at, name), 0);
	CHECK_STR(name, "b.a");
	CHECK_INT(at, 7);
}

static void test_queries(void)
{
	uint8_t buf[DNS_QUERY];
	char longest[300];

	CHECK_INT(dns_build("dump.example.org", DNS_AAAA, 0x1234, buf), 12 + 18 + 4);
	CHECK(memcmp(buf, "\x12\x34\x01\0\0\1\0\0\0\0\0\0" NAME "\0\x1c\0\1", 34) == 0);
	CHECK_INT(dns_build("", DNS_A, 1, buf), -EINVAL);
	CHECK_INT(dns_build("a..b", DNS_A, 1, buf), -EINVAL);
	CHECK_INT(dns_build("a b", DNS_A, 1, buf), -EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[64] = '\0';
	CHECK_INT(dns_build(longest, DNS_A, 1, buf), -EINVAL);
	longest[63] = '\0';
	CHECK(dns_build(longest, DNS_A, 1, buf) > 0);
}

static void test_hosts(void)
{
	static const char text[] = "# dump\n127.0.0.1\tlocalhost\n10.9.0.1 dump.example.org dump # x\n"
				   "nonsense dump\n2001:db8::1 DUMP\n10.9.0.3 # dump\n10.9.0.4 dump";
	struct link_addr found[4];
	char buf[64];

	CHECK_INT(hosts_find(text, strlen(text), "dump", found, 4), 3);
	CHECK_STR(netaddr_text(&found[0], buf, sizeof(buf)), "10.9.0.1");
	CHECK_STR(netaddr_text(&found[1], buf, sizeof(buf)), "2001:db8::1");
	CHECK_STR(netaddr_text(&found[2], buf, sizeof(buf)), "10.9.0.4");
	CHECK_INT(hosts_find(text, strlen(text), "dump", found, 1), 1);
	CHECK_INT(hosts_find(text, strlen(text), "dum", found, 4), 0);
	CHECK_INT(hosts_find("", 0, "dump", found, 4), 0);
}

static void test_addresses(void)
{
	struct link_addr a, net;
	unsigned scope = 9;

	CHECK_INT(netaddr_parse("fe80::1%lo", &a, &scope), 0);
	CHECK(scope == 1 && netaddr_link_local(&a));
	CHECK_INT(netaddr_parse("fe80::1%nothing", &a, &scope), -EINVAL);
	CHECK_INT(netaddr_parse("10.0.0.1%lo", &a, &scope), -EINVAL);
	CHECK_INT(netaddr_parse("10.0.0", &a, &scope), -EINVAL);
	CHECK_INT(netaddr_parse("10.9.3.7", &a, &scope), 0);
	CHECK_INT(netaddr_parse("10.9.2.0", &net, &scope), 0);
	net.prefix = 23;
	CHECK(netaddr_in(&a, &net));
	net.prefix = 24;
	CHECK(!netaddr_in(&a, &net));
}

int main(void)
{
	test_answers();
	test_codes();
	test_circles();
	test_queries();
	test_hosts();
	test_addresses();
	return check_done();
}
