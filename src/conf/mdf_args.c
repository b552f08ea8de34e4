/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conf: makedumpfile's options.
 * What is read silently wrong elsewhere is refused: a level that is no number, a codec that is not there.
 */
#include "conf/mdf_args.h"

#include "base/str.h"
#include "conf/conf.h"
#include "conf/ctx.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define LONG_NAMES 64

/* One reading. */
struct reader {
	struct mdf_args *ret;
	const struct mdf_caller *who;
	const char *const *word;
	unsigned n, at;     /* words; the next one */
	const char *self;   /* in front of an option in a sentence */
	const char *chosen; /* the option that gave `command`, or NULL */
	struct err *e;
};

static const char *dashes(const struct mdf_option *o)
{
	return o->name[1] ? "--" : "-";
}

static void advise(const struct reader *r, const char *text)
{
	char safe[ERR_TEXT_MAX];

	if (r->who->warn)
		r->who->warn(r->who->arg, str_safe(safe, sizeof(safe), text));
}

static int refuse_level(struct reader *r, const char *text)
{
	const char *digits = text + strcspn(text, "0123456789");
	size_t n = strspn(digits, "0123456789");
	char number[4];
	uint64_t v;

	if (digits > text && n && n < sizeof(number) && !digits[n]) {
		snprintf(number, sizeof(number), "%.*s", (int)n, digits);
		if (!str_u64(number, 31, &v))
			return err_set(r->e, -EINVAL,
				       "'-d %.60s' is not a number, makedumpfile takes it as 0: write '-d %s'", text,
				       number);
	}
	return err_set(r->e, -EINVAL, "'-d %.60s': expected a dump level from 0 to 31, or several as 31,17", text);
}

static int take_levels(struct reader *r, const char *text)
{
	struct plan_collector *how = &r->ret->how;
	const char *s = text;
	unsigned n = 0;

	for (;;) {
		size_t len = strcspn(s, ",");
		char number[8];
		uint64_t v;

		snprintf(number, sizeof(number), "%.*s", (int)(len < 8 ? len : 7), s);
		if (str_u64(number, 31, &v))
			return refuse_level(r, text);
		if (n == PLAN_LEVELS)
			return err_set(r->e, -EINVAL, "'-d %.60s': more than %u dump levels", text, PLAN_LEVELS);
		how->level[n++] = (uint8_t)v;
		if (!s[len])
			break;
		s += len + 1;
	}
	how->nlevel = n;
	return 0;
}

static void set_codec(struct reader *r, enum plan_codec codec, const char *option)
{
	struct plan_collector *how = &r->ret->how;
	char text[160];

	if (how->codec != CODEC_NONE && how->codec != codec) {
		snprintf(text, sizeof(text), "%stwo compressions, the last one counts: %s (%s)",
			 r->who->conf ? "makedumpfile: " : "", option, conf_codec_name(codec));
		advise(r, text);
	}
	how->codec = codec;
	how->codec_level_given = false;
}

static void take_letter(struct reader *r, char letter)
{
	const char option[] = { '-', letter, '\0' };

	switch (letter) {
	case 'c':
		set_codec(r, CODEC_ZLIB, option);
		break;
	case 'z':
		set_codec(r, CODEC_ZSTD, option);
		break;
	case 'p': /* only a configuration gets here; conf/builtin.h says what becomes of it */
		set_codec(r, CODEC_SNAPPY, option);
		break;
	default:
		set_codec(r, CODEC_LZO, option);
	}
}

static int take_codec_level(struct reader *r, enum plan_codec codec, const char *text)
{
	bool minus = *text == '-';
	uint64_t v;

	if (codec != CODEC_ZLIB && codec != CODEC_ZSTD)
		return err_set(r->e, -EINVAL, "'--codec=%s:%.40s': %s has no levels", conf_codec_name(codec), text,
			       conf_codec_name(codec));
	if (str_u64(text + minus, 99, &v))
		return err_set(r->e, -EINVAL, "'--codec=%s:%.40s': expected a number behind the colon",
			       conf_codec_name(codec), text);
	r->ret->how.codec_level = minus ? -(int)v : (int)v;
	r->ret->how.codec_level_given = true;
	return 0;
}

static int take_codec_name(struct reader *r, const char *text)
{
	static const enum plan_codec known[] = { CODEC_AUTO, CODEC_ZLIB, CODEC_LZO, CODEC_ZSTD, CODEC_NONE };
	size_t n = strcspn(text, ":");
	char option[48];

	if (n == 6 && strncmp(text, "snappy", n) == 0)
		return err_set(r->e, -EINVAL, "'--codec=%.60s': snappy is read here and not written", text);
	for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
		const char *name = conf_codec_name(known[i]);

		if (strlen(name) != n || strncmp(name, text, n) != 0)
			continue;
		snprintf(option, sizeof(option), "--codec=%s", name);
		set_codec(r, known[i], option);
		return text[n] ? take_codec_level(r, known[i], text + n + 1) : 0;
	}
	return err_set(r->e, -EINVAL,
		       "'--codec=%.60s': expected auto, zlib, lzo, zstd or none; zlib and zstd may have a level as "
		       "zstd:3",
		       text);
}

static int take_order(struct reader *r, const char *text)
{
	if (strcmp(text, "pfn") == 0)
		r->ret->how.order = ORDER_PFN;
	else if (strcmp(text, "important") == 0)
		r->ret->how.order = ORDER_IMPORTANT;
	else
		return err_set(r->e, -EINVAL, "'--order=%.60s': expected pfn or important", text);
	return 0;
}

static int take_progress(struct reader *r, const char *text)
{
	static const char *const name[] = {
		[MDF_PROGRESS_NONE] = "none",
		[MDF_PROGRESS_TTY] = "tty",
		[MDF_PROGRESS_JSON] = "json",
	};

	for (unsigned i = MDF_PROGRESS_NONE; i < ARRAY_LEN(name); i++)
		if (strcmp(text, name[i]) == 0) {
			r->ret->progress = (enum mdf_progress)i;
			return 0;
		}
	return err_set(r->e, -EINVAL, "'--progress=%.60s': expected json, tty or none", text);
}

static int take_number(struct reader *r, const struct mdf_option *o, const char *text, uint64_t max, uint64_t *ret)
{
	if (str_u64(text, max, ret))
		return err_set(r->e, -EINVAL, "'%s%s %.60s': expected a number from 0 to %llu", dashes(o), o->name,
			       text,
			       (unsigned long long)max);
	return 0;
}

int mdf_size(const char *text, uint64_t *ret)
{
	static const char unit[] = "KMGTPE";
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	size_t n = hex ? 2 + strspn(text + 2, "0123456789abcdefABCDEF") : strspn(text, "0123456789");
	uint64_t v = 0, base = hex ? 16 : 10;
	unsigned shift = 0;

	if (n == (hex ? 2 : 0))
		return -EINVAL;
	for (size_t i = hex ? 2 : 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];
		uint64_t digit = c <= '9' ? c - '0' * 1u : (c | 0x20u) - 'a' + 10u;

		if (__builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, digit, &v))
			return -ERANGE;
	}
	if (text[n]) {
		/* an upper-case letter for either case; digits and signs are none of them */
		const char *at = strchr(unit, text[n] & ~0x20);

		if (!at || !*at || text[n + 1])
			return -EINVAL;
		shift = 10 * (unsigned)(at - unit + 1);
	}
	if (v > UINT64_MAX >> shift)
		return -ERANGE;
	*ret = v << shift;
	return 0;
}

static int take_size(struct reader *r, const struct mdf_option *o, const char *text, uint64_t *ret)
{
	if (mdf_size(text, ret) || *ret == 0)
		return err_set(r->e, -EINVAL, "'%s%s %.60s': expected bytes as 500M or 2G", dashes(o), o->name, text);
	return 0;
}

static int take_threads(struct reader *r, const struct mdf_option *o, const char *text)
{
	uint64_t v;
	int rc = take_number(r, o, text, 1024, &v);

	/* makedumpfile's 0 is its one thread; here 0 in the settings means that nobody asked. */
	if (rc == 0)
		r->ret->how.threads = v ? (unsigned)v : 1;
	return rc;
}

static int take_messages(struct reader *r, const struct mdf_option *o, const char *text)
{
	uint64_t v;
	int rc = take_number(r, o, text, 31, &v);

	if (rc == 0)
		r->ret->say = (unsigned)v;
	return rc;
}

static int take_block(struct reader *r, const struct mdf_option *o, const char *text)
{
	uint64_t v;
	int rc = take_number(r, o, text, UINT32_MAX, &v);

	if (rc == 0)
		r->ret->split_block = v * 1024;
	return rc;
}

static int take_command(struct reader *r, const struct mdf_option *o)
{
	enum mdf_command command = o->effect == MDF_DO_PARTIAL ? MDF_DMESG : o->command;

	if (r->chosen && r->ret->command != command)
		return err_set(r->e, -EINVAL, "%s%s and %s%s exclude each other", r->chosen[1] ? "--" : "-",
			       r->chosen, dashes(o), o->name);
	r->ret->command = command;
	r->ret->partial |= o->effect == MDF_DO_PARTIAL;
	r->chosen = o->name;
	return 0;
}

static void take_switch(struct mdf_args *ret, enum mdf_effect effect)
{
	switch (effect) {
	case MDF_DO_ELF:
		ret->how.elf = true;
		break;
	case MDF_DO_FLAT:
		ret->how.flat = true;
		break;
	case MDF_DO_FORCE:
		ret->force = true;
		break;
	case MDF_DO_DEBUG:
		ret->say |= MDF_SAY_DEBUG;
		break;
	case MDF_DO_DRY:
		ret->dry_run = true;
		break;
	case MDF_DO_STATS:
		ret->show_stats = true;
		break;
	case MDF_DO_CHECK:
		ret->check_params = true;
		break;
	default:
		break;
	}
}

static int take(struct reader *r, const struct mdf_option *o, const char *text)
{
	switch (o->effect) {
	case MDF_DO_CODEC:
		take_letter(r, *o->name);
		return 0;
	case MDF_DO_CODEC_NAME:
		return take_codec_name(r, text);
	case MDF_DO_LEVEL:
		return take_levels(r, text);
	case MDF_DO_THREADS:
		return take_threads(r, o, text);
	case MDF_DO_MESSAGES:
		return take_messages(r, o, text);
	case MDF_DO_LIMIT:
		return take_size(r, o, text, &r->ret->how.size_limit);
	case MDF_DO_MEMORY:
		return take_size(r, o, text, &r->ret->how.mem_limit);
	case MDF_DO_ORDER:
		return take_order(r, text);
	case MDF_DO_PROGRESS:
		return take_progress(r, text);
	case MDF_DO_INFO:
		r->ret->vmcoreinfo = text;
		return 0;
	case MDF_DO_BLOCK:
		return take_block(r, o, text);
	case MDF_DO_PARTIAL:
	case MDF_DO_COMMAND:
		return take_command(r, o);
	default:
		take_switch(r->ret, o->effect);
		return 0;
	}
}

static int judge(struct reader *r, const struct mdf_option *o, const char *text)
{
	enum mdf_fate fate = r->who->conf ? o->in_conf : o->alone;
	const char *why = r->who->conf ? o->conf_why : o->why;
	char said[200];

	if (fate == MDF_REFUSE)
		return err_set(r->e, -EINVAL, "%s%s%s: %s", r->self, dashes(o), o->name, why);
	if (fate == MDF_TAKE)
		return take(r, o, text);
	snprintf(said, sizeof(said), "%s%s%s is not used: %s", r->self, dashes(o), o->name, why);
	advise(r, said);
	return 0;
}

/* The value of O: TEXT behind it in the same word, or the next word. */
static int judge_with(struct reader *r, const struct mdf_option *o, const char *text)
{
	/* An option that is refused anyway is told so, whether its value is there or not. */
	if ((r->who->conf ? o->in_conf : o->alone) == MDF_REFUSE)
		return judge(r, o, "");
	if (text && *text)
		return judge(r, o, text);
	if (text || r->at == r->n)
		return err_set(r->e, -EINVAL, "%s%s%s needs a value", r->self, dashes(o), o->name);
	return judge(r, o, r->word[r->at++]);
}

static int unknown_long(struct reader *r, const char *name)
{
	const char *list[LONG_NAMES + 1], *near;
	const struct mdf_option *o;
	unsigned n = 0;

	for (unsigned i = 0; (o = mdf_option_at(i)) && n < LONG_NAMES; i++)
		if (o->name[1])
			list[n++] = o->name;
	list[n] = NULL;
	near = conf_nearest(name, list);
	return err_set(r->e, -EINVAL, "%s has no option --%.60s%s%s%s",
		       r->who->conf ? "makedumpfile" : "makedumpfile here",
		       name, near ? ": did you mean --" : "", near ? near : "", near ? "?" : "");
}

/* The one long option that begins with the N bytes at NAME. NULL: none; *MANY: several. */
static const struct mdf_option *by_beginning(const char *name, size_t n, bool *many)
{
	const struct mdf_option *o, *found = NULL;

	*many = false;
	for (unsigned i = 0; (o = mdf_option_at(i)); i++) {
		if (!o->name[1] || strncmp(o->name, name, n) != 0)
			continue;
		*many = found != NULL;
		found = o;
		if (*many)
			return NULL;
	}
	return found;
}

static int read_long(struct reader *r, const char *name)
{
	size_t n = strcspn(name, "=");
	const struct mdf_option *o = n > 1 ? mdf_option(name, n) : NULL;
	bool many = false;

	if (!o && n && !r->who->conf)
		o = by_beginning(name, n, &many);
	if (many)
		return err_set(r->e, -EINVAL, "--%.60s is the beginning of several options", name);
	if (!o)
		return unknown_long(r, name);
	if (o->value)
		return judge_with(r, o, name[n] ? name + n + 1 : NULL);
	if (name[n])
		return err_set(r->e, -EINVAL, "%s--%s takes no value", r->self, o->name);
	return judge(r, o, "");
}

/* "-cd31" is -c and -d 31. */
static int read_short(struct reader *r, const char *letters)
{
	for (const char *s = letters; *s; s++) {
		const struct mdf_option *o = mdf_option(s, 1);
		int rc;

		if (!o)
			return err_set(r->e, -EINVAL, "makedumpfile%s has no option -%c (in '-%.60s')",
				       r->who->conf ? "" : " here", *s, letters);
		if (o->value)
			return judge_with(r, o, s[1] ? s + 1 : NULL);
		rc = judge(r, o, "");
		if (rc)
			return rc;
	}
	return 0;
}

/* A word that is no option: a file, which a configuration must not name. */
static int read_file(struct reader *r, const char *word)
{
	if (!r->who->conf) {
		if (r->ret->nfile == MDF_FILES)
			return err_set(r->e, -EINVAL, "more than %u file names: a dump is split into %u files at most",
				       MDF_FILES, MDF_FILES - 1);
		r->ret->file[r->ret->nfile++] = word;
		return 0;
	}
	if (mdf_option(word, strlen(word)))
		return err_set(r->e, -EINVAL, "'%s' is no option of makedumpfile: did you mean -%s%s?", word,
			       word[1] ? "-" : "", word);
	if (strcmp(word, "/proc/vmcore") == 0)
		return err_set(r->e, -EINVAL, "'/proc/vmcore' and the file are added when it runs: remove them");
	return err_set(r->e, -EINVAL, "'%.60s' is no option of makedumpfile; the files are added when it runs", word);
}

static int read_words(struct reader *r)
{
	bool options = true;

	while (r->at < r->n) {
		const char *word = r->word[r->at++];
		int rc;

		if (options && !r->who->conf && strcmp(word, "--") == 0) {
			options = false;
			continue;
		}
		if (options && word[0] == '-' && word[1] == '-')
			rc = read_long(r, word + 2);
		else if (options && word[0] == '-' && word[1])
			rc = read_short(r, word + 1);
		else
			rc = read_file(r, word);
		if (rc)
			return rc;
	}
	return 0;
}

/* What is fine alone and not together. */
static int check_pairs(struct reader *r)
{
	const struct mdf_args *a = r->ret;
	const struct plan_collector *how = &a->how;

	if (how->elf && how->codec != CODEC_NONE)
		return err_set(r->e, -EINVAL, "%s-E (ELF) cannot be compressed: remove -E, or -c, -l, -p and -z",
			       r->self);
	if (r->who->conf && how->elf && how->threads)
		return err_set(r->e, -EINVAL, "%s-E (ELF) takes no --num-threads", r->self);
	if (r->who->conf || !r->chosen)
		return 0;
	if (a->command == MDF_SPLIT && (how->elf || how->flat))
		return err_set(r->e, -EINVAL, "--split makes kdump-compressed files: remove -%c", how->elf ? 'E' : 'F');
	if ((a->command == MDF_REBUILD || a->command == MDF_REASSEMBLE) && how->flat)
		return err_set(r->e, -EINVAL, "%s%s writes a plain file: remove -F",
			       a->command == MDF_REBUILD ? "-" : "--",
			       r->chosen);
	if (a->dry_run && (a->command == MDF_REBUILD || a->command == MDF_REASSEMBLE || a->command == MDF_DMESG))
		return err_set(r->e, -EINVAL, "--dry-run and %s%s exclude each other", r->chosen[1] ? "--" : "-",
			       r->chosen);
	return 0;
}

/* How many files each command takes, and what they are. */
static const struct {
	unsigned least, most;
	const char *what;
} files[] = {
	[MDF_DUMP] = { 2, 2, "VMCORE and DUMPFILE" },
	[MDF_SPLIT] = { 3, MDF_FILES, "VMCORE and two DUMPFILEs or more" },
	[MDF_REBUILD] = { 1, 1, "DUMPFILE" },
	[MDF_REASSEMBLE] = { 3, MDF_FILES, "two split DUMPFILEs or more, then the new DUMPFILE" },
	[MDF_DMESG] = { 2, 2, "VMCORE and LOGFILE" },
	[MDF_MEM_USAGE] = { 1, 1, "/proc/kcore" },
	[MDF_VERSION] = { 0, MDF_FILES, "" },
	[MDF_HELP] = { 0, MDF_FILES, "" },
};

static int check_files(struct reader *r)
{
	const struct mdf_args *a = r->ret;
	unsigned least = files[a->command].least, most = files[a->command].most;
	bool to_stdout = a->how.flat && (a->command == MDF_DUMP || a->command == MDF_DMESG);

	if (r->who->conf || a->check_params)
		return 0;
	if (to_stdout)
		least = most = 1;
	if (a->dry_run)
		least = 1;
	if (a->nfile < least)
		return err_set(r->e, -EINVAL, "%s: expected %s",
			       a->nfile ? "a file name is missing" : "no file is named",
			       to_stdout ? "VMCORE" : files[a->command].what);
	if (a->nfile > most)
		return err_set(r->e, -EINVAL, "'%.60s': one file too many, expected %s%s", a->file[most],
			       to_stdout ? "VMCORE" : files[a->command].what,
			       to_stdout ? ": with -F the output is standard output" : "");
	return 0;
}

int mdf_parse(struct mdf_args *ret, unsigned n, const char *const *word, const struct mdf_caller *who, struct err *e)
{
	struct reader r = {
		.ret = ret,
		.who = who,
		.word = word,
		.n = n,
		.self = who->conf ? "makedumpfile " : "",
		.e = e,
	};
	struct err plain;
	int rc;

	*ret = (struct mdf_args){ .say = MDF_SAY_DEFAULT };
	rc = read_words(&r);
	if (rc == 0)
		rc = check_pairs(&r);
	if (rc == 0)
		rc = check_files(&r);
	if (ret->how.nlevel == 0)
		ret->how.nlevel = 1; /* level 0, as makedumpfile without -d */
	if (rc && e) {
		plain = *e;
		(void)str_safe(e->text, sizeof(e->text), plain.text);
	}
	return rc;
}
