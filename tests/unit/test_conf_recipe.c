/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: the recipe, and what of a plan is built in.
 */
#include "check.h"

#include "base/str.h"
#include "conf/builtin.h"
#include "conf/conf.h"
#include "conf/recipe.h"

#include <errno.h>
#include <stdlib.h>

#define HEAD "crashbox-recipe 1\n"

static int parse(struct recipe *r, const char *text, struct err *e)
{
	*e = (struct err){ 0 };
	return recipe_parse(r, text, strlen(text), e);
}

static void check_whole(void)
{
	static const char text[] =
		"# written by hand\n\n" HEAD
		"kernel 6.1.0-18-amd64\n mode generic\nmodule virtio_pci\n"
		"\tmodule scsi_mod use_blk_mq=1 x=2\ntarget 1\nmodule virtio_blk\ndevice UUID=1-2\n"
		"mount ext4 rw,noatime\r\npath /sub dir\ntarget 0\ndevice /dev/vda\nlvm vg/lv "
		"linear\nlonely\nrootfs\n"
		"mount xfs";
	struct recipe r;
	struct err e;
	const struct recipe_target *t;

	CHECK_INT(parse(&r, text, &e), 0);
	CHECK_STR(r.kernel, "6.1.0-18-amd64");
	CHECK(r.generic);
	CHECK_INT(r.ncommon, 2);
	CHECK_STR(r.step[1].arg, "scsi_mod");
	CHECK_STR(r.step[1].opt, "use_blk_mq=1 x=2");
	CHECK_STR(r.step[0].opt, NULL);
	t = recipe_find(&r, 1);
	CHECK(t && t->first == 2 && t->n == 3);
	CHECK_STR(t->path, "/sub dir");
	CHECK_STR(r.step[4].opt, "rw,noatime");
	CHECK_INT(r.step[3].kind, RECIPE_DEVICE);
	CHECK_INT(r.step[4].line, 11);
	t = recipe_find(&r, RECIPE_DEFAULT);
	CHECK(t && t->n == 3 && !t->path);
	CHECK_INT(r.step[t->first + 1].kind, RECIPE_UNKNOWN);
	CHECK_STR(r.step[t->first + 1].arg, "lvm");
	CHECK_STR(r.step[t->first + 1].opt, "vg/lv linear");
	CHECK_STR(r.step[t->first + 2].arg, "lonely");
	CHECK_STR(r.step[t->first + 2].opt, NULL);
	t = recipe_find(&r, RECIPE_ROOTFS);
	CHECK(t && t->n == 1);
	CHECK(!recipe_find(&r, 2));
	recipe_free(&r);
	recipe_free(NULL);
}

static void check_network(void)
{
	static const char text[] = HEAD "nameserver 10.0.0.1\ntarget 1\nmodule virtio_net\n"
					"link eth0 mac 52:54:00:12:34:56\ndhcp4 eth0 30\n"
					"ssh kdump@host server=10.1.1.1 port=2222 alias=other key=/etc/k\n"
					"target 2\nnfs [fd00::2]:/srv vers=3,port=2049\n"
					"target 3\nkernel-nfs host:/srv vers=4.2\nfence\nup eth1\n";
	const struct recipe_target *t;
	struct link_step link;
	struct recipe_ssh ssh;
	struct recipe r;
	struct err e;

	CHECK_INT(parse(&r, text, &e), 0);
	CHECK_INT(r.ncommon, 1);
	CHECK_INT(r.step[0].kind, RECIPE_LINK);
	t = recipe_find(&r, 1);
	CHECK(t && t->n == 4);
	CHECK_STR(r.step[t->first + 2].arg, "dhcp4");
	CHECK_STR(r.step[t->first + 2].opt, "eth0 30");
	CHECK_INT(recipe_link(&r.step[t->first + 1], &link, &e), 0);
	CHECK_INT(link.kind, LINK_IFACE);
	CHECK(link.has_mac && link.mac[5] == 0x56);
	CHECK_INT(recipe_link(&r.step[t->first + 2], &link, &e), 0);
	CHECK_INT(link.seconds, 30);
	CHECK_INT(recipe_ssh(&r.step[t->first + 3], &ssh, &e), 0);
	CHECK_STR(ssh.server, "10.1.1.1");
	CHECK_STR(ssh.alias, "other");
	CHECK_STR(ssh.key, "/etc/k");
	CHECK_INT(ssh.port, 2222);
	t = recipe_find(&r, 2);
	CHECK(t && t->n == 1 && r.step[t->first].kind == RECIPE_NFS);
	CHECK_STR(r.step[t->first].arg, "[fd00::2]:/srv");
	CHECK_STR(r.step[t->first].opt, "vers=3,port=2049");
	t = recipe_find(&r, 3);
	CHECK(t && t->n == 1 && r.step[t->first].kind == RECIPE_KNFS);
	CHECK_STR(r.step[t->first].opt, "vers=4.2");
	CHECK(recipe_find(&r, RECIPE_FENCE) && recipe_find(&r, RECIPE_FENCE)->n == 1);
	CHECK_INT(recipe_link(&r.step[t->first], &link, &e), -EINVAL);
	recipe_free(&r);
	CHECK_INT(parse(&r, HEAD "target 1\nraw PARTUUID=1-2\n", &e), 0);
	CHECK_INT(r.step[0].kind, RECIPE_RAW);
	CHECK_STR(r.step[0].arg, "PARTUUID=1-2");
	recipe_free(&r);
	CHECK_INT(parse(&r, HEAD "target 1\nvlan a\n", &e), -EINVAL);
	CHECK(str_starts(e.text, "recipe line 3: vlan"));
}

static const struct {
	const char *text;
	int code;
	const char *sentence;
} bad[] = {
	{ "", -EINVAL, "no recipe: the file is empty" },
	{ "# only\n", -EINVAL, "no recipe: the file is empty" },
	{ "target 1\n", -EINVAL, "recipe line 1: no recipe, expected 'crashbox-recipe 1'" },
	{ "rootfs\n", -EINVAL, "recipe line 1: no recipe, expected 'crashbox-recipe 1'" },
	{ "\ncrashbox-recipe\n", -EINVAL,
	  "recipe line 2: no recipe, expected 'crashbox-recipe 1'" },
	{ "crashbox-recipe x\n", -EINVAL,
	  "recipe line 1: no recipe, expected 'crashbox-recipe 1'" },
	{ "crashbox-recipe 2\n", -EPROTO,
	  "recipe of version 2, this program reads version 1: "
	  "build the image with the crashbox that is in it" },
	{ HEAD "target x\n", -EINVAL, "recipe line 2: target 'x', expected a number from 0 to 8" },
	{ HEAD "target 9\n", -EINVAL, "recipe line 2: target '9', expected a number from 0 to 8" },
	{ HEAD "target 1\ntarget 1\n", -EINVAL, "recipe line 3: the target is there already" },
	{ HEAD "rootfs\nrootfs\n", -EINVAL, "recipe line 3: the target is there already" },
	{ HEAD "mode best\n", -EINVAL, "recipe line 2: mode 'best', expected host or generic" },
	{ HEAD "path /x\n", -EINVAL, "recipe line 2: path before any target" },
	{ HEAD "module\n", -EINVAL, "recipe line 2: 'module' needs a word behind it" },
	{ HEAD "nfs\n", -EINVAL, "recipe line 2: 'nfs' needs a word behind it" },
	{ HEAD "fence\nfence\n", -EINVAL, "recipe line 3: the target is there already" },
	{ HEAD "target 1\nssh a@b port=0\n", -EINVAL,
	  "recipe line 3: ssh: 'port=0': expected server= port= alias= key= with a value" },
	{ HEAD "target 1\nssh a@b key=\n", -EINVAL,
	  "recipe line 3: ssh: 'key=': expected server= port= alias= key= with a value" },
	{ HEAD "target 1\nssh a@b fast\n", -EINVAL,
	  "recipe line 3: ssh: 'fast': expected server= port= alias= key= with a value" },
};

static void check_bad(void)
{
	struct recipe r = { .kernel = "untouched" };
	struct err e;
	char text[4096] = HEAD;
	char *large = calloc(1, RECIPE_MAX + 1);

	for (unsigned i = 0; i < ARRAY_LEN(bad); i++) {
		CHECK_INT(parse(&r, bad[i].text, &e), bad[i].code);
		CHECK_STR(e.text, bad[i].sentence);
		CHECK_STR(r.kernel, "untouched");
	}
	for (unsigned i = 0; i <= RECIPE_STEPS; i++)
		strcat(text, "module a\n");
	CHECK_INT(parse(&r, text, &e), -E2BIG);
	CHECK_STR(e.text, "recipe line 194: more than 192 steps");
	CHECK_INT(recipe_parse(&r, HEAD "\0", sizeof(HEAD), &e), -EINVAL);
	CHECK_STR(e.text, "no recipe: the file holds NUL bytes");
	CHECK(large != NULL);
	CHECK_INT(recipe_parse(&r, large, RECIPE_MAX + 1, &e), -E2BIG);
	CHECK_STR(e.text, "recipe of 262145 bytes, at most 262144 are read");
	free(large);
}

static unsigned missing(const char *conf)
{
	const char *what[BUILTIN_MISSING];
	struct err e = { 0 };
	struct plan p;
	unsigned n;

	CHECK_INT(conf_parse(&p, conf, strlen(conf), NULL, &e), 0);
	n = builtin_missing(&p, BUILTIN_COLLECTOR, what);
	CHECK_INT(builtin_collector(&p), n == 0);
	plan_free(&p);
	return n;
}

static void check_builtin(void)
{
	const struct plan_target fs = { .kind = TARGET_FS };

	CHECK(builtin_target(&fs));
	CHECK_INT(missing("core_collector cp\n"), 0);
	CHECK_INT(missing("core_collector makedumpfile -E -d 0\n"), 0);
	CHECK_INT(missing("core_collector mysaver\n"), 0);
	/* what is asked for is more with every option, never less */
	CHECK(missing("core_collector makedumpfile -E -d 31\n") <=
	      missing("core_collector makedumpfile -d 31\n"));
	CHECK(missing("core_collector makedumpfile -d 31\n") <=
	      missing("core_collector makedumpfile -l -d 31\n"));
}

int main(void)
{
	check_whole();
	check_network();
	check_bad();
	check_builtin();
	return check_done();
}
