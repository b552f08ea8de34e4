/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which configuration holds on this system.
 * /etc/kdump.conf; without it, what another distribution's file amounts to.
 */
#include "host/conf_source.h"

#include "base/fdio.h"
#include "base/str.h"
#include "conf/dialect.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* 0: TEXT is a file of dialect D, and RET its translation; -ENOENT: it is none. */
static int translate(struct conf_source *ret, enum dialect d, const char *text, size_t n,
		     const struct conf_sayer *who, struct err *e)
{
	struct dialect_text t;
	int rc;

	if (!dialect_is(d, text, n))
		return -ENOENT;
	rc = dialect_convert(&t, d, text, n, who, e);
	if (rc)
		return rc;
	ret->text = t.text;
	ret->n = t.n;
	ret->refused = t.refused;
	return 0;
}

static int read_dialect(struct conf_source *ret, enum dialect d, const char *root, const struct conf_sayer *who,
			struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc = str_fmt(ret->file, sizeof(ret->file), "%s%s", root, dialect_file(d));

	if (rc)
		return err_set(e, rc, "%.60s: the name is too long", root);
	rc = file_read(ret->file, CONF_MAX, &text, &n, e);
	if (rc == 0)
		rc = translate(ret, d, text, n, who, e);
	free(text);
	return rc;
}

int conf_source_read(struct conf_source *ret, const char *root, const struct conf_sayer *who, struct err *e)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = str_fmt(ret->file, sizeof(ret->file), "%s" CONF_FILE, root);
	if (rc)
		return err_set(e, rc, "%.60s: the name is too long", root);
	rc = file_read(ret->file, CONF_MAX, &ret->text, &ret->n, e);
	for (int d = 0; rc == -ENOENT && d < DIALECTS; d++)
		rc = read_dialect(ret, (enum dialect)d, root, who, e);
	return rc == -ENOENT ? err_set(e, rc, "there is no %s%s", root, CONF_FILE) : rc;
}

void conf_source_free(struct conf_source *s)
{
	if (s)
		free(s->text);
}
