/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: is this machine armed, and what would it do?
 * Sentences for people; nothing is changed.
 */
#include "host/status.h"

#include "base/fdio.h"
#include "base/str.h"
#include "conf/conf.h"
#include "dev/block.h"
#include "host/json.h"
#include "host/kdumpctl_test.h"
#include "host/kexec.h"
#include "host/list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#define TABLE_MAX (4u << 20)
#define REHEARSAL SERVICE_STATE "/rehearsal"

/* "2026-11-21 18:36:02" in local time. */
static const char *date(int64_t when, char buf[32])
{
	time_t t = (time_t)when;
	struct tm tm;

	if (!localtime_r(&t, &tm) || strftime(buf, 32, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		buf[0] = '\0';
	return buf;
}

/* Where the device MAJ:MIN, or the source PATH, is mounted. */
static bool mount_point(const struct service *s, const char *number, const char *path, char buf[HOST_PATH])
{
	char *text = NULL, *line, *save, *w[8], *type;
	bool found = false;
	size_t n;

	if (host_read(&s->host, "/proc/self/mountinfo", TABLE_MAX, &text, &n, NULL))
		return false;
	for (line = strtok_r(text, "\n", &save); line && !found; line = strtok_r(NULL, "\n", &save)) {
		unsigned at = 0;

		type = strstr(line, " - ");
		if (!type)
			continue;
		*type = '\0';
		type = strchr(type + 3, ' ');
		while (at < 8 && (w[at] = str_word(&line)))
			at++;
		if (at < 6 || !type || strcmp(w[3], "/") != 0)
			continue;
		type++;
		type[strcspn(type, " ")] = '\0';
		found = (strcmp(w[2], number) == 0 || strcmp(str_octal(type), path) == 0) &&
			str_fmt(buf, HOST_PATH, "%s", str_octal(w[4])) == 0;
	}
	free(text);
	return found;
}

static int target_dir(struct service *s, const struct plan_target *t, char buf[HOST_PATH], struct err *e)
{
	struct block_found found;
	char point[HOST_PATH], number[32];
	struct stat st;
	int rc;

	/* Dumps of a raw partition are where savecore has brought them. */
	if (t->kind == TARGET_RAW)
		return str_fmt(buf, HOST_PATH, "%s", s->plan.path)
			       ? err_set(e, -ENAMETOOLONG, "the path of the dumps is too long")
			       : 0;
	if (t->kind != TARGET_FS || strcmp(t->fstype, "virtiofs") == 0)
		return err_set(e, -ENOENT, "the dumps are on %s %s, not on this machine", conf_target_name(t->kind),
			       t->where);
	rc = block_find(s->host.root, t->where, &found, e);
	if (rc)
		return rc < 0 ? rc : err_set(e, -ENOENT, "there is no device %s", t->where);
	if (stat(found.path, &st))
		return err_sys(e, "stat %s", found.path);
	(void)str_fmt(number, sizeof(number), "%u:%u", major(st.st_rdev), minor(st.st_rdev));
	if (!mount_point(s, number, found.path, point))
		return err_set(e, -ENOENT, "%s is not mounted", t->where);
	if (str_fmt(buf, HOST_PATH, "%s%s%s", strcmp(point, "/") == 0 ? "" : point, s->plan.path[0] == '/' ? "" : "/",
		    s->plan.path))
		return err_set(e, -ENAMETOOLONG, "the path of the dumps is too long");
	return 0;
}

int status_dump_dir(struct service *s, char buf[HOST_PATH], struct err *e)
{
	int rc = service_check(s, e);

	if (rc && !s->planned)
		return rc;
	for (unsigned i = 0; i < s->plan.ntarget; i++) {
		rc = target_dir(s, &s->plan.target[i], buf, e);
		if (rc == 0)
			return 0;
	}
	if (s->plan.ntarget)
		return rc;
	if (str_fmt(buf, HOST_PATH, "%s", s->plan.path))
		return err_set(e, -ENAMETOOLONG, "the path of the dumps is too long");
	return 0;
}

static void say_armed(struct service *s, bool armed)
{
	struct service_loaded *l = calloc(1, sizeof(*l));
	struct kexec_facts f;
	char why[256], size[24], id[128];

	kexec_facts(&s->host, &f);
	if (l)
		service_loaded(s, l);
	if (armed && l && *l->kernel) {
		host_say(&s->host, HOST_SAY, "armed       yes: kernel %s, image %s", l->version, l->image);
		service_identity(s, l->image, id);
		if (strcmp(id, l->image_id) != 0)
			host_say(&s->host, HOST_SAY, "            the image was changed since: `kdumpctl "
						     "restart` loads it");
	} else if (armed)
		host_say(&s->host, HOST_SAY, "armed       yes, by another program");
	else if (!f.known)
		host_say(&s->host, HOST_SAY, "armed       NO: this kernel has no crash dumps built in "
					     "(CONFIG_CRASH_DUMP)");
	else if (f.reserved == 0)
		host_say(&s->host, HOST_SAY, "armed       NO: %s", kexec_explain(why, sizeof(why), EADDRNOTAVAIL, &f));
	else
		host_say(&s->host, HOST_SAY, "armed       NO: no capture kernel is loaded, `kdumpctl start` loads it");
	if (f.reserved)
		host_say(&s->host, HOST_SAY, "reserved    %s", str_size(size, sizeof(size), f.reserved));
	free(l);
}

static void say_image(struct service *s)
{
	char full[HOST_PATH], built[32], size[24];
	struct stat st;

	if (host_path(&s->host, full, s->image, NULL) || stat(full, &st)) {
		host_say(&s->host, HOST_SAY, "image       none yet for kernel %s", s->version);
		return;
	}
	host_say(&s->host, HOST_SAY, "image       %s, %s of %s, %s", s->image,
		 str_size(size, sizeof(size), (uint64_t)st.st_size), date(st.st_mtim.tv_sec, built),
		 service_fresh(s) ? "up to date" : "to be looked at by the next start");
}

static void say_targets(struct service *s)
{
	struct err e = { 0 };
	int rc = service_check(s, &e);

	if (rc)
		host_say(&s->host, HOST_SAY, "conf        NOT GOOD: %s", e.text);
	if (!s->planned)
		return;
	for (unsigned i = 0; i < s->plan.ntarget; i++) {
		const struct plan_target *t = &s->plan.target[i];

		host_say(&s->host, HOST_SAY, "target %u    %s %s, directory %s", i + 1,
			 t->fstype ? t->fstype : conf_target_name(t->kind), t->where, s->plan.path);
	}
	if (s->plan.ntarget == 0)
		host_say(&s->host, HOST_SAY, "target      the file system of %s", s->plan.path);
}

static void say_rehearsal(const struct service *s)
{
	char *text = NULL, number[24], failed[24], good[24], ok[8] = "", when[32];
	struct json obj, image;
	uint64_t t;

	if (host_read(&s->host, REHEARSAL, TABLE_MAX, &text, &obj.n, NULL)) {
		host_say(&s->host, HOST_SAY, "rehearsal   none yet: `kdumpctl rehearse` tries the targets");
		return;
	}
	obj.p = text;
	if (json_get(obj, "image", &image))
		json_member(image, "ok", ok, sizeof(ok));
	json_member(obj, "time", number, sizeof(number));
	json_member(obj, "failed", failed, sizeof(failed));
	json_member(obj, "good", good, sizeof(good));
	if (str_u64(number, INT64_MAX, &t) == 0)
		host_say(&s->host, HOST_SAY, "rehearsal   %s: %s target(s) good, %s FAILED%s", date((int64_t)t, when),
			 good,
			 failed, strcmp(ok, "false") == 0 ? "; the image is NOT as it should be" : "");
	free(text);
}

static void say_dump(struct service *s)
{
	struct dump_entries l = { 0 };
	char dir[HOST_PATH], full[HOST_PATH], when[32], size[24];
	struct err e = { 0 };

	if (status_dump_dir(s, dir, &e) || host_path(&s->host, full, dir, &e) || dump_list(full, &l, &e)) {
		host_say(&s->host, HOST_SAY, "last dump   not known: %s", e.text);
		return;
	}
	if (l.n)
		host_say(&s->host, HOST_SAY, "last dump   %s/%s: %s, kernel %s, %s, %s", dir, l.v[0].name,
			 date(l.v[0].when, when), l.v[0].kernel[0] ? l.v[0].kernel : "unknown",
			 str_size(size, sizeof(size), l.v[0].bytes), dump_state_name(l.v[0].state));
	else
		host_say(&s->host, HOST_SAY, "last dump   none below %s", dir);
	dump_list_free(&l);
}

bool status_say(struct service *s)
{
	bool armed = kexec_loaded(&s->host);

	say_armed(s, armed);
	say_targets(s);
	say_image(s);
	say_rehearsal(s);
	service_test_say(s);
	say_dump(s);
	return armed;
}
