/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: addresses as text and for sockets.
 * Pure. No resolver of the C library is ever asked.
 */
#include "net/addr.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

char *netaddr_text(const struct link_addr *a, char *buf, size_t n)
{
	char host[INET6_ADDRSTRLEN] = "-";

	if (a->family == AF_INET || a->family == AF_INET6)
		(void)inet_ntop(a->family, a->b, host, sizeof(host));
	if (a->prefix == (a->family == AF_INET ? 32 : 128) || !a->family)
		snprintf(buf, n, "%s", host);
	else
		snprintf(buf, n, "%s/%u", host, a->prefix);
	return buf;
}

int netaddr_parse(const char *text, struct link_addr *ret, unsigned *scope)
{
	struct link_addr a = { 0 };
	char host[INET6_ADDRSTRLEN];
	size_t n = strcspn(text, "%");

	if (n >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, n);
	host[n] = '\0';
	*scope = 0;
	if (!text[n] && inet_pton(AF_INET, host, a.b) == 1)
		a.family = AF_INET;
	else if (inet_pton(AF_INET6, host, a.b) == 1)
		a.family = AF_INET6;
	else
		return -EINVAL;
	if (text[n]) {
		*scope = if_nametoindex(text + n + 1);
		if (!*scope)
			return -EINVAL;
	}
	a.prefix = a.family == AF_INET ? 32 : 128;
	*ret = a;
	return 0;
}

socklen_t netaddr_socket(const struct link_addr *a, unsigned scope, uint16_t port, struct sockaddr_storage *sa)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)sa;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)sa;

	memset(sa, 0, sizeof(*sa));
	if (a->family == AF_INET) {
		v4->sin_family = AF_INET;
		v4->sin_port = htons(port);
		memcpy(&v4->sin_addr, a->b, 4);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(port);
	v6->sin6_scope_id = scope;
	memcpy(&v6->sin6_addr, a->b, 16);
	return sizeof(*v6);
}

bool netaddr_same(const struct link_addr *a, const struct link_addr *b)
{
	return a->family == b->family && memcmp(a->b, b->b, a->family == AF_INET ? 4 : 16) == 0;
}

bool netaddr_link_local(const struct link_addr *a)
{
	if (a->family == AF_INET)
		return a->b[0] == 169 && a->b[1] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

bool netaddr_of_host(const struct link_addr *a)
{
	static const uint8_t none[15] = { 0 };

	if (a->family == AF_INET)
		return a->b[0] != 0 && a->b[0] != 127 && a->b[0] < 224;
	return a->b[0] != 0xff && (memcmp(a->b, none, 15) != 0 || a->b[15] > 1);
}

bool netaddr_in(const struct link_addr *a, const struct link_addr *net)
{
	if (a->family != net->family)
		return false;
	for (unsigned bit = 0; bit < net->prefix; bit++)
		if ((a->b[bit / 8] ^ net->b[bit / 8]) & 0x80u >> (bit & 7))
			return false;
	return true;
}
