/* SPDX-License-Identifier: GPL-2.0-or-later */
/* applets: /init of the capture kernel. */
#include "applet.h"

#include "run/capture.h"

#include <stdio.h>
#include <unistd.h>

extern const struct applet applet_init;

static int init_main(int argc, char **argv)
{
	(void)argv;
	if (getpid() == 1)
		capture_main();
	if (argc > 1)
		return applet_usage(&applet_init);
	fputs("crashbox init: process 1 of a capture kernel saves the dump and restarts the machine; "
	      "this process is not number 1, nothing is done\n",
	      stderr);
	return EXIT_FAILED;
}

const struct applet applet_init = {
	.name = "init",
	.synopsis = "",
	.help = "Process 1 of the capture kernel: saves the dump, then reboots\n\n"
		"Started by the kernel as /init. As any other process it refuses to do anything.\n",
	.main = init_main,
};
