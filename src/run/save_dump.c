/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: the step that saves the dump.
 * What is asked for, then the same again in one thread, then the plain copy: each after the one before
 * could not do it, and none over a file that it cannot continue.
 */
#include "run/save.h"

#include "base/clock.h"
#include "base/str.h"
#include "dump/dump.h"
#include "format/copy.h"
#include "run/collect.h"
#include "run/say.h"
#include "run/target_sink.h"
#include "vmcore/vmcore.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define KEEP_FREE   (2ull << 20) /* left on the target for the report, whatever the dump needs */
#define TICK_MS     250
#define SCAN_STALLS 10   /* times the stall timeout, for the filter over pages that are not stored */
#define END_MS      5000 /* of the time limit: to end the file as a valid incomplete one */
#define TEMP        "vmcore-incomplete"
#define FILTERING   "the page filter"
#define COPY_TEMP   "vmcore-copy-incomplete" /* beside a filtered dump that broke off */

struct dump_job {
	struct run *r;
	bool again;       /* an attempt was killed: be careful */
	bool copy;        /* every byte, whatever the collector */
	const char *name; /* of the file when it is whole */
};

struct dump_say {
	struct channel *ch;
	int64_t next;
	uint64_t real;    /* pages that the vmcore stores */
	int64_t patience; /* ms for the filter to look at more than those; 0: any */
	int64_t until;    /* the end of it, 0: not begun */
};

static void warn_of_space(struct channel *ch, struct sink *out, uint64_t need)
{
	char have[24], want[24];
	uint64_t left;

	if (!(out->ops->caps & SINK_SPACE) || out->ops->space(out, &left, NULL) || left >= need + KEEP_FREE)
		return;
	channel_say(ch, MSG_WARN, "only %s free for up to %s (holes take no room): writing what fits",
		    str_size(have, sizeof(have), left), str_size(want, sizeof(want), need));
}

/* ---- the plain copy ---- */

static int copy_tick(void *arg, const struct copy_stat *st)
{
	struct dump_say *t = arg;

	if (clock_ms() < t->next)
		return 0;
	t->next = clock_ms() + TICK_MS;
	channel_progress(t->ch, st->done, st->total);
	return 0;
}

static void tell_unreadable(struct channel *ch, uint64_t bytes)
{
	if (bytes)
		channel_say(ch, MSG_WARN,
			    "%" PRIu64 " KiB of memory could not be read and are lost: the dump is marked incomplete",
			    bytes >> 10);
}

static void tell_copy(struct channel *ch, const struct copy_stat *st)
{
	channel_fact(ch, "copied_bytes", "%" PRIu64, st->done);
	channel_fact(ch, "written_bytes", "%" PRIu64, st->written);
	channel_fact(ch, "hole_bytes", "%" PRIu64, st->zero);
	channel_fact(ch, "unreadable_bytes", "%" PRIu64, st->unreadable);
	tell_unreadable(ch, st->unreadable);
	if (st->unlisted)
		channel_say(ch, MSG_WARN, "%" PRIu64 " KiB of them read as zeros: the copy has no room to list them",
			    st->unlisted >> 10);
}

static int copy_dump(struct channel *ch, const struct dump_job *job, struct source *src, struct sink *out,
		     struct err *e)
{
	const char *temp = job->copy ? COPY_TEMP : TEMP;
	struct dump_say t = { .ch = ch };
	const struct copy_opts how = { .keep_free = KEEP_FREE, .tick = copy_tick, .arg = &t };
	struct copy_stat st;
	int rc;

	warn_of_space(ch, out, src->info.file_size);
	rc = out->ops->begin(out, temp, job->name, e);
	if (rc)
		return rc;
	channel_progress(ch, 0, src->info.file_size);
	rc = copy_run(src, out, &how, &st, e);
	tell_copy(ch, &st);
	channel_progress(ch, st.done, st.total);
	if (rc) {
		(void)out->ops->abandon(out, NULL);
		return rc;
	}
	return out->ops->commit(out, st.total, e);
}

/* ---- the filtered dump ---- */

/*
 * Whether the filter looks at pages that cannot be there: more than the vmcore stores, for longer than any machine with
 * holes in its memory takes.
 */
static bool is_endless(struct dump_say *t, uint64_t pages)
{
	if (pages <= t->real || !t->patience)
		return false;
	if (!t->until)
		t->until = deadline_in(t->patience);
	return clock_ms() >= t->until;
}

static int filter_tick(void *arg, const struct dump_progress *p)
{
	struct dump_say *t = arg;
	char what[80], done[24], total[24];

	if (p->stage != DUMP_PAGES && is_endless(t, p->done)) {
		channel_say(t->ch, MSG_WARN,
			    "the page filter has looked at more pages than the vmcore stores: no end is seen");
		return -EOPNOTSUPP;
	}

	if (clock_ms() < t->next)
		return 0;
	t->next = clock_ms() + TICK_MS;
	if (p->stage == DUMP_PAGES) {
		channel_progress_out(t->ch, p->done * 4096, p->total * 4096, p->bytes);
		return 0;
	}
	(void)str_fmt(what, sizeof(what), FILTERING ", %s of %s seen",
		      str_size(done, sizeof(done), p->done * 4096),
		      str_size(total, sizeof(total), p->total * 4096));
	channel_progress(t->ch, p->done, 0);
	channel_await(t->ch, what, -1);
	return 0;
}

static void filter_note(void *arg, const char *sentence)
{
	struct dump_say *t = arg;

	channel_say(t->ch, MSG_WARN, "%s", sentence);
}

static void tell_classes(struct channel *ch, const struct filter_stat *st)
{
	static const struct {
		enum page_class class;
		const char *key;
	} fact[] = {
		{ PAGE_KERNEL, "pages_kernel" },
		{ PAGE_SLAB, "pages_slab" },
		{ PAGE_TABLE, "pages_table" },
		{ PAGE_MEMMAP, "pages_memmap" },
		{ PAGE_CACHE, "pages_cache" },
		{ PAGE_CACHE_PRIVATE, "pages_cache_private" },
		{ PAGE_USER, "pages_user" },
		{ PAGE_HUGETLB, "pages_hugetlb" },
		{ PAGE_FREE, "pages_free" },
		{ PAGE_UNACCEPTED, "pages_unaccepted" },
		{ PAGE_OFFLINE, "pages_offline" },
		{ PAGE_HWPOISON, "pages_hwpoison" },
		{ PAGE_UNKNOWN, "pages_unknown" },
	};

	for (unsigned i = 0; i < ARRAY_LEN(fact); i++)
		channel_fact(ch, fact[i].key, "%" PRIu64, st->pages[fact[i].class]);
}

static void tell_filtered(struct channel *ch, const struct dump_stat *st, uint64_t page_size)
{
	channel_fact(ch, "dump_level", "%u", st->level);
	tell_classes(ch, &st->filter);
	channel_fact(ch, "pages_kept", "%" PRIu64, st->kept);
	channel_fact(ch, "pages_written", "%" PRIu64, st->done);
	channel_fact(ch, "pages_zero", "%" PRIu64, st->zero);
	for (unsigned i = 0; i < st->ncodec; i++) {
		char key[32];

		snprintf(key, sizeof(key), "codec_%s", st->codec[i].name);
		channel_fact(ch, key, "%" PRIu64 " pages, %" PRIu64 " bytes", st->codec[i].pages, st->codec[i].out);
	}
	channel_fact(ch, "codec_switches", "%u", st->switches);
	channel_fact(ch, "order", "%s", st->important ? "important" : "pfn");
	channel_fact(ch, "threads", "%u", st->threads);
	channel_fact(ch, "passes", "%" PRIu64, st->windows);
	channel_fact(ch, "scan_ms", "%lld", (long long)st->scan_ms);
	channel_fact(ch, "pack_ms", "%lld", (long long)st->pack_us / 1000);
	channel_fact(ch, "write_ms", "%lld", (long long)st->write_us / 1000);
	channel_fact(ch, "dump_ms", "%lld", (long long)st->total_ms);
	channel_fact(ch, "copied_bytes", "%" PRIu64, st->done * page_size);
	channel_fact(ch, "file_bytes", "%" PRIu64, st->file_size);
	channel_fact(ch, "written_bytes", "%" PRIu64, st->written);
	channel_fact(ch, "unreadable_bytes", "%" PRIu64, (st->unreadable + st->lost) * page_size);
	tell_unreadable(ch, (st->unreadable + st->lost) * page_size);
}

static void filter_opts(struct dump_opts *how, const struct dump_job *job, struct dump_say *say)
{
	const struct plan_collector *c = &job->r->plan.collector;
	int64_t limit = (int64_t)job->r->args.save_timeout_s * 1000;

	*how = (struct dump_opts){
		.format = c->elf ? FORMAT_ELF : FORMAT_KDUMP,
		/* Snappy is only read: LZO is about as fast and as strong. boot_configure() has said so. */
		.codec = c->codec == CODEC_SNAPPY ? CODEC_LZO : c->codec,
		.codec_level_given = c->codec_level_given,
		.codec_level = c->codec_level,
		.nlevel = c->nlevel ? c->nlevel : 1,
		.threads = job->again ? 1 : c->threads,
		.mem_limit = c->mem_limit,
		.size_limit = c->size_limit,
		.keep_free = KEEP_FREE,
		.deadline = limit > END_MS ? deadline_in(limit - END_MS) : DEADLINE_NEVER,
		.important = c->order != ORDER_PFN,
		.temp = TEMP,
		.name = job->name,
		.tick = filter_tick,
		.note = filter_note,
		.arg = say,
	};
	memcpy(how->level, c->level, sizeof(how->level) < sizeof(c->level) ? sizeof(how->level) : sizeof(c->level));
}

static int filter_dump(struct channel *ch, const struct dump_job *job, struct source *src, struct sink *out,
		       struct err *e)
{
	struct dump_say say = {
		.ch = ch,
		.real = src->info.file_size / 4096,
		.patience = SCAN_STALLS * (int64_t)job->r->args.stall_timeout_s * 1000,
	};
	struct dump_opts how;
	struct dump_stat st;
	char memory[160];
	int rc;

	filter_opts(&how, job, &say);
	if (dump_memory(src, &how, memory, sizeof(memory)))
		channel_fact(ch, "memory", "%s", memory);
	channel_await(ch, FILTERING, -1);
	rc = dump_run(src, out, &how, &st, e);
	tell_filtered(ch, &st, src->info.page_size);
	channel_progress_out(ch, st.done * 4096, st.kept * 4096, st.written);
	return rc;
}

/* What has nothing to do with the target: the plain copy can still do it. */
static bool is_about_memory(int rc)
{
	return rc == -ENODATA || rc == -EOPNOTSUPP || rc == -ENOMEM || rc == -EINVAL;
}

static int save_to(struct channel *ch, const struct dump_job *job, struct source *src, struct sink *out,
		   struct err *e)
{
	int rc;

	if (job->copy || job->r->plan.collector.kind != COLLECT_FILTER)
		return copy_dump(ch, job, src, out, e);
	rc = filter_dump(ch, job, src, out, e);
	if (!is_about_memory(rc))
		return rc;
	channel_say(ch, MSG_WARN, "%s: every byte is copied instead", e->text);
	return copy_dump(ch, job, src, out, e);
}

/* A program's stream to a server. 1: the program could not do that, nothing was written. */
static int save_stream(struct channel *ch, struct run *r, struct target *t, struct err *e)
{
	uint64_t wrote;
	int rc = collect_stream(ch, r, target_sink(t), &wrote, e);

	channel_fact(ch, "file", "vmcore");
	if (rc == 0 || wrote)
		return rc;
	channel_say(ch, MSG_WARN, "core_collector cannot write to a server: %s; every byte is copied instead", e->text);
	return 1;
}

static int work_dump(struct channel *ch, void *arg, struct err *e)
{
	struct dump_job *job = arg;
	struct run *r = job->r;
	struct source *src = NULL;
	struct target *t = NULL;
	bool external = collect_external(&r->plan.collector);
	int rc;

	if (external && r->at.kind == TARGET_FS)
		return collect_run(ch, r, e);
	rc = target_open(&t, r, r->dir, false, e);
	if (rc)
		return rc;
	if (external && (r->at.kind == TARGET_NFS || r->at.kind == TARGET_SSH)) {
		rc = save_stream(ch, r, t, e);
		if (rc <= 0) {
			target_free(t);
			return rc;
		}
	}
	if (external && rc == 0)
		channel_say(ch, MSG_WARN, "core_collector cannot write to a raw partition; every byte is copied");
	job->name = target_dump_name(t, r);
	if (job->name)
		channel_fact(ch, "file", "%s", job->name);
	rc = job->name ? vmcore_open(&src, r->vmcore, e) : err_set(e, -ENOMEM, "no memory for a stream");
	if (rc == 0)
		rc = save_to(ch, job, src, target_sink(t), e);
	vmcore_free(src);
	target_free(t);
	return rc;
}

/* Whether the step hung in the filter, before it wrote anything: the target is not to blame. */
static bool is_filter_stuck(const struct run *r, int rc, int64_t until)
{
	return rc == -ETIMEDOUT && clock_ms() < until && !r->now.total && str_starts(r->now.await, FILTERING);
}

/* Of a step that was killed, which sends no facts: what was last heard. */
static void note_killed(struct run *r, int rc)
{
	if ((rc != -EINTR && rc != -ETIMEDOUT) || !r->now.written)
		return;
	report_number(&r->rep, "copied_bytes", r->now.done);
	report_number(&r->rep, "written_bytes", r->now.written);
}

int save_vmcore(struct run *r, struct err *e)
{
	struct dump_job job = { .r = r };
	struct step s = {
		.name = "vmcore",
		.work = work_dump,
		.arg = &job,
		.limit_ms = (int64_t)r->args.save_timeout_s * 1000,
		.stall_ms = (int64_t)r->args.stall_timeout_s * 1000,
		.rate = r->spare ? (uint64_t)r->args.min_rate_k << 10 : 0,
	};
	int64_t until = s.limit_ms > END_MS ? deadline_in(s.limit_ms - END_MS) : DEADLINE_NEVER;
	int rc = run_step(r, &s, e);

	/* Killed, not failed: the same once more over what is there. */
	if (rc == -EINTR) {
		say_fault(r, e, "; once more from the start");
		job.again = true;
		rc = run_step(r, &s, e);
	}
	if (r->plan.collector.kind == COLLECT_FILTER && (rc == -EINTR || is_filter_stuck(r, rc, until))) {
		say_fault(r, e, "; every byte is copied instead");
		job.copy = true;
		rc = run_step(r, &s, e);
	}
	note_killed(r, rc);
	return rc;
}
