/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: the service that keeps a machine armed.
 * Nothing here leaves it without a capture kernel while the one that was loaded would still do.
 */
#include "host/sysctl_words.h"
#include "host/kdumpctl.h"

#include "base/clock.h"
#include "base/str.h"
#include "conf/conf.h"
#include "host/child.h"
#include "host/kexec.h"

#include <errno.h>
#include <string.h>

#define SAVECORE_LIMIT_MS (6 * 3600000ll) /* a terabyte at 50 MB/s; as crashbox-savecore.service */

int service_open(struct service *s, struct err *e)
{
	int rc = sysconfig_read(&s->sys, &s->host, e);

	return rc ? rc : service_find(s, e);
}

void service_close(struct service *s)
{
	sysconfig_free(&s->sys);
	conf_source_free(&s->source);
	if (s->planned)
		plan_free(&s->plan);
	s->planned = false;
	memset(&s->source, 0, sizeof(s->source));
}

static void complaint(void *arg, enum conf_severity severity, unsigned line, const char *text)
{
	struct service *s = arg;

	host_say(&s->host, severity == CONF_NOTE ? HOST_NOTE : HOST_WARN, "%s:%u: %s", s->source.file, line, text);
}

int service_check(struct service *s, struct err *e)
{
	struct conf_sayer who = { .say = complaint, .arg = s };
	int rc;

	if (s->planned)
		return 0;
	rc = conf_source_read(&s->source, s->host.root, &who, e);
	if (rc)
		return rc;
	rc = conf_parse(&s->plan, s->source.text, s->source.n, &who, e);
	if (rc)
		return rc;
	s->planned = true;
	if (s->plan.refused + s->source.refused)
		return err_set(e, -EINVAL, "%s: %u line(s) refused", s->source.file,
			       s->plan.refused + s->source.refused);
	if (s->plan.force_rebuild && s->plan.force_no_rebuild)
		return err_set(e, -EINVAL, "%s: force_rebuild and force_no_rebuild exclude each other", s->source.file);
	return 0;
}

bool service_needs_net(const struct service *s)
{
	for (unsigned i = 0; s->planned && i < s->plan.ntarget; i++)
		if (s->plan.target[i].kind == TARGET_NFS || s->plan.target[i].kind == TARGET_SSH)
			return true;
	return s->planned && s->plan.fence_kdump_nodes.n;
}

/* A machine that cannot be armed is told so before anything is built. */
static int check_machine(const struct service *s, struct err *e)
{
	struct kexec_facts f;
	char why[256];

	kexec_facts(&s->host, &f);
	if (!f.known)
		return err_set(e, -ENOSYS, "this kernel has no crash dumps built in (CONFIG_CRASH_DUMP)");
	if (f.reserved == 0)
		return err_set(e, -EADDRNOTAVAIL, "%s", kexec_explain(why, sizeof(why), EADDRNOTAVAIL, &f));
	return 0;
}

/*
 * A line that the kernel would refuse at the load is refused before anything is built. Where the kernel image does not
 * say how much it takes, the load decides.
 */
static int check_line(struct service *s, struct err *e)
{
	char line[LINE_MAX_BYTES];
	int rc = service_line(s, NULL, NULL, line, e);

	if (rc)
		return rc;
	rc = service_line_fits(s, line, e);
	if (rc != -E2BIG || kexec_line_told(&s->host, s->kernel))
		return rc;
	host_say(&s->host, HOST_WARN, "%s", e->text);
	return 0;
}

static bool must_build(struct service *s)
{
	char id[128];

	service_identity(s, s->image, id);
	if (strcmp(id, "-") == 0 || s->plan.force_rebuild)
		return true;
	return !s->plan.force_no_rebuild && !service_fresh(s);
}

void service_recover(const struct service *s)
{
	const char *const argv[] = { s->self, "savecore", NULL };
	struct child_ask ask = { .argv = argv, .limit_ms = SAVECORE_LIMIT_MS };
	struct err e = { 0 };
	int rc = child_run(&ask, &e);

	if (rc)
		host_say(&s->host, HOST_WARN, "not all dumps were recovered: %s; `crashbox savecore` goes on",
			 rc < 0 ? e.text : "see above");
}

/* An image of before may lie in the other of the two places, when /boot was, or is, read-only. */
static bool find_old(struct service *s)
{
	char id[128];

	service_identity(s, s->image, id);
	if (strcmp(id, "-") == 0) {
		if (service_other_image(s))
			return false;
		service_identity(s, s->image, id);
	}
	return strcmp(id, "-") != 0;
}

/* Settings that make a machine crash are of use once it is armed. */
static void set_sysctl(const struct service *s)
{
	if (s->sys.file)
		sysctl_words_set(&s->host, s->sys.file, sysconfig_get(&s->sys, "KDUMP_SYSCTL"));
}

/*
 * Configuration or build were refused, and nothing is loaded: an image of before is better than none. At boot it
 * is often only a server that cannot be reached yet.
 */
static void arm_with_old(struct service *s)
{
	struct err e = { 0 };
	bool done;

	if (kexec_loaded(&s->host) || !find_old(s))
		return;
	if (service_load(s, false, NULL, &done, &e))
		host_say(&s->host, HOST_WARN, "the image of before could not be loaded either: %s", e.text);
	else {
		host_say(&s->host, HOST_WARN, "armed with the image of before: what was changed since "
					      "does not hold yet");
		set_sysctl(s);
	}
}

/* Image and load; the lock is held. */
static int arm(struct service *s, enum service_build how, bool build, struct err *e)
{
	bool changed = false, done = false;
	int rc;

	if (!s->kernel[0])
		return service_load(s, false, NULL, &done, e);
	rc = check_line(s, e);
	if (rc) /* the image of before would get the same line */
		return rc;
	if (build)
		rc = service_build(s, how, &changed, e);
	if (rc) {
		arm_with_old(s);
		return rc;
	}
	rc = service_load(s, false, NULL, &done, e);
	service_settle(s, rc == 0 || !kexec_loaded(&s->host));
	if (rc)
		return rc;
	host_say(&s->host, HOST_SAY, "armed: kernel %s, image %s%s", s->version, s->image,
		 done ? "" : " (was loaded already)");
	set_sysctl(s);
	if (!changed)
		service_try(s); /* mkinitrd.sh has tried those of an image that it built */
	return 0;
}

/* With the lock; what fails leaves the old load where it is, and says so. */
static int prepare_and_arm(struct service *s, enum service_build how, struct err *e)
{
	bool was = kexec_loaded(&s->host);
	int rc = check_machine(s, e);

	if (rc)
		return rc;
	rc = service_check(s, e);
	if (rc)
		arm_with_old(s);
	else
		rc = arm(s, how, how == BUILD_ALL || must_build(s), e);
	if (rc && was && kexec_loaded(&s->host))
		host_say(&s->host, HOST_NOTE, "what was loaded before stays loaded");
	return rc;
}

int service_start(struct service *s, const struct service_how *how, struct err *e)
{
	struct service_lock lock;
	int rc = service_lock(s, how->wait_ms, &lock, e);

	if (rc)
		return rc;
	rc = prepare_and_arm(s, BUILD_NEEDED, e);
	service_unlock(&lock);
	return rc;
}

int service_rebuild(struct service *s, const struct service_how *how, struct err *e)
{
	struct service_lock lock;
	bool changed;
	int rc = service_check(s, e);

	if (rc == 0 && s->kernel[0] && kexec_loaded(&s->host))
		rc = check_line(s, e);
	if (rc)
		return rc;
	rc = service_lock(s, how->wait_ms, &lock, e);
	if (rc)
		return rc;
	rc = service_build(s, BUILD_ALL, &changed, e);
	service_settle(s, true);
	if (rc == 0 && kexec_loaded(&s->host))
		rc = prepare_and_arm(s, BUILD_NEEDED, e);
	service_unlock(&lock);
	return rc;
}

/* After CPUs or memory came or went: neither configuration nor image are looked at. */
int service_reload(struct service *s, const struct service_how *how, struct err *e)
{
	struct service_loaded l;
	struct service_lock lock;
	int64_t asked = clock_ms();
	bool done = false;
	int rc = service_lock(s, how->wait_ms, &lock, e);

	if (rc)
		return rc;
	service_loaded(s, &l);
	if (l.when_ms > asked && kexec_loaded(&s->host)) {
		service_unlock(&lock);
		return 0; /* somebody loaded while this one waited: that load has seen it all */
	}
	if (service_check(s, NULL))
		host_say(&s->host, HOST_NOTE, "the configuration has faults; the image is loaded as it is");
	rc = check_machine(s, e);
	if (rc == 0)
		rc = service_load(s, true, NULL, &done, e);
	service_unlock(&lock);
	return rc;
}

int service_stop(struct service *s, const struct service_how *how, struct err *e)
{
	struct service_lock lock;
	int rc = service_lock(s, how->wait_ms, &lock, e);

	if (rc)
		return rc;
	rc = kexec_loaded(&s->host) ? kexec_unload(e) : 0;
	if (rc == 0 && kexec_loaded(&s->host))
		rc = err_set(e, -EIO, "the kernel took the call, but says that a capture kernel is still loaded");
	if (rc == 0)
		host_say(&s->host, HOST_SAY, "not armed: the capture kernel is unloaded");
	service_unlock(&lock);
	return rc;
}
