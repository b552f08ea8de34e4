/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which kernel will capture, and where its image lies.
 * kernel_find.c knows the places; nothing is changed here but by service_kernel().
 */
#include "base/str.h"
#include "host/kdumpctl.h"
#include "host/kernel_find.h"
#include "host/uki.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define OTHER_DIR "/var/lib/kdump" /* of images, where the boot directory is read-only */

static bool is_writable_dir(const struct service *s, const char *path)
{
	char full[HOST_PATH];

	return host_path(&s->host, full, path, NULL) == 0 && access(full, W_OK) == 0;
}

static bool find_kernel(struct service *s, const char *version)
{
	struct kernel_ask ask = {
		.version = version, .bootdir = s->sys.bootdir, .img = s->sys.img, .ext = s->sys.img_ext
	};
	struct kernel_found found = { 0 };

	if (!*s->sys.kernel || !kernel_fits(&s->host, s->sys.kernel, version, &found))
		kernel_find(&s->host, &ask, &found);
	memcpy(s->kernel, found.path, sizeof(s->kernel));
	s->unified = found.unified;
	return s->kernel[0] != '\0';
}

/*
 * A debug kernel takes much more memory than its plain sibling, which captures as well.
 * The names are those of Fedora: VERSION+debug, VERSION.debug, VERSION-debug.
 */
static void plain_sibling(struct service *s)
{
	char version[sizeof(s->version)];
	size_t n = strlen(s->version);

	if (!str_ends(s->version, "debug") || n < 7 || !strchr("+.-", s->version[n - 6]))
		return;
	memcpy(version, s->version, sizeof(version));
	version[n - 6] = '\0';
	if (!find_kernel(s, version))
		return;
	host_say(&s->host, HOST_NOTE, "kernel %s captures in place of %s, which takes more memory", version,
		 s->version);
	memcpy(s->version, version, sizeof(version));
}

static const char *boot_dir(const struct service *s)
{
	return *s->sys.bootdir ? s->sys.bootdir : "/boot";
}

static int image_in(struct service *s, const char *dir)
{
	return str_fmt(s->image, sizeof(s->image), "%s/initramfs-%skdump.img", dir, s->version);
}

int service_other_image(struct service *s)
{
	return image_in(s, str_starts(s->image, OTHER_DIR "/") ? boot_dir(s) : OTHER_DIR);
}

static int image_paths(struct service *s, struct err *e)
{
	const char *dir = is_writable_dir(s, boot_dir(s)) ? boot_dir(s) : OTHER_DIR;
	int rc = image_in(s, dir);

	if (rc == 0)
		rc = str_fmt(s->stamp, sizeof(s->stamp), SERVICE_STATE "/image-%s.stamp", s->version);
	if (rc == 0)
		rc = str_fmt(s->seen, sizeof(s->seen), SERVICE_STATE "/image-%s.seen", s->version);
	return rc ? err_set(e, rc, "%s: the name is too long", dir) : 0;
}

int service_find(struct service *s, struct err *e)
{
	struct utsname u;

	uname(&u);
	s->kernel[0] = '\0';
	if (str_fmt(s->version, sizeof(s->version), "%s", *s->sys.kernelver ? s->sys.kernelver : u.release) ||
	    strchr(s->version, '/'))
		return err_set(e, -EINVAL, "%.60s is no version of a kernel", s->sys.kernelver);
	if (!*s->sys.kernelver)
		plain_sibling(s);
	if (!s->kernel[0])
		(void)find_kernel(s, s->version);
	return image_paths(s, e);
}

int service_kernel(struct service *s, struct err *e)
{
	char to[HOST_PATH];
	int rc;

	if (!s->unified)
		return 0;
	rc = str_fmt(to, sizeof(to), SERVICE_STATE "/linux-%s", s->version);
	rc = rc ? err_set(e, rc, "%s: the name is too long", s->version) : uki_take_kernel(&s->host, s->kernel, to, e);
	if (rc)
		return rc;
	host_say(&s->host, HOST_NOTE, "the kernel of %s is loaded from %s, a copy of its section .linux", s->kernel,
		 to);
	memcpy(s->kernel, to, sizeof(s->kernel));
	s->unified = false;
	return 0;
}
