/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz: the index files of kernel modules.
 * The input is "NAME" NUL modules.dep NUL modules.alias NUL modules.softdep NUL modules.builtin:
 * an order without repetitions, each
 * path inside its text, or a refusal; never a hang.
 */
#include "dev/moddep.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n);

static struct moddep_text piece(const uint8_t **d, size_t *n)
{
	const uint8_t *end = *n ? memchr(*d, 0, *n) : NULL;
	struct moddep_text t = { (const char *)*d, end ? (size_t)(end - *d) : *n };

	*d += t.n + (end ? 1 : 0);
	*n -= t.n + (end ? 1 : 0);
	return t;
}

static void check(const struct moddep_index *ix, const struct moddep_order *o)
{
	for (unsigned i = 0; i < o->n; i++) {
		const struct moddep_file *f = &o->file[i];
		char name[MODDEP_NAME];

		if (f->path.p < ix->dep.p || f->path.p + f->path.n > ix->dep.p + ix->dep.n)
			abort();
		if (!moddep_name(f->path.p, f->path.n, name) || strcmp(name, f->name) != 0)
			abort();
		for (unsigned j = 0; j < i; j++)
			if (strcmp(o->file[j].name, f->name) == 0)
				abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *d, size_t n)
{
	struct moddep_index ix;
	struct moddep_order o;
	struct err e = { 0 };
	struct moddep_text name = piece(&d, &n);
	char *s = malloc(name.n + 1);
	int rc;

	if (name.n)
		memcpy(s, name.p, name.n);
	s[name.n] = '\0';
	ix.dep = piece(&d, &n);
	ix.alias = piece(&d, &n);
	ix.softdep = piece(&d, &n);
	ix.builtin = piece(&d, &n);
	rc = moddep_order(&ix, s, &o, &e);
	if (rc == 0)
		check(&ix, &o);
	else if (rc > 0 || !*e.text)
		abort();
	(void)moddep_glob(ix.alias, ix.builtin);
	free(s);
	return 0;
}
