/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: a mounted export, over one connection at a time.
 * Every wait has an end; a connection that breaks is made anew and the call made again.
 */
#include "sink/net_nfs_link.h"

#include "base/clock.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/time.h>

#include <nfsc/libnfs.h>
#include <nfsc/libnfs-raw.h>

#define ADDR_TEXT  INET6_ADDRSTRLEN + 16 /* with a scope: "fe80::1%enp1s0" */
#define ATTEMPT_MS 20000                 /* for one connection: a lost SYN is sent again ever more seldom */
#define PAUSE_MS   300                   /* before a server is asked again */
#define TURN_MS    1000
/* A peer that acknowledges nothing for so long is gone; TCP finds out in 7 s that a path drops large packets. */
#define SILENT_MIN   8000
#define SILENT_MAX   30000
#define NFS3_JUKEBOX 10008 /* also NFS4ERR_DELAY */
#define NFS4_GRACE   10013

int nfs_link_errno(uint32_t status)
{
	/* RFC 1813 section 2.6 and RFC 7530 section 13.1: the first ones are the numbers of Unix, and of Linux. */
	static const struct {
		uint32_t status;
		int rc;
	} other[] = {
		{ 63, -ENAMETOOLONG },
		{ 66, -ENOTEMPTY },
		{ 69, -EDQUOT },
		{ 70, -ESTALE },
		{ NFS3_JUKEBOX, -EAGAIN },
		{ NFS4_GRACE, -EAGAIN },
		{ 10004, -EOPNOTSUPP },
		{ 10014, -ESTALE },
		{ 10016, -EACCES },
	};

	if (status < 35)
		return -(int)status;
	for (unsigned i = 0; i < ARRAY_LEN(other); i++)
		if (other[i].status == status)
			return other[i].rc;
	return -EIO;
}

/* ---- one connection ---- */

void nfs_link_rest(int64_t until)
{
	(void)poll(NULL, 0, deadline_poll(until, PAUSE_MS));
}

void nfs_link_down(struct nfs_link *l)
{
	struct nfs_context *nfs = l->nfs;

	if (!nfs)
		return;
	nfs_destroy_context(nfs);
	l->nfs = NULL;
}

/* What the kernel knows about the end of a connection; the library would only say "unknown". */
static void note_socket(struct nfs_link *l, int fd)
{
	int err = 0;
	socklen_t n = sizeof(err);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &n) == 0 && err)
		l->sockerr = err;
}

void nfs_link_turn(struct nfs_link *l, int64_t until)
{
	struct pollfd p = { .fd = nfs_get_fd(l->nfs) };
	int n;

	if (p.fd < 0)
		l->broken = true;
	if (l->broken)
		return;
	p.events = (short)nfs_which_events(l->nfs);
	n = poll(&p, 1, deadline_poll(until, TURN_MS));
	if (n <= 0)
		return;
	if (p.revents & (POLLERR | POLLHUP))
		note_socket(l, p.fd);
	if (nfs_service(l->nfs, p.revents) < 0)
		l->broken = true;
}

/* A call of the library that is under way. */
struct op {
	bool done;
	int rc;
	char text[160]; /* of its failure */
	struct nfs_seen seen;
	uint64_t space;
	struct nfsfh *fh;
};

static void on_done(int rc, struct nfs_context *nfs, void *data, void *arg)
{
	struct op *op = arg;

	op->done = true;
	op->rc = rc < 0 ? rc : 0;
	if (rc == -EFAULT && data)
		(void)str_fmt(op->text, sizeof(op->text), "%s", (const char *)data);
	else if (rc < 0)
		(void)str_fmt(op->text, sizeof(op->text), "%s", nfs_get_error(nfs));
}

static void wait_op(struct nfs_link *l, struct op *op, int64_t until)
{
	while (!op->done && !l->broken && clock_ms() < until)
		nfs_link_turn(l, until);
	if (op->done && op->rc == 0)
		l->heard = clock_ms();
}

/* ---- mounting ---- */

static int addr_text(const struct nfs_target *to, unsigned i, char text[ADDR_TEXT])
{
	socklen_t n = sizeof(struct sockaddr_in6);

	if (!to->naddr)
		return str_fmt(text, ADDR_TEXT, "%s", to->host);
	if (to->addr[i].ss_family == AF_INET)
		n = sizeof(struct sockaddr_in);
	if (getnameinfo((const struct sockaddr *)&to->addr[i], n, text, ADDR_TEXT, NULL, 0, NI_NUMERICHOST))
		return -EINVAL;
	return 0;
}

/* Only numbers: no resolver is asked, whatever the library would do with a name. */
static bool is_address(const char *text)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST }, *ai = NULL;
	bool is = getaddrinfo(text, NULL, &hints, &ai) == 0;

	if (is)
		freeaddrinfo(ai);
	return is;
}

/*
 * Two capture kernels are alike down to their process ids and clocks: the client id of the library would be
 * the same on both, and a server would take one for the other after a restart.
 */
static void name_client(struct nfs_context *nfs)
{
	uint8_t r[NFS_VERF_SIZE] = { 0 };
	char name[64] = "crashbox ";

	(void)getrandom(r, sizeof(r), GRND_NONBLOCK);
	for (unsigned i = 0; i < sizeof(r); i++)
		r[i] ^= (uint8_t)(clock_us() >> (8 * (i % 4)));
	for (unsigned i = 0; i < sizeof(r); i++)
		(void)str_fmt(name + 9 + 2 * i, 3, "%02x", r[i]);
	nfs4_set_client_name(nfs, name);
	nfs4_set_verifier(nfs, (const char *)r);
}

/* Ports have no setter in the library: they are words of a URL. */
static void set_ports(struct nfs_context *nfs, const struct nfs_options *o)
{
	char port[24] = "", mountport[24] = "", url[96];

	if (o->port)
		(void)str_fmt(port, sizeof(port), "&nfsport=%u", o->port);
	if (o->mountport)
		(void)str_fmt(mountport, sizeof(mountport), "&mountport=%u", o->mountport);
	(void)str_fmt(url, sizeof(url), "nfs://host/?auto-traverse-mounts=0%s%s", port, mountport);
	nfs_destroy_url(nfs_parse_url_incomplete(nfs, url));
}

static struct nfs_context *make_context(const struct nfs_target *to, unsigned vers)
{
	struct nfs_context *nfs = nfs_init_context();

	if (!nfs)
		return NULL;
	(void)nfs_set_version(nfs, (int)vers);
	nfs_set_uid(nfs, (int)to->uid);
	nfs_set_gid(nfs, (int)to->gid);
	nfs_set_autoreconnect(nfs, 0);
	nfs_set_dircache(nfs, 0);
	set_ports(nfs, &to->opt);
	if (vers == 4)
		name_client(nfs);
	return nfs;
}

/* A server that is gone without a word is noticed while there is time for another connection. */
static void watch_socket(struct nfs_link *l)
{
	int64_t stall = l->to->stall_ms ? l->to->stall_ms : l->to->opt.stall_ms;
	int fd = nfs_get_fd(l->nfs), on = 1, idle = 5, count = 3;
	unsigned silent = SILENT_MAX;

	if (stall && stall / 3 < SILENT_MAX)
		silent = stall / 3 < SILENT_MIN ? SILENT_MIN : (unsigned)(stall / 3);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &silent, sizeof(silent));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &idle, sizeof(idle));
	(void)setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof(count));
	(void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void on_limit(struct nfs_call *c)
{
	((struct op *)c->arg)->done = true;
}

/* Asks how much one WRITE may hold; servers with little memory end the connection when it is more. */
static int ask_limit(struct nfs_link *l, int64_t until, struct err *e)
{
	struct op op = { 0 };
	struct nfs_call c = { .done = on_limit, .link = l, .arg = &op };
	int rc = l->proto->get_limit(&c);

	if (rc)
		return err_set(e, rc, "no memory for a call");
	wait_op(l, &op, until);
	if (!op.done) {
		nfs_link_down(l);
		c.lost = true;
	}
	if (c.lost)
		return err_set(e, -ETIMEDOUT, "no answer after the mount");
	l->wsize = c.size >= 1024 && c.size < NFS_BLOCK_MAX ? (uint32_t)c.size : NFS_BLOCK_MAX;
	if (l->to->opt.wsize && l->to->opt.wsize < l->wsize)
		l->wsize = l->to->opt.wsize;
	return 0;
}

/* Why a mount did not come to its end. */
static int mount_failure(struct nfs_link *l, const struct op *op, struct err *e)
{
	if (l->sockerr) {
		errno = l->sockerr;
		return err_sys(e, "connect");
	}
	if (!op->done)
		return err_set(e, -ETIMEDOUT, "no answer");
	/* RFC 8881, 15.1.3.4: what a server of 4.1 and newer says to 4.0 */
	if (strstr(op->text, "MINOR_VERS_MISMATCH"))
		return err_set(e, -EPROTONOSUPPORT, "the server takes no NFS 4.0, only newer: let it offer 4.0 or 3, "
						    "or build the image with --with-kernel-nfs");
	if (op->rc == -EFAULT || op->rc == -EINTR)
		return err_set(e, -EPROTO, "%s", op->text);
	return err_set(e, op->rc, "%s", op->text);
}

static int mount_once(struct nfs_link *l, const char *addr, unsigned vers, int64_t until, struct err *e)
{
	uint8_t handle_len = (uint8_t)l->handle_len;
	struct op op = { 0 };
	int rc = 0;

	l->broken = false;
	l->sockerr = 0;
	l->nfs = make_context(l->to, vers);
	if (!l->nfs)
		return err_set(e, -ENOMEM, "no memory for a connection");
	/* the library connects without the interface of a link-local address: its sockets are put on it */
	if (strchr(addr, '%'))
		nfs_set_interface(l->nfs, strchr(addr, '%') + 1);
	if (nfs_mount_async(l->nfs, addr, l->to->export, on_done, &op) < 0)
		rc = err_set(e, -EHOSTUNREACH, "%s", nfs_get_error(l->nfs));
	if (rc == 0)
		wait_op(l, &op, until);
	if (rc == 0 && (!op.done || op.rc))
		rc = mount_failure(l, &op, e);
	if (rc == 0) {
		watch_socket(l);
		l->proto = vers == 4 ? &nfs_proto4 : &nfs_proto3;
		l->handle_len = 0; /* about the root */
		rc = ask_limit(l, until, e);
		l->handle_len = handle_len;
	}
	if (rc)
		nfs_link_down(l);
	else
		l->vers = vers;
	return rc;
}

/* What another address, or time, may help against. */
static bool not_there(int rc)
{
	return rc == -ETIMEDOUT || rc == -EHOSTUNREACH || rc == -ENETUNREACH || rc == -EHOSTDOWN || rc == -ENETDOWN ||
	       rc == -ECONNRESET || rc == -EAGAIN;
}

/* Every version that may be spoken, at one address. */
static int mount_at(struct nfs_link *l, const char *addr, int64_t until, struct err *e)
{
	unsigned only = l->vers ? l->vers : l->to->opt.vers;
	struct err e4 = { 0 };
	int rc;

	if (only)
		rc = mount_once(l, addr, only, until, e);
	else
		rc = mount_once(l, addr, 4, until, &e4);
	if (only || rc == 0)
		return err_add(e, rc, "NFS version %u", only);
	if (not_there(rc))
		return err_set(e, rc, "%s", e4.text);
	rc = mount_once(l, addr, 3, until, e);
	/* This code says that a client of NFS 4.1 would do, whatever version 3 failed with. */
	if (rc && e4.code == -EPROTONOSUPPORT)
		rc = e->code = e4.code;
	return rc ? err_add(e, rc, "NFS version 4: %s; NFS version 3", e4.text) : 0;
}

/* Every address once; the last failure counts, but one that time may mend more than others. */
static int mount_round(struct nfs_link *l, int64_t until, struct err *e)
{
	unsigned n = l->to->naddr ? l->to->naddr : 1;
	char addr[ADDR_TEXT];
	struct err own;
	int rc = -EINVAL, worst = 0;

	for (unsigned i = 0; i < n; i++) {
		int64_t now = clock_ms(), share = (until - now) / (n - i);

		own.text[0] = '\0';
		if (addr_text(l->to, i, addr) || !is_address(addr))
			rc = err_set(&own, -EADDRNOTAVAIL, "%s is no address", l->to->naddr ? "one" : l->to->host);
		else
			rc = mount_at(l, addr, now + (share < ATTEMPT_MS ? share : ATTEMPT_MS), &own);
		if (rc == 0)
			return 0;
		if (worst && !not_there(rc))
			continue;
		worst = rc;
		if (e)
			*e = own;
		if (strcmp(addr, l->to->host) != 0)
			(void)err_add(e, rc, "%s", addr);
	}
	return worst ? worst : rc;
}

int nfs_link_up(struct nfs_link *l, int64_t until, struct err *e)
{
	bool before = l->vers;
	int rc;

	if (l->nfs && l->broken)
		nfs_link_down(l);
	if (l->nfs)
		return 0;
	do {
		rc = mount_round(l, until, e);
		if (rc == 0 || (!before && !not_there(rc)))
			break;
		nfs_link_rest(until);
	} while (clock_ms() < until);
	return rc;
}

/* ---- calls about paths ---- */

enum what {
	STAT,
	MKDIR,
	SPACE,
	OPEN,
	CREATE,
	CHMOD,
	CLOSE,
	RENAME,
	UNLINK,
	RMDIR,
};

struct ask {
	enum what what;
	const char *path, *to;
	unsigned again; /* how often it was made before */
	struct op op;
};

static void on_stat(int rc, struct nfs_context *nfs, void *data, void *arg)
{
	struct op *op = arg;
	const struct nfs_stat_64 *st = data;

	if (rc >= 0 && st) {
		op->seen.size = st->nfs_size;
		op->seen.ino = st->nfs_ino;
		op->seen.dir = S_ISDIR(st->nfs_mode);
		op->seen.regular = S_ISREG(st->nfs_mode);
	}
	on_done(rc, nfs, data, arg);
}

static void on_space(int rc, struct nfs_context *nfs, void *data, void *arg)
{
	struct op *op = arg;
	const struct statvfs *v = data;

	if (rc >= 0 && v)
		op->space = (uint64_t)v->f_bavail * v->f_frsize;
	on_done(rc, nfs, data, arg);
}

static void on_open(int rc, struct nfs_context *nfs, void *data, void *arg)
{
	struct op *op = arg;

	if (rc >= 0)
		op->fh = data;
	on_done(rc, nfs, data, arg);
}

static int start(struct nfs_link *l, struct ask *a)
{
	switch (a->what) {
	case STAT: return nfs_lstat64_async(l->nfs, a->path, on_stat, &a->op);
	case MKDIR: return nfs_mkdir2_async(l->nfs, a->path, 0755, on_done, &a->op);
	case SPACE: return nfs_statvfs_async(l->nfs, "/", on_space, &a->op);
	case OPEN: return nfs_open2_async(l->nfs, a->path, O_WRONLY, 0, on_open, &a->op);
	case CREATE: return nfs_open2_async(l->nfs, a->path, O_WRONLY | O_CREAT, 0600, on_open, &a->op);
	case CHMOD: return nfs_chmod_async(l->nfs, a->path, 0600, on_done, &a->op);
	case CLOSE: return nfs_close_async(l->nfs, a->op.fh, on_done, &a->op);
	case RENAME: return nfs_rename_async(l->nfs, a->path, a->to, on_done, &a->op);
	case UNLINK: return nfs_unlink_async(l->nfs, a->path, on_done, &a->op);
	case RMDIR: return nfs_rmdir_async(l->nfs, a->path, on_done, &a->op);
	}
	return -EINVAL;
}

/* A server that is busy or has just started says so; the library has no number for all of these. */
static bool wants_patience(const struct op *op)
{
	return op->rc == -EAGAIN || strstr(op->text, "ERR_GRACE") || strstr(op->text, "ERR_DELAY") ||
	       strstr(op->text, "ERR_JUKEBOX");
}

/* One try. True: there is an answer, in a->op.rc. */
static bool try_once(struct nfs_link *l, struct ask *a, int64_t until)
{
	a->op.done = false;
	a->op.rc = 0;
	a->op.text[0] = '\0';
	if (start(l, a) < 0) {
		l->broken = true;
		return false;
	}
	wait_op(l, &a->op, until);
	return a->op.done && !l->broken && a->op.rc != -EINTR;
}

static int call(struct nfs_link *l, struct ask *a, int64_t until, struct err *e)
{
	for (;; a->again++) {
		int rc = nfs_link_up(l, until, e);
		bool answered;

		if (rc)
			return rc;
		answered = try_once(l, a, until);
		if (answered && a->op.rc == 0)
			return 0;
		if (answered && !wants_patience(&a->op))
			return err_set(e, a->op.rc == -EFAULT ? -EPROTO : a->op.rc, "%s", a->op.text);
		if (!answered)
			nfs_link_down(l);
		if (clock_ms() >= until)
			return err_set(e, -ETIMEDOUT, "%s", answered ? a->op.text : "no answer from the server");
		nfs_link_rest(until);
	}
}

int nfs_link_stat(struct nfs_link *l, const char *path, struct nfs_seen *ret, int64_t until, struct err *e)
{
	struct ask a = { .what = STAT, .path = path };
	int rc = call(l, &a, until, e);

	if (rc == 0)
		*ret = a.op.seen;
	return rc;
}

int nfs_link_mkdir(struct nfs_link *l, const char *path, int64_t until, struct err *e)
{
	struct ask a = { .what = MKDIR, .path = path };
	int rc = call(l, &a, until, e);

	/* An answer that was lost: it was this call that made the directory. */
	return rc == -EEXIST && a.again ? 0 : rc;
}

int nfs_link_space(struct nfs_link *l, uint64_t *ret, int64_t until, struct err *e)
{
	struct ask a = { .what = SPACE };
	int rc = call(l, &a, until, e);

	if (rc == 0)
		*ret = a.op.space;
	return rc;
}

/* The layout of what nfs_get_fh() gives, for use with the calls of libnfs-raw.h. */
struct raw_handle {
	int len;
	char *val;
};

/*
 * A file of mode 0000 is what an attempt leaves that broke off between making it and setting its mode; its owner may
 * not open it then.
 */
static int open_again(struct nfs_link *l, struct ask *a, int64_t until, struct err *e)
{
	int rc;

	a->what = OPEN;
	rc = call(l, a, until, e);
	if (rc != -EACCES)
		return rc;
	a->what = CHMOD;
	if (call(l, a, until, NULL))
		return rc;
	a->what = OPEN;
	return call(l, a, until, e);
}

int nfs_link_open(struct nfs_link *l, const char *path, bool create, int64_t until, struct err *e)
{
	struct ask a = { .what = CREATE, .path = path };
	const struct raw_handle *h;
	int rc = create ? call(l, &a, until, e) : open_again(l, &a, until, e);

	/* It was made by the call whose answer was lost. */
	if (rc == -EEXIST && create && a.again)
		rc = open_again(l, &a, until, e);
	if (rc)
		return rc;
	h = (const struct raw_handle *)nfs_get_fh(a.op.fh);
	if (h->len <= 0 || h->len > NFS_HANDLE)
		return err_set(e, -EPROTO, "a file handle of %d bytes", h->len);
	memcpy(l->handle, h->val, (size_t)h->len);
	l->handle_len = (uint32_t)h->len;
	/* Data needs no open file at the server. What stays open there after a failure ends with its lease. */
	a.what = CLOSE;
	if (!try_once(l, &a, until))
		nfs_link_down(l);
	/* The library makes files of version 4 exclusively, and those begin without a mode. */
	a.what = CHMOD;
	rc = call(l, &a, until, e);
	return create ? rc : 0;
}

int nfs_link_rename(struct nfs_link *l, const char *from, const char *to, uint64_t ino, int64_t until, struct err *e)
{
	struct ask a = { .what = RENAME, .path = from, .to = to };
	struct nfs_seen seen;
	int rc = call(l, &a, until, e);

	if (rc == -ENOENT && a.again && nfs_link_stat(l, to, &seen, until, NULL) == 0 && seen.ino == ino)
		return 0; /* it was done by the call whose answer was lost */
	return rc;
}

/* What is gone after an answer was lost was removed. */
int nfs_link_remove(struct nfs_link *l, const char *path, bool dir, int64_t until, struct err *e)
{
	struct ask a = { .what = dir ? RMDIR : UNLINK, .path = path };
	int rc = call(l, &a, until, e);

	return rc == -ENOENT && a.again ? 0 : rc;
}
