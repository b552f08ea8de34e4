/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: DHCP messages for IPv4 and the packets they travel in.
 * Pure. RFC 2131, 2132 (options), 3396 (long options), 3442 (classless routes).
 */
#include "net/dhcp4.h"

#include "base/bytes.h"
#include "base/str.h"
#include "net/addr.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

/* RFC 2131, section 2: offsets of the fixed part. */
enum {
	AT_OP = 0,
	AT_HTYPE = 1,
	AT_HLEN = 2,
	AT_XID = 4,
	AT_SECS = 8,
	AT_FLAGS = 10,
	AT_CIADDR = 12,
	AT_YIADDR = 16,
	AT_CHADDR = 28,
	AT_SNAME = 44,
	AT_FILE = 108,
	AT_COOKIE = 236,
	AT_OPTIONS = 240,
};
#define SNAME_LEN 64
#define FILE_LEN  128
#define COOKIE    0x63825363u
#define MIN_BYTES 300 /* RFC 1542, 2.1: relays may drop shorter ones */

/* RFC 2132 and 3442: option codes. */
enum {
	OPT_PAD = 0,
	OPT_MASK = 1,
	OPT_ROUTER = 3,
	OPT_DNS = 6,
	OPT_HOST = 12,
	OPT_DOMAIN = 15,
	OPT_MTU = 26,
	OPT_REQUESTED = 50,
	OPT_LEASE = 51,
	OPT_OVERLOAD = 52,
	OPT_TYPE = 53,
	OPT_SERVER = 54,
	OPT_WANT = 55,
	OPT_MAX_SIZE = 57,
	OPT_RENEW = 58,
	OPT_REBIND = 59,
	OPT_CLIENT = 61,
	OPT_ROUTES = 121,
	OPT_END = 255,
};

#define OPTION_ROOM 512 /* bytes of one option with all of its parts */

static uint16_t be16(const uint8_t *p)
{
	return be16toh(get_u16(p));
}

static uint32_t be32(const uint8_t *p)
{
	return be32toh(get_u32(p));
}

static uint8_t *put_option(uint8_t *at, uint8_t code, const void *data, uint8_t n)
{
	at[0] = code;
	at[1] = n;
	memcpy(at + 2, data, n);
	return at + 2 + n;
}

/* RFC 2132, 9.14 and 3.14. The same identifier is in every message: servers keep their leases by it. */
static uint8_t *put_who(uint8_t *at, const struct dhcp4_query *q)
{
	uint8_t hardware[7] = { 1 }; /* Ethernet */

	memcpy(hardware + 1, q->mac, 6);
	if (q->who && q->who->nid)
		at = put_option(at, OPT_CLIENT, q->who->id, q->who->nid);
	else
		at = put_option(at, OPT_CLIENT, hardware, sizeof(hardware));
	if (q->who && *q->who->host)
		at = put_option(at, OPT_HOST, q->who->host, (uint8_t)strlen(q->who->host));
	return at;
}

size_t dhcp4_build(const struct dhcp4_query *q, uint8_t *buf, size_t n)
{
	static const uint8_t want[] = { OPT_MASK, OPT_ROUTES, OPT_ROUTER, OPT_DNS,
					OPT_DOMAIN, OPT_MTU, OPT_RENEW, OPT_REBIND };
	uint16_t size = htobe16((uint16_t)(DHCP4_ROOM - DHCP4_HEADERS));
	uint8_t type = (uint8_t)q->type, *at = buf + AT_OPTIONS;

	memset(buf, 0, n);
	buf[AT_OP] = 1;    /* to a server */
	buf[AT_HTYPE] = 1; /* Ethernet */
	buf[AT_HLEN] = 6;
	put_u32(buf + AT_XID, htobe32(q->xid));
	put_u16(buf + AT_SECS, htobe16(q->secs));
	put_u16(buf + AT_FLAGS, htobe16(q->broadcast ? 0x8000 : 0));
	if (q->ours.family)
		memcpy(buf + AT_CIADDR, q->ours.b, 4);
	memcpy(buf + AT_CHADDR, q->mac, 6);
	put_u32(buf + AT_COOKIE, htobe32(COOKIE));
	at = put_option(at, OPT_TYPE, &type, 1);
	at = put_who(at, q);
	if (q->wanted.family)
		at = put_option(at, OPT_REQUESTED, q->wanted.b, 4);
	if (q->server.family)
		at = put_option(at, OPT_SERVER, q->server.b, 4);
	if (q->type == DHCP4_DISCOVER || q->type == DHCP4_REQUEST) {
		at = put_option(at, OPT_MAX_SIZE, &size, 2);
		at = put_option(at, OPT_WANT, want, sizeof(want));
	}
	*at++ = OPT_END;
	return at - buf < MIN_BYTES ? MIN_BYTES : (size_t)(at - buf);
}

/* All parts of option CODE in the N bytes at P go behind the *LEN bytes in OUT. -EBADMSG: damaged. */
static int gather_area(const uint8_t *p, size_t n, uint8_t code, uint8_t *out, size_t *len)
{
	size_t at = 0;

	while (at < n && p[at] != OPT_END) {
		size_t size;

		if (p[at] == OPT_PAD) {
			at++;
			continue;
		}
		if (n - at < 2 || p[at + 1] > n - at - 2)
			return -EBADMSG;
		size = p[at + 1];
		if (p[at] == code && size > OPTION_ROOM - *len)
			return -EBADMSG;
		if (p[at] == code) {
			memcpy(out + *len, p + at + 2, size);
			*len += size;
		}
		at += 2 + size;
	}
	return 0;
}

struct message {
	const uint8_t *p;
	size_t n;
	uint8_t overload; /* 1: `file` holds options, 2: `sname`, 3: both */
};

/* The option CODE in OUT of OPTION_ROOM bytes: its length, 0 when there is none, or -EBADMSG. */
static int gather(const struct message *m, uint8_t code, uint8_t *out)
{
	size_t len = 0;

	if (gather_area(m->p + AT_OPTIONS, m->n - AT_OPTIONS, code, out, &len) ||
	    (m->overload & 1 && gather_area(m->p + AT_FILE, FILE_LEN, code, out, &len)) ||
	    (m->overload & 2 && gather_area(m->p + AT_SNAME, SNAME_LEN, code, out, &len)))
		return -EBADMSG;
	return (int)len;
}

static struct link_addr addr4(const uint8_t *p)
{
	struct link_addr a = { .family = AF_INET, .prefix = 32 };

	memcpy(a.b, p, 4);
	return a;
}

/* RFC 3442: prefix, as many bytes of the net as it has, router; again and again. */
static int parse_routes(const uint8_t *p, size_t n, struct dhcp4_reply *ret)
{
	size_t at = 0;

	while (at < n) {
		struct dhcp4_route r = { .to = { .family = AF_INET } };
		size_t bytes = (p[at] + 7u) / 8;

		if (p[at] > 32 || n - at < 1 + bytes + 4)
			return -EBADMSG;
		r.to.prefix = p[at];
		memcpy(r.to.b, p + at + 1, bytes);
		r.via = addr4(p + at + 1 + bytes);
		at += 1 + bytes + 4;
		if (ret->nroute < DHCP4_ROUTES)
			ret->route[ret->nroute++] = r;
	}
	return 0;
}

/* The classless ones alone where the server has them, RFC 3442; else the first router. */
static int take_routes(const struct message *m, uint8_t *opt, struct dhcp4_reply *r)
{
	int n = gather(m, OPT_ROUTES, opt);

	if (n > 0)
		return parse_routes(opt, (size_t)n, r);
	if (n == 0)
		n = gather(m, OPT_ROUTER, opt);
	if (n >= 4) {
		r->route[0].to.family = AF_INET;
		r->route[0].via = addr4(opt);
		r->nroute = 1;
	}
	return n < 0 ? n : 0;
}

/* A mask has its ones in front; another one is not believed. */
static int take_mask(const struct message *m, uint8_t *opt, struct dhcp4_reply *r)
{
	int n = gather(m, OPT_MASK, opt);
	uint32_t mask;

	if (n < 0)
		return n;
	if (n < 4) {
		/* none told: what the class of the address had, RFC 791 */
		r->addr.prefix = r->addr.b[0] < 128 ? 8 : r->addr.b[0] < 192 ? 16
									     : 24;
		return 0;
	}
	mask = be32(opt);
	if (~mask & (~mask + 1))
		return -EBADMSG;
	for (r->addr.prefix = 0; mask; mask <<= 1)
		r->addr.prefix++;
	return 0;
}

static int take_dns(const struct message *m, uint8_t *opt, struct dhcp4_reply *r)
{
	int n = gather(m, OPT_DNS, opt);

	for (int at = 0; at + 4 <= n && r->ndns < DHCP4_DNS; at += 4)
		r->dns[r->ndns++] = addr4(opt + at);
	return n < 0 ? n : 0;
}

/* Of a list only the first name; a name with other bytes is none. */
static int take_domain(const struct message *m, uint8_t *opt, struct dhcp4_reply *r)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	int n = gather(m, OPT_DOMAIN, opt);
	size_t len = 0;

	while (len < (size_t)(n > 0 ? n : 0) && opt[len] && strchr(letters, opt[len]))
		len++;
	if (len > 0 && len < sizeof(r->domain)) {
		memcpy(r->domain, opt, len);
		r->domain[len] = '\0';
	}
	return n < 0 ? n : 0;
}

static int take_u32(const struct message *m, uint8_t code, uint8_t *opt, uint32_t *ret)
{
	int n = gather(m, code, opt);

	if (n >= 4)
		*ret = be32(opt);
	return n < 0 ? n : 0;
}

/* RFC 2131, 4.4.5: half of the lease and seven eighths, where the server does not say. */
static int take_times(const struct message *m, uint8_t *opt, struct dhcp4_reply *r)
{
	uint32_t renew = 0, rebind = 0;
	int rc;

	r->lease_s = UINT32_MAX;
	rc = take_u32(m, OPT_LEASE, opt, &r->lease_s);
	if (rc == 0)
		rc = take_u32(m, OPT_RENEW, opt, &renew);
	if (rc == 0)
		rc = take_u32(m, OPT_REBIND, opt, &rebind);
	r->rebind_s = rebind && rebind <= r->lease_s ? rebind : r->lease_s - r->lease_s / 8;
	r->renew_s = renew && renew <= r->rebind_s ? renew : r->rebind_s / 7 * 4;
	return rc;
}

static int take_options(const struct message *m, struct dhcp4_reply *r)
{
	uint8_t opt[OPTION_ROOM];
	int n = gather(m, OPT_TYPE, opt);

	if (n != 1 || opt[0] < DHCP4_DISCOVER || opt[0] > DHCP4_RELEASE)
		return -EBADMSG;
	r->type = (enum dhcp4_type)opt[0];
	n = gather(m, OPT_SERVER, opt);
	if (n >= 4)
		r->server = addr4(opt);
	n = gather(m, OPT_MTU, opt);
	if (n >= 2 && be16(opt) >= 576) /* RFC 791: every host takes that much */
		r->mtu = be16(opt);
	if (take_mask(m, opt, r) || take_routes(m, opt, r) || take_dns(m, opt, r) || take_domain(m, opt, r) ||
	    take_times(m, opt, r))
		return -EBADMSG;
	return 0;
}

int dhcp4_parse(const uint8_t *p, size_t n, uint32_t xid, const uint8_t mac[6], struct dhcp4_reply *ret)
{
	struct message m = { .p = p, .n = n };
	struct dhcp4_reply r = { 0 };
	uint8_t opt[OPTION_ROOM];
	int rc;

	if (n < AT_OPTIONS || p[AT_OP] != 2 || be32(p + AT_COOKIE) != COOKIE)
		return -EBADMSG;
	if (be32(p + AT_XID) != xid || memcmp(p + AT_CHADDR, mac, 6) != 0)
		return -ENOMSG;
	rc = gather(&m, OPT_OVERLOAD, opt);
	if (rc < 0 || (rc > 0 && opt[0] > 3))
		return -EBADMSG;
	m.overload = rc > 0 ? opt[0] : 0;
	r.addr = addr4(p + AT_YIADDR);
	rc = take_options(&m, &r);
	if (rc)
		return rc;
	if ((r.type == DHCP4_OFFER || r.type == DHCP4_ACK) && !netaddr_of_host(&r.addr))
		return -EBADMSG;
	*ret = r;
	return 0;
}

static uint32_t sum_bytes(const uint8_t *p, size_t n, uint32_t sum)
{
	for (size_t i = 0; i + 1 < n; i += 2)
		sum += be16(p + i);
	return n & 1 ? sum + (uint32_t)(p[n - 1] << 8) : sum;
}

/* RFC 1071. */
static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Sum of the UDP datagram of N bytes at UDP with the addresses of the IPv4 header IP. */
static uint16_t udp_sum(const uint8_t *ip, const uint8_t *udp, size_t n)
{
	return fold(sum_bytes(udp, n, sum_bytes(ip + 12, 8, 17 + (uint32_t)n)));
}

size_t dhcp4_wrap(uint8_t *buf, size_t n)
{
	uint8_t *ip = buf, *udp = buf + 20;
	uint16_t sum;

	memset(buf, 0, DHCP4_HEADERS);
	ip[0] = 0x45; /* version 4, five words */
	put_u16(ip + 2, htobe16((uint16_t)(DHCP4_HEADERS + n)));
	ip[8] = 64; /* hops */
	ip[9] = 17; /* UDP */
	memset(ip + 16, 0xff, 4);
	put_u16(ip + 10, htobe16(fold(sum_bytes(ip, 20, 0))));
	put_u16(udp, htobe16(DHCP4_CLIENT));
	put_u16(udp + 2, htobe16(DHCP4_SERVER));
	put_u16(udp + 4, htobe16((uint16_t)(8 + n)));
	sum = udp_sum(ip, udp, 8 + n);
	put_u16(udp + 6, htobe16(sum ? sum : 0xffff));
	return DHCP4_HEADERS + n;
}

int dhcp4_unwrap(const uint8_t *p, size_t n, bool summed, size_t *off, size_t *len)
{
	size_t head, total, udp;

	if (n < DHCP4_HEADERS || p[0] >> 4 != 4)
		return -EBADMSG;
	head = (p[0] & 15u) * 4;
	total = be16(p + 2);
	if (head < 20 || total > n || total < head + 8 || p[9] != 17 || be16(p + 6) & 0x3fff) /* a fragment */
		return -EBADMSG;
	udp = be16(p + head + 4);
	if (udp < 8 || udp > total - head || be16(p + head + 2) != DHCP4_CLIENT || be16(p + head) != DHCP4_SERVER ||
	    fold(sum_bytes(p, head, 0)) != 0)
		return -EBADMSG;
	if (summed && be16(p + head + 6) != 0 && udp_sum(p, p + head, udp) != 0)
		return -EBADMSG;
	*off = head + 8;
	*len = udp - 8;
	return 0;
}
