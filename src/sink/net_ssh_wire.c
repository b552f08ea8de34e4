/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sink: the packets of SFTP, and words for a shell.
 * Every length that came from outside is compared with what is there before it is used.
 */
#include "sink/net_ssh_wire.h"

#include "base/bytes.h"

#include <endian.h>
#include <errno.h>
#include <string.h>

#define MODE_TYPE 0170000u
#define MODE_DIR  0040000u

/* ---- requests ---- */

static void put(struct sftp_out *o, const void *p, size_t n)
{
	if (n > sizeof(o->b) - o->n) {
		o->full = true;
		return;
	}
	if (n)
		memcpy(o->b + o->n, p, n);
	o->n += n;
}

void sftp_start(struct sftp_out *o, enum sftp_request type, uint32_t id)
{
	const uint8_t head[5] = { 0, 0, 0, 0, (uint8_t)type };

	o->n = 0;
	o->full = false;
	put(o, head, sizeof(head));
	sftp_u32(o, id);
}

void sftp_u32(struct sftp_out *o, uint32_t v)
{
	v = htobe32(v);
	put(o, &v, sizeof(v));
}

void sftp_u64(struct sftp_out *o, uint64_t v)
{
	v = htobe64(v);
	put(o, &v, sizeof(v));
}

void sftp_bytes(struct sftp_out *o, const void *p, size_t n)
{
	sftp_u32(o, (uint32_t)n);
	put(o, p, n);
}

void sftp_text(struct sftp_out *o, const char *s)
{
	sftp_bytes(o, s, strlen(s));
}

int sftp_end(struct sftp_out *o, size_t more)
{
	if (o->full || more > SFTP_LENGTH_MAX)
		return -ENAMETOOLONG;
	put_u32(o->b, htobe32((uint32_t)(o->n - 4 + more)));
	return 0;
}

/* ---- answers ---- */

struct in {
	const uint8_t *p;
	size_t n;
	bool bad; /* more was asked for than there was */
};

static uint32_t in_u32(struct in *i)
{
	uint32_t v;

	if (i->bad || i->n < sizeof(v)) {
		i->bad = true;
		return 0;
	}
	v = be32toh(get_u32(i->p));
	i->p += sizeof(v);
	i->n -= sizeof(v);
	return v;
}

static uint64_t in_u64(struct in *i)
{
	uint64_t high = in_u32(i);

	return high << 32 | in_u32(i);
}

static size_t in_text(struct in *i, const uint8_t **ret)
{
	size_t n = in_u32(i);

	*ret = i->p;
	if (i->bad || n > i->n) {
		i->bad = true;
		return 0;
	}
	i->p += n;
	i->n -= n;
	return n;
}

/* flags, then of the fields they name: size, uid and gid, mode, … (section 5) */
static void in_attrs(struct in *i, struct sftp_reply *r)
{
	uint32_t flags = in_u32(i);

	if (flags & SFTP_ATTR_SIZE)
		r->size = in_u64(i);
	if (flags & 2)
		(void)in_u64(i);
	if (flags & SFTP_ATTR_MODE)
		r->is_dir = (in_u32(i) & MODE_TYPE) == MODE_DIR;
	r->has_size = flags & SFTP_ATTR_SIZE;
}

int sftp_reply_get(const uint8_t *p, size_t n, struct sftp_reply *r)
{
	struct in i = { .p = p, .n = n };

	memset(r, 0, sizeof(*r));
	if (n < 5)
		return -EPROTO;
	r->type = *p;
	i.p++;
	i.n--;
	r->id = in_u32(&i);
	r->text = i.p;
	r->ntext = i.n;
	switch (r->type) {
	case SFTP_VERSION:
	case SFTP_EXTENDED_REPLY:
		break;
	case SFTP_STATUS:
		r->status = in_u32(&i);
		r->ntext = 0;
		/* the words are not in the answers of every server */
		if (i.n)
			r->ntext = in_text(&i, &r->text);
		break;
	case SFTP_HANDLE:
		r->ntext = in_text(&i, &r->text);
		if (r->ntext == 0 || r->ntext > SFTP_HANDLE_MAX)
			i.bad = true;
		break;
	case SFTP_DATA:
		r->ntext = in_text(&i, &r->text);
		break;
	case SFTP_ATTRS:
		in_attrs(&i, r);
		break;
	default:
		return -EPROTO;
	}
	return i.bad ? -EPROTO : 0;
}

static bool word_is(const uint8_t *p, size_t n, const char *word)
{
	return n == strlen(word) && memcmp(p, word, n) == 0;
}

void sftp_features_get(const uint8_t *p, size_t n, struct sftp_features *f)
{
	struct in i = { .p = p, .n = n };

	memset(f, 0, sizeof(*f));
	while (i.n) {
		const uint8_t *name, *value;
		size_t nname = in_text(&i, &name), nvalue = in_text(&i, &value);

		if (i.bad)
			return;
		f->fsync |= word_is(name, nname, "fsync@openssh.com") && word_is(value, nvalue, "1");
		f->rename |= word_is(name, nname, "posix-rename@openssh.com") && word_is(value, nvalue, "1");
		f->statvfs |= word_is(name, nname, "statvfs@openssh.com") && word_is(value, nvalue, "2");
		f->limits |= word_is(name, nname, "limits@openssh.com") && word_is(value, nvalue, "1");
	}
}

/* f_bsize, f_frsize, f_blocks, f_bfree, f_bavail, …, 64 bits each */
int sftp_space_get(const uint8_t *p, size_t n, uint64_t *ret)
{
	struct in i = { .p = p, .n = n };
	uint64_t size, avail;

	(void)in_u64(&i);
	size = in_u64(&i);
	(void)in_u64(&i);
	(void)in_u64(&i);
	avail = in_u64(&i);
	if (i.bad)
		return -EPROTO;
	*ret = size && avail > UINT64_MAX / size ? UINT64_MAX : size * avail;
	return 0;
}

/* max-packet-length, max-read-length, max-write-length, max-open-handles, 64 bits each; 0: no limit is known */
uint32_t sftp_limit_get(const uint8_t *p, size_t n)
{
	struct in i = { .p = p, .n = n };
	uint64_t packet = in_u64(&i), write;

	(void)in_u64(&i);
	write = in_u64(&i);
	if (i.bad || write < SFTP_WRITE_MIN)
		return SFTP_WRITE_MIN;
	/* a request carries 25 bytes, the handle and the bytes */
	if (packet && packet < write + 1024)
		write = packet < SFTP_WRITE_MIN + 1024 ? SFTP_WRITE_MIN : packet - 1024;
	return write < SFTP_WRITE_MAX ? (uint32_t)write : SFTP_WRITE_MAX;
}

int sftp_errno(uint32_t status, const char **words)
{
	static const struct {
		int code;
		const char *words;
	} known[] = {
		{ 0, "" }, /* SSH_FX_OK */
		{ -EIO, "end of file" },
		{ -ENOENT, "no such file or directory" },
		{ -EACCES, "permission denied" },
		{ -EIO, "the server could not do it" },
		{ -EPROTO, "the server did not understand" },
		{ -ENOTCONN, "no connection" },
		{ -ECONNRESET, "connection lost" },
		{ -EOPNOTSUPP, "the server cannot do that" },
		{ -ENOSPC, "no space left on the server" }, /* 14 and 15 of version 6, from servers that mix */
	};
	unsigned i = status == SFTP_NO_SPACE || status == 15 ? 9 : status < 9 ? status
									      : 4;

	*words = known[i].words;
	return known[i].code;
}

/* ---- words for a shell ---- */

int shell_text(char *buf, size_t n, const char *s)
{
	size_t have = strlen(buf), add = strlen(s);

	if (add >= n - have)
		return -ENAMETOOLONG;
	memcpy(buf + have, s, add + 1);
	return 0;
}

int shell_word(char *buf, size_t n, const char *s)
{
	int rc = shell_text(buf, n, "'");

	for (; rc == 0 && *s; s++) {
		const char one[2] = { *s, '\0' };

		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return -EINVAL;
		rc = shell_text(buf, n, *s == '\'' ? "'\\''" : one);
	}
	return rc ? rc : shell_text(buf, n, "'");
}
