/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the kernel command line.
 */
#include "check.h"

#include "base/str.h"
#include "conf/cmdline.h"
#include "conf/link_words.h"

#include <stdio.h>
#include <stdlib.h>

static struct boot_args *parse(const char *text)
{
	static struct boot_args b;

	boot_parse(&b, text, strlen(text));
	return &b;
}

static void check_defaults(void)
{
	const struct boot_args *b =
		parse("BOOT_IMAGE=/vmlinuz quiet irqpoll nr_cpus=1 reset_devices\n");

	CHECK_STR(b->conf, "/etc/kdump.conf");
	CHECK_INT(b->device_timeout_s, 180);
	CHECK(!b->device_timeout_given && !b->failure_given && !b->final_given);
	CHECK(!b->shell && !b->quiet && !b->debug && !b->test_id && !b->root);
	CHECK_INT(b->save_timeout_s, 0);
	CHECK_INT(b->stall_timeout_s, 120);
	CHECK_INT(b->min_rate_k, 64);
	CHECK_INT(b->hook_timeout_s, 300);
	CHECK_INT(b->mount_timeout_s, 60);
	CHECK_INT(b->connect_timeout_s, 60);
	CHECK_INT(b->log_wait_s, 30);
	CHECK_INT(b->log_level, 3);
	CHECK_INT(b->nconsole + b->ntarget + b->nparam + b->nfault + b->blacklist.n + b->preload.n,
		  0);
}

static void check_own(void)
{
	const struct boot_args *b =
		parse("crashbox.conf=/x crashbox.shell crashbox.quiet crashbox.debug=1 "
		      "crashbox.device_timeout=7 crashbox.save_timeout=8 crashbox.stall_timeout=9 crashbox.min_rate=10 "
		      "crashbox.hook_timeout=10 "
		      "crashbox.mount_timeout=11 crashbox.connect_timeout=12 crashbox.log_wait=0 "
		      "crashbox.failure=dump_to_rootfs "
		      "crashbox.final=poweroff crashbox.target=2,0 "
		      "rd.retry=1 rd.timeout=2 rd.emergency=halt");

	CHECK_STR(b->conf, "/x");
	CHECK(b->shell && b->quiet && b->debug);
	CHECK_INT(b->device_timeout_s, 7);
	CHECK_INT(b->save_timeout_s, 8);
	CHECK_INT(b->stall_timeout_s, 9);
	CHECK_INT(b->min_rate_k, 10);
	CHECK_INT(b->hook_timeout_s, 10);
	CHECK_INT(b->mount_timeout_s, 11);
	CHECK_INT(b->connect_timeout_s, 12);
	CHECK_INT(b->log_wait_s, 0);
	CHECK_INT(b->failure_action, ACTION_DUMP_TO_ROOTFS);
	CHECK_INT(b->final_action, ACTION_POWEROFF);
	CHECK(b->failure_given && b->final_given && b->device_timeout_given);
	CHECK_INT(b->ntarget, 2);
	CHECK_INT(b->target[0], 2);
	CHECK_INT(b->target[1], 0);
	CHECK_INT(b->nfault, 0);
}

static void check_rd(void)
{
	const struct boot_args *b = parse(
		"rd.timeout=50 rd.shell=1 rd.debug rd.emergency=shell rd.memdebug=4 "
		"rd.kdumploglvl=4 rd.driver.blacklist=a-b,c module_blacklist=d "
		"modprobe.blacklist=e rd.driver.pre=hpwdt "
		"kdump_test_id=170-9 root=UUID=1-2 rootfstype=ext4 rootflags=ro,data=journal");

	CHECK_INT(b->device_timeout_s, 50);
	CHECK(b->shell && b->debug && b->failure_given);
	CHECK_INT(b->failure_action, ACTION_SHELL);
	CHECK_INT(b->mem_debug, 4);
	CHECK_INT(b->log_level, 4);
	CHECK_INT(b->blacklist.n, 4);
	CHECK_STR(b->blacklist.word[0], "a_b");
	CHECK_STR(b->blacklist.word[3], "e");
	CHECK_STR(b->preload.word[0], "hpwdt");
	CHECK_STR(b->test_id, "170-9");
	CHECK_STR(b->root, "UUID=1-2");
	CHECK_STR(b->rootfstype, "ext4");
	CHECK_STR(b->rootflags, "ro,data=journal");
	CHECK_INT(b->nparam, 0);
	b = parse("rd.retry=20 rd.timeout=30");
	CHECK_INT(b->device_timeout_s, 20);
	b = parse("rd.timeout=30 rd.retry=20 rd.shell rd.shell=0");
	CHECK_INT(b->device_timeout_s, 20);
	CHECK(!b->shell);
}

/* What dracut's getargbool takes. */
static void check_switches(void)
{
	CHECK(parse("rd.shell=on rd.debug=yes crashbox.quiet=y")->nfault == 0);
	CHECK(parse("rd.shell=on")->shell && parse("rd.debug=yes")->debug && parse("crashbox.quiet=y")->quiet);
	CHECK(!parse("rd.shell rd.shell=off")->shell && !parse("rd.debug rd.debug=no")->debug);
	CHECK_INT(parse("rd.shell=off")->nfault, 0);
	CHECK_INT(parse("rd.shell=maybe")->nfault, 1);
	CHECK(parse("rd.peerdns=off")->net.own_servers && !parse("rd.peerdns=on")->net.own_servers);
}

static void check_consoles(void)
{
	const struct boot_args *b =
		parse("console=tty0 console=ttyS0,115200n8 console= console=null console=tty0 "
		      "console=brl,ttyS1 console=../x console=hvc0");

	CHECK_INT(b->nconsole, 3);
	CHECK_STR(b->console[0], "tty0");
	CHECK_STR(b->console[1], "ttyS0");
	CHECK_STR(b->console[2], "hvc0");
}

static void check_params(void)
{
	const struct boot_args *b =
		parse("snd-hda.model=x nvme.poll_queues=0 usbcore.nousb dyndbg.p=\"file a +p\" "
		      "\"mod.x=a b\" systemd.unit=a rd.foo=1 .a=1 b.=1 foo -- late.x=1");

	CHECK_INT(b->nparam, 5);
	CHECK_STR(b->param[0].module, "snd_hda");
	CHECK_STR(b->param[0].text, "model=x");
	CHECK_STR(b->param[2].text, "nousb");
	CHECK_STR(b->param[3].text, "p=file a +p");
	CHECK_STR(b->param[4].module, "mod");
	CHECK_STR(b->param[4].text, "x=a b");
}

static const struct {
	const char *word, *expected;
} bad[] = {
	{ "crashbox.conf=", "expected a value" },
	{ "crashbox.shell=perhaps", "expected nothing, 0 or 1 behind it" },
	{ "crashbox.save_timeout=2m", "expected seconds from 0 to 86400" },
	{ "crashbox.device_timeout=", "expected seconds from 0 to 86400" },
	{ "rd.retry=x", "expected seconds from 1 to 86400; crashbox.device_timeout=0 waits without an end" },
	{ "rd.timeout=99999", "expected seconds from 1 to 86400; crashbox.device_timeout=0 waits without an end" },
	{ "rd.retry=0", "expected seconds from 1 to 86400; crashbox.device_timeout=0 waits without an end" },
	{ "rd.timeout=0", "expected seconds from 1 to 86400; crashbox.device_timeout=0 waits without an end" },
	{ "rd.kdumploglvl=5", "expected a number from 0 to 4" },
	{ "rd.memdebug", "expected a number from 0 to 5" },
	{ "crashbox.failure=restart",
	  "expected reboot, halt, poweroff, shell, dump_to_rootfs or mount_root_run_init" },
	{ "rd.emergency=dump_to_rootfs", "expected reboot, halt, poweroff or shell" },
	{ "crashbox.min_rate=-1", "expected KiB a second from 0 to 1048576" },
	{ "crashbox.final=shell", "expected reboot, halt or poweroff" },
	{ "crashbox.target=1,9", "expected numbers of targets from 0 to 8, as 2,1" },
	{ "crashbox.target=1,1,1,1,1,1,1,1,1", "expected numbers of targets from 0 to 8, as 2,1" },
	{ "crashbox.target=10000", "expected numbers of targets from 0 to 8, as 2,1" },
	{ "kdump_test_id=../../etc", "expected up to 64 letters, digits, _ and -" },
	{ "crashbox.frob=1",
	  "unknown, there are crashbox. conf shell quiet debug device_timeout save_timeout "
	  "stall_timeout min_rate hook_timeout mount_timeout connect_timeout log_wait failure final target" },
};

static void check_faults(void)
{
	struct boot_args none;

	boot_parse(&none, "", 0);
	for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
		const struct boot_args *b = parse(bad[i].word);

		CHECK_INT(b->nfault, 1);
		CHECK_STR(b->fault[0].word, bad[i].word);
		CHECK_STR(b->fault[0].expected, bad[i].expected);
		CHECK_INT(b->failure_given + b->final_given + b->ntarget, 0);
		CHECK_INT(b->device_timeout_s, none.device_timeout_s);
		CHECK_STR(b->conf, none.conf);
	}
}

/* Fills TEXT with WORD, COUNT times. */
static const char *many(char *text, const char *word, unsigned count)
{
	*text = '\0';
	while (count--)
		strcat(text, word);
	return text;
}

static void check_full(void)
{
	static char text[8192];
	const struct boot_args *b = parse(many(text, "crashbox.x ", 40));

	CHECK_INT(b->nfault, BOOT_FAULTS);
	b = parse(many(text, "m.a=1 ", BOOT_PARAMS + 1));
	CHECK_INT(b->nparam, BOOT_PARAMS);
	CHECK_STR(b->fault[0].expected, "more module parameters than are kept (64)");
	b = parse(many(text, "module_blacklist=a,b ", BOOT_WORDS));
	CHECK_INT(b->blacklist.n, BOOT_WORDS);
	CHECK_STR(b->fault[0].expected, "more modules than are kept (64)");
	b = parse("console=a console=b console=c console=d console=e console=f console=g console=h "
		  "console=i");
	CHECK_INT(b->nconsole, BOOT_CONSOLES);
	CHECK_STR(b->fault[0].expected, "more consoles than are kept (8)");
	b = parse(many(text, "a ", 3000));
	CHECK_STR(b->fault[0].expected, "the command line is longer than is read (4095)");
	memset(text, 'x', BOOT_READ);
	text[BOOT_READ] = '\0';
	b = parse(text);
	CHECK_INT(b->nfault, 0);
}

/* The steps of a command line as text, a line each. */
static const char *links(const char *text)
{
	static char out[BOOT_LINKS * LINK_LINE];
	const struct boot_args *b = parse(text);
	size_t n = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < b->net.n; i++) {
		CHECK_INT(link_text(&b->net.step[i], out + n, sizeof(out) - n), 0);
		n += strlen(out + n);
		out[n++] = '\n';
		out[n] = '\0';
	}
	for (unsigned i = 0; i < b->nfault; i++)
		n += (size_t)snprintf(out + n, sizeof(out) - n, "%s %s: %.20s\n",
				      b->fault[i].taken ? "HALF" : "FAULT", b->fault[i].word, b->fault[i].expected);
	return out;
}

static const struct {
	const char *text, *steps;
} net[] = {
	{ "quiet", "" },
	{ "ip=off ip=none", "" },
	{ "ip=dhcp", "up * carrier 30\ndhcp4 * 60\n" },
	{ "ip=eth0:dhcp", "link eth0\nup eth0 carrier 30\ndhcp4 eth0 60\n" },
	{ "ip=eth0:on:1400 rd.net.timeout.carrier=5",
	  "link eth0\nmtu eth0 1400\nup eth0 carrier 5\ndhcp4 eth0 60\n" },
	{ "rd.net.timeout.dhcp=7 ip=eth0:either6", "link eth0\nup eth0 carrier 30\nra eth0 7\n" },
	{ "ip=eth0:dhcp,dhcp6", "link eth0\nup eth0 carrier 30\ndhcp4 eth0 60\ndhcp6 eth0 60\n" },
	{ "ip=dhcp,dhcp6 rd.peerdns=no rd.neednet=yes", "up * carrier 30\ndhcp4 * 60\ndhcp6 * 60\n" },
	{ "ip=::::box:eth0:dhcp6,dhcp",
	  "link eth0\nup eth0 carrier 30\ndhcp6 eth0 60\ndhcp4 eth0 60 hostname box\n" },
	{ "ip=10.0.0.5/24::10.0.0.1::host:eth0:none",
	  "link eth0\nup eth0 carrier 30\naddress eth0 10.0.0.5/24\nroute default via 10.0.0.1 dev eth0\n" },
	{ "ip=[fd00::5/56]::[fd00::1]::host:eth0:none",
	  "link eth0\nup eth0 carrier 30\naddress eth0 fd00::5/56\nroute default via fd00::1 dev eth0\n" },
	{ "ip=10.0.0.5/33::::host:eth0:none", "FAULT ip=10.0.0.5/33::::host:eth0:none: expected INTERFACE:M\n" },
	{ "ip=en*:dhcp", "FAULT ip=en*:dhcp: expected INTERFACE:M\n" },
	{ "ip=eth0:dhcp ip=eth0:dhcp nameserver=10.9.9.9 nameserver=10.9.9.9",
	  "link eth0\nup eth0 carrier 30\ndhcp4 eth0 60\nnameserver 10.9.9.9\n" },
	{ "ip=eth1:dhcp6 nameserver=10.9.9.9 nameserver=[fd00::53]",
	  "link eth1\nup eth1 carrier 30\ndhcp6 eth1 60\nnameserver 10.9.9.9\nnameserver fd00::53\n" },
	{ "ip=10.0.0.5::10.0.0.1:255.255.255.0:host:eth0:none:9000:52:54:00:00:00:01",
	  "link eth0\nmtu eth0 9000\nup eth0 carrier 30\naddress eth0 10.0.0.5/24\n"
	  "route default via 10.0.0.1 dev eth0\n"
	  "HALF ip=10.0.0.5::10.0.0.1:255.255.255.0:host:eth0:none:9000:52:54:00:00:00:01: the card keeps its o\n" },
	{ "ip=eth0:dhcp:1400:52-54-00-00-00-01",
	  "link eth0\nmtu eth0 1400\nup eth0 carrier 30\ndhcp4 eth0 60\n"
	  "HALF ip=eth0:dhcp:1400:52-54-00-00-00-01: the card keeps its o\n" },
	{ "ip=::::box:eth0:dhcp", "link eth0\nup eth0 carrier 30\ndhcp4 eth0 60 hostname box\n" },
	/* an address in the place of the name */
	{ "ip=52:54:00:AA:bb:cc:dhcp", "link enx525400aabbcc mac 52:54:00:aa:bb:cc\n"
				       "up enx525400aabbcc carrier 30\ndhcp4 enx525400aabbcc 60\n" },
	{ "ip=52-54-00-aa-bb-cc:auto6:1400 ip=10.0.0.5::10.0.0.1:24::52:54:00:aa:bb:cc:none:1400",
	  "link enx525400aabbcc mac 52:54:00:aa:bb:cc\nmtu enx525400aabbcc 1400\n"
	  "up enx525400aabbcc carrier 30\nra enx525400aabbcc 60\naddress enx525400aabbcc 10.0.0.5/24\n"
	  "route default via 10.0.0.1 dev enx525400aabbcc\n" },
	{ "ip=52:54:00:aa:bb:cc:dhcp ifname=lan0:52:54:00:aa:bb:cc",
	  "link lan0 mac 52:54:00:aa:bb:cc\nup lan0 carrier 30\ndhcp4 lan0 60\n" },
	{ "ifname=lan0:52:54:00:aa:bb:cc ip=52:54:00:aa:bb:cc:dhcp",
	  "link lan0 mac 52:54:00:aa:bb:cc\nup lan0 carrier 30\ndhcp4 lan0 60\n" },
	/* which interface is meant where none is named, and whose way out counts */
	{ "BOOTIF=01-52-54-00-aa-bb-cc ip=dhcp", "link enx525400aabbcc mac 52:54:00:aa:bb:cc\n"
						 "up enx525400aabbcc carrier 30\ndhcp4 enx525400aabbcc 60\n" },
	{ "BOOTIF=01-52-54-00-aa-bb-cc ip=dhcp rd.bootif=0", "up * carrier 30\ndhcp4 * 60\n" },
	{ "ip=dhcp bootdev=eth1", "link eth1\nup eth1 carrier 30\ndhcp4 eth1 60\n" },
	{ "bootdev=eth1 ip=eth0:dhcp ip=eth1:dhcp ip=10.0.0.5::10.0.0.1:24::eth2:none",
	  "link eth0\nlink eth1\nlink eth2\nup eth0 carrier 30\nup eth1 carrier 30\nup eth2 carrier 30\n"
	  "dhcp4 eth0 60 metric 2048\ndhcp4 eth1 60\naddress eth2 10.0.0.5/24\n"
	  "route default via 10.0.0.1 dev eth2 metric 2048\n" },
	{ "ip=a:dhcp ifname=a:00:11:22:33:44:55 ifname=a:00:11:22:33:44:55",
	  "link a mac 00:11:22:33:44:55\nup a carrier 30\ndhcp4 a 60\n" },
	{ "BOOTIF=01-52-54-00-aa-bb-cc rd.neednet=1 rd.peerdns=0", "" },
	{ "BOOTIF=20-52-54-00-aa-bb-cc bootdev=a/b rd.neednet=maybe rd.net.dhcp.retry=3 "
	  "rd.net.timeout.ifup=9 rd.znet=qeth",
	  "FAULT BOOTIF=20-52-54-00-aa-bb-cc: expected 01-MAC\nFAULT bootdev=a/b: expected INTERFACE\n"
	  "FAULT rd.neednet=maybe: expected 0 or 1\nFAULT rd.net.dhcp.retry=3: not honoured, DHCP a\n"
	  "FAULT rd.net.timeout.ifup=9: not honoured, crashb\nFAULT rd.znet=qeth: not honoured\n" },
	{ "ip=10.0.0.5:10.0.0.2:10.0.0.1:255.255.255.0::eth0:off:10.0.0.53:10.0.0.54:10.0.0.55",
	  "link eth0\nup eth0 carrier 30\naddress eth0 10.0.0.5/24\nroute default via 10.0.0.1 dev eth0\n"
	  "nameserver 10.0.0.53\nnameserver 10.0.0.54\n" },
	{ "ip=:::::eth0:dhcp", "link eth0\nup eth0 carrier 30\ndhcp4 eth0 60\n" },
	{ "ip=10.0.0.5:::24", "up * carrier 30\naddress * 10.0.0.5/24\n" },
	{ "ip=130.1.0.5", "up * carrier 30\naddress * 130.1.0.5/16\n" },
	{ "ip=[fd00::5]::[fe80::1]:64::eth0:none ifname=eth0:52:54:00:aa:bb:cc",
	  "link eth0 mac 52:54:00:aa:bb:cc\nup eth0 carrier 30\naddress eth0 fd00::5/64\n"
	  "route default via fe80::1 dev eth0\n" },
	{ "vlan=eth0.0005:eth0 ip=eth0.0005:dhcp",
	  "link eth0\nvlan eth0.0005 eth0 5\nup eth0\nup eth0.0005 carrier 30\ndhcp4 eth0.0005 60\n" },
	{ "bond=bond0:eth0,eth1:mode=active-backup,miimon=100:1400 ip=bond0:dhcp",
	  "link eth0\nlink eth1\nbond bond0 mode=active-backup,miimon=100 members eth0,eth1\nmtu bond0 1400\n"
	  "up bond0 carrier 30\ndhcp4 bond0 60\n" },
	{ "bond", "link eth0\nlink eth1\nbond bond0 mode=balance-rr members eth0,eth1\n" },
	{ "team=team0:eth0,eth1:lacp", "link eth0\nlink eth1\nbond team0 mode=802.3ad,miimon=100 members eth0,eth1\n" },
	{ "bridge=br0:bond0.7,eth2 ip=br0:dhcp vlan=bond0.7:bond0 bond=bond0:eth0,eth1:mode=1",
	  "link eth0\nlink eth1\nlink eth2\nbond bond0 mode=1 members eth0,eth1\nvlan bond0.7 bond0 7\n"
	  "bridge br0 members bond0.7,eth2\nup bond0\nup bond0.7\nup eth2\nup br0 carrier 30\ndhcp4 br0 60\n" },
	{ "rd.route=10.1.0.0/16:10.0.0.1:eth0 rd.route=[fd01::/16]:[fe80::1]:eth0 rd.route=[fd02::]/32::eth1",
	  "route 10.1.0.0/16 via 10.0.0.1 dev eth0\nroute fd01::/16 via fe80::1 dev eth0\nroute fd02::/32 dev eth1\n" },
	{ "ip=eth0:ibft", "FAULT ip=eth0:ibft: the firmware's table\n" },
	{ "ip=ibft", "FAULT ip=ibft: the firmware's table\n" },
	/* a gateway outside of the net, as hosters have it */
	{ "ip=203.0.113.5::172.31.1.1:255.255.255.255::eth0:none",
	  "link eth0\nup eth0 carrier 30\naddress eth0 203.0.113.5/32\n"
	  "route default via 172.31.1.1 dev eth0 onlink\n" },
	{ "ip=[fd00::5]::[fd01::1]:128::eth0:none",
	  "link eth0\nup eth0 carrier 30\naddress eth0 fd00::5/128\nroute default via fd01::1 dev eth0 onlink\n" },
	{ "ip=10.0.0.5::[fe80::1]:32::eth0:none",
	  "link eth0\nup eth0 carrier 30\naddress eth0 10.0.0.5/32\nroute default via inet6 fe80::1 dev eth0\n" },
	{ "ip=10.0.0.5:10.0.9.9::::eth0:none",
	  "link eth0\nup eth0 carrier 30\naddress eth0 10.0.0.5 peer 10.0.9.9/32\n" },
	{ "ip=10.0.0.5:10.0.9.9::24::eth0:none",
	  "link eth0\nup eth0 carrier 30\naddress eth0 10.0.0.5/24\n"
	  "HALF ip=10.0.0.5:10.0.9.9::24::eth0:none: with a netmask the s\n" },
	/* routes: to the gateway before over it, whatever the order of the words */
	{ "rd.route=default:10.9.9.9:eth0 rd.route=10.9.0.0/16:10.0.0.7:eth0 rd.route=10.0.0.7/32::eth0 "
	  "ip=10.1.0.5:::24::eth0:none",
	  "link eth0\nup eth0 carrier 30\naddress eth0 10.1.0.5/24\nroute 10.0.0.7/32 dev eth0\n"
	  "route 10.9.0.0/16 via 10.0.0.7 dev eth0\nroute default via 10.9.9.9 dev eth0\n" },
	{ "rd.route=10.9.0.0/16:[fe80::7]:eth0 ip=eth0:link6",
	  "link eth0\nup eth0\nroute 10.9.0.0/16 via inet6 fe80::7 dev eth0\n" },
	/* several values of one option, and ';' as some write it between options */
	{ "bond=bond0:a,b:mode=active-backup,arp_interval=100,arp_ip_target=192.0.2.1;192.0.2.3 ip=bond0:dhcp",
	  "link a\nlink b\n"
	  "bond bond0 mode=active-backup,arp_interval=100,arp_ip_target=192.0.2.1;192.0.2.3 members a,b\n"
	  "up bond0 carrier 30\ndhcp4 bond0 60\n" },
	{ "bond=bond0:a:mode=1;arp_interval=9;arp_ip_target=192.0.2.1;192.0.2.3;primary=a",
	  "link a\nbond bond0 mode=1,arp_interval=9,arp_ip_target=192.0.2.1;192.0.2.3,primary=a members a\n" },
	{ "bond", "link eth0\nlink eth1\nbond bond0 mode=balance-rr members eth0,eth1\n" },
	{ "bond=:::9000",
	  "link eth0\nlink eth1\nbond bond0 mode=balance-rr members eth0,eth1\nmtu bond0 9000\n" },
	{ "team", "link eth0\nlink eth1\nbond team0 mode=active-backup,miimon=100 members eth0,eth1\n" },
	{ "bridge", "link eth0\nbridge br0 members eth0\nup eth0\n" },
	/* members first, at any depth and in any order of the words */
	{ "bond=bond0:a5,b5:mode=active-backup vlan=a5:eno1 vlan=b5:eno2 ip=192.0.2.5::192.0.2.1:24::bond0:none",
	  "link eno1\nlink eno2\nvlan a5 eno1 5\nvlan b5 eno2 5\n"
	  "bond bond0 mode=active-backup members a5,b5\nup eno1\nup eno2\nup bond0 carrier 30\n"
	  "address bond0 192.0.2.5/24\nroute default via 192.0.2.1 dev bond0\n" },
	{ "ip=o9:dhcp:1400 vlan=o9:bond1 bond=bond1:br7 bridge=br7:v7 vlan=v7:bond0 bond=bond0:a,b",
	  "link a\nlink b\nbond bond0 mode=balance-rr members a,b\nvlan v7 bond0 7\nbridge br7 members v7\n"
	  "bond bond1 mode=balance-rr members br7\nvlan o9 bond1 9\nmtu o9 1400\nup bond0\nup v7\nup bond1\n"
	  "up o9 carrier 30\ndhcp4 o9 60\n" },
	{ "bond=b0:v5 vlan=v5:b0 ip=b0:dhcp",
	  "vlan v5 b0 5\nbond b0 mode=balance-rr members v5\nup b0 carrier 30\ndhcp4 b0 60\n"
	  "FAULT ip=: links are made of ea\n" },
	/* BOOTIF stands for the interface that BOOTIF= names */
	{ "ip=::::node7:BOOTIF:dhcp BOOTIF=01-52-54-00-aa-bb-cc",
	  "link enx525400aabbcc mac 52:54:00:aa:bb:cc\nup enx525400aabbcc carrier 30\n"
	  "dhcp4 enx525400aabbcc 60 hostname node7\n" },
	{ "BOOTIF=01-52-54-00-aa-bb-cc vlan=v5:BOOTIF bond=b0:BOOTIF,x bootdev=BOOTIF ip=v5:dhcp",
	  "link enx525400aabbcc mac 52:54:00:aa:bb:cc\nlink x\nvlan v5 enx525400aabbcc 5\n"
	  "bond b0 mode=balance-rr members enx525400aabbcc,x\nup enx525400aabbcc\nup v5 carrier 30\n"
	  "dhcp4 v5 60 metric 2048\n" },
	{ "ip=BOOTIF:dhcp bootdev=eth3", "link eth3\nup eth3 carrier 30\ndhcp4 eth3 60\n" },
	{ "ip=BOOTIF:dhcp", "up * carrier 30\ndhcp4 * 60\nFAULT ip=: no BOOTIF= says whic\n" },
	{ "ip=link6", "up *\n" },
	{ "ip=eth0:link-local", "link eth0\nup eth0\n" },
	{ "ip=eth0:auto", "link eth0\nup eth0 carrier 30\ndhcp4 eth0 60\n" },
	{ "ip=10.0.0.5:::255.0.255.0::eth0:none",
	  "FAULT ip=10.0.0.5:::255.0.255.0::eth0:none: expected INTERFACE:M\n" },
	{ "ip=1.2.3::::: ip", "FAULT ip=1.2.3:::::: expected INTERFACE:M\nFAULT ip: expected INTERFACE:M\n" },
	{ "vlan=eth0 vlan=eth:eth0 vlan=eth9999:eth0",
	  "FAULT vlan=eth0: expected INTERFACE:P\nFAULT vlan=eth:eth0: expected INTERFACE:P\n"
	  "FAULT vlan=eth9999:eth0: expected INTERFACE:P\n" },
	{ "team=t:a,b:random bridge=br0 ifname=eth0 nameserver=here rd.route=1.2.3.4 rd.net.timeout.dhcp=0",
	  "FAULT team=t:a,b:random: expected TEAM:MEMBER\nFAULT bridge=br0: expected BRIDGE:MEMB\n"
	  "FAULT ifname=eth0: expected INTERFACE:M\nFAULT nameserver=here: expected an address\n"
	  "FAULT rd.route=1.2.3.4: expected NET/MASK:GA\nFAULT rd.net.timeout.dhcp=0: expected seconds fro\n" },
};

static void check_net(void)
{
	static char text[8192];
	const struct boot_args *b;

	for (unsigned i = 0; i < ARRAY_LEN(net); i++)
		CHECK_STR(links(net[i].text), net[i].steps);
	CHECK(parse("ip=eth0:dhcp")->net.replaces);
	CHECK(parse("rd.peerdns=0")->net.own_servers && !parse("rd.peerdns=1")->net.own_servers);
	b = parse("BOOTIF=01-52-54-00-aa-bb-cc");
	CHECK(!b->net.replaces && b->net.n == 0 && b->net.has_bootif);
	CHECK_STR(b->net.bootdev, "enx525400aabbcc");
	CHECK(!parse("rd.bootif=0 BOOTIF=01-52-54-00-aa-bb-cc")->net.has_bootif);
	CHECK(!parse("nameserver=1.1.1.1 ifname=a:00:11:22:33:44:55 ip=off")->net.replaces);
	for (unsigned i = 0, n = 0; i <= BOOT_LINKS; i++)
		n += (unsigned)snprintf(text + n, sizeof(text) - n, "nameserver=1.1.1.%u ", i);
	b = parse(text);
	CHECK_INT(b->net.n, BOOT_LINKS);
	CHECK_INT(b->nfault, 1);
}

int main(void)
{
	check_defaults();
	check_own();
	check_rd();
	check_switches();
	check_consoles();
	check_params();
	check_faults();
	check_full();
	check_net();
	return check_done();
}
