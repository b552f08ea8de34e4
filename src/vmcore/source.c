/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vmcore: any dump file as a source.
 * A file that is no dump is told so by what it seems to be.
 */
#include "vmcore/source.h"

#include "base/foreign.h"
#include "vmcore/file.h"
#include "vmcore/kdump.h"
#include "vmcore/vmcore.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

/* A known foreign format gets its name and the way out. */
static int refuse(const struct dfile *file, struct err *e)
{
	uint8_t head[FOREIGN_HEAD];
	size_t n = file->size < sizeof(head) ? (size_t)file->size : sizeof(head);
	const char *what = NULL;

	if (dfile_read(file, 0, head, n, NULL) == 0)
		what = foreign_find(head, n, "a text, perhaps the log of a dump: give the dump beside it");
	if (what)
		return err_set(e, -EINVAL, "no dump but %s", what);
	return err_set(e, -EINVAL, "neither an ELF vmcore, a kdump-compressed dump nor a flattened stream");
}

/* What FILE is by its first bytes. */
static int kind_find(const struct dfile *file, enum source_kind *ret, struct err *e)
{
	uint8_t sign[8] = "";
	int rc = file->size < sizeof(sign) ? 0 : dfile_read(file, 0, sign, sizeof(sign), e);

	if (rc < 0)
		return rc;
	if (memcmp(sign, KDUMP_SIGN, sizeof(sign)) == 0)
		*ret = SOURCE_KDUMP;
	else if (memcmp(sign, ELFMAG, SELFMAG) == 0)
		*ret = SOURCE_ELF;
	else
		return refuse(file, e);
	return 0;
}

static int files_open(struct dfile **file, const char *const *paths, unsigned n, enum source_kind *kind,
		      struct err *e)
{
	for (unsigned i = 0; i < n; i++) {
		enum source_kind this = SOURCE_ELF;
		int rc = dfile_open(&file[i], paths[i], e);

		if (rc < 0)
			return rc;
		rc = kind_find(file[i], &this, e);
		if (rc < 0)
			return n > 1 ? err_add(e, rc, "%s", paths[i]) : rc;
		if (n > 1 && this != SOURCE_KDUMP)
			return err_set(e, -EINVAL, "%s is an ELF file: only parts of a split dump go together",
				       paths[i]);
		*kind = this;
	}
	return 0;
}

int source_from(struct source **ret, int fd, const char *name, const struct unpack_ops *unpack, struct err *e)
{
	enum source_kind kind = SOURCE_ELF;
	struct dfile *file = NULL;
	int rc = dfile_from(&file, fd, name, e);

	if (rc == 0)
		rc = kind_find(file, &kind, e);
	if (rc < 0) {
		dfile_free(file);
		return err_add(e, rc, "vmcore");
	}
	rc = kind == SOURCE_ELF ? vmcore_from(ret, file, e) : kdump_from(ret, &file, 1, unpack, e);
	return rc < 0 ? err_add(e, rc, "vmcore") : 0;
}

int source_open(struct source **ret, const char *const *paths, unsigned n, const struct unpack_ops *unpack,
		struct err *e)
{
	struct dfile *file[KDUMP_PARTS] = { NULL };
	enum source_kind kind = SOURCE_ELF;
	int rc;

	if (n == 0 || n > KDUMP_PARTS)
		return err_set(e, -EINVAL, "vmcore: %u files, 1 to %d make a dump", n, KDUMP_PARTS);
	rc = files_open(file, paths, n, &kind, e);
	if (rc < 0) {
		for (unsigned i = 0; i < n; i++)
			dfile_free(file[i]);
		return err_add(e, rc, "vmcore");
	}
	rc = kind == SOURCE_ELF ? vmcore_from(ret, file[0], e) : kdump_from(ret, file, n, unpack, e);
	return rc < 0 ? err_add(e, rc, "vmcore") : 0;
}
