/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: kernel modules into the kernel.
 * A module comes with everything it needs, in order; what is there already is fine.
 */
#include "dev/module.h"

#include "base/fdio.h"
#include "base/str.h"
#include "dev/moddep.h"
#include "dev/modfile.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INDEX_MAX  (16u << 20) /* bytes of one index file; a full Debian modules.alias is 1.4 MB */
#define PARAMS_MAX 1024        /* parameters of one module */
#define ALIASES    1024        /* remembered; what does not fit is answered again */

enum state {
	ST_NEW,
	ST_DONE,
	ST_FAILED,
	ST_BLACKLIST,
};

/* What is known of one module name. */
struct entry {
	struct entry *next;
	enum state state;
	char name[MODDEP_NAME];
	char *params; /* NULL: none */
};

struct modset {
	char root[PATH_MAX];
	char *text[4]; /* what the index points into */
	struct moddep_index index;
	struct entry *entries;
	struct modset_stats stats;
	bool unlink;
	const char *without; /* directory that aliases do not reach; NULL: none */
	unsigned naliases;
	uint64_t alias[ALIASES]; /* hashes of what modset_first() has seen */
};

/* An absent file is an empty text, but for modules.dep, the first. */
static int read_index(struct modset *set, unsigned i, const char *file, struct moddep_text *t, struct err *e)
{
	struct err why = { 0 };
	char path[PATH_MAX];
	size_t len = 0;
	int rc;

	if (str_fmt(path, sizeof(path), "%s/%s", set->root, file))
		return err_set(e, -ENAMETOOLONG, "modules: %s: path too long", set->root);
	rc = file_read(path, INDEX_MAX, &set->text[i], &len, &why);
	if (rc && (rc != -ENOENT || i == 0))
		return err_set(e, rc, "modules: %s", why.text);
	*t = (struct moddep_text){ set->text[i] ? set->text[i] : "", len };
	return 0;
}

int modset_open(const char *root, struct modset **ret, struct err *e)
{
	struct modset *set = calloc(1, sizeof(*set));
	int rc;

	if (!set)
		return err_set(e, -ENOMEM, "modules: no memory");
	rc = str_fmt(set->root, sizeof(set->root), "%s", root);
	if (rc)
		rc = err_set(e, rc, "modules: %.100s…: path too long", root);
	if (!rc)
		rc = read_index(set, 0, "modules.dep", &set->index.dep, e);
	if (!rc)
		rc = read_index(set, 1, "modules.alias", &set->index.alias, e);
	if (!rc)
		rc = read_index(set, 2, "modules.softdep", &set->index.softdep, e);
	if (!rc)
		rc = read_index(set, 3, "modules.builtin", &set->index.builtin, e);
	if (rc) {
		modset_free(set);
		return rc;
	}
	*ret = set;
	return 0;
}

void modset_free(struct modset *set)
{
	if (!set)
		return;
	for (struct entry *en = set->entries, *next; en; en = next) {
		next = en->next;
		free(en->params);
		free(en);
	}
	for (size_t i = 0; i < ARRAY_LEN(set->text); i++)
		free(set->text[i]);
	free(set);
}

/* The entry of NAME, made when it is not there. NULL: no memory, or no possible module name. */
static struct entry *entry_get(struct modset *set, const char *name, struct err *e)
{
	char plain[MODDEP_NAME];
	struct entry *en;

	if (!moddep_name(name, strlen(name), plain)) {
		err_set(e, -EINVAL, "module %.80s: not a module name", name);
		return NULL;
	}
	for (en = set->entries; en; en = en->next)
		if (strcmp(en->name, plain) == 0)
			return en;
	en = calloc(1, sizeof(*en));
	if (!en) {
		err_set(e, -ENOMEM, "module %s: no memory", plain);
		return NULL;
	}
	(void)str_fmt(en->name, sizeof(en->name), "%s", plain);
	en->next = set->entries;
	set->entries = en;
	return en;
}

int modset_blacklist(struct modset *set, const char *name, struct err *e)
{
	struct err why = { 0 };
	struct entry *en = entry_get(set, name, &why);

	if (!en)
		return err_set(e, why.code, "%s", why.text);
	en->state = ST_BLACKLIST;
	return 0;
}

static int add_params(struct entry *en, const char *text, struct err *e)
{
	size_t n = en->params ? strlen(en->params) : 0, m = strlen(text);
	char *more;

	if (n + m + 2 > PARAMS_MAX)
		return err_set(e, -E2BIG, "module %s: more than %d bytes of parameters", en->name,
			       PARAMS_MAX);
	more = realloc(en->params, n + m + 2);
	if (!more)
		return err_set(e, -ENOMEM, "module %s: no memory", en->name);
	if (n)
		more[n++] = ' ';
	memcpy(more + n, text, m + 1);
	en->params = more;
	return 0;
}

int modset_option(struct modset *set, const char *name, const char *text, struct err *e)
{
	struct err why = { 0 };
	struct entry *en = entry_get(set, name, &why);

	return en ? add_params(en, text, e) : err_set(e, why.code, "%s", why.text);
}

int modset_cmdline(struct modset *set, const char *cmdline, struct err *e)
{
	const char *s = cmdline;
	int rc = 0;

	while (rc == 0 && *s) {
		size_t n = strcspn(s, " \t\n"), dot = strcspn(s, ".= \t\n");
		char name[MODDEP_NAME], text[PARAMS_MAX];

		/* A name with a '/' or an absurd length is some other program's word. */
		if (dot > 0 && dot < sizeof(name) && s[dot] == '.' && n - dot - 1 < sizeof(text)) {
			memcpy(name, s, dot);
			name[dot] = '\0';
			memcpy(text, s + dot + 1, n - dot - 1);
			text[n - dot - 1] = '\0';
			if (!strchr(name, '/'))
				rc = modset_option(set, name, text, e);
		}
		s += n;
		s += strspn(s, " \t\n");
	}
	return rc;
}

void modset_unlink(struct modset *set)
{
	set->unlink = true;
}

void modset_without(struct modset *set, const char *dir)
{
	set->without = dir;
}

/* NAME is an alias ("pci:v00008086…") and its module, the last of O, lies where aliases do not reach. */
static bool left_out(const struct modset *set, const char *name, const struct moddep_order *o)
{
	size_t n = set->without ? strlen(set->without) : 0;
	const struct moddep_text *path = o->n ? &o->file[o->n - 1].path : NULL;

	return n && path && strchr(name, ':') && path->n > n && memcmp(path->p, set->without, n) == 0;
}

/* FNV-1a of 64 bits: an equal hash of two aliases of one machine does not happen. */
bool modset_first(struct modset *set, const char *alias)
{
	uint64_t h = 0xcbf29ce484222325u;

	for (; *alias; alias++)
		h = (h ^ (unsigned char)*alias) * 0x100000001b3u;
	for (unsigned i = 0; i < set->naliases; i++)
		if (set->alias[i] == h)
			return false;
	if (set->naliases < ALIASES)
		set->alias[set->naliases++] = h;
	return true;
}

const struct modset_stats *modset_stats(const struct modset *set)
{
	return &set->stats;
}

/* The path of F below the root. */
static int full_path(const struct modset *set, const struct moddep_file *f, char path[PATH_MAX],
		     struct err *e)
{
	/* modules.dep of some builders has absolute names */
	int rc = f->path.n && f->path.p[0] == '/'
			 ? str_fmt(path, PATH_MAX, "%.*s", (int)f->path.n, f->path.p)
			 : str_fmt(path, PATH_MAX, "%s/%.*s", set->root, (int)f->path.n, f->path.p);

	return rc ? err_set(e, rc, "%s: path too long", f->name) : 0;
}

/*
 * The kernel has it: another process may have loaded it and unlinked the file. Only a loaded module,
 * not a built-in one, has an `initstate`: Documentation/ABI/stable/sysfs-module v6.1.
 */
static bool is_live(const char *name)
{
	char path[sizeof("/sys/module//initstate") + MODDEP_NAME];

	return str_fmt(path, sizeof(path), "/sys/module/%s/initstate", name) == 0 && access(path, F_OK) == 0;
}

static int insert(struct modset *set, const struct moddep_file *f, struct entry *en, struct err *e)
{
	char path[PATH_MAX];
	struct modfile_result r = { 0 };
	int rc = full_path(set, f, path, e);

	if (rc == 0)
		rc = modfile_insert(path, en->params ? en->params : "", set->unlink, &r, e);
	if (rc)
		return rc;
	if (r.present)
		set->stats.present++;
	else
		set->stats.loaded++;
	set->stats.bytes += r.bytes;
	set->stats.freed += r.freed;
	return 0;
}

/* One file of an order. 0: it is in the kernel, or must not be. What failed before is tried again. */
static int load_one(struct modset *set, const struct moddep_file *f, struct err *e)
{
	struct entry *en = entry_get(set, f->name, e);
	int rc;

	if (!en)
		return -ENOMEM;
	if (en->state == ST_BLACKLIST)
		set->stats.skipped++;
	if (en->state == ST_BLACKLIST || en->state == ST_DONE)
		return 0;
	if (is_live(f->name)) {
		set->stats.present++;
		en->state = ST_DONE;
		return 0;
	}
	rc = insert(set, f, en, e);
	if (rc && en->state != ST_FAILED)
		set->stats.failed++;
	en->state = rc ? ST_FAILED : ST_DONE;
	return rc;
}

static int load_order(struct modset *set, const struct moddep_order *o, const char *name, struct err *e)
{
	char plain[MODDEP_NAME];
	unsigned good = 0;
	int rc = 0, last = 0;

	(void)moddep_name(name, strlen(name), plain);
	for (unsigned i = 0; i < o->n; i++) {
		const struct moddep_file *f = &o->file[i];
		struct err why = { 0 };

		rc = load_one(set, f, &why);
		if (rc == 0) {
			good++;
			continue;
		}
		last = rc;
		str_fmt(set->stats.failure, sizeof(set->stats.failure), "module %s: %s", f->name, why.text);
		if (strcmp(f->name, plain) == 0)
			err_set(e, rc, "module %s: %s", plain, why.text);
		else
			err_set(e, rc, "module %.80s: needs %s: %s", name, f->name, why.text);
		if (!f->optional)
			return rc;
	}
	return good || o->n == 0 ? 0 : last;
}

int module_load(struct modset *set, const char *name, const char *params, struct err *e)
{
	struct moddep_order o;
	struct err why = { 0 };
	int rc = moddep_order(&set->index, name, &o, &why);

	if (rc)
		return err_set(e, rc, "module %.100s: %s", name, why.text);
	if (left_out(set, name, &o))
		return 0;
	if (params && *params) {
		struct entry *en = entry_get(set, name, e);

		if (!en)
			return -EINVAL;
		if (en->state == ST_NEW)
			rc = add_params(en, params, e);
		if (rc)
			return rc;
	}
	rc = load_order(set, &o, name, &why);
	return rc ? err_set(e, rc, "%s", why.text) : 0;
}

int module_plan(struct modset *set, const char *name, char *buf, size_t n, struct err *e)
{
	struct moddep_order o;
	size_t used = 0;
	int rc = moddep_order(&set->index, name, &o, e);

	if (rc)
		return err_add(e, rc, "module %.100s", name);
	if (n)
		buf[0] = '\0';
	for (unsigned i = 0; i < o.n; i++) {
		if (str_fmt(buf + used, n - used, "%.*s\n", (int)o.file[i].path.n, o.file[i].path.p))
			return err_set(e, -ENOSPC, "module %.100s: the list is too long", name);
		used += strlen(buf + used);
	}
	return 0;
}
