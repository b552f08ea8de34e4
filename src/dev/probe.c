/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dev: what is on a device, by libblkid, whose one home is here.
 * Reads only; an unknown or damaged content is an answer, not an error.
 */
#include "dev/probe.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <blkid/blkid.h>

enum { SAFEPROBE_AMBIVALENT = -2,
       SAFEPROBE_FOUND = 0 }; /* blkid_do_safeprobe(), libblkid 2.38 manual */

/* libblkid's own opening function follows no O_CLOEXEC rule, so the descriptor is ours. */
static int open_probe(const char *path, int *fd, blkid_probe *pr, struct err *e)
{
	*fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (*fd < 0)
		return err_sys(e, "open %s", path);
	*pr = blkid_new_probe();
	if (*pr && blkid_probe_set_device(*pr, *fd, 0, 0) == 0)
		return 0;
	if (*pr)
		blkid_free_probe(*pr);
	close(*fd);
	return err_set(e, -ENOMEM, "probe %s: no memory, or no size", path);
}

static void value(blkid_probe pr, const char *key, char *buf, size_t n)
{
	const char *v;
	size_t len;

	if (blkid_probe_lookup_value(pr, key, &v, &len) || str_fmt(buf, n, "%s", v))
		buf[0] = '\0';
}

int probe_fs(const char *path, struct probe_fs *ret, struct err *e)
{
	struct probe_fs r = { .type = "" };
	blkid_probe pr;
	int fd, rc = open_probe(path, &fd, &pr, e);

	if (rc)
		return rc;
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_UUID | BLKID_SUBLKS_LABEL);
	errno = 0;
	rc = blkid_do_safeprobe(pr);
	if (rc == SAFEPROBE_FOUND) {
		value(pr, "TYPE", r.type, sizeof(r.type));
		value(pr, "UUID", r.uuid, sizeof(r.uuid));
		value(pr, "LABEL", r.label, sizeof(r.label));
	} else if (rc == SAFEPROBE_AMBIVALENT) {
		(void)str_fmt(r.type, sizeof(r.type), "ambiguous");
	} else if (rc < 0) {
		rc = err_sys(e, "probe %s", path);
	}
	blkid_free_probe(pr);
	close(fd);
	if (rc < 0 && rc != SAFEPROBE_AMBIVALENT)
		return rc;
	*ret = r;
	return 0;
}

int probe_part(const char *path, unsigned number, struct probe_part *ret, struct err *e)
{
	struct probe_part r = { .uuid = "" };
	blkid_partlist list;
	blkid_partition part;
	blkid_probe pr;
	int fd, rc = open_probe(path, &fd, &pr, e);

	if (rc)
		return rc;
	blkid_probe_enable_superblocks(pr, 0);
	blkid_probe_enable_partitions(pr, 1);
	list = blkid_probe_get_partitions(pr);
	part = list ? blkid_partlist_get_partition_by_partno(list, (int)number) : NULL;
	if (part) {
		const char *uuid = blkid_partition_get_uuid(part), *name = blkid_partition_get_name(part);

		if (uuid)
			(void)str_fmt(r.uuid, sizeof(r.uuid), "%s", uuid);
		if (name)
			(void)str_fmt(r.name, sizeof(r.name), "%s", name);
	}
	blkid_free_probe(pr);
	close(fd);
	*ret = r;
	return 0;
}

int probe_any(const char *path, char *buf, size_t n, struct err *e)
{
	char type[32];
	blkid_probe pr;
	int fd, rc = open_probe(path, &fd, &pr, e);

	if (rc)
		return rc;
	buf[0] = '\0';
	blkid_probe_enable_superblocks(pr, 1);
	blkid_probe_set_superblocks_flags(pr, BLKID_SUBLKS_TYPE | BLKID_SUBLKS_BADCSUM);
	blkid_probe_enable_partitions(pr, 1);
	errno = 0;
	/* Not the safe one: several contents at once are something too. */
	rc = blkid_do_probe(pr);
	if (rc == SAFEPROBE_FOUND) {
		value(pr, "TYPE", type, sizeof(type));
		if (type[0]) {
			(void)str_fmt(buf, n, "%s", type);
		} else {
			value(pr, "PTTYPE", type, sizeof(type));
			(void)str_fmt(buf, n, "a %s partition table", type);
		}
	} else if (rc < 0) {
		rc = err_sys(e, "probe %s", path);
	}
	blkid_free_probe(pr);
	close(fd);
	return rc < 0 ? rc : 0;
}
