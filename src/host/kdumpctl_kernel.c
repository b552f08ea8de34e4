/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: kernels that a package installs or removes.
 * Their images are where the service looks for them: it asks the same functions.
 */
#include "base/str.h"
#include "host/kdumpctl.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

/* Whether an image was ever built here. */
static bool is_wanted(const struct service *s)
{
	char full[HOST_PATH];
	bool found = false;
	struct dirent *d;
	DIR *all;

	if (host_path(&s->host, full, SERVICE_STATE, NULL))
		return false;
	all = opendir(full);
	while (all && !found && (d = readdir(all)))
		found = str_starts(d->d_name, "image-") && str_ends(d->d_name, ".stamp");
	if (all)
		closedir(all);
	return found;
}

/* The version goes into paths. */
static int find_version(struct service *s, const char *version, struct err *e)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._+~-";

	if (!*version || *version == '.' || version[strspn(version, good)])
		return err_set(e, -EINVAL, "%.60s is no version of a kernel", version);
	s->sys.kernelver = version;
	return service_find(s, e);
}

int service_add_kernel(struct service *s, const char *version, const struct service_how *how, struct err *e)
{
	bool other = *s->sys.kernelver && strcmp(s->sys.kernelver, version) != 0, changed;
	struct service_lock lock;
	int rc = find_version(s, version, e);

	if (rc || other || !is_wanted(s))
		return rc;
	rc = service_check(s, e);
	if (rc == 0)
		rc = service_lock(s, how->wait_ms, &lock, e);
	if (rc)
		return rc;
	rc = service_build(s, BUILD_NEEDED, &changed, e);
	service_settle(s, true);
	service_unlock(&lock);
	return rc;
}

int service_remove_kernel(struct service *s, const char *version, struct err *e)
{
	char other[HOST_PATH], kernel[HOST_PATH], full[HOST_PATH];
	const char *const path[] = { s->image, other, s->stamp, s->seen, kernel };
	int rc = find_version(s, version, e);

	if (rc)
		return rc;
	memcpy(other, s->image, sizeof(other));
	if (service_other_image(s) || str_fmt(kernel, sizeof(kernel), SERVICE_STATE "/linux-%s", version))
		return err_set(e, -ENAMETOOLONG, "%s: the name is too long", version);
	for (size_t i = 0; i < ARRAY_LEN(path); i++) {
		rc = host_path(&s->host, full, path[i], e);
		if (rc == 0 && unlink(full) && errno != ENOENT)
			rc = err_sys(e, "delete %s", path[i]);
		if (rc)
			return rc;
	}
	return 0;
}
