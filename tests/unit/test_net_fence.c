/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: what tells the cluster that a dump is being saved.
 */
#include "check.h"

#include "base/str.h"
#include "conf/fence_words.h"
#include "net/addr.h"
#include "net/fence.h"

#include <arpa/inet.h>
#include <errno.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static const struct {
	const char *text;
	int rc;
	uint16_t port;
	uint8_t family;
	uint32_t count, interval;
} word[] = {
	{ NULL, 0, 7410, AF_UNSPEC, 0, 10 },
	{ "", 0, 7410, AF_UNSPEC, 0, 10 },
	{ "-p 7410 -f auto -c 0 -i 10", 0, 7410, AF_UNSPEC, 0, 10 },
	{ "\"-p 7411 -f ipv6 -c 3 -i 5 -v\"", 0, 7411, AF_INET6, 3, 5 },
	{ "-p1 --family=ipv4 --count 4294967295 --interval=86400 --verbose", 0, 1, AF_INET, UINT32_MAX,
	  86400 },
	{ "-p 0", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "-c 9 -p 65536", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "-i 0", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "-f ipx", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "-p", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "-v5", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "node1", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "--port 1", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "-", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
	{ "--", -EINVAL, 7410, AF_UNSPEC, 0, 10 },
};

static void words(void)
{
	char text[400];

	for (unsigned i = 0; i < ARRAY_LEN(word); i++) {
		struct fence_opts o;
		struct err e = { 0 };

		CHECK_INT(fence_words(&o, word[i].text, &e), word[i].rc);
		CHECK_INT(o.port, word[i].port);
		CHECK_INT(o.family, word[i].family);
		CHECK_INT(o.count, word[i].count);
		CHECK_INT(o.interval_s, word[i].interval);
		CHECK(word[i].rc == 0 || str_starts(e.text, "fence_kdump_args: '"));
	}
	memset(text, ' ', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	CHECK_INT(fence_words(&(struct fence_opts){ 0 }, text, NULL), -EINVAL);
}

/* A socket of FAMILY on the loopback device, with its port in *PORT. */
static int listener(const char *address, uint16_t *port)
{
	struct sockaddr_storage sa;
	struct link_addr a;
	unsigned scope;
	socklen_t len;
	int fd;

	CHECK_INT(netaddr_parse(address, &a, &scope), 0);
	fd = socket(a.family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	len = netaddr_socket(&a, 0, *port, &sa);
	CHECK_INT(bind(fd, (struct sockaddr *)&sa, len), 0);
	CHECK_INT(getsockname(fd, (struct sockaddr *)&sa, &len), 0);
	*port = ntohs(a.family == AF_INET ? ((struct sockaddr_in *)&sa)->sin_port
					  : ((struct sockaddr_in6 *)&sa)->sin6_port);
	CHECK_INT(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ .tv_sec = 5 }, sizeof(struct timeval)), 0);
	return fd;
}

/* What fence_kdump_send of fence-agents 4.12.1 was seen to send on x86_64. */
static void datagram(void)
{
	static const uint8_t want[8] = { 0x40, 0x2a, 0x30, 0x1b, 1, 0, 0, 0 };
	struct fence_node node[3] = { 0 };
	uint16_t port = 0, again;
	struct err e = { 0 };
	uint8_t got[32];
	int v4 = listener("127.0.0.1", &port), v6;

	again = port;
	v6 = listener("::1", &again);
	CHECK_INT(netaddr_parse("127.0.0.1", &node[0].addr, &node[0].scope), 0);
	/* refused without SO_BROADCAST */
	CHECK_INT(netaddr_parse("255.255.255.255", &node[1].addr, &node[1].scope), 0);
	CHECK_INT(netaddr_parse("::1", &node[2].addr, &node[2].scope), 0);
	CHECK_INT(fence_send(node, 1, port, &e), 0);
	CHECK_INT(recv(v4, got, sizeof(got), 0), 8);
	CHECK(memcmp(got, want, 8) == 0);
	CHECK_INT(fence_send(node, 3, port, &e), -EACCES);
	CHECK(str_starts(e.text, "fence_kdump: tell 255.255.255.255: "));
	CHECK_INT(recv(v4, got, sizeof(got), 0), 8);
	CHECK_INT(recv(v6, got, sizeof(got), 0), 8);
	CHECK(memcmp(got, want, 8) == 0);
	close(v4);
	close(v6);
}

int main(void)
{
	words();
	datagram();
	return check_done();
}
