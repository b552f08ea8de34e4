/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * net: the addresses of a name.
 * From what is known first; name servers are asked with short patience, one after the other, twice.
 */
#include "net/net.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "net/addr.h"
#include "net/dns.h"
#include "net/talk.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MOST   (64u << 10) /* bytes of /etc/hosts and /etc/resolv.conf */
#define ALIASES     8
#define TCP_MOST    16384 /* bytes of an answer over TCP */
#define TCP_MS      3000
#define OTHER_MS    300
#define ROUNDS      3
#define PATIENCE_MS 1000 /* for a server in the first round; then doubled */

static void add_found(struct net_found *f, const struct link_addr *a, unsigned scope)
{
	for (unsigned i = 0; i < f->n; i++)
		if (netaddr_same(&f->addr[i], a))
			return;
	if (f->n == NET_FOUND)
		return;
	f->addr[f->n] = *a;
	f->scope[f->n++] = scope;
}

/* True when this kernel has a way to A; nothing is sent. */
static bool reachable(const struct link_addr *a, unsigned scope)
{
	struct sockaddr_storage sa;
	socklen_t len = netaddr_socket(a, scope, DNS_PORT, &sa);
	int fd = socket(a->family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool ok = fd >= 0 && connect(fd, (struct sockaddr *)&sa, len) == 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

static void sort_found(struct net_found *f)
{
	struct net_found sorted = { 0 }, rest = { 0 };

	for (unsigned i = 0; i < f->n; i++)
		add_found(reachable(&f->addr[i], f->scope[i]) ? &sorted : &rest, &f->addr[i], f->scope[i]);
	for (unsigned i = 0; i < rest.n; i++)
		add_found(&sorted, &rest.addr[i], rest.scope[i]);
	*f = sorted;
}

static void find_known(const struct net_state *st, const char *name, struct net_found *f)
{
	struct link_addr addr[NET_FOUND];
	unsigned n = 0;
	char *text;
	size_t len;

	for (unsigned i = 0; st && i < st->nhost; i++)
		if (dns_same(st->host[i].name, name))
			add_found(f, &st->host[i].addr, 0);
	if (f->n || file_read("/etc/hosts", FILE_MOST, &text, &len, NULL))
		return;
	n = hosts_find(text, len, name, addr, NET_FOUND);
	for (unsigned i = 0; i < n; i++)
		add_found(f, &addr[i], 0);
	free(text);
}

/* The "nameserver" lines, where nobody told of another server. */
static void read_servers(struct net_state *st)
{
	char *text, *next, *line;
	size_t len;

	if (file_read("/etc/resolv.conf", FILE_MOST, &text, &len, NULL))
		return;
	for (next = text; next && st->nserver < NET_SERVERS;) {
		char *word;

		line = next;
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		word = str_word(&line);
		if (!word || strcmp(word, "nameserver") != 0)
			continue;
		word = str_word(&line);
		if (word && netaddr_parse(word, &st->server[st->nserver], &st->scope[st->nserver]) == 0)
			st->nserver++;
	}
	free(text);
}

/* What is asked of one server: both kinds of addresses at once. */
struct query {
	const char *name;
	uint16_t type[2], id[2];
	bool answered[2];
	struct dns_answer answer[2];
	unsigned failed; /* RCODE of a server that could not or would not */
};

static int connect_server(const struct net_state *st, unsigned nr, int type)
{
	struct sockaddr_storage sa;
	socklen_t len = netaddr_socket(&st->server[nr], st->scope[nr], DNS_PORT, &sa);
	int fd = socket(st->server[nr].family, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc;

	if (fd < 0)
		return -errno;
	if (connect(fd, (struct sockaddr *)&sa, len) == 0 || errno == EINPROGRESS)
		return fd;
	rc = -errno;
	close(fd);
	return rc;
}

static int wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = events };
	int rc;

	do
		rc = poll(&p, 1, deadline_poll(deadline, -1));
	while (rc < 0 && errno == EINTR);
	/* a server that never stops sending does not move the deadline */
	if (rc == 0 || (rc > 0 && clock_ms() >= deadline))
		return -ETIMEDOUT;
	return rc > 0 ? 0 : -errno;
}

/* N bytes either way, within DEADLINE. */
static int tcp_move(int fd, uint8_t *buf, size_t n, bool out, int64_t deadline)
{
	for (size_t at = 0; at < n;) {
		ssize_t moved;
		int rc = wait_for(fd, out ? POLLOUT : POLLIN, deadline);

		if (rc)
			return rc;
		moved = out ? send(fd, buf + at, n - at, MSG_NOSIGNAL) : recv(fd, buf + at, n - at, 0);
		if (moved == 0)
			return -ECONNRESET;
		if (moved < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		at += moved > 0 ? (size_t)moved : 0;
	}
	return 0;
}

/* Question I of Q again, where the answer did not fit a datagram. RFC 1035, 4.2.2: two bytes of length in front. */
static int ask_tcp(const struct net_state *st, unsigned nr, struct query *q, unsigned i, int64_t deadline)
{
	uint8_t msg[2 + DNS_QUERY], *answer;
	int n = dns_build(q->name, q->type[i], q->id[i], msg + 2), fd, rc;
	size_t len = 0;

	if (n < 0)
		return n;
	fd = connect_server(st, nr, SOCK_STREAM);
	if (fd < 0)
		return fd;
	put_u16(msg, htobe16((uint16_t)n));
	rc = tcp_move(fd, msg, 2 + (size_t)n, true, deadline);
	if (rc == 0)
		rc = tcp_move(fd, msg, 2, false, deadline);
	if (rc == 0)
		len = be16toh(get_u16(msg));
	answer = malloc(TCP_MOST);
	if (rc == 0 && (!answer || len > TCP_MOST))
		rc = answer ? -EMSGSIZE : -ENOMEM;
	if (rc == 0)
		rc = tcp_move(fd, answer, len, false, deadline);
	if (rc == 0)
		rc = dns_parse(answer, len, q->name, q->type[i], q->id[i], &q->answer[i]);
	free(answer);
	close(fd);
	return rc;
}

static int send_questions(int fd, const struct query *q)
{
	uint8_t msg[DNS_QUERY];

	for (unsigned i = 0; i < 2; i++) {
		int n = dns_build(q->name, q->type[i], q->id[i], msg);

		if (n < 0)
			return n;
		if (send(fd, msg, (size_t)n, MSG_NOSIGNAL) < 0)
			return -errno;
	}
	return 0;
}

/* One datagram: to which question it belongs is found out; one that belongs to none is not for us. */
static int take_datagram(int fd, struct query *q)
{
	uint8_t msg[4096];
	ssize_t n = recv(fd, msg, sizeof(msg), 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	for (unsigned i = 0; i < 2; i++)
		if (!q->answered[i] &&
		    dns_parse(msg, (size_t)n, q->name, q->type[i], q->id[i], &q->answer[i]) == 0)
			q->answered[i] = true;
	return 0;
}

static bool has_addresses(const struct query *q)
{
	return (q->answered[0] && q->answer[0].n) || (q->answered[1] && q->answer[1].n);
}

/* Some servers never say that there is no address of the other family: with one, they are not waited for long. */
static int64_t soon(const struct query *q, int64_t deadline)
{
	int64_t until = clock_ms() + OTHER_MS;

	return has_addresses(q) && until < deadline ? until : deadline;
}

/* Both questions to one server. 0: both were answered; else -errno. */
static int ask_server(const struct net_state *st, unsigned nr, struct query *q, int64_t deadline)
{
	int fd = connect_server(st, nr, SOCK_DGRAM), rc;

	if (fd < 0)
		return fd;
	for (unsigned i = 0; i < 2; i++) {
		q->answered[i] = false;
		q->id[i] = (uint16_t)talk_random();
	}
	q->id[1] = (uint16_t)(q->id[0] ^ (q->id[1] | 1u)); /* never the same */
	rc = send_questions(fd, q);
	while (rc == 0 && !(q->answered[0] && q->answered[1])) {
		rc = wait_for(fd, POLLIN, soon(q, deadline));
		if (rc == 0)
			rc = take_datagram(fd, q);
	}
	close(fd);
	if (rc == -ETIMEDOUT && has_addresses(q))
		rc = 0;
	for (unsigned i = 0; rc == 0 && i < 2; i++)
		if (q->answer[i].truncated)
			rc = ask_tcp(st, nr, q, i, clock_ms() + TCP_MS);
	return rc;
}

/* What the answers of one server mean. 0: addresses or a name to ask for; -ENOENT; -EAGAIN: try another one. */
static int judge(struct query *q)
{
	unsigned code = q->answer[0].code ? q->answer[0].code : q->answer[1].code;

	if (q->answer[0].n || q->answer[1].n)
		return 0;
	if (code == 3)
		return -ENOENT;
	if (code) {
		q->failed = code;
		return -EAGAIN;
	}
	return dns_same(q->answer[0].name, q->name) ? -ENODATA : 0;
}

/* One name, all servers. */
static int ask_all(const struct net_state *st, struct query *q, int64_t deadline)
{
	int rc = -ETIMEDOUT, last = -ETIMEDOUT;

	for (unsigned i = 0; i < ROUNDS * st->nserver && clock_ms() < deadline; i++) {
		int64_t until = clock_ms() + ((int64_t)PATIENCE_MS << i / st->nserver);

		rc = ask_server(st, i % st->nserver, q, until < deadline ? until : deadline);
		if (rc == 0)
			rc = judge(q);
		if (rc == 0 || rc == -ENOENT || rc == -ENODATA || rc == -EINVAL)
			return rc;
		last = rc;
		/* who refuses the connection at once is not asked again at once */
		if (rc != -ETIMEDOUT && i % st->nserver == st->nserver - 1 && i + 1 < ROUNDS * st->nserver)
			(void)poll(NULL, 0, deadline_poll(deadline, 200));
	}
	return last;
}

static int ask_dns(const struct net_state *st, const char *name, int64_t deadline, struct net_found *f, struct query *q)
{
	char alias[DNS_NAME];
	int rc = str_fmt(alias, sizeof(alias), "%s", name);

	for (unsigned i = 0; rc == 0 && i < ALIASES; i++) {
		*q = (struct query){ .name = alias, .type = { DNS_A, DNS_AAAA } };
		rc = ask_all(st, q, deadline);
		if (rc)
			break;
		for (unsigned k = 0; k < 2; k++)
			for (unsigned j = 0; j < q->answer[k].n; j++)
				add_found(f, &q->answer[k].addr[j], 0);
		if (f->n)
			return 0;
		rc = str_fmt(alias, sizeof(alias), "%s", q->answer[0].name);
	}
	return rc ? rc : -ELOOP;
}

static int tell(int rc, const char *name, const struct net_state *st, const struct query *q, struct err *e)
{
	char server[64];

	netaddr_text(&st->server[0], server, sizeof(server));
	switch (rc) {
	case -ENOENT: return err_set(e, rc, "resolve %s: there is no such name", name);
	case -ENODATA: return err_set(e, -ENOENT, "resolve %s: the name has no address", name);
	case -EINVAL: return err_set(e, rc, "resolve %s: not a host name", name);
	case -ELOOP: return err_set(e, rc, "resolve %s: the name stands for itself", name);
	case -EAGAIN:
		return err_set(e, rc, "resolve %s: the name servers (%s%s) failed, code %u", name, server,
			       st->nserver > 1 ? ", …" : "", q->failed);
	case -ETIMEDOUT:
		return err_set(e, rc, "resolve %s: no answer from the name servers (%s%s)", name, server,
			       st->nserver > 1 ? ", …" : "");
	default: return err_set(e, rc, "resolve %s: name server %s: %s", name, server, strerror(-rc));
	}
}

static int find_dns(struct net_state *st, const char *name, int64_t deadline, struct net_found *f, struct err *e)
{
	char full[DNS_NAME];
	struct query q = { .name = name };
	int rc = -ENOENT;

	if (st->nserver == 0)
		read_servers(st);
	if (st->nserver == 0)
		return err_set(e, -ENOENT, "resolve %s: no name server is known", name);
	if (!strchr(name, '.') && *st->domain && str_fmt(full, sizeof(full), "%s.%s", name, st->domain) == 0)
		rc = ask_dns(st, full, deadline, f, &q);
	if (rc == -ENOENT || rc == -ENODATA)
		rc = ask_dns(st, name, deadline, f, &q);
	return rc ? tell(rc, name, st, &q, e) : 0;
}

int net_resolve(const struct net_state *st, const char *name, int64_t deadline, struct net_found *ret, struct err *e)
{
	struct net_found f = { 0 };
	struct net_state own = { 0 };
	int rc = 0;

	if (netaddr_parse(name, &f.addr[0], &f.scope[0]) == 0)
		f.n = 1;
	else
		find_known(st, name, &f);
	if (st)
		own = *st;
	if (f.n == 0)
		rc = find_dns(&own, name, deadline, &f, e);
	if (rc)
		return rc;
	sort_found(&f);
	*ret = f;
	return 0;
}
