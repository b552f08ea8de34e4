/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: the network as the capture kernel brings it up.
 * The same steps from a file, the kernel's tables, and names: for tests, for the image builder, for hands.
 */
#include "applet.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "conf/link_words.h"
#include "net/addr.h"
#include "net/link.h"
#include "net/net.h"

#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/if.h>
#include <linux/if_addr.h>

extern const struct applet applet_net;

#define FILE_MOST  (64u << 10)
#define NAMES      64 /* interfaces that are shown by name */
#define RESOLVE_MS 10000
#define RENEW_MS   10000

static int failed(const struct err *e)
{
	fprintf(stderr, "crashbox: %s\n", e->text);
	return EXIT_FAILED;
}

static void say(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "%s\n", text);
}

/* The lines of TEXT, which is cut in place. */
static int read_steps(struct link_step *step, unsigned *n, char *text, struct err *e)
{
	unsigned line = 0;

	for (char *next = text; next;) {
		char *s = next;
		int rc;

		next = strchr(s, '\n');
		if (next)
			*next++ = '\0';
		line++;
		s = str_trim(s);
		if (!*s || *s == '#')
			continue;
		if (*n == LINK_STEPS)
			return err_set(e, -E2BIG, "line %u: more than %d steps", line, LINK_STEPS);
		rc = link_parse(&step[*n], s, e);
		if (rc)
			return err_add(e, rc, "line %u", line);
		step[(*n)++].line = line;
	}
	return 0;
}

static int load_steps(struct link_step *step, unsigned *n, const char *file, struct err *e)
{
	char *text = NULL;
	size_t len;
	int rc = file_read(strcmp(file, "-") == 0 ? "/dev/stdin" : file, FILE_MOST, &text, &len, e);

	if (rc == 0)
		rc = read_steps(step, n, text, e);
	free(text);
	return rc ? err_add(e, rc, "%s", file) : 0;
}

static void show_lease(const struct net_lease *l)
{
	char text[64];

	printf("lease %s %s", l->name, netaddr_text(&l->addr, text, sizeof(text)));
	if (l->end == DEADLINE_NEVER)
		puts(" forever");
	else
		printf(" seconds %lld\n", (long long)(l->end - clock_ms() + 500) / 1000);
}

static void show_state(const struct net_state *st)
{
	char text[64];

	for (unsigned i = 0; i < st->nlease; i++)
		show_lease(&st->lease[i]);
	for (unsigned i = 0; i < st->nserver; i++)
		printf("nameserver %s\n", netaddr_text(&st->server[i], text, sizeof(text)));
	if (*st->domain)
		applet_print(stdout, "domain %s\n", st->domain);
	fflush(stdout);
}

static int renew(struct net_state *st, int64_t wait_ms)
{
	struct err e = { 0 };

	if (net_renew(st, wait_ms, &e))
		return failed(&e);
	fprintf(stderr, "renewed\n");
	return EXIT_OK;
}

/* Asks for every lease once, whether it is time or not; EVERYBODY: not only the server that lent it. */
static int renew_now(struct net_state *st, bool everybody)
{
	for (unsigned i = 0; i < st->nlease; i++) {
		st->lease[i].next = 0;
		if (everybody)
			st->lease[i].rebind = 0;
	}
	return renew(st, RENEW_MS);
}

/* Prolongs what was lent, until it is time to stop. */
static int keep(struct net_state *st, int64_t until)
{
	int code = EXIT_OK;

	while (clock_ms() < until) {
		int64_t due = net_renew_due(st), rest;

		(void)poll(NULL, 0, deadline_poll(due < until ? due : until, -1));
		rest = until - clock_ms();
		if (due < until && rest > 0)
			code = renew(st, rest < RENEW_MS ? rest : RENEW_MS);
	}
	return code;
}

struct up_options {
	uint64_t seconds, keep_s;
	unsigned renew; /* once: the server that lent the address, twice: everybody */
	bool dry;
};

static int show_steps(const struct link_step *step, unsigned n)
{
	char text[LINK_LINE];

	for (unsigned i = 0; i < n; i++)
		if (link_text(&step[i], text, sizeof(text)) == 0)
			puts(text);
	return 0;
}

static int up(const char *file, const struct up_options *o)
{
	struct net_hear hear = { .say = say };
	struct net_state st = { 0 };
	struct link_step *step = calloc(LINK_STEPS, sizeof(*step));
	struct err e = { 0 };
	unsigned n = 0;
	int rc = step ? load_steps(step, &n, file, &e) : err_set(&e, -ENOMEM, "no memory");

	if (rc == 0 && o->dry)
		rc = show_steps(step, n);
	else if (rc == 0)
		rc = net_up(&st, step, n, deadline_in((int64_t)o->seconds * 1000), &hear, &e);
	free(step);
	if (rc)
		return failed(&e);
	show_state(&st);
	if (o->renew && renew_now(&st, o->renew > 1))
		return EXIT_FAILED;
	return o->keep_s ? keep(&st, clock_ms() + (int64_t)o->keep_s * 1000) : EXIT_OK;
}

static int up_main(int argc, char **argv)
{
	struct up_options o = { 0 };
	int c;

	while ((c = getopt(argc, argv, "nrt:k:")) != -1) {
		uint64_t *to = c == 't' ? &o.seconds : &o.keep_s;

		if (c == 'r')
			o.renew++;
		else if (c == 'n')
			o.dry = true;
		else if (c == '?' || str_u64(optarg, 86400, to))
			return applet_usage(&applet_net);
	}
	if (optind + 1 != argc)
		return applet_usage(&applet_net);
	return up(argv[optind], &o);
}

struct names {
	struct nl_link link[NAMES];
	unsigned n;
};

static int add_name(void *arg, const struct nlmsghdr *h)
{
	struct names *names = arg;

	if (names->n < NAMES && nl_link_parse(h, &names->link[names->n]) == 0)
		names->n++;
	return 0;
}

static const char *name_of(const struct names *names, int index)
{
	for (unsigned i = 0; i < names->n; i++)
		if (names->link[i].index == index)
			return names->link[i].name;
	return "-";
}

static void show_link(const struct names *names, const struct nl_link *l)
{
	const uint8_t *m = l->has_perm ? l->perm : l->mac;

	printf("link %s", l->name);
	if (l->has_mac || l->has_perm)
		printf(" mac %02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	printf(" mtu %u %s", l->mtu, l->flags & IFF_UP ? l->flags & IFF_RUNNING ? "up" : "no-carrier" : "down");
	if (*l->kind)
		printf(" kind %s", l->kind);
	if (l->master)
		printf(" master %s", name_of(names, (int)l->master));
	if (l->parent && strcmp(l->kind, "vlan") == 0)
		printf(" parent %s", name_of(names, (int)l->parent));
	putchar('\n');
}

static int show_addr(void *arg, const struct nlmsghdr *h)
{
	char text[LINK_ADDR_TEXT], peer[LINK_ADDR_TEXT];
	struct nl_addr a;

	if (nl_addr_parse(h, &a))
		return 0;
	printf("address %s %s", name_of(arg, a.index), link_addr_text(&a.addr, !a.peer.family, text));
	if (a.peer.family)
		printf(" peer %s", link_addr_text(&a.peer, true, peer));
	printf("%s%s\n", a.forever ? "" : " lent", a.flags & IFA_F_TENTATIVE ? " tentative" : "");
	return 0;
}

static void print_route(const struct names *names, const struct nl_route *r)
{
	char text[LINK_ADDR_TEXT];

	printf("route %s", r->to.prefix ? link_addr_text(&r->to, true, text) : r->to.family == AF_INET ? "default"
												       : "::/0");
	if (r->via.family)
		printf(" via %s%s", r->via.family != r->to.family ? "inet6 " : "",
		       link_addr_text(&r->via, false, text));
	if (r->index)
		printf(" dev %s", name_of(names, r->index));
	if (r->metric)
		printf(" metric %u", r->metric);
	if (r->onlink)
		printf(" onlink");
}

static int show_route(void *arg, const struct nlmsghdr *h)
{
	struct nl_route r;

	if (nl_route_parse(h, &r) || r.table != RT_TABLE_MAIN || r.type != RTN_UNICAST)
		return 0;
	print_route(arg, &r);
	if (r.mtu)
		printf(" mtu %u", r.mtu);
	if (r.advmss)
		printf(" advmss %u", r.advmss);
	putchar('\n');
	return 0;
}

static int show_all(struct rtnl *r, struct names *names, struct err *e)
{
	int rc;

	for (unsigned i = 0; i < names->n; i++)
		show_link(names, &names->link[i]);
	rc = netaddr_all(r, show_addr, names, e);
	return rc ? rc : netroute_all(r, show_route, names, e);
}

/* The route to TEXT, and the address of ours that is used: "… from ADDRESS". */
static int show_way(struct rtnl *r, const struct names *names, const char *text, struct err *e)
{
	char from[LINK_ADDR_TEXT];
	struct link_addr a;
	struct nl_route route;
	int rc = link_addr_parse(&a, text);

	if (rc)
		return err_set(e, rc, "'%s': expected an address", text);
	rc = netroute_get(r, &a, &route, e);
	if (rc)
		return err_add(e, rc, "%s", text);
	print_route(names, &route);
	printf(" from %s\n", link_addr_text(&route.from, false, from));
	return 0;
}

/* WAY: show the route to it; NULL: show everything. */
static int show(const char *way)
{
	struct names names = { .n = 0 };
	struct err e = { 0 };
	struct rtnl r;
	int rc = rtnl_open(&r, &e);

	if (rc)
		return failed(&e);
	rc = netif_all(&r, add_name, &names, &e);
	if (rc == 0)
		rc = way ? show_way(&r, &names, way, &e) : show_all(&r, &names, &e);
	rtnl_close(&r);
	return rc ? failed(&e) : EXIT_OK;
}

static int resolve(const char *name, char **servers, int n)
{
	struct net_state st = { 0 };
	struct net_found found;
	struct err e = { 0 };
	char text[64];

	for (int i = 0; i < n && st.nserver < NET_SERVERS; i++, st.nserver++)
		if (netaddr_parse(servers[i], &st.server[st.nserver], &st.scope[st.nserver])) {
			fprintf(stderr, "crashbox: '%s': expected the address of a name server\n", servers[i]);
			return EXIT_USAGE;
		}
	if (net_resolve(&st, name, deadline_in(RESOLVE_MS), &found, &e))
		return failed(&e);
	for (unsigned i = 0; i < found.n; i++)
		puts(netaddr_text(&found.addr[i], text, sizeof(text)));
	return EXIT_OK;
}

static int net_main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "up") == 0)
		return up_main(argc - 1, argv + 1);
	if (strcmp(verb, "show") == 0 && argc == 2)
		return show(NULL);
	if (strcmp(verb, "route") == 0 && argc == 3)
		return show(argv[2]);
	if (strcmp(verb, "resolve") == 0 && argc >= 3)
		return resolve(argv[2], argv + 3, argc - 3);
	return applet_usage(&applet_net);
}

const struct applet applet_net = {
	.name = "net",
	.synopsis = "up [-n] [-r] [-t SECONDS] [-k SECONDS] FILE | show | route ADDRESS | resolve NAME [SERVER...]",
	.help = "bring links up as the capture kernel does, show them, find names\n"
		"  up       play the steps of FILE (-: standard input), one a line: see crashbox-net(8)\n"
		"  -n       only print the steps as they were understood\n"
		"  -r       have what DHCP lent prolonged once, at once; twice: by any server\n"
		"  -t       give up after so many seconds\n"
		"  -k       stay so many seconds and prolong what DHCP lent\n"
		"  show     links, addresses and routes of this kernel\n"
		"  route    how this kernel reaches an address\n"
		"  resolve  the addresses of a name: hosts, /etc/hosts, then DNS\n",
	.main = net_main,
};
