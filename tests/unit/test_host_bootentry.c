/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: crashkernel= in the files of boot loaders.
 */
#include "check.h"

#include "host/bootentry.h"
#include "host/crashkernel.h"
#include "host/grub_default.h"

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

/* What a text becomes with crashkernel= set to a value. */
static const struct {
	enum bootentry_form form;
	const char *value;       /* NULL: taken out */
	const char *text, *want; /* NULL: refused */
} edits[] = {
	/* /etc/default/grub */
	{ BOOT_GRUB, "128M",
	  "A=1\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\nB=2\n",
	  "A=1\nGRUB_CMDLINE_LINUX_DEFAULT=\"quiet crashkernel=128M\"\nB=2\n" },
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"a crashkernel=1M b\" # c\n",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"a crashkernel=2M b\" # c\n" },
	{ BOOT_GRUB, "2M", "GRUB_CMDLINE_LINUX=\"\"\n", "GRUB_CMDLINE_LINUX=\"crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M", "GRUB_CMDLINE_LINUX=quiet", "GRUB_CMDLINE_LINUX=\"quiet crashkernel=2M\"" },
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX='a'\nGRUB_CMDLINE_LINUX_DEFAULT=''\n",
	  "GRUB_CMDLINE_LINUX='a'\nGRUB_CMDLINE_LINUX_DEFAULT='crashkernel=2M'\n" },
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX='crashkernel=auto a'\nGRUB_CMDLINE_LINUX_DEFAULT='b'\n",
	  "GRUB_CMDLINE_LINUX='crashkernel=2M a'\nGRUB_CMDLINE_LINUX_DEFAULT='b'\n" },
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX_DEFAULT='b crashkernel=1M'\nGRUB_CMDLINE_LINUX='crashkernel=1M a'\n",
	  "GRUB_CMDLINE_LINUX_DEFAULT='b crashkernel=2M'\nGRUB_CMDLINE_LINUX='a'\n" },
	{ BOOT_GRUB, "2M", "# none", "# none\nGRUB_CMDLINE_LINUX_DEFAULT=\"crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M", "", "GRUB_CMDLINE_LINUX_DEFAULT=\"crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M",
	  "#GRUB_CMDLINE_LINUX_DEFAULT=\"x\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"y\"",
	  "#GRUB_CMDLINE_LINUX_DEFAULT=\"x\"\nGRUB_CMDLINE_LINUX_DEFAULT=\"y crashkernel=2M\"" },
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"a \\\n b\"\nC=1\n",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"a \\\n b crashkernel=2M\"\nC=1\n" },
	{ BOOT_GRUB, "2M", "GRUB_CMDLINE_LINUX_DEFAULT=\"a\n", NULL },
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"a\"b\n",
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"a\"b\" crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M", "GRUB_CMDLINE_LINUX_DEFAULT=$x\n", "GRUB_CMDLINE_LINUX_DEFAULT=$x\" crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M", "GRUB_CMDLINE_LINUX=a#b # c\n", "GRUB_CMDLINE_LINUX=\"a#b crashkernel=2M\" # c\n" },
	/* words taken out */
	{ BOOT_GRUB, NULL, "GRUB_CMDLINE_LINUX=\"a crashkernel=1M b\"", "GRUB_CMDLINE_LINUX=\"a b\"" },
	{ BOOT_GRUB, NULL, "GRUB_CMDLINE_LINUX=\"a crashkernel=1M\"", "GRUB_CMDLINE_LINUX=\"a\"" },
	{ BOOT_GRUB, NULL, "GRUB_CMDLINE_LINUX=\"crashkernel=1M\"", "GRUB_CMDLINE_LINUX=\"\"" },
	{ BOOT_GRUB, NULL, "GRUB_CMDLINE_LINUX=\"a crashkernel=1M  'b\"", "GRUB_CMDLINE_LINUX=\"a 'b\"" },
	{ BOOT_GRUB, NULL, "GRUB_CMDLINE_LINUX=a\nB", "GRUB_CMDLINE_LINUX=a\nB" },
	{ BOOT_WORDS, NULL, "a crashkernel=1M\n", "a\n" },
	{ BOOT_WORDS, NULL, "", "" },
	/* entries */
	{ BOOT_BLS, "1G-:2M",
	  "title x\noptions root=/dev/a ro\nlinux /v\n",
	  "title x\noptions root=/dev/a ro crashkernel=1G-:2M\nlinux /v\n" },
	{ BOOT_BLS, "2M,high 1M,low",
	  "options a\noptions crashkernel=1M\noptions b\n",
	  "options a\noptions crashkernel=2M,high crashkernel=1M,low\noptions b\n" },
	{ BOOT_BLS, "2M",
	  "options crashkernel=1M a\noptions b crashkernel=3M\n",
	  "options crashkernel=2M a\noptions b\n" },
	{ BOOT_BLS, "2M", "title x\n", "title x\noptions crashkernel=2M\n" },
	{ BOOT_BLS, "2M", "options  a crashkernel=3M,high crashkernel=1M,low b", "options  a crashkernel=2M b" },
	{ BOOT_WORDS, "2M", "root=/dev/a ro\n", "root=/dev/a ro crashkernel=2M\n" },
	/* other forms */
	{ BOOT_WORDS, "2M", "a\ncrashkernel=1M b\n# c\n", "a\ncrashkernel=2M b\n# c\n" },
	{ BOOT_WORDS, "2M", "a\nb\n# crashkernel=1M\n", "a\nb crashkernel=2M\n# crashkernel=1M\n" },
	{ BOOT_EXTLINUX, "2M",
	  "label a\n\tappend x\nlabel b\n\tAPPEND crashkernel=1M y\n",
	  "label a\n\tappend x crashkernel=2M\nlabel b\n\tAPPEND crashkernel=2M y\n" },
	{ BOOT_EXTLINUX, "2M", "label a\n", NULL },
	{ BOOT_ZIPL, "2M",
	  "[a]\nparameters = \"x y\"\n[b]\nparameters='crashkernel=1M'\n",
	  "[a]\nparameters = \"x y crashkernel=2M\"\n[b]\nparameters='crashkernel=2M'\n" },
	{ BOOT_GRUBENV, "2M",
	  "# GRUB\nkernelopts=root=a ro \n####################",
	  "# GRUB\nkernelopts=root=a ro crashkernel=2M\n######" },
	{ BOOT_GRUBENV, "2M", "# GRUB\nkernelopts=root=a ro \n####", NULL },
	/* what a shell makes of the text decides, not how its lines look */
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX=\"a\n GRUB_CMDLINE_LINUX=\nb\"\n",
	  "GRUB_CMDLINE_LINUX=\"a\n GRUB_CMDLINE_LINUX=\nb crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M",
	  "X='\nGRUB_CMDLINE_LINUX=\"x\"\n'\nGRUB_CMDLINE_LINUX=\"y\"\n",
	  "X='\nGRUB_CMDLINE_LINUX=\"x\"\n'\nGRUB_CMDLINE_LINUX=\"y crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M",
	  "export GRUB_CMDLINE_LINUX=a; B=1\n",
	  "export GRUB_CMDLINE_LINUX=\"a crashkernel=2M\"; B=1\n" },
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX=a\nGRUB_CMDLINE_LINUX+=' b'\n",
	  "GRUB_CMDLINE_LINUX=\"a crashkernel=2M\"\nGRUB_CMDLINE_LINUX+=' b'\n" },
	{ BOOT_GRUB, "2M",
	  "D=GRUB_CMDLINE_LINUX=\nGRUB_CMDLINE_LINUX=\"a\"\n"
	  "GRUB_CMDLINE_LINUX=\"${GRUB_CMDLINE_LINUX:+$GRUB_CMDLINE_LINUX }crashkernel=1M\"\n",
	  "D=GRUB_CMDLINE_LINUX=\nGRUB_CMDLINE_LINUX=\"a\"\n"
	  "GRUB_CMDLINE_LINUX=\"${GRUB_CMDLINE_LINUX:+$GRUB_CMDLINE_LINUX }crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M",
	  "S=1M\nGRUB_CMDLINE_LINUX=\"a crashkernel=$S b\"\n",
	  "S=1M\nGRUB_CMDLINE_LINUX=\"a crashkernel=2M b\"\n" },
	{ BOOT_GRUB, "2M",
	  "D=`lsb_release -i 2>/dev/null || echo X`\nGRUB_CMDLINE_LINUX=\"\"\n",
	  "D=`lsb_release -i 2>/dev/null || echo X`\nGRUB_CMDLINE_LINUX=\"crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M",
	  "if [ -e /x ]; then\n  GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX x\"\nfi\n",
	  "if [ -e /x ]; then\n  GRUB_CMDLINE_LINUX=\"$GRUB_CMDLINE_LINUX x\"\nfi\n"
	  "GRUB_CMDLINE_LINUX_DEFAULT=\"crashkernel=2M\"\n" },
	{ BOOT_GRUB, "2M",
	  "GRUB_CMDLINE_LINUX=x true\nGRUB_CMDLINE_LINUX=y\n",
	  "GRUB_CMDLINE_LINUX=x true\nGRUB_CMDLINE_LINUX=\"y crashkernel=2M\"\n" },
	{ BOOT_GRUB, "1G,high 2M,low",
	  "GRUB_CMDLINE_LINUX=crashkernel=1M\n",
	  "GRUB_CMDLINE_LINUX=\"crashkernel=1G,high crashkernel=2M,low\"\n" },
	{ BOOT_GRUB, "2M", "if [ -e /x ]; then\n  GRUB_CMDLINE_LINUX=x\nfi\n", NULL },
	{ BOOT_GRUB, "2M", "[ -e /x ] &&\nGRUB_CMDLINE_LINUX=x\n", NULL },
	{ BOOT_GRUB, "2M", "GRUB_CMDLINE_LINUX=$(cat /x)\n", NULL },
	{ BOOT_GRUB, "2M", "cat <<X\nGRUB_CMDLINE_LINUX=x\nX\n", NULL },
	{ BOOT_GRUB, "2M", ". /x\n", NULL },
	{ BOOT_GRUB, "2M", "GRUB_CMDLINE_LINUX='\n", NULL },
	{ BOOT_GRUB, "2M", "GRUB_CMDLINE_LINUX=\"crash\"kernel=1M\n", NULL },
};

static const struct {
	enum bootentry_form form;
	const char *text, *want;
} gets[] = {
	{ BOOT_GRUB, "GRUB_CMDLINE_LINUX='crashkernel=2M a crashkernel=1M,low'\n", "2M 1M,low" },
	{ BOOT_GRUB, "A=crashkernel=1M\n", "" },
	{ BOOT_BLS, "options a\n  options\tcrashkernel=1M\n", "1M" },
	{ BOOT_EXTLINUX, "append x\nappend crashkernel=1M\n", "" },
};

static void check_edits(void)
{
	for (size_t i = 0; i < sizeof(edits) / sizeof(*edits); i++) {
		const char *got = set(edits[i].form, edits[i].text, edits[i].value);

		if (edits[i].want)
			CHECK_STR(got, edits[i].want);
		else
			CHECK(!got);
	}
	for (size_t i = 0; i < sizeof(gets) / sizeof(*gets); i++)
		CHECK_STR(get(gets[i].form, gets[i].text), gets[i].want);
}

/* A snippet may replace what stands in the first file. */
static void check_snippets(void)
{
	static const char *const names[] = { "GRUB_CMDLINE_LINUX", "GRUB_CMDLINE_LINUX_DEFAULT", NULL };
	static const char first[] = "GRUB_CMDLINE_LINUX_DEFAULT=\"quiet\"\n",
			  second[] = "GRUB_CMDLINE_LINUX_DEFAULT=\"a\"\n",
			  third[] = "GRUB_CMDLINE_LINUX_DEFAULT=\"$GRUB_CMDLINE_LINUX_DEFAULT b\"\n";
	struct grub_file f[] = { { .path = "1", .text = first, .n = strlen(first) },
				 { .path = "2", .text = second, .n = strlen(second) },
				 { .path = "3", .text = third, .n = strlen(third) } };
	struct grub_file second_set;
	char buf[64];

	CHECK_INT(grub_set(f, 3, names, "2M", NULL), 0);
	CHECK(!f[0].changed);
	CHECK_STR(f[1].edited, "GRUB_CMDLINE_LINUX_DEFAULT=\"a crashkernel=2M\"\n");
	CHECK(!f[2].changed);
	second_set = (struct grub_file){ .path = "2", .text = f[1].edited, .n = f[1].edited_n };
	CHECK_INT(grub_get(&second_set, 1, names, buf, sizeof(buf), NULL), 0);
	CHECK_STR(buf, "2M");
	grub_files_free(f, 3);
}

static const char *value_of(const char *words)
{
	static char buf[128];

	return crashkernel_set(words, buf, sizeof(buf), NULL) ? NULL : buf;
}

static void check_values(void)
{
	static const char *const good[] = { "256M", "1", "1G@16M", "512M,high 1M,low", "64M,cma 1M", "0x10000000",
					    "0400M",
					    "1G-:1M", "1G-4G:192M,4G-:256M", "1G-:192M@16M", "128m", "268435456",
					    "2097152K",
					    "128G-1P:4G", "128G-1E:4G", "0-2G:0,2G-:256M", "1G,high", "1G,high 0,low",
					    "1e", "64K-0x100000000:0x1000000@0x1000000" };
	static const char *const bad[] = { "", "auto", "M", "1G-", "1G-2G", "1G-2G:", "2G-1G:1M", "1G-2G:1M,", "1M,up",
					   "1M@", "1M 2M", "99999999999999999999G", "16E", "0x", "08", "0", "72M,low",
					   "64M,cma", "1G,high 256M", "1M 64M,low", "1G,high 2G,high", "1M,cma,high" };

	for (unsigned i = 0; i < sizeof(good) / sizeof(*good); i++)
		CHECK_STR(value_of(good[i]), good[i]);
	for (unsigned i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		CHECK(!value_of(bad[i]));
	CHECK_STR(value_of("1G,high  crashkernel=128M,low"), "1G,high 128M,low");
	CHECK(!set(BOOT_BLS, "options a\n", "auto"));
	CHECK(!set(BOOT_BLS, "options a\n", " "));
	CHECK_INT(crashkernel_size("256M", 1), 256 << 20);
	CHECK_INT(crashkernel_size("0x10000000", 1), 256 << 20);
	CHECK_INT(crashkernel_size("1G-4G:192M,4G-:256M@16M", 1ull << 31), 192 << 20);
	CHECK_INT(crashkernel_size("1G-4G:192M,4G-:256M", 1ull << 32), 256 << 20);
	CHECK_INT(crashkernel_size("1G-4G:192M,4G-:256M", 1u << 29), 0);
}

static const char *counts(const char *words)
{
	static char buf[64];

	crashkernel_counts(words, buf, sizeof(buf));
	return buf;
}

/* Of several words the kernel takes the last of each kind, and none of high and low beside a plain one. */
static void check_counts(void)
{
	CHECK_STR(counts("1M 2M"), "2M");
	CHECK_STR(counts("1M,low 1G,high"), "1G,high 1M,low");
	CHECK_STR(counts("1G,high 2M 1M,low"), "2M");
	CHECK_STR(counts("1G,cma 2M 2G,cma"), "2M 2G,cma");
	CHECK_STR(counts("1M auto"), "auto");
	CHECK_STR(counts(""), "");
}

int main(void)
{
	check_edits();
	check_values();
	check_counts();
	check_snippets();
	free(edited);
	return check_done();
}
