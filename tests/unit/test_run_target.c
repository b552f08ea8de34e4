/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * unit: which target a capture is at, and the sink of it.
 */
#include "check.h"

#include "base/fdio.h"
#include "base/str.h"
#include "conf/conf.h"
#include "conf/recipe.h"
#include "iface/sink.h"
#include "run/bringup.h"
#include "run/collect.h"
#include "run/step.h"
#include "run/target_sink.h"
#include "sink/sink_file.h"

#include <errno.h>
#include <stdio.h>
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

/* ---- a collector of somebody else, to a server ---- */

static int work_collect(struct channel *ch, void *arg, struct err *e)
{
	uint64_t wrote = 0;
	int rc = collect_stream(ch, &run, arg, &wrote, e);

	return rc && wrote ? err_set(e, -EPIPE, "after %llu bytes", (unsigned long long)wrote) : rc;
}

static void on_message(void *arg, const struct step *s, const struct msg *m)
{
	(void)arg;
	(void)s;
	(void)m;
}

static void on_second(void *arg, const struct step *s, bool alive)
{
	(void)arg;
	(void)s;
	(void)alive;
}

static int collect(const char *conf, enum plan_target_kind kind, const char *dir, struct err *e)
{
	const struct step_watch w = { on_message, on_second, NULL };
	struct step s = { .name = "vmcore", .work = work_collect };
	struct sink *out = NULL;
	int rc;

	memset(e, 0, sizeof(*e));
	CHECK_INT(conf_parse(&run.plan, conf, strlen(conf), NULL, e), 0);
	CHECK(collect_external(&run.plan.collector));
	run.at.kind = kind;
	CHECK_INT(sink_file_open(&out, dir, 0, e), 0);
	s.arg = out;
	rc = step_run(&s, &w, e);
	out->ops->free(out);
	plan_free(&run.plan);
	return rc;
}

/* Over ssh the standard output without a FILE, on NFS the standard output as FILE. */
static void collects(void)
{
	static const char text[] = "memory\nmemory\nof the machine\n";
	char dir[] = "/tmp/test_run_target.XXXXXX", core[64], dump[64], rest[64], got[64];
	struct err e;
	FILE *f;

	CHECK(mkdtemp(dir) != NULL);
	(void)str_fmt(core, sizeof(core), "%s/core", dir);
	(void)str_fmt(dump, sizeof(dump), "%s/vmcore", dir);
	(void)str_fmt(rest, sizeof(rest), "%s/vmcore-incomplete", dir);
	f = fopen(core, "we");
	CHECK(f && fputs(text, f) >= 0 && fclose(f) == 0);
	run.vmcore = core;
	run.vmcore_bytes = sizeof(text) - 1;
	CHECK_INT(collect("core_collector tail -n 1\n", TARGET_SSH, dir, &e), 0);
	CHECK_INT(file_line(dump, got, sizeof(got), &e), 0);
	CHECK_STR(got, "of the machine");
	CHECK_INT(unlink(dump), 0);
	CHECK_INT(collect("core_collector uniq -c\n", TARGET_NFS, dir, &e), 0);
	CHECK_INT(file_line(dump, got, sizeof(got), &e), 0);
	CHECK(strstr(got, "2 memory") != NULL);
	CHECK_INT(unlink(dump), 0);
	/* nothing at all: something else may be tried */
	CHECK_INT(collect("core_collector false\n", TARGET_SSH, dir, &e), -EIO);
	/* what was written stays, under the name of what is not whole */
	CHECK_INT(collect("core_collector tail -n 1 /nowhere\n", TARGET_SSH, dir, &e), -EPIPE);
	CHECK_INT(access(dump, F_OK), -1);
	CHECK_INT(unlink(rest), 0);
	CHECK_INT(unlink(core), 0);
	CHECK_INT(rmdir(dir), 0);
}

static int work_collect_file(struct channel *ch, void *arg, struct err *e)
{
	(void)arg;
	return collect_run(ch, &run, e);
}

/*
 * A foreign collector, into a directory of a mounted system that an absolute link leads to: where that leads
 * on that system, in a directory that no other user can enter, and what a link stands for is not called a dump.
 */
static void collects_below_link(void)
{
	const struct step_watch w = { on_message, on_second, NULL };
	const struct step s = { .name = "vmcore", .work = work_collect_file };
	char root[] = "/tmp/test_run_target.XXXXXX", path[96], want[128], text[160], command[64];
	struct target *t = NULL;
	struct err e = { 0 };
	struct stat st;

	CHECK(mkdtemp(root) != NULL);
	(void)str_fmt(path, sizeof(path), "%s/data", root);
	CHECK_INT(mkdir(path, 0755), 0);
	(void)str_fmt(path, sizeof(path), "%s/crash", root);
	CHECK_INT(symlink("/data", path), 0);
	run.mounted = root;
	run.at.kind = TARGET_FS;
	(void)str_fmt(path, sizeof(path), "%s/crash/dump", root);
	CHECK_INT(target_open(&t, &run, path, true, &e), 0);
	(void)str_fmt(want, sizeof(want), "%s/data/dump", root);
	CHECK_STR(target_dir(t), want);
	CHECK_STR(target_sink(t)->dir, want);
	(void)str_fmt(run.dir, sizeof(run.dir), "%s", target_dir(t));
	target_free(t);
	CHECK_INT(stat(want, &st), 0);
	CHECK_INT(st.st_mode & 07777, 0700);
	(void)str_fmt(text, sizeof(text), "core_collector ln -s\n");
	CHECK_INT(conf_parse(&run.plan, text, strlen(text), NULL, &e), 0);
	run.vmcore = "/etc/hostname";
	CHECK_INT(step_run(&s, &w, &e), -EINVAL);
	CHECK(strstr(e.text, "vmcore-incomplete is no regular file: not used") != NULL);
	plan_free(&run.plan);
	run.mounted = NULL;
	run.dir[0] = '\0';
	(void)str_fmt(command, sizeof(command), "rm -r %s", root);
	CHECK_INT(system(command), 0);
}

int main(void)
{
	aim();
	default_target();
	directory();
	collects();
	collects_below_link();
	return check_done();
}
