/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: several channels for one file.
 * Two writes to the same place are never on their way in two lanes at once, so that the newer one is the last.
 */
#include "sink/net_ssh_lanes.h"

#include "base/meminfo.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LANE_US      4000       /* a lane of 2 MiB and that round trip carry 500 MiB a second */
#define LANE_SHARE   16         /* of the free memory, for one lane */
#define WIDE_FROM    (4u << 20) /* bytes that were sent before: what is short does not need more */
#define LANE_OPEN_MS 5000       /* without a byte, while one is opened */

/* ---- which, and how many ---- */

unsigned sftp_lanes_for(int64_t rtt_us, uint64_t memory)
{
	uint64_t fit = memory ? memory / LANE_SHARE / SFTP_LANE : SFTP_LANES, n;

	if (rtt_us < 0 || rtt_us == INT64_MAX)
		return 1;
	n = (uint64_t)rtt_us / LANE_US;
	if (n > fit)
		n = fit;
	return n < SFTP_LANES ? 1 + (unsigned)n : SFTP_LANES;
}

unsigned sftp_overlap(const struct flight *w, unsigned n, uint64_t off, uint32_t len)
{
	unsigned lane = SFTP_LANES;

	for (unsigned i = 0; i < n; i++) {
		if (w[i].off >= off + len || off >= w[i].off + w[i].len || w[i].lane == lane)
			continue;
		if (lane != SFTP_LANES)
			return SFTP_LANES + 1;
		lane = w[i].lane;
	}
	return lane;
}

static bool busy(const struct sftp *f, unsigned lane)
{
	for (unsigned i = 0; i < f->nflight; i++)
		if (f->flight[i].lane == lane)
			return true;
	return false;
}

bool sftp_narrow(const struct sftp *f)
{
	return !f->wide && f->sent >= WIDE_FROM && sftp_lanes_for(f->rtt_us, 0) > 1;
}

static unsigned roomiest(struct sftp *f)
{
	size_t most = ssh_channel_room(&f->lane[0].ch);
	unsigned best = 0;

	for (unsigned i = 1; i < f->nlane && f->lane[i].nhandle; i++) {
		size_t room = ssh_channel_room(&f->lane[i].ch);

		if (room > most) {
			most = room;
			best = i;
		}
	}
	return best;
}

struct lane *sftp_pick_lane(struct sftp *f, uint64_t off, uint32_t n)
{
	unsigned i;

	if (f->nflight && (f->nflight == SFTP_FLIGHT || f->sent + n - f->flight[0].pos > f->nring))
		return NULL;
	/* The only one takes what it can, and waits for the rest. */
	if (!f->lane[1].nhandle)
		return sftp_narrow(f) && ssh_channel_room(&f->lane[0].ch) < n ? NULL : &f->lane[0];
	i = sftp_overlap(f->flight, f->nflight, off, n);
	if (i == SFTP_LANES)
		i = roomiest(f);
	if (i >= f->nlane)
		return NULL;
	return ssh_channel_room(&f->lane[i].ch) >= n + SFTP_REQUEST || !busy(f, i) ? &f->lane[i] : NULL;
}

/* ---- the bytes of the writes on their way ---- */

void sftp_keep(struct sftp *f, const void *buf, uint32_t n)
{
	uint32_t at = (uint32_t)(f->sent % f->nring), part = n < f->nring - at ? n : f->nring - at;

	memcpy(f->ring + at, buf, part);
	memcpy(f->ring, (const uint8_t *)buf + part, n - part);
	f->sent += n;
}

/* A larger ring. Without memory for it the lanes share the one there is. */
static void grow_ring(struct sftp *f, uint32_t size)
{
	uint64_t pos = f->nflight ? f->flight[0].pos : f->sent;
	uint8_t *ring = size > f->nring ? malloc(size) : NULL;

	if (!ring)
		return;
	while (pos < f->sent) {
		uint32_t from = (uint32_t)(pos % f->nring), to = (uint32_t)(pos % size);
		uint64_t n = f->sent - pos;

		if (n > f->nring - from)
			n = f->nring - from;
		if (n > size - to)
			n = size - to;
		memcpy(ring + to, f->ring + from, (size_t)n);
		pos += n;
	}
	free(f->ring);
	f->ring = ring;
	f->nring = size;
}

int sftp_send_head(struct sftp *f, const struct flight *w, struct err *e)
{
	struct lane *l = &f->lane[w->lane];
	struct sftp_out o;
	int rc;

	sftp_start(&o, SFTP_WRITE, w->id);
	sftp_bytes(&o, l->handle, l->nhandle);
	sftp_u64(&o, w->off);
	sftp_u32(&o, w->len);
	rc = sftp_end(&o, w->len);
	return rc ? err_set(e, rc, "the server's handle is too long") : ssh_channel_send(&l->ch, o.b, o.n, e);
}

int sftp_send_again(struct sftp *f, const struct flight *w, struct err *e)
{
	uint32_t at = (uint32_t)(w->pos % f->nring), part = w->len < f->nring - at ? w->len : f->nring - at;
	struct lane *l = &f->lane[w->lane];
	int rc = sftp_send_head(f, w, e);

	if (rc == 0)
		rc = ssh_channel_send(&l->ch, f->ring + at, part, e);
	return rc || part == w->len ? rc : ssh_channel_send(&l->ch, f->ring, w->len - part, e);
}

/* ---- opening and closing ---- */

int sftp_open_file(struct sftp *f, struct lane *l, uint32_t flags, struct err *e)
{
	int rc = sftp_ask_open(f, l, f->temp, SFTP_OPEN_WRITE | flags, e);

	if (rc == 0)
		rc = sftp_expect(f, SFTP_HANDLE, "create", f->temp, e);
	if (rc)
		return rc;
	l->nhandle = f->reply.ntext;
	memcpy(l->handle, f->reply.text, l->nhandle);
	return 0;
}

int sftp_close_file(struct sftp *f, struct lane *l, struct err *e)
{
	struct sftp_out o;
	int rc;

	sftp_begin_request(f, &o, SFTP_CLOSE);
	sftp_bytes(&o, l->handle, l->nhandle);
	l->nhandle = 0;
	rc = sftp_ask_lane(f, l, &o, e);
	return rc ? rc : sftp_expect(f, SFTP_STATUS, "close", f->temp, e);
}

int sftp_close_lanes(struct sftp *f, struct err *e)
{
	int rc = 0, rc2;

	/* each of them, whatever another says: a handle that stays would take bytes of the next file */
	for (unsigned i = 1; i < f->nlane; i++) {
		rc2 = f->lane[i].nhandle ? sftp_close_file(f, &f->lane[i], rc ? NULL : e) : 0;
		rc = rc ? rc : rc2;
	}
	f->wide = false;
	return rc;
}

void sftp_forget_lanes(struct sftp *f)
{
	for (unsigned i = 0; i < SFTP_LANES; i++)
		f->lane[i].ch.ch = NULL; /* ssh_close() frees it */
	for (unsigned i = 1; i < SFTP_LANES; i++)
		f->lane[i].nhandle = 0;
	f->nlane = 1;
	f->wide = false;
}

static int widen_to(struct sftp *f, unsigned i, struct err *e)
{
	struct lane *l = &f->lane[i];
	int rc = 0;

	if (i == f->nlane) {
		f->nlane++;
		rc = sftp_greet_lane(f, l, e);
	}
	if (rc == 0)
		rc = sftp_open_file(f, l, 0, e);
	if (rc) {
		/* ssh_close() frees the channel; to wait for its end here would only take time */
		l->ch.ch = NULL;
		l->nhandle = 0;
		f->nlane = i;
	}
	return rc;
}

int sftp_widen(struct sftp *f, struct err *e)
{
	unsigned want = sftp_lanes_for(f->rtt_us, memory_available()), n = 1;
	int64_t stall = f->ssh->stall_ms;
	int rc = 0;

	f->wide = true;
	if (stall > LANE_OPEN_MS)
		f->ssh->stall_ms = LANE_OPEN_MS;
	while (n < want && (rc = widen_to(f, n, NULL)) == 0)
		n++;
	f->ssh->stall_ms = stall;
	grow_ring(f, SFTP_WINDOW + (n - 1) * SFTP_LANE);
	if (rc == -ECONNRESET)
		return err_set(e, rc, "the server has closed the connection");
	if (rc) /* Not an error of the session: when the server is gone, the next wait reports it. */
		f->ssh->dead = f->ssh->over = false;
	return 0;
}
