/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: which module files a name needs, in which order.
 * Pure functions over the text of depmod's files; a loop or an absurd file ends in an error, never in a hang.
 */
#include "dev/moddep.h"

#include "base/str.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define DEPTH_MAX 32   /* the longest chain of a real kernel is about 10 */
#define SCAN_MAX  2048 /* looks into a file during one order */

struct walk {
	const struct moddep_index *ix;
	struct moddep_order *o;
	char open[DEPTH_MAX][MODDEP_NAME]; /* modules whose dependencies are being walked */
	unsigned depth;
	unsigned scans;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool next_line(struct moddep_text *rest, struct moddep_text *line)
{
	const char *end;

	if (rest->n == 0)
		return false;
	end = memchr(rest->p, '\n', rest->n);
	line->p = rest->p;
	line->n = end ? (size_t)(end - rest->p) : rest->n;
	rest->p += line->n + (end ? 1 : 0);
	rest->n -= line->n + (end ? 1 : 0);
	return true;
}

static bool next_word(struct moddep_text *rest, struct moddep_text *word)
{
	while (rest->n && is_space(*rest->p)) {
		rest->p++;
		rest->n--;
	}
	word->p = rest->p;
	while (rest->n && !is_space(*rest->p)) {
		rest->p++;
		rest->n--;
	}
	word->n = (size_t)(rest->p - word->p);
	return word->n > 0;
}

static bool text_is(struct moddep_text t, const char *s)
{
	return t.n == strlen(s) && memcmp(t.p, s, t.n) == 0;
}

static char fold(char c)
{
	return c == '-' ? '_' : c;
}

/* A word as a module name. */
static bool plain_name(struct moddep_text t, char out[MODDEP_NAME])
{
	out[0] = '\0';
	if (t.n == 0 || t.n >= MODDEP_NAME)
		return false;
	for (size_t i = 0; i < t.n; i++)
		out[i] = fold(t.p[i]);
	out[t.n] = '\0';
	return true;
}

bool moddep_name(const char *path, size_t n, char out[MODDEP_NAME])
{
	struct moddep_text base = { path, n };

	for (size_t i = 0; i < n; i++)
		if (path[i] == '/')
			base = (struct moddep_text){ path + i + 1, n - i - 1 };
	for (size_t i = 0; i + 2 < base.n; i++)
		if (memcmp(base.p + i, ".ko", 3) == 0 && (i + 3 == base.n || base.p[i + 3] == '.'))
			base.n = i;
	return plain_name(base, out);
}

/* One '[…]' at *P against C; *P moves behind it. A bracket without an end is an ordinary character. */
static bool match_set(struct moddep_text pattern, size_t *p, char c)
{
	size_t i = *p + 1, first;
	bool negate = i < pattern.n && (pattern.p[i] == '!' || pattern.p[i] == '^'), hit = false;

	if (negate)
		i++;
	for (first = i; i < pattern.n && (pattern.p[i] != ']' || i == first); i++) {
		char lo = pattern.p[i], hi = lo;

		if (i + 2 < pattern.n && pattern.p[i + 1] == '-' && pattern.p[i + 2] != ']') {
			hi = pattern.p[i + 2];
			i += 2;
		}
		hit |= c >= lo && c <= hi;
	}
	if (i >= pattern.n) {
		*p += 1;
		return c == '[';
	}
	*p = i + 1;
	return hit != negate;
}

static bool match_one(struct moddep_text pattern, size_t *p, char c)
{
	if (pattern.p[*p] == '[')
		return match_set(pattern, p, c);
	*p += 1;
	return pattern.p[*p - 1] == '?' || fold(pattern.p[*p - 1]) == fold(c);
}

/* Only the last '*' is ever taken back: an earlier one cannot do better. */
bool moddep_glob(struct moddep_text pattern, struct moddep_text text)
{
	size_t p = 0, t = 0, star = SIZE_MAX, from = 0;

	while (t < text.n) {
		if (p < pattern.n && pattern.p[p] == '*') {
			star = ++p;
			from = t;
			continue;
		}
		if (p < pattern.n && match_one(pattern, &p, text.p[t])) {
			t++;
			continue;
		}
		if (star == SIZE_MAX)
			return false;
		p = star;
		t = ++from;
	}
	while (p < pattern.n && pattern.p[p] == '*')
		p++;
	return p == pattern.n;
}

/* The line of modules.dep that belongs to NAME: its own path and the rest. */
static bool find_dep(const struct moddep_index *ix, const char *name, struct moddep_text *path,
		     struct moddep_text *deps)
{
	struct moddep_text rest = ix->dep, line;
	char own[MODDEP_NAME];

	while (next_line(&rest, &line)) {
		const char *colon = memchr(line.p, ':', line.n);
		size_t n = colon ? (size_t)(colon - line.p) : 0;

		if (!n || !moddep_name(line.p, n, own) || strcmp(own, name) != 0)
			continue;
		*path = (struct moddep_text){ line.p, n };
		*deps = (struct moddep_text){ colon + 1, line.n - n - 1 };
		return true;
	}
	return false;
}

static bool is_builtin(const struct moddep_index *ix, const char *name)
{
	struct moddep_text rest = ix->builtin, line, word;
	char own[MODDEP_NAME];

	while (next_line(&rest, &line))
		if (next_word(&line, &word) && moddep_name(word.p, word.n, own) && strcmp(own, name) == 0)
			return true;
	return false;
}

/* True when NAME needs no further walk; a module that turns out to be required is marked so. */
static bool seen(struct walk *w, const char *name, bool optional)
{
	for (unsigned i = 0; i < w->o->n; i++)
		if (strcmp(w->o->file[i].name, name) == 0) {
			w->o->file[i].optional &= optional;
			return true;
		}
	for (unsigned i = 0; i < w->depth; i++)
		if (strcmp(w->open[i], name) == 0)
			return true;
	return false;
}

static int append(struct walk *w, const char *name, struct moddep_text path, bool optional)
{
	struct moddep_file *f;

	if (w->o->n == MODDEP_FILES)
		return -E2BIG;
	f = &w->o->file[w->o->n++];
	(void)str_fmt(f->name, sizeof(f->name), "%s", name);
	f->path = path;
	f->optional = optional;
	return 0;
}

static int visit_any(struct walk *w, struct moddep_text what, bool optional);

/* Soft dependencies of NAME, those in front of it or those behind it. Unknown ones are skipped. */
static int visit_soft(struct walk *w, const char *name, const char *where)
{
	struct moddep_text rest = w->ix->softdep, line, word;
	char own[MODDEP_NAME];
	int rc = 0;

	while (rc >= 0 && next_line(&rest, &line)) {
		bool on = false;

		if (!next_word(&line, &word) || !text_is(word, "softdep") || !next_word(&line, &word) ||
		    !plain_name(word, own) || strcmp(own, name) != 0)
			continue;
		while (rc >= 0 && next_word(&line, &word)) {
			if (word.p[word.n - 1] == ':')
				on = text_is(word, where);
			else if (on)
				rc = visit_any(w, word, true);
		}
	}
	return rc < 0 ? rc : 0;
}

static int visit(struct walk *w, const char *name, bool optional);

/* What stands behind the colon. A file without a line of its own is taken as it is. */
static int visit_deps(struct walk *w, struct moddep_text deps, bool optional)
{
	struct moddep_text word;
	char own[MODDEP_NAME];

	while (next_word(&deps, &word)) {
		int rc = moddep_name(word.p, word.n, own) ? visit(w, own, optional) : 0;

		if (rc == 1)
			rc = append(w, own, word, optional);
		if (rc)
			return rc;
	}
	return 0;
}

/* 0, 1 when modules.dep does not know NAME, or an error. */
static int visit(struct walk *w, const char *name, bool optional)
{
	struct moddep_text path, deps;
	int rc;

	if (seen(w, name, optional))
		return 0;
	if (w->depth == DEPTH_MAX || ++w->scans > SCAN_MAX)
		return -ELOOP;
	if (!find_dep(w->ix, name, &path, &deps))
		return 1;
	memccpy(w->open[w->depth++], name, 0, MODDEP_NAME);
	rc = visit_soft(w, name, "pre:");
	if (rc == 0)
		rc = visit_deps(w, deps, optional);
	if (rc == 0)
		rc = append(w, name, path, optional);
	if (rc == 0)
		rc = visit_soft(w, name, "post:");
	w->depth--;
	return rc;
}

/* The next "alias PATTERN MODULE" whose pattern takes WHAT. */
static bool next_alias(struct moddep_text *rest, struct moddep_text what, char module[MODDEP_NAME])
{
	struct moddep_text line, word, pattern;

	while (next_line(rest, &line))
		if (next_word(&line, &word) && text_is(word, "alias") && next_word(&line, &pattern) &&
		    next_word(&line, &word) && moddep_glob(pattern, what) && plain_name(word, module))
			return true;
	return false;
}

static int visit_alias(struct walk *w, struct moddep_text what, bool optional)
{
	struct moddep_text rest = w->ix->alias;
	char module[MODDEP_NAME];
	unsigned n = 0;
	int rc = 0;

	if (++w->scans > SCAN_MAX)
		return -ELOOP;
	while (n < 2 && next_alias(&rest, what, module))
		n++;
	if (n == 0)
		return 1;
	rest = w->ix->alias;
	while (rc >= 0 && next_alias(&rest, what, module))
		rc = visit(w, module, optional || n > 1);
	return rc < 0 ? rc : 0;
}

/* A module, something built in, or an alias; 1 when it is none of them. */
static int visit_any(struct walk *w, struct moddep_text what, bool optional)
{
	char name[MODDEP_NAME];
	int rc = 1;

	if (plain_name(what, name)) {
		rc = visit(w, name, optional);
		if (rc == 1 && is_builtin(w->ix, name))
			rc = 0;
	}
	return rc == 1 ? visit_alias(w, what, optional) : rc;
}

int moddep_order(const struct moddep_index *ix, const char *name, struct moddep_order *o, struct err *e)
{
	struct walk w = { .ix = ix, .o = o };
	int rc;

	o->n = 0;
	rc = visit_any(&w, (struct moddep_text){ name, strlen(name) }, false);
	if (rc == 1)
		return err_set(e, -ENOENT, "no module and no alias of this name");
	if (rc == -E2BIG)
		return err_set(e, rc, "needs more than %d modules", MODDEP_FILES);
	if (rc)
		return err_set(e, rc, "dependencies in modules.dep lead in circles");
	return 0;
}
