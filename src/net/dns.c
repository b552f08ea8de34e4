/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: DNS messages, and the file of host names.
 * Pure. RFC 1035, 3596. A name of an answer is followed a bounded number of times.
 */
#include "net/dns.h"

#include "base/bytes.h"
#include "net/addr.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HEAD      12
#define LABEL_MAX 63
#define JUMPS     16 /* pointers inside of one name */
#define CHAIN     8  /* names that stand for names */
#define RECORDS   64 /* of an answer that are read */
#define TYPE_NAME 5  /* CNAME */
#define CLASS_IN  1

#define FLAG_ANSWER    0x8000u
#define FLAG_TRUNCATED 0x0200u
#define FLAG_RECURSION 0x0100u /* desired */

static uint16_t be16(const uint8_t *p)
{
	return be16toh(get_u16(p));
}

static bool label_byte(uint8_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* NAME as labels at OUT, its length; 0: no name. */
static size_t put_name(const char *name, uint8_t *out)
{
	size_t at = 0, total = strlen(name);

	if (total == 0 || total >= DNS_NAME - 2)
		return 0;
	while (*name) {
		size_t n = strcspn(name, ".");

		if (n == 0 || n > LABEL_MAX)
			return 0;
		out[at++] = (uint8_t)n;
		for (size_t i = 0; i < n; i++)
			if (!label_byte((uint8_t)name[i]))
				return 0;
		memcpy(out + at, name, n);
		at += n;
		name += n + (name[n] == '.');
	}
	out[at++] = 0;
	return at;
}

int dns_build(const char *name, uint16_t type, uint16_t id, uint8_t buf[DNS_QUERY])
{
	size_t n;

	memset(buf, 0, HEAD);
	put_u16(buf, htobe16(id));
	put_u16(buf + 2, htobe16(FLAG_RECURSION));
	put_u16(buf + 4, htobe16(1)); /* one question */
	n = put_name(name, buf + HEAD);
	if (!n)
		return -EINVAL;
	put_u16(buf + HEAD + n, htobe16(type));
	put_u16(buf + HEAD + n + 2, htobe16(CLASS_IN));
	return (int)(HEAD + n + 4);
}

/* Puts one label behind the *LEN bytes of NAME. */
static int add_label(const uint8_t *p, size_t n, char name[DNS_NAME], size_t *len)
{
	size_t dot = *len > 0;

	if (*len + dot + n >= DNS_NAME)
		return -EBADMSG;
	if (dot)
		name[(*len)++] = '.';
	for (size_t i = 0; i < n; i++) {
		if (!label_byte(p[i]))
			return -EBADMSG;
		name[(*len)++] = (char)p[i];
	}
	return 0;
}

int dns_name(const uint8_t *p, size_t n, size_t *at, char name[DNS_NAME])
{
	size_t pos = *at, len = 0, behind = 0;
	unsigned jumps = 0;

	while (pos < n && p[pos]) {
		size_t size = p[pos];

		if (size >= 0xc0) { /* the rest is somewhere else */
			if (n - pos < 2 || ++jumps > JUMPS)
				return -EBADMSG;
			behind = behind ? behind : pos + 2;
			pos = be16(p + pos) & 0x3fffu;
			continue;
		}
		if (size > LABEL_MAX || n - pos - 1 < size || add_label(p + pos + 1, size, name, &len))
			return -EBADMSG;
		pos += 1 + size;
	}
	if (pos >= n)
		return -EBADMSG;
	name[len] = '\0';
	*at = behind ? behind : pos + 1;
	return 0;
}

/* Moves over a name of any bytes: an answer may hold records that are not for us. */
static int skip_name(const uint8_t *p, size_t n, size_t *at)
{
	size_t pos = *at;

	while (pos < n && p[pos] && p[pos] < 0xc0)
		pos += 1u + p[pos];
	if (pos >= n || (p[pos] && n - pos < 2))
		return -EBADMSG;
	*at = pos + (p[pos] ? 2 : 1);
	return 0;
}

bool dns_same(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	n -= n && a[n - 1] == '.';
	m -= m && b[m - 1] == '.';
	return n == m && strncasecmp(a, b, n) == 0;
}

struct record {
	size_t name; /* where */
	uint16_t type, class;
	uint32_t ttl;
	size_t data, n;
};

static int next_record(const uint8_t *p, size_t n, size_t *at, struct record *r)
{
	size_t pos = *at;

	r->name = pos;
	if (skip_name(p, n, &pos) || n - pos < 10)
		return -EBADMSG;
	r->type = be16(p + pos);
	r->class = be16(p + pos + 2);
	r->ttl = be32toh(get_u32(p + pos + 4));
	r->n = be16(p + pos + 8);
	r->data = pos + 10;
	if (n - r->data < r->n)
		return -EBADMSG;
	*at = r->data + r->n;
	return 0;
}

static void take_address(const uint8_t *p, const struct record *r, struct dns_answer *a)
{
	struct link_addr *to = &a->addr[a->n];
	size_t size = r->type == DNS_A ? 4 : 16;

	if (r->n != size || a->n == DNS_ANSWERS)
		return;
	*to = (struct link_addr){ .family = size == 4 ? AF_INET : AF_INET6, .prefix = (uint8_t)(8 * size) };
	memcpy(to->b, p + r->data, size);
	a->n++;
	if (r->ttl < a->ttl_s)
		a->ttl_s = r->ttl;
}

/* One look at all records for those of a->name. *ALIAS: it stands for another name, which it is now. */
static int look(const uint8_t *p, size_t n, size_t at, unsigned count, uint16_t type, struct dns_answer *a)
{
	char owner[DNS_NAME], other[DNS_NAME];
	int alias = 0;

	for (unsigned i = 0; i < count && !alias; i++) {
		struct record r;
		size_t pos;

		if (next_record(p, n, &at, &r))
			return -EBADMSG;
		pos = r.name;
		if (r.class != CLASS_IN || dns_name(p, n, &pos, owner) || !dns_same(owner, a->name))
			continue;
		pos = r.data;
		if (r.type == type)
			take_address(p, &r, a);
		alias = r.type == TYPE_NAME && dns_name(p, n, &pos, other) == 0;
	}
	if (alias)
		memcpy(a->name, other, sizeof(other));
	return alias;
}

int dns_parse(const uint8_t *p, size_t n, const char *name, uint16_t type, uint16_t id, struct dns_answer *ret)
{
	struct dns_answer a = { .ttl_s = UINT32_MAX };
	char asked[DNS_NAME];
	unsigned flags, count;
	size_t at = HEAD;
	int rc = 1;

	if (n < HEAD)
		return -EBADMSG;
	flags = be16(p + 2);
	if (be16(p) != id || !(flags & FLAG_ANSWER) || flags >> 11 & 15)
		return -ENOMSG;
	/* the question comes back; a server that failed may leave it out */
	a.code = flags & 15;
	if (be16(p + 4) == 0 && a.code) {
		*ret = a;
		return 0;
	}
	if (be16(p + 4) != 1 || dns_name(p, n, &at, asked) || n - at < 4)
		return -EBADMSG;
	if (!dns_same(asked, name) || be16(p + at) != type || be16(p + at + 2) != CLASS_IN)
		return -ENOMSG;
	at += 4;
	a.truncated = flags & FLAG_TRUNCATED;
	count = be16(p + 6) < RECORDS ? be16(p + 6) : RECORDS;
	memcpy(a.name, asked, sizeof(asked));
	for (unsigned i = 0; i < CHAIN && rc == 1 && !a.truncated; i++)
		rc = look(p, n, at, count, type, &a);
	if (rc < 0)
		return rc;
	*ret = a;
	return 0;
}

/* The next word of the line that ends at END; its length, 0 at the end. */
static size_t next_word(const char **p, const char *end)
{
	size_t n = 0;

	while (*p < end && (**p == ' ' || **p == '\t' || **p == '\r'))
		(*p)++;
	while (*p + n < end && !strchr(" \t\r#", (*p)[n]))
		n++;
	return n;
}

/* True when one of the words in [P, END) is NAME. */
static bool line_names(const char *p, const char *end, const char *name)
{
	size_t n;

	while ((n = next_word(&p, end)) > 0) {
		char word[DNS_NAME];

		if (n < sizeof(word)) {
			memcpy(word, p, n);
			word[n] = '\0';
			if (dns_same(word, name))
				return true;
		}
		p += n;
	}
	return false;
}

unsigned hosts_find(const char *text, size_t n, const char *name, struct link_addr *ret, unsigned max)
{
	const char *end = text + n;
	unsigned found = 0, scope;

	while (text < end && found < max) {
		const char *nl = memchr(text, '\n', (size_t)(end - text)), *stop = nl ? nl : end, *p = text;
		size_t len = next_word(&p, stop);
		char word[64];

		text = stop + 1;
		if (len == 0 || len >= sizeof(word) || memchr(p, '%', len))
			continue;
		memcpy(word, p, len);
		word[len] = '\0';
		if (netaddr_parse(word, &ret[found], &scope) == 0 && line_names(p + len, stop, name))
			found++;
	}
	return found;
}
