/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: how much memory a capture takes.
 * Measured by a boot of the very kernel and image where QEMU is there, else by formula; it says which.
 */
#include "host/estimate.h"

#include "base/bytes.h"
#include "base/str.h"
#include "format/initramfs.h"
#include "host/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#define MIB           ((uint64_t)1 << 20)
#define KERNEL_FLOOR  (64 * MIB) /* of a stock Debian 12 kernel when /init starts; docs/mkinitrd.sh.8 */
#define KERNEL_START  (8 * MIB)  /* what it gives back just before; the same */
#define RUN_LOCAL     (17 * MIB) /* file system, drivers and collector with one thread, measured */
#define RUN_NET       (24 * MIB) /* with links and a server; docs/measurements.md */
#define RUN_CPU       (2 * MIB)  /* a further processor: its per-CPU areas, a thread that compresses */
#define IMAGE_MAX     ((size_t)512 << 20)
#define BOOT_LIMIT_MS 120000
#define BOOT_FIRST    128u /* MiB */
#define BOOT_MOST     1024u
#define BOOT_SAYS     (256u << 10)
#define BOOT_WORDS    "console=ttyS0 loglevel=7 rd.memdebug=1 crashbox.final=poweroff crashbox.failure=poweroff"

static void count_archive(void *arg, const struct initramfs_archive *in)
{
	struct estimate *ret = arg;

	ret->packed += in->packed;
	ret->unpacked += in->memory;
}

static uint64_t memory_of_machine(void)
{
	struct sysinfo info;

	return sysinfo(&info) ? 0 : (uint64_t)info.totalram * info.mem_unit;
}

/* The number behind KEY in front of END, in KiB; KEY must stand before any line's end. NULL: there is none. */
static const char *number(const char *s, const char *key, uint64_t *ret)
{
	char *end;

	s = strstr(s, key);
	if (!s)
		return NULL;
	*ret = strtoull(s + strlen(key), &end, 10) << 10;
	return end;
}

bool estimate_heard(const char *text, uint64_t memory, struct estimate_boot *ret)
{
	uint64_t left = 0, n;
	const char *said = number(text, "MemFree:", &left), *end, *line;

	*ret = (struct estimate_boot){ 0 };
	if (!said || left == 0 || left >= memory)
		return false;
	ret->used = memory - left;
	for (line = strstr(text, "Freeing "); line && line < said; line = strstr(end, "Freeing ")) {
		end = line + strcspn(line, "\n");
		n = 0;
		if (number(line, " memory: ", &n) <= end && n < memory)
			ret->given_back += n;
	}
	return true;
}

/* Starts a machine of MIB_OF MiB with the image. 0: BOOT is filled; -EAGAIN: /init said nothing; -errno. */
static int boot(const struct service *s, const char *line, unsigned mib, struct estimate_boot *ret, struct err *e)
{
	char kernel[HOST_PATH], image[HOST_PATH], memory[16], *out;
	const char *const argv[] = { "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", memory, "-display",
				     "none", "-nodefaults", "-no-reboot", "-serial", "stdio", "-monitor", "none",
				     "-kernel", kernel, "-initrd", image, "-append", line, NULL };
	struct child_ask ask = { .argv = argv, .room = BOOT_SAYS, .quiet = true, .limit_ms = BOOT_LIMIT_MS };
	int rc = host_path(&s->host, kernel, s->kernel, e);

	if (rc == 0)
		rc = host_path(&s->host, image, s->image, e);
	if (rc)
		return rc;
	ask.out = out = calloc(1, BOOT_SAYS);
	if (!out)
		return err_set(e, -ENOMEM, "no memory for what QEMU says");
	(void)str_fmt(memory, sizeof(memory), "%uM", mib);
	rc = child_run(&ask, e);
	if (rc != -ENOENT)
		rc = estimate_heard(out, mib * MIB, ret) ? 0 : -EAGAIN;
	free(out);
	return rc;
}

/*
 * One boot with plenty of memory tells both: what is in use when /init starts, and what the kernel held until then.
 * The smallest memory that QEMU boots with would not: its loader puts the kernel at 16 MiB, kexec does not.
 */
static int measure(struct service *s, const char *line, struct estimate *ret, struct err *e)
{
	struct estimate_boot b = { 0 };
	unsigned mib = BOOT_FIRST;
	int rc = service_kernel(s, e);

	if (rc)
		return rc;
	rc = -EAGAIN;
	for (; rc == -EAGAIN && mib <= BOOT_MOST; mib *= 2)
		rc = boot(s, line, mib, &b, e);
	if (rc == -EAGAIN)
		return err_set(e, rc, "the image did not start in QEMU with %u MiB", BOOT_MOST);
	if (rc == 0)
		ret->measured = align_up(b.used + (b.given_back > ret->run ? b.given_back : ret->run), MIB);
	return rc;
}

unsigned estimate_cpus(const char *line, unsigned there)
{
	const char *at = strstr(line, "nr_cpus=");
	unsigned long n = at ? strtoul(at + strlen("nr_cpus="), NULL, 10) : 0;

	return n && n < there ? (unsigned)n : there;
}

static uint64_t at_work(const struct service *s, const char *line)
{
	long there = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned cpus = estimate_cpus(line, there > 0 ? (unsigned)there : 1);

	return (service_needs_net(s) ? RUN_NET : RUN_LOCAL) + (cpus - 1) * RUN_CPU + memory_of_machine() / 4096 / 8;
}

int estimate_memory(struct service *s, bool qemu, struct estimate *ret, struct err *e)
{
	struct initramfs_seer who = { .archive = count_archive, .arg = ret };
	struct err why = { 0 };
	char *image = NULL, line[LINE_MAX_BYTES];
	uint64_t start;
	size_t n;
	int rc = service_check(s, e);

	memset(ret, 0, sizeof(*ret));
	if (rc == 0)
		rc = host_read(&s->host, s->image, IMAGE_MAX, &image, &n, e);
	if (rc == 0)
		rc = initramfs_walk((const uint8_t *)image, n, IMAGE_MAX, &who, e);
	free(image);
	if (rc)
		return err_add(e, rc, "%s", s->image);
	rc = service_line(s, BOOT_WORDS, NULL, line, e);
	if (rc)
		return rc;
	ret->kernel = KERNEL_FLOOR;
	ret->run = at_work(s, line);
	start = ret->packed + KERNEL_START;
	ret->need = align_up(ret->kernel + ret->unpacked + (start > ret->run ? start : ret->run), MIB);
	if (qemu && s->kernel[0] && measure(s, line, ret, &why))
		host_say(&s->host, HOST_NOTE, "not measured: %s", why.text);
	return 0;
}
