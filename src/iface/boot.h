/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iface: what the kernel command line asked for.
 * src/conf fills it from the text of /proc/cmdline; /init and the module loader read it.
 */
#ifndef IFACE_BOOT_H
#define IFACE_BOOT_H

#include "iface/link.h"
#include "iface/plan.h"

#include <stdbool.h>

#define BOOT_READ     4095 /* bytes of a command line that are read: the largest limit of all */
#define BOOT_CONSOLES 8
#define BOOT_WORDS    64 /* words of one list */
#define BOOT_PARAMS   64 /* module.name=value */
#define BOOT_FAULTS   16
#define BOOT_LINKS    48 /* steps that bring links up */

struct boot_list {
	const char *word[BOOT_WORDS];
	unsigned n;
};

struct boot_param {
	const char *module; /* '-' is written '_' */
	const char *text;   /* "name=value", or "name" for a switch */
};

struct boot_fault {
	const char *word;     /* as on the command line */
	const char *expected; /* static sentence: "expected seconds from 0 to 86400" */
	bool taken;           /* the word counts, but for what the sentence says */
};

/* ip= vlan= bond= team= bridge= ifname= nameserver= rd.route= rd.net.… rd.peerdns= bootdev= BOOTIF= */
struct boot_net {
	struct link_step step[BOOT_LINKS]; /* in order; an interface called "*" stands for every one of the hardware */
	unsigned n;
	bool replaces;              /* the recipe's links are not played; else these are added to them */
	unsigned carrier_s, dhcp_s; /* 0: not given */
	bool own_servers;           /* name servers of DHCP and routers are not taken */
	char bootdev[LINK_NAME];    /* the interface of words that name none; "": all of them */
	bool has_bootif, no_bootif;
	uint8_t bootif[6]; /* the same, by its address: bootdev is its name */
	const char *note;  /* static: what of the word taken last is not honoured, or NULL */
};

/* Every string lives in `text`: a struct boot_args is not copied. Times are in seconds. */
struct boot_args {
	char text[2 * (BOOT_READ + 1)]; /* every word twice: whole, and cut */

	/* Names without options, in order, none twice; the last one is /dev/console. */
	const char *console[BOOT_CONSOLES];
	unsigned nconsole;

	const char *conf;   /* crashbox.conf=, default /etc/kdump.conf */
	bool shell;         /* crashbox.shell, rd.shell: before the failure action */
	bool quiet, debug;  /* crashbox.quiet; crashbox.debug or rd.debug */
	unsigned log_level; /* rd.kdumploglvl= 0–4, default 3 */
	unsigned mem_debug; /* rd.memdebug= 0–5, default 0 */

	/* crashbox.device_timeout=, else rd.retry=, else rd.timeout=; 0: none; default 180 */
	unsigned device_timeout_s;
	bool device_timeout_given;
	unsigned save_timeout_s;    /* crashbox.save_timeout=; 0: none, the default */
	unsigned stall_timeout_s;   /* crashbox.stall_timeout=; 0: none; default 120 */
	unsigned min_rate_k;        /* crashbox.min_rate=, KiB/s; 0: none; default 64 */
	unsigned hook_timeout_s;    /* crashbox.hook_timeout=; 0: none; default 300 */
	unsigned mount_timeout_s;   /* crashbox.mount_timeout=; 0: none; default 60 */
	unsigned connect_timeout_s; /* crashbox.connect_timeout=; 0: none; default 60 */
	unsigned log_wait_s;        /* crashbox.log_wait=; 0: no log but where the dump goes; default 30 */

	/* crashbox.failure=, else rd.emergency=, and crashbox.final=: over the plan's when given */
	enum plan_action failure_action;
	bool failure_given;
	enum plan_action final_action;
	bool final_given;
	/* crashbox.target=2,1: these targets only, in this order; 0: the default one */
	unsigned target[PLAN_TARGETS];
	unsigned ntarget; /* 0: not given, all of them */

	const char *test_id;                       /* kdump_test_id=, letters, digits, _ and -; or NULL */
	const char *root, *rootfstype, *rootflags; /* or NULL */

	/* '-' is '_': rd.driver.blacklist= module_blacklist= modprobe.blacklist=; rd.driver.pre= .post= */
	struct boot_list blacklist, preload;
	struct boot_param param[BOOT_PARAMS];
	unsigned nparam;

	struct boot_net net;

	struct boot_fault fault[BOOT_FAULTS]; /* words that were not taken */
	unsigned nfault;                      /* at most BOOT_FAULTS are kept */
};

#endif
