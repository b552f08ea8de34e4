/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: DHCP messages for IPv6.
 * Pure. RFC 8415; name servers: RFC 3646.
 */
#include "net/dhcp6.h"

#include "base/bytes.h"
#include "net/addr.h"
#include "net/dns.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* RFC 8415, 21 and RFC 3646: option codes. */
enum {
	OPT_CLIENT = 1,
	OPT_SERVER = 2,
	OPT_IA_NA = 3,
	OPT_ADDR = 5,
	OPT_ORO = 6,
	OPT_ELAPSED = 8,
	OPT_STATUS = 13,
	OPT_RAPID = 14,
	OPT_DNS = 23,
	OPT_DOMAINS = 24,
};

#define HEAD      4  /* type and transaction */
#define DUID_SIZE 10 /* type 3 (link-layer address), hardware 1 (Ethernet), the address; RFC 8415, 11.4 */
#define IA_HEAD   12 /* IAID, T1, T2 */
#define ADDR_HEAD 24 /* address, preferred and valid lifetime */

static uint16_t be16(const uint8_t *p)
{
	return be16toh(get_u16(p));
}

static uint32_t be32(const uint8_t *p)
{
	return be32toh(get_u32(p));
}

static void make_duid(const uint8_t mac[6], uint8_t duid[DUID_SIZE])
{
	put_u16(duid, htobe16(3));
	put_u16(duid + 2, htobe16(1));
	memcpy(duid + 4, mac, 6);
}

static uint8_t *put_option(uint8_t *at, uint16_t code, const void *data, uint16_t n)
{
	put_u16(at, htobe16(code));
	put_u16(at + 2, htobe16(n));
	if (n)
		memcpy(at + 4, data, n);
	return at + 4 + n;
}

static uint8_t *put_ia(uint8_t *at, const struct dhcp6_query *q)
{
	uint8_t ia[IA_HEAD + 4 + ADDR_HEAD] = { 0 }, addr[ADDR_HEAD] = { 0 };
	uint16_t n = IA_HEAD;

	memcpy(ia, q->mac + 2, 4);
	if (q->addr.family) {
		memcpy(addr, q->addr.b, 16);
		(void)put_option(ia + IA_HEAD, OPT_ADDR, addr, sizeof(addr));
		n = sizeof(ia);
	}
	return put_option(at, OPT_IA_NA, ia, n);
}

size_t dhcp6_build(const struct dhcp6_query *q, uint8_t buf[DHCP6_ROOM])
{
	static const uint8_t want[] = { 0, OPT_DNS, 0, OPT_DOMAINS };
	uint8_t duid[DUID_SIZE], *at = buf + HEAD;
	uint16_t elapsed = htobe16(q->elapsed);

	put_u32(buf, htobe32((uint32_t)q->type << 24 | (q->xid & 0xffffff)));
	make_duid(q->mac, duid);
	at = put_option(at, OPT_CLIENT, duid, sizeof(duid));
	if (q->server.n)
		at = put_option(at, OPT_SERVER, q->server.b, q->server.n);
	at = put_option(at, OPT_ELAPSED, &elapsed, sizeof(elapsed));
	at = put_option(at, OPT_ORO, want, sizeof(want));
	if (q->type == DHCP6_SOLICIT)
		at = put_option(at, OPT_RAPID, NULL, 0);
	if (q->type != DHCP6_INFORMATION)
		at = put_ia(at, q);
	return (size_t)(at - buf);
}

struct option {
	uint16_t code;
	const uint8_t *p;
	size_t n;
};

/* 1: an option, *P moves behind it; 0: the end; -EBADMSG. */
static int next_option(const uint8_t **p, size_t *n, struct option *ret)
{
	if (*n == 0)
		return 0;
	if (*n < 4 || be16(*p + 2) > *n - 4)
		return -EBADMSG;
	*ret = (struct option){ .code = be16(*p), .p = *p + 4, .n = be16(*p + 2) };
	*p += 4 + ret->n;
	*n -= 4 + ret->n;
	return 1;
}

static void take_status(const struct option *o, struct dhcp6_reply *r)
{
	if (o->n >= 2 && r->status == 0)
		r->status = be16(o->p);
}

/*
 * The first address that a host can have beyond its link, with a lifetime. RFC 8415, 18.2.10.1: one that is preferred
 * longer than it is valid is passed over.
 */
static int take_address(const struct option *o, struct dhcp6_reply *r)
{
	struct link_addr a = { .family = AF_INET6, .prefix = 128 };
	uint32_t valid;

	if (o->n < ADDR_HEAD)
		return -EBADMSG;
	memcpy(a.b, o->p, 16);
	valid = be32(o->p + 20);
	if (r->addr.family || valid == 0 || be32(o->p + 16) > valid || !netaddr_of_host(&a) || netaddr_link_local(&a))
		return 0;
	r->addr = a;
	r->valid_s = valid;
	return 0;
}

/* RFC 8415, 14.2 and 21.4: times that the server leaves to us, or that contradict each other. */
static void take_times(struct dhcp6_reply *r, uint32_t t1, uint32_t t2)
{
	r->rebind_s = t2 && t2 <= r->valid_s ? t2 : r->valid_s - r->valid_s / 5;
	r->renew_s = t1 && t1 <= r->rebind_s ? t1 : r->rebind_s / 8 * 5;
}

static int take_ia(const struct option *ia, const uint8_t mac[6], struct dhcp6_reply *r)
{
	const uint8_t *p;
	struct option o;
	size_t n;
	int rc;

	if (ia->n < IA_HEAD)
		return -EBADMSG;
	if (memcmp(ia->p, mac + 2, 4) != 0 || r->addr.family)
		return 0;
	p = ia->p + IA_HEAD;
	n = ia->n - IA_HEAD;
	while ((rc = next_option(&p, &n, &o)) > 0) {
		if (o.code == OPT_STATUS)
			take_status(&o, r);
		if (o.code == OPT_ADDR && take_address(&o, r))
			return -EBADMSG;
	}
	if (rc == 0 && r->addr.family)
		take_times(r, be32(ia->p + 4), be32(ia->p + 8));
	return rc;
}

static void take_dns(const struct option *o, struct dhcp6_reply *r)
{
	for (size_t at = 0; at + 16 <= o->n && r->ndns < DHCP6_DNS; at += 16) {
		r->dns[r->ndns] = (struct link_addr){ .family = AF_INET6, .prefix = 128 };
		memcpy(r->dns[r->ndns++].b, o->p + at, 16);
	}
}

/* RFC 3646, 4: names as DNS writes them, without pointers. */
static void take_domains(const struct option *o, struct dhcp6_reply *r)
{
	size_t at = 0;
	char name[DNS_NAME];

	if (!*r->domain && dns_name(o->p, o->n, &at, name) == 0 && strlen(name) < sizeof(r->domain))
		memcpy(r->domain, name, strlen(name) + 1);
}

struct seen {
	bool client, server;
};

static int take_option(const struct option *o, const uint8_t mac[6], struct seen *seen, struct dhcp6_reply *r)
{
	uint8_t duid[DUID_SIZE];

	switch (o->code) {
	case OPT_CLIENT:
		make_duid(mac, duid);
		seen->client = o->n == sizeof(duid) && memcmp(o->p, duid, sizeof(duid)) == 0;
		return seen->client ? 0 : -ENOMSG;
	case OPT_SERVER:
		if (o->n == 0 || o->n > DHCP6_DUID)
			return -EBADMSG;
		r->server.n = (uint16_t)o->n;
		memcpy(r->server.b, o->p, o->n);
		seen->server = true;
		return 0;
	case OPT_IA_NA: return take_ia(o, mac, r);
	case OPT_STATUS: take_status(o, r); return 0;
	case OPT_RAPID: r->rapid = true; return 0;
	case OPT_DNS: take_dns(o, r); return 0;
	case OPT_DOMAINS: take_domains(o, r); return 0;
	default: return 0;
	}
}

int dhcp6_parse(const uint8_t *p, size_t n, uint32_t xid, const uint8_t mac[6], struct dhcp6_reply *ret)
{
	struct dhcp6_reply r = { 0 };
	struct seen seen = { 0 };
	struct option o;
	int rc;

	if (n < HEAD || (p[0] != DHCP6_ADVERTISE && p[0] != DHCP6_REPLY))
		return -EBADMSG;
	if ((be32(p) & 0xffffff) != (xid & 0xffffff))
		return -ENOMSG;
	r.type = (enum dhcp6_type)p[0];
	p += HEAD;
	n -= HEAD;
	while ((rc = next_option(&p, &n, &o)) > 0) {
		rc = take_option(&o, mac, &seen, &r);
		if (rc)
			return rc;
	}
	if (rc || !seen.server || !seen.client)
		return -EBADMSG;
	*ret = r;
	return 0;
}
