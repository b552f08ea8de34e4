/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: crashkernel= in the files of boot loaders.
 */
#include "check.h"

#include "host/bootentry.h"

#include <errno.h>
#include <stdlib.h>

static char *edited;

static const char *set(enum bootentry_form form, const char *text, const char *value)
{
	struct bootentry_text got = { 0 };

	free(edited);
	edited = NULL;
	if (bootentry_set(form, text, strlen(text), value, &got, NULL))
		return NULL;
	edited = got.p;
	CHECK_INT(strlen(edited), got.n);
	return edited;
}

static const char *get(enum bootentry_form form, const char *text)
{
	static char buf[64];

	return bootentry_get(form, text, strlen(text), buf, sizeof(buf)) ? NULL : buf;
}

static void check_grub(void)
{
	CHECK_STR(set(BOOT_GRUB, "A=1\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nB=2\n", "128M"),
		  "A=1\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet crashkernel=128M\"\nB=2\n");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"a crashkernel=1M b\" # c\n", "2M"),
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"a crashkernel=2M b\" # c\n");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX=\"\"\n", "2M"), "GRUB_CMDLINE_LINUX=\"crashkernel=2M\"\n");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX=quiet", "2M"), "GRUB_CMDLINE_LINUX=\"quiet crashkernel=2M\"");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX='a'\nGRUB_CMDLINE_LINUX_DEFAULT=''\n", "2M"),
		  "GRUB_CMDLINE_LINUX='a'\nGRUB_CMDLINE_LINUX_DEFAULT='crashkernel=2M'\n");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX='crashkernel=auto a'\nGRUB_CMDLINE_LINUX_DEFAULT='b'\n", "2M"),
		  "GRUB_CMDLINE_LINUX='crashkernel=2M a'\nGRUB_CMDLINE_LINUX_DEFAULT='b'\n");
	CHECK_STR(set(BOOT_GRUB,
		      "GRUB_CMDLINE_LINUX_DEFAULT='b crashkernel=1M'\nGRUB_CMDLINE_LINUX='crashkernel=1M a'\n", "2M"),
		  "GRUB_CMDLINE_LINUX_DEFAULT='b crashkernel=2M'\nGRUB_CMDLINE_LINUX='a'\n");
	CHECK_STR(set(BOOT_GRUB, "# none", "2M"), "# none\nGRUB_CMDLINE_LINUX_DEFAULT=\"crashkernel=2M\"\n");
	CHECK_STR(set(BOOT_GRUB, "", "2M"), "GRUB_CMDLINE_LINUX_DEFAULT=\"crashkernel=2M\"\n");
	CHECK_STR(set(BOOT_GRUB, "#GRUB_CMDLINE_LINUX_DEFAULT=\"x\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"y\"", "2M"),
		  "#GRUB_CMDLINE_LINUX_DEFAULT=\"x\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"y crashkernel=2M\"");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"a \\\n b\"\nC=1\n", "2M"),
		  "GRUB_CMDLINE_LINUX_DEFAULT=\"a \\\n b crashkernel=2M\"\nC=1\n");
	CHECK(!set(BOOT_GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"a\n", "2M"));
	CHECK(!set(BOOT_GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=\"a\"b\n", "2M"));
	CHECK(!set(BOOT_GRUB, "GRUB_CMDLINE_LINUX_DEFAULT=$x\n", "2M"));
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX=a#b # c\n", "2M"),
		  "GRUB_CMDLINE_LINUX=\"a#b crashkernel=2M\" # c\n");
	CHECK_STR(get(BOOT_GRUB, "GRUB_CMDLINE_LINUX='crashkernel=2M a crashkernel=1M,low'\n"), "2M 1M,low");
	CHECK_STR(get(BOOT_GRUB, "A=crashkernel=1M\n"), "");
}

static void check_remove(void)
{
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX=\"a crashkernel=1M b\"", NULL), "GRUB_CMDLINE_LINUX=\"a b\"");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX=\"a crashkernel=1M\"", NULL), "GRUB_CMDLINE_LINUX=\"a\"");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX=\"crashkernel=1M\"", NULL), "GRUB_CMDLINE_LINUX=\"\"");
	CHECK_STR(set(BOOT_GRUB, "GRUB_CMDLINE_LINUX=a\nB", NULL), "GRUB_CMDLINE_LINUX=a\nB");
	CHECK_STR(set(BOOT_WORDS, "a crashkernel=1M\n", NULL), "a\n");
	CHECK_STR(set(BOOT_WORDS, "", NULL), "");
}

static void check_bls(void)
{
	CHECK_STR(set(BOOT_BLS, "title x\noptions root=/dev/a ro\nlinux /v\n", "1G-:2M"),
		  "title x\noptions root=/dev/a ro crashkernel=1G-:2M\nlinux /v\n");
	CHECK_STR(set(BOOT_BLS, "options a\noptions crashkernel=1M\noptions b\n", "2M,high 1M,low"),
		  "options a\noptions crashkernel=2M,high crashkernel=1M,low\noptions b\n");
	CHECK_STR(set(BOOT_BLS, "options crashkernel=1M a\noptions b crashkernel=3M\n", "2M"),
		  "options crashkernel=2M a\noptions b\n");
	CHECK_STR(set(BOOT_BLS, "title x\n", "2M"), "title x\noptions crashkernel=2M\n");
	CHECK_STR(set(BOOT_BLS, "options  a crashkernel=3M,high crashkernel=1M,low b", "2M"),
		  "options  a crashkernel=2M b");
	CHECK_STR(get(BOOT_BLS, "options a\n  options\tcrashkernel=1M\n"), "1M");
	CHECK_STR(set(BOOT_WORDS, "root=/dev/a ro\n", "2M"), "root=/dev/a ro crashkernel=2M\n");
}

static void check_values(void)
{
	static const char *const good[] = { "256M", "1", "1G@16M", "512M,high",
					    "72M,low", "64M,cma", "1G-:1M", "1G-4G:192M,4G-:256M",
					    "1G-:192M@16M", "128m" };
	static const char *const bad[] = { "", "auto", "M", "1G-", "1G-2G", "1G-2G:", "2G-1G:1M", "1G-2G:1M,", "1M,up",
					   "1M@", "1M 2M", "99999999999999999999G" };

	for (unsigned i = 0; i < sizeof(good) / sizeof(*good); i++)
		CHECK(crashkernel_ok(good[i]));
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(!crashkernel_ok(bad[i]));
	CHECK(!set(BOOT_BLS, "options a\n", "auto"));
	CHECK(!set(BOOT_BLS, "options a\n", " "));
	CHECK_INT(crashkernel_size("256M", 1), 256 << 20);
	CHECK_INT(crashkernel_size("1G-4G:192M,4G-:256M@16M", 1ull << 31), 192 << 20);
	CHECK_INT(crashkernel_size("1G-4G:192M,4G-:256M", 1ull << 32), 256 << 20);
	CHECK_INT(crashkernel_size("1G-4G:192M,4G-:256M", 1u << 29), 0);
}

int main(void)
{
	check_grub();
	check_remove();
	check_bls();
	check_values();
	free(edited);
	return check_done();
}
