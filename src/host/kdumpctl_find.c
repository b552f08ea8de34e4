/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: which kernel will capture, and where its image lies.
 * Looks where distributions put kernels; says nothing, changes nothing.
 */
#include "base/str.h"
#include "host/kdumpctl.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <unistd.h>

#define OTHER_DIR "/var/lib/kdump" /* of images, where the boot directory is read-only */

static bool is_file(const struct service *s, const char *path)
{
	char full[HOST_PATH];
	struct stat st;

	return host_path(&s->host, full, path, NULL) == 0 && stat(full, &st) == 0 && S_ISREG(st.st_mode);
}

static bool is_writable_dir(const struct service *s, const char *path)
{
	char full[HOST_PATH];

	return host_path(&s->host, full, path, NULL) == 0 && access(full, W_OK) == 0;
}

/* Takes the kernel at the path that FMT and its words give, when it is there. */
static bool take(struct service *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static bool take(struct service *s, const char *fmt, ...)
{
	char path[HOST_PATH];
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(path, sizeof(path), fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= sizeof(path) || !is_file(s, path))
		return false;
	memcpy(s->kernel, path, sizeof(path));
	return true;
}

/* Boot directories of distributions; systemd-boot keeps a directory a machine below the EFI partition. */
static bool find_kernel(struct service *s, const char *version)
{
	static const char *const dir[] = { "/boot", "/boot/efi", "/efi", "" };
	const char *img = *s->sys.img ? s->sys.img : "vmlinuz", *ext = s->sys.img_ext;
	char machine[64];

	if (*s->sys.kernel && take(s, "%s", s->sys.kernel))
		return true;
	if (*s->sys.bootdir)
		return take(s, "%s/%s-%s%s", s->sys.bootdir, img, version, ext);
	for (size_t i = 0; i < ARRAY_LEN(dir); i++)
		if (take(s, "%s/%s-%s%s", dir[i], img, version, ext))
			return true;
	host_line(&s->host, "/etc/machine-id", machine, sizeof(machine));
	for (size_t i = 0; i < 3 && *machine; i++)
		if (take(s, "%s/%s/%s/linux", dir[i], machine, version))
			return true;
	return take(s, "/lib/modules/%s/vmlinuz", version) || take(s, "/usr/lib/modules/%s/vmlinuz", version);
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
