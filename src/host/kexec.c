/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the capture kernel into its reserved memory.
 * kexec_file_load(2) alone; what it refuses is explained in one sentence.
 */
#include "host/kexec.h"

#include "base/bytes.h"
#include "base/fdio.h"
#include "base/foreign.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kexec.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LINE_MAX_MOST 2047 /* COMMAND_LINE_SIZE less its NUL */

bool kexec_loaded(const struct host *h)
{
	char line[8];

	host_line(h, "/sys/kernel/kexec_crash_loaded", line, sizeof(line));
	return line[0] == '1';
}

/* "none [integrity] confidentiality": the word in brackets. */
static void active_word(const char *line, char *buf, size_t n)
{
	const char *from = strchr(line, '['), *to = from ? strchr(from, ']') : NULL;

	buf[0] = '\0';
	if (to)
		(void)str_fmt(buf, n, "%.*s", (int)(to - from - 1), from + 1);
}

void kexec_facts(const struct host *h, struct kexec_facts *ret)
{
	char line[64];

	memset(ret, 0, sizeof(*ret));
	host_line(h, "/proc/sys/kernel/kexec_load_disabled", line, sizeof(line));
	ret->disabled = line[0] == '1';
	host_line(h, "/proc/sys/kernel/kexec_load_limit_panic", line, sizeof(line));
	ret->used_up = strcmp(line, "0") == 0;
	ret->root = geteuid() == 0;
	host_line(h, "/sys/kernel/security/lockdown", line, sizeof(line));
	active_word(line, ret->lockdown, sizeof(ret->lockdown));
	host_line(h, "/sys/kernel/kexec_crash_size", line, sizeof(line));
	ret->known = line[0] != '\0';
	if (str_u64(line, UINT64_MAX, &ret->reserved))
		ret->reserved = 0;
}

static const char *why_not_permitted(const struct kexec_facts *f)
{
	if (f->disabled)
		return "kernel.kexec_load_disabled is 1: this kernel takes no further image until it is booted again";
	if (f->lockdown[0] && strcmp(f->lockdown, "none") != 0)
		return "the kernel is locked down and takes only a capture kernel that is signed by a key it "
		       "trusts: use the distribution's signed kernel, or enroll its key (mokutil)";
	if (f->used_up)
		return "kernel.kexec_load_limit_panic is 0: as many capture kernels as it allows were loaded "
		       "since the boot";
	if (f->root && !f->lockdown[0])
		return "not permitted, though root asks: most likely the kernel is locked down (Secure Boot, "
		       "lockdown=) and takes only a capture kernel that is signed by a key it trusts";
	return "not permitted: it takes root (CAP_SYS_BOOT)";
}

static const char *why_no_room(const struct kexec_facts *f)
{
	if (f->reserved == 0)
		return "no memory is reserved for a capture kernel: boot with crashkernel=, `kdumpctl "
		       "reset-crashkernel` sets it";
	return "the reserved memory is too small for the capture kernel and its image: a larger crashkernel= is "
	       "needed, `kdumpctl estimate` tells which";
}

/* For errors that mean the same in every state of the machine. */
static const char *why_error(int error)
{
	static const struct {
		int error;
		const char *why;
	} table[] = {
		{ ENOKEY, "the kernel image is signed by a key that this kernel does not trust" },
		{ EKEYREJECTED, "the signature of the kernel image does not match it: damaged, or signed by "
				"another key" },
		{ EBADMSG, "the signature of the kernel image cannot be read: the file is damaged" },
		{ ENODATA, "the kernel image has no signature, and this kernel takes signed ones only" },
		{ ELIBBAD, "the kernel image has no signature or a broken one, and this kernel takes signed "
			   "ones only" },
		{ ENOPKG, "the signature of the kernel image uses an algorithm that this kernel does not have" },
		{ ENOEXEC, "not a kernel that this machine can load: expected a bzImage (vmlinuz), 64-bit, "
			   "relocatable" },
		{ EBUSY, "another program is loading a kernel at this moment: try again" },
		{ ENOMEM, "not enough free memory to prepare the load" },
		{ ENOSYS, "this kernel cannot load a capture kernel: CONFIG_KEXEC_FILE is not built in" },
		{ ETXTBSY, "the kernel image is being written by another program" },
		{ EFBIG, "the kernel or its image is larger than the kernel reads" },
	};

	for (size_t i = 0; i < ARRAY_LEN(table); i++)
		if (table[i].error == error)
			return table[i].why;
	return NULL;
}

const char *kexec_explain(char *buf, size_t n, int error, const struct kexec_facts *f)
{
	const char *why = why_error(error);

	if (error == EPERM || error == EACCES)
		why = why_not_permitted(f);
	else if (error == EADDRNOTAVAIL || (error == ENOMEM && f->need > f->reserved))
		why = why_no_room(f);
	else if (error == EINVAL && f->max_line && f->line + KEXEC_CORE_WORD > f->max_line)
		why = "the command line is too long for this kernel image";
	else if (error == EINVAL && f->reserved == 0)
		why = why_no_room(f);
	if (why)
		(void)str_fmt(buf, n, "%s", why);
	else
		(void)str_fmt(buf, n, "the kernel refuses it: %s (`dmesg` may tell more)", strerror(error));
	return buf;
}

/* Offsets of the setup header in the boot sector. */
#define SETUP_MAGIC    0x202 /* "HdrS" */
#define SETUP_VERSION  0x206
#define SETUP_LINE_MAX 0x238

size_t kexec_line_max(const uint8_t *image, size_t n)
{
	if (n < SETUP_LINE_MAX + 4 || memcmp(image + SETUP_MAGIC, "HdrS", 4) != 0)
		return 0;
	return get_u16(image + SETUP_VERSION) < 0x206 ? 255 : get_u32(image + SETUP_LINE_MAX);
}

/* What the kernel image PATH says; 0: nothing. */
static size_t line_max_of(const struct host *h, const char *path)
{
	uint8_t head[SETUP_LINE_MAX + 4];
	char full[HOST_PATH];
	size_t got = 0, max = 0;
	int fd = *path && host_path(h, full, path, NULL) == 0 ? open(full, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;

	if (fd >= 0 && fd_pread(fd, head, sizeof(head), 0, &got) == 0)
		max = kexec_line_max(head, got);
	if (fd >= 0)
		close(fd);
	return max;
}

bool kexec_line_told(const struct host *h, const char *path)
{
	return line_max_of(h, path) != 0;
}

size_t kexec_line_room(const struct host *h, const char *path)
{
	size_t max = line_max_of(h, path);

	max = max ? max : LINE_MAX_MOST;
	return max > KEXEC_CORE_WORD ? max - KEXEC_CORE_WORD : 0;
}

/* Memory that a kernel image takes from where it is loaded (init_size, protocol 2.10). */
#define SETUP_INIT_SIZE 0x260
#define SETUP_BYTES     (SETUP_INIT_SIZE + 4)

struct files {
	int kernel, initrd; /* -1: not open */
	uint64_t size;      /* of both */
	uint64_t initrd_size;
};

static int open_file(const struct host *h, const char *path, int *fd, uint64_t *size, struct err *e)
{
	char full[HOST_PATH];
	struct stat st;
	int rc = host_path(h, full, path, e);

	if (rc)
		return rc;
	*fd = open(full, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (*fd < 0)
		return err_sys(e, "open %s", full);
	if (fstat(*fd, &st))
		return err_sys(e, "stat %s", full);
	if (!S_ISREG(st.st_mode))
		return err_set(e, -EINVAL, "%s is not a file", full);
	*size += (uint64_t)st.st_size;
	return 0;
}

static void close_files(const struct files *f)
{
	if (f->kernel >= 0)
		close(f->kernel);
	if (f->initrd >= 0)
		close(f->initrd);
}

static int call(const struct files *f, const char *line)
{
	unsigned long flags = KEXEC_FILE_ON_CRASH | (f->initrd < 0 ? KEXEC_FILE_NO_INITRAMFS : 0);

	/* ENOSYS on machines without the call's number is the same to the caller */
	return syscall(SYS_kexec_file_load, f->kernel, f->initrd, strlen(line) + 1, line, flags) ? -errno : 0;
}

static int explain(int rc, const struct kexec_facts *facts, struct err *e)
{
	char why[256];

	return err_set(e, rc, "%s", kexec_explain(why, sizeof(why), -rc, facts));
}

/*
 * Refuses what the user mixed up: the file FD, called PATH, is something else than WHAT, which foreign_find() calls
 * NAME. What may be packed or is a program, the kernel itself decides.
 */
static int check_kind(int fd, const char *path, const char *what, const char *name, struct err *e)
{
	uint8_t head[FOREIGN_HEAD];
	const char *is;
	size_t got;

	if (fd < 0 || fd_pread(fd, head, sizeof(head), 0, &got))
		return 0;
	if (got == 0)
		return err_set(e, -ENOEXEC, "%s is no %s: it is empty", path, what);
	is = foreign_or_dump(head, got, "a text");
	if (!is || strstr(is, ": unpack it first") || str_starts(is, name) || str_starts(is, "an ELF file") ||
	    str_starts(is, "a program for EFI"))
		return 0;
	return err_set(e, -ENOEXEC, "%s is no %s but %s", path, what, is);
}

/*
 * What is bound to fail is refused before the kernel is asked: it gives the loaded capture kernel up before
 * it looks at the new one (do_kexec_file_load, Linux 6.12).
 */
static int check_files(const struct files *f, const char *line, struct kexec_facts *facts, struct err *e)
{
	uint8_t head[SETUP_BYTES] = { 0 };
	size_t got = 0;

	if (fd_pread(f->kernel, head, sizeof(head), 0, &got))
		got = 0;
	facts->line = strlen(line);
	facts->max_line = kexec_line_max(head, got);
	facts->need = f->size;
	if (facts->max_line == 0)
		return 0; /* no bzImage: the kernel knows what else it takes */
	if (get_u16(head + SETUP_VERSION) >= 0x20a && got == sizeof(head))
		facts->need = f->initrd_size + get_u32(head + SETUP_INIT_SIZE);
	if (facts->line + KEXEC_CORE_WORD > facts->max_line)
		return explain(-EINVAL, facts, e);
	if (facts->known && (facts->reserved == 0 || facts->need > facts->reserved))
		return explain(-EADDRNOTAVAIL, facts, e);
	return 0;
}

static int load_files(const struct host *h, const struct files *f, const char *line, struct err *e)
{
	uint8_t head[FOREIGN_HEAD];
	struct kexec_facts facts;
	const char *what;
	char loaded[8];
	size_t got;
	int rc;

	kexec_facts(h, &facts);
	rc = check_files(f, line, &facts, e);
	if (rc)
		return rc;
	rc = call(f, line);
	what = NULL;
	if (rc == -ENOEXEC && fd_pread(f->kernel, head, sizeof(head), 0, &got) == 0)
		what = foreign_find(head, got, "a text");
	if (what && !str_starts(what, "a kernel image"))
		return err_set(e, rc, "the file is no kernel but %s", what);
	if (rc)
		return explain(rc, &facts, e);
	host_line(h, "/sys/kernel/kexec_crash_loaded", loaded, sizeof(loaded));
	if (loaded[0] == '0')
		return err_set(e, -EIO, "the kernel took it, but says that no capture kernel is loaded");
	return 0;
}

int kexec_load(const struct host *h, const struct kexec_ask *ask, struct err *e)
{
	struct files f = { .kernel = -1, .initrd = -1 };
	int rc = open_file(h, ask->kernel, &f.kernel, &f.size, e);

	if (rc == 0 && ask->initrd)
		rc = open_file(h, ask->initrd, &f.initrd, &f.initrd_size, e);
	f.size += f.initrd_size;
	if (rc == 0) {
		rc = check_kind(f.kernel, "it", "kernel", "a kernel image", e);
		if (rc == 0)
			rc = check_kind(f.initrd, ask->initrd, "image", "a cpio archive", e);
		if (rc == 0)
			rc = load_files(h, &f, ask->line, e);
		if (rc)
			err_add(e, rc, "load %s", ask->kernel);
	}
	close_files(&f);
	return rc;
}

int kexec_unload(struct err *e)
{
	unsigned long flags = KEXEC_FILE_UNLOAD | KEXEC_FILE_ON_CRASH;

	if (syscall(SYS_kexec_file_load, -1, -1, 0UL, NULL, flags) == 0)
		return 0;
	if (errno == EPERM)
		return err_set(e, -EPERM, "unload: not permitted: it takes root (CAP_SYS_BOOT), and "
					  "kernel.kexec_load_disabled must be 0");
	return err_sys(e, "unload");
}
