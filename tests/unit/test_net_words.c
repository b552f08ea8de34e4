/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit tests: lines that bring links up.
 * What every word means, and what is refused with which sentence.
 */
#include "check.h"

#include "conf/link_words.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

static int parse(const char *text, struct link_step *s, struct err *e)
{
	char line[512];

	snprintf(line, sizeof(line), "%s", text);
	*e = (struct err){ 0 };
	return link_parse(s, line, e);
}

/* TEXT is taken, and written as WRITTEN. */
static void takes(const char *text, const char *written)
{
	struct link_step s = { 0 };
	struct err e;
	char out[LINK_LINE] = "";

	CHECK_INT(parse(text, &s, &e), 0);
	CHECK_STR(e.text, "");
	CHECK_INT(link_text(&s, out, sizeof(out)), 0);
	CHECK_STR(out, written);
}

static void refuses(const char *text, const char *why)
{
	struct link_step s = { .number = 77 };
	struct err e;

	CHECK_INT(parse(text, &s, &e), -EINVAL);
	CHECK_STR(e.text, why);
	CHECK_INT(s.number, 77);
}

static void test_taken(void)
{
	takes("link eth0", "link eth0");
	takes("  link\teth0 mac 52-54-00-AB-cd-ef ", "link eth0 mac 52:54:00:ab:cd:ef");
	takes("vlan eth0.5 eth0 5", "vlan eth0.5 eth0 5");
	takes("bond bond0 mode=802.3ad,arp_ip_target=10.0.0.1;10.0.0.2 members eth0,eth1",
	      "bond bond0 mode=802.3ad,arp_ip_target=10.0.0.1;10.0.0.2 members eth0,eth1");
	takes("bond bond0 - members eth0", "bond bond0 - members eth0");
	takes("bridge br0 members a,b,c", "bridge br0 members a,b,c");
	takes("mtu eth0 9000", "mtu eth0 9000");
	takes("up eth0", "up eth0");
	takes("up eth0 carrier 30", "up eth0 carrier 30");
	takes("address eth0 10.0.0.2/24", "address eth0 10.0.0.2/24");
	takes("address eth0 2001:DB8::2/64", "address eth0 2001:db8::2/64");
	takes("dhcp4 eth0", "dhcp4 eth0 60");
	takes("dhcp4 eth0 hostname box-7 id FF0a", "dhcp4 eth0 60 id ff0a hostname box-7");
	takes("dhcp4 eth0 7 id 01 metric 2048", "dhcp4 eth0 7 metric 2048 id 01");
	takes("dhcp6 eth0 9", "dhcp6 eth0 9");
	takes("ra eth0", "ra eth0 60");
	takes("route default via 10.0.0.1", "route default via 10.0.0.1");
	takes("route default dev eth0", "route default dev eth0");
	takes("route ::/0 dev eth0", "route ::/0 dev eth0");
	takes("route default via fe80::1 dev eth0 metric 5", "route default via fe80::1 dev eth0 metric 5");
	takes("route 10.1.0.0/16 via 10.9.9.9 dev eth0 onlink", "route 10.1.0.0/16 via 10.9.9.9 dev eth0 onlink");
	takes("route 10.1.2.3 dev eth0", "route 10.1.2.3/32 dev eth0");
	takes("nameserver 10.0.0.1", "nameserver 10.0.0.1");
	takes("vlan a eth0 5 gvrp 802.1ad", "vlan a eth0 5 802.1ad gvrp");
	takes("bridge br0 stp_state=1,forward_delay=400 members a",
	      "bridge br0 stp_state=1,forward_delay=400 members a");
	takes("address eth0 10.9.0.5 peer 10.9.0.9/24", "address eth0 10.9.0.5 peer 10.9.0.9/24");
	takes("address eth0 10.9.0.5/24 peer 10.9.0.9", "address eth0 10.9.0.5 peer 10.9.0.9/24");
	takes("address eth0 fd00::1 peer fd00::2/128", "address eth0 fd00::1 peer fd00::2/128");
	takes("route default via inet6 fe80::1 dev eth0 src 10.9.0.5",
	      "route default via inet6 fe80::1 dev eth0 src 10.9.0.5");
	takes("route 10.0.0.0/8 via inet6 fe80::1 dev e", "route 10.0.0.0/8 via inet6 fe80::1 dev e");
	takes("route 10.1.0.0/16 dev e advmss 1300 mtu 1400 metric 4 src 10.0.0.2",
	      "route 10.1.0.0/16 dev e metric 4 src 10.0.0.2 mtu 1400 advmss 1300");
	takes("host dump.example.org 2001:db8::1", "host dump.example.org 2001:db8::1");
}

static void test_refused(void)
{
	static const char dhcp4[] = "dhcp4: expected 'dhcp4 NAME [SECONDS] [metric N] [id HEX] [hostname NAME]'";

	refuses("", "'': no step of a link");
	refuses("links eth0", "'links': no step of a link");
	refuses("link", "link: expected 'link NAME [mac AA:BB:CC:DD:EE:FF]'");
	refuses("link averyverylongname", "link: expected 'link NAME [mac AA:BB:CC:DD:EE:FF]'");
	refuses("link ../x", "link: expected 'link NAME [mac AA:BB:CC:DD:EE:FF]'");
	refuses("link eth0 mac 52:54:00:ab:cd", "link: expected 'link NAME [mac AA:BB:CC:DD:EE:FF]'");
	refuses("vlan v eth0 4095", "vlan: expected 'vlan NAME PARENT ID [802.1ad] [gvrp] [mvrp]'");
	refuses("bond b mode members eth0", "bond: expected 'bond NAME OPTION=VALUE[,...]|- members A,B'");
	refuses("bond b ../x=1 members eth0", "bond: expected 'bond NAME OPTION=VALUE[,...]|- members A,B'");
	refuses("bond b mode=1, members eth0", "bond: expected 'bond NAME OPTION=VALUE[,...]|- members A,B'");
	refuses("bridge b members a,,b", "bridge: expected 'bridge NAME [OPTION=VALUE[,...]] members A,B'");
	refuses("bridge b members a,b,c,d,e,f,g,h,i",
		"bridge: expected 'bridge NAME [OPTION=VALUE[,...]] members A,B'");
	refuses("mtu eth0 67", "mtu: expected 'mtu NAME BYTES'");
	refuses("up eth0 carrier 0", "up: expected 'up NAME [carrier SECONDS]'");
	refuses("address eth0 10.0.0.2", "address: expected 'address NAME ADDRESS/PREFIX'");
	refuses("address eth0 10.0.0.2/33", "address: expected 'address NAME ADDRESS/PREFIX'");
	refuses("dhcp4 eth0 5 6", dhcp4);
	refuses("dhcp4 eth0 id 0", dhcp4);
	refuses("dhcp4 eth0 hostname a/b", dhcp4);
	refuses("route default", "route: expected a gateway (via) or an interface (dev)");
	refuses("route 10.0.0.0/8 via fe80::1 dev e",
		"route: the gateway is of the other family (via inet6: IPv4 over IPv6)");
	refuses("route fd00::/8 via inet6 fe80::1 dev e",
		"route: the gateway is of the other family (via inet6: IPv4 over IPv6)");
	refuses("route 10.0.0.0/8 dev e src fd00::1", "route: the address behind src is of the other family");
	refuses("vlan v eth0 5 gvrp gvrp", "vlan: expected 'vlan NAME PARENT ID [802.1ad] [gvrp] [mvrp]'");
	refuses("address e 10.0.0.2/24 peer 10.0.0.3/24", "address: expected 'address NAME ADDRESS/PREFIX'");
	refuses("address e 10.0.0.2 peer 10.0.0.3", "address: expected 'address NAME ADDRESS/PREFIX'");
	refuses("address e 10.0.0.2/24 peer fd00::1", "address: expected 'address NAME ADDRESS/PREFIX'");
	refuses("route 10.0.0.0/8 dev e onlink", "route: onlink needs a gateway (via) and an interface (dev)");
	refuses("nameserver 10.0.0.1/8", "nameserver: expected 'nameserver ADDRESS'");
	refuses("host a/b 10.0.0.1", "host: expected 'host NAME ADDRESS'");
}

static void test_fields(void)
{
	struct link_step s;
	struct err e;

	CHECK_INT(parse("link lan0 mac 52:54:00:00:00:01", &s, &e), 0);
	CHECK(s.kind == LINK_IFACE && s.has_mac && s.mac[0] == 0x52 && s.mac[5] == 1);
	CHECK_INT(parse("bond b0 mode=1,primary=x members x,y", &s, &e), 0);
	CHECK(s.kind == LINK_BOND && s.nmember == 2);
	CHECK_STR(s.member[1], "y");
	CHECK_STR(s.text, "mode=1,primary=x");
	CHECK_INT(parse("route default via 10.0.0.1 metric 9", &s, &e), 0);
	CHECK(s.addr.family == AF_INET && s.addr.prefix == 0 && s.via.b[3] == 1 && s.number == 9);
	CHECK(link_word("dhcp4") && !link_word("dhcp") && !link_word(""));
}

int main(void)
{
	test_taken();
	test_refused();
	test_fields();
	return check_done();
}
