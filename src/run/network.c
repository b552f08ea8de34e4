/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: from nothing to a server that has an address.
 * Links as the recipe or the kernel command line say; without either, DHCP on whatever has a cable.
 */
#include "run/network.h"

#include "version.h"

#include <errno.h>

#if CRASHBOX_NET
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "conf/recipe.h"
#include "net/addr.h"
#include "net/net.h"
#include "run/background.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ALL       "*" /* stands for every interface of the hardware */
#define CARDS     16
#define CARRIER_S 30
#define ROUND_S   3 /* what the cards with a carrier are given before the others are looked at again */
#define RENEW_MS  10000
#define RETRY_MS  2000
#define OWN_MS    5000

struct network {
	const struct network_want *w;
	struct net_state st;
	struct net_hear hear;
	struct link_step step[LINK_STEPS + BOOT_LINKS];
	unsigned n;
};

static void hear(void *arg, const char *text)
{
	const struct network_want *w = arg;

	channel_say(w->ch, MSG_SAY, "%s", text);
	channel_await(w->ch, "the network", (w->deadline - clock_ms()) / 1000);
}

/* ---- the steps ---- */

static int add(struct network *x, const struct link_step *s, struct err *e)
{
	if (x->n == ARRAY_LEN(x->step))
		return err_set(e, -E2BIG, "network: more than %zu steps", ARRAY_LEN(x->step));
	x->step[x->n++] = *s;
	return 0;
}

/* Names and name servers are no links: the kernel command line does not replace them, unless it has its own. */
static bool is_link(const struct boot_net *args, const struct link_step *s)
{
	if (s->kind == LINK_DNS)
		for (unsigned i = 0; i < args->n; i++)
			if (args->step[i].kind == LINK_DNS)
				return true;
	return s->kind != LINK_HOST && s->kind != LINK_DNS;
}

static int add_recipe(struct network *x, unsigned first, unsigned n, struct err *e)
{
	const struct run *r = x->w->r;
	int rc = 0;

	for (unsigned i = first; i < first + n && rc == 0; i++) {
		struct link_step s;

		if (r->recipe.step[i].kind != RECIPE_LINK)
			continue;
		rc = recipe_link(&r->recipe.step[i], &s, e);
		if (rc == 0 && s.kind == LINK_UP && s.seconds && s.seconds < r->plan.link_delay_s)
			s.seconds = r->plan.link_delay_s;
		if (rc == 0 && !(r->args.net.replaces && is_link(&r->args.net, &s)))
			rc = add(x, &s, e);
	}
	return rc;
}

/* Nothing is said of links: DHCP on every interface, or on the one that bootdev= or BOOTIF= names. */
static int gather_dhcp(struct network *x, struct err *e)
{
	const struct boot_net *args = &x->w->r->args.net;
	const char *name = *args->bootdev ? args->bootdev : ALL;
	struct link_step iface = { .kind = LINK_IFACE, .has_mac = args->has_bootif };
	struct link_step up = { .kind = LINK_UP, .seconds = CARRIER_S };
	struct link_step ask = { .kind = LINK_DHCP4, .seconds = CARRIER_S };
	int rc = 0;

	channel_say(x->w->ch, MSG_SAY, "no links are named: DHCP on %s", *args->bootdev ? name : "every interface");
	memcpy(iface.mac, args->bootif, sizeof(iface.mac));
	(void)str_fmt(iface.name, LINK_NAME, "%s", name);
	(void)str_fmt(up.name, LINK_NAME, "%s", name);
	(void)str_fmt(ask.name, LINK_NAME, "%s", name);
	if (*args->bootdev)
		rc = add(x, &iface, e);
	if (rc == 0)
		rc = add(x, &up, e);
	return rc ? rc : add(x, &ask, e);
}

static int gather(struct network *x, struct err *e)
{
	const struct network_want *w = x->w;
	const struct boot_net *args = &w->r->args.net;
	int rc = add_recipe(x, 0, w->r->recipe.ncommon, e);
	bool links = args->replaces;

	if (rc == 0 && w->steps)
		rc = add_recipe(x, w->steps->first, w->steps->n, e);
	for (unsigned i = 0; i < x->n; i++)
		links |= is_link(args, &x->step[i]);
	for (unsigned i = 0; i < args->n && rc == 0; i++)
		rc = add(x, &args->step[i], e);
	return rc == 0 && !links ? gather_dhcp(x, e) : rc;
}

/* ---- whatever has a cable ---- */

/* The interfaces that are cards, in the order of their names. */
static unsigned list_cards(char card[CARDS][LINK_NAME])
{
	DIR *d = opendir("/sys/class/net");
	const struct dirent *de;
	unsigned n = 0;

	while (d && n < CARDS && (de = readdir(d))) {
		char path[320];

		if (str_fmt(path, sizeof(path), "/sys/class/net/%s/device", de->d_name) || access(path, F_OK) ||
		    str_fmt(card[n], LINK_NAME, "%s", de->d_name))
			continue;
		n++;
	}
	if (d)
		closedir(d);
	qsort(card, n, LINK_NAME, (int (*)(const void *, const void *))strcmp);
	return n;
}

/* The same, but not before there is one. */
static unsigned await_cards(const struct network *x, char card[CARDS][LINK_NAME])
{
	const struct network_want *w = x->w;
	unsigned n;

	channel_await(w->ch, "a network interface", (w->deadline - clock_ms()) / 1000);
	while ((n = list_cards(card)) == 0 && clock_ms() < w->deadline) {
		(void)poll(NULL, 0, 100);
		if (w->more)
			w->more(w->arg);
	}
	return n;
}

static bool has_carrier(const char *card)
{
	char path[320], line[8] = "";

	return str_fmt(path, sizeof(path), "/sys/class/net/%s/carrier", card) == 0 &&
	       file_line(path, line, sizeof(line), NULL) == 0 && line[0] == '1';
}

static bool is_dhcp(const struct link_step *s)
{
	return s->kind == LINK_DHCP4 || s->kind == LINK_DHCP6;
}

static bool for_all(const struct link_step *s)
{
	return strcmp(s->name, ALL) == 0;
}

/* Plays the steps that are for all cards on CARD alone; DHCP has been asked before. */
static int play_card(struct network *x, const char *card, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < x->n && rc == 0; i++) {
		struct link_step s = x->step[i];

		if (!for_all(&s) || s.kind == LINK_UP || is_dhcp(&s))
			continue;
		(void)str_fmt(s.name, sizeof(s.name), "%s", card);
		s.seconds = s.seconds > ROUND_S ? ROUND_S : s.seconds;
		rc = net_up(&x->st, &s, 1, x->w->deadline, &x->hear, e);
	}
	return rc;
}

/* DHCP on all of the N cards at once: gives the number of the first that gets an address; -ENODATA: none is wanted. */
static int ask_cards(struct network *x, char card[CARDS][LINK_NAME], unsigned n, struct err *e)
{
	struct link_step ask[NET_ANY];
	unsigned of[NET_ANY], many = 0;
	int rc;

	for (unsigned i = 0; i < x->n; i++)
		for (unsigned k = 0; k < n && is_dhcp(&x->step[i]) && for_all(&x->step[i]) && many < NET_ANY; k++) {
			ask[many] = x->step[i];
			ask[many].seconds = ROUND_S;
			(void)str_fmt(ask[many].name, sizeof(ask[many].name), "%s", card[k]);
			of[many++] = k;
		}
	if (many == 0)
		return -ENODATA;
	rc = net_any(&x->st, ask, many, x->w->deadline, &x->hear, e);
	return rc < 0 ? rc : (int)of[rc];
}

/* Takes up every card; those that have a carrier come to the front. Gives how many these are. */
static unsigned find_carriers(struct network *x, char card[CARDS][LINK_NAME], unsigned n)
{
	char name[LINK_NAME];
	unsigned found = 0;

	for (unsigned i = 0; i < n; i++) {
		struct link_step up = { .kind = LINK_UP };

		(void)str_fmt(up.name, sizeof(up.name), "%s", card[i]);
		(void)!net_up(&x->st, &up, 1, x->w->deadline, NULL, NULL);
		if (!has_carrier(card[i]))
			continue;
		memcpy(name, card[found], sizeof(name));
		memcpy(card[found++], card[i], sizeof(name));
		memcpy(card[i], name, sizeof(name));
	}
	return found;
}

/* One round over the N cards that have a carrier. */
static int try_cards(struct network *x, char card[CARDS][LINK_NAME], unsigned n, struct err *e)
{
	int rc = ask_cards(x, card, n, e);

	if (rc >= 0)
		return play_card(x, card[rc], e);
	for (unsigned i = 0; i < n && rc == -ENODATA; i++)
		if (play_card(x, card[i], e) == 0)
			return 0;
	return rc == -ENODATA && e ? e->code : rc;
}

/* How long cards are tried: what the steps for all of them say. */
static int64_t cards_until(const struct network *x)
{
	uint32_t seconds = CARRIER_S;
	int64_t until;

	for (unsigned i = 0; i < x->n; i++)
		if (for_all(&x->step[i]) && x->step[i].seconds > seconds)
			seconds = x->step[i].seconds;
	until = deadline_in((int64_t)seconds * 1000);
	return until < x->w->deadline ? until : x->w->deadline;
}

/* The first card that comes up wins. In rounds: a card may come late, and its carrier later still. */
static int play_cards(struct network *x, struct err *e)
{
	char card[CARDS][LINK_NAME];
	unsigned n = await_cards(x, card), with = 0;
	int64_t until = cards_until(x);
	int rc = -ENETDOWN;

	if (n == 0)
		return err_set(e, -ENODEV, "network: no network interface has appeared");
	channel_await(x->w->ch, "a cable", (until - clock_ms()) / 1000);
	while (rc && clock_ms() < until) {
		n = list_cards(card);
		with = find_carriers(x, card, n);
		if (with)
			rc = try_cards(x, card, with, e);
		else
			(void)poll(NULL, 0, 100);
		if (x->w->more)
			x->w->more(x->w->arg);
	}
	if (rc && !with)
		return err_set(e, -ENETDOWN, "network: none of %u interfaces has a carrier", n);
	return rc;
}

static int play(struct network *x, struct err *e)
{
	bool all = false;
	unsigned kept = 0;
	int rc = 0;

	for (unsigned i = 0; i < x->n; i++)
		all |= for_all(&x->step[i]);
	if (all)
		rc = play_cards(x, e);
	for (unsigned i = 0; i < x->n; i++)
		if (!for_all(&x->step[i]))
			x->step[kept++] = x->step[i];
	return rc ? rc : net_up(&x->st, x->step, kept, x->w->deadline, &x->hear, e);
}

/* ---- the server ---- */

/*
 * Our own address towards A: what a datagram would be sent from, "" when there is none. A link-local one comes a moment
 * after the carrier, and nothing that is played waits for it.
 */
static void own_address(const struct link_addr *a, unsigned scope, struct sockaddr_storage *own)
{
	int64_t until = deadline_in(OWN_MS);
	struct sockaddr_storage sa;
	socklen_t len = netaddr_socket(a, scope, 9, &sa), n = sizeof(*own);
	int fd = socket(a->family, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc;

	own->ss_family = AF_UNSPEC;
	if (fd < 0)
		return;
	while ((rc = connect(fd, (struct sockaddr *)&sa, len)) && errno == EADDRNOTAVAIL && clock_ms() < until)
		(void)poll(NULL, 0, 50);
	if (rc || getsockname(fd, (struct sockaddr *)own, &n))
		own->ss_family = AF_UNSPEC;
	close(fd);
}

static void tell_client(struct channel *ch, const struct link_addr *a, unsigned scope)
{
	char text[INET6_ADDRSTRLEN] = "";
	struct sockaddr_storage own;

	own_address(a, scope, &own);
	if (own.ss_family == AF_INET)
		(void)inet_ntop(AF_INET, &((struct sockaddr_in *)&own)->sin_addr, text, sizeof(text));
	else if (own.ss_family == AF_INET6)
		(void)inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&own)->sin6_addr, text, sizeof(text));
	channel_fact(ch, "client", "%s", text);
}

/* The name, again and again: a name server may need as long to be reached as the links did. */
static int find_server(struct network *x, struct net_found *found, struct err *e)
{
	const struct network_want *w = x->w;
	int64_t until = deadline_in((int64_t)w->r->args.connect_timeout_s * 1000);
	int rc;

	if (until > w->deadline)
		until = w->deadline;
	channel_await(w->ch, w->host, (until - clock_ms()) / 1000);
	while ((rc = net_resolve(&x->st, w->host, until, found, e)) && rc != -ENOENT && rc != -EINVAL &&
	       clock_ms() + RETRY_MS < until)
		(void)poll(NULL, 0, RETRY_MS);
	return rc;
}

static void list_addresses(const struct net_found *found, char list[NETWORK_LIST])
{
	list[0] = '\0';
	for (unsigned i = 0; i < found->n && i < NETWORK_ADDRESSES; i++) {
		char one[INET6_ADDRSTRLEN] = "", scope[16] = "";
		size_t at = strlen(list);

		(void)inet_ntop(found->addr[i].family, found->addr[i].b, one, sizeof(one));
		if (found->scope[i])
			(void)str_fmt(scope, sizeof(scope), "%%%u", found->scope[i]);
		(void)str_fmt(list + at, NETWORK_LIST - at, "%s%s%s", i ? " " : "", one, scope);
	}
}

static int reach_server(struct network *x, struct err *e)
{
	struct net_found found = { .n = 0 };
	char list[NETWORK_LIST];
	int rc = find_server(x, &found, e);

	if (rc)
		return err_add(e, rc, "network");
	list_addresses(&found, list);
	if (x->w->list)
		(void)str_fmt(x->w->list, NETWORK_LIST, "%s", list);
	channel_fact(x->w->ch, "server", "%s", list);
	tell_client(x->w->ch, &found.addr[0], found.scope[0]);
	if (!str_starts(list, x->w->host))
		channel_say(x->w->ch, MSG_SAY, "%s is %s", x->w->host, list);
	return 0;
}

/* ---- borrowed addresses ---- */

static void renew(void *arg)
{
	struct net_state *st = arg;

	for (;;) {
		int64_t due = net_renew_due(st);

		while (clock_ms() < due)
			(void)poll(NULL, 0, deadline_poll(due, 3600 * 1000));
		/* What was not prolonged is asked for again when it is due again, until the address ends. */
		(void)!net_renew(st, RENEW_MS, NULL);
		(void)poll(NULL, 0, RETRY_MS);
	}
}

static int reach(struct network *x, struct err *e)
{
	int rc = gather(x, e);

	if (rc == 0)
		rc = play(x, e);
	if (rc == 0 && x->w->host)
		rc = reach_server(x, e);
	if (rc == 0 && x->st.nlease && net_renew_due(&x->st) != DEADLINE_NEVER)
		rc = background(x->w->ch, "renew", renew, &x->st, e);
	return rc;
}

static void find_node(struct network *x, struct network_nodes *to, const char *name, struct err *e)
{
	struct net_found found = { .n = 0 };
	struct fence_node *node = &to->node[to->n];
	int64_t until = deadline_in((int64_t)x->w->r->args.connect_timeout_s * 1000);

	until = until < x->w->deadline ? until : x->w->deadline;
	if (to->n == FENCE_NODES || net_resolve(&x->st, name, until, &found, e))
		return;
	for (unsigned i = 0; i < found.n; i++) {
		if (to->family != AF_UNSPEC && found.addr[i].family != to->family)
			continue;
		*node = (struct fence_node){ found.addr[i], found.scope[i] };
		to->n++;
		return;
	}
	(void)err_set(e, -ENOENT, "%s has no address of the family that fence_kdump_args names", name);
}

int network_find(const struct network_want *w, struct network_nodes *to, struct err *e)
{
	struct network *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return err_set(e, -ENOMEM, "network: no memory");
	x->w = w;
	x->st.own_servers = w->r->args.net.own_servers;
	x->hear = (struct net_hear){ hear, (void *)w };
	rc = reach(x, e);
	if (rc == 0 && e)
		*e = (struct err){ 0 }; /* of what was waited for and came */
	for (unsigned i = 0; rc == 0 && i < to->name->n; i++)
		find_node(x, to, to->name->word[i], e);
	free(x);
	if (rc == 0 && to->n == 0)
		rc = e && e->code ? e->code : -ENOENT;
	return rc;
}

int network_look(const struct network_want *w, char list[NETWORK_LIST], struct err *e)
{
	struct network *x = calloc(1, sizeof(*x));
	struct net_found found = { .n = 0 };
	unsigned kept = 0;
	int rc;

	if (!x)
		return err_set(e, -ENOMEM, "network: no memory");
	x->w = w;
	rc = add_recipe(x, 0, w->r->recipe.ncommon, e);
	if (rc == 0 && w->steps)
		rc = add_recipe(x, w->steps->first, w->steps->n, e);
	for (unsigned i = 0; i < x->n; i++)
		if (x->step[i].kind == LINK_HOST || x->step[i].kind == LINK_DNS)
			x->step[kept++] = x->step[i];
	if (rc == 0)
		rc = net_up(&x->st, x->step, kept, w->deadline, NULL, e);
	if (rc == 0)
		rc = net_resolve(&x->st, w->host, w->deadline, &found, e);
	if (rc == 0)
		list_addresses(&found, list);
	free(x);
	return rc;
}

int network_reach(const struct network_want *w, struct err *e)
{
	struct network *x = calloc(1, sizeof(*x));
	int rc;

	if (!x)
		return err_set(e, -ENOMEM, "network: no memory");
	x->w = w;
	x->st.own_servers = w->r->args.net.own_servers;
	x->hear = (struct net_hear){ hear, (void *)w };
	rc = reach(x, e);
	free(x);
	return rc;
}
#else
int network_reach(const struct network_want *w, struct err *e)
{
	(void)w;
	return err_set(e, -EOPNOTSUPP, "this build has no networking");
}

int network_look(const struct network_want *w, char list[NETWORK_LIST], struct err *e)
{
	(void)list;
	return network_reach(w, e);
}

int network_find(const struct network_want *w, struct network_nodes *to, struct err *e)
{
	(void)to;
	return network_reach(w, e);
}
#endif
