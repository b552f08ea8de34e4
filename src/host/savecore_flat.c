/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: vmcore.flat of a directory becomes vmcore.
 * The stream is removed when the file is durable under its name, or was left so by a predecessor that was killed.
 */
#include "host/savecore.h"

#include "base/dumpdir.h"
#include "base/str.h"
#include "dump/rebuild.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FLAT "vmcore.flat"
#define TEMP "vmcore-incomplete"

/* One directory with a stream. */
struct flat_job {
	const struct savecore *s;
	struct savecore_place p;
	int in; /* the stream, from its beginning */
	uint64_t size;
};

/* The stream becomes vmcore, or is compared with the vmcore that a killed predecessor left. */
static int rebuild(struct flat_job *j, struct err *e)
{
	bool there = savecore_has(&j->p, "vmcore");
	struct rebuild_stat st;
	struct sink *out = NULL;
	int rc = there ? 0 : savecore_room(&j->p, j->size, e);

	if (rc == 0)
		rc = there ? savecore_compare(&j->p, "vmcore", &out, e) : savecore_sink(&j->p, &out, e);
	if (rc)
		return rc;
	rc = rebuild_run(j->in, out, TEMP, "vmcore", &st, e);
	if (rc == -ENOSPC && out->ops->remove)
		(void)out->ops->remove(out, TEMP, NULL);
	out->ops->free(out);
	if (rc == -ENODATA)
		return err_set(e, rc, "%s/" FLAT " is cut off: it stays", j->p.path);
	return rc ? err_add(e, rc, "%s/" FLAT, j->p.path) : 0;
}

/* The dump is durable and has the bytes of the stream, which goes: the very file that was read. */
static int drop_stream(struct flat_job *j, struct err *e)
{
	int rc = dumpdir_still(j->p.fd, FLAT, j->in, e);

	if (rc)
		return err_add(e, rc, "%s", j->p.path);
	return unlinkat(j->p.fd, FLAT, 0) ? err_sys(e, "remove %s/" FLAT, j->p.path) : 0;
}

static int flat_directory(struct flat_job *j, struct err *e)
{
	struct stat st;
	int rc = dumpdir_sub(&j->p.fd, j->p.base, j->p.name, e);

	if (rc == 0)
		rc = dumpdir_read(&j->in, j->p.fd, FLAT, &st, e);
	if (rc)
		return err_add(e, rc, "%s: " FLAT " stays", j->p.path);
	j->size = (uint64_t)st.st_size;
	if (j->s->dry) {
		host_say(j->s->host, HOST_SAY, "%s/" FLAT " would become vmcore", j->p.path);
		return 1;
	}
	rc = rebuild(j, e);
	if (rc == 0)
		rc = savecore_worth(j->s, &j->p, true, e);
	if (rc == 0)
		rc = drop_stream(j, e);
	if (rc == 0)
		host_say(j->s->host, HOST_SAY, "%s: %s, from " FLAT, j->p.path,
			 savecore_has(&j->p, "vmcore") ? "vmcore" : TEMP);
	return rc;
}

/*
 * True when NAME below BASE is a directory, not a link, that has something called vmcore.flat, or that could not be
 * looked at: flat_entry() says why.
 */
static bool has_flat(int base, const char *name)
{
	int fd = openat(base, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat st;
	bool has;

	if (fd < 0)
		return errno != ENOTDIR && errno != ELOOP && errno != ENOENT;
	has = fstatat(fd, FLAT, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
	close(fd);
	return has;
}

/* 0, 1: nothing was done, or the -errno of a stream that stays. */
static int flat_entry(const struct savecore *s, int base, const char *name, struct err *e)
{
	struct flat_job j = { .s = s, .in = -1, .p = { .base = base, .fd = -1 } };
	int rc;

	if (str_fmt(j.p.path, sizeof(j.p.path), "%s/%s", s->dir, name) ||
	    str_fmt(j.p.name, sizeof(j.p.name), "%s", name))
		return err_set(e, -ENAMETOOLONG, "%s: the path is too long", s->dir);
	rc = flat_directory(&j, e);
	if (j.in >= 0)
		close(j.in);
	if (j.p.fd >= 0)
		close(j.p.fd);
	return rc;
}

/* Opens the directory of dumps for readdir(3). *RET is NULL when it is not there; *BASE stays the caller's. */
static int flat_list(const char *dir, int *base, DIR **ret, struct err *e)
{
	struct err why = { 0 };
	int again, rc = dumpdir_open(base, "", dir, 0, &why);

	if (rc == -ENOENT)
		return 0;
	if (rc) {
		*e = why;
		return rc;
	}
	again = openat(*base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	*ret = again < 0 ? NULL : fdopendir(again);
	if (*ret)
		return 0;
	rc = err_sys(e, "read %s", dir);
	if (again >= 0)
		close(again);
	return rc;
}

int savecore_flats(const struct savecore *s, struct savecore_stat *st, struct err *e)
{
	int base = -1, first;
	const struct dirent *entry;
	DIR *all = NULL;

	first = flat_list(s->dir, &base, &all, e);
	for (errno = 0; all && (entry = readdir(all)); errno = 0) {
		struct err this = { 0 };
		int rc;

		if (entry->d_name[0] == '.' || !has_flat(base, entry->d_name))
			continue;
		st->found++;
		rc = flat_entry(s, base, entry->d_name, &this);
		st->recovered += rc == 0;
		if (rc >= 0)
			continue;
		st->kept++;
		host_say(s->host, HOST_WARN, "%s", this.text);
		if (!first)
			*e = this;
		first = first ? first : rc;
	}
	if (all && errno && !first)
		first = err_sys(e, "read %s", s->dir);
	if (all)
		closedir(all);
	if (base >= 0)
		close(base);
	return first;
}
