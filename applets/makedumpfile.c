/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * applets: makedumpfile, a dump made smaller.
 * The options, exit codes and messages people know; the work is src/dump's.
 */
#include "applet.h"

#include "base/bytes.h"
#include "base/clock.h"
#include "base/fdio.h"
#include "base/str.h"
#include "codec/codec.h"
#include "conf/conf.h"
#include "conf/mdf_args.h"
#include "dump/dump.h"
#include "dump/ranges.h"
#include "dump/rebuild.h"
#include "dump/tell.h"
#include "sink/sink_flat.h"
#include "sink/sink_path.h"
#include "sink/sink_stream.h"
#include "version.h"
#include "vmcore/klog.h"
#include "vmcore/source.h"
#include "vmcore/told.h"
#include "vmcore/vmcore.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXIT_RELEASE  2          /* the vmcoreinfo given is of another kernel */
#define INFO_MAX      (1u << 20) /* bytes of a vmcoreinfo file */
#define BLOCK_DEFAULT 64         /* --split: pages that a file begins on a multiple of */

/* Milliseconds between two lines of progress. */
#define EVERY_TTY  250
#define EVERY_JSON 1000
#define EVERY_LINE 10000

extern const struct applet applet_makedumpfile;

struct job {
	struct mdf_args a;
	FILE *to; /* what is no error; standard error with -F, whose output is the dump */
	struct source *src;
	struct tell_pace pace;
	int64_t next; /* clock_ms() of the next line of progress */
	bool open;    /* the terminal's line is not ended */
};

static void end_line(struct job *j)
{
	if (j->open)
		fputc('\n', stderr);
	j->open = false;
}

static void say(struct job *j, unsigned kind, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static void say(struct job *j, unsigned kind, const char *fmt, ...)
{
	va_list ap;

	if (!(j->a.say & kind))
		return;
	end_line(j);
	va_start(ap, fmt);
	applet_vprint(j->to, fmt, ap);
	va_end(ap);
	fflush(j->to);
}

static int fail(struct job *j, const char *sentence)
{
	char line[2 * TELL_SENTENCE];

	end_line(j);
	if (j->a.progress == MDF_PROGRESS_JSON)
		fprintf(stderr, "%s\n", tell_sentence_json(line, sizeof(line), "error", sentence));
	else if (j->a.say & MDF_SAY_ERROR)
		applet_print(stderr, "crashbox makedumpfile: %s\n", sentence);
	return EXIT_FAILED;
}

/* src/dump's remarks: what was switched off, which level follows. */
static void note(void *arg, const char *sentence)
{
	struct job *j = arg;
	char line[2 * TELL_SENTENCE];

	end_line(j);
	if (j->a.progress == MDF_PROGRESS_JSON)
		fprintf(stderr, "%s\n", tell_sentence_json(line, sizeof(line), "note", sentence));
	else if (j->a.say & (MDF_SAY_COMMON | MDF_SAY_ERROR))
		applet_print(stderr, "crashbox makedumpfile: note: %s\n", sentence);
}

/* The signals that end a dump early are blocked and asked for, so that the file is brought to an end. */
static bool interrupted(void)
{
	sigset_t pending;

	return sigpending(&pending) == 0 && (sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1);
}

static void hold_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

static uint64_t page_size(const struct job *j)
{
	return j->src->info.page_size ? j->src->info.page_size : 4096;
}

static int tick(void *arg, const struct dump_progress *p)
{
	struct job *j = arg;
	enum mdf_progress how = j->a.progress;
	int64_t now = clock_ms();
	struct tell_view v = tell_view(&j->pace, p, page_size(j), now);
	char line[TELL_LINE * 2];

	if (interrupted())
		return -EINTR;
	if (how == MDF_PROGRESS_NONE || !(j->a.say & MDF_SAY_PROGRESS) || now < j->next)
		return 0;
	if (how == MDF_PROGRESS_JSON)
		fprintf(stderr, "%s\n", tell_json(line, sizeof(line), &v));
	else if (how == MDF_PROGRESS_TTY)
		fprintf(stderr, "\r%-78s", tell_line(line, sizeof(line), &v));
	else
		fprintf(stderr, "%s\n", tell_line(line, sizeof(line), &v));
	j->open = how == MDF_PROGRESS_TTY;
	j->next = now + (how == MDF_PROGRESS_JSON ? EVERY_JSON : how == MDF_PROGRESS_TTY ? EVERY_TTY
											 : EVERY_LINE);
	return 0;
}

/* -i: vmcoreinfo for a dump without. 0, EXIT_FAILED, EXIT_RELEASE. */
static int tell_source(struct job *j)
{
	const char *own;
	struct err e = { 0 };
	char *text = NULL;
	size_t n;
	int rc;

	if (j->src->info.vmcoreinfo_len) {
		note(j, "-i is not used: the dump has vmcoreinfo of its own");
		return EXIT_OK;
	}
	rc = file_read(j->a.vmcoreinfo, INFO_MAX, &text, &n, &e);
	if (rc == 0)
		rc = told_wrap(&j->src, text, n, &e);
	free(text);
	if (rc)
		return fail(j, e.text);
	own = j->src->info.uts.release;
	if (strcmp(own, j->src->info.osrelease) != 0) {
		char sentence[256];

		snprintf(sentence, sizeof(sentence), "%.80s is of kernel %s, the dump of %s", j->a.vmcoreinfo,
			 j->src->info.osrelease, own);
		fail(j, sentence);
		return EXIT_RELEASE;
	}
	return EXIT_OK;
}

static int open_source(struct job *j)
{
	const struct dump_info *info;
	struct err e = { 0 };
	char size[32];

	if (source_open(&j->src, j->a.file, 1, &codec_unpack, &e))
		return fail(j, e.text);
	if (j->a.vmcoreinfo) {
		int rc = tell_source(j);

		if (rc)
			return rc;
	}
	info = &j->src->info;
	say(j, MDF_SAY_DEBUG, "kernel %s, machine %s, page size %" PRIu64 ", %u segments, last pfn %" PRIu64 "\n",
	    info->osrelease, info->uts.machine, info->page_size, info->nsegment, info->max_pfn);
	say(j, MDF_SAY_DEBUG, "%s of vmcoreinfo, level of the input %u, %s\n",
	    str_size(size, sizeof(size), info->vmcoreinfo_len), info->level,
	    info->incomplete ? "incomplete" : "complete");
	return EXIT_OK;
}

/* The codec and its level can be had; said before anything is opened. */
static int check_codec(struct job *j)
{
	const struct plan_collector *how = &j->a.how;
	const struct codec *c = how->codec == CODEC_AUTO ? NULL : codec_find(how->codec);
	char sentence[160];

	if (how->codec == CODEC_AUTO)
		return EXIT_OK;
	if (!c) {
		snprintf(sentence, sizeof(sentence), "%s is not written by this program", conf_codec_name(how->codec));
		return fail(j, sentence);
	}
	if (how->codec_level_given && (how->codec_level < c->level_min || how->codec_level > c->level_max)) {
		snprintf(sentence, sizeof(sentence), "%s has levels from %d to %d", c->name, c->level_min,
			 c->level_max);
		return fail(j, sentence);
	}
	return EXIT_OK;
}

static int open_file(struct job *j, const char *path, char name[SINK_PATH_NAME], struct sink **ret, struct err *e)
{
	const struct sink_path how = { j->a.force, j->a.file, j->a.nfile };

	return sink_path_open(ret, path, &how, name, e);
}

static int open_stdout(struct sink **ret, struct err *e)
{
	struct sink *s = NULL;
	int rc;

	if (isatty(STDOUT_FILENO))
		return err_set(e, -EINVAL, "standard output is a terminal: send it to a file or a pipe");
	rc = sink_stream_open(&s, STDOUT_FILENO, "standard output", e);
	if (rc)
		return rc;
	rc = sink_flat_wrap(&s, e);
	if (rc)
		s->ops->free(s);
	else
		*ret = s;
	return rc;
}

static struct dump_opts options(struct job *j)
{
	const struct plan_collector *how = &j->a.how;
	struct dump_opts o = {
		.format = how->elf ? FORMAT_ELF : FORMAT_KDUMP,
		.codec = how->codec,
		.codec_level_given = how->codec_level_given,
		.codec_level = how->codec_level,
		.nlevel = how->nlevel,
		.threads = how->threads,
		.mem_limit = how->mem_limit,
		.size_limit = how->size_limit,
		.deadline = DEADLINE_NEVER,
		/* A flattened stream of many rounds has many small records. */
		.important = how->order == ORDER_IMPORTANT || (how->order == ORDER_DEFAULT && !how->flat && !how->elf),
		.tick = tick,
		.note = note,
		.arg = j,
	};

	memcpy(o.level, how->level, sizeof(o.level));
	return o;
}

static void report(struct job *j, const struct dump_stat *st, const char *result)
{
	char *text = malloc(TELL_TEXT);

	if (!text)
		return;
	end_line(j);
	if (j->a.progress == MDF_PROGRESS_JSON)
		fprintf(stderr, "%s\n", tell_report_json(text, TELL_TEXT, st, page_size(j), result));
	if (j->a.show_stats || (j->a.say & (MDF_SAY_REPORT | MDF_SAY_DEBUG)))
		fprintf(j->to, "%s", tell_report(text, TELL_TEXT, st, page_size(j)));
	free(text);
}

static int dump_to(struct job *j, struct sink *out, const struct dump_opts *o, const char *name)
{
	struct dump_stat st = { 0 };
	struct err e = { 0 };
	char size[32], sentence[TELL_SENTENCE];
	int rc = dump_run(j->src, out, o, &st, &e);

	report(j, &st, rc == 0 && !st.incomplete ? "complete" : st.done ? "incomplete"
									: "failed");
	if (rc)
		return fail(j, tell_broken(sentence, sizeof(sentence), name, &st, e.text));
	say(j, MDF_SAY_COMMON, "%s: %" PRIu64 " pages, %s, dump level %u, %" PRId64 ".%" PRId64 " s\n", name, st.done,
	    str_size(size, sizeof(size), st.file_size), st.level, st.total_ms / 1000, st.total_ms % 1000 / 100);
	return st.incomplete ? fail(j, tell_lost(sentence, sizeof(sentence), name, &st)) : EXIT_OK;
}

static int dry_run(struct job *j)
{
	struct dump_opts o = options(j);
	struct dump_stat st = { 0 };
	struct err e = { 0 };
	char size[32];

	o.count_zero = (o.level[0] & LEVEL_ZERO) != 0;
	if (dump_count(j->src, &o, &st, &e))
		return fail(j, e.text);
	report(j, &st, "counted");
	say(j, MDF_SAY_COMMON, "nothing written: the dump would have %" PRIu64 " pages, %s before compression\n",
	    st.kept,
	    str_size(size, sizeof(size),
		     (st.kept - st.zero) * page_size(j)));
	return EXIT_OK;
}

static int dump(struct job *j)
{
	struct dump_opts o = options(j);
	const char *name = j->a.how.flat ? "standard output" : j->a.file[1];
	struct sink *out = NULL;
	struct err e = { 0 };
	char base[SINK_PATH_NAME], sentence[TELL_SENTENCE];
	int rc = open_source(j);

	if (rc)
		return rc;
	if (j->src->info.incomplete)
		note(j, tell_input(sentence, sizeof(sentence), &j->src->info));
	if (j->a.dry_run)
		return dry_run(j);
	o.temp = o.name = j->a.how.flat ? "dump" : base;
	rc = j->a.how.flat ? open_stdout(&out, &e) : open_file(j, name, base, &out, &e);
	if (rc)
		return fail(j, e.text);
	rc = dump_to(j, out, &o, name);
	out->ops->free(out);
	return rc;
}

static int split_one(struct job *j, const char *name, struct dump_opts *o)
{
	struct sink *out = NULL;
	struct err e = { 0 };
	char base[SINK_PATH_NAME];
	int rc;

	if (open_file(j, name, base, &out, &e))
		return fail(j, e.text);
	o->temp = o->name = base;
	rc = dump_to(j, out, o, name);
	out->ops->free(out);
	return rc;
}

/* One file after the other: each has all threads. One that fails leaves the others as they are. */
static int split(struct job *j)
{
	struct dump_opts o = options(j);
	uint64_t bound[MDF_FILES + 1], align = BLOCK_DEFAULT;
	unsigned n = j->a.nfile - 1;
	char sentence[TELL_SENTENCE];
	struct err e = { 0 };
	int rc = open_source(j), worst = EXIT_OK;

	if (rc)
		return rc;
	if (j->src->info.incomplete)
		note(j, tell_input(sentence, sizeof(sentence), &j->src->info));
	if (j->a.dry_run)
		return dry_run(j);
	if (j->a.split_block)
		align = align_up(j->a.split_block / page_size(j), 64);
	if (ranges_make(j->src, o.level[0], n, align ? align : BLOCK_DEFAULT, bound, &e))
		return fail(j, e.text);
	o.split = true;
	for (unsigned i = 0; i < n && !interrupted(); i++) {
		o.from = bound[i];
		o.to = bound[i + 1];
		rc = split_one(j, j->a.file[1 + i], &o);
		worst = rc ? rc : worst;
	}
	return interrupted() ? EXIT_FAILED : worst;
}

/* -R and --reassemble: a plain file of pieces. */
static int rebuild(struct job *j)
{
	const char *name = j->a.file[j->a.nfile - 1];
	struct rebuild_stat st = { 0 };
	struct sink *out = NULL;
	char base[SINK_PATH_NAME], size[32], sentence[TELL_SENTENCE];
	struct rebuild_worth worth = { .lost = 0 };
	struct err e = { 0 };
	int rc = open_file(j, name, base, &out, &e);

	if (rc)
		return fail(j, e.text);
	if (j->a.command == MDF_REBUILD)
		rc = rebuild_run(STDIN_FILENO, out, base, base, &st, &e);
	else
		rc = reassemble_run(j->a.file, j->a.nfile - 1, out, base, &st, &e);
	out->ops->free(out);
	if (rc)
		err_add(&e, rc, "%s", name);
	if (rc)
		return fail(j, e.text);
	if (j->a.command != MDF_REBUILD)
		worth = (struct rebuild_worth){ .incomplete = st.incomplete, .lost = st.lost };
	else if (rebuild_judge(name, &worth, &e))
		return fail(j, e.text);
	say(j, MDF_SAY_COMMON, "%s: %s\n", name, str_size(size, sizeof(size), st.size));
	if (!worth.incomplete)
		return EXIT_OK;
	return fail(j, tell_pieces(sentence, sizeof(sentence), name, worth.lost, worth.why));
}

static int put_log(void *arg, const char *text, size_t n, struct err *e)
{
	int rc = fd_write(*(const int *)arg, text, n);

	errno = -rc;
	return rc ? err_sys(e, "write the kernel log") : 0;
}

static int dump_log(struct job *j)
{
	int fd = STDOUT_FILENO, rc = open_source(j);
	struct klog_out out = { .emit = put_log, .arg = &fd, .since_clear = j->a.partial };
	struct klog_stat st = { 0 };
	struct err e = { 0 };

	if (rc)
		return rc;
	if (!j->a.how.flat) {
		const struct sink_path how = { j->a.force, j->a.file, j->a.nfile };

		rc = sink_path_create(&fd, j->a.file[1], &how, &e);
	}
	if (rc == 0)
		rc = klog_read(j->src, &out, &st, &e);
	if (fd > STDOUT_FILENO && close(fd) && rc == 0)
		rc = err_sys(&e, "write the kernel log");
	if (rc)
		return fail(j, e.text);
	if (st.bad)
		note(j, "damaged records of the kernel log were left out or cut");
	if (!j->a.how.flat)
		say(j, MDF_SAY_COMMON, "%s: the kernel log, %u records\n", j->a.file[1], st.records);
	return EXIT_OK;
}

/* What each level would leave out of the memory of the kernel that runs. */
static int mem_usage(struct job *j)
{
	struct dump_stat st = { 0 };
	struct dump_opts o = options(j);
	struct err e = { 0 };
	char *text;
	int rc = open_source(j);

	if (rc)
		return rc;
	o.nlevel = 1;
	o.level[0] = LEVEL_MAX;
	o.count_zero = true;
	text = malloc(TELL_TEXT);
	if (!text || dump_count(j->src, &o, &st, &e)) {
		free(text);
		return fail(j, text ? e.text : "no memory");
	}
	end_line(j);
	fputs(tell_usage(text, TELL_TEXT, &st, page_size(j)), j->to);
	free(text);
	return EXIT_OK;
}

static int help(void)
{
	printf("Usage: crashbox %s %s\n\n%s", applet_makedumpfile.name, applet_makedumpfile.synopsis,
	       applet_makedumpfile.help);
	return EXIT_OK;
}

static int work(struct job *j)
{
	switch (j->a.command) {
	case MDF_DUMP:
		return dump(j);
	case MDF_SPLIT:
		return split(j);
	case MDF_REBUILD:
	case MDF_REASSEMBLE:
		return rebuild(j);
	case MDF_DMESG:
		return dump_log(j);
	case MDF_MEM_USAGE:
		return mem_usage(j);
	default:
		return EXIT_FAILED;
	}
}

static void warn_user(void *arg, const char *text)
{
	(void)arg;
	fprintf(stderr, "crashbox makedumpfile: warning: %s\n", text);
}

static int makedumpfile_main(int argc, char **argv)
{
	const struct mdf_caller who = { .conf = false, .warn = warn_user };
	struct job j = { .src = NULL };
	struct err e = { 0 };
	int rc;

	if (mdf_parse(&j.a, (unsigned)argc - 1, (const char *const *)argv + 1, &who, &e)) {
		j.a.say |= MDF_SAY_ERROR;
		fail(&j, e.text);
		fprintf(stderr, "Usage: crashbox makedumpfile %s; -h lists the options\n",
			applet_makedumpfile.synopsis);
		return EXIT_FAILED;
	}
	if (j.a.command == MDF_VERSION)
		return puts("makedumpfile: crashbox " CRASHBOX_VERSION ", zlib, lzo, zstd; snappy is read") < 0;
	if (j.a.command == MDF_HELP)
		return help();
	j.to = j.a.how.flat ? stderr : stdout;
	if (j.a.progress == MDF_PROGRESS_AUTO && isatty(STDERR_FILENO))
		j.a.progress = MDF_PROGRESS_TTY;
	rc = check_codec(&j);
	if (rc || j.a.check_params)
		return rc;
	if (j.a.progress == MDF_PROGRESS_AUTO)
		j.next = clock_ms() + EVERY_LINE;
	if (j.a.command == MDF_DUMP || j.a.command == MDF_SPLIT || j.a.command == MDF_MEM_USAGE)
		hold_signals(); /* those that look, see interrupted() */
	rc = work(&j);
	if (j.src)
		j.src->ops->free(j.src);
	return rc;
}

const struct applet applet_makedumpfile = {
	.name = "makedumpfile",
	.synopsis = "[OPTIONS] VMCORE DUMPFILE",
	.help = "make a dump smaller: leave pages out, compress\n"
		"  VMCORE              " VMCORE_PATH " or any dump: ELF, kdump-compressed, flattened\n"
		"  -d N[,M...]         leave out, a sum: 1 zero, 2 cache, 4 private cache, 8 user, 16 free;\n"
		"                      with more than one: the next when the target is full\n"
		"  -c | -l | -z        compress with zlib, lzo, zstd; --codec=auto|zlib|lzo|zstd|none[:LEVEL]\n"
		"  -E                  write ELF; -F write a flattened dump to standard output\n"
		"  -f                  overwrite DUMPFILE\n"
		"  -L SIZE             end there, as on a full target\n"
		"  -i FILE             vmcoreinfo for a VMCORE without\n"
		"  --num-threads N     default: as many as there are CPUs\n"
		"  --order=pfn|important  what a debugger needs most goes first\n"
		"  --mem-limit=SIZE    memory to use at most\n"
		"  --split VMCORE F1 F2...      several files; --splitblock-size KIB\n"
		"  --reassemble F1 F2... FILE   one file of them\n"
		"  -R FILE             make a file of a flattened dump on standard input\n"
		"  --dump-dmesg | --partial-dmesg VMCORE FILE   the kernel log, or that since the last clear\n"
		"  --mem-usage /proc/kcore      pages by kind of the running kernel\n"
		"  --dry-run | --check-params   write nothing; --show-stats\n"
		"  --progress=json|tty|none, --message-level N  a sum: 1 progress, 2 common, 4 error,\n"
		"                      8 debug, 16 report; default 7; -D adds 8\n"
		"  -v, -h\n"
		"Exit code: 0 done, 1 failed, incomplete or wrong options, 2 -i is of another kernel\n",
	.main = makedumpfile_main,
};
