/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a session with an ssh server.
 * libssh2 never blocks here: what it cannot do at once is tried again when poll(2) says that a byte can move.
 */
#include "sink/net_ssh_session.h"

#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "sink/net_ssh_cipher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define STALL_MS 60000
#define BYE_MS   2000 /* for a good-bye that nobody needs */
#define KEY_MAX  65536
#define SAID_MAX (4u << 20) /* bytes that a command may say */
#define PORT     22

/* ---- waiting ---- */

/* Whether the connection was reset. The library does not always say so: it tells what it wanted to hear instead. */
static bool was_reset(const struct ssh *c)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	return getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_state == TCP_CLOSE;
}

/* Puts libssh2's sentence into E. WHAT is what was tried. */
static int failed(struct ssh *c, int rc, const char *what, struct err *e)
{
	char *text = NULL, safe[160];
	int code = -EIO;

	(void)libssh2_session_last_error(c->session, &text, NULL, 0);
	if (c->out.talkative) {
		c->dead = true;
		return err_set(e, -EPROTO, "%s: the server sent more than %u KiB before the login", what,
			       SSH_HELLO >> 10);
	}
	if (rc == LIBSSH2_ERROR_SOCKET_SEND || rc == LIBSSH2_ERROR_SOCKET_RECV ||
	    rc == LIBSSH2_ERROR_SOCKET_DISCONNECT || rc == LIBSSH2_ERROR_SOCKET_NONE || was_reset(c)) {
		c->dead = true;
		return err_set(e, -ECONNRESET, "%s: the server has closed the connection", what);
	}
	if (rc == LIBSSH2_ERROR_ALLOC)
		code = -ENOMEM;
	return err_set(e, code, "%s: %s", what, text && *text ? str_safe(safe, sizeof(safe), text) : "failed");
}

int ssh_push(struct ssh *c, struct err *e)
{
	size_t had = c->out.n;

	if (ssh_out_flush(&c->out, c->fd) == 0) {
		if (c->out.n < had)
			c->waited = 0;
		return 0;
	}
	c->dead = true;
	return err_set(e, -ECONNRESET, "the server has closed the connection");
}

/*
 * Waits until a byte can move in a direction of DIR. -ETIMEDOUT when this and the waits before took LIMIT ms without a
 * byte of use, and at the deadline, whatever comes.
 */
static int wait_dir(struct ssh *c, int dir, int64_t limit, const char *what, struct err *e)
{
	struct pollfd p = { .fd = c->fd, .events = 0 };
	int64_t start = clock_ms(), end;
	size_t had = c->out.n;
	int n, rc = ssh_push(c, e);

	if (rc)
		return err_add(e, rc, "%s", what);
	c->out.turn = SSH_TURN;
	if (dir & LIBSSH2_SESSION_BLOCK_OUTBOUND && c->out.n < had)
		return 0; /* what the library could not send fits now */
	if (dir & LIBSSH2_SESSION_BLOCK_OUTBOUND || c->out.n)
		p.events |= POLLOUT;
	if (dir & LIBSSH2_SESSION_BLOCK_INBOUND || !dir)
		p.events |= POLLIN;
	end = start + (c->waited < limit ? limit - c->waited : 0);
	if (end > c->deadline)
		end = c->deadline;
	do
		n = poll(&p, 1, deadline_poll(end, -1));
	while (n < 0 && errno == EINTR);
	c->waited += clock_ms() - start;
	if (n > 0 && clock_ms() < end)
		return 0;
	c->dead = c->over = true;
	if (n < 0)
		return err_sys(e, "%s: poll", what);
	return err_set(e, -ETIMEDOUT, "%s: the server has not answered in time", what);
}

/* Waits until libssh2 can go on with its last call. */
static int wait_io(struct ssh *c, int64_t limit, const char *what, struct err *e)
{
	return wait_dir(c, libssh2_session_block_directions(c->session), limit, what, e);
}

int ssh_wait(struct ssh *c, const char *what, struct err *e)
{
	int dir = libssh2_session_block_directions(c->session);

	return wait_dir(c, dir | LIBSSH2_SESSION_BLOCK_INBOUND, c->stall_ms, what, e);
}

/* One call of libssh2 until it is done: RC is its result then. */
#define UNTIL_DONE(c, rc, call, what, e)                                    \
	(c)->waited = 0;                                                    \
	while (((rc) = (int)(call)) == LIBSSH2_ERROR_EAGAIN) {              \
		int until_done_ = wait_io((c), (c)->stall_ms, (what), (e)); \
                                                                            \
		if (until_done_)                                            \
			return until_done_;                                 \
	}

/* ---- the connection ---- */

/* HOST as an address: 192.0.2.1, 2001:db8::1, fe80::1%eth0. -EINVAL. */
static int numeric(const char *host, struct sockaddr_storage *ret)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	char text[INET6_ADDRSTRLEN], *scope;

	memset(ret, 0, sizeof(*ret));
	ret->ss_family = AF_INET;
	if (inet_pton(AF_INET, host, &v4->sin_addr) == 1)
		return 0;
	ret->ss_family = AF_INET6;
	if (str_fmt(text, sizeof(text), "%s", host))
		return -EINVAL;
	scope = strchr(text, '%');
	if (scope) {
		*scope++ = '\0';
		v6->sin6_scope_id = if_nametoindex(scope);
	}
	return inet_pton(AF_INET6, text, &v6->sin6_addr) == 1 ? 0 : -EINVAL;
}

static int finish_connect(int fd, int64_t deadline)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int n, code = 0;

	do
		n = poll(&p, 1, deadline_poll(deadline, -1));
	while (n < 0 && errno == EINTR);
	if (n == 0)
		return -ETIMEDOUT;
	if (n < 0 || getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &len))
		return -errno;
	return -code;
}

/*
 * What lies between shall not forget a connection while pages are judged for minutes, and a machine that is gone shall
 * be found out. Only a help: no errors.
 */
static void keep_alive(int fd)
{
	static const struct {
		int level, name, value;
	} option[] = {
		{ IPPROTO_TCP, TCP_NODELAY, 1 },
		{ SOL_SOCKET, SO_KEEPALIVE, 1 },
		{ IPPROTO_TCP, TCP_KEEPIDLE, 15 }, /* seconds */
		{ IPPROTO_TCP, TCP_KEEPINTVL, 5 },
		{ IPPROTO_TCP, TCP_KEEPCNT, 6 },
	};

	for (unsigned i = 0; i < ARRAY_LEN(option); i++)
		(void)setsockopt(fd, option[i].level, option[i].name, &option[i].value, sizeof(int));
}

static int dial_one(const struct sockaddr_storage *at, unsigned port, int64_t deadline)
{
	struct sockaddr_storage a = *at;
	bool v6 = a.ss_family == AF_INET6;
	int fd = socket(a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), rc = 0;

	if (fd < 0)
		return -errno;
	if (v6)
		((struct sockaddr_in6 *)&a)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)&a)->sin_port = htons((uint16_t)port);
	keep_alive(fd);
	if (connect(fd, (struct sockaddr *)&a, v6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in)))
		rc = errno == EINPROGRESS ? finish_connect(fd, deadline) : -errno;
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

/* Each address has its share of the time that is left. */
static int dial(struct ssh *c, const struct ssh_target *to, struct err *e)
{
	unsigned port = to->port ? to->port : PORT, n = to->naddr ? to->naddr : 1;
	const struct sockaddr_storage *addr = to->addr;
	struct sockaddr_storage own;
	int rc = -EINVAL;

	if (!to->naddr) {
		if (numeric(to->host, &own))
			return err_set(e, -EINVAL, "%s: no address is known for this name", to->host);
		addr = &own;
	}
	for (unsigned i = 0; i < n; i++) {
		int64_t left = c->deadline - clock_ms();

		rc = dial_one(&addr[i], port, deadline_in(left / (n - i) > 0 ? left / (n - i) : 1));
		if (rc >= 0) {
			c->fd = rc;
			return 0;
		}
	}
	errno = -rc;
	return err_sys(e, "connect to %s port %u", to->host, port);
}

/* ---- keys and ciphers ---- */

#define GCM    "aes128-gcm@openssh.com,aes256-gcm@openssh.com"
#define CHACHA "chacha20-poly1305@openssh.com"
#define CTR    "aes128-ctr,aes256-ctr,aes192-ctr"

/* What this side offers; what the library does not know is left out by it. */
static int set_methods(struct ssh *c, const struct ssh_target *to, struct err *e)
{
	const char *ciphers = ssh_gcm_first() ? GCM "," CHACHA "," CTR : CHACHA "," GCM "," CTR;
	const char *macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";
	/* No group that the server makes up: the time for its arithmetic would be the server's choice. */
	const char *exchanges = "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
				"ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
				"diffie-hellman-group14-sha256";
	const char *keys = to->hostkeys && *to->hostkeys ? to->hostkeys
							 : "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,"
							   "ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
	int rc = libssh2_session_method_pref(c->session, LIBSSH2_METHOD_KEX, exchanges);

	if (rc == 0)
		rc = libssh2_session_method_pref(c->session, LIBSSH2_METHOD_CRYPT_CS, ciphers);
	if (rc == 0)
		rc = libssh2_session_method_pref(c->session, LIBSSH2_METHOD_CRYPT_SC, ciphers);
	if (rc == 0)
		rc = libssh2_session_method_pref(c->session, LIBSSH2_METHOD_MAC_CS, macs);
	if (rc == 0)
		rc = libssh2_session_method_pref(c->session, LIBSSH2_METHOD_MAC_SC, macs);
	if (rc == 0)
		rc = libssh2_session_method_pref(c->session, LIBSSH2_METHOD_HOSTKEY, keys);
	return rc ? failed(c, rc, "choosing ciphers and keys", e) : 0;
}

static int shake_hands(struct ssh *c, const struct ssh_target *to, struct err *e)
{
	const char *key;
	size_t n = 0;
	int rc = set_methods(c, to, e), type;

	if (rc)
		return rc;
	UNTIL_DONE(c, rc, libssh2_session_handshake(c->session, c->fd), "handshake", e);
	if (rc)
		return failed(c, rc, "handshake", e);
	key = libssh2_session_hostkey(c->session, &n, &type);
	if (!key || !n)
		return err_set(e, -EACCES, "the server has shown no key");
	if (!to->trust)
		return err_set(e, -EACCES, "no key of the server is known");
	return to->trust(to->trust_arg, key, n, e);
}

static int offer_key(struct ssh *c, const char *user, const char *key, size_t len, struct err *e)
{
	int rc;

	UNTIL_DONE(c, rc,
		   libssh2_userauth_publickey_frommemory(c->session, user, strlen(user), NULL, 0, key, len, NULL),
		   "login", e);
	if (rc == 0)
		return 1;
	if ((rc == LIBSSH2_ERROR_AUTHENTICATION_FAILED || rc == LIBSSH2_ERROR_PUBLICKEY_UNVERIFIED) && !was_reset(c))
		return 0;
	if (rc == LIBSSH2_ERROR_FILE || rc == LIBSSH2_ERROR_KEYFILE_AUTH_FAILED)
		return err_set(e, -EINVAL, "no private key that can be read without a passphrase");
	return failed(c, rc, "login", e);
}

/* 1: logged in, 0: the server does not want this key. */
static int try_key(struct ssh *c, const struct ssh_target *to, const char *path, struct err *e)
{
	char *key = NULL;
	size_t len = 0;
	int rc = file_read(path, KEY_MAX, &key, &len, e);

	if (rc)
		return rc;
	rc = offer_key(c, to->user, key, len, e);
	explicit_bzero(key, len);
	free(key);
	return rc < 0 ? err_add(e, rc, "%s", path) : rc;
}

static int log_in(struct ssh *c, const struct ssh_target *to, struct err *e)
{
	struct err first = { 0 };
	unsigned tried = 0;

	for (unsigned i = 0; i < to->nkey && i < SSH_KEYS; i++) {
		struct err why = { 0 };
		int rc = try_key(c, to, to->key[i], &why);

		if (rc == 1)
			return 0;
		tried += rc == 0;
		if (rc && !first.code)
			first = why;
		if (c->dead)
			break;
	}
	if (tried && !c->dead)
		return err_set(e, -EACCES, "login of %s: the server takes none of %u keys", to->user, tried);
	if (first.code)
		return err_set(e, first.code, "login of %s: %s", to->user, first.text);
	return err_set(e, -EACCES, "login of %s: there is no key", to->user);
}

int ssh_connect(struct ssh *c, const struct ssh_target *to, struct err *e)
{
	int rc;

	*c = (struct ssh){ .fd = -1, .stall_ms = to->stall_ms ? to->stall_ms : STALL_MS };
	c->deadline = deadline_in(to->connect_ms ? to->connect_ms : SSH_CONNECT_MS);
	if (libssh2_init(0))
		return err_set(e, -ENOMEM, "libssh2 does not start");
	rc = dial(c, to, e);
	if (rc)
		return rc;
	c->session = libssh2_session_init_ex(NULL, NULL, NULL, &c->out);
	if (!c->session || ssh_out_start(&c->out, c->session))
		return err_set(e, -ENOMEM, "libssh2 has no memory");
	libssh2_session_set_blocking(c->session, 0);
	rc = shake_hands(c, to, e);
	if (rc == 0)
		rc = log_in(c, to, e);
	c->deadline = DEADLINE_NEVER;
	c->out.hello = SSH_ANY;
	return rc;
}

/* A good-bye, as far as it goes out at once: nothing depends on it. */
void ssh_close(struct ssh *c)
{
	if (c->session && !c->dead)
		(void)libssh2_session_disconnect(c->session, "done");
	if (c->session && !c->dead && ssh_out_flush(&c->out, c->fd))
		c->dead = true;
	/* The library would wait for the server when it frees what is open; without a socket it cannot. */
	if (c->fd >= 0)
		(void)shutdown(c->fd, SHUT_RDWR);
	if (c->session)
		(void)libssh2_session_free(c->session);
	ssh_out_free(&c->out);
	if (c->fd >= 0)
		close(c->fd);
	c->session = NULL;
	c->fd = -1;
}

/* ---- channels ---- */

/* What was given up is not asked again: there may be no session behind it. */
static int gone(const struct ssh *c, const char *what, struct err *e)
{
	return c->over || !c->session ? err_set(e, -ENOTCONN, "%s: the connection is gone", what) : 0;
}

int ssh_channel_open(struct ssh_channel *ch, struct ssh *c, const char *kind, const char *what, struct err *e)
{
	int rc = gone(c, "opening a channel", e);

	*ch = (struct ssh_channel){ .ssh = c };
	if (rc)
		return rc;
	c->waited = 0;
	while (!(ch->ch = libssh2_channel_open_session(c->session))) {
		rc = libssh2_session_last_errno(c->session);
		if (rc != LIBSSH2_ERROR_EAGAIN)
			return failed(c, rc, "opening a channel", e);
		rc = wait_io(c, c->stall_ms, "opening a channel", e);
		if (rc)
			return rc;
	}
	UNTIL_DONE(c, rc,
		   libssh2_channel_process_startup(ch->ch, kind, (unsigned)strlen(kind), what, (unsigned)strlen(what)),
		   kind, e);
	if (rc == LIBSSH2_ERROR_CHANNEL_REQUEST_DENIED || rc == LIBSSH2_ERROR_CHANNEL_FAILURE) {
		ssh_channel_drop(ch);
		return err_set(e, -EOPNOTSUPP, "the server refuses the %s %.40s", kind, what);
	}
	return rc ? failed(c, rc, kind, e) : 0;
}

/*
 * Waits until more can be sent, unless the other end has gone. What was sent in part has to be sent to its end even
 * then. Hearing changes what the library says it waits for, and may bring the very room that was missing.
 */
static int wait_to_send(struct ssh_channel *ch, struct err *e)
{
	int dir = libssh2_session_block_directions(ch->ssh->session);
	size_t room = ssh_channel_room(ch);
	int rc = ch->hear ? ch->hear(ch->arg, e) : 0;

	if (rc || ssh_channel_room(ch) > room)
		return rc;
	if (libssh2_channel_eof(ch->ch) && !(dir & LIBSSH2_SESSION_BLOCK_OUTBOUND))
		return err_set(e, -EPIPE, "sending: the program on the server has ended");
	return wait_dir(ch->ssh, dir | LIBSSH2_SESSION_BLOCK_INBOUND, ch->ssh->stall_ms, "sending", e);
}

size_t ssh_channel_room(struct ssh_channel *ch)
{
	return ch->ch ? libssh2_channel_window_write(ch->ch) : 0;
}

bool ssh_channel_waiting(struct ssh_channel *ch)
{
	return ch->ch && libssh2_poll_channel_read(ch->ch, 0) > 0;
}

bool ssh_channel_ended(struct ssh_channel *ch)
{
	return ch->ch && libssh2_channel_eof(ch->ch) > 0;
}

int ssh_channel_send(struct ssh_channel *ch, const void *buf, size_t n, struct err *e)
{
	const char *p = buf;

	while (n) {
		int rc = gone(ch->ssh, "sending", e);
		ssize_t w = rc ? 0 : libssh2_channel_write(ch->ch, p, n);

		if (rc)
			return rc;
		if (w == LIBSSH2_ERROR_EAGAIN || w == 0)
			rc = wait_to_send(ch, e);
		else if (w < 0)
			rc = failed(ch->ssh, (int)w, "sending", e);
		if (rc)
			return rc;
		if (w > 0) {
			ch->ssh->waited = 0;
			p += w;
			n -= (size_t)w;
		}
	}
	return 0;
}

int ssh_channel_peek(struct ssh_channel *ch, int id, void *buf, size_t n, size_t *got, struct err *e)
{
	int rc = gone(ch->ssh, "waiting for an answer", e);
	ssize_t r = rc ? 0 : libssh2_channel_read_ex(ch->ch, id, buf, n);

	*got = r > 0 ? (size_t)r : 0;
	if (*got)
		ch->ssh->waited = 0;
	if (rc || r >= 0 || r == LIBSSH2_ERROR_EAGAIN)
		return rc;
	return failed(ch->ssh, (int)r, "waiting for an answer", e);
}

int ssh_channel_recv(struct ssh_channel *ch, void *buf, size_t n, size_t *got, struct err *e)
{
	int rc = gone(ch->ssh, "waiting for an answer", e);

	*got = 0;
	if (rc)
		return rc;
	UNTIL_DONE(ch->ssh, rc, libssh2_channel_read(ch->ch, buf, n), "waiting for an answer", e);
	if (rc < 0)
		return failed(ch->ssh, rc, "waiting for an answer", e);
	*got = (size_t)rc;
	return 0;
}

/* Reads stream ID to its end and keeps the first bytes. -EMSGSIZE: it has none. */
static int drain(struct ssh_channel *ch, int id, char *said, size_t n, struct err *e)
{
	size_t have = strlen(said), all = 0;
	char buf[512];
	int rc;

	do {
		size_t room = n - 1 - have, part;

		UNTIL_DONE(ch->ssh, rc, libssh2_channel_read_ex(ch->ch, id, buf, sizeof(buf)),
			   "waiting for an answer", e);
		if (rc < 0)
			return failed(ch->ssh, rc, "waiting for an answer", e);
		part = (size_t)rc < room ? (size_t)rc : room;
		memcpy(said + have, buf, part);
		have += part;
		said[have] = '\0';
		all += (size_t)rc;
	} while (rc > 0 && all < SAID_MAX);
	return rc ? err_set(e, -EMSGSIZE, "the command on the server does not stop talking") : 0;
}

/* Makes one printable line of what a command said. */
static void one_line(char *said)
{
	for (char *p = said; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = ' ';
	while (*said && said[strlen(said) - 1] == ' ')
		said[strlen(said) - 1] = '\0';
}

int ssh_channel_end(struct ssh_channel *ch, char *said, size_t n, int *status, struct err *e)
{
	char *sig = NULL;
	int rc = gone(ch->ssh, "ending the input", e);

	*said = '\0';
	if (rc)
		return rc;
	UNTIL_DONE(ch->ssh, rc, libssh2_channel_send_eof(ch->ch), "ending the input", e);
	if (rc)
		return failed(ch->ssh, rc, "ending the input", e);
	rc = drain(ch, 0, said, n, e);
	if (rc == 0)
		rc = drain(ch, SSH_EXTENDED_DATA_STDERR, said, n, e);
	one_line(said);
	if (rc)
		return rc;
	UNTIL_DONE(ch->ssh, rc, libssh2_channel_close(ch->ch), "waiting for the end", e);
	if (rc)
		return failed(ch->ssh, rc, "waiting for the end", e);
	(void)libssh2_channel_get_exit_signal(ch->ch, &sig, NULL, NULL, NULL, NULL, NULL);
	*status = sig ? -1 : libssh2_channel_get_exit_status(ch->ch);
	libssh2_free(ch->ssh->session, sig);
	ssh_channel_drop(ch);
	return 0;
}

void ssh_channel_drop(struct ssh_channel *ch)
{
	if (ch->ch)
		ch->ssh->waited = 0;
	while (ch->ch && libssh2_channel_free(ch->ch) == LIBSSH2_ERROR_EAGAIN)
		if (ch->ssh->dead || wait_io(ch->ssh, BYE_MS, "closing", NULL))
			break; /* ssh_close() frees it */
	ch->ch = NULL;
}

int ssh_command(struct ssh *c, const char *command, char *said, size_t n, int *status, struct err *e)
{
	struct ssh_channel ch;
	int rc = ssh_channel_open(&ch, c, "exec", command, e);

	if (rc == 0)
		rc = ssh_channel_end(&ch, said, n, status, e);
	ssh_channel_drop(&ch);
	return rc;
}
