/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the kernel command line.
 */
#include "check.h"

#include "base/str.h"
#include "conf/cmdline.h"

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
	CHECK_INT(b->hook_timeout_s, 300);
	CHECK_INT(b->mount_timeout_s, 60);
	CHECK_INT(b->log_level, 3);
	CHECK_INT(b->nconsole + b->ntarget + b->nparam + b->nfault + b->blacklist.n + b->preload.n,
		  0);
}

static void check_own(void)
{
	const struct boot_args *b =
		parse("crashbox.conf=/x crashbox.shell crashbox.quiet crashbox.debug=1 "
		      "crashbox.device_timeout=7 crashbox.save_timeout=8 crashbox.stall_timeout=9 "
		      "crashbox.hook_timeout=10 "
		      "crashbox.mount_timeout=11 crashbox.failure=dump_to_rootfs "
		      "crashbox.final=poweroff crashbox.target=2,0 "
		      "rd.retry=1 rd.timeout=2 rd.emergency=halt");

	CHECK_STR(b->conf, "/x");
	CHECK(b->shell && b->quiet && b->debug);
	CHECK_INT(b->device_timeout_s, 7);
	CHECK_INT(b->save_timeout_s, 8);
	CHECK_INT(b->stall_timeout_s, 9);
	CHECK_INT(b->hook_timeout_s, 10);
	CHECK_INT(b->mount_timeout_s, 11);
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
	{ "rd.retry=x", "expected seconds from 0 to 86400" },
	{ "rd.timeout=99999", "expected seconds from 0 to 86400" },
	{ "rd.kdumploglvl=5", "expected a number from 0 to 4" },
	{ "rd.memdebug", "expected a number from 0 to 5" },
	{ "crashbox.failure=restart",
	  "expected reboot, halt, poweroff, shell, dump_to_rootfs or mount_root_run_init" },
	{ "rd.emergency=dump_to_rootfs", "expected reboot, halt, poweroff or shell" },
	{ "crashbox.final=shell", "expected reboot, halt or poweroff" },
	{ "crashbox.target=1,9", "expected numbers of targets from 0 to 8, as 2,1" },
	{ "crashbox.target=1,1,1,1,1,1,1,1,1", "expected numbers of targets from 0 to 8, as 2,1" },
	{ "crashbox.target=10000", "expected numbers of targets from 0 to 8, as 2,1" },
	{ "kdump_test_id=../../etc", "expected up to 64 letters, digits, _ and -" },
	{ "crashbox.frob=1",
	  "unknown, there are crashbox. conf shell quiet debug device_timeout save_timeout "
	  "stall_timeout hook_timeout mount_timeout failure final target" },
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

int main(void)
{
	check_defaults();
	check_own();
	check_rd();
	check_consoles();
	check_params();
	check_faults();
	check_full();
	return check_done();
}
