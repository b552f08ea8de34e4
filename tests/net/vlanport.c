/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tests/net: a switch with one access port, for kernels that have no VLANs of their own.
 *
 *	vlanport ID TAP PORT...
 *
 * Each PORT is a trunk: the socket PORT.switch here, PORT.card at the other end (QEMU's -netdev dgram). What comes from
 * a trunk with tag ID leaves at TAP, an interface of this network namespace, without it; everything else is dropped.
 * What comes from TAP leaves at every trunk, tagged. Its own number is printed when frames can come.
 */
#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/if.h>
#include <linux/if_tun.h>

enum { PORTS = 8,
       FRAME = 65536,
       ADDRESSES = 12, /* bytes in front of the tag, IEEE 802.3 */
       TAG = 4 };

struct port {
	int fd;
	struct sockaddr_un card;
};

static struct sockaddr_un path_of(const char *port, const char *end)
{
	struct sockaddr_un sa = { .sun_family = AF_UNIX };

	if (snprintf(sa.sun_path, sizeof(sa.sun_path), "%s.%s", port, end) >= (int)sizeof(sa.sun_path))
		errx(2, "%s: the name is too long", port);
	return sa;
}

static struct port open_port(const char *name)
{
	struct sockaddr_un here = path_of(name, "switch");
	struct port p = { socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), path_of(name, "card") };

	unlink(here.sun_path);
	if (p.fd < 0 || bind(p.fd, (struct sockaddr *)&here, sizeof(here)))
		err(1, "%s", here.sun_path);
	return p;
}

static int open_tap(const char *name)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &ifr))
		err(1, "%s", name);
	return fd;
}

/* A frame that finds no room is lost, as on a wire. */
static void to_tap(int tap, const struct port *p, uint16_t id)
{
	uint8_t frame[FRAME];
	ssize_t n;

	while ((n = recv(p->fd, frame, sizeof(frame), 0)) > 0) {
		if (n < ADDRESSES + TAG + 2 || frame[12] != 0x81 || frame[13] ||
		    ((frame[14] & 0xf) << 8 | frame[15]) != id)
			continue;
		memmove(frame + ADDRESSES, frame + ADDRESSES + TAG, (size_t)n - ADDRESSES - TAG);
		(void)!write(tap, frame, (size_t)n - TAG);
	}
}

static void to_ports(int tap, const struct port *p, int nport, uint16_t id)
{
	const uint8_t tag[TAG] = { 0x81, 0, (uint8_t)(id >> 8), (uint8_t)id };
	uint8_t frame[FRAME];
	ssize_t n;

	while ((n = read(tap, frame + TAG, sizeof(frame) - TAG)) > ADDRESSES) {
		memmove(frame, frame + TAG, ADDRESSES);
		memcpy(frame + ADDRESSES, tag, TAG);
		for (int i = 0; i < nport; i++)
			(void)!sendto(p[i].fd, frame, (size_t)n + TAG, 0, (const struct sockaddr *)&p[i].card,
				      sizeof(p[i].card));
	}
}

int main(int argc, char **argv)
{
	struct port port[PORTS];
	struct pollfd wait[PORTS + 1];
	int nport = argc - 3, tap;
	uint16_t id;

	if (nport < 1 || nport > PORTS)
		errx(2, "vlanport ID TAP PORT...");
	id = (uint16_t)atoi(argv[1]);
	tap = open_tap(argv[2]);
	wait[nport] = (struct pollfd){ .fd = tap, .events = POLLIN };
	for (int i = 0; i < nport; i++) {
		port[i] = open_port(argv[3 + i]);
		wait[i] = (struct pollfd){ .fd = port[i].fd, .events = POLLIN };
	}
	printf("%d\n", (int)getpid());
	fflush(stdout);
	while (poll(wait, (nfds_t)nport + 1, -1) > 0) {
		for (int i = 0; i < nport; i++)
			if (wait[i].revents)
				to_tap(tap, &port[i], id);
		if (wait[nport].revents)
			to_ports(tap, port, nport, id);
	}
	err(1, "poll");
}
