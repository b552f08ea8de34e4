/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the steps that let old dumps go.
 * The rules travel in the image; without them all dumps stay, but for those in the middle of a boot loop.
 */
#include "run/retain_step.h"

#include "base/fdio.h"
#include "base/str.h"
#include "codec/codec.h"
#include "conf/settings.h"
#include "dump/retain.h"
#include "run/say.h"
#include "vmcore/source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define RETAIN_LIMIT_MS 60000

struct retain_job {
	char dir[512];       /* of the dump, cut in front of its name */
	const char *current; /* its name */
	uint64_t need;
};

static int read_rules(struct retain_rules *ret, struct err *e)
{
	char *text = NULL;
	size_t n = 0;
	int rc = file_read(SETTINGS_FILE, CONF_MAX, &text, &n, e);

	settings_default(ret);
	if (rc == 0)
		rc = settings_parse(ret, text, n, NULL, e);
	free(text);
	return rc == -ENOENT ? 0 : rc;
}

static void tell(void *arg, const struct retain_dump *d)
{
	channel_say(arg, MSG_SAY, "old dump %s: %s", d->name,
		    d->verdict == RETAIN_THIN ? "its vmcore is deleted, its log stays" : "deleted");
	channel_progress(arg, 0, 0);
}

/* In the step's child: an old dump that breaks the parser ends this step, and all dumps stay. */
static bool is_whole(void *arg, int fd, const char *file)
{
	struct source *s = NULL;
	bool whole;

	channel_progress(arg, 0, 0);
	if (source_from(&s, fd, file, &codec_unpack, NULL))
		return false;
	whole = !s->info.incomplete;
	s->ops->free(s);
	return whole;
}

static int work_retain(struct channel *ch, void *arg, struct err *e)
{
	const struct retain_job *job = arg;
	const struct retain_ask ask = {
		.current = job->current, .need = job->need, .tell = tell, .judge = is_whole, .arg = ch
	};
	struct retain_done done;
	struct retain_rules rules;
	int rc = read_rules(&rules, e);

	if (rc == 0)
		rc = retain_run(&done, job->dir, &rules, &ask, e);
	if (rc == -EOPNOTSUPP) /* a shared directory has no rules here */
		return 0;
	if (rc == 0 && (done.removed || done.thinned))
		channel_fact(ch, "old_dumps_deleted", "%u", done.removed + done.thinned);
	return rc;
}

static void retain(struct run *r, uint64_t need)
{
	struct retain_job job = { .need = need };
	struct step s = { .name = "old dumps", .work = work_retain, .arg = &job, .limit_ms = RETAIN_LIMIT_MS };
	struct err e = { 0 };
	char *slash;

	if (r->at.kind != TARGET_FS || str_fmt(job.dir, sizeof(job.dir), "%s", r->dir))
		return;
	slash = strrchr(job.dir, '/');
	if (!slash)
		return;
	*slash = '\0';
	job.current = slash + 1;
	if (run_step(r, &s, &e))
		say_fault(r, &e, "; the others stay");
}

void retain_before(struct run *r)
{
	const struct plan_collector *c = &r->plan.collector;
	/* What is filtered and compressed is mostly less than a quarter of the memory. */
	bool filter = c->kind == COLLECT_FILTER && (c->level[0] || c->nlevel > 1);

	if (r->vmcore_bytes)
		retain(r, filter ? r->vmcore_bytes / 4 : r->vmcore_bytes);
}

void retain_after(struct run *r)
{
	retain(r, 0);
}
