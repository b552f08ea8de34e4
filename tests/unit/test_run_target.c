/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: which target a capture is at, and the sink of it.
 */
#include "check.h"

#include "base/str.h"
#include "conf/conf.h"
#include "conf/recipe.h"
#include "run/bringup.h"
#include "run/target_sink.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct run run;

static void load(const char *conf, const char *recipe)
{
	struct err e = { 0 };

	CHECK_INT(conf_parse(&run.plan, conf, strlen(conf), NULL, &e), 0);
	CHECK_INT(recipe_parse(&run.recipe, recipe, strlen(recipe), &e), 0);
}

static void unload(void)
{
	plan_free(&run.plan);
	recipe_free(&run.recipe);
}

static const char *host(int index)
{
	static char buf[256];
	struct err e = { 0 };

	bringup_aim(&run, index);
	return bringup_host(&run, buf, sizeof(buf), &e) ? e.text : buf;
}

static void aim(void)
{
	load("nfs store:/srv\nnfs [fd00::1]:/srv\nssh kdump@fd00::2\nssh kdump@alias\next4 /dev/vda1\n",
	     "crashbox-recipe 1\ntarget 1\nnfs store:/srv vers=3\ntarget 3\nup eth0\ntarget 4\n"
	     "ssh kdump@alias server=10.0.0.7 port=2222\ntarget 5\ndevice /dev/vda1\nmount ext4\n");
	CHECK_STR(host(1), "store");
	CHECK_STR(run.at.where, "store:/srv");
	CHECK_STR(run.at.options, "vers=3");
	CHECK_INT(run.at.kind, TARGET_NFS);
	CHECK_STR(host(2), "fd00::1");
	CHECK_STR(run.at.options, NULL);
	CHECK_STR(host(3), "fd00::2");
	CHECK_INT(run.at.kind, TARGET_SSH);
	CHECK(!run.at.step);
	CHECK_STR(host(4), "10.0.0.7");
	CHECK(run.at.step && !run.at.up);
	CHECK(bringup_by_network(&run, 4) && !bringup_by_network(&run, 5));
	bringup_aim(&run, 5);
	CHECK_INT(run.at.kind, TARGET_FS);
	CHECK_STR(target_client(&run), "127.0.0.1");
	bringup_aim(&run, 1);
	CHECK_STR(target_client(&run), "127.0.0.1");
	report_fact(&run.rep, "client", "10.0.0.5");
	CHECK_STR(target_client(&run), "10.0.0.5");
	unload();
}

/* `path` on an NFS mount of the system: no line of kdump.conf names the server. */
static void default_target(void)
{
	load("path /net/crash\n", "crashbox-recipe 1\ntarget 0\nnfs store:/srv\npath /crash\n");
	CHECK(bringup_by_network(&run, RECIPE_DEFAULT));
	CHECK_STR(host(RECIPE_DEFAULT), "store");
	CHECK_STR(bringup_path(&run, RECIPE_DEFAULT), "/crash");
	unload();
}

static void directory(void)
{
	char base[] = "/tmp/test_run_target.XXXXXX", dir[128], again[160];
	struct target *t = NULL;
	struct err e = { 0 };

	CHECK(mkdtemp(base) != NULL);
	(void)str_fmt(dir, sizeof(dir), "%s/a:b", base);
	run.at.kind = TARGET_FS;
	load("ext4 /dev/vda1\ncore_collector makedumpfile -F -d 31\n", "crashbox-recipe 1\n");
	CHECK_INT(target_open(&t, &run, dir, true, &e), 0);
	CHECK_STR(target_dir(t), dir);
	CHECK_STR(target_dump_name(t, &run), "vmcore"); /* -F is for ssh */
	target_free(t);
	CHECK_INT(target_open(&t, &run, dir, true, &e), 0);
	(void)str_fmt(again, sizeof(again), "%s.1", dir);
	CHECK_STR(target_dir(t), again);
	target_free(t);
	CHECK_INT(target_open(&t, &run, again, false, &e), 0);
	CHECK_STR(target_dir(t), again);
	target_free(t);
	CHECK_INT(rmdir(again) | rmdir(dir) | rmdir(base), 0);
	target_free(NULL);
	unload();
}

int main(void)
{
	aim();
	default_target();
	directory();
	return check_done();
}
