/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: the recipe text, how each target is reached.
 * Pure. Written by our own image builder, so a malformed one is an error and not skipped.
 */
#include "conf/recipe.h"

#include "base/invisible.h"
#include "base/str.h"
#include "conf/link_words.h"
#include "iface/plan.h"
#include "version.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reader {
	struct recipe *r;
	struct recipe_target *target; /* the one that lines belong to, NULL before the first */
	bool started;                 /* the version line has been read */
	unsigned line;
	struct err *e;
};

_Static_assert(RECIPE_TARGETS >= PLAN_TARGETS + 3, "room for every target that has a name");

static int add_step(struct reader *x, enum recipe_kind kind, const char *arg, char *rest)
{
	struct recipe *r = x->r;
	const char *opt = str_trim(rest);

	if (r->nstep == RECIPE_STEPS)
		return err_set(x->e, -E2BIG, "recipe line %u: more than %d steps", x->line,
			       RECIPE_STEPS);
	r->step[r->nstep++] = (struct recipe_step){
		.kind = kind,
		.arg = arg,
		.opt = *opt ? opt : NULL,
		.line = x->line,
	};
	if (x->target)
		x->target->n++;
	else
		r->ncommon++;
	return 0;
}

/* Our own builder wrote it, so a line that cannot be read means another version of it. */
static int check_step(struct reader *x, const struct recipe_step *s)
{
	struct link_step link;
	struct recipe_ssh ssh;
	int rc = 0;

	if (s->kind == RECIPE_LINK)
		rc = recipe_link(s, &link, x->e);
	else if (s->kind == RECIPE_SSH)
		rc = recipe_ssh(s, &ssh, x->e);
	return rc ? err_add(x->e, rc, "recipe line %u", x->line) : 0;
}

static int add_checked(struct reader *x, enum recipe_kind kind, const char *arg, char *rest)
{
	int rc = add_step(x, kind, arg, rest);

	return rc ? rc : check_step(x, &x->r->step[x->r->nstep - 1]);
}

static int add_target(struct reader *x, int index)
{
	struct recipe *r = x->r;

	if (recipe_find(r, index))
		return err_set(x->e, -EINVAL, "recipe line %u: the target is there already",
			       x->line);
	x->target = &r->target[r->ntarget++];
	*x->target = (struct recipe_target){ .index = index, .first = r->nstep };
	return 0;
}

static int read_target(struct reader *x, const char *number)
{
	uint64_t v;

	if (str_u64(number, PLAN_TARGETS, &v))
		return err_set(x->e, -EINVAL,
			       "recipe line %u: target '%.40s', expected a number from 0 to %d",
			       x->line, number, PLAN_TARGETS);
	return add_target(x, (int)v);
}

static int read_mode(struct reader *x, const char *mode)
{
	x->r->generic = strcmp(mode, "generic") == 0;
	if (!x->r->generic && strcmp(mode, "host") != 0)
		return err_set(x->e, -EINVAL,
			       "recipe line %u: mode '%.40s', expected host or generic", x->line,
			       mode);
	return 0;
}

static int read_path(struct reader *x, const char *dir)
{
	if (!x->target)
		return err_set(x->e, -EINVAL, "recipe line %u: path before any target", x->line);
	x->target->path = dir;
	return 0;
}

/* The first line of all: what wrote this. */
static int read_version(struct reader *x, const char *keyword, const char *number)
{
	uint64_t v;

	if (strcmp(keyword, "crashbox-recipe") != 0 || !number || str_u64(number, UINT32_MAX, &v))
		return err_set(x->e, -EINVAL,
			       "recipe line %u: no recipe, expected 'crashbox-recipe %d'", x->line,
			       RECIPE_VERSION);
	if (v != RECIPE_VERSION)
		return err_set(x->e, -EPROTO,
			       "recipe of version %u, this program reads version %d: "
			       "build the image with the crashbox that is in it",
			       (unsigned)v, RECIPE_VERSION);
	x->started = true;
	return 0;
}

/* Undoes the cut behind WORD: what stands there up to the end of the line is one string. */
static char *whole(char *word, char *rest)
{
	if (rest > word + strlen(word))
		rest[-1] = ' ';
	return word;
}

static int read_line(struct reader *x, char *line)
{
	static const struct {
		const char *word;
		enum recipe_kind kind;
	} step[] = { { "module", RECIPE_MODULE },
		     { "device", RECIPE_DEVICE },
		     { "mount", RECIPE_MOUNT },
		     { "nfs", RECIPE_NFS },
		     { "kernel-nfs", RECIPE_KNFS },
		     { "ssh", RECIPE_SSH },
		     { "raw", RECIPE_RAW } };
	char *keyword = str_word(&line), *arg;

	if (strcmp(keyword, "rootfs") == 0 && x->started)
		return add_target(x, RECIPE_ROOTFS);
	if (strcmp(keyword, "fence") == 0 && x->started)
		return add_target(x, RECIPE_FENCE);
	if (CRASHBOX_NET && x->started && link_word(keyword)) /* else not known: the target is skipped */
		return add_checked(x, RECIPE_LINK, keyword, line);
	arg = str_word(&line);
	if (!x->started)
		return read_version(x, keyword, arg);
	for (unsigned i = 0; i < ARRAY_LEN(step); i++)
		if (strcmp(keyword, step[i].word) == 0 && arg)
			return add_checked(x, step[i].kind, arg, line);
	if (arg && strcmp(keyword, "target") == 0)
		return read_target(x, arg);
	if (arg && strcmp(keyword, "mode") == 0)
		return read_mode(x, arg);
	if (arg && strcmp(keyword, "path") == 0)
		return read_path(x, whole(arg, line));
	if (arg && strcmp(keyword, "kernel") == 0) {
		x->r->kernel = arg;
		return 0;
	}
	for (unsigned i = 0; i < ARRAY_LEN(step) && !arg; i++)
		if (strcmp(keyword, step[i].word) == 0)
			return err_set(x->e, -EINVAL, "recipe line %u: '%s' needs a word behind it",
				       x->line, keyword);
	return add_step(x, RECIPE_UNKNOWN, keyword, arg ? whole(arg, line) : line);
}

static int read_lines(struct reader *x, char *text, size_t n)
{
	char *end = text + n;
	size_t len;
	int rc = 0;

	while (text < end && rc == 0) {
		char *nl = memchr(text, '\n', (size_t)(end - text)), *stop = nl ? nl : end, *line;

		*stop = '\0';
		if (stop > text && stop[-1] == '\r')
			stop[-1] = '\0';
		x->line++;
		line = str_trim(text);
		/* an edit by hand: the word behind it is meant, and the capture goes on */
		while (invisible_at(line, &len))
			line = str_trim(line + len);
		text = stop + 1;
		if (*line && *line != '#')
			rc = read_line(x, line);
	}
	if (rc == 0 && !x->started)
		rc = err_set(x->e, -EINVAL, "no recipe: the file is empty");
	return rc;
}

int recipe_parse(struct recipe *ret, const char *text, size_t n, struct err *e)
{
	struct recipe r = { 0 };
	struct reader x = { .r = &r, .e = e };
	int rc;

	if (n > RECIPE_MAX)
		return err_set(e, -E2BIG, "recipe of %zu bytes, at most %u are read", n,
			       RECIPE_MAX);
	if (n && memchr(text, '\0', n))
		return err_set(e, -EINVAL, "no recipe: the file holds NUL bytes");
	r.text = malloc(n + 1);
	if (!r.text)
		return err_set(e, -ENOMEM, "no memory for a recipe of %zu bytes", n);
	if (n)
		memcpy(r.text, text, n);
	r.text[n] = '\0';
	rc = read_lines(&x, r.text, n);
	if (rc) {
		recipe_free(&r);
		return rc;
	}
	*ret = r;
	return 0;
}

void recipe_free(struct recipe *r)
{
	if (!r)
		return;
	free(r->text);
	r->text = NULL;
}

int recipe_link(const struct recipe_step *s, struct link_step *ret, struct err *e)
{
	char line[LINK_LINE];

	if (!CRASHBOX_NET)
		return err_set(e, -EINVAL, "this build has no networking");
	if (str_fmt(line, sizeof(line), "%s %s", s->arg, s->opt ? s->opt : ""))
		return err_set(e, -EINVAL, "%.40s: the line is longer than %d bytes", s->arg, LINK_LINE - 1);
	return link_parse(ret, line, e);
}

int recipe_ssh(const struct recipe_step *s, struct recipe_ssh *ret, struct err *e)
{
	struct recipe_ssh got = { .port = 0 };
	const struct {
		const char *key;
		char *text;
	} field[] = { { "server=", got.server }, { "alias=", got.alias }, { "key=", got.key } };
	char line[1024], *cursor = line, *word;

	if (str_fmt(line, sizeof(line), "%s", s->opt ? s->opt : ""))
		return err_set(e, -EINVAL, "ssh: the line is longer than %zu bytes", sizeof(line) - 1);
	while ((word = str_word(&cursor))) {
		const char *value = strchr(word, '=');
		bool taken = false;
		uint64_t v;

		if (str_starts(word, "port=") && str_u64(value + 1, UINT16_MAX, &v) == 0 && v) {
			got.port = (unsigned)v;
			continue;
		}
		for (unsigned i = 0; i < ARRAY_LEN(field); i++)
			taken |= str_starts(word, field[i].key) && value[1] &&
				 str_fmt(field[i].text, sizeof(got.key), "%s", value + 1) == 0;
		if (!taken)
			return err_set(e, -EINVAL, "ssh: '%.60s': expected server= port= alias= key= with a value",
				       word);
	}
	*ret = got;
	return 0;
}

const struct recipe_target *recipe_find(const struct recipe *r, int index)
{
	for (unsigned i = 0; i < r->ntarget; i++)
		if (r->target[i].index == index)
			return &r->target[i];
	return NULL;
}
