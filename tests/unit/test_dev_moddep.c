/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit tests: src/dev/moddep, from text to load order */
#include "check.h"

#include "dev/moddep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static struct moddep_text text(const char *s)
{
	return (struct moddep_text){ s, strlen(s) };
}

static bool glob(const char *pattern, const char *s)
{
	return moddep_glob(text(pattern), text(s));
}

/* "a b? c": the names of an order, optional ones with a '?'. */
static const char *order(const struct moddep_index *ix, const char *name, char *buf, size_t n)
{
	struct moddep_order o;
	struct err e = { 0 };
	int rc = moddep_order(ix, name, &o, &e);
	size_t used = 0;

	buf[0] = '\0';
	if (rc)
		snprintf(buf, n, "%d", rc);
	for (unsigned i = 0; rc == 0 && i < o.n; i++)
		used += (size_t)snprintf(buf + used, n - used, "%s%s%s", used ? " " : "", o.file[i].name,
					 o.file[i].optional ? "?" : "");
	return buf;
}

static void globbing(void)
{
	CHECK(glob("pci:v00008086d*sv*sd*bc*sc*i*", "pci:v00008086d00001234sv00001AF4sd00001100bc01sc06i01"));
	CHECK(!glob("pci:v00008086d*sv*sd*bc*sc*i*", "pci:v00001AF4d00001001sv00001AF4sd00000002bc01sc00i00"));
	CHECK(glob("virtio:d00000002v*", "virtio:d00000002v00001AF4"));
	CHECK(glob("usb:v0421p0[0-2]0?d*", "usb:v0421p010Fd1"));
	CHECK(!glob("usb:v0421p0[!0-2]0?d*", "usb:v0421p010Fd1"));
	CHECK(glob("fs-ext4", "fs_ext4"));
	CHECK(glob("*", ""));
	CHECK(!glob("", "a"));
	CHECK(glob("a*b*c", "a-b-b-c"));
	CHECK(!glob("a*b*c", "a-b-b-c-"));
	CHECK(glob("[", "["));
	CHECK(glob("x[]]y", "x]y"));
	CHECK(!glob("x[a-", "xa"));
}

static void names(void)
{
	char name[MODDEP_NAME];

	CHECK(moddep_name("kernel/fs/nls/nls-utf8.ko.xz", 28, name));
	CHECK_STR(name, "nls_utf8");
	CHECK(moddep_name("virtio-blk", 10, name));
	CHECK_STR(name, "virtio_blk");
	CHECK(!moddep_name("kernel/", 7, name));
	CHECK(!moddep_name("", 0, name));
	CHECK(!moddep_name("a234567890123456789012345678901234567890123456789012345678901234.ko", 67, name));
}

/* depmod(8) writes the whole closure; other writers only direct dependencies: both must do. */
static void orders(void)
{
	struct moddep_index ix = {
		.dep = text("kernel/fs/ext4/ext4.ko: kernel/lib/crc16.ko kernel/fs/mbcache.ko kernel/fs/jbd2/jbd2.ko\n"
			    "kernel/fs/jbd2/jbd2.ko:\nkernel/lib/crc16.ko:\nkernel/fs/mbcache.ko:\n"
			    "kernel/crypto/crc32c_generic.ko.xz:\nkernel/arch/x86/crypto/crc32c-intel.ko.xz:\n"
			    "kernel/a.ko: kernel/b.ko\nkernel/b.ko: kernel/c.ko\nkernel/c.ko:\n"
			    "kernel/lone.ko: kernel/unlisted.ko\n"
			    "extra/after.ko:"),
		.alias = text("# Aliases\nalias fs-ext4 ext4\nalias crc32c crc32c_generic\nalias crc32c crc32c_intel\n"
			      "alias virtio:d00000002v* b\n"),
		.softdep = text("softdep ext4 pre: crc32c\nsoftdep a pre: nowhere post: after\n"),
		.builtin = text("kernel/drivers/block/virtio_blk.ko\n"),
	};
	char buf[512];

	CHECK_STR(order(&ix, "ext4", buf, sizeof(buf)),
		  "crc32c_generic? crc32c_intel? crc16 mbcache jbd2 ext4");
	CHECK_STR(order(&ix, "fs-ext4", buf, sizeof(buf)),
		  "crc32c_generic? crc32c_intel? crc16 mbcache jbd2 ext4");
	CHECK_STR(order(&ix, "crc32c", buf, sizeof(buf)), "crc32c_generic? crc32c_intel?");
	CHECK_STR(order(&ix, "crc32c-intel", buf, sizeof(buf)), "crc32c_intel");
	CHECK_STR(order(&ix, "a", buf, sizeof(buf)), "c b a after?");
	CHECK_STR(order(&ix, "lone", buf, sizeof(buf)), "unlisted lone");
	CHECK_STR(order(&ix, "virtio-blk", buf, sizeof(buf)), "");
	CHECK_STR(order(&ix, "virtio:d00000002v00001AF4", buf, sizeof(buf)), "c b");
	CHECK_STR(order(&ix, "nothing", buf, sizeof(buf)), "-2");
	CHECK_STR(order(&ix, "", buf, sizeof(buf)), "-2");
}

/* A module that soft dependencies and real ones name is a required one. */
static void required_wins(void)
{
	struct moddep_index ix = {
		.dep = text("x.ko: y.ko\ny.ko:\n"),
		.softdep = text("softdep x pre: y\n"),
	};
	char buf[128];

	CHECK_STR(order(&ix, "x", buf, sizeof(buf)), "y x");
}

static void circles(void)
{
	struct moddep_index ix = {
		.dep = text("a.ko: b.ko\nb.ko: a.ko\nself.ko: self.ko\n"),
		.softdep = text("softdep self pre: self post: self\nsoftdep b pre: a\n"),
	};
	struct moddep_order o;
	struct err e = { 0 };
	char buf[128], *many = malloc(200000), *end = many;

	CHECK_STR(order(&ix, "a", buf, sizeof(buf)), "b a");
	CHECK_STR(order(&ix, "self", buf, sizeof(buf)), "self");
	for (int i = 0; i < 200; i++)
		end += sprintf(end, "m%d.ko: m%d.ko\n", i, i + 1);
	ix = (struct moddep_index){ .dep = text(many) };
	CHECK_INT(moddep_order(&ix, "m0", &o, &e), -ELOOP);
	end = many + sprintf(many, "top.ko:");
	for (int i = 0; i < 200; i++)
		end += sprintf(end, " m%d.ko", i);
	ix = (struct moddep_index){ .dep = text(many) };
	CHECK_INT(moddep_order(&ix, "top", &o, &e), -E2BIG);
	CHECK_STR(e.text, "needs more than 128 modules");
	free(many);
}

int main(void)
{
	globbing();
	names();
	orders();
	required_wins();
	circles();
	return check_done();
}
