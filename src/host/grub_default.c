/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: crashkernel= in files that a shell reads one behind the other: /etc/default/grub and its snippets.
 * Pure: what results is worked out as the shell would, before and after; an edit that does not give it is refused.
 */
#include "host/grub_default.h"

#include "base/str.h"
#include "host/crashkernel.h"
#include "host/shell_file.h"
#include "host/text_out.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define VARS_MAX 256

static const char key[] = "crashkernel=";
#define KEY_LEN (sizeof(key) - 1)

/* A variable and its value at one moment. */
struct var {
	const char *name;
	size_t n;
	struct text_out value;
};

/* One assignment of one file. */
struct item {
	struct shell_assign a;
	unsigned file;
	int which;     /* index of the variable among those looked at, or -1 */
	bool live;     /* its text is part of what results */
	bool has_ours; /* crashkernel= stands in it */
};

struct work {
	struct grub_file *f;
	unsigned nfile;
	const char *const *names; /* in the order of the command line */
	struct item *v;
	unsigned n;
	struct var var[VARS_MAX];
	unsigned nvar;
	const struct item *doubt; /* this one decides, and only a shell can tell how */
	/* of the value that is being read */
	struct text_out *to;
	const struct shell_assign *reading;
	bool own; /* it refers to itself */
};

static void work_free(struct work *w)
{
	for (unsigned i = 0; i < w->nvar; i++)
		free(w->var[i].value.p);
	free(w->v);
}

static struct var *find_var(struct work *w, const char *name, size_t n)
{
	for (unsigned i = 0; i < w->nvar; i++)
		if (w->var[i].n == n && memcmp(w->var[i].name, name, n) == 0)
			return &w->var[i];
	return NULL;
}

static const char *get_var(void *arg, const char *name, size_t n)
{
	struct work *w = arg;
	struct var *v = find_var(w, name, n);

	if (n == w->reading->name_n && memcmp(name, w->reading->name, n) == 0)
		w->own = true;
	return v && v->value.p ? v->value.p : NULL;
}

static void put_byte(void *arg, const struct shell_piece *p)
{
	struct work *w = arg;
	char c = (char)p->c;

	if (p->c < 0)
		return;
	if (w->to->n < SHELL_VALUE)
		text_add(w->to, &c, 1);
	else /* no command line is that long */
		w->to->p[0] = SHELL_UNKNOWN;
}

/* ---- what results ---- */

/* Carries A out. *OWN: the value before is part of the new one. */
static int assign(struct work *w, const struct shell_assign *a, bool *own, struct err *e)
{
	struct shell_reader how = { .get = get_var, .put = put_byte, .arg = w };
	struct text_out value = { 0 };
	struct var *v = find_var(w, a->name, a->name_n);

	text_add(&value, "", 0);
	if (a->append && v && v->value.p)
		text_add(&value, v->value.p, v->value.n);
	w->to = &value; /* cppcheck-suppress autoVariables ; until this function ends */
	w->reading = a;
	w->own = a->append;
	if (value.p)
		shell_value(a->raw, a->raw_n, &how);
	*own = w->own;
	if (!a->sure && value.p) { /* it may be so or not */
		value.n = 0;
		text_add(&value, (const char[]){ SHELL_UNKNOWN }, 1);
	}
	if (!v && w->nvar < VARS_MAX) {
		v = &w->var[w->nvar++];
		*v = (struct var){ .name = a->name, .n = a->name_n };
	}
	if (!v || value.failed)
		free(value.p);
	if (!v)
		return err_set(e, -EINVAL, "%s: more than %u variables", w->f[0].path, VARS_MAX);
	if (value.failed)
		return err_set(e, -ENOMEM, "no memory for the GRUB files");
	free(v->value.p);
	v->value = value;
	return 0;
}

static int which_of(const struct work *w, const struct shell_assign *a)
{
	for (int i = 0; w->names[i]; i++)
		if (strlen(w->names[i]) == a->name_n && memcmp(w->names[i], a->name, a->name_n) == 0)
			return i;
	return -1;
}

static void forget_before(struct work *w, unsigned i)
{
	for (unsigned k = 0; k < i; k++)
		if (w->v[k].which == w->v[i].which)
			w->v[k].live = false;
	if (w->doubt && w->doubt->which == w->v[i].which)
		w->doubt = NULL;
}

/* An assignment that may be carried out or not: no matter while it only adds words, and none of ours. */
static int maybe_assign(struct work *w, struct item *it, struct err *e)
{
	struct var *v = find_var(w, it->a.name, it->a.name_n);
	struct text_out before = v ? v->value : (struct text_out){ 0 };
	bool own;
	int rc;

	if (it->which < 0)
		return assign(w, &it->a, &own, e);
	if (v)
		v->value = (struct text_out){ 0 };
	rc = assign(w, &it->a, &own, e);
	if (rc == 0 && (!own || it->has_ours))
		w->doubt = it;
	v = find_var(w, it->a.name, it->a.name_n);
	if (v) { /* as if it were not carried out */
		free(v->value.p);
		v->value = before;
	} else {
		free(before.p);
	}
	return rc;
}

/* All files, one behind the other. */
static int evaluate(struct work *w, struct err *e)
{
	int rc = 0;

	for (unsigned i = 0; i < w->n && rc == 0; i++) {
		struct item *it = &w->v[i];
		bool own;

		it->which = which_of(w, &it->a);
		it->has_ours = memmem(it->a.raw, it->a.raw_n, key, KEY_LEN) != NULL;
		if (!it->a.sure) {
			rc = maybe_assign(w, it, e);
			continue;
		}
		rc = assign(w, &it->a, &own, e);
		it->live = it->which >= 0;
		if (rc == 0 && it->live && !own)
			forget_before(w, i);
	}
	return rc;
}

static int read_files(struct work *w, struct err *e)
{
	for (unsigned i = 0; i < w->nfile; i++) {
		struct shell_assign *a = NULL;
		struct item *more;
		unsigned n = 0;
		int rc = shell_assignments(w->f[i].text, w->f[i].n, &a, &n, e);

		if (rc)
			return err_add(e, rc, "%s", w->f[i].path);
		more = realloc(w->v, (w->n + n + 1) * sizeof(*more));
		if (!more) {
			free(a);
			return err_set(e, -ENOMEM, "no memory for the GRUB files");
		}
		w->v = more;
		for (unsigned k = 0; k < n; k++)
			w->v[w->n++] = (struct item){ .a = a[k], .file = i };
		free(a);
	}
	return 0;
}

/* Values that are certain, or a sentence about what is not. */
static int look(struct work *w, struct err *e)
{
	int rc = read_files(w, e);

	if (rc == 0)
		rc = evaluate(w, e);
	if (rc == 0 && w->doubt)
		return err_set(e, -EINVAL,
			       "%s: line %u sets %.*s under a condition: only a shell can tell whether it holds",
			       w->f[w->doubt->file].path, w->doubt->a.line, (int)w->doubt->a.name_n, w->doubt->a.name);
	for (int i = 0; rc == 0 && w->names[i]; i++) {
		const struct var *v = find_var(w, w->names[i], strlen(w->names[i]));

		if (v && v->value.p && strchr(v->value.p, SHELL_UNKNOWN))
			return err_set(e, -EINVAL, "%s: %s is made by a command: only a shell can tell it",
				       w->f[0].path, w->names[i]);
	}
	return rc;
}

/* The next word of a command line at *P; blanks are those of the kernel. */
static size_t next_word(const char **p)
{
	static const char blanks[] = " \t\n\r\v\f";

	*p += strspn(*p, blanks);
	return strcspn(*p, blanks);
}

static void add_words(struct text_out *ret, const char *p, bool ours)
{
	size_t n;

	for (; (n = next_word(&p)); p += n) {
		size_t skip = ours ? KEY_LEN : 0;
		bool is_ours = n >= KEY_LEN && memcmp(p, key, KEY_LEN) == 0;

		if (is_ours != ours)
			continue;
		if (ret->n)
			text_add_str(ret, " ");
		text_add(ret, p + skip, n - skip);
	}
}

/* The words of all variables, those of ours (without the key) or the others, with single blanks. */
static void words_of(struct work *w, bool ours, struct text_out *ret)
{
	text_add(ret, "", 0);
	for (int i = 0; w->names[i]; i++) {
		const struct var *v = find_var(w, w->names[i], strlen(w->names[i]));

		if (!ours)
			text_add_str(ret, "\n");
		add_words(ret, v && v->value.p ? v->value.p : "", ours);
	}
}

/* ---- the edit ---- */

/* A word crashkernel=… in a raw value. */
struct slice {
	size_t from, to;
	bool quoted;
};

#define SLICES 32

struct slices {
	const char *raw;
	struct slice v[SLICES];
	unsigned n;
	size_t from, to;    /* of the word that is being read */
	char head[KEY_LEN]; /* its first bytes */
	size_t len;
	bool literal, quoted; /* of its first byte */
	bool any, ends_blank; /* of the value */
	bool plain;           /* no quote, backslash or expansion in it */
	bool failed;
};

static void end_slice(struct slices *s)
{
	bool ours = s->len >= KEY_LEN && memcmp(s->head, key, KEY_LEN) == 0;

	if (ours && s->literal) {
		for (size_t i = s->from; i < s->to; i++)
			s->failed |= strchr("'\"\\`", s->raw[i]) != NULL;
		if (s->n == SLICES)
			s->failed = true;
		else
			s->v[s->n++] = (struct slice){ s->from, s->to, s->quoted };
	}
	s->len = 0;
}

static void put_piece(void *arg, const struct shell_piece *p)
{
	struct slices *s = arg;

	if (p->c >= 0) {
		s->any = true;
		s->ends_blank = p->c == ' ' || p->c == '\t';
	}
	if (!p->literal || p->quoted || p->len != 1)
		s->plain = false;
	if (p->c >= 0 && strchr(" \t\n\r\v\f", p->c)) {
		end_slice(s);
		return;
	}
	if (s->len == 0) {
		if (p->c < 0)
			return;
		s->from = p->at;
		s->literal = p->literal;
		s->quoted = p->quoted;
	}
	if (s->len < KEY_LEN && p->c >= 0) {
		s->head[s->len] = (char)p->c;
		s->literal &= p->literal;
	}
	s->len++;
	s->to = p->at + p->len;
}

/* Words that other assignments made are edited there. */
static const char *no_var(void *arg, const char *name, size_t n)
{
	(void)arg;
	(void)name;
	(void)n;
	return "x";
}

/* At the end of a value that has none of our words. */
static void put_at_end(struct text_out *o, const char *raw, size_t n, const struct slices *s, const char *value)
{
	const char *blank = !s->any || s->ends_blank ? "" : " ";
	bool closes = n > 1 && (raw[n - 1] == '"' || raw[n - 1] == '\'') && raw[n - 2] != '\\';
	struct text_out word = { 0 };

	text_add_str(&word, blank);
	crashkernel_add_words(&word, value);
	if (closes) {
		text_add(o, raw, n - 1);
		text_add(o, word.p, word.n);
		text_add(o, raw + n - 1, 1);
	} else if (s->plain) {
		text_add_str(o, "\"");
		text_add(o, raw, n);
		text_add(o, word.p, word.n);
		text_add_str(o, "\"");
	} else {
		text_add(o, raw, n);
		text_add_str(o, "\"");
		text_add(o, word.p, word.n);
		text_add_str(o, "\"");
	}
	o->failed |= word.failed;
	free(word.p);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes a word out with the blanks behind it, or those before it where it is the last. */
static size_t cut_slice(struct text_out *o, const char *raw, size_t n, size_t start, const struct slice *s)
{
	size_t to = s->to;

	while (to < n && is_blank(raw[to]))
		to++;
	if (to + 1 >= n) /* at the end, or at the quote that ends it */
		while (o->n > start && is_blank(o->p[o->n - 1]))
			o->p[--o->n] = '\0';
	return to;
}

/* The raw value with VALUE in place of the first of our words or at the end; NULL: without any. */
static int edit_raw(struct text_out *o, const char *raw, size_t n, const char *value, struct err *e)
{
	struct slices s = { .raw = raw, .plain = true };
	struct shell_reader how = { .get = no_var, .put = put_piece, .arg = &s };
	size_t at = 0, start = o->n;

	shell_value(raw, n, &how);
	end_slice(&s);
	if (s.failed)
		return err_set(e, -EINVAL, "crashkernel= is written with quotes inside the word");
	if (s.n == 0 && value) {
		put_at_end(o, raw, n, &s, value);
		return 0;
	}
	for (unsigned i = 0; i < s.n; i++) {
		const char *quote = s.v[i].quoted || !value || !strchr(value, ' ') ? "" : "\"";

		text_add(o, raw + at, s.v[i].from - at);
		at = s.v[i].to;
		if (value) {
			text_add_str(o, quote);
			crashkernel_add_words(o, value);
			text_add_str(o, quote);
		} else {
			at = cut_slice(o, raw, n, start, &s.v[i]);
		}
		value = NULL;
	}
	text_add(o, raw + at, n - at);
	return 0;
}

/*
 * Where the words go: where they stand, else the first value that counts, the last variable first. Never to a
 * NAME+=VALUE: not every sh knows that, dash does not.
 */
static const struct item *place(const struct work *w, bool ours)
{
	const struct item *found = NULL;
	int names = 0;

	while (w->names[names])
		names++;
	for (int k = names - 1; k >= 0 && !found; k--)
		for (unsigned i = 0; i < w->n && (ours || !found); i++) {
			const struct item *it = &w->v[i];

			if (it->live && it->which == k && !it->a.append && (!ours || it->has_ours))
				found = it;
		}
	return found;
}

/* File I with the words at TARGET, and out of every other value that counts. */
static int edit_file(struct work *w, unsigned i, const struct item *target, const char *value, struct err *e)
{
	struct grub_file *f = &w->f[i];
	struct text_out o = { 0 };
	const char *from = f->text;
	int rc = 0;

	text_add(&o, "", 0);
	for (unsigned k = 0; k < w->n && rc == 0; k++) {
		const struct item *it = &w->v[k];

		if (it->file != i || !it->live || (it != target && !it->has_ours))
			continue;
		text_add(&o, from, (size_t)(it->a.raw - from));
		rc = edit_raw(&o, it->a.raw, it->a.raw_n, it == target ? value : NULL, e);
		if (rc)
			rc = err_add(e, rc, "%s: line %u", f->path, it->a.line);
		from = it->a.raw + it->a.raw_n;
	}
	text_add(&o, from, (size_t)(f->text + f->n - from));
	if (value && !target && i == 0) { /* no file assigns it */
		const char *name = w->names[0];

		for (int k = 0; w->names[k]; k++)
			name = w->names[k];
		text_add_str(&o, o.n && o.p[o.n - 1] != '\n' ? "\n" : "");
		text_add_str(&o, name);
		text_add_str(&o, "=\"");
		crashkernel_add_words(&o, value);
		text_add_str(&o, "\"\n");
	}
	if (rc == 0 && o.failed)
		rc = err_set(e, -ENOMEM, "no memory for %s", f->path);
	if (rc || !o.p) {
		free(o.p);
		return rc;
	}
	f->edited = o.p;
	f->edited_n = o.n;
	f->changed = o.n != f->n || memcmp(o.p, f->text, o.n) != 0;
	return 0;
}

/* The edited files give our words, and no other word is another. */
static int check_result(struct work *before, const char *value, struct err *e)
{
	struct grub_file *f = calloc(before->nfile, sizeof(*f));
	struct work *after = calloc(1, sizeof(*after));
	struct text_out ours = { 0 }, was = { 0 }, is = { 0 };
	int rc = -ENOMEM;

	if (f && after) {
		for (unsigned i = 0; i < before->nfile; i++)
			f[i] = (struct grub_file){ .path = before->f[i].path,
						   .text = before->f[i].edited,
						   .n = before->f[i].edited_n };
		*after = (struct work){ .f = f, .nfile = before->nfile, .names = before->names };
		rc = look(after, e);
		words_of(after, true, &ours);
		words_of(after, false, &is);
		words_of(before, false, &was);
		if (ours.failed || is.failed || was.failed)
			rc = -ENOMEM;
		work_free(after);
	}
	if (rc == 0 && (strcmp(ours.p, value ? value : "") != 0 || strcmp(was.p, is.p) != 0))
		rc = err_set(e, -EINVAL,
			     "%s: the command line is written in a way that is not edited here: add the words by "
			     "hand",
			     before->f[0].path);
	free(ours.p);
	free(was.p);
	free(is.p);
	free(after);
	free(f);
	return rc == -ENOMEM ? err_set(e, rc, "no memory for the GRUB files") : rc;
}

int grub_set(struct grub_file *f, unsigned n, const char *const *names, const char *value, struct err *e)
{
	struct work *w = calloc(1, sizeof(*w));
	const struct item *target;
	int rc;

	if (!w)
		return err_set(e, -ENOMEM, "no memory for the GRUB files");
	*w = (struct work){ .f = f, .nfile = n, .names = names };
	rc = look(w, e);
	if (rc == 0) {
		target = value ? place(w, true) : NULL;
		if (value && !target)
			target = place(w, false);
		for (unsigned i = 0; i < n && rc == 0; i++)
			rc = edit_file(w, i, target, value, e);
	}
	if (rc == 0)
		rc = check_result(w, value, e);
	work_free(w);
	free(w);
	if (rc)
		grub_files_free(f, n);
	return rc;
}

int grub_get(struct grub_file *f, unsigned n, const char *const *names, char *buf, size_t size, struct err *e)
{
	struct work *w = calloc(1, sizeof(*w));
	struct text_out ours = { 0 };
	int rc;

	buf[0] = '\0';
	if (!w)
		return err_set(e, -ENOMEM, "no memory for the GRUB files");
	*w = (struct work){ .f = f, .nfile = n, .names = names };
	rc = look(w, e);
	if (rc == 0) {
		words_of(w, true, &ours);
		if (ours.failed || str_fmt(buf, size, "%s", ours.p))
			rc = err_set(e, -ENAMETOOLONG, "%s: crashkernel= is too long", f[0].path);
	}
	free(ours.p);
	work_free(w);
	free(w);
	return rc;
}

void grub_files_free(struct grub_file *f, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		free(f[i].edited);
		f[i].edited = NULL;
		f[i].edited_n = 0;
		f[i].changed = false;
	}
}
