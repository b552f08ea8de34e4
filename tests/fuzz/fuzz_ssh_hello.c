/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: an ssh server before the login.
 * The real session over the real, patched library. The input is what the server sends: packets whose frame is made
 * right, or bytes as they are. It ends in time, is refused, and holds no more than the limit before the login.
 * wrap: socket connect bind poll clock_gettime getrandom getservbyport
 */
#include "../mk/peer.h"
#include "wire.h"

#include "sink/net_ssh.h"
#include "sink/net_ssh_session.h"

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

/* libssh2 loses some hundred bytes of calls that are given up; the process ends after a capture. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

/* What KEXINIT names, so that some of it is agreed upon. */
static const char *const words[] = {
	"curve25519-sha256",
	"ecdh-sha2-nistp256",
	"diffie-hellman-group14-sha256",
	"ext-info-c",
	"kex-strict-s-v00@openssh.com",
	"ssh-ed25519",
	"rsa-sha2-256",
	"ecdsa-sha2-nistp256",
	"aes128-ctr",
	"chacha20-poly1305@openssh.com",
	"aes128-gcm@openssh.com",
	"hmac-sha2-256",
	"hmac-sha2-256-etm@openssh.com",
	"none",
	"",
};

/* The ten lists, each a word or two that the input chooses. */
static size_t offer(uint8_t *p)
{
	size_t n = 17;

	memset(p, 0, n);
	p[0] = 20;
	for (unsigned i = 0; i < 10; i++)
		n += peer_text(p + n, words[wire_byte() % (sizeof(words) / sizeof(*words))]);
	memset(p + n, 0, 5);
	return n + 5;
}

static void packet(int fd, const uint8_t *payload, size_t n)
{
	uint8_t b[2048];

	wire_say(fd, b, peer_ssh_packet(b, payload, n));
}

static bool speak(int p, unsigned nr)
{
	uint8_t sink[4096], payload[1024];
	size_t n = 0;
	uint8_t how;

	(void)nr;
	while (recv(p, sink, sizeof(sink), MSG_DONTWAIT) > 0)
		;
	if (!wire.in.n)
		return false;
	how = wire_byte();
	switch (how % 8) {
	case 0: wire_say(p, "SSH-2.0-x\r\n", 11); return true;
	case 1:
	case 2: n = offer(payload); break;
	case 3: /* as it is */
		for (n = 0; n < how; n++)
			payload[n] = wire_byte();
		wire_say(p, payload, n);
		return true;
	case 4: /* many of a kind */
		payload[0] = wire_byte();
		for (unsigned i = 0; i < 64; i++)
			packet(p, payload, 900);
		return true;
	default:
		for (n = 0; n < how; n++)
			payload[n] = wire_byte();
		n = n ? n : 1;
	}
	packet(p, payload, n);
	return true;
}

static int trust_none(void *arg, const void *key, size_t n, struct err *e)
{
	(void)arg;
	(void)key;
	(void)n;
	return err_set(e, -EACCES, "no key is known");
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct ssh_target to = { .host = "127.0.0.1", .user = "root", .trust = trust_none, .dir = "/" };
	struct ssh c = { .fd = -1 };

	to.connect_ms = 10000;
	wire_start(d, n, speak);
	if (ssh_connect(&c, &to, NULL) == 0)
		abort();
	ssh_close(&c);
	wire_stop();
	return 0;
}
