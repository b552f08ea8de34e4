/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the rules for old dumps that hold on this system.
 * Read where the distributions keep them.
 */
#include "host/retain_rules.h"

#include "base/fdio.h"
#include "base/str.h"
#include "conf/dialect.h"
#include "conf/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int read_file(struct retain_rules *ret, const char *root, const char *name, const struct conf_sayer *who,
		     struct err *e)
{
	char path[512], *text = NULL;
	size_t n = 0;
	int rc = str_fmt(path, sizeof(path), "%s%s", root, name);

	if (rc)
		return err_set(e, rc, "%.60s: the name is too long", root);
	rc = file_read(path, CONF_MAX, &text, &n, e);
	if (rc == -ENOENT)
		return 0;
	if (rc == 0)
		rc = settings_parse(ret, text, n, who, e);
	free(text);
	return rc;
}

int retain_rules_read(struct retain_rules *ret, const char *root, const struct conf_sayer *who, struct err *e)
{
	char conf[512];
	int rc = str_fmt(conf, sizeof(conf), "%s" CONF_FILE, root);

	settings_default(ret);
	if (rc)
		return err_set(e, rc, "%.60s: the name is too long", root);
	if (access(conf, F_OK))
		rc = read_file(ret, root, dialect_file(DIALECT_DEBIAN), who, e);
	return rc ? rc : read_file(ret, root, dialect_file(DIALECT_SUSE), who, e);
}
