/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: answers of an SFTP server.
 * Any bytes end in -EPROTO or in an answer whose parts lie within the packet. Inputs are text, see plain.h.
 */
#include "plain.h"

#include "sink/net_ssh_wire.h"

#include <errno.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static void require(int ok)
{
	if (!ok)
		abort();
}

static void look(const uint8_t *p, size_t n)
{
	struct sftp_features can;
	struct sftp_reply r;
	const char *words;
	uint64_t space;
	int rc = sftp_reply_get(p, n, &r);

	require(rc == 0 || rc == -EPROTO);
	if (rc)
		return;
	require(r.text >= p && r.ntext <= n && r.text + r.ntext <= p + n);
	require(r.type != SFTP_HANDLE || (r.ntext && r.ntext <= SFTP_HANDLE_MAX));
	require(sftp_errno(r.status, &words) <= 0 && words);
	sftp_features_get(r.text, r.ntext, &can);
	require(sftp_space_get(r.text, r.ntext, &space) <= 0);
	require(sftp_limit_get(r.text, r.ntext) >= SFTP_WRITE_MIN);
	require(sftp_limit_get(r.text, r.ntext) <= SFTP_WRITE_MAX);
}

/* The types of answers are small letters, which stand for other bytes: capital ones stand for them at the front. */
static uint8_t type_of(uint8_t c)
{
	switch (c) {
	case 'S':
		return SFTP_STATUS;
	case 'H':
		return SFTP_HANDLE;
	case 'A':
		return SFTP_ATTRS;
	case 'D':
		return SFTP_DATA;
	case 'X':
		return SFTP_EXTENDED_REPLY;
	default:
		return c;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	uint8_t *p = plain_bytes(d, n);

	if (!p)
		return 0;
	look(d, n);
	if (n)
		p[0] = type_of(p[0]);
	look(p, n);
	free(p);
	return 0;
}
