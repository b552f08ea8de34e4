/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: how much memory a capture takes, and how large its dump will be.
 * Counted and measured where that can be done on the running system, else by formula; it says which.
 */
#include "host/estimate.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "codec/codec.h"
#include "dump/dump.h"
#include "format/initramfs.h"
#include "host/child.h"
#include "vmcore/source.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysinfo.h>

#define MIB           ((uint64_t)1 << 20)
#define KERNEL_FLOOR  (64 * MIB) /* of a stock Debian 12 kernel when /init starts; docs/mkinitrd.sh.8 */
#define RUN_BASE      (17 * MIB) /* file system, drivers and collector with one thread, measured */
#define IMAGE_MAX     ((size_t)512 << 20)
#define BOOT_LIMIT_MS 120000
#define BOOT_STEP     4u /* MiB */
#define BOOT_LEAST    40u
#define BOOT_MOST     512u
#define BOOT_WORD     "crashbox:" /* what /init says first */

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

/* True when a machine of MIB_OF MiB gets as far as /init with the image. */
static bool boots(const struct service *s, const char *line, unsigned mib)
{
	char kernel[HOST_PATH], image[HOST_PATH], memory[16], out[65536];
	const char *const argv[] = { "qemu-system-x86_64", "-accel", "tcg", "-cpu", "max", "-m", memory, "-display",
				     "none", "-nodefaults", "-no-reboot", "-serial", "stdio", "-monitor", "none",
				     "-kernel", kernel, "-initrd", image, "-append", line, NULL };
	struct child_ask ask = { .argv = argv, .out = out, .room = sizeof(out), .quiet = true };

	if (host_path(&s->host, kernel, s->kernel, NULL) || host_path(&s->host, image, s->image, NULL))
		return false;
	ask.limit_ms = BOOT_LIMIT_MS;
	(void)str_fmt(memory, sizeof(memory), "%uM", mib);
	out[0] = '\0';
	return child_run(&ask, NULL) != -ENOENT && strstr(out, BOOT_WORD);
}

/* The smallest number of MiB that boots, between one that does not and one that does; 0: not even the most. */
static unsigned search(const struct service *s, const char *line)
{
	unsigned low = BOOT_LEAST, high = 128;

	while (high <= BOOT_MOST && !boots(s, line, high)) {
		low = high;
		high *= 2;
	}
	if (high > BOOT_MOST)
		return 0;
	while (high - low > BOOT_STEP) {
		unsigned middle = (low + high) / 2 / BOOT_STEP * BOOT_STEP;

		host_say(&s->host, HOST_NOTE, "trying %u MiB", middle);
		if (boots(s, line, middle))
			high = middle;
		else
			low = middle;
	}
	return high;
}

static int measure(struct service *s, struct estimate *ret, struct err *e)
{
	static const char *const there[] = { "qemu-system-x86_64", "--version", NULL };
	char line[4096];
	unsigned mib;
	int rc = child_run(&(struct child_ask){ .argv = there, .limit_ms = 10000, .quiet = true }, e);

	if (rc)
		return rc < 0 ? rc : -EIO;
	rc = service_line(s, "console=ttyS0 crashbox.final=poweroff crashbox.failure=poweroff panic=-1", line,
			  sizeof(line), e);
	if (rc)
		return rc;
	mib = search(s, line);
	if (mib == 0)
		return err_set(e, -EIO, "the image did not start in QEMU with %u MiB", BOOT_MOST);
	ret->measured = align_up(mib * MIB + ret->run, MIB);
	return 0;
}

int estimate_memory(struct service *s, bool qemu, struct estimate *ret, struct err *e)
{
	struct initramfs_seer who = { .archive = count_archive, .arg = ret };
	struct err why = { 0 };
	char *image = NULL;
	size_t n;
	int rc = host_read(&s->host, s->image, IMAGE_MAX, &image, &n, e);

	memset(ret, 0, sizeof(*ret));
	if (rc == 0)
		rc = initramfs_walk((const uint8_t *)image, n, IMAGE_MAX, &who, e);
	free(image);
	if (rc)
		return err_add(e, rc, "%s", s->image);
	ret->kernel = KERNEL_FLOOR;
	ret->run = RUN_BASE + memory_of_machine() / 4096 / 8;
	ret->need = align_up(ret->kernel + ret->packed + ret->unpacked + ret->run, MIB);
	if (qemu && s->kernel[0] && measure(s, ret, &why))
		host_say(&s->host, HOST_NOTE, "not measured: %s", why.text);
	return 0;
}

/* Pages of each kind that a level drops (makedumpfile(8)'s levels). */
static uint64_t kept(const struct dump_stat *st, unsigned level)
{
	const uint64_t *p = st->filter.pages;
	uint64_t n = p[PAGE_KERNEL] + p[PAGE_SLAB] + p[PAGE_TABLE] + p[PAGE_MEMMAP] + p[PAGE_UNKNOWN];

	if (!(level & LEVEL_CACHE) && !(level & LEVEL_CACHE_PRIVATE))
		n += p[PAGE_CACHE];
	if (!(level & LEVEL_CACHE_PRIVATE))
		n += p[PAGE_CACHE_PRIVATE];
	if (!(level & LEVEL_USER))
		n += p[PAGE_USER] + p[PAGE_HUGETLB];
	if (!(level & LEVEL_FREE))
		n += p[PAGE_FREE] + p[PAGE_UNACCEPTED];
	return n;
}

int estimate_dump(const struct host *h, uint64_t ret[ESTIMATE_LEVELS], struct err *e)
{
	struct dump_opts how = { .nlevel = 1, .level = { LEVEL_MAX }, .deadline = DEADLINE_NEVER };
	struct dump_stat st = { 0 };
	struct source *src = NULL;
	char path[HOST_PATH];
	const char *const paths[] = { path };
	int rc = host_path(h, path, "/proc/kcore", e);

	if (rc == 0)
		rc = source_open(&src, paths, 1, &codec_unpack, e);
	if (rc)
		return rc;
	rc = dump_count(src, &how, &st, e);
	for (unsigned i = 0; rc == 0 && i < ESTIMATE_LEVELS; i++)
		ret[i] = kept(&st, i) * (src->info.page_size ? src->info.page_size : 4096);
	src->ops->free(src);
	return rc;
}
