/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the probe of a rehearsal.
 * Bytes that nothing makes smaller go to the target and come back; what was made there is removed, and nothing else.
 */
#include "run/rehearse.h"

#include "base/clock.h"
#include "base/str.h"
#include "iface/sink.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PROBE_MAX  (16u << 20)
#define PIECE      (2u << 20)
#define WAY_MS     15000 /* for each direction: what was not sent by then is left out */
#define PROBE_NAME "probe"
#define PROBE_TEMP "probe-incomplete"

struct probe {
	struct sink *out;
	uint64_t *piece, *back; /* PIECE bytes each */
	bool begun, named;      /* there is something to remove */
};

/* Bytes AT and on of the probe, as often as wanted: xorshift64, begun anew for each piece. */
static void fill(uint64_t *piece, uint64_t at)
{
	uint64_t word = 0x9e3779b97f4a7c15ull ^ (at + 1);

	for (unsigned i = 0; i < PIECE / sizeof(*piece); i++) {
		word ^= word << 13;
		word ^= word >> 7;
		word ^= word << 17;
		piece[i] = word;
	}
}

static int write_all(struct probe *p, uint64_t size, uint64_t *wrote, struct err *e)
{
	struct sink *out = p->out;
	int64_t stop = deadline_in(WAY_MS);
	int rc = out->ops->begin(out, PROBE_TEMP, PROBE_NAME, e);
	uint64_t at = 0;

	if (rc)
		return rc;
	p->begun = true;
	while (rc == 0 && at < size && (at == 0 || clock_ms() < stop)) {
		fill(p->piece, at);
		rc = out->ops->write(out, at, p->piece, PIECE, e);
		at += rc ? 0 : PIECE;
	}
	if (rc) {
		(void)out->ops->abandon(out, NULL);
		return rc;
	}
	rc = out->ops->commit(out, at, e);
	p->named = rc == 0;
	*wrote = at;
	return rc;
}

static int read_all(struct probe *p, uint64_t size, uint64_t *seen, struct err *e)
{
	struct sink *out = p->out;
	int64_t stop = deadline_in(WAY_MS);
	int rc = 0;

	while (rc == 0 && *seen < size && (*seen == 0 || clock_ms() < stop)) {
		fill(p->piece, *seen);
		rc = out->ops->read(out, PROBE_NAME, *seen, p->back, PIECE, e);
		if (rc == 0 && memcmp(p->piece, p->back, PIECE) != 0)
			rc = err_set(e, -EIO, "what was read back is not what was written (byte %llu and on)",
				     (unsigned long long)*seen);
		*seen += rc ? 0 : PIECE;
	}
	return rc;
}

static void clean_up(struct probe *p, struct rehearsal *ret)
{
	struct sink *out = p->out;
	struct err e = { 0 };
	int rc = 0;

	if (!out->ops->remove)
		rc = err_set(&e, -EOPNOTSUPP, "nothing can be removed there");
	else if (p->begun)
		rc = out->ops->remove(out, p->named ? PROBE_NAME : PROBE_TEMP, &e);
	if (rc == 0)
		rc = out->ops->remove(out, NULL, &e);
	if (rc)
		rehearse_say(&ret->warned, "the probe is left in %s: %s", out->dir, e.text);
}

static int run_probe(struct probe *p, uint64_t size, struct rehearsal *ret, struct err *e)
{
	int64_t start = clock_us();
	struct err why = { 0 };
	int rc = write_all(p, size, &ret->bytes, e);

	ret->write_us = clock_us() - start;
	if (rc || !p->out->ops->read)
		return rc;
	start = clock_us();
	rc = read_all(p, ret->bytes, &ret->seen, &why);
	ret->read_us = clock_us() - start;
	/* A server may take a stream and allow nothing else: a dump needs no reading. */
	if (rc && !(p->out->ops->caps & SINK_SEEK) && rc != -EIO) {
		rehearse_say(&ret->warned, "it cannot be read back: %s", why.text);
		return 0;
	}
	return rc ? err_set(e, rc, "%s", why.text) : 0;
}

/* What fits, twice: the file that a slow server still has and the new one. */
static int probe_size(const struct rehearse_need *need, const struct rehearsal *t, uint64_t *size, struct err *e)
{
	char have[24], want[24];

	*size = PROBE_MAX;
	if (!t->space_known)
		return 0;
	if (t->space < need->log || t->space < 2 * PIECE)
		return err_set(e, -ENOSPC, "only %s free: not even the kernel log fits, which may take %s",
			       str_size(have, sizeof(have), t->space), str_size(want, sizeof(want), need->log));
	if (*size > t->space / 2)
		*size = t->space / 2 / PIECE * PIECE;
	return 0;
}

int rehearse_probe(struct sink *out, const struct rehearse_need *need, struct rehearsal *ret, struct err *e)
{
	struct probe p = { .out = out, .piece = malloc(PIECE), .back = malloc(PIECE) };
	char have[24], want[24];
	uint64_t size;
	int rc;

	if (out->ops->caps & SINK_SPACE)
		ret->space_known = out->ops->space(out, &ret->space, NULL) == 0;
	rc = probe_size(need, ret, &size, e);
	if (rc == 0 && ret->space_known && ret->space < need->dump)
		rehearse_say(&ret->warned, "%s free, and a dump may need up to %s before it is compressed",
			     str_size(have, sizeof(have), ret->space), str_size(want, sizeof(want), need->dump));
	if (rc == 0 && (!p.piece || !p.back))
		rc = err_set(e, -ENOMEM, "no memory");
	if (rc == 0)
		rc = run_probe(&p, size, ret, e);
	clean_up(&p, ret);
	free(p.piece);
	free(p.back);
	return rc;
}
