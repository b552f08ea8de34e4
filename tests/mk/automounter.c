/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mk: an automount point of the kernel's own autofs, as systemd and automount(8) make them.
 *
 *	automounter DIR COMMAND     when DIR is entered for the first time COMMAND is run by sh, and the caller waits
 *
 * "ready" is printed when DIR waits. For a mount namespace of the test's own; runs until it is killed.
 * Protocol: include/uapi/linux/auto_fs.h, Documentation/filesystems/autofs.rst (6.12), version 5, a direct mount.
 */
#include <linux/auto_fs.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct autofs_v5_packet packet;
	char options[128];
	int wire[2], root;

	/* Its own process group walks through DIR without a request. */
	if (argc != 3 || setpgid(0, 0) || pipe(wire))
		return 2;
	snprintf(options, sizeof(options), "fd=%d,pgrp=%d,minproto=5,maxproto=5,direct", wire[1], getpid());
	if (mount("automounter", argv[1], "autofs", 0, options)) {
		perror("mount autofs");
		return 1;
	}
	close(wire[1]);
	root = open(argv[1], O_RDONLY | O_DIRECTORY);
	puts("ready");
	fflush(stdout);
	while (read(wire[0], &packet, sizeof(packet)) == sizeof(packet)) {
		int rc = system(argv[2]);

		if (ioctl(root, rc ? AUTOFS_IOC_FAIL : AUTOFS_IOC_READY, (unsigned long)packet.wait_queue_token))
			perror("answer");
	}
	return 0;
}
