/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: reading back over SFTP.
 * Many requests at once, and answers that go straight to where they belong: they are longer than any other answer.
 */
#include "sink/net_ssh_client.h"

#include "base/bytes.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PART   32768u /* what every server gives in one answer: section 6.4 of the draft */
#define PARTS  64     /* requests on their way: the 2 MiB that a channel takes unread */
#define HEAD   9      /* length, type and id of an answer */
#define EOFILE 1      /* SSH_FX_EOF */

/* The requests of one round: part I is request FIRST + I, for PART bytes at I * PART of BUF. */
struct round {
	struct sftp *f;
	const uint8_t *handle;
	size_t nhandle;
	uint32_t first;
	unsigned n;
	uint8_t *buf;
	size_t size;         /* bytes asked for, all together */
	uint32_t got[PARTS]; /* bytes of each */
	int rc;              /* of the first refusal */
	const char *words;
};

static uint32_t part_size(const struct round *r, unsigned i)
{
	size_t left = r->size - (size_t)i * PART;

	return left < PART ? (uint32_t)left : PART;
}

static int recv_all(struct round *r, void *buf, size_t n, struct err *e)
{
	uint8_t *to = buf;

	while (n) {
		size_t got = 0;
		int rc = ssh_channel_recv(&r->f->lane[0].ch, to, n, &got, e);

		if (rc == 0 && !got)
			rc = err_set(e, -EPIPE, "the SFTP server has ended");
		if (rc)
			return rc;
		to += got;
		n -= got;
	}
	return 0;
}

/* The bytes of part I: LEN of the packet are left. */
static int take_data(struct round *r, unsigned i, uint32_t len, struct err *e)
{
	uint8_t size[4];
	uint32_t n;
	int rc = len < sizeof(size) ? -EPROTO : recv_all(r, size, sizeof(size), e);

	n = be32toh(get_u32(size));
	if (rc)
		return rc;
	if (n != len - sizeof(size) || n > part_size(r, i))
		return err_set(e, -EPROTO, "the server sent %u bytes, %u were asked for", n, part_size(r, i));
	r->got[i] = n;
	return recv_all(r, r->buf + (size_t)i * PART, n, e);
}

static int take_status(struct round *r, uint32_t len, struct err *e)
{
	uint8_t text[SFTP_REPLY];
	int rc;

	if (len < 4 || len > sizeof(text))
		return err_set(e, -EPROTO, "the server sent a packet of %u bytes", len);
	rc = recv_all(r, text, len, e);
	if (rc == 0 && !r->rc) {
		uint32_t status = be32toh(get_u32(text));

		r->rc = sftp_errno(status, &r->words);
		if (status == EOFILE)
			r->rc = -ENODATA;
	}
	return rc;
}

static int take_answer(struct round *r, struct err *e)
{
	uint8_t head[HEAD];
	uint32_t len, i;
	int rc = recv_all(r, head, sizeof(head), e);

	if (rc)
		return rc;
	len = be32toh(get_u32(head));
	i = be32toh(get_u32(head + 5)) - r->first;
	if (len < HEAD - 4 || len > SFTP_LENGTH_MAX || i >= r->n || r->got[i])
		return err_set(e, -EPROTO, "the server answered a request that was not made");
	len -= HEAD - 4;
	if (head[4] == SFTP_DATA)
		return take_data(r, i, len, e);
	if (head[4] == SFTP_STATUS)
		return take_status(r, len, e);
	return err_set(e, -EPROTO, "the server answered a read with packet %u", head[4]);
}

static int run_round(struct round *r, uint64_t off, struct err *e)
{
	int rc = 0;

	r->first = r->f->id + 1;
	for (r->n = 0; rc == 0 && (size_t)r->n * PART < r->size && r->n < PARTS; r->n++) {
		struct sftp_out o;

		sftp_start(&o, SFTP_READ, ++r->f->id);
		sftp_bytes(&o, r->handle, r->nhandle);
		sftp_u64(&o, off + (uint64_t)r->n * PART);
		sftp_u32(&o, part_size(r, r->n));
		rc = sftp_end(&o, 0);
		rc = rc ? rc : ssh_channel_send(&r->f->lane[0].ch, o.b, o.n, e);
	}
	for (unsigned i = 0; rc == 0 && i < r->n; i++)
		rc = take_answer(r, e);
	return rc;
}

/* Bytes of the round that follow one another from its start. */
static size_t whole(const struct round *r)
{
	size_t done = 0;

	for (unsigned i = 0; i < r->n; i++) {
		done += r->got[i];
		if (r->got[i] < part_size(r, i))
			break;
	}
	return done;
}

static int read_open(struct round *r, uint64_t off, void *buf, size_t n, struct err *e)
{
	uint8_t *to = buf;

	while (n) {
		size_t done;
		int rc;

		memset(r->got, 0, sizeof(r->got));
		r->buf = to;
		r->size = n;
		rc = run_round(r, off, e);
		if (rc)
			return rc;
		done = whole(r);
		if (!done)
			return err_set(e, r->rc ? r->rc : -ENODATA, "%s",
				       r->rc == -ENODATA || !r->words ? "the file is shorter" : r->words);
		r->rc = 0;
		to += done;
		off += done;
		n -= done;
	}
	return 0;
}

int sftp_read_at(struct sftp *f, const char *path, uint64_t off, void *buf, size_t n, struct err *e)
{
	uint8_t handle[SFTP_HANDLE_MAX];
	struct round r = { .f = f, .handle = handle };
	struct sftp_out o;
	int rc = sftp_ask_open(f, &f->lane[0], path, SFTP_OPEN_READ, e);

	if (rc == 0)
		rc = sftp_expect(f, SFTP_HANDLE, "open", path, e);
	if (rc)
		return rc;
	r.nhandle = f->reply.ntext;
	memcpy(handle, f->reply.text, r.nhandle);
	if (f->nflight || f->lane[0].have)
		return err_set(e, -EPROTO, "read %s: the server answered a request that was not made", path);
	/* What is heard while sending waits would be too long for the common buffer. */
	f->lane[0].ch.hear = NULL;
	rc = read_open(&r, off, buf, n, e);
	f->lane[0].ch.hear = sftp_hear;
	if (rc && rc != -ENODATA)
		return err_add(e, rc, "read %s", path);
	sftp_begin_request(f, &o, SFTP_CLOSE);
	sftp_bytes(&o, handle, r.nhandle);
	(void)!sftp_ask(f, &o, NULL);
	return rc ? err_add(e, rc, "read %s", path) : 0;
}
