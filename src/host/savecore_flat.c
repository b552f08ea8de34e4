/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: vmcore.flat of a directory becomes vmcore.
 * The stream is removed when the file is durable under its name, or was left so by a predecessor that was killed.
 */
#include "host/savecore.h"

#include "base/str.h"
#include "dump/rebuild.h"
#include "sink/sink_file.h"
#include "vmcore/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAT "vmcore.flat"

/* Bytes of the file that the stream makes; 0: it is cut or no stream. */
static uint64_t flat_size(const char *path)
{
	struct dfile *f = NULL;
	uint64_t size = 0;

	if (dfile_open(&f, path, NULL))
		return 0;
	if (f->flattened && !f->flat.cut)
		size = f->size;
	dfile_free(f);
	return size;
}

static uint64_t size_of(const char *dir, const char *name)
{
	char path[HOST_PATH + 32];
	struct stat st;

	(void)str_fmt(path, sizeof(path), "%s/%s", dir, name);
	return lstat(path, &st) || !S_ISREG(st.st_mode) ? 0 : (uint64_t)st.st_size;
}

static int rebuild(const char *dir, const char *flat, struct err *e)
{
	int fd = open(flat, O_RDONLY | O_NOFOLLOW | O_CLOEXEC), rc;
	struct rebuild_stat st;
	struct sink *out = NULL;

	if (fd < 0)
		return err_sys(e, "open %s", flat);
	rc = sink_file_open(&out, dir, SINK_FILE_EXISTING, e);
	if (rc == 0) {
		rc = rebuild_run(fd, out, "vmcore-incomplete", "vmcore", &st, e);
		if (rc == -ENOSPC && out->ops->remove)
			(void)out->ops->remove(out, "vmcore-incomplete", NULL);
		out->ops->free(out);
	}
	close(fd);
	return rc;
}

/* The stream goes once VMCORE is what it makes. */
static int drop(const char *dir, const char *flat, uint64_t size, struct err *e)
{
	if (size_of(dir, "vmcore") != size)
		return err_set(e, -EEXIST, "%s: there is a vmcore beside it that is not of its size: both stay", flat);
	return unlink(flat) ? err_sys(e, "remove %s", flat) : 0;
}

static int take(const struct savecore *s, const char *dir, struct err *e)
{
	char flat[HOST_PATH + 32];
	uint64_t size;
	int rc = 0;

	(void)str_fmt(flat, sizeof(flat), "%s/" FLAT, dir);
	size = flat_size(flat);
	if (size == 0)
		return err_set(e, -ENODATA, "%s is cut off: it stays", flat);
	if (s->dry) {
		host_say(s->host, HOST_SAY, "%s would become vmcore", flat);
		return 1;
	}
	if (!savecore_has(dir, "vmcore")) {
		rc = savecore_room(dir, size_of(dir, FLAT), e);
		rc = rc ? rc : rebuild(dir, flat, e);
	}
	if (rc == 0)
		rc = drop(dir, flat, size, e);
	if (rc == 0)
		host_say(s->host, HOST_SAY, "%s: vmcore, from " FLAT, dir);
	return rc;
}

int savecore_flats(const struct savecore *s, struct savecore_stat *st, struct err *e)
{
	DIR *all = opendir(s->dir);
	const struct dirent *entry;
	int first = 0;

	while (all && (entry = readdir(all))) {
		char dir[HOST_PATH];
		struct err this = { 0 };
		int rc;

		if (entry->d_name[0] == '.' || str_fmt(dir, sizeof(dir), "%s/%s", s->dir, entry->d_name) ||
		    size_of(dir, FLAT) == 0)
			continue;
		st->found++;
		rc = take(s, dir, &this);
		st->recovered += rc == 0;
		if (rc >= 0)
			continue;
		st->kept++;
		host_say(s->host, HOST_WARN, "%s", this.text);
		if (!first)
			*e = this;
		first = first ? first : rc;
	}
	if (all)
		closedir(all);
	return first;
}
