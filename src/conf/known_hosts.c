/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the keys of ssh servers, as known_hosts files list them.
 * sshd(8), SSH_KNOWN_HOSTS FILE FORMAT: a marker or none, names, type of the key, the key in base64.
 */
#include "conf/known_hosts.h"

#include "base/invisible.h"
#include "base/sha1.h"
#include "base/str.h"

#include <ctype.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>

#define NAME_MAX_LEN 320  /* "[name]:port" */
#define KEY_MAX      8192 /* bytes of a public key: RSA with 16384 bits has some 2100 */
#define SSH_PORT     22

struct text {
	const char *p;
	size_t n;
};

enum marker { MARK_NONE,
	      MARK_REVOKED,
	      MARK_CA,
	      MARK_OTHER };

struct entry {
	enum marker mark;
	struct text names, type, key;
};

/* ---- lines and words ---- */

static bool blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static struct text next_word(struct text *line)
{
	struct text w;

	while (line->n && blank(*line->p)) {
		line->p++;
		line->n--;
	}
	w.p = line->p;
	while (line->n && !blank(*line->p)) {
		line->p++;
		line->n--;
	}
	w.n = (size_t)(line->p - w.p);
	return w;
}

static struct text next_line(struct text *rest)
{
	struct text l = *rest;
	const char *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	l.n = end ? (size_t)(end - l.p) : rest->n;
	rest->p += l.n + (end ? 1 : 0);
	rest->n -= l.n + (end ? 1 : 0);
	return l;
}

static bool is(struct text w, const char *s)
{
	return w.n == strlen(s) && memcmp(w.p, s, w.n) == 0;
}

/* false: a comment, an empty line, or one without a key */
static bool entry_get(struct text line, struct entry *ret)
{
	struct text w = next_word(&line);

	if (!w.n || *w.p == '#')
		return false;
	ret->mark = MARK_NONE;
	if (*w.p == '@') {
		ret->mark = is(w, "@revoked")          ? MARK_REVOKED
			    : is(w, "@cert-authority") ? MARK_CA
						       : MARK_OTHER;
		w = next_word(&line);
	}
	ret->names = w;
	ret->type = next_word(&line);
	ret->key = next_word(&line);
	return ret->key.n > 0;
}

/* ---- base64 ---- */

static int digit(char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	return c == '+' ? 62 : c == '/' ? 63
					: -1;
}

/* Bytes that W holds in base64 (RFC 4648), at most MAX; -EINVAL. */
static int decode(struct text w, uint8_t *buf, size_t max, size_t *ret)
{
	uint32_t bits = 0;
	unsigned have = 0;

	*ret = 0;
	while (w.n && w.p[w.n - 1] == '=')
		w.n--;
	for (; w.n; w.p++, w.n--) {
		int d = digit(*w.p);

		if (d < 0)
			return -EINVAL;
		bits = bits << 6 | (uint32_t)d;
		have += 6;
		if (have < 8)
			continue;
		have -= 8;
		if (*ret == max)
			return -EINVAL;
		buf[(*ret)++] = (uint8_t)(bits >> have);
	}
	return 0;
}

/* ---- names ---- */

/* '*' and '?' in PAT; letters of either case are the same. */
static bool glob(struct text pat, const char *s)
{
	struct text star = { 0 };
	const char *at = s;

	while (*s) {
		if (pat.n && *pat.p == '*') {
			star = pat;
			at = s;
			pat.p++;
			pat.n--;
		} else if (pat.n && (*pat.p == '?' || tolower((unsigned char)*pat.p) == tolower((unsigned char)*s))) {
			pat.p++;
			pat.n--;
			s++;
		} else if (star.n) {
			pat = (struct text){ star.p + 1, star.n - 1 };
			s = ++at;
		} else {
			return false;
		}
	}
	while (pat.n && *pat.p == '*') {
		pat.p++;
		pat.n--;
	}
	return pat.n == 0;
}

/* |1|salt|hash: HMAC-SHA1 of the name under the salt */
static bool hashed(struct text w, const char *name)
{
	struct text salt = { w.p + 3, 0 }, hash;
	uint8_t key[64], want[SHA1_SIZE + 1], got[SHA1_SIZE];
	const char *bar = memchr(salt.p, '|', w.n - 3);
	size_t nkey, nwant;

	if (!bar)
		return false;
	salt.n = (size_t)(bar - salt.p);
	hash = (struct text){ bar + 1, (size_t)(w.p + w.n - bar - 1) };
	if (decode(salt, key, sizeof(key), &nkey) || decode(hash, want, sizeof(want), &nwant) || nwant != SHA1_SIZE)
		return false;
	hmac_sha1(key, nkey, name, strlen(name), got);
	return memcmp(got, want, SHA1_SIZE) == 0;
}

/* Patterns with commas; one with '!' that matches makes the line be about somebody else. */
static bool names_match(struct text names, const char *name)
{
	bool yes = false;

	if (names.n > 3 && memcmp(names.p, "|1|", 3) == 0)
		return hashed(names, name);
	while (names.n) {
		const char *comma = memchr(names.p, ',', names.n);
		struct text w = { names.p, comma ? (size_t)(comma - names.p) : names.n };
		bool not = w.n && *w.p == '!';

		names.p += w.n + (comma ? 1 : 0);
		names.n -= w.n + (comma ? 1 : 0);
		if (not )
			w = (struct text){ w.p + 1, w.n - 1 };
		if (!w.n || !glob(w, name))
			continue;
		if (not )
			return false;
		yes = true;
	}
	return yes;
}

/* The names to look for: [name]:port, then the plain one. Lower case, as they are hashed. */
struct asked {
	char full[NAME_MAX_LEN], plain[NAME_MAX_LEN];
};

static int asked_set(const struct known_hosts *k, struct asked *a)
{
	unsigned port = k->port ? k->port : SSH_PORT;
	int rc = str_fmt(a->plain, sizeof(a->plain), "%s", k->name);

	if (rc == 0)
		rc = port == SSH_PORT ? str_fmt(a->full, sizeof(a->full), "%s", k->name)
				      : str_fmt(a->full, sizeof(a->full), "[%s]:%u", k->name, port);
	for (char *p = a->plain; rc == 0 && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	for (char *p = a->full; rc == 0 && *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return rc;
}

/* ---- answers ---- */

/* What every line together said. */
struct found {
	bool match, plain_match; /* the key itself, under the full name or the plain one */
	bool other, ca, revoked;
};

static void weigh(const struct entry *en, const struct asked *a, struct text key, struct found *f)
{
	uint8_t buf[KEY_MAX];
	size_t n;
	bool full = names_match(en->names, a->full), plain = names_match(en->names, a->plain), same;

	if (!full && !plain)
		return;
	if (en->mark == MARK_CA || en->mark == MARK_OTHER) {
		f->ca |= full && en->mark == MARK_CA;
		return;
	}
	same = decode(en->key, buf, sizeof(buf), &n) == 0 && n == key.n && memcmp(buf, key.p, n) == 0;
	if (en->mark == MARK_REVOKED) {
		f->revoked |= same;
		return;
	}
	f->match |= full && same;
	f->plain_match |= plain && same;
	f->other |= full && !same;
}

enum known_verdict known_hosts_check(const struct known_hosts *k, const void *key, size_t n)
{
	struct found f = { 0 };
	struct asked a;

	if (asked_set(k, &a))
		return KNOWN_NONE;
	for (unsigned i = 0; i < k->n; i++) {
		struct text rest = { k->text[i], k->len[i] };
		struct entry en;

		while (rest.n)
			if (entry_get(next_line(&rest), &en))
				weigh(&en, &a, (struct text){ key, n }, &f);
	}
	if (f.revoked)
		return KNOWN_REVOKED;
	if (f.match || (f.plain_match && !f.other))
		return KNOWN_MATCH;
	if (f.other)
		return KNOWN_CHANGED;
	return f.ca ? KNOWN_CA : KNOWN_NONE;
}

/* What is not seen before the names of a line, which then names no host; or NULL. */
static const struct invisible *find_unseen(const struct known_hosts *k)
{
	const struct invisible *found = NULL;

	for (unsigned i = 0; i < k->n; i++) {
		struct text rest = { k->text[i], k->len[i] };
		struct entry en;
		char head[4];

		while (rest.n && !found) {
			if (!entry_get(next_line(&rest), &en))
				continue;
			(void)str_fmt(head, sizeof(head), "%.*s", (int)(en.names.n < 3 ? en.names.n : 3), en.names.p);
			found = invisible_find(head, NULL);
		}
	}
	return found;
}

int known_hosts_trust(void *arg, const void *key, size_t n, struct err *e)
{
	const struct invisible *unseen;
	const struct known_hosts *k = arg;
	unsigned port = k->port ? k->port : SSH_PORT;

	switch (known_hosts_check(k, key, n)) {
	case KNOWN_MATCH:
		return 0;
	case KNOWN_CHANGED:
		return err_set(e, -EACCES,
			       "the key of %s port %u is not the one in known_hosts: the server was installed anew, or "
			       "it is another one",
			       k->name, port);
	case KNOWN_REVOKED:
		return err_set(e, -EACCES, "the key of %s port %u is marked @revoked in known_hosts", k->name, port);
	case KNOWN_CA:
		return err_set(e, -EACCES,
			       "known_hosts has only an @cert-authority line for %s: host certificates are not "
			       "supported, add the server's own key (ssh-keyscan)",
			       k->name);
	case KNOWN_NONE:
		break;
	}
	unseen = find_unseen(k);
	if (unseen)
		return err_set(e, -EACCES, "no key of %s port %u is in known_hosts, where a line has %s", k->name, port,
			       unseen->before);
	return err_set(e, -EACCES, "no key of %s port %u is in known_hosts: log in once with ssh, or use ssh-keyscan",
		       k->name, port);
}

/* ---- what to ask the server for ---- */

static const struct {
	const char *type;       /* as in the file */
	const char *algorithms; /* as in the key exchange; RFC 8332 for RSA: SHA-1 is not asked for */
} kind[] = {
	{ "ssh-ed25519", "ssh-ed25519" },
	{ "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp256" },
	{ "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp384" },
	{ "ecdsa-sha2-nistp521", "ecdsa-sha2-nistp521" },
	{ "ssh-rsa", "rsa-sha2-512,rsa-sha2-256" },
};

static void note_kind(const struct entry *en, const struct asked *a, bool has[ARRAY_LEN(kind)])
{
	if (en->mark != MARK_NONE || (!names_match(en->names, a->full) && !names_match(en->names, a->plain)))
		return;
	for (unsigned j = 0; j < ARRAY_LEN(kind); j++)
		has[j] |= is(en->type, kind[j].type);
}

int known_hosts_algorithms(const struct known_hosts *k, char *buf, size_t n)
{
	bool has[ARRAY_LEN(kind)] = { false };
	struct asked a;
	size_t at = 0;
	int rc = asked_set(k, &a);

	*buf = '\0';
	for (unsigned i = 0; rc == 0 && i < k->n; i++) {
		struct text rest = { k->text[i], k->len[i] };
		struct entry en;

		while (rest.n)
			if (entry_get(next_line(&rest), &en))
				note_kind(&en, &a, has);
	}
	for (unsigned j = 0; rc == 0 && j < ARRAY_LEN(kind); j++) {
		if (!has[j])
			continue;
		rc = str_fmt(buf + at, n - at, "%s%s", at ? "," : "", kind[j].algorithms);
		at = strlen(buf);
	}
	return rc;
}
